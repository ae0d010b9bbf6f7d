//! The store: every version of a plugin in a folder of its own that is never written to again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::sqlite::hex;

use super::error::{Error, Result};
use super::place::{Place, sync_folder};
use super::state::State;

/// Held by every server that serves files of it: whoever cleans up leaves such a folder alone.
pub(super) const IN_USE: &str = ".in-use";

/// A folder for what is on its way. It is gone with the value, unless it was taken into the store.
pub(super) struct Staging {
    folder: tempfile::TempDir,
}

impl Staging {
    /// Under the lock: what is left over of installations that died is cleared away.
    pub(super) fn new(place: &Place) -> Result<Self> {
        let all = place.staging();
        if all.exists() {
            let _ = std::fs::remove_dir_all(&all);
        }
        Self::beside(&all).map_err(|error| place.not_writable(&error))
    }

    /// Anywhere, for what is looked at and not installed.
    pub(super) fn temporary() -> Result<Self> {
        let made = tempfile::Builder::new().prefix("datasette-").tempdir();
        let folder = made.map_err(|error| {
            Error::failed(format!("No temporary folder can be made: {}", super::error::plain(&error)))
        })?;
        Ok(Self { folder })
    }

    fn beside(all: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(all)?;
        Ok(Self { folder: tempfile::Builder::new().prefix("").tempdir_in(all)? })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new folder in it.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path().join(name);
        std::fs::create_dir_all(&path).map_err(|error| Error::io("can't be made", &path, &error))?;
        Ok(path)
    }
}

/// Where a version of a plugin is in the store, seen from the folder of plugins.
pub(super) fn folder_of(name: &str, version: &str, sha256: &str) -> PathBuf {
    let short: String = sha256.chars().take(8).collect();
    Path::new("store").join(name).join(format!("{version}-{short}"))
}

/// Moves a staged folder into the store. What is there already with the same files is left as it is.
pub(super) fn take_in(
    place: &Place,
    staged: &Path,
    folder: &Path,
    files: &BTreeMap<String, String>,
) -> Result<()> {
    let target = place.folder().join(folder);
    if target.exists() {
        if differences(&target, files).is_empty() {
            return Ok(());
        }
        // Damaged, and nobody has it mapped: servers load copies of libraries.
        std::fs::remove_dir_all(&target).map_err(|error| place.not_writable(&error))?;
    }
    let moved = || -> std::io::Result<()> {
        let parent = target.parent().unwrap_or(place.folder());
        std::fs::create_dir_all(parent)?;
        File::create(staged.join(IN_USE))?;
        sync_tree(staged)?;
        std::fs::rename(staged, &target)?;
        sync_folder(parent)
    };
    moved().map_err(|error| place.not_writable(&error))
}

fn sync_tree(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        }
    }
    sync_folder(folder)
}

/// Removes versions that the state knows no more, and that no server uses. Best effort: the next one cleans up what
/// this one could not.
pub(super) fn clean_up(place: &Place, state: &State) {
    let known: Vec<PathBuf> = state
        .plugins
        .values()
        .flat_map(|record| std::iter::once(&record.current).chain(record.previous.as_deref()))
        .map(|installed| place.folder().join(&installed.folder))
        .collect();
    for name in folders(&place.store()) {
        for version in folders(&name) {
            if !known.contains(&version) && !is_in_use(&version) {
                let _ = std::fs::remove_dir_all(&version);
            }
        }
        // Only if it is empty.
        let _ = std::fs::remove_dir(&name);
    }
}

fn is_in_use(folder: &Path) -> bool {
    let Ok(file) = File::options().write(true).open(folder.join(IN_USE)) else { return false };
    matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock))
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
}

/// Keeps a version from being cleaned up, for as long as the value lives.
pub(super) fn hold(folder: &Path) -> Option<File> {
    let file = File::open(folder.join(IN_USE)).ok()?;
    file.try_lock_shared().ok()?;
    Some(file)
}

/// The hashes of all files in a folder, by their paths with slashes.
pub(super) fn hashes(folder: &Path, files: &[PathBuf]) -> Result<BTreeMap<String, String>> {
    let one = |file: &PathBuf| {
        let parts: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
        Ok((parts.join("/"), hash_file(&folder.join(file))?))
    };
    files.iter().map(one).collect()
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hash_file(path: &Path) -> Result<String> {
    let read = |error| Error::io("can't be read", path, &error);
    let mut file = File::open(path).map_err(read)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer).map_err(read)? {
            0 => return Ok(hex(&digest.finalize())),
            length => digest.update(buffer.get(..length).unwrap_or_default()),
        }
    }
}

/// What is not as it was installed: each a path and what is wrong with it.
pub(super) fn differences(folder: &Path, files: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (file, expected) in files {
        match hash_file(&folder.join(file)) {
            Ok(hash) if hash == *expected => {}
            Ok(_) => found.push(format!("{file} was changed")),
            Err(_) => found.push(format!("{file} is missing")),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::state::Record;
    use super::super::state::tests::installed;
    use super::*;

    fn staged(place: &Place, content: &str) -> (Staging, PathBuf, BTreeMap<String, String>) {
        let staging = Staging::new(place).unwrap();
        let tree = staging.folder("tree").unwrap();
        std::fs::write(tree.join("libx.so"), content).unwrap();
        let files = hashes(&tree, &["libx.so".into()]).unwrap();
        (staging, tree, files)
    }

    #[test]
    fn a_version_is_taken_in_once_and_damage_is_repaired() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        let target = folder_of("x", "1.0.0", "abcdef0123456789");
        assert_eq!(target, Path::new("store/x/1.0.0-abcdef01"));
        let (_staging, tree, files) = staged(&place, "one");
        take_in(&place, &tree, &target, &files).unwrap();
        let library = folder.path().join(&target).join("libx.so");
        assert_eq!(std::fs::read_to_string(&library).unwrap(), "one");
        std::fs::write(&library, "spoiled").unwrap();
        assert_eq!(differences(&folder.path().join(&target), &files), ["libx.so was changed"]);
        let (_staging, tree, files) = staged(&place, "one");
        take_in(&place, &tree, &target, &files).unwrap();
        assert_eq!(std::fs::read_to_string(&library).unwrap(), "one");
    }

    #[test]
    fn what_nobody_knows_and_nobody_uses_is_cleaned_up() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        let mut state = State::default();
        let record = Record { current: installed("2.0.0"), previous: Some(Box::new(installed("1.0.0"))) };
        for version in ["2.0.0", "1.0.0", "0.9.0", "0.8.0"] {
            let (_staging, tree, files) = staged(&place, version);
            take_in(&place, &tree, &installed(version).folder, &files).unwrap();
        }
        state.plugins.insert("x".to_owned(), record);
        let used = hold(&folder.path().join(installed("0.8.0").folder)).unwrap();
        clean_up(&place, &state);
        let left = || {
            let mut names: Vec<_> = folders(&place.store().join("x"))
                .iter()
                .map(|path| path.file_name().unwrap().to_owned())
                .collect();
            names.sort();
            names
        };
        assert_eq!(left(), ["0.8.0-abababab", "1.0.0-abababab", "2.0.0-abababab"]);
        drop(used);
        clean_up(&place, &state);
        assert_eq!(left(), ["1.0.0-abababab", "2.0.0-abababab"]);
    }

    #[test]
    fn leftovers_go_with_the_next_installation() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        std::fs::create_dir_all(place.staging().join("dead")).unwrap();
        let staging = Staging::new(&place).unwrap();
        assert!(!place.staging().join("dead").exists() && staging.path().is_dir());
    }
}
