//! Work of plugins beside the requests: each on a thread of its own, known by name to `/-/tasks`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

/// So many tasks that ended are remembered.
const REMEMBERED: usize = 200;

/// The background tasks of a site.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<Vec<Arc<Task>>>);

/// A task that was started.
#[derive(Debug)]
pub(crate) struct Task {
    /// Unlike those of all others.
    pub(crate) name: String,
    /// The plugin it works for.
    pub(crate) function: String,
    pub(crate) started_at: Timestamp,
    outcome: Mutex<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Running,
    Completed,
    Crashed(String),
}

impl Tasks {
    /// Starts the work; the error says why the system refuses a thread.
    pub(crate) fn start(&self, plugin: &str, name: &str, work: Box<dyn FnOnce() + Send>) -> std::io::Result<()> {
        let task = self.register(plugin, name);
        let running = Arc::clone(&task);
        let thread = std::thread::Builder::new().name(format!("{plugin}: {name}")).spawn(move || {
            let ended = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(()) => Outcome::Completed,
                Err(panic) => Outcome::Crashed(words(panic.as_ref())),
            };
            if let Outcome::Crashed(words) = &ended {
                tracing::error!("The task {} of plugin {} crashed: {words}", running.name, running.function);
            }
            *running.outcome.lock() = ended;
        });
        thread.map(drop).inspect_err(|error| *task.outcome.lock() = Outcome::Crashed(error.to_string()))
    }

    fn register(&self, plugin: &str, name: &str) -> Arc<Task> {
        let mut tasks = self.0.lock();
        let is_free = |name: &str| !tasks.iter().any(|task| task.name == name);
        let numbered = (2u64..).map(|n| format!("{name}-{n}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| is_free(name)).unwrap_or_default();
        let ended = tasks.iter().filter(|task| task.outcome() != Outcome::Running).count();
        if ended >= REMEMBERED
            && let Some(oldest) = tasks.iter().position(|task| task.outcome() != Outcome::Running)
        {
            tasks.remove(oldest);
        }
        let task = Arc::new(Task {
            name: free,
            function: plugin.to_owned(),
            started_at: Timestamp::now(),
            outcome: Mutex::new(Outcome::Running),
        });
        tasks.push(Arc::clone(&task));
        task
    }

    /// In the order in which they were started.
    pub(crate) fn list(&self) -> Vec<Arc<Task>> {
        self.0.lock().clone()
    }
}

impl Task {
    fn outcome(&self) -> Outcome {
        self.outcome.lock().clone()
    }

    pub(crate) fn state(&self) -> &'static str {
        match self.outcome() {
            Outcome::Running => "running",
            Outcome::Completed => "completed",
            Outcome::Crashed(_) => "crashed",
        }
    }

    /// What it said when it crashed.
    pub(crate) fn error(&self) -> Option<String> {
        match self.outcome() {
            Outcome::Crashed(words) => Some(words),
            _ => None,
        }
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;

    fn wait_for(task: &Task, state: &str) {
        let end = Instant::now() + Duration::from_secs(10);
        while task.state() != state && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(task.state(), state);
    }

    #[test]
    fn tasks_run_and_end() {
        let tasks = Tasks::default();
        let (sender, receiver) = mpsc::channel::<()>();
        tasks.start("p", "poll", Box::new(move || drop(receiver.recv()))).unwrap();
        tasks.start("p", "poll", Box::new(|| panic!("no luck"))).unwrap();
        let [first, second] = tasks.list().try_into().unwrap();
        assert_eq!((first.name.as_str(), second.name.as_str()), ("poll", "poll-2"));
        wait_for(&first, "running");
        drop(sender);
        wait_for(&first, "completed");
        wait_for(&second, "crashed");
        assert_eq!((first.error(), second.error().as_deref()), (None, Some("no luck")));
    }

    #[test]
    fn what_ended_is_forgotten_in_the_end() {
        let tasks = Tasks::default();
        for _ in 0..REMEMBERED {
            *tasks.register("p", "job").outcome.lock() = Outcome::Completed;
        }
        tasks.register("p", "last");
        assert_eq!(tasks.list().len(), REMEMBERED);
    }
}
