//! One attached database: how to read it, what it consists of, how to write it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use datasette_plugin_api::Value;
use md5::{Digest, Md5};
use parking_lot::{Mutex, RwLock};
use sha2::Sha256;

use super::connection::Conn;
use super::error::SqlError;
use super::identifier::identifier;
use super::open::{self, Mode, OpenOptions, Source};
use super::pool::Pool;
use super::remembered::{Remembered, Stamp};
use super::rows::Rows;
use super::schema::{Kind, Schema};
use super::table::Table;
use super::turns::WriteQueue;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::request::Cancelled;
use crate::trace;

/// Rows of mutable tables are counted up to here and one more.
pub(crate) const COUNT_LIMIT: i64 = 10_000;

/// A database that the site serves.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    /// How it is named in URLs, before tilde-encoding.
    pub(crate) route: String,
    source: Source,
    pub(crate) is_mutable: bool,
    pool: Pool,
    writes: WriteQueue,
    options: Arc<OpenOptions>,
    schema: RwLock<Option<Arc<Schema>>>,
    /// Hash, size and row counts that `datasette inspect` found.
    inspected: Option<Inspected>,
    hash: OnceLock<Option<String>>,
    counts: Mutex<Option<(Stamp, Arc<Counts>)>>,
    remembered: Remembered,
}

/// How many rows each table has; `None` if that is not known.
pub(crate) type Counts = HashMap<String, Option<i64>>;

/// What an inspect file says about a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Inspected {
    pub(crate) hash: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) counts: HashMap<String, i64>,
}

/// So long the counts of tables are of one moment.
const SNAPSHOT: Duration = Duration::from_millis(5);

impl Database {
    pub(crate) fn new(
        name: String,
        source: Source,
        is_mutable: bool,
        threads: usize,
        options: Arc<OpenOptions>,
        inspected: Option<Inspected>,
    ) -> Self {
        let open = {
            let (name, source, options) = (name.clone(), source.clone(), Arc::clone(&options));
            let mode = if is_mutable { Mode::Read } else { Mode::Immutable };
            Box::new(move || open::open(&source, mode, &name, &options))
        };
        Self {
            route: name.clone(),
            name,
            source,
            is_mutable,
            pool: Pool::new(threads, open),
            writes: WriteQueue::new(),
            options,
            schema: RwLock::new(None),
            inspected,
            hash: OnceLock::new(),
            counts: Mutex::default(),
            remembered: Remembered::default(),
        }
    }

