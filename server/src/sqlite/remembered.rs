//! Answers that stay true until the database changes: counts, facets, suggestions. On a file that
//! nobody writes to they are calculated once.
//!
//! An answer is kept only if its SQL gives the same whenever it runs on the same data, and is
//! forgotten with the first sign of a change of the file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use datasette_plugin_api::Value;
use parking_lot::Mutex;

use super::connection::Conn;
use super::error::SqlError;
use super::rows::Rows;

/// So many answers are kept, then all are forgotten.
const MOST_ANSWERS: usize = 1000;
/// Larger answers are not kept.
const MOST_ROWS: usize = 2000;
/// A file that changed more recently may change again without its time of change telling.
const SETTLED: Duration = Duration::from_secs(1);

/// What a file looked like: times of change and sizes of the database and of its write-ahead log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(Option<[(SystemTime, u64); 2]>);

impl Stamp {
    /// Of a file that never changes.
    pub(super) const UNCHANGING: Self = Self(None);

    /// `None` where the file can't be asked or has changed just now.
    pub(super) fn of_file(path: &Path) -> Option<Self> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let look =
            |path: &Path| std::fs::metadata(path).and_then(|meta| Ok((meta.modified()?, meta.len()))).ok();
        let database = look(path)?;
        let log = look(Path::new(&log)).unwrap_or((SystemTime::UNIX_EPOCH, 0));
        let newest = database.0.max(log.0);
        let settled = SystemTime::now().duration_since(newest).is_ok_and(|age| age > SETTLED);
        settled.then_some(Self(Some([database, log])))
    }
}

/// The answers of one database.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    answers: Mutex<(Option<Stamp>, HashMap<String, Arc<Rows>>)>,
}

impl Remembered {
    /// The answer, remembered if possible. `stamp` is how the database looks now.
    pub(super) fn rows(
        &self,
        conn: &Conn,
        stamp: Option<Stamp>,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Arc<Rows>, SqlError> {
        let Some(stamp) = stamp else { return Ok(Arc::new(conn.untrusted(sql, params, max)?)) };
        let key = format!("{sql}\0{max}\0{params:?}");
        {
            let mut answers = self.answers.lock();
            if answers.0.as_ref() != Some(&stamp) {
                answers.1.clear();
                answers.0 = Some(stamp.clone());
            }
            if let Some(rows) = answers.1.get(&key) {
                return Ok(Arc::clone(rows));
            }
        }
        let rows = Arc::new(conn.untrusted(sql, params, max)?);
        if rows.len() <= MOST_ROWS && conn.is_repeatable(sql) {
            let mut answers = self.answers.lock();
            // Only if nobody saw a change in the meantime: the rows may be older than that.
            if answers.0.as_ref() == Some(&stamp) {
                if answers.1.len() >= MOST_ANSWERS {
                    answers.1.clear();
                }
                answers.1.insert(key, Arc::clone(&rows));
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_just_now_is_not_trusted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(Stamp::of_file(file.path()), None);
        let earlier = SystemTime::now() - Duration::from_secs(10);
        file.as_file().set_modified(earlier).unwrap();
        let before = Stamp::of_file(file.path());
        assert!(before.is_some());
        file.as_file().set_modified(earlier - Duration::from_secs(5)).unwrap();
        assert_ne!(Stamp::of_file(file.path()), before);
    }
}
