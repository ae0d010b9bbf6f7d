//! Background tasks of plugins: each in a thread of its own, remembered with what became of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;

/// More finished tasks than this are forgotten, the oldest first.
const REMEMBERED: usize = 200;

/// The tasks of a site.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks(Arc<Mutex<Vec<TaskSummary>>>);

/// What is known about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskSummary {
    number: u64,
    pub(crate) name: String,
    pub(crate) plugin: String,
    /// `running`, `completed` or `crashed`.
    pub(crate) state: &'static str,
    pub(crate) started_at: String,
    /// What a crashed one said.
    pub(crate) failure: Option<String>,
}

impl Tasks {
    /// Runs the task beside the requests.
    pub(crate) fn spawn(
        &self,
        plugin: &str,
        name: &str,
        task: Box<dyn FnOnce() + Send>,
    ) -> std::io::Result<()> {
        let number = self.add(plugin, name);
        let tasks = self.clone();
        let work = move || {
            let failure = catch_unwind(AssertUnwindSafe(task)).err().map(|panic| said(&*panic));
            tasks.finish(number, failure);
        };
        let thread = std::thread::Builder::new().name(format!("{plugin}: {name}"));
        let started = thread.spawn(work);
        if started.is_err() {
            self.0.lock().retain(|task| task.number != number);
        }
        started.map(drop)
    }

    /// Oldest first.
    pub(crate) fn list(&self) -> Vec<TaskSummary> {
        self.0.lock().clone()
    }

    fn add(&self, plugin: &str, name: &str) -> u64 {
        let mut tasks = self.0.lock();
        let number = tasks.last().map_or(1, |last| last.number + 1);
        if tasks.len() >= REMEMBERED
            && let Some(oldest) = tasks.iter().position(|task| task.state != "running")
        {
            tasks.remove(oldest);
        }
        tasks.push(TaskSummary {
            number,
            name: name.to_owned(),
            plugin: plugin.to_owned(),
            state: "running",
            started_at: jiff::Timestamp::now().to_string(),
            failure: None,
        });
        number
    }

    fn finish(&self, number: u64, failure: Option<String>) {
        if let Some(task) = self.0.lock().iter_mut().find(|task| task.number == number) {
            task.state = if failure.is_some() { "crashed" } else { "completed" };
            task.failure = failure;
        }
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the task panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(tasks: &Tasks) -> Vec<&'static str> {
        tasks.list().iter().map(|task| task.state).collect()
    }

    #[test]
    fn a_task_is_remembered_with_what_became_of_it() {
        let tasks = Tasks::default();
        let (started, wait) = std::sync::mpsc::channel::<()>();
        tasks
            .spawn(
                "p",
                "waits",
                Box::new(move || {
                    let _ended = wait.recv();
                }),
            )
            .unwrap();
        tasks.spawn("p", "fails", Box::new(|| panic!("no disk"))).unwrap();
        while states(&tasks) != ["running", "crashed"] {
            std::thread::yield_now();
        }
        assert_eq!(tasks.list()[1].failure.as_deref(), Some("no disk"));
        drop(started);
        while states(&tasks) != ["completed", "crashed"] {
            std::thread::yield_now();
        }
    }
}
