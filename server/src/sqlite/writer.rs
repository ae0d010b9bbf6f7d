//! The writer of a database: one connection, one write at a time, in the order of their coming.
//!
//! Whoever waits does so on its own thread, and not for ever: with too many before it, or for too
//! long, it is told to come back. A write ends with its commit or leaves nothing behind, also when it
//! panics.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use datasette_plugin_api::Value;
use parking_lot::{Condvar, Mutex};

use super::connection::{self, Conn};
use super::error::SqlError;
use super::rows::Rows;
use crate::error::Error;
use crate::request::Cancelled;

/// So many may wait for their turn; the next one is sent away at once.
const LONGEST_QUEUE: usize = 512;
/// Nobody waits longer than this for a turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often somebody who waits looks whether its client is still there.
const LOOK_UP: Duration = Duration::from_millis(100);

/// Whose turn it is to write.
#[derive(Debug)]
pub(super) struct WriteQueue {
    state: Mutex<State>,
    moved: Condvar,
    /// Tells the queues of this process apart on a thread.
    id: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Idle; opened by the first write.
    conn: Option<Conn>,
    busy: bool,
    /// Tickets of those who wait, the first in front.
    waiting: VecDeque<u64>,
    last_ticket: u64,
}

thread_local! {
    /// Queues in which this thread has its turn. Waiting for another one there would be for ever.
    static WRITING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

impl WriteQueue {
    pub(super) fn new() -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { state: Mutex::default(), moved: Condvar::new(), id }
    }

    /// Runs `work` in one transaction: all of it or nothing. Once it has begun it is brought to its
    /// end, whether or not the client waits for that.
    pub(super) fn transaction<T>(
        &self,
        cancelled: Option<&Cancelled>,
        open: impl FnOnce() -> Result<Conn, String>,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.alone(cancelled, open, |writer| {
            let conn = writer.conn;
            conn.batch("BEGIN IMMEDIATE")?;
            let rollback = Rollback { conn, armed: true };
            let result = work(writer)?;
            conn.batch("COMMIT")?;
            rollback.disarm();
            Ok(result)
        })
    }

    /// Runs `work` while nobody else writes, each statement for itself.
    pub(super) fn alone<T>(
        &self,
        cancelled: Option<&Cancelled>,
        open: impl FnOnce() -> Result<Conn, String>,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if WRITING.with_borrow(|writing| writing.contains(&self.id)) {
            let message = "this thread is writing to the database already; use that write's own connection";
            return Err(Error::Internal(anyhow::anyhow!(message)));
        }
        let idle = self.wait(cancelled)?;
        // From here on whatever happens ends the turn.
        let mut turn = Turn { queue: self, conn: idle };
        WRITING.with_borrow_mut(|writing| writing.push(self.id));
        if turn.conn.is_none() {
            turn.conn = Some(open().map_err(|message| Error::Internal(anyhow::anyhow!(message)))?);
        }
        match &turn.conn {
            Some(conn) => work(&Writer { conn }),
            None => Err(Error::Internal(anyhow::anyhow!("the connection that was just opened is missing"))),
        }
    }

    /// Waits for the turn; the connection, if there is one already.
    fn wait(&self, cancelled: Option<&Cancelled>) -> Result<Option<Conn>, Error> {
        let started = Instant::now();
        let mut state = self.state.lock();
        if !state.busy && state.waiting.is_empty() {
            state.busy = true;
            return Ok(state.conn.take());
        }
        if state.waiting.len() >= LONGEST_QUEUE {
            return Err(busy("Too many writes are waiting for this database; try again in a moment"));
        }
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        state.waiting.push_back(ticket);
        loop {
            self.moved.wait_for(&mut state, LOOK_UP);
            if !state.busy && state.waiting.front() == Some(&ticket) {
                state.waiting.pop_front();
                state.busy = true;
                return Ok(state.conn.take());
            }
            let error = if cancelled.is_some_and(Cancelled::is_set) {
                Error::Cancelled
            } else if started.elapsed() > PATIENCE {
                busy("The database is busy with other writes; try again in a moment")
            } else {
                continue;
            };
            state.waiting.retain(|waiting| *waiting != ticket);
            drop(state);
            // Whoever was behind may be in front now.
            self.moved.notify_all();
            return Err(error);
        }
    }
}

fn busy(message: &str) -> Error {
    Error::Busy { message: message.to_owned() }
}

/// Ends when it is dropped: the next in the queue may write.
struct Turn<'a> {
    queue: &'a WriteQueue,
    conn: Option<Conn>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        WRITING.with_borrow_mut(|writing| writing.retain(|id| *id != self.queue.id));
        // A script may have left its own transaction open; the next write must not become part of it.
        if self.conn.as_ref().is_some_and(|conn| conn.in_transaction() && conn.batch("ROLLBACK").is_err()) {
            self.conn = None;
        }
        let mut state = self.queue.state.lock();
        state.conn = self.conn.take();
        state.busy = false;
        drop(state);
        self.queue.moved.notify_all();
    }
}

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
}

/// Undoes the transaction unless it was committed, also when a panic passes.
struct Rollback<'a> {
    conn: &'a Conn,
    armed: bool,
}

impl Rollback<'_> {
    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        if self.armed {
            // It fails when SQLite has rolled back by itself; there is nothing left to undo then.
            let _ = self.conn.batch("ROLLBACK");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use super::*;
    use crate::sqlite::{Database, OpenOptions, Source};

    fn database(folder: &tempfile::TempDir) -> Database {
        let options = OpenOptions {
            nolock: false,
            cache_size_kb: 0,
            extensions: vec![],
            prepare: Arc::new(|_, _| Ok(())),
        };
        let source = Source::File(folder.path().join("t.db"));
        let database = Database::new("t".into(), source, true, 2, Arc::new(options), None);
        database.write(|writer| Ok(writer.script("create table t (n integer primary key)")?)).unwrap();
        database
    }

    fn count(database: &Database) -> Option<Value> {
        database.read_whole(None, |conn| Ok(conn.value("select count(*) from t", &[])?)).unwrap()
    }

    #[test]
    fn what_fails_or_panics_leaves_nothing_and_the_next_write_works() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
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
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
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
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
        let nested =
            database.write(|_| database.write(|writer| Ok(writer.script("insert into t values (1)")?)));
        assert!(nested.unwrap_err().to_string().contains("writing to the database already"));
        database.write(|writer| Ok(writer.script("insert into t values (1)")?)).unwrap();
    }

    #[test]
    fn a_client_that_left_while_it_waited_has_written_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
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
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
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
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
        let counts = |sql: &str| database.write(|writer| Ok(writer.execute(sql, &[])?)).unwrap();
        assert_eq!(counts("-- two\n insert into t values (1), (2)"), 2);
        assert_eq!(counts("create table other (a)"), -1);
        assert_eq!(counts("with x as (select 5) insert into t select * from x"), -1);
        assert_eq!(counts("/* none */ delete from t where n = 100"), 0);
    }
}
