//! The server's life, and requests before a page is chosen.

use crate::ffi::args::arguments;
use crate::ffi::callback;
use crate::ffi::raw::RawCallback;
use crate::{Actor, Map, Request, Response, Result};

arguments! {
    /// The server is about to answer its first request.
    Startup {
        /// Version of the server.
        version: &'a str = version,
    }

    /// The server is about to end.
    Shutdown {
        /// Version of the server.
        version: &'a str = version,
    }

    /// A request is being answered, and there is more to come.
    RequestWrapper {
        /// The request.
        request: Request<'a> = request,
        /// The rest of the way.
        next: Next<'a> = callback,
    }

    /// A form was sent without a CSRF check having passed.
    SkipCsrf {
        /// The request.
        request: Request<'a> = request,
    }

    /// Somebody was turned away.
    Forbidden {
        /// The request.
        request: Request<'a> = request,
        /// Why.
        message: &'a str = message,
    }

    /// A request failed.
    HandleException {
        /// The request.
        request: Request<'a> = request,
        /// The status of the answer: 404, 500, ...
        status: u16 = status,
        /// A heading for the page, if the failure has one.
        title: Option<&'a str> = title,
        /// What the visitor may know.
        message: &'a str = message,
        /// What the client wants to read: `html`, `json` or `text`.
        format: &'a str = format,
        /// The SQL that failed, to be shown so that it can be mended.
        sql: Option<&'a str> = sql,
    }
}

/// What happens to a request after this plugin.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    pub(crate) raw: RawCallback<'a>,
}

impl Next<'_> {
    /// Goes on; the answer may be changed or thrown away.
    pub fn call(&self) -> Result<Response> {
        self.call_with(&Changes::default())
    }

    /// Goes on with a changed request.
    pub fn call_with(&self, changes: &Changes) -> Result<Response> {
        callback::call(self.raw, "next", &serde_json::to_string(changes)?)
    }
}

impl std::fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Next")
    }
}

/// How the request looks to those who come next; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Changes {
    /// Another path.
    pub path: Option<String>,
    /// Another query string.
    pub query_string: Option<String>,
    /// Headers to add, or to put in the place of those with the same name.
    pub headers: Vec<(String, String)>,
    /// Another actor; `Some(None)` is nobody.
    #[serde(with = "twice", skip_serializing_if = "Option::is_none")]
    pub actor: Option<Option<Map>>,
}

impl Changes {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// With another query string, without the `?`.
    #[must_use]
    pub fn query_string(mut self, query: impl Into<String>) -> Self {
        self.query_string = Some(query.into());
        self
    }

    /// With a header, in the place of those of the same name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With another actor, or nobody.
    #[must_use]
    pub fn actor(mut self, actor: Option<&Actor>) -> Self {
        self.actor = Some(actor.map(|actor| actor.as_map().clone()));
        self
    }
}

/// Tells `null` from absent.
mod twice {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Map;

    #[allow(clippy::ref_option)]
    pub(super) fn serialize<S: Serializer>(
        it: &Option<Option<Map>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        it.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Map>>, D::Error> {
        Option::<Map>::deserialize(from).map(Some)
    }
}

/// A page of a plugin's own.
pub struct Route {
    /// A regular expression for the path. Named groups are the handler's [`Request::url_var`]s.
    pub pattern: String,
    /// Answers.
    pub handler: Handler,
}

/// Answers a request.
pub type Handler = Box<dyn Fn(&Request<'_>) -> Result<Response> + Send + Sync>;

impl Route {
    /// `Route::new("^/-/hello$", |request| Ok(Response::text("Hello")))`
    pub fn new(
        pattern: impl Into<String>,
        handler: impl Fn(&Request<'_>) -> Result<Response> + Send + Sync + 'static,
    ) -> Self {
        Self { pattern: pattern.into(), handler: Box::new(handler) }
    }
}
