//! Plugins, from their files to their hooks: one method of [`Plugins`] for each hook, in the server's words.
//!
//! A hook that *decides* fails the request when a plugin errs; one that *decorates* is logged and passed
//! over. Which is which stands in the list of hooks in the plugin API.
//!
//! Calling a new hook: its method in `ask`, `decorate` or `registered`.

mod ask;
mod bodies;
mod commands;
mod decorate;
mod files;
mod folders;
mod glue;
mod listing;
mod load;
mod outside;
mod questions;
mod registered;
mod services;
mod sql;
mod stats;
mod tasks;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod library_tests;
mod trace;

use std::collections::HashMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use datasette_plugin_api::server::{Hook, RemotePlugin};
use datasette_plugin_api::{self as api, Json, Startup};

use crate::installing::{LoadWatch, Place, to_load};
use files::PluginFiles;
pub(crate) use folders::installed_folder;
use folders::{BuiltInFolders, REQUIRED, Wanted};
pub(crate) use glue::WriteStep;
pub(crate) use listing::Skipped;
use load::{Candidate, PrivateCopies, Refused};
pub(crate) use outside::PluginLibraries;
pub(crate) use questions::{CellQuestion, ColumnTypeInUse, FacetQuestion, PageQuestion, RenderQuestion};
use registered::Registered;
pub(crate) use registered::RegisteredColumnType;
use services::HostSlot;
pub(crate) use services::{HostServices, unknown_service};
pub(crate) use sql::{AggregateFn, AggregateRun, CollationFn, ScalarFn, SqlRegistrar};
pub(crate) use stats::CellCounter;
use stats::Counts;
pub(crate) use tasks::{TaskSummary, Tasks};
use trace::Trace;

/// Why the server does not start with these plugins, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct LoadError(String);

impl LoadError {
    fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    fn of(plugin: &str, error: &api::Error) -> Self {
        Self(format!("plugin {plugin}: {}", error.message))
    }
}

/// What is to be loaded beside the server's own plugins and the installed ones.
#[derive(Default)]
pub(crate) struct LoadOptions<'a> {
    pub(crate) plugins_dir: Option<&'a Path>,
    /// Answers plugins while they are made, when there is no site yet: at least `plugin_config`, `setting`
    /// and `settings`.
    pub(crate) early: Option<Arc<dyn HostServices>>,
    /// What is passed over is not told on stderr; [`Plugins::commands`] has the reasons.
    pub(crate) quiet: bool,
    /// No start without one that was passed over.
    pub(crate) strict: bool,
    /// Only the server's own.
    pub(crate) safe_mode: bool,
}

/// All plugins of a site.
pub(crate) struct Plugins {
    /// The last registered first.
    calling_order: Vec<Loaded>,
    /// For each hook, in the order of [`Hook::ALL`], the plugins that have it.
    by_hook: Vec<Vec<usize>>,
    skipped: Vec<Skipped>,
    files: PluginFiles,
    registered: OnceLock<Registered>,
    host: &'static HostSlot,
    trace: Trace,
    tasks: Tasks,
    /// Keeps the copies' folder.
    _copies: PrivateCopies,
    /// Keeps files of installed plugins where they are.
    _held: Vec<std::fs::File>,
}

/// A plugin that was loaded.
struct Loaded {
    /// As it is listed.
    name: String,
    origin: Origin,
    remote: RemotePlugin,
    /// Its library.
    path: PathBuf,
    /// Where its library is, if that folder is the plugin's own.
    folder: Option<PathBuf>,
    counts: Vec<Counts>,
}

