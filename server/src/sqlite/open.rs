//! Opens connections: alone in knowing flags, URIs, pragmas and extensions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::connection::Conn;
use super::functions::Registering;

/// A statement waits for a lock of somebody else about five seconds. It looks often: a commit takes a few
/// milliseconds, and SQLite's own timeout soon sleeps for a hundred.
fn wait_for_lock(tries: i32) -> bool {
    const HASTY: i32 = 100;
    const PATIENT: i32 = 980;
    std::thread::sleep(Duration::from_millis(if tries < HASTY { 1 } else { 5 }));
    tries < HASTY + PATIENT
}

/// Where the pages of a database are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    File(PathBuf),
    /// Shared by every connection of this process that knows the name. `attach`: databases that can
    /// be joined there, with the names that SQL knows them by.
    Memory {
        name: String,
        attach: Vec<(String, PathBuf)>,
    },
}

/// What every connection of the site is opened with.
pub(crate) struct OpenOptions {
    pub(crate) nolock: bool,
    /// 0 leaves SQLite's default.
    pub(crate) cache_size_kb: i64,
    /// Path and, if not the default, entry point.
    pub(crate) extensions: Vec<(PathBuf, Option<String>)>,
    /// Adds what plugins bring; gets the connection and the database's name.
    pub(crate) prepare: Arc<Prepare>,
}

impl OpenOptions {
    /// Nothing but SQLite.
    pub(crate) fn plain() -> Self {
        Self { nolock: false, cache_size_kb: 0, extensions: Vec::new(), prepare: Arc::new(|_, _| Ok(())) }
    }
}

/// Adds SQL functions to a connection that was just opened.
pub(crate) type Prepare = dyn Fn(&Registering<'_>, &str) -> Result<(), String> + Send + Sync;

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenOptions").field("nolock", &self.nolock).finish_non_exhaustive()
    }
}

/// How one connection is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    /// Reads a file that nobody changes: no locks, no look at its journal.
    Immutable,
    Write,
}

/// Opens a connection and makes it ready for use. The error is a sentence.
pub(crate) fn open(
    source: &Source,
    mode: Mode,
    database: &str,
    options: &OpenOptions,
) -> Result<Conn, String> {
    let mut connection = connect(source, mode, options.nolock).map_err(|e| sentence(source, &e))?;
    set_up(&mut connection, source, mode, options).map_err(|e| sentence(source, &e))?;
    for (path, entry_point) in &options.extensions {
        load_extension(&connection, path, entry_point.as_deref())?;
    }
    (options.prepare)(&Registering(&connection), database)?;
    Conn::new(connection).map_err(|e| sentence(source, &e))
}

fn connect(source: &Source, mode: Mode, nolock: bool) -> rusqlite::Result<Connection> {
    let common = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let flags = match (source, mode) {
        (Source::Memory { .. }, _) | (_, Mode::Write) => {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        }
        _ => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    Connection::open_with_flags(uri(source, mode, nolock), flags | common)
}

/// A `file:` URI. Every byte that could end the path or start a parameter is escaped, so that any
/// file name works.
fn uri(source: &Source, mode: Mode, nolock: bool) -> String {
    match source {
        Source::File(path) => {
            let mut uri = format!("file:{}", escaped(path.as_os_str().as_encoded_bytes()));
            let mut separator = '?';
            let mut add = |parameter: &str| {
                uri.push(separator);
                uri.push_str(parameter);
                separator = '&';
            };
            match mode {
                Mode::Read => add("mode=ro"),
                Mode::Immutable => add("immutable=1"),
                Mode::Write => {}
            }
            if nolock {
                add("nolock=1");
            }
            uri
        }
        Source::Memory { name, .. } => format!("file:{}?mode=memory&cache=shared", escaped(name.as_bytes())),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(byte as char)
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn set_up(
    connection: &mut Connection,
    source: &Source,
    mode: Mode,
    options: &OpenOptions,
) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait_for_lock))?;
    if options.cache_size_kb != 0 {
        connection.pragma_update(None, "cache_size", -options.cache_size_kb)?;
    }
    if let Source::Memory { attach, .. } = source {
        for (name, path) in attach {
            let uri = uri(&Source::File(path.clone()), Mode::Read, options.nolock);
            let sql = format!("ATTACH DATABASE ?1 AS {}", super::identifier::quoted(name));
            connection.execute(&sql, [uri])?;
        }
    }
    // Datasette's writes follow the default of the sqlite3 library: foreign keys are not enforced. Readers are
    // told as well: what a write would do is looked up there first, and has to be the same.
    connection.pragma_update(None, "foreign_keys", false)?;
    if mode != Mode::Write && matches!(source, Source::Memory { .. }) {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(())
}

fn load_extension(connection: &Connection, path: &Path, entry_point: Option<&str>) -> Result<(), String> {
    let failed = |error: rusqlite::Error| {
        format!(
            "Could not load the extension {}: {error}. Check the path given to --load-extension",
            path.display()
        )
    };
    // SAFETY: the operator asked for this library on the command line; loading runs its code.
    // Loading is switched off again before any SQL of a visitor runs.
    unsafe {
        connection.load_extension_enable().map_err(failed)?;
        let loaded = connection.load_extension(path, entry_point);
        connection.load_extension_disable().map_err(failed)?;
        loaded.map_err(failed)
    }
}

fn sentence(source: &Source, error: &rusqlite::Error) -> String {
    let Source::File(path) = source else { return format!("Could not open an in-memory database: {error}") };
    let path = path.display();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            format!("{path} is not a SQLite database, or it is encrypted; pass a SQLite file")
        }
        Some(rusqlite::ErrorCode::CannotOpen) => {
            format!("{path} could not be opened; check that it exists and that you may read it")
        }
        Some(rusqlite::ErrorCode::PermissionDenied) => {
            format!("{path} may not be read by this user; check its permissions")
        }
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => {
            format!(
                "{path} is damaged ({error}); run `sqlite3 {path} 'PRAGMA integrity_check'` or restore a copy"
            )
        }
        _ => format!("{path} could not be opened: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_file_name_survives_the_uri() {
        let source = Source::File(PathBuf::from("/tmp/50% of? a#b.db"));
        assert_eq!(uri(&source, Mode::Read, true), "file:/tmp/50%25%20of%3F%20a%23b.db?mode=ro&nolock=1");
    }
}
