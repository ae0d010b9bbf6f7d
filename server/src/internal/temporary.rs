//! The file behind an internal database that nobody wants to keep.

use std::path::{Path, PathBuf};

/// Removed with its companions when dropped.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    path: PathBuf,
}

impl TemporaryFile {
    pub(super) fn new() -> Result<Self, String> {
        let made = tempfile::Builder::new().prefix("datasette_temp_").suffix(".db").tempfile();
        let kept = made.map_err(|e| e.to_string()).and_then(|file| file.keep().map_err(|e| e.to_string()));
        let (_, path) = kept.map_err(|error| {
            let folder = std::env::temp_dir();
            format!(
                "No temporary file for the internal database could be made in {}: {error}; set TMPDIR to a folder \
                 that can be written, or use --internal PATH",
                folder.display()
            )
        })?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn remove(&self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            // Most of them do not exist, and nothing depends on those that do.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        self.remove();
    }
}
