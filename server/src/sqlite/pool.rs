//! Read connections of one database: as many at once as `num_sql_threads` says, kept open.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::connection::Conn;
use crate::error::Error;
use crate::request::Cancelled;

/// How often a request that waits for a connection looks whether its client is still there.
const LOOK_UP: Duration = Duration::from_millis(100);
/// Nobody waits longer than this for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Pool {
    state: Mutex<State>,
    returned: Condvar,
    limit: usize,
    open: Box<dyn Fn() -> Result<Conn, String> + Send + Sync>,
    /// Tells the pools of this process apart on a thread.
    id: usize,
}

#[derive(Default)]
struct State {
    idle: Vec<Conn>,
    in_use: usize,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("limit", &self.limit).finish_non_exhaustive()
    }
}

thread_local! {
    /// Connections that this thread holds. A plugin that queries the database whose page is being
    /// made gets the page's own connection: no deadlock when all are taken, no second lock.
    static HELD: RefCell<Vec<(usize, Rc<Conn>)>> = const { RefCell::new(Vec::new()) };
}

impl Pool {
    pub(super) fn new(limit: usize, open: Box<dyn Fn() -> Result<Conn, String> + Send + Sync>) -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { state: Mutex::default(), returned: Condvar::new(), limit: limit.max(1), open, id }
    }

    /// Lends a connection to `work`; the same one again if this thread has one already.
    pub(super) fn lend<T>(
        &self,
        cancelled: Option<&Cancelled>,
        work: impl FnOnce(&Conn) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(conn) = self.held() {
            return work(&conn);
        }
        self.lease(cancelled)?;
        // Declared before `conn`, so that it is dropped after it.
        let _lease = Lease { pool: self };
        let Some(conn) = self.held() else {
            return Err(Error::Internal(anyhow::anyhow!("a leased connection is missing")));
        };
        conn.schema_version.set(None);
        conn.watch(cancelled.cloned());
        // Nothing of the one that had it before; see `Conn::through`.
        let result = conn.unveiled(|| work(&conn));
        conn.watch(None);
        result
    }

    fn held(&self) -> Option<Rc<Conn>> {
        HELD.with_borrow(|held| held.iter().find(|(id, _)| *id == self.id).map(|(_, c)| Rc::clone(c)))
    }

    fn lease(&self, cancelled: Option<&Cancelled>) -> Result<(), Error> {
        let conn = self.take(cancelled)?;
        let conn = match conn {
            Some(conn) => conn,
            None => (self.open)().map_err(|message| {
                self.give_back(None);
                Error::Internal(anyhow::anyhow!(message))
            })?,
        };
        HELD.with_borrow_mut(|held| held.push((self.id, Rc::new(conn))));
        Ok(())
    }

    /// An idle connection, or `None` for leave to open one.
    fn take(&self, cancelled: Option<&Cancelled>) -> Result<Option<Conn>, Error> {
        let started = Instant::now();
        let mut state = self.state.lock();
        while state.in_use >= self.limit {
            if cancelled.is_some_and(Cancelled::is_set) {
                return Err(Error::Cancelled);
            }
            if started.elapsed() > PATIENCE {
                let message = "The database is busy with other queries; try again in a moment".to_owned();
                return Err(Error::Busy { message });
            }
            self.returned.wait_for(&mut state, LOOK_UP);
        }
        state.in_use += 1;
        Ok(state.idle.pop())
    }

    fn give_back(&self, conn: Option<Conn>) {
        let mut state = self.state.lock();
        state.in_use = state.in_use.saturating_sub(1);
        state.idle.extend(conn);
        drop(state);
        self.returned.notify_one();
    }
}

/// Gives the connection back when the work is done, however it ended.
struct Lease<'a> {
    pool: &'a Pool,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let conn = HELD.with_borrow_mut(|held| {
            let index = held.iter().rposition(|(id, _)| *id == self.pool.id)?;
            Some(held.swap_remove(index).1)
        });
        // Locals drop before this lease, so the thread's entry is the last owner.
        self.pool.give_back(conn.and_then(Rc::into_inner));
    }
}
