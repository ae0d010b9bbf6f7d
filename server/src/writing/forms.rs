//! Bodies that may be JSON or a form, and answers that may be JSON or a page.

use datasette_plugin_api::{Json, Map};

use super::parse::parse;
use crate::form::Form;
use crate::request::{MessageKind, Request};
use crate::response::Response;

/// A body, understood by its content type.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) data: Json,
    pub(crate) is_json: bool,
}

impl Payload {
    /// Text of a form field, or of a member of the JSON.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name)?.as_str()
    }
}

/// The error is a sentence. Of form fields with the same name the last counts.
pub(crate) fn payload(request: &Request) -> Result<Payload, String> {
    if is_json(request) {
        let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
        let data = parse(body).map_err(|error| format!("Invalid JSON: {error}"))?;
        return Ok(Payload { data, is_json: true });
    }
    Ok(Payload { data: Json::Object(fields_of(request)?), is_json: false })
}

/// The fields of a form.
pub(crate) fn fields_of(request: &Request) -> Result<Map, String> {
    let form = Form::of_anybody(request)?;
    Ok(form.iter().map(|(name, value)| (name.to_owned(), Json::from(value))).collect())
}

pub(crate) fn is_json(request: &Request) -> bool {
    request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"))
}

/// Whether the client is a program: it sent JSON, accepts nothing else, or says so.
pub(crate) fn wants_json(request: &Request, data: &Json) -> bool {
    let asked = data.get("_json").is_some_and(is_true);
    is_json(request) || request.header("accept") == Some("application/json") || asked
}

/// Whether Python would take it for true.
pub(crate) fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

/// Where a form leads once it was taken, with a message for that page.
pub(crate) fn redirect(request: &Request, location: &str, message: &str, kind: MessageKind) -> Response {
    request.messages.add(message, kind);
    let mut response = Response::redirect(location);
    response.set_header("content-type", "text/plain");
    response
}

/// Nobody may lay this page under one of their own.
pub(crate) fn block_framing(mut response: Response) -> Response {
    response.set_header("content-security-policy", "frame-ancestors 'none'");
    response.set_header("x-frame-options", "DENY");
    response
}