    pub(crate) fn is_memory(&self) -> bool {
        matches!(self.source, Source::Memory { .. })
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) => Some(path),
            Source::Memory { .. } => None,
        }
    }

    /// The path as it was given, for people.
    pub(crate) fn shown_path(&self) -> Option<String> {
        self.path().map(|path| path.display().to_string())
    }

    /// How many rows an inspect file says a table has.
    pub(crate) fn inspected_count(&self, table: &str) -> Option<i64> {
        self.inspected.as_ref().filter(|_| !self.is_mutable)?.counts.get(table).copied()
    }

    /// Bytes on disk; 0 in memory.
    pub(crate) fn size(&self) -> u64 {
        if let Some(size) = self.inspected.as_ref().and_then(|i| i.size) {
            return size;
        }
        self.path().and_then(|path| std::fs::metadata(path).ok()).map_or(0, |meta| meta.len())
    }

    /// SHA-256 of the file in hexadecimal, of immutable databases only.
    pub(crate) fn hash(&self) -> Option<&str> {
        let hash = self.hash.get_or_init(|| {
            if self.is_mutable {
                return None;
            }
            if let Some(hash) = self.inspected.as_ref().and_then(|i| i.hash.clone()) {
                return Some(hash);
            }
            let mut file = std::fs::File::open(self.path()?).ok()?;
            let mut digest = Sha256::new();
            std::io::copy(&mut file, &mut digest).ok()?;
            Some(hex(&digest.finalize()))
        });
        hash.as_deref()
    }

    /// Six hexadecimal digits that tell databases apart at a glance.
    pub(crate) fn color(&self) -> String {
        match self.hash() {
            Some(hash) => hash.chars().take(6).collect(),
            None => hex(&Md5::digest(self.name.as_bytes())).chars().take(6).collect(),
        }
    }

    /// Databases that SQL can reach from this one, by the names that it knows them by.
    pub(crate) fn attached(&self) -> impl Iterator<Item = &str> {
        let attached = match &self.source {
            Source::Memory { attach, .. } => attach.as_slice(),
            Source::File(_) => &[],
        };
        attached.iter().map(|(name, _)| name.as_str())
    }

    /// Lends a read connection to `work`, with nothing concealed. Within `work`, the same thread gets the same
    /// connection, and with it whatever lies over it. Pages use `App::read`, which knows who asks.
    pub(crate) fn read_whole<T>(
        &self,
        cancelled: Option<&Cancelled>,
        work: impl FnOnce(&Conn) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = trace::within(&self.name, || self.pool.lend(cancelled, work));
        if matches!(result, Err(Error::Busy { .. })) {
            self.recover();
        }
        result
    }

    /// Opens the database once and reads its schema: the check at start.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mode = if self.is_mutable { Mode::Read } else { Mode::Immutable };
        let conn = open::open(&self.source, mode, &self.name, &self.options)?;
        let look = || conn.schema_version().and_then(|version| Schema::read(&conn, version));
        let checked = look().or_else(|error| if self.recover() { look() } else { Err(error) });
        checked.map(|_| ()).map_err(|error| {
            let place = self.path().map_or_else(|| self.name.clone(), |p| p.display().to_string());
            match error.message().as_str() {
                "file is not a database" => {
                    format!("{place} is not a SQLite database, or it is encrypted; pass a SQLite file")
                }
                message => format!(
                    "Connection to {place} failed check: {message}; try `PRAGMA integrity_check` on it, or a copy \
                     from a backup"
                ),
            }
        })
    }

    /// Undoes what somebody left half done who was killed while writing: SQLite does that for the next one
    /// who may write, and connections that read may not. Whether there was anything to be undone.
    fn recover(&self) -> bool {
        let Some(path) = self.path().filter(|_| self.is_mutable) else { return false };
        let mut journal = path.as_os_str().to_owned();
        journal.push("-journal");
        if !Path::new(&journal).exists() {
            return false;
        }
        self.open_writer().and_then(|conn| conn.schema_version().map_err(|error| error.message())).is_ok()
    }

    /// Like [`Conn::untrusted`], for answers that are asked for again and again: they are remembered
    /// until the database changes.
    pub(crate) fn remembered(
        &self,
        conn: &Conn,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Arc<Rows>, SqlError> {
        self.remembered.rows(conn, self.stamp(), sql, params, max)
    }

    /// Like [`Conn::untrusted`]; what took long is remembered until the database changes.
    pub(crate) fn remembered_if_slow(
        &self,
        conn: &Conn,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Rows, SqlError> {
        self.remembered.rows_if_slow(conn, || self.stamp(), sql, params, max)
    }

    /// How the file looks; `None` if its contents may change without that.
    fn stamp(&self) -> Option<Stamp> {
        match &self.source {
            // Tables of extensions may change without the file.
            _ if !self.options.extensions.is_empty() => None,
            Source::Memory { .. } => None,
            Source::File(_) if !self.is_mutable => Some(Stamp::UNCHANGING),
            Source::File(path) => Stamp::of_file(path),
        }
    }

    /// The schema as of now.
    pub(crate) fn schema(&self, conn: &Conn) -> Result<Arc<Schema>, SqlError> {
        let version = conn.schema_version()?;
        if let Some(schema) = self.schema.read().as_ref().filter(|schema| schema.version == version) {
            return Ok(Arc::clone(schema));
        }
        let schema = Arc::new(Schema::read(conn, version)?);
        *self.schema.write() = Some(Arc::clone(&schema));
        Ok(schema)
    }

    /// The table or view of that name.
    pub(crate) fn table(&self, conn: &Conn, name: &str) -> Result<Option<Arc<Table>>, SqlError> {
        self.schema(conn)?.table(conn, name)
    }

    /// Row count of each table, up to [`COUNT_LIMIT`] + 1, or as the inspect file has it; remembered until the
    /// file changes. Where `limit` was not enough time for one there is `None`; immutable databases take the
    /// time they need.
    pub(crate) fn table_counts(&self, conn: &Conn, limit: Duration) -> Result<Arc<Counts>, SqlError> {
        let stamp = self.stamp();
        let known = self.counts.lock().clone();
        if let Some((_, counts)) = known.filter(|(then, _)| stamp.as_ref() == Some(then)) {
            return Ok(counts);
        }
        let counts =
            Arc::new(match self.inspected.as_ref().filter(|i| !self.is_mutable && !i.counts.is_empty()) {
                Some(inspected) => {
                    inspected.counts.iter().map(|(name, count)| (name.clone(), Some(*count))).collect()
                }
                None => self.count_tables(conn, self.is_mutable.then_some(limit))?,
            });
        // What took too long may be counted next time, when nobody else works.
        if let Some(stamp) = stamp.filter(|_| !self.is_mutable || counts.values().all(Option::is_some)) {
            *self.counts.lock() = Some((stamp, Arc::clone(&counts)));
        }
        Ok(counts)
    }

    fn count_tables(&self, conn: &Conn, limit: Option<Duration>) -> Result<Counts, SqlError> {
        let schema = self.schema(conn)?;
        let mut counts = Counts::new();
        let mut snapshot = None;
        for name in schema.names(Kind::Table) {
            // One lock for several of them: taking it costs as much as counting a small table. Who writes must not wait
            // for all, and in memory, where tables are locked one by one, for none but the one that is read.
            let is_old = |begun: Instant| begun.elapsed() > SNAPSHOT;
            if !self.is_memory() && snapshot.as_ref().is_none_or(|(begun, _)| is_old(*begun)) {
                drop(snapshot.take());
                snapshot = Some((Instant::now(), conn.snapshot()?));
            }
            let sql = format!(
                "select count(*) from (select 1 from {} limit {})",
                identifier(name),
                COUNT_LIMIT + 1
            );
            // A number says nothing about columns.
            let count = match conn.limited(limit, || conn.unveiled(|| conn.value(&sql, &[]))) {
                Ok(Some(Value::Integer(count))) => Some(count),
                Err(SqlError::Cancelled) => return Err(SqlError::Cancelled),
                _ => None,
            };
            counts.insert(name.to_owned(), count);
        }
        Ok(counts)
    }

    /// Row count of each table, however long it takes; `None` for tables that can't be read.
    pub(crate) fn exact_counts(&self, conn: &Conn) -> Result<Counts, SqlError> {
        let schema = self.schema(conn)?;
        let count = |name: &str| match conn.value(&format!("select count(*) from {}", identifier(name)), &[])
        {
            Ok(Some(Value::Integer(count))) => Some(count),
            _ => None,
        };
        Ok(schema.names(Kind::Table).into_iter().map(|name| (name.to_owned(), count(name))).collect())
    }

    /// Runs `work` in one transaction on the writing connection: all of it or nothing.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Writer<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.write_for(None, work)
    }

    /// Like [`Self::write`]; does not begin when the client has left before its turn comes.
    pub(crate) fn write_for<T>(
        &self,
        cancelled: Option<&Cancelled>,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_mutable()?;
        self.writes.transaction(cancelled, || self.open_writer(), work)
    }

    /// Says that this thread reads now, to do a short write then. Others wait a moment for it, to share their
    /// commit with it.
    pub(crate) fn announce_write(self: &Arc<Self>) -> AnnouncedWrite {
        if self.is_mutable {
            self.writes.announce();
        }
        AnnouncedWrite(Arc::clone(self))
    }

    /// Like [`Self::write_for`], for short writes: several may share one transaction, so `work` may have
    /// to run a second time.
    pub(crate) fn write_shared<T>(
        &self,
        cancelled: Option<&Cancelled>,
        work: impl Fn(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_mutable()?;
        self.writes.shared(cancelled, || self.open_writer(), work)
    }

    /// Runs `work` on the writing connection, outside of a transaction: for what SQLite can't do in one.
    pub(crate) fn write_alone<T>(
        &self,
        cancelled: Option<&Cancelled>,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_mutable()?;
        self.writes.alone(cancelled, || self.open_writer(), work)
    }

    fn open_writer(&self) -> Result<Conn, String> {
        open::open(&self.source, Mode::Write, &self.name, &self.options)
    }

    fn check_mutable(&self) -> Result<(), Error> {
        if self.is_mutable { Ok(()) } else { Err(Error::forbidden("Database is immutable")) }
    }
}

/// A write that was announced; it came, or when this ends it does not come any more.
#[derive(Debug)]
pub(crate) struct AnnouncedWrite(Arc<Database>);

impl Drop for AnnouncedWrite {
    fn drop(&mut self) {
        self.0.writes.arrive();
    }
}

#[cfg(test)]
impl Database {
    pub(crate) fn waiting_writes(&self) -> usize {
        self.writes.waiting()
    }

    /// One in a folder of its own, made by `sql`.
    pub(crate) fn for_test(sql: &str) -> (tempfile::TempDir, Self) {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        let options = OpenOptions::plain();
        let source = Source::File(folder.path().join("t.db"));
        let database = Self::new("t".into(), source, true, 2, Arc::new(options), None);
        database.write(|writer| Ok(writer.script(sql)?)).expect("the SQL is right");
        (folder, database)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The database's name for a file: its stem.
pub(crate) fn name_for(path: &Path) -> String {
    path.file_stem().map_or_else(|| "db".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Of databases with the same name the later ones are called `name_2`, `name_3`, ...
pub(crate) fn free_name(databases: &[Arc<Database>], stem: String) -> String {
    let is_free =
        |name: &str| !databases.iter().any(|database| database.name == name || database.route == name);
    if is_free(&stem) {
        return stem;
    }
    let numbered = (2..).map(|number| format!("{stem}_{number}"));
    numbered.into_iter().find(|name| is_free(name)).unwrap_or(stem)
}

/// A fresh database file with a valid header.
pub(crate) fn create_file(path: &PathBuf) -> Result<(), String> {
    let created = rusqlite::Connection::open(path).and_then(|connection| connection.execute_batch("VACUUM"));
    created.map_err(|e| {
        format!("{} could not be created: {e}; check the folder and its permissions", path.display())
    })
}
