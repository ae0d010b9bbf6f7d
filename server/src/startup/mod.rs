//! The only place where parts are wired together: options in, a running site out.

mod columns;
mod commands;
mod required;
mod databases;
mod early;
mod insert;
mod inspect;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datasette_plugin_api::server::Hook;
use datasette_plugin_api::{Json, PermissionSql};
use parking_lot::RwLock;

use crate::app::{App, Facts};
use crate::auth::RootLogin;
use crate::auth::sign::{Signer, random_hex};
use crate::config::Config;
use crate::edge::{self, EdgeOptions, Limits, Shutdown, Tls};
use crate::handover::ListeningSocket;
use crate::host::Host;
use crate::importing::Watch;
use crate::installing::Libraries;
use crate::internal::{AssignedType, Internal};
use crate::options::{
    ActionName, Extension, InsertOptions, Inserted, Listen, Machinery, PluginCommands, PluginSummary,
    ServeOptions, StartError, StartedSite, UntilReplaced,
};
use crate::permissions::{Actions, Permissions, RuleSource};
use crate::plugins::{LoadOptions, PluginLibraries, Plugins};
use crate::proxies::TrustedProxies;
use crate::render::helpers;
use crate::render::templates::{Sources, Templates};
use crate::request::{Actor, Request};
use crate::response::Response;
use crate::site::{self, Site};
use crate::sqlite::{self, Database, OpenOptions};
use crate::statics::Statics;
use crate::urls::Urls;

/// Makes real sites.
pub(crate) struct Startup;

/// A site that was made and doesn't listen yet.
pub(crate) struct Started {
    app: Arc<App>,
    /// Plugins know it weakly, so somebody has to keep it.
    host: Arc<Host>,
    listen: edge::Listen,
    tls: Option<Tls>,
    trusted_proxies: TrustedProxies,
}

impl Machinery for Startup {
    type Site = Started;

    fn start(&self, options: &ServeOptions) -> Result<Started, StartError> {
        start(options)
    }

    fn create_database(&self, path: &Path) -> Result<(), StartError> {
        sqlite::create_file(&path.to_owned()).map_err(StartError::new)
    }

    fn inspect(&self, files: &[PathBuf], extensions: &[Extension]) -> Result<Json, StartError> {
        inspect::inspect(files, extensions)
    }

    fn insert(&self, options: InsertOptions, watch: &Watch<'_>) -> Result<Inserted, StartError> {
        insert::insert(options, watch)
    }

    fn plugins(&self, plugins_dir: Option<&Path>) -> Result<Vec<PluginSummary>, StartError> {
        Ok(load_plugins(plugins_dir)?.summaries())
    }

    fn actions(&self, plugins_dir: Option<&Path>) -> Result<Vec<ActionName>, StartError> {
        let plugins = load_plugins(plugins_dir)?;
        plugins.register().map_err(|error| StartError::new(error.to_string()))?;
        let name = |action: &datasette_plugin_api::Action| ActionName {
            name: action.name.clone(),
            abbr: action.abbr.clone(),
        };
        Ok(plugins.actions().iter().map(|(_, action)| name(action)).collect())
    }

    fn commands(&self, options: &ServeOptions) -> Result<PluginCommands, StartError> {
        commands::commands(options)
    }

    fn libraries(&self) -> &dyn Libraries {
        &PluginLibraries
    }

    fn probe(&self, library: &Path) -> Result<Json, StartError> {
        Plugins::probe(library).map_err(|error| StartError::new(error.to_string()))
    }
}

/// To look at them, with no configuration at all.
fn load_plugins(plugins_dir: Option<&Path>) -> Result<Plugins, StartError> {
    let early = early::EarlyHost::unconfigured()?;
    Plugins::load(&LoadOptions {
        plugins_dir,
        early: Some(Arc::new(early)),
        only_lists: true,
        ..LoadOptions::default()
    })
    .map_err(|error| StartError::new(error.to_string()))
}

fn start(options: &ServeOptions) -> Result<Started, StartError> {
    let early = Arc::new(early::EarlyHost::new(options.config.clone(), facts(options)));
    let load = LoadOptions {
        plugins_dir: options.plugins_dir.as_deref(),
        early: Some(early),
        strict: options.strict_plugins,
        safe_mode: options.safe_mode,
        ..LoadOptions::default()
    };
    let plugins = Plugins::load(&load).map_err(|error| StartError::new(error.to_string()))?;
    let plugins = Arc::new(plugins);
    required::check(&options.config, |name| plugins.has_loaded(name)).map_err(StartError::new)?;
    let started = assemble(options, plugins)?;
    started.app.plugins.connect(&started.host);
    started.app.plugins.start().map_err(|error| StartError::new(error.to_string()))?;
    Ok(started)
}

