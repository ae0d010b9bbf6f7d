//! `/-/threads` and `/-/tasks`: what this process is busy with.

use datasette_plugin_api::{Json, json};

use super::introspection::respond;
use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::request::Request;
use crate::response::Response;

/// The threads, and the names of the tasks that still run.
pub(crate) fn threads(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    app.permissions.require(request, "permissions-debug", Resource::Instance)?;
    let tasks = app.plugins.tasks().list();
    let running: Vec<&str> =
        tasks.iter().filter(|task| task.state == "running").map(|task| task.name.as_str()).collect();
    let threads = threads_of_process();
    let data = json!({
        "ok": true,
        "num_threads": threads.as_array().map_or(0, Vec::len),
        "threads": threads,
        "num_tasks": running.len(),
        "tasks": running,
    });
    respond(app, request, "threads", format, &data)
}

/// Background tasks of plugins, finished ones too.
pub(crate) fn tasks(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    app.permissions.require(request, "permissions-debug", Resource::Instance)?;
    let task = |task: &crate::plugins::TaskSummary| {
        json!({
            "name": task.name,
            "state": task.state,
            "function": task.plugin,
            "started_at": task.started_at,
            "exception": task.failure,
        })
    };
    let tasks: Json = app.plugins.tasks().list().iter().map(task).collect();
    respond(app, request, "tasks", format, &json!({"ok": true, "tasks": tasks, "launched": true}))
}

/// Name and number of each, as the system knows them; empty where it doesn't tell.
fn threads_of_process() -> Json {
    let Ok(folder) = std::fs::read_dir("/proc/self/task") else { return json!([]) };
    let mut threads: Vec<(u64, String)> = folder
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let number = entry.file_name().to_str()?.parse().ok()?;
            let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
            Some((number, name.trim_end().to_owned()))
        })
        .collect();
    threads.sort_unstable();
    let process = u64::from(std::process::id());
    let thread =
        |(number, name): (u64, String)| json!({"name": name, "ident": number, "daemon": number != process});
    threads.into_iter().map(thread).collect()
}
