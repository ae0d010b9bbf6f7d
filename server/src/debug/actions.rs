//! `/-/actions`: what can be allowed and forbidden at all.

use datasette_plugin_api::json;

use super::{PERMISSION, require, tabs, wants_json};
use crate::app::App;
use crate::error::Result;
use crate::permissions::{resource_class, takes_child, takes_parent};
use crate::render::contexts::{ActionRow, ActionsContext, Base};
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;

pub(crate) fn actions(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    require(app, request, PERMISSION)?;
    let actions = app.permissions.actions();
    if wants_json(format)? {
        return Ok(Response::json(to_vec(&json!({"ok": true, "actions": actions.to_json()}))));
    }
    let mut rows: Vec<ActionRow> = actions
        .iter()
        .map(|action| ActionRow {
            name: action.name.clone(),
            abbr: action.abbr.clone(),
            description: action.description.clone(),
            resource: resource_class(action.resource),
            takes_parent: takes_parent(action.resource),
            takes_child: takes_child(action.resource),
            also_requires: action.also_requires.clone(),
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let alternate = page::alternate_json(app, request);
    let chosen = page::choose(app, &["debug_actions.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    let response =
        page::respond(app, request, &chosen, PageKind::of("json_data"), crumbs, |base| ActionsContext {
            base: Base { alternate_url_json: Some(alternate.clone()), ..base },
            tabs: tabs(app, request, "-/actions"),
            count: rows.len(),
            actions: rows,
        })?;
    Ok(page::with_alternate(response, &alternate))
}
