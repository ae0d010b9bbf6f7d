//! Hashes of files: computed once, kept until the file changes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use md5::{Digest, Md5};
use parking_lot::Mutex;
use sha2::Sha256;

/// What names the contents of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// As in the `etag` header, with its quotes.
    pub(super) etag: String,
    /// As in `?_hash=`.
    pub(super) hash: String,
}

impl Fingerprint {
    pub(super) fn of(mut contents: impl Read) -> io::Result<Self> {
        let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let length = contents.read(&mut buffer)?;
            let Some(piece) = buffer.get(..length).filter(|piece| !piece.is_empty()) else { break };
            md5.update(piece);
            sha256.update(piece);
        }
        Ok(Self { etag: format!("\"{}\"", hex(&md5.finalize())), hash: short_hash(&sha256.finalize()) })
    }
}

/// The part of a file's SHA-256 that goes into URLs.
pub(super) fn short_hash(sha256: &[u8]) -> String {
    hex(sha256.get(..6).unwrap_or(sha256))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Fingerprints by path. A file whose time or size differs is hashed again.
#[derive(Debug, Default)]
pub(super) struct Fingerprints(Mutex<HashMap<PathBuf, Known>>);

#[derive(Debug)]
struct Known {
    modified: SystemTime,
    size: u64,
    fingerprint: Arc<Fingerprint>,
}

impl Fingerprints {
    /// The fingerprint of an open file, which is then at its beginning.
    pub(super) fn of_file(&self, path: &Path, file: &mut File) -> io::Result<Arc<Fingerprint>> {
        let metadata = file.metadata()?;
        let (modified, size) = (metadata.modified()?, metadata.len());
        if let Some(known) = self.0.lock().get(path)
            && (known.modified, known.size) == (modified, size)
        {
            return Ok(Arc::clone(&known.fingerprint));
        }
        // Not under the lock: other files need not wait until a large one is read.
        let fingerprint = Arc::new(Fingerprint::of(&mut *file)?);
        file.rewind()?;
        let known = Known { modified, size, fingerprint: Arc::clone(&fingerprint) };
        self.0.lock().insert(path.to_owned(), known);
        Ok(fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_md5_and_the_beginning_of_sha256() {
        let fingerprint = Fingerprint::of("hello, static world\n".as_bytes()).unwrap();
        assert_eq!(fingerprint.etag, "\"4fca4141c59fe65d92aced32886f26f0\"");
        assert_eq!(fingerprint.hash, "bafe7c0e9f63");
    }

    #[test]
    fn a_file_that_changed_is_hashed_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let known = Fingerprints::default();
        let hash = |contents: &str| {
            std::fs::write(file.path(), contents).unwrap();
            known.of_file(file.path(), &mut File::open(file.path()).unwrap()).unwrap().hash.clone()
        };
        assert_ne!(hash("one"), hash("three"));
    }
}
