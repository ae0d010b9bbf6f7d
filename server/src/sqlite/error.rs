//! SQLite's errors, translated by hand into what they mean here.

use crate::error::Error;

/// A statement that did not run to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SqlError {
    /// Past its time limit.
    Interrupted { sql: String },
    /// The client left while it ran.
    Cancelled,
    /// Another process holds the lock longer than the busy timeout, or ended while it wrote.
    Busy,
    /// There is no room for what was to be written.
    Full,
    /// The disk or the system failed, not the statement.
    Broken { message: String },
    /// SQLite's own words.
    Failed { message: String },
}

impl SqlError {
    pub(super) fn from_sqlite(error: &rusqlite::Error, sql: &str, cancelled: bool) -> Self {
        use rusqlite::{Error as E, ErrorCode};
        if let Some(code) = error.sqlite_error_code() {
            match code {
                ErrorCode::OperationInterrupted if cancelled => return Self::Cancelled,
                ErrorCode::OperationInterrupted => return Self::Interrupted { sql: sql.to_owned() },
                ErrorCode::DatabaseBusy => return Self::Busy,
                ErrorCode::ReadOnly if is_unfinished(error) => return Self::Busy,
                ErrorCode::DiskFull => return Self::Full,
                ErrorCode::SystemIoFailure if is_failed_write(error) => return Self::Full,
                ErrorCode::SystemIoFailure => return Self::Broken { message: error.to_string() },
                _ => {}
            }
        }
        let message = match error {
            E::SqliteFailure(_, Some(message)) => message.clone(),
            E::SqlInputError { msg, .. } => msg.clone(),
            E::MultipleStatement => "You can only execute one statement at a time.".to_owned(),
            E::NulError(_) => "the query contains a null character".to_owned(),
            other => other.to_string(),
        };
        // Which function it was, the visitor knows.
        let refused = message.starts_with("not authorized to use function");
        Self::Failed { message: if refused { "not authorized".to_owned() } else { message } }
    }

    /// SQLite's words, or ours for the other cases.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Interrupted { .. } => "interrupted".to_owned(),
            Self::Cancelled => "cancelled".to_owned(),
            Self::Busy => "database is locked".to_owned(),
            Self::Full => "database or disk is full".to_owned(),
            Self::Broken { message } | Self::Failed { message } => message.clone(),
        }
    }
}

impl std::fmt::Display for SqlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for SqlError {}

impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Interrupted { sql } => Self::Interrupted { sql },
            SqlError::Cancelled => Self::Cancelled,
            SqlError::Busy => Self::Busy {
                message: "The database is locked by another process; try again in a moment".to_owned(),
            },
            SqlError::Full => Self::Full,
            SqlError::Broken { message } => Self::Internal(anyhow::anyhow!(message)),
            SqlError::Failed { message } => Self::InvalidSql { message },
        }
    }
}

/// Somebody was interrupted while writing, and only who may write can undo that: see `Database::recover`.
fn is_unfinished(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(code, _) = error else { return false };
    code.extended_code == rusqlite::ffi::SQLITE_READONLY_ROLLBACK
}

/// A limit on the size of files (`ulimit -f`), or a quota, shows in this way.
fn is_failed_write(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};
    let rusqlite::Error::SqliteFailure(code, _) = error else { return false };
    [SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE].contains(&code.extended_code)
}
