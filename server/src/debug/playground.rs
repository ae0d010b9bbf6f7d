//! `/-/permissions`: the last checks, and a form that tries one.

use datasette_plugin_api::{Actor, Json};

use super::check::Verdict;
use super::{PERMISSION, Wrong, actor_from_text, choices, require, tabs};
use crate::app::App;
use crate::error::Result;
use crate::form::Form;
use crate::permissions::Check;
use crate::render::contexts::{CheckRow, DebugTab, PlaygroundContext};
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;

/// The views of the list: the value of `?filter=` and what it is called.
const FILTERS: [(&str, &str); 3] =
    [("", "All"), ("exclude-yours", "Exclude yours"), ("only-yours", "Only yours")];

pub(crate) fn permissions(app: &App, request: &Request) -> Result<Response> {
    require(app, request, "view-instance")?;
    require(app, request, PERMISSION)?;
    if request.method == "POST" {
        return Ok(match simulate(app, request)? {
            Ok(body) => Response::json(to_vec(&body)),
            Err(wrong) => wrong.to_response(),
        });
    }
    let filter = request.args.get("filter").unwrap_or_default();
    let id = |actor: Option<&Actor>| actor.and_then(|actor| actor.get("id")).cloned();
    let yours = |check: &Check| id(check.actor.as_ref()) == id(request.actor.as_ref());
    let is_shown = |check: &Check| match filter {
        "exclude-yours" => !yours(check),
        "only-yours" => yours(check),
        _ => true,
    };
    let checks = app.permissions.recent_checks().into_iter().filter(is_shown).map(row).collect();
    let path = app.urls.path("-/permissions");
    let view = |(value, label): (&str, &'static str)| DebugTab {
        href: if value.is_empty() { path.clone() } else { format!("{path}?filter={value}") },
        label,
        current: value == filter,
    };
    let chosen = page::choose(app, &["debug_permissions_playground.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("permissions_debug"), crumbs, |base| {
        PlaygroundContext {
            base,
            tabs: tabs(app, request, "-/permissions"),
            form_action: path.clone(),
            // Something is always chosen here.
            actions: choices(app, &["view-instance"])
                .into_iter()
                .filter(|choice| !choice.value.is_empty())
                .collect(),
            filters: FILTERS.into_iter().map(view).collect(),
            checks,
        }
    })
}

fn simulate(app: &App, request: &Request) -> Result<std::result::Result<Json, Wrong>> {
    let form = Form::of(request)?;
    let actor = match actor_from_text(form.non_empty("actor").unwrap_or("null")) {
        Ok(actor) => actor,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let Some(action) = form.non_empty("permission") else {
        return Ok(Err(Wrong::new("permission is required")));
    };
    let (parent, child) = (form.non_empty("resource_1"), form.non_empty("resource_2"));
    Ok(Verdict::find(app, request, action, parent, child, actor)?.map(|verdict| verdict.to_json()))
}

fn row(check: Check) -> CheckRow {
    let when = jiff::Timestamp::try_from(check.when).unwrap_or_default();
    CheckRow {
        when: when.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string(),
        action: check.action,
        parent: check.parent,
        child: check.child,
        actor: check.actor.map_or_else(|| "null".to_owned(), |actor| actor.as_text().to_owned()),
        allowed: check.result,
    }
}