fn facts(options: &ServeOptions) -> Facts {
    Facts {
        version_note: options.version_note.clone(),
        cors: options.cors,
        root_enabled: options.root,
        default_deny: options.default_deny,
        reloads: options.reloads,
    }
}

/// The site of these plugins. They are not told of it yet.
fn assemble(options: &ServeOptions, plugins: Arc<Plugins>) -> Result<Started, StartError> {
    let config = options.config.clone();
    plugins.register().map_err(|error| StartError::new(error.to_string()))?;

    let open_options = Arc::new(open_options(options, &plugins));
    let databases = databases::open(options, &open_options)?;
    let databases = Arc::new(RwLock::new(databases));
    let internal = Arc::new(internal(options, &config, &databases.read())?);

    let actions = plugins.actions().iter().map(|(_, action)| action.clone());
    let actions = Actions::new(actions).map_err(StartError::new)?;
    let attached = Arc::clone(&databases);
    let rules = Arc::new(PluginRules(Arc::clone(&plugins)));
    let columns = columns::rules(&config, &databases.read()).map_err(StartError::new)?;
    let permissions = Permissions::new(actions, Arc::clone(&internal), attached, rules).with_columns(columns);

    let urls = Urls::new(&config.settings().base_url);
    let mounts = options.static_mounts.iter().map(|mount| (mount.mount.clone(), mount.directory.clone()));
    let folders = plugins.static_folders().iter().cloned();
    let statics = Arc::new(Statics::new(mounts, folders));
    let templates = templates(options, &plugins, &urls, &statics)?;

    let app = Arc::new(App {
        config,
        databases,
        internal,
        plugins,
        permissions,
        templates,
        statics,
        urls,
        signer: Signer::new(options.secret.clone()),
        root_login: RootLogin::new(random_hex()),
        facts: facts(options),
        open_options,
    });
    let host = Arc::new(Host::new(Arc::clone(&app)));
    Ok(Started {
        app,
        host,
        listen: listen(options),
        tls: tls(options),
        trusted_proxies: options.trusted_proxies.clone(),
    })
}

/// What every connection is opened with; plugins add their SQL functions.
fn open_options(options: &ServeOptions, plugins: &Arc<Plugins>) -> OpenOptions {
    let plugins = Arc::clone(plugins);
    let extensions = options.extensions.iter();
    OpenOptions {
        nolock: options.nolock,
        cache_size_kb: i64::try_from(options.config.settings().cache_size_kb).unwrap_or(i64::MAX),
        extensions: extensions
            .map(|extension| (extension.path.clone(), extension.entrypoint.clone()))
            .collect(),
        prepare: Arc::new(move |connection, database| {
            plugins.prepare_connection(connection, database).map_err(|error| error.to_string())
        }),
    }
}

/// The internal database, with what the configuration and the metadata say.
fn internal(
    options: &ServeOptions,
    config: &Config,
    databases: &[Arc<Database>],
) -> Result<Internal, StartError> {
    let internal = Internal::open(options.internal.as_deref()).map_err(StartError::new)?;
    let filled = || -> crate::error::Result<()> {
        internal.apply_metadata(config.metadata())?;
        internal.replace_config_queries(
            config
                .databases()
                .flat_map(|(name, database)| database.queries().iter().map(move |query| (name, query))),
        )?;
        let mut types = Vec::new();
        for (database, settings) in config.databases() {
            for (table, settings) in settings.tables() {
                for given in &settings.column_types {
                    let assigned = AssignedType {
                        column: given.column.clone(),
                        column_type: given.column_type.clone(),
                        config: given.config.clone(),
                    };
                    types.push((database, table, assigned));
                }
            }
        }
        internal.set_column_types(
            types.iter().map(|(database, table, assigned)| (*database, *table, assigned)),
        )?;
        Ok(())
    };
    filled()
        .map_err(|error| StartError::new(format!("The internal database could not be filled: {error}")))?;
    // The catalogue is read when a page first asks for it: a start should not wait for thousands of tables.
    let _ = databases;
    Ok(internal)
}

