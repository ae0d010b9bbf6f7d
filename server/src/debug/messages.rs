//! `/-/messages`: how messages look. Whoever sends the form sees it on the next page, and nobody else.

use super::require;
use crate::app::App;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::render::contexts::MessagesDebugContext;
use crate::render::page::{self, PageKind};
use crate::request::{MessageKind, Request};
use crate::response::Response;

pub(crate) fn messages(app: &App, request: &Request) -> Result<Response> {
    require(app, request, "view-instance")?;
    if request.method == "POST" {
        let form = Form::of(request)?;
        let text = form.get("message").unwrap_or_default();
        for kind in kinds(form.non_empty("message_type").unwrap_or("INFO"))? {
            request.messages.add(text, *kind);
        }
        return Ok(Response::redirect(app.urls.instance()));
    }
    let chosen = page::choose(app, &["messages_debug.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("messages_debug"), crumbs, |base| {
        MessagesDebugContext { base, form_action: app.urls.path("-/messages") }
    })
}

fn kinds(name: &str) -> Result<&'static [MessageKind]> {
    match name {
        "INFO" => Ok(&[MessageKind::Info]),
        "WARNING" => Ok(&[MessageKind::Warning]),
        "ERROR" => Ok(&[MessageKind::Error]),
        "all" => Ok(&[MessageKind::Info, MessageKind::Warning, MessageKind::Error]),
        _ => Err(Error::bad_request("message_type has to be INFO, WARNING, ERROR or all")),
    }
}
