//! `datasette serve`: from words to [`ServeOptions`], and from a started site to a served one.

use std::path::{Path, PathBuf};

use clap::ArgAction;
use serde_json::Value as Json;

use crate::auth::sign::Secret;
use crate::config::{self, Config, Settings};
use crate::options::{Get, InspectData, Listen, Machinery, ServeOptions, StartedSite, StaticMount, TlsFiles};
use crate::proxies::TrustedProxies;

use super::error::{CliError, Result};
use super::files::{Create, Files};
use super::reload::{Reload, Watched};
use super::{World, get, values};

/// With `--crossdb` SQLite attaches no more than this.
const MOST_ATTACHED: usize = 10;

/// Serve SQLite database files as a web site and JSON API (the default command)
#[derive(Debug, Default, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    /// Database files, and at most one folder with a whole site in it
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,

    /// Database file that nothing changes while it is served: faster, and it can be downloaded
    #[arg(short, long, value_name = "PATH")]
    immutable: Vec<PathBuf>,

    /// Address to listen on [default: 127.0.0.1, which only this machine can reach]; 0.0.0.0 is every address
    #[arg(short = 'h', long, value_name = "TEXT")]
    host: Option<String>,

    /// Port to listen on [default: 8001]; 0 takes one that is free
    #[arg(short, long, value_name = "INTEGER", allow_hyphen_values = true)]
    port: Option<String>,

    /// Listen on a Unix domain socket instead
    #[arg(long, value_name = "PATH")]
    uds: Option<PathBuf>,

    /// Start again after a change of configuration, metadata, templates, plugins or immutable databases
    #[arg(long)]
    reload: bool,

    /// Start, and end without serving: what --reload asks before it replaces a server that runs
    #[arg(long, hide = true)]
    check: bool,

    /// Let scripts of other sites read the API (Access-Control-Allow-Origin: *)
    #[arg(long)]
    cors: bool,

    /// SQLite extension to load, and optionally its entry point [env: DATASETTE_LOAD_EXTENSION]
    #[arg(long, value_name = "PATH:ENTRYPOINT?")]
    load_extension: Vec<String>,

    /// What datasette inspect wrote: row counts of immutable databases
    #[arg(long, value_name = "PATH")]
    inspect_file: Option<PathBuf>,

    /// JSON or YAML file with titles, descriptions, licenses; - for standard input
    #[arg(short, long, value_name = "FILENAME")]
    metadata: Option<PathBuf>,

    /// Folder with templates of your own
    #[arg(long, value_name = "DIRECTORY")]
    template_dir: Option<PathBuf>,

    /// Folder with plugins of your own
    #[arg(long, value_name = "DIRECTORY")]
    plugins_dir: Option<PathBuf>,

    /// Do not start if a plugin can't be loaded, instead of passing it over
    #[arg(long)]
    strict_plugins: bool,

    /// Load none but the server's own plugins
    #[arg(long)]
    safe_mode: bool,

    /// Serve the files of a folder at /MOUNT/...
    #[arg(long = "static", value_name = "MOUNT:DIRECTORY")]
    static_mounts: Vec<String>,

    /// Add the in-memory database /_memory
    #[arg(long)]
    memory: bool,

    /// JSON or YAML file with the configuration (datasette.yaml); - for standard input
    #[arg(short, long, value_name = "FILENAME")]
    config: Option<PathBuf>,

    /// A setting, or any part of the configuration by its dotted name; over what --config says
    #[arg(short = 's', long = "setting", num_args = 2, value_names = ["NAME", "VALUE"], allow_hyphen_values = true)]
    settings: Vec<String>,

    /// Secret that cookies and tokens are signed with; without it they end with the server [env: DATASETTE_SECRET]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    secret: Option<String>,

    /// Print a URL that makes the browser that opens it the root user
    #[arg(long)]
    root: bool,

    /// Allow nothing that the configuration or a plugin does not allow
    #[arg(long)]
    default_deny: bool,

    /// Print the answer to a GET request for this path, and exit
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    get: Option<String>,

    /// With --get: print status and headers, too
    #[arg(long)]
    headers: bool,

    /// With --get: send this API token
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    token: Option<String>,

    /// With --get: ask as this actor, a JSON object
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    actor: Option<String>,

    /// Text to show on /-/versions
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    version_note: Option<String>,

    /// List the settings, and exit
    #[arg(long)]
    help_settings: bool,

    /// Start a debugger on errors (not supported)
    #[arg(long)]
    pdb: bool,

    /// Open the site in a web browser
    #[arg(short, long = "open")]
    open_browser: bool,

    /// Make database files that do not exist
    #[arg(long)]
    create: bool,

    /// Let SQL in /_memory join tables of different databases
    #[arg(long)]
    crossdb: bool,

    /// Read databases that another program keeps locked
    #[arg(long)]
    nolock: bool,

    /// Private key for HTTPS, PEM [env: DATASETTE_SSL_KEYFILE]
    #[arg(long, value_name = "PATH")]
    ssl_keyfile: Option<PathBuf>,

    /// Certificate for HTTPS, PEM [env: DATASETTE_SSL_CERTFILE]
    #[arg(long, value_name = "PATH")]
    ssl_certfile: Option<PathBuf>,

    /// Proxies whose X-Forwarded-Proto and X-Forwarded-For are believed: addresses, networks, "unix" or "*", with commas [env: FORWARDED_ALLOW_IPS]
    #[arg(long, value_name = "LIST")]
    forwarded_allow_ips: Option<String>,

    /// File for the internal database, to keep it [env: DATASETTE_INTERNAL]
    #[arg(long, value_name = "PATH")]
    internal: Option<PathBuf>,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: Args) -> Result<u8> {
    if args.help_settings {
        write!(world.out, "{}", Settings::help())?;
        return Ok(0);
    }
    let reload = args.reload.then(|| Reload::new(watched(&args))).transpose()?;
    let served = start(world, args, reload.as_ref());
    match (served, reload) {
        // Whoever edits its files should not have to start it by hand after each mistake.
        (Err(error), Some(reload)) if reload.is_again() => {
            error.report(world.out, world.err);
            Err(reload.wait_and_restart())
        }
        (served, _) => served,
    }
}

