//! `_extra=` of a row.

use datasette_plugin_api::{Json, json};

use super::Found;
use super::links::{Referrer, referrers};
use crate::app::App;
use crate::error::{Error, Result};
use crate::extras::{self, strings};
use crate::request::Request;
use crate::sqlite::{Conn, Params};
use crate::table::{Place, render_cells, rendered_json};

/// Name and meaning of each extra, in the order in which `_extra=extras` lists them.
pub(crate) const EXTRAS: &[(&str, &str)] = &[
    ("columns", "Names of the columns of the row"),
    ("primary_keys", "Names of the columns of the primary key"),
    ("column_details", "What the schema says about each column"),
    ("render_cell", "The cells that plugins render, as HTML"),
    ("debug", "How the request was understood; may change at any time"),
    ("request", "The request"),
    ("query", "The SQL that found the row, and its parameters"),
    ("column_types", "The types that were assigned to columns"),
    ("metadata", "Metadata of the table and its columns"),
    ("extras", "All extras"),
    ("database", "Name of the database"),
    ("table", "Name of the table"),
    ("database_color", "Colour of the database"),
    ("private", "Whether anonymous visitors may not see this"),
    ("foreign_key_tables", "Rows of other tables that refer to this one"),
];

/// Resolves the extras that the request names; members that a row has anyway are left out.
pub(crate) fn resolve(
    app: &App,
    request: &Request,
    conn: &Conn,
    place: &Place<'_>,
    found: &Found,
) -> Result<Vec<(&'static str, Json)>> {
    let names = extras::requested(request);
    extras::check_known(&names, EXTRAS)?;
    let wanted = EXTRAS.iter().filter(|(name, _)| names.iter().any(|n| n == name));
    let has_already = ["database", "table", "primary_keys"];
    wanted
        .filter(|(name, _)| !has_already.contains(name))
        .map(|(name, _)| Ok((*name, one(app, request, conn, place, found, name)?)))
        .collect()
}

fn one(
    app: &App,
    request: &Request,
    conn: &Conn,
    place: &Place<'_>,
    found: &Found,
    name: &str,
) -> Result<Json> {
    let (database, table) = (&place.database, &place.table);
    Ok(match name {
        "columns" => strings(&found.rows.columns),
        "column_details" => extras::column_details(table),
        "render_cell" => {
            rendered_json(&found.rows, &render_cells(app, request, &database.name, Some(table), &found.rows)?)
        }
        "debug" => json!({
            "url_vars": extras::url_vars(request),
            "resolved": {
                "table": table.name,
                "sql": found.sql,
                "params": params_json(&found.params),
                "pks": found.keys,
                "pk_values": found.key_values,
            },
        }),
        "request" => extras::request(app, request),
        "query" => extras::query(&found.sql, &found.params),
        "column_types" => app.column_types(&database.name, table)?.to_json(),
        "metadata" => extras::table_metadata(app, &database.name, table)?,
        "extras" => extras::list(app, request, EXTRAS, &[]),
        "database_color" => json!(database.color()),
        "private" => json!(place.private),
        "foreign_key_tables" => {
            referrers(app, request, conn, database, table, found)?.iter().map(Referrer::to_json).collect()
        }
        other => return Err(Error::Internal(anyhow::anyhow!("the extra {other} is listed but not known"))),
    })
}

fn params_json(params: &Params) -> Json {
    Json::Object(params.iter().map(|(name, value)| (name.clone(), extras::value_json(value))).collect())
}
