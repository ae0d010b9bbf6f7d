//! `/-/rules`: every rule that there is for the visitor about an action, and who made it.

use datasette_plugin_api::json;

use super::listing::Asked;
use super::{PERMISSION, choices, require, resource_path, tabs, wants_json};
use crate::app::App;
use crate::error::Result;
use crate::permissions::Rule;
use crate::render::contexts::{ListingContext, ListingRow};
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;

pub(crate) fn rules(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    require(app, request, "view-instance")?;
    require(app, request, PERMISSION)?;
    app.refresh_schemas(false)?;
    let asked = Asked::of(app, request);
    if wants_json(format)? {
        let asked = match asked {
            Ok(asked) => asked,
            Err(wrong) => return Ok(wrong.to_response()),
        };
        let found = asked.page_of(items(app, request, asked.action)?);
        let item = |row: &ListingRow| {
            json!({
                "parent": row.parent,
                "child": row.child,
                "resource": row.resource,
                "allow": u8::from(row.allow == Some(true)),
                "reason": row.reasons.first(),
                "source_plugin": row.source,
            })
        };
        return Ok(Response::json(to_vec(&found.to_json(request, asked.action, item))));
    }
    let (listing, error) = match asked {
        Ok(asked) => {
            let found = asked.page_of(items(app, request, asked.action)?);
            (Some(found.into_context(app, request, "rule", true)), None)
        }
        Err(wrong) => (None, request.args.contains("action").then_some(wrong.message)),
    };
    let chosen = page::choose(app, &["debug_rules.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("permission_rules"), crumbs, |base| ListingContext {
        base,
        tabs: tabs(app, request, "-/rules"),
        form_action: app.urls.path("-/rules"),
        actions: choices(app, &[]),
        action: request.args.get("action").unwrap_or_default().to_owned(),
        size: request.args.non_empty("_size").unwrap_or("50").to_owned(),
        error,
        listing,
        ..ListingContext::default()
    })
}

fn items(app: &App, request: &Request, action: &str) -> Result<Vec<ListingRow>> {
    let row = |rule: Rule| ListingRow {
        resource: resource_path(rule.parent.as_deref(), rule.child.as_deref()),
        parent: rule.parent,
        child: rule.child,
        allow: Some(rule.allow),
        reasons: rule.reason.into_iter().collect(),
        source: Some(rule.source.to_string()),
    };
    Ok(app.permissions.rules(request, action)?.into_iter().map(row).collect())
}
