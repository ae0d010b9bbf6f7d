//! Plugins on their way in: found, looked at, loaded in an order, and named.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use datasette_plugin_api::server::Hook;

use crate::installing::{LoadWatch, Place, to_load};
use crate::side_by_side::side_by_side;

use super::files::PluginFiles;
use super::folders::{self, BuiltInFolders, REQUIRED, Wanted, installed_folder};
use super::load::{self, Candidate, Memory, Prepared, PrivateCopies, Refused};
use super::services::HostSlot;
use super::tasks::Tasks;
use super::trace::Trace;
use super::{LoadError, Loaded, Origin, Plugins, Present, Skipped, outside, places};

/// Plugins on their way in.
pub(super) struct Loading {
    pub(super) host: &'static HostSlot,
    installed: Vec<Loaded>,
    built_in: Vec<Loaded>,
    pub(super) plugins_dir: Vec<Loaded>,
    skipped: Vec<Skipped>,
    copies: PrivateCopies,
    memory: Memory,
    /// Names and where they came from.
    known: HashMap<String, PathBuf>,
    quiet: bool,
    pub(super) strict: bool,
    pub(super) only_lists: bool,
    held: Vec<std::fs::File>,
}

impl Loading {
    pub(super) fn new(host: &'static HostSlot, quiet: bool) -> Self {
        Self {
            host,
            quiet,
            installed: Vec::new(),
            built_in: Vec::new(),
            plugins_dir: Vec::new(),
            skipped: Vec::new(),
            copies: PrivateCopies::default(),
            memory: Memory::read(),
            known: HashMap::new(),
            strict: false,
            only_lists: false,
            held: Vec::new(),
        }
    }

    pub(super) fn built_in(&mut self) -> Result<(), LoadError> {
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

    pub(super) fn installed(&mut self) -> Result<(), LoadError> {
        let mut wanted = Wanted::from_env();
        if wanted.is_none() {
            return Ok(());
        }
        // No folder: nothing was ever installed.
        if let Some(folder) = installed_folder().filter(|folder| folder.is_dir()) {
            self.place(&folder, &mut wanted)?;
            let mut found = self.look_into(&folder)?;
            found.retain(|candidate| {
                let manifest = &candidate.manifest;
                let names: Vec<&str> =
                    std::iter::once(&manifest.name).chain(&manifest.plugins).map(String::as_str).collect();
                wanted.take(&names)
            });
            self.strangers(found, Origin::Installed, &folder)?;
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
        let mut wanted_ones = Vec::new();
        for mut plugin in found {
            let names: Vec<&str> =
                std::iter::once(&plugin.name).chain(&plugin.plugins).map(String::as_str).collect();
            if wanted.take(&names) {
                self.held.extend(plugin.held.take());
                wanted_ones.push(plugin);
            }
        }
        let prepared = side_by_side(wanted_ones, |plugin| {
            let candidate = outside::candidate(&plugin, &self.memory);
            let prepared = candidate.and_then(|candidate| candidate.prepare(&self.copies, &self.memory));
            (plugin, prepared)
        });
        self.memory.save();
        let mut watch = LoadWatch::begin(&place);
        for (plugin, prepared) in prepared {
            watch.enter(&plugin.name, &plugin.installed_sha256);
            let loaded = prepared.and_then(|prepared| {
                self.try_stranger(prepared, Origin::Installed, Some(plugin.folder.clone()))
            });
            watch.leave();
            if let Err(refused) = loaded {
                self.refuse(&plugin.name, &plugin.library, &refused.reason, plugin.security)?;
            }
        }
        Ok(())
    }

    pub(super) fn folder(&mut self, folder: &Path) -> Result<(), LoadError> {
        if !installed_folder().is_some_and(|installed| outside::same(&installed, folder)) {
            self.place(folder, &mut Wanted::All)?;
        }
        let found = self.look_into(folder)?;
        self.strangers(found, Origin::PluginsDir, folder)
    }

    fn look_into(&mut self, folder: &Path) -> Result<Vec<Candidate>, LoadError> {
        let unreadable =
            |error| LoadError::new(format!("The folder {} can't be read: {error}", folder.display()));
        let found = folders::libraries(folder).map_err(unreadable)?;
        for path in found.foreign {
            let reason = "is a plugin for Datasette in Python; this server loads native ones".to_owned();
            self.skip(&path, &Refused { reason, manifest: None })?;
        }
        let looked_at = side_by_side(found.libraries, |path| {
            let candidate = load::look_at_again(&path, &self.memory);
            (path, candidate)
        });
        let mut candidates = Vec::new();
        for (path, candidate) in looked_at {
            match candidate {
                Ok(candidate) => candidates.push(candidate),
                Err(refused) => self.skip(&path, &refused)?,
            }
        }
        Ok(candidates)
    }

    fn strangers(
        &mut self,
        candidates: Vec<Candidate>,
        origin: Origin,
        root: &Path,
    ) -> Result<(), LoadError> {
        let prepared = side_by_side(candidates, |candidate| {
            let path = candidate.path.clone();
            (path, candidate.prepare(&self.copies, &self.memory))
        });
        self.memory.save();
        for (path, prepared) in prepared {
            let folder = path.parent().filter(|parent| *parent != root).map(Path::to_owned);
            let loaded = prepared.and_then(|prepared| self.try_stranger(prepared, origin, folder));
            if let Err(refused) = loaded {
                self.skip(&path, &refused)?;
            }
        }
        Ok(())
    }

    /// `folder` is where its files are, if that folder is the plugin's own.
    fn try_stranger(
        &mut self,
        prepared: Prepared,
        origin: Origin,
        folder: Option<PathBuf>,
    ) -> Result<(), Refused> {
        let (path, manifest) = (prepared.path.clone(), prepared.manifest.clone());
        let taken = manifest.plugins.iter().find_map(|name| Some((name, self.known.get(name)?)));
        if let Some((name, other)) = taken {
            let reason = format!("contains a second {name}; the first is in {}", file_name(other));
            return Err(Refused { reason, manifest: Some(Box::new(manifest)) });
        }
        let loses = manifest.loses().filter(|_| !self.quiet);
        let plugins = prepared.load(self.host.raw())?;
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
        let fatal = match (security && !self.only_lists, self.strict) {
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

    pub(super) fn finish(self) -> Result<Plugins, LoadError> {
        let Self { host, installed, built_in, plugins_dir, skipped, copies, held, .. } = self;
        let order_of_registration: Vec<Loaded> =
            installed.into_iter().chain(built_in).chain(plugins_dir).collect();
        let calling_order: Vec<Loaded> = order_of_registration.into_iter().rev().collect();
        let by_hook: Vec<_> = Hook::ALL.iter().map(|hook| places(&calling_order, *hook)).collect();
        let mut files = PluginFiles::default();
        for plugin in &calling_order {
            files
                .add(plugin)
                .map_err(|reason| LoadError::new(format!("plugin {}: {reason}", plugin.name)))?;
        }
        let (registered, trace) = (OnceLock::new(), Trace::from_env());
        Ok(Plugins {
            calling_order,
            present: Present::of(&by_hook),
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
