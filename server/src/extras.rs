//! `_extra=`: what tables, rows and queries have in common.

use datasette_plugin_api::{Json, Map, Value, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::About;
use crate::request::Request;
use crate::sqlite::{Params, Table};
use crate::urls;

/// The names asked for, each once.
pub(crate) fn requested(request: &Request) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in request.args.all("_extra").flat_map(|value| value.split(',')).filter(|name| !name.is_empty())
    {
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Fails for names that this kind of page doesn't have.
pub(crate) fn check_known(names: &[String], known: &[(&str, &str)]) -> Result<()> {
    let mut unknown: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| !known.iter().any(|(k, _)| k == name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort_unstable();
    Err(Error::bad_request(format!("Unknown _extra: {}", unknown.join(", "))))
}

pub(crate) fn strings(items: &[String]) -> Json {
    items.iter().map(|item| Json::String(item.clone())).collect()
}

/// A SQLite value on its way into a small JSON object.
pub(crate) fn value_json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or(Json::Null)
}

/// All extras of a page, with links that switch them on and off. `implied`: those that the page has
/// although the request does not name them.
pub(crate) fn list(app: &App, request: &Request, known: &[(&str, &str)], implied: &[&str]) -> Json {
    let requested = requested(request);
    let path = app.site_path(request);
    let item = |(name, description): &(&str, &str)| {
        let selected = implied.contains(name) || requested.iter().any(|r| r == name);
        let toggled = if selected {
            urls::without_pairs(request, &path, &[("_extra", name)])
        } else {
            urls::with_added(request, &path, &[("_extra", name)])
        };
        json!({
            "name": name,
            "description": description,
            "toggle_url": app.absolute_url(request, &toggled),
            "selected": selected,
        })
    };
    known.iter().map(item).collect()
}

pub(crate) fn request(app: &App, request: &Request) -> Json {
    let args: Map = request
        .args
        .keys()
        .into_iter()
        .map(|key| (key.to_owned(), request.args.all(key).map(|v| Json::String(v.to_owned())).collect()))
        .collect();
    json!({
        "url": app.absolute_url(request, &request.target()),
        "path": request.full_path,
        "full_path": request.target(),
        "host": request.host,
        "args": args,
    })
}

pub(crate) fn url_vars(request: &Request) -> Json {
    Json::Object(request.url_vars.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

pub(crate) fn query(sql: &str, params: &Params) -> Json {
    let params: Map = params.iter().map(|(name, value)| (name.clone(), value_json(value))).collect();
    json!({"sql": sql, "params": params})
}

pub(crate) fn column_details(table: &Table) -> Json {
    let details: Map = table
        .columns
        .iter()
        .map(|column| {
            let details = json!({
                "type": column.declared_type,
                "sqlite_type": column.affinity(),
                "notnull": column.not_null,
                "default": column.default,
                "is_pk": column.pk_position > 0,
                "pk_position": column.pk_position,
                "hidden": column.hidden,
            });
            (column.name.clone(), details)
        })
        .collect();
    Json::Object(details)
}

/// Metadata of a table, with the descriptions of its columns under `columns`.
pub(crate) fn table_metadata(app: &App, database: &str, table: &Table) -> Result<Json> {
    let mut metadata = app.internal.metadata(About::Resource(database, &table.name))?;
    let mut columns = app.internal.column_descriptions(database, &table.name)?;
    columns.retain(|column, _| !table.conceals(column));
    metadata.insert("columns".to_owned(), Json::Object(columns));
    Ok(Json::Object(metadata))
}
