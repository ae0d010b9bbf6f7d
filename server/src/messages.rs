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
        response.headers.push(("set-cookie".to_owned(), format!("{COOKIE}=\"\"; Max-Age=0; Path=/; SameSite=lax")));
    }
}

/// Shows `text` on the visitor's next page.
pub(crate) fn add(app: &App, response: &mut Response, text: &str, kind: Kind) {
    let value = app.signer.sign(&json!([[text, kind as i64]]), "messages");
    response.headers.push(("set-cookie".to_owned(), format!("{COOKIE}={value}; Path=/; SameSite=lax")));
}
