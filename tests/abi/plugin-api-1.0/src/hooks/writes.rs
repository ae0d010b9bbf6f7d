//! Writes, and what is told about them afterwards.

use serde::{Deserialize, Serialize};

use crate::ffi::args::{Sent, arguments};
use crate::ffi::callback;
use crate::ffi::raw::RawCallback;
use crate::host::{QueryResult, WriteResult};
use crate::{Actor, Json, Map, Request, Result, Value};

arguments! {
    /// Something is about to be written.
    WriteWrapper {
        /// To that database.
        database: &'a str = database,
        /// For that request, if it is for one.
        request: Option<Request<'a>> = request,
        /// Whether it happens in a transaction, which is rolled back if the hook errs.
        transaction: bool = transaction,
        /// The write.
        write: Write<'a> = callback,
    }

    /// Something happened.
    TrackEvent {
        /// What.
        event: Sent<Event> = subject,
    }
}

/// A write in progress. The hook calls [`proceed`](Self::proceed) once, or prevents the write by an error.
#[derive(Clone, Copy)]
pub struct Write<'a> {
    pub(crate) raw: RawCallback<'a>,
}

impl Write<'_> {
    /// Does the write, and says what came of it.
    pub fn proceed(&self) -> Result<Json> {
        callback::call(self.raw, "proceed", "null")
    }

    /// Writes something else, on the same connection.
    pub fn execute(&self, sql: &str, params: &[(String, Value)]) -> Result<WriteResult> {
        let json: Json = callback::call(self.raw, "execute", &serde_json::to_string(&(sql, params))?)?;
        Ok(serde_json::from_value(json)?)
    }

    /// Reads, on the same connection.
    pub fn query(&self, sql: &str, params: &[(String, Value)]) -> Result<QueryResult> {
        let json: Json = callback::call(self.raw, "query", &serde_json::to_string(&(sql, params))?)?;
        Ok(serde_json::from_value(json)?)
    }

    /// Announces an event, once the write is committed.
    pub fn track_event(&self, event: &Event) -> Result<()> {
        callback::call(self.raw, "track_event", &serde_json::to_string(event)?)
    }
}

impl std::fmt::Debug for Write<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Write")
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// What: `insert-rows`, `login`, ...
    pub name: String,
    /// To what, and how much.
    #[serde(default)]
    pub properties: Map,
    /// By whom.
    #[serde(default)]
    pub actor: Option<Actor>,
    /// When: UTC, ISO 8601. Empty means now.
    #[serde(default)]
    pub created: String,
}

impl Event {
    /// An event that happens now.
    pub fn new(name: impl Into<String>, actor: Option<Actor>) -> Self {
        Self { name: name.into(), properties: Map::new(), actor, created: String::new() }
    }

    /// With one more property.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
        self.properties.insert(key.into(), value.into());
        self
    }
}

/// A kind of event that this plugin knows about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventType {
    /// Its name.
    pub name: String,
    /// What happened, for people.
    pub description: String,
    /// Names of its properties.
    #[serde(default)]
    pub properties: Vec<String>,
}

impl EventType {
    /// A kind of event.
    pub fn new<P: Into<String>>(
        name: impl Into<String>,
        description: impl Into<String>,
        properties: impl IntoIterator<Item = P>,
    ) -> Self {
        let properties = properties.into_iter().map(Into::into).collect();
        Self { name: name.into(), description: description.into(), properties }
    }
}
