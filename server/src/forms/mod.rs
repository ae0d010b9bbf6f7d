//! Pages with forms that change rows and tables: `/{database}/{table}/-/insert-form` and so on, next to
//! each address of the JSON API. They work without JavaScript; dialogs load the same forms.
//!
//! A form is another way of writing the JSON: what was sent is put into the body that the API takes, and
//! the API's own function does the rest. The addresses are others than the API's because that reads any
//! body as JSON, whatever its content type says.

mod field;
mod row;
mod delete;
mod column;
mod create;
mod alter;
mod changes;
mod drop;

pub(crate) use alter::alter;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use drop::drop_table;
pub(crate) use row::{insert, update};

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::contexts::Editing;
use crate::render::escape::css_class;
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::{Args, MessageKind, Outbox, Request};
use crate::response::{Body, Response};
use crate::sqlite::{Database, Table};
use crate::writing::{self, Verdict, block_framing, redirect};

/// The page is only for whoever may do it, and only where it can be done.
fn require(app: &App, request: &Request, actions: &[&str], database: &Database, table: &Table) -> Result<()> {
    for action in actions {
        let resource = Resource::Table(&database.name, &table.name);
        if !app.permissions.allowed(request, action, resource)? {
            return Err(Error::forbidden(format!("Permission denied: need {action}")));
        }
    }
    if table.is_view() {
        return Err(Error::not_found(format!("Table not found: {}", table.name)));
    }
    if !database.is_mutable { Err(Error::forbidden("Database is immutable")) } else { Ok(()) }
}

/// What all forms about a table show.
fn editing(app: &App, database: &Database, table: &str, heading: String, form_action: String) -> Editing {
    let table_url = if table.is_empty() { String::new() } else { app.urls.table(&database.route, table) };
    Editing {
        heading,
        database: database.name.clone(),
        database_class: css_class(&database.name),
        database_color: database.color(),
        table: table.to_owned(),
        form_action,
        cancel_url: if table.is_empty() { app.urls.database(&database.route) } else { table_url.clone() },
        table_url,
        errors: Vec::new(),
    }
}

/// Renders a form. Nobody may lay it under a page of their own.
fn show<C: serde::Serialize>(
    app: &App,
    request: &Request,
    database: &Database,
    table: Option<&str>,
    template: &str,
    status: u16,
    build: impl FnOnce(crate::render::contexts::Base) -> C,
) -> Result<Response> {
    let chosen = page::choose(app, &[template.to_owned()])?;
    let view_name = template.strip_suffix(".html").unwrap_or(template);
    let kind = PageKind { database: Some(&database.name), table, ..PageKind::of(view_name) };
    let crumbs = page::crumbs(app, request, Some(&database.name), table)?;
    let response = page::respond(app, request, &chosen, kind, crumbs, build)?;
    Ok(block_framing(response.with_status(status)))
}

/// What the API said to a request that a form stands for.
enum Said {
    /// Its JSON, and what it would have told the visitor.
    Done {
        body: Json,
        message: Option<String>,
    },
    Refused {
        status: u16,
        errors: Vec<String>,
    },
}

/// Asks the API. `query` are arguments of the address; the request has a copy of its own of everything
/// that an answer may change.
fn ask(request: &Request, query: &str, body: &Json, api: impl FnOnce(&Request) -> Verdict) -> Result<Said> {
    let inner = Request {
        body: to_vec(body).into(),
        args: Args::parse(query),
        query_string: query.to_owned(),
        messages: Outbox::default(),
        ..request.clone()
    };
    let response = writing::api(api(&inner))?;
    let Body::Bytes(bytes) = &response.body else {
        return Err(Error::Internal(anyhow::anyhow!("the API answered with no JSON")));
    };
    let body: Json = serde_json::from_slice(bytes).map_err(|error| Error::Internal(error.into()))?;
    if response.status < 300 {
        let message = inner.messages.waiting().into_iter().next().map(|message| message.text);
        return Ok(Said::Done { body, message });
    }
    if response.status == 503 {
        return Err(Error::Busy { message: body["error"].as_str().unwrap_or_default().to_owned() });
    }
    let errors = body["errors"].as_array().into_iter().flatten();
    let errors = errors.filter_map(Json::as_str).map(str::to_owned).collect();
    Ok(Said::Refused { status: response.status, errors })
}

/// It is done: the visitor goes on to `location`, which says so. A script is told where that is; if it stays
/// where it is, it shows the message itself.
fn done(request: &Request, location: &str, message: &str, kind: MessageKind) -> Response {
    if request.header("accept") != Some("application/json") {
        return redirect(request, location, message, kind);
    }
    if request.header("x-stays-on-page").is_none() {
        request.messages.add(message, kind);
    }
    Response::json(to_vec(&json!({"ok": true, "redirect": location, "message": message})))
}