fn start<M: Machinery>(world: &mut World<'_, M>, args: Args, reload: Option<&Reload>) -> Result<u8> {
    let checks_only = args.check;
    let mut options = options(world, args)?;
    warn(world, &options)?;
    if checks_only {
        // The server that runs writes to it.
        options.internal = None;
        world.machinery.start(&options)?;
        return Ok(0);
    }
    if let Some(reload) = reload {
        options.inherited = reload.inherited();
        options.open_browser &= !reload.is_again();
    }
    let site = world.machinery.start(&options)?;
    match &options.get {
        Some(asked) => get::run(world, &site, asked, &options.secret),
        None => serve(world, site, &options, reload),
    }
}

/// What `--reload` looks at.
fn watched(args: &Args) -> Watched {
    let files = [&args.config, &args.metadata, &args.inspect_file, &args.ssl_certfile, &args.ssl_keyfile];
    Watched {
        site: args.files.iter().find(|path| path.is_dir()).cloned(),
        files: files.into_iter().flatten().chain(&args.immutable).cloned().collect(),
        templates: args.template_dir.iter().cloned().collect(),
        plugins: args.plugins_dir.iter().cloned().collect(),
        own_plugins: Vec::new(),
    }
}

fn serve<M: Machinery>(
    world: &mut World<'_, M>,
    site: M::Site,
    options: &ServeOptions,
    reload: Option<&Reload>,
) -> Result<u8> {
    let base_url = &options.config.settings().base_url;
    let root_path = options.root.then(|| format!("{base_url}-/auth-token?token={}", site.root_token()));
    let landing_path = options.open_browser.then(|| root_path.clone().unwrap_or_else(|| site.landing_path()));
    let until_replaced = reload.map(Reload::until_replaced);
    let socket = site.serve(until_replaced, &mut |origin| {
        // To stderr: stdout is for what another program may read.
        let _ = match (origin, &options.listen) {
            (Some(origin), _) => {
                writeln!(world.err, "Datasette is running on {origin}{base_url} (Ctrl+C stops it)")
            }
            (None, Listen::Uds(path)) => {
                writeln!(world.err, "Datasette is running on the socket {} (Ctrl+C stops it)", path.display())
            }
            (None, Listen::Tcp { .. }) => Ok(()),
        };
        // Whatever stands before a socket file decides about the real address.
        let origin = origin.unwrap_or("http://localhost");
        if let Some(path) = &root_path {
            let _ = writeln!(world.out, "{origin}{path}").and_then(|()| world.out.flush());
        }
        if let Some(path) = &landing_path
            && let Err(error) = webbrowser::open(&format!("{origin}{path}"))
        {
            let _ = writeln!(world.err, "Could not open a browser ({error}); open {origin}{path} yourself");
        }
    })?;
    match (socket, reload) {
        (Some(socket), Some(reload)) => Err(reload.restart(Some(&socket), Some(&options.secret))),
        _ => Ok(0),
    }
}

