//! `/-/allowed`: what the visitor may do an action to; and why, for those who may ask.

use datasette_plugin_api::{Json, ResourceKind, json};

use super::listing::Asked;
use super::{choices, may_debug, require, resource_path, tabs, wants_json};
use crate::app::App;
use crate::error::Result;
use crate::permissions::List;
use crate::render::contexts::{ListingContext, ListingRow};
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;

/// Asked about most often.
const FIRST: [&str; 8] = [
    "view-instance",
    "view-database",
    "view-table",
    "view-query",
    "execute-sql",
    "insert-row",
    "update-row",
    "delete-row",
];

pub(crate) fn allowed(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    require(app, request, "view-instance")?;
    app.refresh_schemas(false)?;
    let with_reasons = may_debug(app, request)?;
    let asked = Asked::of(app, request);
    if wants_json(format)? {
        let asked = match asked {
            Ok(asked) => asked,
            Err(wrong) => return Ok(wrong.to_response()),
        };
        let found = asked.page_of(items(app, request, &asked, with_reasons)?);
        return Ok(Response::json(to_vec(
            &found.to_json(request, asked.action, |row| to_json(row, with_reasons)),
        )));
    }
    let (listing, error) = match asked {
        Ok(asked) => {
            let found = asked.page_of(items(app, request, &asked, with_reasons)?);
            (Some(found.into_context(app, request, "resource", with_reasons)), None)
        }
        Err(wrong) => (None, request.args.contains("action").then_some(wrong.message)),
    };
    let arg = |name: &str| request.args.get(name).unwrap_or_default().to_owned();
    let chosen = page::choose(app, &["debug_allowed.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("allowed"), crumbs, |base| ListingContext {
        base,
        tabs: if with_reasons { tabs(app, request, "-/allowed") } else { Vec::new() },
        form_action: app.urls.path("-/allowed"),
        actions: choices(app, &FIRST),
        action: arg("action"),
        parent: arg("parent"),
        child: arg("child"),
        size: request.args.non_empty("_size").unwrap_or("50").to_owned(),
        error,
        listing,
    })
}

fn items(app: &App, request: &Request, asked: &Asked<'_>, include_reasons: bool) -> Result<Vec<ListingRow>> {
    let kind = app.permissions.actions().get(asked.action).map(|action| action.resource);
    if kind == Some(ResourceKind::Instance) {
        // What is done to the site as a whole is done to no resource in it.
        return Ok(Vec::new());
    }
    let list = List { parent: asked.parent, include_reasons, ..List::of(asked.action) };
    let found = app.permissions.list_all(request, list)?.into_iter();
    let wanted =
        found.filter(|resource| asked.child.is_none_or(|child| resource.child.as_deref() == Some(child)));
    let row = |resource: crate::permissions::AllowedResource| ListingRow {
        resource: resource_path(resource.parent.as_deref(), resource.child.as_deref()),
        parent: resource.parent,
        child: resource.child,
        reasons: resource.reasons,
        ..ListingRow::default()
    };
    Ok(wanted.map(row).collect())
}

fn to_json(row: &ListingRow, with_reasons: bool) -> Json {
    let mut item = json!({"parent": row.parent, "child": row.child, "resource": row.resource});
    if let (true, Json::Object(item)) = (with_reasons, &mut item) {
        item.insert("reason".to_owned(), json!(row.reasons));
    }
    item
}
