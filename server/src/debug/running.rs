//! `/-/threads` and `/-/tasks`: what the server's process is busy with.

use std::fs;
use std::path::Path;

use datasette_plugin_api::{Json, json};

use super::{PERMISSION, require};
use crate::app::App;
use crate::error::Result;
use crate::home::respond;
use crate::request::Request;
use crate::response::Response;

pub(crate) fn threads(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    require(app, request, PERMISSION)?;
    let threads = threads_of(Path::new("/proc/self/task"));
    let tasks: Vec<String> =
        app.tasks.list().iter().map(|task| format!("{} ({}, {})", task.name, task.function, task.state())).collect();
    let data = json!({
        "num_threads": threads.len(),
        "threads": threads,
        "num_tasks": tasks.len(),
        "tasks": tasks,
    });
    respond(app, request, "threads", format, data)
}

/// Linux tells the threads of a process; elsewhere none are shown.
fn threads_of(folder: &Path) -> Vec<Json> {
    let main = i64::from(std::process::id());
    let mut threads: Vec<(i64, Json)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let ident: i64 = entry.file_name().to_str()?.parse().ok()?;
            // A thread that ends while we look has no name any more.
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            let name = if ident == main { "MainThread" } else { name.trim_end() };
            Some((ident, json!({"name": name, "ident": ident, "daemon": ident != main})))
        })
        .collect();
    threads.sort_by_key(|(ident, _)| *ident);
    threads.into_iter().map(|(_, thread)| thread).collect()
}

pub(crate) fn tasks(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    require(app, request, PERMISSION)?;
    let task = |task: &crate::tasks::Task| {
        json!({
            "name": task.name,
            "state": task.state(),
            "function": task.function,
            "started_at": task.started_at.to_string(),
            "exception": task.error(),
        })
    };
    let tasks: Json = app.tasks.list().iter().map(|it| task(it)).collect();
    respond(app, request, "tasks", format, json!({"tasks": tasks, "launched": true}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn this_thread_is_one_of_them() {
        let threads = threads_of(Path::new("/proc/self/task"));
        assert!(threads.len() > 1 && threads.iter().any(|thread| thread["name"] == "MainThread"));
    }

    #[test]
    fn where_nobody_tells_there_are_none() {
        assert!(threads_of(Path::new("/nowhere")).is_empty());
    }
}
