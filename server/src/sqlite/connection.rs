//! A connection at work: runs statements under a guard and gathers their rows.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::Value;
use rusqlite::Connection;

use super::analysis::Operation;
use super::error::SqlError;
use super::functions::ordered;
use super::guard::Guard;
use super::known::KnownTables;
use super::rows::{Rows, as_text, to_sql};
use super::veil::{Veil, joins_by_name};
use super::writer::Written;
use crate::request::Cancelled;
use crate::trace;

/// Values by name, without the colon. Names that the statement doesn't have are ignored.
pub(crate) type Params = Vec<(String, Value)>;

const CACHED_STATEMENTS: usize = 128;
/// A page usually has no more.
const MANY_ROWS: usize = 128;

/// One SQLite connection, used by one thread at a time.
#[derive(Debug)]
pub(crate) struct Conn {
    inner: RefCell<Connection>,
    guard: Arc<Guard>,
    /// What the actor that the connection works for may not see.
    veil: RefCell<Option<Arc<Veil>>>,
    /// `PRAGMA schema_version` as of the last look in this lease.
    pub(super) schema_version: Cell<Option<i64>>,
    /// What a writing connection knows of tables, as long as the schema is what it was.
    pub(super) tables: RefCell<KnownTables>,
}

impl Conn {
    pub(super) fn new(mut connection: Connection) -> rusqlite::Result<Self> {
        let guard = Guard::install(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        let (inner, veil) = (RefCell::new(connection), RefCell::default());
        Ok(Self { inner, guard, veil, schema_version: Cell::new(None), tables: RefCell::default() })
    }

    /// Runs `work` with that veil over the connection, or with none, whatever lay there before.
    pub(crate) fn through<T>(&self, veil: Option<&Arc<Veil>>, work: impl FnOnce() -> T) -> T {
        let restore = Restore { conn: self, outer: self.veil() };
        self.set_veil(veil.cloned());
        let result = work();
        drop(restore);
        result
    }

    /// Runs `work` with nothing concealed: for what no visitor gets to see as it is.
    pub(crate) fn unveiled<T>(&self, work: impl FnOnce() -> T) -> T {
        self.through(None, work)
    }

    /// What lies over the connection now.
    pub(crate) fn veil(&self) -> Option<Arc<Veil>> {
        self.veil.borrow().clone()
    }

    fn set_veil(&self, veil: Option<Arc<Veil>>) {
        self.guard.set_veil(veil.clone());
        *self.veil.borrow_mut() = veil;
    }

    /// Hands a prepared statement to `work`. Under a veil none is taken from those that are kept, which
    /// were prepared for somebody else, and none is kept.
    fn with_statement<T>(
        &self,
        sql: &str,
        work: impl FnOnce(&Connection, &mut rusqlite::Statement<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        ordered(|| self.try_with_statement(sql, work))
    }

    fn try_with_statement<T>(
        &self,
        sql: &str,
        work: impl FnOnce(&Connection, &mut rusqlite::Statement<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        check_whole(sql)?;
        let connection = self.inner.borrow();
        if self.veil.borrow().is_none() {
            let mut statement = connection.prepare_cached(sql).map_err(|e| self.error(&e, sql))?;
            return work(&connection, &mut statement);
        }
        if joins_by_name(sql) {
            let message = "Joins with NATURAL or USING are not for you here; name the columns with ON";
            return Err(SqlError::Failed { message: message.to_owned() });
        }
        let mut statement = connection.prepare(sql).map_err(|e| self.error(&e, sql))?;
        work(&connection, &mut statement)
    }

    /// Whether the SQL would read nothing that is concealed now. What is wrong with it otherwise is not asked.
    pub(crate) fn reads_nothing_concealed(&self, sql: &str) -> bool {
        match self.inner.borrow().prepare(sql) {
            Ok(_) => true,
            Err(error) => {
                error.sqlite_error_code() != Some(rusqlite::ErrorCode::AuthorizationForStatementDenied)
            }
        }
    }

    pub(super) fn watch(&self, cancelled: Option<Cancelled>) {
        self.guard.watch(cancelled);
    }

    /// Runs `work` under a time limit; limits nest, the earliest wins.
    pub(crate) fn limited<T>(&self, limit: Option<Duration>, work: impl FnOnce() -> T) -> T {
        self.guard.limited(limit, work)
    }

    /// All rows of our own SQL.
    pub(crate) fn rows(&self, sql: &str, params: &[(String, Value)]) -> Result<Rows, SqlError> {
        self.rows_up_to(sql, params, usize::MAX)
    }

    /// At most `max` rows; `truncated` tells whether there were more.
    pub(crate) fn rows_up_to(
        &self,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Rows, SqlError> {
        trace::sql(sql, params, || {
            self.with_statement(sql, |_, statement| self.gather(statement, sql, params, max))
        })
    }

    /// Like [`Self::rows_up_to`], for SQL that a visitor wrote: only what reads, and only what the
    /// authorizer's rules admit.
    pub(crate) fn untrusted(
        &self,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Rows, SqlError> {
        let run = || {
            self.with_statement(sql, |_, statement| {
                if !statement.readonly() {
                    return Err(SqlError::Failed {
                        message: "attempt to write a readonly database".to_owned(),
                    });
                }
                self.gather(statement, sql, params, max)
            })
        };
        self.guard.untrusted(|| trace::sql(sql, params, run))
    }

    /// Like [`Self::untrusted`], for statements that a visitor wrote, or that have SQL of theirs in them: under a
    /// veil their rows come in no order that is concealed.
    pub(crate) fn visitors_own(
        &self,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Rows, SqlError> {
        self.in_no_concealed_order(sql)?;
        self.untrusted(sql, params, max)
    }

    /// Refuses SQL that SQLite would answer by way of an index over something concealed. No value is read
    /// then, but the rows stand in the order of those values, or `limit` takes the first of them. Counting is
    /// harmless.
    pub(crate) fn in_no_concealed_order(&self, sql: &str) -> Result<(), SqlError> {
        let Some(veil) = self.veil().filter(|veil| veil.conceals_orders()) else { return Ok(()) };
        let explained = format!("EXPLAIN {sql}");
        let connection = self.inner.borrow();
        // What can't be explained, because it explains itself or is wrong, gives no rows of a table.
        let Ok(mut statement) = connection.prepare(&explained) else { return Ok(()) };
        let steps = self.rows_of(&mut statement, &explained, usize::MAX)?;
        let number = |row: usize, column: usize| steps.get(row, column).as_i64().unwrap_or_default();
        let is = |row: usize, opcode: &str| as_text(steps.get(row, 1)) == opcode;
        let rows = 0..steps.len();
        for row in rows.clone().filter(|row| is(*row, "OpenRead") || is(*row, "ReopenIdx")) {
            let (cursor, rootpage) = (number(row, 2), number(row, 3));
            let is_counted = || rows.clone().any(|row| is(row, "Count") && number(row, 2) == cursor);
            if veil.conceals_order_of(rootpage) && !is_counted() {
                let message = "This SQL would be answered by an index over something that you may not see; write NOT \
                               INDEXED behind the name of the table";
                return Err(SqlError::Failed { message: message.to_owned() });
            }
        }
        Ok(())
    }

    /// Whether the SQL gives the same whenever it runs on the same data.
    pub(crate) fn is_repeatable(&self, sql: &str) -> bool {
        // A date of "now" needs no function of its own to change.
        let tells_time = sql.to_ascii_lowercase().contains("now");
        !tells_time && self.guard.is_pure(|| self.inner.borrow().prepare(sql).is_ok())
    }

    /// Runs the statement, which only explains, and tells what SQLite asked leave for meanwhile. Not
    /// cached: a cached one would not be prepared again.
    pub(super) fn heard(
        &self,
        sql: &str,
        params: &[(String, Value)],
    ) -> Result<(Rows, Vec<Operation>), SqlError> {
        check_whole(sql)?;
        let connection = self.inner.borrow();
        let (prepared, heard) = self.guard.listening(|| connection.prepare(sql));
        let mut statement = prepared.map_err(|e| self.error(&e, sql))?;
        let rows = self.gather(&mut statement, sql, params, usize::MAX)?;
        Ok((rows, heard))
    }

    fn gather(
        &self,
        statement: &mut rusqlite::Statement<'_>,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Rows, SqlError> {
        bind(statement, params)?;
        self.rows_of(statement, sql, max)
    }

    fn rows_of(
        &self,
        statement: &mut rusqlite::Statement<'_>,
        sql: &str,
        max: usize,
    ) -> Result<Rows, SqlError> {
        let mut result: Option<Rows> = None;
        let mut rows = statement.raw_query();
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let result = result.get_or_insert_with(|| Rows::new(column_names(row.as_ref())));
                    if result.len() >= max {
                        result.truncated = true;
                        break;
                    }
                    result.push(row).map_err(|e| self.error(&e, sql))?;
                    if result.len() == 1 {
                        result.expect(max.min(MANY_ROWS));
                    }
                }
                Ok(None) => break,
                Err(error) => return Err(self.error(&error, sql)),
            }
        }
        drop(rows);
        Ok(result.unwrap_or_else(|| Rows::new(column_names(statement))))
    }

    /// The first column of the first row.
    pub(crate) fn value(&self, sql: &str, params: &[(String, Value)]) -> Result<Option<Value>, SqlError> {
        Ok(self.rows_up_to(sql, params, 1)?.first().map(Into::into))
    }

    /// The first column of every row, as text.
    pub(crate) fn statements(&self, sql: &str) -> Result<Vec<String>, SqlError> {
        let rows = self.rows(sql, &[])?;
        Ok((0..rows.len()).map(|row| as_text(rows.get(row, 0)).into_owned()).collect())
    }

    /// Names of the databases that are attached to this connection.
    pub(crate) fn attached(&self) -> Result<Vec<String>, SqlError> {
        self.statements("select name from pragma_database_list where seq > 0 and name != 'temp'")
    }

    /// Runs one writing statement to its end; keeps up to `max` of the rows it returns. What returns
    /// rows without changing any is not run further than that.
    pub(super) fn write(
        &self,
        sql: &str,
        max: usize,
        bind: impl FnOnce(&mut rusqlite::Statement<'_>) -> Result<(), SqlError>,
    ) -> Result<Written, SqlError> {
        self.in_no_concealed_order(sql)?;
        self.with_statement(sql, |connection, statement| {
            self.run_to_its_end(connection, statement, sql, max, bind)
        })
    }

    fn run_to_its_end(
        &self,
        connection: &Connection,
        statement: &mut rusqlite::Statement<'_>,
        sql: &str,
        max: usize,
        bind: impl FnOnce(&mut rusqlite::Statement<'_>) -> Result<(), SqlError>,
    ) -> Result<Written, SqlError> {
        bind(statement)?;
        let counts = changes_rows(sql);
        let mut result: Option<Rows> = None;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|e| self.error(&e, sql))? {
            let result = result.get_or_insert_with(|| Rows::new(column_names(row.as_ref())));
            if result.len() < max {
                result.push(row).map_err(|e| self.error(&e, sql))?;
                continue;
            }
            result.truncated = true;
            if !counts {
                break;
            }
        }
        drop(rows);
        let rows = result.unwrap_or_else(|| Rows::new(column_names(statement)));
        let rowcount = match i64::try_from(connection.changes()) {
            Ok(changes) if counts => changes,
            _ => -1,
        };
        Ok(Written { rowcount, lastrowid: connection.last_insert_rowid(), rows })
    }

    pub(super) fn in_transaction(&self) -> bool {
        !self.inner.borrow().is_autocommit()
    }

    /// Runs a statement that begins or ends something, and is used again and again.
    pub(super) fn control(&self, sql: &str) -> Result<(), SqlError> {
        let connection = self.inner.borrow();
        let mut statement = connection.prepare_cached(sql).map_err(|e| self.error(&e, sql))?;
        statement.raw_execute().map(|_| ()).map_err(|e| self.error(&e, sql))
    }

    /// Until it is dropped, all that is read is of the same moment.
    pub(super) fn snapshot(&self) -> Result<Snapshot<'_>, SqlError> {
        // Made first: a `BEGIN` that is interrupted may have begun.
        let snapshot = Snapshot { conn: self, begins: !self.in_transaction() };
        if snapshot.begins {
            self.control("BEGIN")?;
        }
        Ok(snapshot)
    }

    pub(super) fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.inner.borrow())
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), SqlError> {
        check_whole(sql)?;
        ordered(|| self.inner.borrow().execute_batch(sql).map_err(|e| self.error(&e, sql)))
    }

    /// `PRAGMA schema_version`, asked once per lease.
    pub(crate) fn schema_version(&self) -> Result<i64, SqlError> {
        if let Some(version) = self.schema_version.get() {
            return Ok(version);
        }
        let version = self.schema_version_now()?;
        self.schema_version.set(Some(version));
        Ok(version)
    }

    /// `PRAGMA schema_version`. Asked for every request: without the detour over `Rows`.
    pub(super) fn schema_version_now(&self) -> Result<i64, SqlError> {
        let sql = "PRAGMA schema_version";
        let connection = self.inner.borrow();
        let mut statement = connection.prepare_cached(sql).map_err(|e| self.error(&e, sql))?;
        statement.query_row([], |row| row.get(0)).map_err(|e| self.error(&e, sql))
    }

    fn error(&self, error: &rusqlite::Error, sql: &str) -> SqlError {
        let error = SqlError::from_sqlite(error, sql, self.guard.is_cancelled());
        match error {
            SqlError::Failed { message } if self.veil.borrow().is_some() => {
                SqlError::Failed { message: discreet(message) }
            }
            other => other,
        }
    }
}

/// A read transaction.
pub(super) struct Snapshot<'a> {
    conn: &'a Conn,
    /// Otherwise it is part of another one.
    begins: bool,
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        if self.begins && self.conn.in_transaction() && self.conn.control("COMMIT").is_err() {
            // There is nothing to lose; and who went on with it would never see what others write.
            let _ = self.conn.control("ROLLBACK");
        }
    }
}

