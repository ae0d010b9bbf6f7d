//! A connection at work on a write. When its turn comes, and how a write ends, is said in `turns.rs`: with
//! its commit, or it leaves nothing behind, also when it panics.

use std::time::Duration;

use datasette_plugin_api::Value;

use super::bulk::Inserting;
use super::connection::{self, Conn};
use super::error::SqlError;
use super::rows::Rows;

/// A connection that writes.
pub(crate) struct Writer<'a> {
    conn: &'a Conn,
}

/// What a writing statement did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    /// Rows that were inserted, updated or deleted; -1 for statements that do none of that.
    pub(crate) rowcount: i64,
    /// Of the last inserted row.
    pub(crate) lastrowid: i64,
    /// What `RETURNING` returned.
    pub(crate) rows: Rows,
}

impl<'a> Writer<'a> {
    pub(super) fn new(conn: &'a Conn) -> Self {
        Self { conn }
    }

    /// The connection itself, to read what is not committed yet.
    pub(crate) fn conn(&self) -> &'a Conn {
        self.conn
    }

    /// Runs one statement; the number of rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: &[(String, Value)]) -> Result<i64, SqlError> {
        Ok(self.run(sql, params)?.rowcount)
    }

    /// Runs one statement, and keeps what it returns.
    pub(crate) fn run(&self, sql: &str, params: &[(String, Value)]) -> Result<Written, SqlError> {
        self.run_up_to(sql, params, usize::MAX)
    }

    /// Runs one statement, and keeps no more than `max` of the rows it returns.
    pub(crate) fn run_up_to(
        &self,
        sql: &str,
        params: &[(String, Value)],
        max: usize,
    ) -> Result<Written, SqlError> {
        self.conn.write(sql, max, |statement| connection::bind(statement, params))
    }

    /// Runs one statement with values for `?`.
    pub(crate) fn run_positional(&self, sql: &str, values: &[Value]) -> Result<Written, SqlError> {
        self.conn.write(sql, usize::MAX, |statement| connection::bind_positional(statement, values))
    }

    pub(crate) fn rows(&self, sql: &str, params: &[(String, Value)]) -> Result<Rows, SqlError> {
        self.conn.rows(sql, params)
    }

    /// Runs several statements without parameters.
    pub(crate) fn script(&self, sql: &str) -> Result<(), SqlError> {
        self.conn.batch(sql)
    }

    /// Runs `work` under a time limit.
    pub(crate) fn limited<T>(&self, limit: Duration, work: impl FnOnce() -> T) -> T {
        self.conn.limited(Some(limit), work)
    }

    /// Lets `work` insert row after row.
    pub(crate) fn inserting<T>(&self, work: impl FnOnce(&mut Inserting<'_>) -> T) -> T {
        self.conn.inserting(work)
    }

    /// Commits what was written so far, and goes on in a new transaction.
    pub(crate) fn commit_and_go_on(&self) -> Result<(), SqlError> {
        self.conn.control("COMMIT")?;
        self.conn.control("BEGIN IMMEDIATE")
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::error::Error;
    use crate::request::Cancelled;
    use crate::sqlite::Database;

    fn database() -> (tempfile::TempDir, Database) {
        Database::for_test("create table t (n integer primary key)")
    }

    fn count(database: &Database) -> Option<Value> {
        database.read_whole(None, |conn| Ok(conn.value("select count(*) from t", &[])?)).unwrap()
    }

    #[test]
    fn what_fails_or_panics_leaves_nothing_and_the_next_write_works() {
        let (_folder, database) = database();
        let failed = database.write(|writer| {
            writer.script("insert into t values (1)")?;
            Ok(writer.script("insert into nope values (1)")?)
        });
        assert!(failed.is_err());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            database.write(|writer| -> Result<(), Error> {
                writer.script("insert into t values (2)")?;
                panic!("a plugin went wrong")
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(count(&database), Some(Value::Integer(0)));
        database.write(|writer| Ok(writer.script("insert into t values (3)")?)).unwrap();
        assert_eq!(count(&database), Some(Value::Integer(1)));
    }

    #[test]
    fn writes_of_many_threads_all_happen() {
        let (_folder, database) = database();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        database.write(|writer| Ok(writer.script("insert into t values (null)")?)).unwrap();
                    }
                });
            }
        });
        assert_eq!(count(&database), Some(Value::Integer(80)));
    }

    #[test]
    fn a_write_within_a_write_fails_instead_of_waiting_for_ever() {
        let (_folder, database) = database();
        let nested =
            database.write(|_| database.write(|writer| Ok(writer.script("insert into t values (1)")?)));
        assert!(nested.unwrap_err().to_string().contains("writing to the database already"));
        database.write(|writer| Ok(writer.script("insert into t values (1)")?)).unwrap();
    }

    #[test]
    fn a_client_that_left_while_it_waited_has_written_nothing() {
        let (_folder, database) = database();
        let gone = Cancelled::default();
        gone.set();
        database
            .write(|_| {
                std::thread::scope(|scope| {
                    let waiting = scope.spawn(|| {
                        database.write_for(Some(&gone), |w| Ok(w.script("insert into t values (1)")?))
                    });
                    assert!(matches!(waiting.join().unwrap(), Err(Error::Cancelled)));
                });
                Ok(())
            })
            .unwrap();
        assert_eq!(count(&database), Some(Value::Integer(0)));
    }

    #[test]
    fn a_lock_of_another_process_is_a_busy_database() {
        let (folder, database) = database();
        let other = rusqlite::Connection::open(folder.path().join("t.db")).unwrap();
        database.write(|writer| Ok(writer.script("PRAGMA busy_timeout = 20")?)).unwrap();
        other.execute_batch("begin immediate").unwrap();
        let error = database.write(|writer| Ok(writer.script("insert into t values (1)")?)).unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        other.execute_batch("rollback").unwrap();
        database.write(|writer| Ok(writer.script("insert into t values (1)")?)).unwrap();
    }

    #[test]
    fn statements_that_change_no_rows_count_none() {
        let (_folder, database) = database();
        let counts = |sql: &str| database.write(|writer| Ok(writer.execute(sql, &[])?)).unwrap();
        assert_eq!(counts("-- two\n insert into t values (1), (2)"), 2);
        assert_eq!(counts("create table other (a)"), -1);
        assert_eq!(counts("with x as (select 5) insert into t select * from x"), -1);
        assert_eq!(counts("/* none */ delete from t where n = 100"), 0);
    }
}
