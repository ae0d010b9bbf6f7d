//! Plugins, from their files to their hooks: one method of [`Plugins`] for each hook, in the server's words.
//!
//! A hook that *decides* fails the request when a plugin errs; one that *decorates* is logged and passed
//! over. Which is which stands in the list of hooks in the plugin API.
//!
//! Calling a new hook: its method in `ask`, `decorate` or `registered`.

mod ask;
mod bodies;
mod cells;
mod commands;
mod decorate;
mod files;
mod folders;
mod glue;
mod listing;
mod load;
mod loading;
mod outside;
mod owned;
mod pattern;
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

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use datasette_plugin_api::server::{Hook, RemotePlugin};
use datasette_plugin_api::{self as api, Json, Startup};

use files::PluginFiles;
pub(crate) use folders::installed_folder;
pub(crate) use glue::WriteStep;
pub(crate) use listing::Skipped;
use load::PrivateCopies;
use loading::Loading;
pub(crate) use outside::PluginLibraries;
pub(crate) use questions::{CellsQuestion, ColumnTypeInUse, FacetQuestion, PageQuestion, RenderQuestion};
use registered::Registered;
pub(crate) use registered::RegisteredColumnType;
use services::HostSlot;
pub(crate) use services::{HostServices, unknown_service};
pub(crate) use sql::{AggregateFn, AggregateRun, CollationFn, ScalarFn, SqlRegistrar};
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
    /// Nobody is served: one that is there for security is listed with its reason like any other.
    pub(crate) only_lists: bool,
}

/// All plugins of a site.
pub(crate) struct Plugins {
    /// The last registered first.
    calling_order: Vec<Loaded>,
    /// For each hook, in the order of [`Hook::ALL`], the plugins that have it.
    by_hook: Vec<Vec<usize>>,
    present: Present,
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

/// The hooks that any plugin has. Most have none of a site's plugins, so that is found out in one step.
#[derive(Debug, Clone, Copy)]
struct Present(u64);

impl Present {
    fn of(by_hook: &[Vec<usize>]) -> Self {
        const { assert!(Hook::ALL.len() <= u64::BITS as usize, "there is a bit for each hook") };
        let bits = by_hook.iter().enumerate().filter(|(_, places)| !places.is_empty());
        Self(bits.fold(0, |bits, (hook, _)| bits | 1 << hook))
    }

    #[inline]
    fn has(self, hook: Hook) -> bool {
        self.0 & (1 << hook as u64) != 0
    }
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
    counts: Arc<[Counts]>,
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
        loading.only_lists = options.only_lists;
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
        for (plugin, answer) in self.ask(Hook::Startup, &Startup::new(VERSION), RemotePlugin::startup) {
            answer.map_err(|error| LoadError::of(&plugin.name, &error))?;
        }
        Ok(())
    }

    /// What plugins do beside the requests.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Whether any plugin has that hook.
    #[inline]
    pub(crate) fn has_hook(&self, hook: Hook) -> bool {
        self.present.has(hook)
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
    fn ask<'a, A: Debug, T: Debug>(
        &'a self,
        hook: Hook,
        args: &A,
        call: impl Fn(&RemotePlugin, &A) -> Option<api::Result<T>>,
    ) -> Vec<(&'a Loaded, api::Result<T>)> {
        let mut trace = if self.has_hook(hook) { self.trace.start(hook, args) } else { None };
        let one = |plugin: &'a Loaded| {
            let started = Instant::now();
            let answer = call(&plugin.remote, args)?;
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

/// Keeps what work needs (registers, room on the stack) out of the function that may have to do it.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Version of the server, as plugins get it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

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
