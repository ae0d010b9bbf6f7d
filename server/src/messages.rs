//! Messages that are shown once, on the visitor's next page: the `ds_messages` cookie.
//!
//! The cookie is read when a request arrives and written when its answer leaves; in between the
//! messages are the request's, and any page or plugin may add one.

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::auth::cookie;
use crate::request::{Message, MessageKind, Request};
use crate::response::Response;

const COOKIE: &str = "ds_messages";
const NAMESPACE: &str = "messages";

/// Takes the messages out of the cookie; there are none if nobody of this site signed it.
pub(crate) fn receive(app: &App, request: &Request) {
    let Some(cookie) = request.cookie(COOKIE) else { return };
    if let Ok(Json::Array(messages)) = app.signer.unsign(&cookie, NAMESPACE) {
        request.messages.fill(messages.iter().filter_map(read).collect());
    }
}

fn read(message: &Json) -> Option<Message> {
    let kind = MessageKind::from_number(message.get(1)?.as_i64()?);
    Some(Message { text: message.get(0)?.as_str()?.to_owned(), kind })
}

/// Puts what was not shown into the cookie, and takes away what was.
pub(crate) fn send(app: &App, request: &Request, response: &mut Response) {
    if response.is_static {
        return;
    }
    let waiting = request.messages.waiting();
    if !waiting.is_empty() {
        let list: Json = waiting.iter().map(|message| json!([message.text, message.kind as u8])).collect();
        cookie::set(response, request, COOKIE, &app.signer.sign(&list, NAMESPACE));
    } else if request.messages.were_shown() {
        cookie::expire(response, request, COOKIE);
    }
}