impl Loaded {
    fn new(
        name: String,
        origin: Origin,
        remote: RemotePlugin,
        path: PathBuf,
        folder: Option<PathBuf>,
    ) -> Self {
        Self { name, origin, remote, path, folder, counts: Counts::of_plugin() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Installed,
    BuiltIn,
    PluginsDir,
}

impl Plugins {
    /// Loads the server's own plugins, the installed ones, and those of a folder.
    ///
    /// One of somebody else's that can't be loaded is passed over, with a warning on stderr; unless it
    /// says that it is there for security. Of the server's own all have to be there.
    pub(crate) fn load(options: &LoadOptions<'_>) -> Result<Self, LoadError> {
        let mut loading = Loading::new(HostSlot::leak(options.early.clone()), options.quiet);
        loading.strict = options.strict;
        // First, so that nobody takes their names; they are registered after the installed ones all the same.
        loading.built_in()?;
        if options.safe_mode {
            outside::refuse_unsafe_mode(options.plugins_dir)?;
            return loading.finish();
        }
        loading.installed()?;
        if let Some(folder) = options.plugins_dir {
            loading.folder(folder)?;
        }
        loading.finish()
    }

    /// Loads one library in this process, whatever comes of it, and says what it is.
    pub(crate) fn probe(library: &Path) -> Result<Json, LoadError> {
        load::load_for_probe(library).map_err(LoadError)
    }

    /// One plugin of a library and nothing else, for benchmarks.
    pub(crate) fn only(library: &Path, name: &str) -> Result<Self, LoadError> {
        let mut loading = Loading::new(HostSlot::leak(None), true);
        for remote in load::built_in(library, loading.host.raw()).map_err(LoadError::new)? {
            if remote.info().name == name {
                let (path, origin) = (library.to_owned(), Origin::PluginsDir);
                loading.plugins_dir.push(Loaded::new(name.to_owned(), origin, remote, path, None));
            }
        }
        loading.finish()
    }

    /// Calls a hook that none of the plugins has, for benchmarks: how many have it after all.
    pub(crate) fn call_absent(&self, args: &datasette_plugin_api::TopHomepage<'_>) -> usize {
        self.calling_order.iter().filter(|plugin| plugin.remote.top_homepage(args).is_some()).count()
    }

    /// From now on plugins ask `site`. It is not kept alive by that.
    pub(crate) fn connect<S: HostServices + 'static>(&self, site: &Arc<S>) {
        let site: Arc<dyn HostServices> = Arc::clone(site) as _;
        self.host.connect(Arc::downgrade(&site));
    }

    /// Collects what plugins register, once. Needs no site: the command line asks for actions, too.
    pub(crate) fn register(&self) -> Result<(), LoadError> {
        if self.registered.get().is_none() {
            let registered = Registered::collect(self)?;
            let _ = self.registered.set(registered);
        }
        Ok(())
    }

    /// Collects what plugins register, and tells them that the site is there.
    pub(crate) fn start(&self) -> Result<(), LoadError> {
        self.register()?;
        for (plugin, answer) in self.ask(Hook::Startup, &"", |plugin| plugin.startup(&Startup::new(VERSION)))
        {
            answer.map_err(|error| LoadError::of(&plugin.name, &error))?;
        }
        Ok(())
    }

    /// What plugins do beside the requests.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Whether any plugin has that hook.
    pub(crate) fn has_hook(&self, hook: Hook) -> bool {
        self.with_hook(hook).next().is_some()
    }

    /// Whether a plugin has that hook that is not the server's own.
    pub(crate) fn somebody_has_hook(&self, hook: Hook) -> bool {
        self.with_hook(hook).any(|plugin| plugin.origin != Origin::BuiltIn)
    }

    /// Folders of static files: plugin and folder.
    pub(crate) fn static_folders(&self) -> &[(String, PathBuf)] {
        self.files.statics()
    }

    /// Folders of templates: plugin and folder.
    pub(crate) fn template_folders(&self) -> &[(String, PathBuf)] {
        self.files.templates()
    }

    fn with_hook(&self, hook: Hook) -> impl Iterator<Item = &Loaded> {
        let places = self.by_hook.get(hook as usize).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.calling_order.get(*place))
    }

    /// Calls a hook in every plugin that has it.
    fn ask<'a, T: Debug>(
        &'a self,
        hook: Hook,
        args: &dyn Debug,
        call: impl Fn(&RemotePlugin) -> Option<api::Result<T>>,
    ) -> Vec<(&'a Loaded, api::Result<T>)> {
        if !self.has_hook(hook) {
            return Vec::new();
        }
        let mut trace = self.trace.start(hook, args);
        let one = |plugin: &'a Loaded| {
            let started = Instant::now();
            let answer = call(&plugin.remote)?;
            let took = started.elapsed();
            plugin.called(hook, took, answer.is_err());
            if let Some(trace) = &mut trace {
                trace.answered(&plugin.name, took, format!("{answer:?}"));
            }
            Some((plugin, answer))
        };
        self.with_hook(hook).filter_map(one).collect()
    }

    fn registered(&self) -> &Registered {
        static NOTHING: Registered = Registered::nothing();
        self.registered.get().unwrap_or(&NOTHING)
    }
}

/// Version of the server, as plugins get it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Plugins on their way in.
struct Loading {
    host: &'static HostSlot,
    installed: Vec<Loaded>,
    built_in: Vec<Loaded>,
    plugins_dir: Vec<Loaded>,
    skipped: Vec<Skipped>,
    copies: PrivateCopies,
    /// Names and where they came from.
    known: HashMap<String, PathBuf>,
    quiet: bool,
    strict: bool,
    held: Vec<std::fs::File>,
}

