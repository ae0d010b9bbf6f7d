//! Libraries seen from outside: what an installation asks about them, and what a start makes of what is installed.

use std::path::Path;

use crate::installing::{Libraries, LibraryFacts, Place, ToLoad, to_load};

use super::load::{self, Candidate, Manifest, Memory, Refused};
use super::{LoadError, folders, installed_folder};

/// The host of plugins, for whoever installs some.
pub(crate) struct PluginLibraries;

impl Libraries for PluginLibraries {
    fn describe(&self, bytes: &[u8]) -> Result<LibraryFacts, String> {
        load::describe(bytes).map(facts)
    }

    fn check(&self, library: &Path) -> Result<LibraryFacts, String> {
        let candidate = load::look_at(library).map_err(|refused| refused.reason)?;
        candidate.manifest.check_names()?;
        Ok(facts(candidate.manifest))
    }

    fn try_out(&self, library: &Path) -> Result<(), String> {
        let memory = Memory::read();
        load::look_at(library).map_err(|refused| refused.reason)?.check(&memory)?;
        memory.save();
        Ok(())
    }
}

fn facts(manifest: Manifest) -> LibraryFacts {
    LibraryFacts {
        name: manifest.name,
        version: manifest.version,
        api: manifest.api,
        target: manifest.target,
        security: manifest.security,
        plugins: manifest.plugins,
    }
}

/// The library of an installed plugin, if it is still the one that was verified.
pub(super) fn candidate(plugin: &ToLoad, memory: &Memory) -> Result<Candidate, Refused> {
    let refused = |reason: String| Refused { reason, manifest: None };
    if let Some(reason) = &plugin.refused {
        return Err(refused(reason.clone()));
    }
    let Some(expected) = &plugin.sha256 else { return load::look_at_again(&plugin.library, memory) };
    let candidate = load::look_at(&plugin.library)?;
    if candidate.sha256().as_ref() != Some(expected) {
        return Err(refused("was changed since it was installed; install it again".to_owned()));
    }
    Ok(candidate)
}

pub(super) fn same(a: &Path, b: &Path) -> bool {
    a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// A mode in which plugins are left out must not be one in which nobody keeps visitors out.
pub(super) fn refuse_unsafe_mode(plugins_dir: Option<&Path>) -> Result<(), LoadError> {
    let installed = installed_folder().filter(|folder| folder.is_dir());
    for folder in installed.iter().map(std::path::PathBuf::as_path).chain(plugins_dir) {
        let place = to_load(&Place::new(folder)).map_err(|error| LoadError::new(error.to_string()))?;
        let found = folders::libraries(folder).unwrap_or_default().libraries;
        let guards = found.iter().filter_map(|library| {
            let manifest = match load::look_at(library) {
                Ok(candidate) => candidate.manifest,
                Err(refused) => *refused.manifest?,
            };
            manifest.security.then_some(manifest.name)
        });
        let installed = place.into_iter().filter(|plugin| plugin.security).map(|plugin| plugin.name);
        if let Some(name) = installed.chain(guards).next() {
            return Err(LoadError::new(format!(
                "The plugin {name} is there for security, and --safe-mode would leave it out, so the server does not \
                 start. Uninstall it first, or leave out --safe-mode."
            )));
        }
    }
    Ok(())
}
