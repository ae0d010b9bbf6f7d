//! The server's own types as plugins see them, and what plugins answer as the server's types.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use datasette_plugin_api as api;
use datasette_plugin_api::server::{Hook, NextStep, RequestSource, RowSource, WriteStep as Step, read_from};
use datasette_plugin_api::{ErrorKind, Json, QueryResult, Value, ValueRef};

use super::bodies::lent;
use super::stats::within;
use crate::error::Error;
use crate::request::{Actor, Args, Request, Upload};
use crate::response::Response;
use crate::sqlite::Rows;

impl RequestSource for Request {
    fn text(&self, name: &str) -> Option<&str> {
        match name {
            "method" => Some(&self.method),
            "path" => Some(&self.path),
            "full_path" => Some(&self.full_path),
            "query_string" => Some(&self.query_string),
            "scheme" => Some(self.scheme),
            "host" => Some(&self.host),
            "client" => self.client.as_deref(),
            "body_length" => self.upload.as_ref().map(Upload::length_text),
            _ => None,
        }
    }

    fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    fn first(&self, kind: &str, name: &str) -> Option<&str> {
        match kind {
            "header" => self.header(name),
            "arg" => self.args.get(name),
            "url_var" => self.url_var(name),
            _ => None,
        }
    }

    fn pairs(&self, kind: &str, show: &mut dyn FnMut(&str, &str)) {
        match kind {
            "header" => self.headers.iter().for_each(|(name, value)| show(name, value)),
            "arg" => self.args.iter().for_each(|(name, value)| show(name, value)),
            "url_var" => self.url_vars.iter().for_each(|(name, value)| show(name, value)),
            _ => {}
        }
    }

    fn body(&self) -> &[u8] {
        &self.body
    }

    fn read_body(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        match &self.upload {
            Some(upload) => upload.read_at(at, into),
            None => read_from(&self.body, at, into),
        }
    }
}

impl RowSource for Rows {
    fn len(&self) -> usize {
        self.len()
    }

    fn width(&self) -> usize {
        self.columns.len()
    }

    fn column(&self, index: usize) -> &str {
        self.columns.get(index).map_or("", String::as_str)
    }

    fn cell(&self, row: usize, column: usize) -> ValueRef<'_> {
        self.get(row, column)
    }
}

/// What a plugin's error means for the request.
pub(super) fn failure(plugin: &str, hook: Hook, error: api::Error) -> Error {
    match error.kind {
        ErrorKind::NotFound => Error::not_found(error.message),
        ErrorKind::Forbidden => Error::forbidden(error.message),
        ErrorKind::BadRequest => Error::bad_request(error.message),
        ErrorKind::Unauthorized => Error::Unauthorized { message: error.message },
        ErrorKind::Interrupted => Error::Interrupted { sql: String::new() },
        _ => Error::Plugin { plugin: plugin.to_owned(), hook: hook.name(), message: error.message },
    }
}

/// What an error of the server means to a plugin. Our own faults stay ours: the plugin learns no details.
pub(crate) fn told(error: &Error) -> api::Error {
    let message = crate::error::ErrorPage::from(error).message;
    match error {
        Error::NotFound(_) => api::Error::not_found(message),
        Error::Forbidden(_) => api::Error::forbidden(message),
        Error::BadRequest { .. } | Error::InvalidSql { .. } => api::Error::bad_request(message),
        Error::Unauthorized { .. } => api::Error::unauthorized(message),
        Error::Interrupted { .. } => api::Error::interrupted(message),
        _ => api::Error::new(message),
    }
}

/// The rest of a request's way, lent to a `request_wrapper`.
pub(super) struct Rest<'a> {
    pub(super) request: &'a Request,
    pub(super) answer: &'a dyn Fn(&Request) -> Response,
    /// How long that took, which is not the plugin's doing.
    pub(super) inside: Cell<Duration>,
}

impl NextStep for Rest<'_> {
    fn call(&self, changes: api::Changes) -> api::Result<api::Response> {
        if changes == api::Changes::default() {
            return Ok(lent(within(&self.inside, || (self.answer)(self.request))));
        }
        let request = changed(self.request, changes);
        Ok(lent(within(&self.inside, || (self.answer)(&request))))
    }
}

