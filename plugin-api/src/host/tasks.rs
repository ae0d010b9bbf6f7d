//! What a plugin does beside the requests.

use serde_json::json;

use super::Host;
use crate::Result;

/// A task that was started.
#[derive(Debug, Clone)]
pub struct TaskHandle {
    host: Host,
    id: u64,
}

/// What a task sees of itself while it runs.
#[derive(Debug, Clone)]
pub struct Running {
    host: Host,
    id: u64,
}

impl Host {
    /// Runs something beside the requests, on a thread of its own.
    pub fn add_background_task(&self, name: &str, task: impl FnOnce() + Send + 'static) -> Result<()> {
        self.start_task(name, move |_| {
            task();
            Ok(())
        })
        .map(drop)
    }

    /// Runs something beside the requests that can be told to stop: it has to look at
    /// [`is_cancelled`](Running::is_cancelled) now and then, as nothing can end a thread from outside. The server's
    /// end cancels every task. An error, or a panic, is shown at `/-/tasks` and goes to the log.
    pub fn start_task(
        &self,
        name: &str,
        task: impl FnOnce(&Running) -> Result<()> + Send + 'static,
    ) -> Result<TaskHandle> {
        let id: u64 = self.call("task_register", &json!({"name": name}))?;
        let running = Running { host: self.clone(), id };
        self.spawn_raw(name, id, Box::new(move || task(&running)))?;
        Ok(TaskHandle { host: self.clone(), id })
    }
}

impl TaskHandle {
    /// `registered`, `running`, `completed`, `crashed` or `cancelled`; old ones are forgotten.
    pub fn state(&self) -> Result<Option<String>> {
        self.host.call("task_state", &json!({"id": self.id}))
    }

    /// Asks it to stop.
    pub fn cancel(&self) -> Result<()> {
        self.host.call("task_cancel", &json!({"id": self.id}))
    }
}

impl Running {
    /// Whether it was asked to stop. Costs about a microsecond.
    pub fn is_cancelled(&self) -> bool {
        // A server that is gone wants nothing any more.
        self.host.call("task_is_cancelled", &json!({"id": self.id})).unwrap_or(true)
    }
}