/// Puts the veil back that lay over the connection before, also when a panic passes.
struct Restore<'a> {
    conn: &'a Conn,
    outer: Option<Arc<Veil>>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.conn.set_veil(self.outer.take());
    }
}

/// SQLite's words would tell a column that is concealed from one that does not exist.
fn discreet(message: String) -> String {
    let tells = message.starts_with("no such column")
        || message.starts_with("access to ")
        || message.starts_with("not authorized")
        || message.starts_with("ambiguous column name");
    if tells {
        "This SQL uses a column that does not exist, or something that you may not see".to_owned()
    } else {
        message
    }
}

/// SQLite reads no further than a NUL character, so what it ran would not be what was written.
pub(super) fn check_whole(sql: &str) -> Result<(), SqlError> {
    if sql.contains('\0') {
        return Err(SqlError::Failed { message: "the query contains a null character".to_owned() });
    }
    Ok(())
}

/// Asked once the statement runs: a cached one may be older than its table's columns, and is prepared
/// again with its first step.
fn column_names(statement: &rusqlite::Statement<'_>) -> Vec<String> {
    statement.column_names().map(str::to_owned).collect()
}

/// Whether the statement itself, not something within it, inserts, updates or deletes.
fn changes_rows(sql: &str) -> bool {
    let mut rest = sql.trim_start();
    loop {
        let skipped = match (rest.strip_prefix("--"), rest.strip_prefix("/*")) {
            (Some(comment), _) => comment.split_once('\n').map_or("", |(_, after)| after),
            (_, Some(comment)) => comment.split_once("*/").map_or("", |(_, after)| after),
            _ => break,
        };
        rest = skipped.trim_start();
    }
    let starts = |word: &str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    ["insert", "update", "delete", "replace"].into_iter().any(starts)
}