impl Loading {
    fn new(host: &'static HostSlot, quiet: bool) -> Self {
        Self {
            host,
            quiet,
            installed: Vec::new(),
            built_in: Vec::new(),
            plugins_dir: Vec::new(),
            skipped: Vec::new(),
            copies: PrivateCopies::default(),
            known: HashMap::new(),
            strict: false,
            held: Vec::new(),
        }
    }

    fn built_in(&mut self) -> Result<(), LoadError> {
        let folders = BuiltInFolders::find();
        for (stem, names) in REQUIRED {
            let path = folders.library(stem)?;
            let broken = |reason: String| {
                LoadError::new(format!(
                    "The built-in plugin {} {reason}. Install datasette again.",
                    path.display()
                ))
            };
            let plugins = load::built_in(&path, self.host.raw()).map_err(broken)?;
            let missing =
                names.iter().find(|name| !plugins.iter().any(|plugin| plugin.info().name == **name));
            if let Some(name) = missing {
                return Err(broken(format!("does not contain {name}")));
            }
            for remote in plugins {
                let name = remote.info().name.clone();
                self.known.insert(name.clone(), path.clone());
                self.built_in.push(Loaded::new(name, Origin::BuiltIn, remote, path.clone(), None));
            }
        }
        Ok(())
    }

    fn installed(&mut self) -> Result<(), LoadError> {
        let mut wanted = Wanted::from_env();
        if wanted.is_none() {
            return Ok(());
        }
        // No folder: nothing was ever installed.
        if let Some(folder) = installed_folder().filter(|folder| folder.is_dir()) {
            self.place(&folder, &mut wanted)?;
            let found = self.look_into(&folder)?;
            for candidate in found {
                let manifest = &candidate.manifest;
                let names: Vec<&str> =
                    std::iter::once(&manifest.name).chain(&manifest.plugins).map(String::as_str).collect();
                if wanted.take(&names) {
                    self.stranger(candidate, Origin::Installed, &folder)?;
                }
            }
        }
        for name in wanted.missing() {
            eprintln!("Plugin {name} could not be found");
        }
        Ok(())
    }

    /// What `datasette install` put there.
    fn place(&mut self, folder: &Path, wanted: &mut Wanted) -> Result<(), LoadError> {
        let place = Place::new(folder);
        let found = to_load(&place).map_err(|error| LoadError::new(error.to_string()))?;
        if found.is_empty() {
            return Ok(());
        }
        let mut watch = LoadWatch::begin(&place);
        for mut plugin in found {
            let names: Vec<&str> =
                std::iter::once(&plugin.name).chain(&plugin.plugins).map(String::as_str).collect();
            if !wanted.take(&names) {
                continue;
            }
            watch.enter(&plugin.name, &plugin.installed_sha256);
            self.held.extend(plugin.held.take());
            let candidate = outside::candidate(&plugin);
            let loaded = match candidate {
                Ok(candidate) => self.try_stranger(candidate, Origin::Installed, Some(plugin.folder.clone())),
                Err(refused) => Err(refused),
            };
            watch.leave();
            if let Err(refused) = loaded {
                self.refuse(&plugin.name, &plugin.library, &refused.reason, plugin.security)?;
            }
        }
        Ok(())
    }

    fn folder(&mut self, folder: &Path) -> Result<(), LoadError> {
        if !installed_folder().is_some_and(|installed| outside::same(&installed, folder)) {
            self.place(folder, &mut Wanted::All)?;
        }
        for candidate in self.look_into(folder)? {
            self.stranger(candidate, Origin::PluginsDir, folder)?;
        }
        Ok(())
    }

    fn look_into(&mut self, folder: &Path) -> Result<Vec<Candidate>, LoadError> {
        let unreadable =
            |error| LoadError::new(format!("The folder {} can't be read: {error}", folder.display()));
        let found = folders::libraries(folder).map_err(unreadable)?;
        for path in found.foreign {
            let reason = "is a plugin for Datasette in Python; this server loads native ones".to_owned();
            self.skip(&path, &Refused { reason, manifest: None })?;
        }
        let mut candidates = Vec::new();
        for path in found.libraries {
            match load::look_at(&path) {
                Ok(candidate) => candidates.push(candidate),
                Err(refused) => self.skip(&path, &refused)?,
            }
        }
        Ok(candidates)
    }