fn changed(request: &Request, changes: api::Changes) -> Request {
    let mut request = request.clone();
    if let Some(path) = changes.path {
        let prefix = request.full_path.strip_suffix(&request.path).unwrap_or_default();
        request.full_path = format!("{prefix}{path}");
        request.path = path;
    }
    if let Some(query) = changes.query_string {
        request.args = Args::parse(&query);
        request.query_string = query;
    }
    for (name, value) in changes.headers {
        let name = name.to_ascii_lowercase();
        request.headers.retain(|(known, _)| *known != name);
        request.headers.push((name, value));
    }
    if let Some(actor) = changes.actor {
        request.actor = actor.map(Actor::new);
        // What the one may says nothing about the other.
        request.permission_memo = Default::default();
    }
    request
}

/// A write that plugins may stand around. What it answers stays with whoever asks for it.
pub(crate) trait WriteStep {
    /// Writes.
    fn proceed(&self) -> crate::error::Result<Json>;
    /// Writes something else, on the same connection.
    fn execute(&self, sql: &str, params: &[(String, Value)]) -> crate::error::Result<api::host::WriteResult>;
    /// Reads, on the same connection.
    fn query(&self, sql: &str, params: &[(String, Value)]) -> crate::error::Result<QueryResult>;
    /// Announces an event once the write is committed.
    fn track_event(&self, event: api::Event);
}

/// A write, lent to a `write_wrapper`: sees to it that the write happens once, and keeps its own error,
/// which says more than what a plugin can make of it.
pub(super) struct Guarded<'a> {
    step: &'a dyn WriteStep,
    next: &'a dyn Fn() -> crate::error::Result<Json>,
    outcome: RefCell<Option<crate::error::Result<Json>>>,
    inside: Cell<Duration>,
}

impl<'a> Guarded<'a> {
    pub(super) fn new(step: &'a dyn WriteStep, next: &'a dyn Fn() -> crate::error::Result<Json>) -> Self {
        Self { step, next, outcome: RefCell::new(None), inside: Cell::default() }
    }

    /// How long the write itself took.
    pub(super) fn inside(&self) -> &Cell<Duration> {
        &self.inside
    }

    /// What came of it, after the plugin.
    pub(super) fn outcome(self, plugin: &str, said: api::Result<()>) -> crate::error::Result<Json> {
        let hook = Hook::WriteWrapper;
        match (said, self.outcome.into_inner()) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => {
                Err(failure(plugin, hook, api::Error::new("it did not proceed with the write")))
            }
            (Err(_), Some(Err(error))) => Err(error),
            (Err(error), _) => Err(failure(plugin, hook, error)),
        }
    }
}

impl Step for Guarded<'_> {
    fn proceed(&self) -> api::Result<Json> {
        if self.outcome.borrow().is_some() {
            return Err(api::Error::new("a write can proceed only once"));
        }
        let outcome = within(&self.inside, self.next);
        let shown = outcome.as_ref().map(Json::clone).map_err(told);
        *self.outcome.borrow_mut() = Some(outcome);
        shown
    }

    fn execute(&self, sql: &str, params: &[(String, Value)]) -> api::Result<api::host::WriteResult> {
        self.step.execute(sql, params).map_err(|error| told(&error))
    }

    fn query(&self, sql: &str, params: &[(String, Value)]) -> api::Result<QueryResult> {
        self.step.query(sql, params).map_err(|error| told(&error))
    }

    fn track_event(&self, event: api::Event) {
        self.step.track_event(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_path_keeps_the_prefix_of_the_site() {
        let mut request = Request::new("GET", "/a?x=1");
        request.full_path = "/site/a".to_owned();
        let changes = api::Changes::new().path("/b").query_string("y=2").header("X-Tra", "1");
        let request = changed(&request, changes);
        assert_eq!((request.path.as_str(), request.full_path.as_str()), ("/b", "/site/b"));
        assert_eq!((request.args.get("x"), request.args.get("y")), (None, Some("2")));
        assert_eq!(request.header("x-tra"), Some("1"));
    }

    #[test]
    fn a_broken_plugin_is_not_what_the_visitor_did_wrong() {
        let error = failure("p", Hook::Forbidden, api::Error::new("boom"));
        assert!(matches!(error, Error::Plugin { hook: "forbidden", .. }));
        assert!(matches!(failure("p", Hook::Forbidden, api::Error::not_found("x")), Error::NotFound(_)));
    }
}
