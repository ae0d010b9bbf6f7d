//! `POST /{database}/{table}/-/count`: how many rows match, exactly. A page stops counting early; this
//! goes on until the time limit, or until the client no longer waits.

use std::sync::Arc;

use datasette_plugin_api::{Json, json};

use super::page::check_order;
use super::query::{Limits, TableQuery};
use super::show::place;
use crate::app::App;
use crate::error::{Error, Result};
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, SqlError, Table};

/// Counts the rows that the filters of the query string leave.
pub(crate) fn count(
    app: &App,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
) -> Result<Response> {
    let place = place(app, request, database, table)?;
    let count = app.read(request, database, |conn| {
        let from_plugins = app.plugins.filters_from_request(request, &database.name, &table.name)?;
        let limits = Limits::of(app.settings());
        let query = TableQuery::parse(table, request, &place.config, limits, from_plugins, None)?;
        let sql = query.count_sql();
        let limit = app.sql_time_limit_or(query.time_limit);
        match conn.limited(Some(limit), || {
            check_order(conn, request, table, &sql)?;
            conn.untrusted(&sql, &query.filter_params, 1)
        }) {
            Ok(rows) => Ok(rows.first().map_or(Json::Null, |count| count.to_json())),
            Err(SqlError::Interrupted { .. }) => Err(Error::bad_request("Count query timed out")),
            Err(error) => Err(error.into()),
        }
    })?;
    Ok(Response::json(to_vec(&json!({"ok": true, "count": count}))).with_header("cache-control", "no-store"))
}
