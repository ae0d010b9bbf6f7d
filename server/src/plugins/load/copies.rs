//! Copies of libraries that nobody else knows of.
//!
//! Whoever overwrites a library while it is loaded pulls the code from under the process; and the same
//! path loaded again gives the old code.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tempfile::TempDir;

use super::Reason;

/// The copies of a start, in a folder that goes with this.
#[derive(Default)]
pub(crate) struct PrivateCopies {
    folder: Mutex<Option<TempDir>>,
}

/// A copy, for as long as the loader needs its name.
pub(super) struct PrivateCopy(PathBuf);

impl PrivateCopies {
    /// A copy of a library that was read.
    pub(super) fn of_bytes(&self, path: &Path, bytes: &[u8]) -> Result<PrivateCopy, Reason> {
        self.copy(path, |copy| std::fs::write(copy, bytes))
    }

    /// A copy of a library that was not.
    pub(super) fn of_file(&self, path: &Path) -> Result<PrivateCopy, Reason> {
        self.copy(path, |copy| std::fs::copy(path, copy).map(drop))
    }

    fn copy(&self, path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<PrivateCopy, Reason> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let failed = |error: io::Error| format!("can't be copied to a temporary folder: {error}");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{}-{name}", NEXT.fetch_add(1, Ordering::Relaxed));
        let copy = PrivateCopy(self.folder().map_err(failed)?.join(name));
        make(copy.path()).map_err(failed)?;
        Ok(copy)
    }

    fn folder(&self) -> io::Result<PathBuf> {
        let mut folder = self.folder.lock();
        let folder = match &*folder {
            Some(folder) => folder,
            None => folder.insert(tempfile::Builder::new().prefix("datasette-plugins-").tempdir()?),
        };
        Ok(folder.path().to_owned())
    }
}

impl PrivateCopy {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

/// Once loaded, Unix needs the name no more; what is not there can't be left over. Elsewhere it stays
/// until the folder goes.
impl Drop for PrivateCopy {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_one_name_do_not_meet() {
        let copies = PrivateCopies::default();
        let path = Path::new("x.so");
        let (a, b) = (copies.of_bytes(path, b"a").unwrap(), copies.of_bytes(path, b"b").unwrap());
        assert_eq!(std::fs::read(a.path()).unwrap(), b"a");
        assert_eq!(std::fs::read(b.path()).unwrap(), b"b");
    }
}
