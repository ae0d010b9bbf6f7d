//! `POST /{database}/{table}/-/set-column-type`: what a column means, beyond what SQLite knows.

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::internal::AssignedType;
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Table};
use crate::writing::{Verdict, parse_json, refuse};

pub(crate) fn set_column_type(app: &App, request: &Request, database: &Database, table: &Table) -> Verdict {
    let wrong = |message: &str| refuse(400, message);
    if !app.permissions.allowed(request, "set-column-type", Resource::Table(&database.name, &table.name))? {
        return Err(refuse(403, "Permission denied"));
    }
    let data = parse_json(&request.body).map_err(|error| refuse(400, format!("Invalid JSON: {error}")))?;
    let Json::Object(data) = data else { return Err(wrong("JSON must be a dictionary")) };
    let unknown = unknown_keys(&data, &["column", "column_type"]);
    if !unknown.is_empty() {
        return Err(refuse(400, format!("Invalid parameter: \"{unknown}\"")));
    }
    let name = match data.get("column") {
        None => return Err(wrong("\"column\" is required")),
        Some(Json::String(name)) => name,
        Some(_) => return Err(wrong("\"column\" must be a string")),
    };
    let Some(given) = data.get("column_type") else { return Err(wrong("\"column_type\" is required")) };
    let Some(column) = table.columns.iter().find(|column| column.name == *name) else {
        return Err(refuse(400, format!("Column not found: {name}")));
    };
    let given = match given {
        Json::Null => {
            app.internal.remove_column_type(&database.name, &table.name, name)?;
            return Ok(answer(database, table, name, Json::Null));
        }
        Json::Object(given) => given,
        _ => return Err(wrong("\"column_type\" must be an object or null")),
    };
    let unknown = unknown_keys(given, &["type", "config"]);
    if !unknown.is_empty() {
        return Err(refuse(400, format!("Invalid column_type parameter: \"{unknown}\"")));
    }
    let column_type = match given.get("type") {
        None => return Err(wrong("\"column_type.type\" is required")),
        Some(Json::String(column_type)) => column_type,
        Some(_) => return Err(wrong("\"column_type.type\" must be a string")),
    };
    let config = match given.get("config") {
        None | Some(Json::Null) => None,
        Some(config @ Json::Object(_)) => Some(config.clone()),
        Some(_) => return Err(wrong("\"column_type.config\" must be a dictionary")),
    };
    let Some(known) = app.plugins.column_type(column_type) else {
        return Err(refuse(400, format!("Unknown column type: {column_type}")));
    };
    let types = known.sqlite_types();
    if !types.is_empty() && !types.contains(&column.affinity()) {
        let (fitting, place) = (types.join(", "), format!("{}.{}.{name}", database.name, table.name));
        let message = format!(
            "Column type '{column_type}' is only applicable to SQLite types {fitting} but {place} has SQLite type {}",
            column.affinity()
        );
        return Err(refuse(400, message));
    }
    let shown = json!({"type": column_type, "config": config});
    let assigned = AssignedType { column: name.clone(), column_type: column_type.clone(), config };
    app.internal.set_column_type(&database.name, &table.name, &assigned)?;
    Ok(answer(database, table, name, shown))
}

fn unknown_keys(object: &datasette_plugin_api::Map, known: &[&str]) -> String {
    let mut unknown: Vec<&str> = object.keys().map(String::as_str).filter(|key| !known.contains(key)).collect();
    unknown.sort_unstable();
    unknown.join("\", \"")
}

fn answer(database: &Database, table: &Table, column: &str, column_type: Json) -> Response {
    let body = json!({
        "ok": true,
        "database": database.name,
        "table": table.name,
        "column": column,
        "column_type": column_type,
    });
    Response::json(to_vec(&body))
}
