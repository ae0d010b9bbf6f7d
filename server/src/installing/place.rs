//! Where plugins are installed, and what is where in there.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::{Error, Result, plain};

/// The folder of installed plugins: `--plugins-dir`, else `DATASETTE_PLUGINS_DIR`, else one in the user's data folder.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    folder: PathBuf,
}

impl Place {
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self { folder: std::path::absolute(&folder).unwrap_or(folder) }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// `store/NAME/VERSION-HASH/…`, where nothing is ever written over.
    pub(super) fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// What is on its way, a folder for each.
    pub(super) fn staging(&self) -> PathBuf {
        self.folder.join(".staging")
    }

    /// State and lock file in one.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("installed.json")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join(".lock")
    }

    /// Public keys that are trusted, and what was seen of indexes.
    pub(super) fn trust(&self) -> PathBuf {
        self.folder.join("trust.json")
    }

    pub(super) fn quarantine(&self) -> PathBuf {
        self.folder.join("quarantine.json")
    }

    /// A file for each process that is loading plugins.
    pub(super) fn loading(&self) -> PathBuf {
        self.folder.join(".loading")
    }

    /// Makes the folder.
    pub(super) fn make(&self) -> Result<()> {
        std::fs::create_dir_all(&self.folder).map_err(|error| self.not_writable(&error))
    }

    pub(super) fn not_writable(&self, error: &std::io::Error) -> Error {
        Error::failed(format!(
            "The folder of plugins {} can't be written: {}. Choose another with --plugins-dir.",
            self.folder.display(),
            plain(error)
        ))
    }
}

/// Folders in the folder of plugins that hold no libraries to be loaded by themselves.
pub(crate) fn is_ours(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    name == "store" || name.starts_with('.')
}

/// Writes a file so that after a crash it is either the old or the new one.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let new = folder.join(name);
    let written = || -> std::io::Result<()> {
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        sync_folder(folder)
    };
    written().inspect_err(|_| {
        let _ = std::fs::remove_file(&new);
    })
}

/// Makes names of files last. Only Unix knows how.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Place::new(file.path().join("plugins")).make().unwrap_err();
        assert!(
            error.message.contains("can't be written") && error.message.contains("--plugins-dir"),
            "{error}"
        );
    }
}
