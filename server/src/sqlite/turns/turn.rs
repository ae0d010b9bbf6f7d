//! A turn to write: how it begins, how it ends, and those who share the transaction of several.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{WRITING, WriteQueue};
use crate::error::Error;
use crate::sqlite::connection::Conn;
use crate::sqlite::error::SqlError;

/// So many writes share a transaction, and so long it stays open for the next one.
const LARGEST_GROUP: usize = 64;
const LONGEST_GROUP: Duration = Duration::from_millis(20);
/// So long, and half as long as a commit takes, a transaction is held for those who are about to come:
/// because they said so, or because whoever was answered together tends to come again together.
const LONGEST_HOLD: Duration = Duration::from_millis(5);

/// Writes that share a transaction, from the second one on.
#[derive(Debug)]
pub(super) struct Group {
    started: Instant,
    members: Mutex<usize>,
    end: Mutex<Option<End>>,
    ended: Condvar,
}

/// What became of a shared transaction.
#[derive(Debug, Clone)]
enum End {
    Committed,
    /// Undone because of one of them.
    Lost,
    /// It can't be committed, whoever is in it.
    Failed(SqlError),
}

/// What became of a write that did its part.
pub(super) enum Fate {
    Kept,
    /// Undone because of another one.
    Lost,
}

impl Group {
    fn new() -> Arc<Self> {
        let members = Mutex::new(1);
        Arc::new(Self { started: Instant::now(), members, end: Mutex::default(), ended: Condvar::new() })
    }

    fn takes_more(&self) -> bool {
        *self.members.lock() < LARGEST_GROUP && self.started.elapsed() < LONGEST_GROUP
    }

    fn finish(&self, end: End) {
        *self.end.lock() = Some(end);
        self.ended.notify_all();
    }

    fn wait(&self) -> Result<Fate, Error> {
        let mut end = self.end.lock();
        loop {
            match &*end {
                Some(End::Committed) => return Ok(Fate::Kept),
                Some(End::Lost) => return Ok(Fate::Lost),
                Some(End::Failed(error)) => return Err(error.clone().into()),
                None => self.ended.wait(&mut end),
            }
        }
    }
}

/// Somebody's turn. When it ends the next in the queue may write; what was not kept is undone.
pub(super) struct Turn<'a> {
    queue: &'a WriteQueue,
    conn: Option<Conn>,
    /// Those who wrote before in the transaction that is open.
    group: Option<Arc<Group>>,
    has_savepoint: bool,
    /// Nothing was undone: what is known of tables stays true.
    is_clean: bool,
    ended: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(queue: &'a WriteQueue, conn: Option<Conn>, group: Option<Arc<Group>>) -> Self {
        Self { queue, conn, group, has_savepoint: false, is_clean: false, ended: false }
    }

    pub(super) fn open(&mut self, open: impl FnOnce() -> Result<Conn, String>) -> Result<&Conn, Error> {
        if self.conn.is_none() {
            self.conn = Some(open().map_err(|message| Error::Internal(anyhow::anyhow!(message)))?);
        }
        self.conn()
    }

    pub(super) fn conn(&self) -> Result<&Conn, Error> {
        self.conn.as_ref().ok_or_else(no_connection)
    }

    /// All that was done was committed.
    pub(super) fn done(mut self) {
        self.is_clean = true;
    }

    /// Begins a transaction, or a part of the one that is open.
    pub(super) fn enter(&mut self) -> Result<(), Error> {
        let conn = self.conn()?;
        match &self.group {
            None => conn.control("BEGIN IMMEDIATE")?,
            Some(group) => {
                conn.control("SAVEPOINT part")?;
                self.has_savepoint = true;
                *group.members.lock() += 1;
            }
        }
        Ok(())
    }

    /// The write did its part: it is committed, by this turn or a later one.
    pub(super) fn keep(mut self) -> Result<Fate, Error> {
        let conn = self.conn()?;
        if self.has_savepoint {
            conn.control("RELEASE part")?;
            self.has_savepoint = false;
        }
        let group = self.group.take().unwrap_or_else(Group::new);
        let waits = Arc::clone(&group);
        self.pass_on_or_commit(group);
        drop(self);
        waits.wait()
    }

    fn pass_on_or_commit(&mut self, group: Arc<Group>) {
        let Some(conn) = self.conn.take() else { return group.finish(End::Lost) };
        if !conn.in_transaction() {
            group.finish(End::Lost);
            return self.queue.pass_on(Some(conn), self);
        }
        let mut state = self.queue.state.lock();
        let members = *group.members.lock();
        let until = group.started + (state.last_commit / 2).min(LONGEST_HOLD);
        while state.waiting.is_empty() && (state.coming > 0 || members < state.last_group) {
            if self.queue.arrived.wait_until(&mut state, until).timed_out() {
                break;
            }
        }
        if group.takes_more()
            && state.waiting.front().is_some_and(|next| next.shares)
            && let Some(next) = state.waiting.pop_front()
        {
            self.leave();
            state.passed_on = Some((next.ticket, Some(conn), Some(group)));
            drop(state);
            next.wake.notify_one();
            return;
        }
        drop(state);
        let is_single = members == 1;
        let started = Instant::now();
        let end = match conn.control("COMMIT") {
            Ok(()) => End::Committed,
            Err(error) => {
                conn.forget_tables();
                // Each may try again for itself, and hears what is wrong with its own.
                let is_of_one = matches!(error, SqlError::Failed { .. }) && !is_single;
                if is_of_one { End::Lost } else { End::Failed(error) }
            }
        };
        let conn = rolled_back(conn);
        {
            let mut state = self.queue.state.lock();
            (state.last_group, state.last_commit) = (members, started.elapsed());
        }
        // Those who wait hear of it before the next one writes.
        group.finish(end);
        self.queue.pass_on(conn, self);
    }

    /// This thread is not writing any more.
    pub(super) fn leave(&mut self) {
        self.ended = true;
        let id = self.queue.id;
        WRITING.with_borrow_mut(|writing| writing.retain(|known| *known != id));
    }
}

/// The connection without any transaction; none if it can't be had so.
fn rolled_back(conn: Conn) -> Option<Conn> {
    // It fails when SQLite has rolled back by itself; there is nothing left to undo then.
    let is_stuck = conn.in_transaction() && conn.control("ROLLBACK").is_err() && conn.in_transaction();
    (!is_stuck).then_some(conn)
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if let Some(conn) = self.conn.as_ref().filter(|_| !self.is_clean) {
            conn.forget_tables();
        }
        let others = self.group.take();
        if let (Some(group), Some(conn)) = (&others, &self.conn) {
            let undone = !self.has_savepoint
                || (conn.control("ROLLBACK TO part").is_ok() && conn.control("RELEASE part").is_ok());
            if undone && conn.in_transaction() {
                return self.pass_on_or_commit(Arc::clone(group));
            }
        }
        let conn = self.conn.take().and_then(rolled_back);
        if let Some(group) = others {
            group.finish(End::Lost);
        }
        self.queue.pass_on(conn, self);
    }
}

fn no_connection() -> Error {
    Error::Internal(anyhow::anyhow!("the connection that was just opened is missing"))
}