fn templates(
    options: &ServeOptions,
    plugins: &Arc<Plugins>,
    urls: &Urls,
    statics: &Arc<Statics>,
) -> Result<Templates, StartError> {
    let (base, files) = (urls.clone(), Arc::clone(statics));
    let static_url = move |path: &str, plugin: Option<&str>| {
        let path = match plugin {
            Some(plugin) => format!("/-/static-plugins/{plugin}/{path}"),
            None => format!("/-/static/{path}"),
        };
        base.path(&files.hashed(&path))
    };
    let site = Arc::new(helpers::Site { urls: urls.clone(), static_url: Box::new(static_url) });
    let additions = plugins.prepare_template_environment();
    let mut sources = Sources::built_in(site);
    sources.directory = options.template_dir.clone();
    sources.plugins = plugins.template_folders().iter().map(|(_, folder)| folder.clone()).collect();
    sources.more_by_request = plugins.has_hook(Hook::TemplateEnvironmentFromRequest);
    for addition in additions {
        sources.partials.extend(addition.partials.into_iter().map(|partial| (partial.name, partial.source)));
        sources.helpers.extend(addition.helpers.into_iter().map(helpers::of_plugin));
    }
    Templates::load(sources).map_err(|error| StartError::new(error.to_string()))
}

/// The plugins' rules about who may what.
struct PluginRules(Arc<Plugins>);

impl RuleSource for PluginRules {
    fn permission_resources_sql(
        &self,
        _request: Option<&Request>,
        actor: Option<&Actor>,
        action: &str,
    ) -> crate::error::Result<Vec<PermissionSql>> {
        self.0.permission_resources_sql(actor, action)
    }
}

/// Reads the schemas of all databases into the internal one, beside the first requests: with thousands of
/// tables it takes a while, and pages don't wait for it.
fn fill_catalogue(app: &Arc<App>) {
    let app = Arc::clone(app);
    let fill = move || {
        if let Err(error) = app.refresh_schemas(true) {
            tracing::error!("the catalogue of tables could not be filled: {error}");
        }
    };
    if let Err(error) = std::thread::Builder::new().name("catalogue".to_owned()).spawn(fill) {
        tracing::error!("no thread to fill the catalogue of tables: {error}");
    }
}

fn listen(options: &ServeOptions) -> edge::Listen {
    let address = match &options.listen {
        Listen::Tcp { host, port } => edge::Listen::Tcp { host: host.clone(), port: *port },
        Listen::Uds(path) => edge::Listen::Uds(path.clone()),
    };
    match &options.inherited {
        Some(socket) => edge::Listen::Inherited(Arc::clone(socket), Box::new(address)),
        None => address,
    }
}

fn tls(options: &ServeOptions) -> Option<Tls> {
    let files = options.tls.as_ref()?;
    Some(Tls { certfile: files.certfile.clone(), keyfile: files.keyfile.clone() })
}

impl StartedSite for Started {
    fn answer(&self, mut request: Request) -> Response {
        site::strip_base_url(&self.app, &mut request);
        site::answer(&self.app, request)
    }

    fn root_token(&self) -> &str {
        self.app.root_login.token()
    }

    fn landing_path(&self) -> String {
        let databases = self.app.all_databases();
        let [only] = databases.as_slice() else { return self.app.urls.instance().to_owned() };
        let names = only.read_whole(None, |conn| {
            let schema = only.schema(conn)?;
            Ok(schema.names(sqlite::Kind::Table).into_iter().map(str::to_owned).collect::<Vec<_>>())
        });
        match names.as_deref() {
            Ok([table]) => self.app.urls.table(&only.route, table),
            _ => self.app.urls.database(&only.route),
        }
    }

    fn serve(
        self,
        until_replaced: Option<UntilReplaced>,
        on_ready: &mut dyn FnMut(Option<&str>),
    ) -> Result<Option<ListeningSocket>, StartError> {
        let settings = self.app.settings();
        let options = EdgeOptions {
            base_url: settings.base_url.clone(),
            force_https_urls: settings.force_https_urls,
            max_post_body_bytes: settings.max_post_body_bytes,
            max_upload_bytes: settings.max_upload_mb.saturating_mul(1024 * 1024),
            cors: self.app.facts.cors,
            trusted_proxies: self.trusted_proxies,
            limits: Limits::default(),
            ..EdgeOptions::default()
        };
        fill_catalogue(&self.app);
        let site = Arc::new(Site::new(Arc::clone(&self.app), options));
        let shutdown = Shutdown::default();
        let served = edge::serve(site, &self.listen, self.tls.as_ref(), &shutdown, |address| {
            on_ready(address.origin().as_deref());
            // Not before: a server that never listened has nothing to hand over.
            if let Some(until_replaced) = until_replaced {
                let shutdown = shutdown.clone();
                std::thread::spawn(move || {
                    until_replaced();
                    shutdown.hand_over();
                });
            }
        });
        self.app.plugins.tasks().cancel_all();
        self.app.plugins.shutdown();
        self.host.finish();
        self.app.internal.remove_temporary_file();
        served.map_err(|error| StartError::new(error.to_string()))
    }
}
