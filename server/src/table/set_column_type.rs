//! `POST /{database}/{table}/-/set-column-type`: says what the values of a column mean, or takes that back.

use datasette_plugin_api::{Json, Map, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::AssignedType;
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Column, Database, Table};

pub(crate) fn set_column_type(
    app: &App,
    request: &Request,
    database: &Database,
    table: &Table,
) -> Result<Response> {
    let resource = Resource::Table(&database.name, &table.name);
    if !app.permissions.allowed(request, "set-column-type", resource)? {
        return Err(Error::forbidden("Permission denied"));
    }
    let wish = Wish::parse(&request.body, &table.columns)?;
    let shown = match &wish.column_type {
        None => {
            app.internal.remove_column_type(&database.name, &table.name, &wish.column.name)?;
            Json::Null
        }
        Some((name, config)) => {
            check_column_type(app, database, table, wish.column, name)?;
            let assigned = AssignedType {
                column: wish.column.name.clone(),
                column_type: name.clone(),
                config: config.clone().map(Json::Object),
            };
            app.internal.set_column_type(&database.name, &table.name, &assigned)?;
            json!({"type": name, "config": config})
        }
    };
    let body = json!({
        "ok": true,
        "database": database.name,
        "table": table.name,
        "column": wish.column.name,
        "column_type": shown,
    });
    Ok(Response::json(to_vec(&body)))
}

/// The type has to exist and to fit what the column holds.
pub(crate) fn check_column_type(
    app: &App,
    database: &Database,
    table: &Table,
    column: &Column,
    name: &str,
) -> Result<()> {
    let Some(known) = app.plugins.column_type(name) else {
        return Err(Error::bad_request(format!("Unknown column type: {name}")));
    };
    let (types, affinity) = (known.sqlite_types(), column.affinity());
    if types.is_empty() || types.contains(&affinity) {
        return Ok(());
    }
    Err(Error::bad_request(format!(
        "Column type '{name}' is only applicable to SQLite types {} but {}.{}.{} has SQLite type {affinity}",
        types.join(", "),
        database.name,
        table.name,
        column.name
    )))
}

/// What the body asks for.
struct Wish<'a> {
    column: &'a Column,
    /// Name and configuration; `None` takes the type away.
    column_type: Option<(String, Option<Map>)>,
}

impl<'a> Wish<'a> {
    fn parse(body: &[u8], columns: &'a [Column]) -> Result<Self> {
        let data: Json = serde_json::from_slice(body)
            .map_err(|error| Error::bad_request(format!("Invalid JSON: {error}")))?;
        let Json::Object(data) = data else { return Err(Error::bad_request("JSON must be a dictionary")) };
        only(&data, &["column", "column_type"], "parameter")?;
        let column = match data.get("column") {
            None => return Err(Error::bad_request("\"column\" is required")),
            Some(Json::String(column)) => column,
            Some(_) => return Err(Error::bad_request("\"column\" must be a string")),
        };
        let Some(column_type) = data.get("column_type") else {
            return Err(Error::bad_request("\"column_type\" is required"));
        };
        let found = columns.iter().find(|known| known.name == *column);
        let column = found.ok_or_else(|| Error::bad_request(format!("Column not found: {column}")))?;
        let column_type = match column_type {
            Json::Null => None,
            Json::Object(given) => Some(named_type(given)?),
            _ => return Err(Error::bad_request("\"column_type\" must be an object or null")),
        };
        Ok(Self { column, column_type })
    }
}

fn named_type(given: &Map) -> Result<(String, Option<Map>)> {
    only(given, &["type", "config"], "column_type parameter")?;
    let name = match given.get("type") {
        None => return Err(Error::bad_request("\"column_type.type\" is required")),
        Some(Json::String(name)) => name.clone(),
        Some(_) => return Err(Error::bad_request("\"column_type.type\" must be a string")),
    };
    match given.get("config") {
        None | Some(Json::Null) => Ok((name, None)),
        Some(Json::Object(config)) => Ok((name, Some(config.clone()))),
        Some(_) => Err(Error::bad_request("\"column_type.config\" must be a dictionary")),
    }
}

fn only(given: &Map, known: &[&str], what: &str) -> Result<()> {
    let mut unknown: Vec<&str> =
        given.keys().map(String::as_str).filter(|key| !known.contains(key)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort_unstable();
    Err(Error::bad_request(format!("Invalid {what}: \"{}\"", unknown.join("\", \""))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let columns = [Column {
            name: "c".to_owned(),
            declared_type: "text".to_owned(),
            not_null: false,
            default: None,
            pk_position: 0,
            hidden: 0,
        }];
        let wish = Wish::parse(body.as_bytes(), &columns);
        let told = wish.map(|wish| format!("{} {:?}", wish.column.name, wish.column_type));
        assert_eq!(told.unwrap_or_else(|error| error.to_string()), expected);
    }

    #[test]
    fn a_type_is_given_or_taken_away() {
        check(r#"{"column": "c", "column_type": null}"#, "c None");
        check(r#"{"column": "c", "column_type": {"type": "url"}}"#, r#"c Some(("url", None))"#);
    }

    #[test]
    fn what_is_wrong_is_said() {
        check("[]", "JSON must be a dictionary");
        check(r#"{"b": 1, "a": 1}"#, r#"Invalid parameter: "a", "b""#);
        check(r#"{"column_type": null}"#, r#""column" is required"#);
        check(r#"{"column": 1, "column_type": null}"#, r#""column" must be a string"#);
        check(r#"{"column": "c"}"#, r#""column_type" is required"#);
        check(r#"{"column": "d", "column_type": null}"#, "Column not found: d");
        check(r#"{"column": "c", "column_type": 1}"#, r#""column_type" must be an object or null"#);
        check(r#"{"column": "c", "column_type": {"x": 1}}"#, r#"Invalid column_type parameter: "x""#);
        check(r#"{"column": "c", "column_type": {}}"#, r#""column_type.type" is required"#);
        check(
            r#"{"column": "c", "column_type": {"type": "u", "config": 1}}"#,
            r#""column_type.config" must be a dictionary"#,
        );
    }
}
