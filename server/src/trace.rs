//! What SQL ran while a request was answered, for `?_trace=1`. A thread answers one request at a time, so
//! what is noted on a thread belongs to its request; nothing is noted unless somebody captures.

use std::cell::RefCell;
use std::fmt::Display;
use std::sync::LazyLock;
use std::time::Instant;

use datasette_plugin_api::{Json, Map, Value, json};

/// More than this is not noted: a page that runs so many queries has shown its problem.
const MOST: usize = 10_000;

/// The zero of `start` and `end`.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

thread_local! {
    static NOTES: RefCell<Option<Notes>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Notes {
    /// The databases that are being read, the innermost last.
    databases: Vec<String>,
    traces: Vec<Json>,
}

/// Runs `work` and tells what was noted meanwhile, and how many milliseconds that took.
pub(crate) fn capture<T>(work: impl FnOnce() -> T) -> (T, Vec<Json>) {
    LazyLock::force(&EPOCH);
    let outer = NOTES.replace(Some(Notes::default()));
    let result = work();
    let notes = NOTES.replace(outer).unwrap_or_default();
    (result, notes.traces)
}

fn is_capturing() -> bool {
    NOTES.with_borrow(Option::is_some)
}

/// SQL that `work` runs is noted with the name of the database.
pub(crate) fn within<T>(database: &str, work: impl FnOnce() -> T) -> T {
    if !is_capturing() {
        return work();
    }
    change(|notes| notes.databases.push(database.to_owned()));
    let result = work();
    change(|notes| drop(notes.databases.pop()));
    result
}

/// Notes the SQL that `run` runs.
pub(crate) fn sql<T, E: Display>(
    sql: &str,
    params: &[(String, Value)],
    run: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    if !is_capturing() {
        return run();
    }
    let started = Instant::now();
    let result = run();
    let error = result.as_ref().err().map(ToString::to_string);
    let params: Map = params.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
    change(|notes| {
        let database = notes.databases.last().cloned();
        let details = json!({"database": database, "sql": sql.trim(), "params": params});
        notes.add("sql", started, Instant::now(), error, &details);
    });
    result
}

/// Notes something that a plugin measured and that ended just now.
pub(crate) fn note(name: &str, milliseconds: f64, details: &Json) {
    if is_capturing() {
        let ended = Instant::now();
        let took = std::time::Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default();
        change(|notes| notes.add(name, ended.checked_sub(took).unwrap_or(ended), ended, None, details));
    }
}

fn change(work: impl FnOnce(&mut Notes)) {
    NOTES.with_borrow_mut(|notes| {
        if let Some(notes) = notes {
            work(notes);
        }
    });
}

impl Notes {
    fn add(&mut self, kind: &str, started: Instant, ended: Instant, error: Option<String>, details: &Json) {
        if self.traces.len() >= MOST {
            return;
        }
        let seconds = |moment: Instant| moment.saturating_duration_since(*EPOCH).as_secs_f64();
        let mut trace = Map::new();
        trace.insert("type".to_owned(), kind.into());
        trace.insert("start".to_owned(), seconds(started).into());
        trace.insert("end".to_owned(), seconds(ended).into());
        let took = ended.saturating_duration_since(started).as_secs_f64() * 1000.0;
        trace.insert("duration_ms".to_owned(), took.into());
        // Nobody keeps a stack of calls here; the member stays, for those who read it.
        trace.insert("traceback".to_owned(), json!([]));
        trace.insert("error".to_owned(), error.into());
        if let Json::Object(details) = details {
            trace.extend(details.clone());
        }
        self.traces.push(Json::Object(trace));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<(), String> {
        sql(text, &[("p".to_owned(), Value::Integer(1))], || {
            if text == "bad" { Err("no".to_owned()) } else { Ok(()) }
        })
    }

    #[test]
    fn queries_are_noted_with_database_and_error() {
        let ((), traces) = capture(|| {
            within("d", || {
                run("select 1").unwrap();
                run("bad").unwrap_err();
            });
        });
        let told = |trace: &Json| {
            format!("{} {} {} {}", trace["database"], trace["sql"], trace["params"], trace["error"])
        };
        let told: Vec<String> = traces.iter().map(told).collect();
        assert_eq!(told, [r#""d" "select 1" {"p":1} null"#, r#""d" "bad" {"p":1} "no""#]);
    }

    #[test]
    fn nothing_is_noted_unless_somebody_listens() {
        run("select 1").unwrap();
        assert!(capture(|| ()).1.is_empty());
    }
}
