//! Pages under `/-/` that say in JSON what the site consists of; as HTML they show that JSON.

use datasette_plugin_api::{Json, Map, json};

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

/// Answers with the data: as JSON, which says that it is `ok` if it can, or as a page named after `{name}.json`.
pub(crate) fn respond(
    app: &App,
    request: &Request,
    name: &str,
    format: Option<&str>,
    data: Json,
) -> Result<Response> {
    match format {
        Some("json") => Ok(Response::json(to_vec(&with_ok(data)))),
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
                data_json: pretty(&data, 2),
            })?;
            Ok(page::with_alternate(response, &alternate))
        }
    }
}

fn with_ok(data: Json) -> Json {
    let Json::Object(data) = data else { return data };
    let mut body = Map::new();
    body.insert("ok".to_owned(), true.into());
    body.extend(data);
    Json::Object(body)
}

/// The loaded plugins, and with `all` the server's own ones.
fn listing(app: &App, all: bool) -> Json {
    let shown = app.plugins.summaries().into_iter().filter(|plugin| all || !plugin.is_builtin);
    let line = |plugin: crate::options::PluginSummary| {
        json!({
            "name": plugin.name,
            "static": plugin.has_static,
            "templates": plugin.has_templates,
            "version": plugin.version,
            "hooks": plugin.hooks,
        })
    };
    shown.map(line).collect()
}

fn for_visitors(app: &App, request: &Request) -> Result<()> {
    app.permissions.require(request, "view-instance", Resource::Instance)
}

/// `/-/settings`
pub(crate) fn settings(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    for_visitors(app, request)?;
    respond(app, request, "settings", format, Json::Object(app.settings().to_json()))
}

/// `/-/config`, secrets blotted out.
pub(crate) fn config(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    for_visitors(app, request)?;
    let config = app.config.redacted();
    // An empty configuration is an object like any other.
    respond(app, request, "config", format, if config.is_null() { json!({}) } else { config })
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
    respond(app, request, "databases", format, json!({"databases": databases}))
}

/// `/-/actor`: everybody may ask who they are.
pub(crate) fn actor(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    let actor = request.actor.as_ref().map_or(Json::Null, |actor| actor.as_json());
    respond(app, request, "actor", format, json!({"actor": actor}))
}

/// `/-/plugins`: the built-in ones only with `?all=1`.
pub(crate) fn plugins(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    for_visitors(app, request)?;
    let all = request.args.non_empty("all").is_some();
    respond(app, request, "plugins", format, listing(app, all))
}
