//! Background tasks of plugins: each in a thread of its own, remembered with what became of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use datasette_plugin_api::server::TaskFn;
use parking_lot::Mutex;

/// More finished tasks than this are forgotten, the oldest first.
const REMEMBERED: usize = 200;

/// The tasks of a site.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Oldest first.
    tasks: Vec<TaskSummary>,
    last: u64,
    /// The site ends: whatever is there or comes yet is to stop.
    is_over: bool,
}

/// What is known about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskSummary {
    number: u64,
    pub(crate) name: String,
    pub(crate) plugin: String,
    /// `registered`, `running`, `completed`, `crashed` or `cancelled`.
    pub(crate) state: &'static str,
    pub(crate) started_at: String,
    /// What a crashed one said.
    pub(crate) failure: Option<String>,
    /// Whether it was asked to stop.
    is_cancelled: bool,
}

impl TaskSummary {
    fn is_done(&self) -> bool {
        !matches!(self.state, "registered" | "running")
    }
}

impl Tasks {
    /// A task is about to be started; its number.
    pub(crate) fn register(&self, plugin: &str, name: &str) -> u64 {
        let mut known = self.0.lock();
        known.last += 1;
        if known.tasks.len() >= REMEMBERED
            && let Some(oldest) = known.tasks.iter().position(TaskSummary::is_done)
        {
            known.tasks.remove(oldest);
        }
        let (number, is_cancelled) = (known.last, known.is_over);
        known.tasks.push(TaskSummary {
            number,
            name: name.to_owned(),
            plugin: plugin.to_owned(),
            state: "registered",
            started_at: jiff::Timestamp::now().to_string(),
            failure: None,
            is_cancelled,
        });
        number
    }

    /// Runs the task beside the requests; `number` is what it was registered as.
    pub(crate) fn spawn(
        &self,
        plugin: &str,
        name: &str,
        number: Option<u64>,
        task: TaskFn,
    ) -> std::io::Result<()> {
        let number = number.unwrap_or_else(|| self.register(plugin, name));
        let (tasks, owner, title) = (self.clone(), plugin.to_owned(), name.to_owned());
        let work = move || {
            tasks.change(number, |task| task.state = "running");
            let failure = match catch_unwind(AssertUnwindSafe(task)) {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.message),
                Err(panic) => Some(said(&*panic)),
            };
            if let Some(failure) = &failure {
                tracing::error!(plugin = owner, task = title, "{failure}");
            }
            tasks.finish(number, failure);
        };
        let thread = std::thread::Builder::new().name(format!("{plugin}: {name}"));
        let started = thread.spawn(work);
        if started.is_err() {
            self.0.lock().tasks.retain(|task| task.number != number);
        }
        started.map(drop)
    }

    /// Oldest first.
    pub(crate) fn list(&self) -> Vec<TaskSummary> {
        self.0.lock().tasks.clone()
    }

    /// What became of it; `None` if that is forgotten.
    pub(crate) fn state(&self, number: u64) -> Option<&'static str> {
        self.find(number, |task| task.state)
    }

    /// Whether it was asked to stop. One that is forgotten should have stopped long ago.
    pub(crate) fn is_cancelled(&self, number: u64) -> bool {
        self.find(number, |task| task.is_cancelled).unwrap_or(true)
    }

    /// Asks it to stop.
    pub(crate) fn cancel(&self, number: u64) {
        self.change(number, |task| task.is_cancelled = true);
    }

    /// Asks all of them to stop, and whatever is started from now on.
    pub(crate) fn cancel_all(&self) {
        let mut known = self.0.lock();
        known.is_over = true;
        known.tasks.iter_mut().for_each(|task| task.is_cancelled = true);
    }

    fn finish(&self, number: u64, failure: Option<String>) {
        self.change(number, |task| {
            task.state = match (&failure, task.is_cancelled) {
                (Some(_), _) => "crashed",
                (None, true) => "cancelled",
                (None, false) => "completed",
            };
            task.failure = failure;
        });
    }

    fn find<T>(&self, number: u64, tell: impl FnOnce(&TaskSummary) -> T) -> Option<T> {
        self.0.lock().tasks.iter().find(|task| task.number == number).map(tell)
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut TaskSummary)) {
        if let Some(task) = self.0.lock().tasks.iter_mut().find(|task| task.number == number) {
            change(task);
        }
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the task panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::Error;

    use super::*;

    #[track_caller]
    fn wait_for(tasks: &Tasks, expected: &[&str]) {
        let states = || -> Vec<&'static str> { tasks.list().iter().map(|task| task.state).collect() };
        while states() != expected {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_task_is_remembered_with_what_became_of_it() {
        let tasks = Tasks::default();
        let (started, wait) = std::sync::mpsc::channel::<()>();
        let waits = move || {
            let _ended = wait.recv();
            Ok(())
        };
        tasks.spawn("p", "waits", None, Box::new(waits)).unwrap();
        tasks.spawn("p", "panics", None, Box::new(|| panic!("no disk"))).unwrap();
        tasks.spawn("p", "fails", None, Box::new(|| Err(Error::new("no luck")))).unwrap();
        wait_for(&tasks, &["running", "crashed", "crashed"]);
        let failures: Vec<_> = tasks.list().into_iter().map(|task| task.failure).collect();
        assert_eq!(failures, [None, Some("no disk".to_owned()), Some("no luck".to_owned())]);
        drop(started);
        wait_for(&tasks, &["completed", "crashed", "crashed"]);
    }

    #[test]
    fn a_task_can_be_asked_to_stop() {
        let tasks = Tasks::default();
        let number = tasks.register("p", "patient");
        assert_eq!(tasks.state(number), Some("registered"));
        let seen = tasks.clone();
        let patient = move || {
            while !seen.is_cancelled(number) {
                std::thread::yield_now();
            }
            Ok(())
        };
        tasks.spawn("p", "patient", Some(number), Box::new(patient)).unwrap();
        tasks.cancel(number);
        wait_for(&tasks, &["cancelled"]);
        tasks.cancel_all();
        assert!(tasks.is_cancelled(tasks.register("p", "late")));
    }
}