    fn stranger(&mut self, candidate: Candidate, origin: Origin, root: &Path) -> Result<(), LoadError> {
        let path = candidate.path.clone();
        let folder = path.parent().filter(|parent| *parent != root).map(Path::to_owned);
        match self.try_stranger(candidate, origin, folder) {
            Ok(()) => Ok(()),
            Err(refused) => self.skip(&path, &refused),
        }
    }

    /// `folder` is where its files are, if that folder is the plugin's own.
    fn try_stranger(
        &mut self,
        candidate: Candidate,
        origin: Origin,
        folder: Option<PathBuf>,
    ) -> Result<(), Refused> {
        let (path, manifest) = (candidate.path.clone(), candidate.manifest.clone());
        let taken = manifest.plugins.iter().find_map(|name| Some((name, self.known.get(name)?)));
        if let Some((name, other)) = taken {
            let reason = format!("contains a second {name}; the first is in {}", file_name(other));
            return Err(Refused { reason, manifest: Some(Box::new(manifest)) });
        }
        let loses = candidate.loses().filter(|_| !self.quiet);
        let plugins = candidate.load(&mut self.copies, self.host.raw())?;
        if let Some(loses) = loses {
            eprintln!("Warning: plugin {} {loses}", path.display());
        }
        let file = file_name(&path);
        let several = plugins.len() > 1;
        for remote in plugins {
            let own = remote.info().name.clone();
            let name = match origin {
                Origin::PluginsDir if several => format!("{file}: {own}"),
                Origin::PluginsDir => file.clone(),
                _ => own.clone(),
            };
            self.known.insert(own, path.clone());
            let list = if origin == Origin::Installed { &mut self.installed } else { &mut self.plugins_dir };
            list.push(Loaded::new(name, origin, remote, path.clone(), folder.clone()));
        }
        Ok(())
    }

    fn skip(&mut self, path: &Path, refused: &Refused) -> Result<(), LoadError> {
        let manifest = refused.manifest.as_ref();
        let name = manifest.map_or_else(|| file_name(path), |manifest| manifest.name.clone());
        let security = manifest.is_some_and(|manifest| manifest.security);
        self.refuse(&name, path, &refused.reason, security)
    }

    fn refuse(&mut self, name: &str, path: &Path, reason: &str, security: bool) -> Result<(), LoadError> {
        let fatal = match (security, self.strict) {
            (true, _) => Some("It is there for security, so the server does not start without it."),
            (false, true) => Some("--strict-plugins was given, so the server does not start without it."),
            (false, false) => None,
        };
        if let Some(why) = fatal {
            return Err(LoadError::new(format!("The plugin {} {reason}. {why}", path.display())));
        }
        let skipped = Skipped { name: name.to_owned(), path: path.to_owned(), reason: reason.to_owned() };
        if !self.quiet {
            eprintln!("Warning: {}", skipped.sentence());
        }
        self.skipped.push(skipped);
        Ok(())
    }

    fn finish(self) -> Result<Plugins, LoadError> {
        let Self { host, installed, built_in, plugins_dir, skipped, copies, held, .. } = self;
        let order_of_registration: Vec<Loaded> =
            installed.into_iter().chain(built_in).chain(plugins_dir).collect();
        let calling_order: Vec<Loaded> = order_of_registration.into_iter().rev().collect();
        let by_hook = Hook::ALL.iter().map(|hook| places(&calling_order, *hook)).collect();
        let mut files = PluginFiles::default();
        for plugin in &calling_order {
            files
                .add(plugin)
                .map_err(|reason| LoadError::new(format!("plugin {}: {reason}", plugin.name)))?;
        }
        let (registered, trace) = (OnceLock::new(), Trace::from_env());
        Ok(Plugins {
            calling_order,
            by_hook,
            skipped,
            files,
            registered,
            host,
            trace,
            tasks: Tasks::default(),
            _copies: copies,
            _held: held,
        })
    }
}

/// Reasons are shown to visitors, and folders are nobody's business.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The plugins that have the hook, in the order of calling: those that try first, the others, those that
/// try last.
fn places(plugins: &[Loaded], hook: Hook) -> Vec<usize> {
    let named = |names: &[String]| names.iter().any(|name| name == hook.name());
    let rank = |plugin: &Loaded| {
        let info = plugin.remote.info();
        i8::from(named(&info.try_last)) - i8::from(named(&info.try_first))
    };
    let mut places: Vec<(i8, usize)> = Vec::new();
    for (place, plugin) in plugins.iter().enumerate().filter(|(_, plugin)| plugin.remote.has(hook)) {
        places.push((rank(plugin), place));
    }
    places.sort_unstable();
    places.into_iter().map(|(_, place)| place).collect()
}
