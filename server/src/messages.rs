//! Messages that are shown once, on the visitor's next page: the `ds_messages` cookie.

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::request::Request;
use crate::response::Response;

const COOKIE: &str = "ds_messages";

/// How a message is meant. The numbers are those of the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// Messages that the request's cookie carries; none if nobody of this site signed it.
pub(crate) fn waiting(app: &App, request: &Request) -> Vec<(String, Kind)> {
    let Some(cookie) = request.cookie(COOKIE) else { return Vec::new() };
    let Ok(Json::Array(messages)) = app.signer.unsign(&cookie, "messages") else { return Vec::new() };
    let message = |message: &Json| {
        let kind = match message.get(1)?.as_i64()? {
            2 => Kind::Warning,
            3 => Kind::Error,
            _ => Kind::Info,
        };
        Some((message.get(0)?.as_str()?.to_owned(), kind))
    };
    messages.iter().filter_map(message).collect()
}

/// A page showed the messages: the visitor's browser forgets them.
pub(crate) fn clear_shown(request: &Request, response: &mut Response) {
    if request.cookie(COOKIE).is_some() {
        clear(response);
    }
}

/// Whatever waited was shown.
pub(crate) fn clear(response: &mut Response) {
    let is_set = response.headers.iter().any(|(name, value)| name == "set-cookie" && value.starts_with(COOKIE));
    if !is_set {
        response.headers.push(("set-cookie".to_owned(), format!("{COOKIE}=\"\"; Max-Age=0; Path=/; SameSite=lax")));
    }
}

/// Shows `text` on the visitor's next page, after what waits there already.
pub(crate) fn add(app: &App, request: &Request, response: &mut Response, text: &str, kind: Kind) {
    let mut messages = waiting(app, request);
    messages.push((text.to_owned(), kind));
    let list: Json = messages.into_iter().map(|(text, kind)| json!([text, kind as i64])).collect();
    let value = app.signer.sign(&list, "messages");
    response.headers.push(("set-cookie".to_owned(), format!("{COOKIE}={value}; Path=/; SameSite=lax")));
}

/// What waits to be shown waits on, if this response neither showed it nor added to it.
pub(crate) fn keep(app: &App, request: &Request, response: &mut Response) {
    let is_set = response.headers.iter().any(|(name, value)| name == "set-cookie" && value.starts_with(COOKIE));
    if is_set || waiting(app, request).is_empty() {
        return;
    }
    if let Some(cookie) = request.cookie(COOKIE) {
        let value = format!("{COOKIE}={cookie}; Path=/; SameSite=lax");
        response.headers.push(("set-cookie".to_owned(), value));
    }
}
