//! Pages for administrators: who may do what, and why; what runs; and how messages look.
//!
//! All of them only look. Each asks for its own permission first.

mod actions;
mod allow;
mod allowed;
mod check;
mod listing;
mod messages;
mod playground;
mod rules;

use datasette_plugin_api::{Actor, Json, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::contexts::{Choice, DebugTab};
use crate::render::json::to_vec;
use crate::render::shape::error_body;
use crate::request::{Request, with_query};
use crate::response::Response;

pub(crate) use actions::actions;
pub(crate) use allow::allow_debug;
pub(crate) use allowed::allowed;
pub(crate) use check::check;
pub(crate) use messages::messages;
pub(crate) use playground::permissions;
pub(crate) use rules::rules;

/// What these pages are about.
const PERMISSION: &str = "permissions-debug";

fn require(app: &App, request: &Request, action: &str) -> Result<()> {
    app.permissions.require(request, action, Resource::Instance)
}

fn may_debug(app: &App, request: &Request) -> Result<bool> {
    app.permissions.allowed(request, PERMISSION, Resource::Instance)
}

/// The pages about permissions; `current` is the path of this one. What was asked on one page is kept on the
/// pages that understand it.
fn tabs(app: &App, request: &Request, current: &str) -> Vec<DebugTab> {
    let tab = |path: &str, label, keeps: bool| {
        let query = if keeps { request.query_string.as_str() } else { "" };
        DebugTab { href: with_query(&app.urls.path(path), query), label, current: path == current }
    };
    vec![
        tab("-/check", "Explain", true),
        tab("-/allowed", "Access map", true),
        tab("-/rules", "Rule explorer", true),
        tab("-/permissions", "Activity", false),
        tab("-/actions", "Actions", false),
        tab("-/allow-debug", "Allow debug", false),
    ]
}

/// The actions by name, `first` of them before all others; nothing is chosen at first.
fn choices(app: &App, first: &[&str]) -> Vec<Choice> {
    let mut names: Vec<&str> = app.permissions.actions().iter().map(|action| action.name.as_str()).collect();
    let place = |name: &str| first.iter().position(|known| *known == name).unwrap_or(first.len());
    names.sort_by_key(|name| (place(name), *name));
    let nothing = Choice::new("", "Select an action…");
    std::iter::once(nothing).chain(names.into_iter().map(|name| Choice::new(name, name))).collect()
}

/// What is wrong with what somebody asked for, with its status: 400, or 404 for an action that nobody knows.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    status: u16,
    message: String,
}

impl Wrong {
    fn new(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    fn unknown_action(action: &str) -> Self {
        Self { status: 404, message: format!("Unknown action: {action}") }
    }

    fn to_response(&self) -> Response {
        Response::json(to_vec(&error_body(&self.message, self.status))).with_status(self.status)
    }
}

/// An actor in a form or URL: an object, or null for nobody.
fn actor_from_text(text: &str) -> Result<Option<Actor>, Wrong> {
    let json = parse_json(text).map_err(|error| Wrong::new(format!("Invalid actor JSON: {error}")))?;
    match json {
        Json::Null => Ok(None),
        Json::Object(facts) => Ok(Some(Actor::new(facts))),
        _ => Err(Wrong::new("actor must be a JSON object or null")),
    }
}

fn parse_json(text: &str) -> Result<Json, String> {
    crate::writing::parse_json(text.as_bytes())
}

fn resource_path(parent: Option<&str>, child: Option<&str>) -> String {
    match (parent, child) {
        (None, _) => "/".to_owned(),
        (Some(parent), None) => format!("/{parent}"),
        (Some(parent), Some(child)) => format!("/{parent}/{child}"),
    }
}

fn actor_id(actor: Option<&Actor>) -> Json {
    actor.and_then(|actor| actor.get("id")).cloned().unwrap_or(json!(null))
}

/// The format of pages that know JSON besides HTML.
fn wants_json(format: Option<&str>) -> Result<bool> {
    match format {
        None => Ok(false),
        Some("json") => Ok(true),
        Some(_) => Err(Error::not_found("Page not found")),
    }
}
