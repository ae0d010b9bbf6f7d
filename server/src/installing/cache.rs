//! What was fetched before: archives by their hash, and the last of each index, for `--offline`.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::sqlite::hex;

use super::place::write_whole;

/// Files that can be fetched again: losing them costs time, and nothing in here is believed without its hash.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// In the user's folder of caches.
    pub(super) fn of_the_user() -> Self {
        Self { folder: dirs::cache_dir().map(|folder| folder.join("datasette").join("plugins")) }
    }

    /// Where an archive with that hash would be.
    pub(super) fn archive(&self, sha256: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join("archives").join(format!("{sha256}.tar.gz")))
    }

    /// Keeps an archive. Best effort.
    pub(super) fn keep_archive(&self, sha256: &str, path: &Path) {
        let keep = || -> Option<()> {
            let target = self.archive(sha256)?;
            if target.is_file() {
                return Some(());
            }
            let folder = target.parent()?;
            std::fs::create_dir_all(folder).ok()?;
            let new = tempfile::NamedTempFile::new_in(folder).ok()?;
            std::fs::copy(path, new.path()).ok()?;
            new.persist(&target).ok().map(drop)
        };
        if keep().is_none() {
            tracing::debug!("{} is not kept for later", path.display());
        }
    }

    /// A file of an index, as it was the last time.
    pub(super) fn read(&self, index: &str, file: &str) -> Option<Vec<u8>> {
        std::fs::read(self.file(index, file)?).ok()
    }

    /// Keeps a file of an index. Best effort.
    pub(super) fn keep(&self, index: &str, file: &str, bytes: &[u8]) {
        let keep = || -> Option<()> {
            let path = self.file(index, file)?;
            std::fs::create_dir_all(path.parent()?).ok()?;
            write_whole(&path, bytes).ok()
        };
        if keep().is_none() {
            tracing::debug!("{file} of {index} is not kept for later");
        }
    }

    fn file(&self, index: &str, file: &str) -> Option<PathBuf> {
        let index = hex(&Sha256::digest(index.as_bytes()));
        let index = index.get(..16)?.to_owned();
        Some(self.folder.as_ref()?.join("indexes").join(index).join(file.replace('/', "-")))
    }
}

#[cfg(test)]
impl Cache {
    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()) }
    }
}
