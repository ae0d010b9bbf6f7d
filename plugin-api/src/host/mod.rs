//! What a plugin can ask of the server.
//!
//! Every method sends its name and a JSON object of its arguments; the answer is JSON too. So a server
//! can offer more without a new boundary: [`Host::call`] reaches what this crate does not name yet, and a
//! server that does not know a service says so.
//!
//! The names on the wire are those of the methods, the keys of the object those of the arguments.

mod configs;
mod data;
mod restrictions;
mod services;
mod tasks;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use configs::Configs;
pub use data::*;
pub use restrictions::TokenRestrictions;
pub use tasks::{Running, TaskHandle};

use crate::ffi::raw::RawHost;
use crate::{Actor, Cookie, Html, Json, Request, Response, Result, Transaction, Value};

/// The server. Cheap to clone; keep one in your plugin.
#[derive(Clone)]
pub struct Host {
    pub(crate) raw: RawHost,
    pub(crate) plugin: Arc<str>,
}

/// How important a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// Something happened.
    Info,
    /// For the plugin's author.
    Debug,
    /// For the plugin's author at night.
    Trace,
}

impl Level {
    pub(crate) fn from_number(number: u8) -> Self {
        let levels = [Self::Error, Self::Warn, Self::Info, Self::Debug];
        levels.get(usize::from(number)).copied().unwrap_or(Self::Trace)
    }
}

/// What kind of message [`Host::add_message`] shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum MessageKind {
    /// For information.
    Info = 1,
    /// A warning.
    Warning = 2,
    /// An error.
    Error = 3,
}

impl Host {
    /// Name of the plugin this handle belongs to.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Any service, by name. The named methods are this, typed.
    pub fn call<T: DeserializeOwned>(&self, method: &str, args: &Json) -> Result<T> {
        Ok(serde_json::from_value(self.call_raw(None, method, args)?)?)
    }

    /// Any service that wants to know the request.
    pub fn call_for<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        method: &str,
        args: &Json,
    ) -> Result<T> {
        Ok(serde_json::from_value(self.call_raw(Some(request), method, args)?)?)
    }

    /// A line for the server's log. (`tracing` and `log` don't reach it: every library has its own.)
    pub fn log(&self, level: Level, message: &str) {
        self.log_raw(level, message);
    }

    /// Signs text with the server's secret, for one purpose.
    pub fn sign(&self, value: &str, namespace: &str) -> Result<String> {
        self.sign_raw(value, namespace)
    }

    /// The text that was signed for this purpose; [`BadRequest`](crate::ErrorKind::BadRequest) if it was not.
    pub fn unsign(&self, signed: &str, namespace: &str) -> Result<String> {
        self.unsign_raw(signed, namespace)
    }

    /// Notes how long `work` took, and what it was, for `?_trace=1`.
    pub fn span<T>(&self, kind: &str, details: &Json, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        let took = started.elapsed().as_secs_f64() * 1000.0;
        // Whoever looks at traces misses a line; what was done is done.
        let _ = self.trace(kind, took, details);
        result
    }

    /// Writes in one transaction: all that `work` does, or nothing if it errs. Answers what `work` answers.
    ///
    /// Other writes wait meanwhile, so what takes long belongs before it. Plugins that stand around writes stand
    /// around this one too. Within `work`, other writes to the same database by this plugin are refused.
    pub fn write<T>(&self, database: &str, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.in_transaction(None, &json!({"database": database}), work)
    }

    /// As [`write`](Self::write), for a request: plugins around the write see it.
    pub fn write_for<T>(
        &self,
        request: &Request<'_>,
        database: &str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        self.in_transaction(Some(request), &json!({"database": database}), work)
    }
}

impl Host {
    /// Shows a message on the visitor's next page.
    pub fn add_message(&self, request: &Request<'_>, message: &str, kind: MessageKind) -> Result<()> {
        self.call_for(request, "add_message", &json!({"message": message, "kind": kind as u8}))
    }

    /// A cookie that signs its visitor in as the actor, for so many seconds or else until the browser is closed.
    /// [`Cookie::deleted`]`("ds_actor")` signs out.
    pub fn actor_cookie(
        &self,
        request: &Request<'_>,
        actor: &Actor,
        expire_after: Option<u64>,
    ) -> Result<Cookie> {
        let args = json!({"actor": actor, "expire_after": expire_after});
        let value: String = self.call_for(request, "actor_cookie", &args)?;
        let mut cookie = Cookie::new("ds_actor", value);
        cookie.httponly = true;
        cookie.secure = request.scheme() == "https";
        Ok(cookie)
    }

    /// The cookie that signs this visitor out.
    pub fn delete_actor_cookie(&self, request: &Request<'_>) -> Cookie {
        let mut cookie = Cookie::deleted("ds_actor");
        cookie.httponly = true;
        cookie.secure = request.scheme() == "https";
        cookie
    }

    /// Fills the first of these templates that exists.
    pub fn render_template(
        &self,
        names: &[&str],
        context: &Json,
        request: Option<&Request<'_>>,
    ) -> Result<Html> {
        let args = json!({"names": names, "context": context});
        Ok(serde_json::from_value(self.call_raw(request, "render_template", &args)?)?)
    }

    /// Asks the server itself, without a network. Redirects are answers like others.
    pub fn client(&self, method: &str, path: &str, options: &ClientOptions) -> Result<Response> {
        let args = json!({"method": method, "path": path, "options": options});
        let answer: ClientAnswer = self.call("client", &args)?;
        let body = match answer.body {
            Value::Blob(bytes) => bytes,
            other => other.to_string().into_bytes(),
        };
        Ok(Response { status: answer.status, headers: answer.headers, body, stream: None })
    }
}

/// How [`Host::client`]'s answer crosses: a body that is not UTF-8 is a BLOB.
#[derive(Serialize, Deserialize)]
struct ClientAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host(for {})", self.plugin)
    }
}
