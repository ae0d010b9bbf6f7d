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
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again_by_index_and_by_hash() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { folder: Some(folder.path().to_owned()) };
        cache.keep("https://a.example/", "v1/index.json", b"a");
        cache.keep("https://b.example/", "v1/index.json", b"b");
        assert_eq!(cache.read("https://a.example/", "v1/index.json").as_deref(), Some(&b"a"[..]));
        assert_eq!(cache.read("https://c.example/", "v1/index.json"), None);
        let archive = folder.path().join("x.tar.gz");
        std::fs::write(&archive, "x").unwrap();
        cache.keep_archive("abc", &archive);
        assert_eq!(std::fs::read(cache.archive("abc").unwrap()).unwrap(), b"x");
        // Where there is no folder for it, nothing is kept and nothing fails.
        let none = Cache { folder: None };
        none.keep("https://a.example/", "v1/index.json", b"a");
        assert_eq!((none.read("https://a.example/", "v1/index.json"), none.archive("abc")), (None, None));
    }
}
