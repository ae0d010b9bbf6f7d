//! Whose turn it is to write: one write at a time, in the order of their coming.
//!
//! Whoever waits does so on its own thread, and not for ever: with too many before it, or for too
//! long, it is told to come back.
//!
//! Writes that are known to be short share a transaction while others wait behind them: waiting for
//! the disk is what costs, and the disk is waited for once. Each is still all or nothing, behind a
//! savepoint of its own, and each is answered only after the commit.

mod turn;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::connection::Conn;
use super::writer::Writer;
use crate::error::Error;
use crate::request::Cancelled;

use turn::{Fate, Group, Turn};

/// So many may wait for their turn; the next one is sent away at once.
const LONGEST_QUEUE: usize = 512;
/// Nobody waits longer than this for a turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often somebody who waits looks whether its client is still there.
const LOOK_UP: Duration = Duration::from_millis(100);

/// The queue of one database.
#[derive(Debug)]
pub(super) struct WriteQueue {
    state: Mutex<State>,
    /// Somebody has joined those who wait, or will not come after all.
    arrived: Condvar,
    /// Tells the queues of this process apart on a thread.
    id: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Idle; opened by the first write.
    conn: Option<Conn>,
    busy: bool,
    /// The first in front.
    waiting: VecDeque<Waiting>,
    last_ticket: u64,
    /// So many are on their way to a short write.
    coming: usize,
    /// How many shared the last transaction, and how long its commit took.
    last_group: usize,
    last_commit: Duration,
    /// What was passed on to the one with that ticket, who takes it as soon as it runs.
    passed_on: Option<(u64, Option<Conn>, Option<Arc<Group>>)>,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    shares: bool,
    wake: Arc<Condvar>,
}

thread_local! {
    /// Queues in which this thread has its turn. Waiting for another one there would be for ever.
    static WRITING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// The queue to which this thread is on its way.
    static COMING: Cell<Option<usize>> = const { Cell::new(None) };
}

impl WriteQueue {
    pub(super) fn new() -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { state: Mutex::default(), arrived: Condvar::new(), id }
    }

    /// This thread is about to write, and reads first: until it comes, or calls [`Self::arrive`].
    pub(super) fn announce(&self) {
        self.arrive();
        COMING.set(Some(self.id));
        self.state.lock().coming += 1;
    }

    /// This thread is not on its way any more: it is there, or stays away.
    pub(super) fn arrive(&self) {
        if COMING.get() == Some(self.id) {
            COMING.set(None);
            self.state.lock().coming -= 1;
            self.arrived.notify_all();
        }
    }

    /// Runs `work` in a transaction of its own: all of it or nothing. Once it has begun it is brought to
    /// its end, whether or not the client waits for that.
    pub(super) fn transaction<T>(
        &self,
        cancelled: Option<&Cancelled>,
        open: impl FnOnce() -> Result<Conn, String>,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut turn = self.turn(cancelled, false)?;
        let conn = turn.open(open)?;
        conn.control("BEGIN IMMEDIATE")?;
        // From here on whatever fails or panics undoes it all, when the turn ends.
        let result = work(&Writer::new(conn))?;
        conn.control("COMMIT")?;
        turn.done();
        Ok(result)
    }

    /// Like [`Self::transaction`], for short writes: several may share a transaction. `work` runs once
    /// more, alone, if somebody else's write took it down.
    pub(super) fn shared<T>(
        &self,
        cancelled: Option<&Cancelled>,
        open: impl Fn() -> Result<Conn, String>,
        work: impl Fn(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut turn = self.turn(cancelled, true)?;
        turn.open(&open)?;
        turn.enter()?;
        let result = work(&Writer::new(turn.conn()?))?;
        match turn.keep()? {
            Fate::Kept => Ok(result),
            Fate::Lost => self.transaction(None, open, work),
        }
    }

    /// Runs `work` while nobody else writes, each statement for itself.
    pub(super) fn alone<T>(
        &self,
        cancelled: Option<&Cancelled>,
        open: impl FnOnce() -> Result<Conn, String>,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut turn = self.turn(cancelled, false)?;
        work(&Writer::new(turn.open(open)?))
    }

    fn turn(&self, cancelled: Option<&Cancelled>, shares: bool) -> Result<Turn<'_>, Error> {
        if WRITING.with_borrow(|writing| writing.contains(&self.id)) {
            let message = "this thread is writing to the database already; use that write's own connection";
            return Err(Error::Internal(anyhow::anyhow!(message)));
        }
        self.arrive();
        let (conn, group) = self.wait(cancelled, shares)?;
        WRITING.with_borrow_mut(|writing| writing.push(self.id));
        Ok(Turn::new(self, conn, group))
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.state.lock().waiting.len()
    }

    /// Waits for the turn; the connection, if there is one already, and the transaction that is open in it.
    fn wait(
        &self,
        cancelled: Option<&Cancelled>,
        shares: bool,
    ) -> Result<(Option<Conn>, Option<Arc<Group>>), Error> {
        let started = Instant::now();
        let mut state = self.state.lock();
        if !state.busy {
            state.busy = true;
            return Ok((state.conn.take(), None));
        }
        if state.waiting.len() >= LONGEST_QUEUE {
            return Err(busy("Too many writes are waiting for this database; try again in a moment"));
        }
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        let wake = Arc::new(Condvar::new());
        state.waiting.push_back(Waiting { ticket, shares, wake: Arc::clone(&wake) });
        self.arrived.notify_all();
        loop {
            wake.wait_for(&mut state, LOOK_UP);
            // Whoever was handed the turn takes it, whatever else happened: nobody else would.
            if let Some((_, conn, group)) = state.passed_on.take_if(|(to, _, _)| *to == ticket) {
                return Ok((conn, group));
            }
            let error = if cancelled.is_some_and(Cancelled::is_set) {
                Error::Cancelled
            } else if started.elapsed() > PATIENCE {
                busy("The database is busy with other writes; try again in a moment")
            } else {
                continue;
            };
            state.waiting.retain(|waiting| waiting.ticket != ticket);
            return Err(error);
        }
    }
}

fn busy(message: &str) -> Error {
    Error::Busy { message: message.to_owned() }
}

impl WriteQueue {
    /// Ends the turn; no transaction is open any more.
    fn pass_on(&self, conn: Option<Conn>, turn: &mut Turn<'_>) {
        turn.leave();
        let mut state = self.state.lock();
        let Some(next) = state.waiting.pop_front() else {
            state.conn = conn;
            state.busy = false;
            return;
        };
        state.passed_on = Some((next.ticket, conn, None));
        drop(state);
        next.wake.notify_one();
    }
}

#[cfg(test)]
mod tests;