fn warn<M>(world: &mut World<'_, M>, options: &ServeOptions) -> Result<()> {
    if options.crossdb && options.databases.len() > MOST_ATTACHED {
        writeln!(
            world.err,
            "Warning: --crossdb only works with the first {MOST_ATTACHED} attached databases"
        )?;
    }
    for path in &options.config.metadata().ignored {
        writeln!(world.err, "Warning: {path} has no effect there; move it to the configuration (--config)")?;
    }
    Ok(())
}

/// Checks everything that can be checked without opening a database.
pub(super) fn options<M: Machinery>(world: &World<'_, M>, args: Args) -> Result<ServeOptions> {
    refuse(&args)?;
    let get = get_options(&args)?;
    let listen = listen(&args)?;
    let template_dir = values::folder("serve", "'--template-dir'", args.template_dir.clone())?;
    let plugins_dir = values::folder("serve", "'--plugins-dir'", args.plugins_dir.clone())?;
    let static_mounts: Vec<_> =
        args.static_mounts.iter().map(|word| values::static_mount("serve", word)).collect::<Result<_>>()?;
    let extensions = values::extensions(args.load_extension.clone(), world.var("DATASETTE_LOAD_EXTENSION"))?;
    let path_from = |given: &Option<PathBuf>, variable: &str| {
        given.clone().or_else(|| world.var(variable).map(PathBuf::from))
    };
    let tls = tls(
        path_from(&args.ssl_certfile, "DATASETTE_SSL_CERTFILE"),
        path_from(&args.ssl_keyfile, "DATASETTE_SSL_KEYFILE"),
    )?;
    let trusted = args.forwarded_allow_ips.clone().or_else(|| world.var("FORWARDED_ALLOW_IPS"));
    let trusted_proxies = TrustedProxies::parse(&trusted.unwrap_or_default()).map_err(|error| {
        CliError::usage("serve", format!("Invalid value for '--forwarded-allow-ips': {error}"))
    })?;
    let internal = path_from(&args.internal, "DATASETTE_INTERNAL");
    let secret = args.secret.clone().or_else(|| world.var("DATASETTE_SECRET"));

    // The rest may come from a folder.
    let files = Files::split(&args.files)?;
    let directory = files.directory()?;
    let config = config(&args, directory.config.as_deref(), directory.metadata.as_deref())?;
    let inspect_data = inspect_data(args.inspect_file.as_deref().or(directory.inspect_file.as_deref()))?;
    let create = |path: &Path| world.machinery.create_database(path).map_err(CliError::from);
    let create: Option<&Create<'_>> = if args.create { Some(&create) } else { None };
    let mut databases = files.databases(&args.immutable, &directory, create)?;
    if args.immutable.is_empty() && args.inspect_file.is_none() {
        super::files::freeze_inspected(&mut databases, &inspect_data);
    }
    super::files::refuse_shared_internal(&databases, internal.as_deref())?;
    Ok(ServeOptions {
        memory: args.memory || args.crossdb || databases.is_empty(),
        databases,
        crossdb: args.crossdb,
        nolock: args.nolock,
        internal,
        extensions,
        inspect_data,
        config,
        template_dir: template_dir.or(directory.template_dir),
        plugins_dir: plugins_dir.or(directory.plugins_dir),
        strict_plugins: args.strict_plugins,
        safe_mode: args.safe_mode,
        static_mounts: match directory.static_dir {
            Some(directory) if static_mounts.is_empty() => {
                vec![StaticMount { mount: "static".to_owned(), directory }]
            }
            _ => static_mounts,
        },
        listen,
        inherited: None,
        reloads: args.reload,
        tls,
        cors: args.cors,
        trusted_proxies,
        secret: secret.map_or_else(Secret::random, Secret::new),
        root: args.root,
        default_deny: args.default_deny,
        version_note: args.version_note,
        get,
        open_browser: args.open_browser,
    })
}

