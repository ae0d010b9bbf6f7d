//! What the URL of a request names: a database, a table, a row.

use std::sync::Arc;

use datasette_plugin_api::{Error, Json, Map, Result, json};

use super::failed;
use super::site::database_json;
use crate::app::App;
use crate::request::Request;
use crate::row::Found;
use crate::sqlite::{Database, Table};
use crate::tilde;

/// A part of the URL, decoded as names in URLs are.
fn part<'a>(request: Option<&'a Request>, name: &str) -> Result<(&'a Request, String)> {
    let request = request.ok_or_else(|| Error::new("a URL is looked at for a request"))?;
    let part = request.url_var(name).ok_or_else(|| Error::not_found(format!("the URL names no {name}")))?;
    Ok((request, tilde::decode(part)))
}

fn served(app: &App, request: Option<&Request>) -> Result<Arc<Database>> {
    let (_, route) = part(request, "database")?;
    app.database_at(&route).map_err(failed)
}

pub(super) fn database(app: &App, request: Option<&Request>) -> Result<Json> {
    Ok(database_json(&*served(app, request)?))
}

fn found(app: &App, request: Option<&Request>) -> Result<(Arc<Database>, Arc<Table>)> {
    let database = served(app, request)?;
    let (request, name) = part(request, "table")?;
    let table = app.read(request, &database, |conn| Ok(database.table(conn, &name)?)).map_err(failed)?;
    let table = table.ok_or_else(|| Error::not_found("Table not found"))?;
    Ok((database, table))
}

pub(super) fn table(app: &App, request: Option<&Request>) -> Result<Json> {
    let (database, table) = found(app, request)?;
    Ok(json!({
        "database": database_json(&database),
        "table": table.name,
        "is_view": table.is_view(),
    }))
}

pub(super) fn row(app: &App, request: Option<&Request>) -> Result<Json> {
    let (database, table) = found(app, request)?;
    let request = request.ok_or_else(|| Error::new("a URL is looked at for a request"))?;
    let row_path = request.url_var("pks").ok_or_else(|| Error::not_found("the URL names no pks"))?;
    let found = app.read(request, &database, |conn| Found::find(app, request, conn, &table, row_path));
    let found = found.map_err(failed)?;
    let cells = found.rows.columns.iter().enumerate();
    let row: Map = cells.map(|(column, name)| (name.clone(), found.rows.get(0, column).to_json())).collect();
    Ok(json!({
        "database": database_json(&database),
        "table": table.name,
        "sql": found.sql,
        "params": found.params,
        "pks": found.keys,
        "pk_values": found.key_values,
        "row": row,
    }))
}
