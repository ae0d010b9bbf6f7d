//! Stored queries.

use crate::ffi::args::arguments;
use crate::{Actor, Request, Result, Value};

arguments! {
    /// Which queries does a database have?
    CannedQueries {
        /// The database.
        database: &'a str = database,
        /// Who asks.
        actor: Option<Actor> = actor,
    }
}

/// A parameter of stored queries that the server fills in: `:_PREFIX_KEY`.
pub struct MagicParameter {
    /// The prefix, without underscores.
    pub prefix: String,
    /// The value for a key.
    pub value: MagicValue,
}

/// The value of a magic parameter, by key.
pub type MagicValue = Box<dyn Fn(&str, &Request<'_>) -> Result<Value> + Send + Sync>;

impl MagicParameter {
    /// `MagicParameter::new("cookie", |key, request| Ok(request.cookie(key).as_deref().into()))`
    pub fn new(
        prefix: impl Into<String>,
        value: impl Fn(&str, &Request<'_>) -> Result<Value> + Send + Sync + 'static,
    ) -> Self {
        Self { prefix: prefix.into(), value: Box::new(value) }
    }
}