/// Options that Datasette has and that would do nothing here.
fn refuse(args: &Args) -> Result<()> {
    let from_stdin = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| path.as_os_str() == "-");
    if args.reload && args.get.is_some() {
        return Err(CliError::usage(
            "serve",
            "--reload is for a server, and --get does not start one; leave one out",
        ));
    }
    if args.reload && (from_stdin(&args.config) || from_stdin(&args.metadata)) {
        let message = "--reload can't read standard input again; give --config and --metadata a file";
        return Err(CliError::usage("serve", message));
    }
    if args.reload && !cfg!(unix) {
        return Err(CliError::usage(
            "serve",
            "--reload needs a Unix system; start the server again after a change",
        ));
    }
    if args.pdb {
        let message =
            "--pdb is not supported, there is no Python to debug; leave it out, errors are in the log";
        return Err(CliError::usage("serve", message));
    }
    Ok(())
}

fn get_options(args: &Args) -> Result<Option<Get>> {
    let Some(path) = args.get.clone() else {
        for (given, option) in [
            (args.headers, "--headers"),
            (args.token.is_some(), "--token"),
            (args.actor.is_some(), "--actor"),
        ] {
            if given {
                return Err(CliError::failed(format!("{option} can only be used with --get")));
            }
        }
        return Ok(None);
    };
    let actor = args.actor.as_deref().map(|text| match serde_json::from_str(text) {
        Ok(actor @ Json::Object(_)) => Ok(actor),
        _ => {
            Err(CliError::value("serve", "'--actor'", "it has to be a JSON object like '{\"id\": \"root\"}'"))
        }
    });
    Ok(Some(Get { path, headers: args.headers, token: args.token.clone(), actor: actor.transpose()? }))
}

fn listen(args: &Args) -> Result<Listen> {
    let wrong = |reason: String| CliError::value("serve", "'-p' / '--port'", reason);
    let port = match args.port.as_deref() {
        None => 8001,
        Some(text) => match text.parse::<i64>() {
            Ok(port) => {
                u16::try_from(port).map_err(|_| wrong(format!("{port} is not in the range 0<=x<=65535.")))?
            }
            Err(_) => return Err(wrong(format!("'{text}' is not a valid integer range."))),
        },
    };
    Ok(match &args.uds {
        Some(path) => Listen::Uds(path.clone()),
        None => Listen::Tcp { host: args.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned()), port },
    })
}

fn tls(certfile: Option<PathBuf>, keyfile: Option<PathBuf>) -> Result<Option<TlsFiles>> {
    match (certfile, keyfile) {
        (Some(certfile), keyfile) => Ok(Some(TlsFiles { certfile, keyfile })),
        (None, Some(_)) => Err(CliError::usage("serve", "--ssl-keyfile needs --ssl-certfile, too")),
        (None, None) => Ok(None),
    }
}

/// The configuration file, `-s` over it, and the metadata file; either file may be the folder's.
fn config(args: &Args, folders_config: Option<&Path>, folders_metadata: Option<&Path>) -> Result<Config> {
    let from_stdin = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| path.as_os_str() == "-");
    if from_stdin(&args.config) && from_stdin(&args.metadata) {
        return Err(CliError::usage("serve", "--config and --metadata can't both read standard input"));
    }
    let pairs: Vec<_> = args
        .settings
        .chunks_exact(2)
        .filter_map(|pair| Some((pair.first()?.clone(), pair.last()?.clone())))
        .collect();
    let updates = config::parse_pairs(&pairs)
        .map_err(|reason| CliError::value("serve", "'-s' / '--setting'", reason))?;
    let root = read("'-c' / '--config'", args.config.as_deref().or(folders_config))?;
    let metadata = read("'-m' / '--metadata'", args.metadata.as_deref().or(folders_metadata))?;
    Ok(Config::new(root, metadata, updates)?)
}

fn read(option: &str, path: Option<&Path>) -> Result<Json> {
    let Some(path) = path else { return Ok(Json::Null) };
    let name = path.display().to_string();
    let text = config::read_text(path)
        .map_err(|error| CliError::value("serve", option, format!("'{name}': {}", reason(&error))))?;
    let name = if name == "-" { "standard input" } else { &name };
    Ok(config::parse(&text, name)?)
}

fn inspect_data(path: Option<&Path>) -> Result<InspectData> {
    let Some(path) = path else { return Ok(InspectData::new()) };
    let text = config::read_text(path).map_err(|error| {
        let reason = format!("'{}': {}", path.display(), reason(&error));
        CliError::value("serve", "'--inspect-file'", reason)
    })?;
    serde_json::from_str(&text).map_err(|error| {
        let path = path.display();
        CliError::failed(format!("{path} was not made by datasette inspect ({error}); make it again"))
    })
}

/// `No such file or directory`, without the number of the error.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
