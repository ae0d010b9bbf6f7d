//! Inserting many rows, as fast as SQLite takes them.

use datasette_plugin_api::ValueRef;
use rusqlite::types::{ToSqlOutput, ValueRef as Sql};
use rusqlite::{CachedStatement, Connection};

use super::connection::{Conn, check_whole};
use super::error::SqlError;
use super::functions::ordered;

/// Keeps the statement of the last row at hand for the next one.
pub(crate) struct Inserting<'c> {
    connection: &'c Connection,
    statement: Option<(String, CachedStatement<'c>)>,
}

impl Conn {
    pub(super) fn inserting<T>(&self, work: impl FnOnce(&mut Inserting<'_>) -> T) -> T {
        self.with_connection(|connection| work(&mut Inserting { connection, statement: None }))
    }
}

impl Inserting<'_> {
    /// Runs an `INSERT` with these values for `?`; whether there is a row more, or another one.
    pub(crate) fn row<'v>(
        &mut self,
        sql: &str,
        values: impl IntoIterator<Item = ValueRef<'v>>,
    ) -> Result<bool, SqlError> {
        let failed = |error: rusqlite::Error| SqlError::from_sqlite(&error, sql, false);
        let kept = self.statement.take().filter(|(kept, _)| kept == sql);
        let (sql, statement) = match kept {
            Some(kept) => self.statement.insert(kept),
            None => {
                check_whole(sql)?;
                let statement = self.connection.prepare_cached(sql).map_err(failed)?;
                self.statement.insert((sql.to_owned(), statement))
            }
        };
        for (index, value) in values.into_iter().enumerate() {
            let value = match value {
                ValueRef::Null => Sql::Null,
                ValueRef::Integer(value) => Sql::Integer(value),
                ValueRef::Real(value) => Sql::Real(value),
                ValueRef::Text(text) => Sql::Text(text.as_bytes()),
                ValueRef::Blob(blob) => Sql::Blob(blob),
            };
            let bound = statement.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(value));
            bound.map_err(|error| SqlError::from_sqlite(&error, sql, false))?;
        }
        let run = || statement.raw_execute().map_err(|error| SqlError::from_sqlite(&error, sql, false));
        let changed = ordered(run)?;
        Ok(changed > 0)
    }
}
