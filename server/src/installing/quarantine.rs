//! Plugins during whose load the server died are not loaded again, so that one bad plugin can't keep a site down.
//!
//! Whoever loads plugins keeps a file in `.loading` with the name of the one that is being loaded, and a lock on it.
//! A file that nobody has locked any more belongs to a process that died.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::Result;
use super::place::{Place, write_whole};

/// `quarantine.json`: by name.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Quarantine(BTreeMap<String, Held>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Held {
    /// Of the version that did it. Another one is another matter.
    sha256: String,
    since: String,
}

impl Quarantine {
    fn read(place: &Place) -> Self {
        let text = std::fs::read(place.quarantine()).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    fn write(&self, place: &Place) -> std::io::Result<()> {
        if self.0.is_empty() {
            let _ = std::fs::remove_file(place.quarantine());
            return Ok(());
        }
        write_whole(&place.quarantine(), &serde_json::to_vec_pretty(self)?)
    }
}

/// Whether that version of it is held.
pub(super) fn is_held(place: &Place, name: &str, sha256: &str) -> bool {
    Quarantine::read(place).0.get(name).is_some_and(|held| held.sha256 == sha256)
}

/// Lets a plugin go: it was installed again.
pub(super) fn release(place: &Place, name: &str) -> Result<()> {
    let mut quarantine = Quarantine::read(place);
    if quarantine.0.remove(name).is_none() {
        return Ok(());
    }
    quarantine.write(place).map_err(|error| place.not_writable(&error))
}

/// Puts those into quarantine during whose load a process died.
pub(super) fn review(place: &Place) {
    let entries = std::fs::read_dir(place.loading()).into_iter().flatten();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let Ok(file) = File::options().read(true).write(true).open(&path) else { continue };
        if file.try_lock().is_err() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut lines = text.lines();
        if let (Some(name), Some(sha256)) = (lines.next(), lines.next()) {
            let mut quarantine = Quarantine::read(place);
            let held = Held { sha256: sha256.to_owned(), since: jiff::Timestamp::now().to_string() };
            quarantine.0.insert(name.to_owned(), held);
            if let Err(error) = quarantine.write(place) {
                tracing::warn!(
                    "the plugin {name}, during whose load a server died, can't be kept out: {error}"
                );
                continue;
            }
        }
        let _ = std::fs::remove_file(&path);
    }
}

/// Says which plugin is being loaded, for whoever comes after this process. Where nothing can be written, nobody is told.
#[derive(Debug, Default)]
pub(crate) struct LoadWatch {
    file: Option<(File, PathBuf)>,
}

impl LoadWatch {
    /// For a place with plugins that are installed.
    pub(crate) fn begin(place: &Place) -> Self {
        let begin = || -> std::io::Result<(File, PathBuf)> {
            std::fs::create_dir_all(place.loading())?;
            let (file, path) = tempfile::Builder::new()
                .prefix("")
                .tempfile_in(place.loading())?
                .keep()
                .map_err(|error| error.error)?;
            file.try_lock().map_err(std::io::Error::from)?;
            Ok((file, path))
        };
        match begin() {
            Ok(file) => Self { file: Some(file) },
            Err(error) => {
                tracing::debug!("nobody will know which plugin ended the server: {error}");
                Self { file: None }
            }
        }
    }

    /// From now on it is that plugin's fault.
    pub(crate) fn enter(&mut self, name: &str, sha256: &str) {
        self.write(&format!("{name}\n{sha256}\n"));
    }

    /// It was nobody's fault.
    pub(crate) fn leave(&mut self) {
        self.write("");
    }

    fn write(&mut self, text: &str) {
        let Some((file, _)) = &mut self.file else { return };
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::debug!("nobody will know which plugin ended the server: {error}");
        }
    }
}

impl Drop for LoadWatch {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.file {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_whose_load_was_the_end_is_held_until_it_is_installed_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        let mut watch = LoadWatch::begin(&place);
        watch.enter("x", "abc");
        // Somebody else starts meanwhile.
        review(&place);
        assert!(!is_held(&place, "x", "abc"));
        // The process dies: its lock goes, its file stays.
        let (file, _) = watch.file.take().unwrap();
        drop(file);
        review(&place);
        assert!(is_held(&place, "x", "abc") && !is_held(&place, "x", "def"));
        assert_eq!(std::fs::read_dir(place.loading()).unwrap().count(), 0);
        release(&place, "x").unwrap();
        assert!(!is_held(&place, "x", "abc"));
    }

    #[test]
    fn who_ends_in_order_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        let mut watch = LoadWatch::begin(&place);
        watch.enter("x", "abc");
        watch.leave();
        drop(watch);
        review(&place);
        assert!(!is_held(&place, "x", "abc"));
        assert_eq!(std::fs::read_dir(place.loading()).unwrap().count(), 0);
    }
}
