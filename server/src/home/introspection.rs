//! Pages under `/-/` that say in JSON what the site consists of; as HTML they show that JSON.

use std::sync::Arc;

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::database::visible_databases;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::contexts::{Base, ShowJsonContext};
use crate::render::json::{pretty, to_vec};
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::urls;

/// Answers with the data, as JSON or as a page named after `{name}.json`.
pub(super) fn respond(
    app: &App,
    request: &Request,
    name: &str,
    format: Option<&str>,
    data: &Json,
) -> Result<Response> {
    match format {
        Some("json") => Ok(Response::json(to_vec(data))),
        Some(format) => Err(Error::not_found(format!("Invalid format: {format}"))),
        None => {
            let chosen = page::choose(app, &["show_json.html".to_owned()])?;
            let crumbs = page::crumbs(app, request, None, None)?;
            let json_url = urls::with_format(&app.site_path(request), &request.query_string, "json", &[]);
            let alternate = page::alternate_json(app, request);
            let kind = PageKind::of("json_data");
            let response = page::respond(app, request, &chosen, kind, crumbs, |base| ShowJsonContext {
                base: Base { alternate_url_json: Some(alternate.clone()), ..base },
                filename: format!("{name}.json"),
                json_url,
                data_json: pretty(&without_ok(data), 2),
            })?;
            Ok(page::with_alternate(response, &alternate))
        }
    }
}

/// That the answer is no error is for programs to know.
fn without_ok(data: &Json) -> Json {
    let Json::Object(data) = data else { return data.clone() };
    data.iter().filter(|(key, _)| *key != "ok").map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The plugins, those that were passed over with the reason, and with `all` the server's own ones.
fn listing(app: &App, all: bool) -> Json {
    let shown = app.plugins.summaries().into_iter().filter(|plugin| all || !plugin.is_builtin);
    shown.map(|plugin| plugin.to_json()).collect()
}

fn for_visitors(app: &App, request: &Request) -> Result<()> {
    app.permissions.require(request, "view-instance", Resource::Instance)
}

/// `/-/settings`
pub(crate) fn settings(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    for_visitors(app, request)?;
    let mut data = datasette_plugin_api::Map::new();
    data.insert("ok".to_owned(), true.into());
    data.extend(app.settings().shown());
    respond(app, request, "settings", format, &Json::Object(data))
}

/// `/-/config`, secrets blotted out.
pub(crate) fn config(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    for_visitors(app, request)?;
    let mut data = datasette_plugin_api::Map::new();
    data.insert("ok".to_owned(), true.into());
    let mut config = app.config.redacted();
    hide_tables(app, request, &mut config)?;
    if let Json::Object(config) = config {
        data.extend(config);
    }
    respond(app, request, "config", format, &Json::Object(data))
}

/// Takes out what is configured for tables of which the visitor may not see all columns: it may name them.
fn hide_tables(app: &App, request: &Request, config: &mut Json) -> Result<()> {
    if !app.permissions.conceals_columns() {
        return Ok(());
    }
    let Some(databases) = config.get_mut("databases").and_then(Json::as_object_mut) else { return Ok(()) };
    for (name, database) in databases {
        let concealed = match app.database_named(name) {
            Some(database) => app.permissions.concealed(request, &database)?,
            None => Arc::new(app.permissions.wanted_concealed(request, name)),
        };
        if let Some(tables) = database.get_mut("tables").and_then(Json::as_object_mut) {
            tables.retain(|table, _| !concealed.touches(table));
        }
    }
    Ok(())
}

/// `/-/databases`: those that the visitor may see, in the order in which they were attached.
pub(crate) fn databases(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    for_visitors(app, request)?;
    let visible = visible_databases(app, request)?;
    let all = app.all_databases();
    let shown = all.iter().filter(|database| visible.iter().any(|(v, _)| v.name == database.name));
    let databases: Json = shown
        .map(|database| {
            json!({
                "name": database.name,
                "route": database.route,
                "path": database.shown_path(),
                "size": database.size(),
                "is_mutable": database.is_mutable,
                "is_memory": database.is_memory(),
                "hash": database.hash(),
            })
        })
        .collect();
    respond(app, request, "databases", format, &json!({"ok": true, "databases": databases}))
}

/// `/-/actor`: everybody may ask who they are.
pub(crate) fn actor(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    let actor = request.actor.as_ref().map_or(Json::Null, |actor| actor.as_json());
    respond(app, request, "actor", format, &json!({"ok": true, "actor": actor}))
}

/// `/-/plugins`: the built-in ones only with `?all=1`. How often their hooks were called, and what that took, is for
/// those who look after the site: on the page, and with `?_stats=1` in the JSON.
pub(crate) fn plugins(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    for_visitors(app, request)?;
    let all = request.args.non_empty("all").is_some();
    let mut listing = listing(app, all);
    let asked = request.args.non_empty("_stats").is_some();
    if asked || format.is_none() {
        let may_see = app.permissions.allowed(request, "permissions-debug", Resource::Instance)?;
        if asked && !may_see {
            return Err(Error::forbidden("permissions-debug"));
        }
        if may_see {
            add_stats(app, &mut listing);
        }
    }
    respond(app, request, "plugins", format, &listing)
}

fn add_stats(app: &App, listing: &mut Json) {
    let stats = app.plugins.stats();
    for plugin in listing.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
        let name = plugin.get("name").and_then(Json::as_str).unwrap_or_default();
        if let Some(stats) = stats.get(name).cloned() {
            plugin.insert("stats".to_owned(), stats);
        }
    }
}