pub(super) fn bind(
    statement: &mut rusqlite::Statement<'_>,
    params: &[(String, Value)],
) -> Result<(), SqlError> {
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).map(|name| name.get(1..).unwrap_or_default().to_owned());
        let Some(name) = name else {
            return Err(SqlError::Failed {
                // In Python's words, which clients may know: named parameters such as :name are what works.
                message: format!(
                    "Binding {index} has no name, but you supplied a dictionary (which has only names)."
                ),
            });
        };
        let Some((_, value)) = params.iter().find(|(n, _)| *n == name) else {
            let message = format!("You did not supply a value for binding parameter :{name}.");
            return Err(SqlError::Failed { message });
        };
        let bound = statement.raw_bind_parameter(index, to_sql(value));
        bound.map_err(|e| SqlError::from_sqlite(&e, "", false))?;
    }
    Ok(())
}

pub(super) fn bind_positional(
    statement: &mut rusqlite::Statement<'_>,
    values: &[Value],
) -> Result<(), SqlError> {
    if statement.parameter_count() != values.len() {
        let (wanted, got) = (statement.parameter_count(), values.len());
        return Err(SqlError::Failed {
            message: format!("The statement has {wanted} parameters, but got {got} values"),
        });
    }
    for (index, value) in values.iter().enumerate() {
        let bound = statement.raw_bind_parameter(index + 1, to_sql(value));
        bound.map_err(|e| SqlError::from_sqlite(&e, "", false))?;
    }
    Ok(())
}
