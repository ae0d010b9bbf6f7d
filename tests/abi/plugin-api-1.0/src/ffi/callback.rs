//! Calls from a hook back into the step of the server that called it.

use abi_stable::std_types::RStr;

use super::answer::Answer;
use super::guard::{guard, result};
use super::raw::{Lent, RawAnswer, RawCallback, RawResult, lent};
use crate::hooks::{Changes, Event, Next, RenderData, Write};
use crate::host::{QueryResult, WriteResult};
use crate::{Error, Json, Response, Result, Value};

/// The rest of a request's way: what a server lends as [`Next`].
pub trait NextStep {
    /// Goes on.
    fn call(&self, changes: Changes) -> Result<Response>;
}

/// A write that is about to happen: what a server lends as [`Write`].
pub trait WriteStep {
    /// Writes, and says what came of it.
    fn proceed(&self) -> Result<Json>;
    /// Writes something else, on the same connection.
    fn execute(&self, sql: &str, params: &[(String, Value)]) -> Result<WriteResult>;
    /// Reads, on the same connection.
    fn query(&self, sql: &str, params: &[(String, Value)]) -> Result<QueryResult>;
    /// Announces an event once the write is committed.
    fn track_event(&self, event: Event);
}

/// Rows as JSON, made if a renderer asks: what a server lends as [`RenderData`].
pub trait DataSource {
    /// The JSON text.
    fn json(&self) -> Result<String>;
}

macro_rules! lendable {
    ($($view:ident over $source:ident: |$it:ident, $method:ident, $json:ident| $answer:expr;)*) => { $(
        impl<'a> $view<'a> {
            /// The plugins' view of a server's own.
            pub fn over<T: $source>(source: &'a T) -> Self {
                extern "C" fn shim<T: $source>(
                    data: Lent<'_>,
                    method: RStr<'_>,
                    json: RStr<'_>,
                ) -> RawResult<RawAnswer> {
                    guard(|| {
                        // SAFETY: this function stands beside a `T` only.
                        let $it = unsafe { lent::<T>(data) };
                        let ($method, $json) = (method.as_str(), json.as_str());
                        $answer
                    })
                }
                Self { raw: RawCallback { data: Lent::new(source), call: shim::<T> } }
            }
        }
    )* };
}

lendable! {
    Next over NextStep: |step, _method, json| step.call(serde_json::from_str(json)?)?.send();
    Write over WriteStep: |step, method, json| write(step, method, json);
    RenderData over DataSource: |source, _method, _json| Ok(RawAnswer::text(source.json()?));
}

fn write(step: &dyn WriteStep, method: &str, json: &str) -> Result<RawAnswer> {
    let text = match method {
        "proceed" => step.proceed()?.to_string(),
        "execute" => {
            let (sql, params): (String, Vec<(String, Value)>) = serde_json::from_str(json)?;
            serde_json::to_string(&step.execute(&sql, &params)?)?
        }
        "query" => {
            let (sql, params): (String, Vec<(String, Value)>) = serde_json::from_str(json)?;
            serde_json::to_string(&step.query(&sql, &params)?)?
        }
        "track_event" => {
            step.track_event(serde_json::from_str(json)?);
            return Ok(RawAnswer::none());
        }
        other => return Err(Error::new(format!("this server's writes do not know `{other}`"))),
    };
    Ok(RawAnswer::text(text))
}

/// Calls.
pub(crate) fn call<T: Answer>(raw: RawCallback<'_>, method: &str, json: &str) -> Result<T> {
    T::receive(result((raw.call)(raw.data, method.into(), json.into()))?)
}
