//! Writes that nobody waits for: done one after the other, in the order in which they were asked for.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use datasette_plugin_api::{Error, Json, Result, Value};
use parking_lot::Mutex;

use super::args::Args;
use super::failed;
use super::sql::database;
use crate::app::App;
use crate::auth::sign::random_hex;

/// So many may wait; whoever asks for more waits for a place.
const MOST_WAITING: usize = 1000;

type Job = Box<dyn FnOnce() + Send>;

/// The queue, and the thread that works it off once there is something to do.
#[derive(Default)]
pub(super) struct Later(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Working(SyncSender<Job>, JoinHandle<()>),
    Over,
}

impl Later {
    fn add(&self, job: Job) -> Result<()> {
        let sender = {
            let mut state = self.0.lock();
            if matches!(*state, State::Idle) {
                let (sender, jobs) = sync_channel::<Job>(MOST_WAITING);
                let work = move || jobs.iter().for_each(|job| job());
                let thread = std::thread::Builder::new().name("later writes".to_owned()).spawn(work)?;
                *state = State::Working(sender, thread);
            }
            match &*state {
                State::Working(sender, _) => sender.clone(),
                _ => return Err(Error::new("the server is shutting down")),
            }
        };
        sender.send(job).map_err(|_| Error::new("the server is shutting down"))
    }

    /// Waits until all is done.
    pub(super) fn finish(&self) {
        let state = std::mem::replace(&mut *self.0.lock(), State::Over);
        if let State::Working(sender, thread) = state {
            drop(sender);
            if thread.join().is_err() {
                tracing::error!("writes that plugins wanted done later were lost");
            }
        }
    }
}

/// Answers the write's number before the write is done.
pub(super) fn execute_write(app: &Arc<App>, later: &Later, plugin: &str, args: &Args) -> Result<Json> {
    let database = database(app, args)?;
    if !database.is_mutable {
        return Err(Error::forbidden("Database is immutable"));
    }
    let params: Vec<(String, Value)> = args.read("params")?;
    let (sql, plugin) = (args.text("sql")?.to_owned(), plugin.to_owned());
    let id: String = random_hex().chars().take(32).collect();
    let (app, number) = (Arc::clone(app), id.clone());
    later.add(Box::new(move || {
        let written = app.write(None, &database, |writer| Ok(writer.run(&sql, &params)?));
        if let Err(error) = written {
            tracing::error!(
                plugin,
                write = number,
                "a write that was to be done later failed: {}",
                failed(error).message
            );
        }
    }))?;
    Ok(id.into())
}
