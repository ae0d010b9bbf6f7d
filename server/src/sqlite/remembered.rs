//! Answers that stay true until the database changes: counts, facets, suggestions, and pages of rows that were slow
//! to find. On a file that nobody writes to they are calculated once.
//!
//! An answer is kept only if its SQL gives the same whenever it runs on the same data, and is
//! forgotten with the first sign of a change of the file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use datasette_plugin_api::Value;
use parking_lot::Mutex;

use super::connection::Conn;
use super::error::SqlError;
use super::rows::Rows;

/// So many answers of so many bytes are kept, then all are forgotten.
const MOST_ANSWERS: usize = 1000;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Larger answers are not kept.
const MOST_BYTES_EACH: usize = 512 * 1024;
/// What takes longer is worth remembering: most pages are found faster than they are looked up.
const SLOW: Duration = Duration::from_millis(3);
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

/// Answers, and how the database looked when they were given.
#[derive(Debug, Default)]
struct Answers {
    stamp: Option<Stamp>,
    by_question: HashMap<String, Arc<Rows>>,
    bytes: usize,
}

impl Answers {
    fn clear(&mut self) {
        self.by_question.clear();
        self.bytes = 0;
    }

    /// The answer if it is still true.
    fn recall(&mut self, stamp: &Stamp, question: &str) -> Option<Arc<Rows>> {
        if self.stamp.as_ref() != Some(stamp) {
            self.clear();
            self.stamp = Some(stamp.clone());
        }
        self.by_question.get(question).map(Arc::clone)
    }

    /// Only if nobody saw a change in the meantime: the rows may be older than that.
    fn keep(&mut self, stamp: &Stamp, question: String, rows: Arc<Rows>) {
        let bytes = rows.bytes() + question.len();
        if self.stamp.as_ref() != Some(stamp) || bytes > MOST_BYTES_EACH {
            return;
        }
        if self.by_question.len() >= MOST_ANSWERS || self.bytes + bytes > MOST_BYTES {
            self.clear();
        }
        self.bytes += bytes;
        self.by_question.insert(question, rows);
    }
}

/// The answers of one database.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    answers: Mutex<Answers>,
    /// Some answer is there only because it was slow.
    has_slow: AtomicBool,
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
        let question = question(conn, sql, params, max);
        if let Some(rows) = self.answers.lock().recall(&stamp, &question) {
            return Ok(rows);
        }
        let rows = Arc::new(conn.untrusted(sql, params, max)?);
        if conn.is_repeatable(sql) {
            self.answers.lock().keep(&stamp, question, Arc::clone(&rows));
        }
        Ok(rows)
    }

    /// The answer, remembered only if it takes long to find: those that don't cost nothing here.
    pub(super) fn rows_if_slow(
        &self,
        conn: &Conn,
        look: impl Fn() -> Option<Stamp>,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Rows, SqlError> {
        if self.has_slow.load(Ordering::Relaxed)
            && let Some(stamp) = look()
            && let Some(rows) = self.answers.lock().recall(&stamp, &question(conn, sql, params, max))
        {
            return Ok(Rows::clone(&rows));
        }
        let started = Instant::now();
        let rows = conn.untrusted(sql, params, max)?;
        let took = started.elapsed();
        // The look comes after the query, but a file that has settled did not change while it ran.
        if took >= SLOW
            && took < SETTLED
            && let Some(stamp) = look()
            && conn.is_repeatable(sql)
        {
            let question = question(conn, sql, params, max);
            let mut answers = self.answers.lock();
            if answers.recall(&stamp, &question).is_none() {
                answers.keep(&stamp, question, Arc::new(rows.clone()));
            }
            self.has_slow.store(true, Ordering::Relaxed);
        }
        Ok(rows)
    }
}

/// Who sees less asks another question, and gets answers of their own.
fn question(conn: &Conn, sql: &str, params: &[(String, Value)], max: usize) -> String {
    let veil = conn.veil();
    let veil = veil.as_ref().map_or("", |veil| veil.identity.as_str());
    format!("{sql}\0{max}\0{params:?}\0{veil}")
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
