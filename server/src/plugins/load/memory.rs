//! Which libraries were tried out without harm: by their content, and by what the file system says of a file, which
//! spares reading it. It is about crashes, not about trust: whoever can write here can write the libraries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// More files than anybody has plugins.
const REMEMBERED: usize = 1000;
/// A file that was changed just now may be changed again without looking different.
const SETTLED: Duration = Duration::from_secs(2);

/// Libraries that were loaded without harm. Those that failed are not remembered: the machine may have been busy.
#[derive(Default)]
pub(crate) struct Memory {
    known: Mutex<Known>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    /// The plugin API for which that holds.
    api: String,
    /// Hashes of their content.
    loaded: BTreeSet<String>,
    /// Files with such a content.
    files: BTreeMap<String, Stamp>,
    #[serde(skip)]
    is_new: bool,
}

/// What the file system says of a file: another one if its content changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp(String);

impl Memory {
    fn file() -> Option<PathBuf> {
        Some(dirs::cache_dir()?.join("datasette").join("probes.json"))
    }

    pub(crate) fn read() -> Self {
        let text = Self::file().and_then(|file| std::fs::read(file).ok());
        let known: Known = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        if known.api == datasette_plugin_api::API_VERSION {
            Self { known: Mutex::new(known) }
        } else {
            Self::default()
        }
    }

    pub(super) fn knows(&self, hash: &str) -> bool {
        self.known.lock().loaded.contains(hash)
    }

    /// The file's stamp, if it was tried out and nobody touched it since.
    pub(super) fn untouched(&self, path: &Path) -> Option<Stamp> {
        let stamp = Stamp::of(&path.metadata().ok()?)?;
        (self.known.lock().files.get(&key(path)?) == Some(&stamp)).then_some(stamp)
    }

    /// A content that did no harm, and the file in which it is.
    pub(super) fn remember(&self, hash: String, path: &Path, stamp: Option<Stamp>) {
        let mut known = self.known.lock();
        if known.loaded.len() >= REMEMBERED || known.files.len() >= REMEMBERED {
            known.loaded.clear();
            known.files.clear();
        }
        known.is_new |= known.loaded.insert(hash);
        if let Some((key, stamp)) = key(path).zip(stamp) {
            known.is_new |= known.files.insert(key, stamp.clone()) != Some(stamp);
        }
    }

    /// Best effort: without it the next start takes a little longer.
    pub(crate) fn save(&self) {
        let mut known = self.known.lock();
        if !std::mem::take(&mut known.is_new) {
            return;
        }
        datasette_plugin_api::API_VERSION.clone_into(&mut known.api);
        let write = || -> Option<()> {
            let file = Self::file()?;
            let folder = file.parent()?;
            std::fs::create_dir_all(folder).ok()?;
            let new = tempfile::NamedTempFile::new_in(folder).ok()?;
            serde_json::to_writer(&new, &*known).ok()?;
            new.persist(file).ok().map(drop)
        };
        if write().is_none() {
            tracing::debug!("probes of plugins can't be remembered");
        }
    }
}

fn key(path: &Path) -> Option<String> {
    Some(std::path::absolute(path).ok()?.to_str()?.to_owned())
}

impl Stamp {
    #[cfg(unix)]
    pub(super) fn of(facts: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let (modified, changed) = ((facts.mtime(), facts.mtime_nsec()), (facts.ctime(), facts.ctime_nsec()));
        Some(Self(format!("{} {} {} {modified:?} {changed:?}", facts.dev(), facts.ino(), facts.len())))
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Option<Self> {
        None
    }
}

/// The whole file, and its stamp if nobody has touched it for a while.
pub(super) fn contents(path: &Path) -> io::Result<(Vec<u8>, Option<Stamp>)> {
    contents_at(path, SystemTime::now())
}

fn contents_at(path: &Path, now: SystemTime) -> io::Result<(Vec<u8>, Option<Stamp>)> {
    let mut file = File::open(path)?;
    let before = file.metadata()?;
    let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0).min(MOST_AT_ONCE));
    file.read_to_end(&mut bytes)?;
    let stamp = Stamp::of(&before).filter(|stamp| {
        let after = file.metadata().ok();
        is_settled(&before, now) && after.and_then(|after| Stamp::of(&after)).as_ref() == Some(stamp)
    });
    Ok((bytes, stamp))
}

/// A file may say that it is larger than all memory.
const MOST_AT_ONCE: usize = 64 * 1024 * 1024;

/// By both of its times: the one of its content may be that of the file it was copied from.
fn is_settled(facts: &Metadata, now: SystemTime) -> bool {
    let is_old = |time: Option<SystemTime>| {
        time.and_then(|time| now.duration_since(time).ok()).is_some_and(|ago| ago > SETTLED)
    };
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt;
        let since = u64::try_from(facts.ctime()).ok().map(Duration::from_secs);
        since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since))
    };
    #[cfg(not(unix))]
    let changed = facts.modified().ok();
    is_old(facts.modified().ok()) && is_old(changed)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_tried_out_is_known_until_somebody_touches_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.so");
        std::fs::write(&path, "one").unwrap();
        let (bytes, stamp) = contents_at(&path, SystemTime::now() + Duration::from_secs(60)).unwrap();
        assert_eq!(bytes, b"one");
        let memory = Memory::default();
        assert_eq!(memory.untouched(&path), None);
        memory.remember("hash".to_owned(), &path, stamp.clone());
        assert!(memory.knows("hash") && memory.untouched(&path) == stamp);
        std::fs::write(&path, "two").unwrap();
        assert_eq!(memory.untouched(&path), None);
    }

    #[test]
    fn a_file_of_this_moment_is_not_trusted_to_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.so");
        std::fs::write(&path, "one").unwrap();
        assert_eq!(contents(&path).unwrap().1, None);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        assert_eq!(contents(&path).unwrap().1, None, "copied with the time of another");
    }
}
