//! `_extra=` of a query.

use datasette_plugin_api::{Json, Map, json};

use super::parameters::shown;
use super::run::Ran;
use crate::app::App;
use crate::error::{Error, Result};
use crate::extras::{self, strings};
use crate::internal::{About, StoredQuery};
use crate::request::Request;
use crate::sqlite::Database;
use crate::table::{render_cells, rendered_json};

/// Name and meaning of each extra, in the order in which `_extra=extras` lists them.
pub(crate) const EXTRAS: &[(&str, &str)] = &[
    ("columns", "Names of the columns of the result"),
    ("render_cell", "The cells that plugins render, as HTML"),
    ("debug", "How the request was understood; may change at any time"),
    ("request", "The request"),
    ("query", "The SQL and its parameters"),
    ("metadata", "Metadata of the database, or the stored query"),
    ("extras", "All extras"),
    ("database", "Name of the database"),
    ("database_color", "Colour of the database"),
    ("private", "Whether anonymous visitors may not see this"),
];

pub(crate) fn resolve(
    app: &App,
    request: &Request,
    database: &Database,
    ran: &Ran,
    stored: Option<&StoredQuery>,
    private: bool,
) -> Result<Vec<(&'static str, Json)>> {
    let names = extras::requested(request);
    extras::check_known(&names, EXTRAS)?;
    let wanted = EXTRAS.iter().filter(|(name, _)| names.iter().any(|n| n == name));
    wanted
        .map(|(name, _)| {
            let value = match *name {
                "columns" => strings(&ran.rows.columns),
                "render_cell" => {
                    let rendered = render_cells(app, request, &database.name, None, &ran.rows)?;
                    rendered_json(&ran.rows, &rendered)
                }
                "debug" => json!({"url_vars": extras::url_vars(request)}),
                "request" => extras::request(app, request),
                "query" => {
                    let params =
                        shown(&ran.names, &ran.params).into_iter().map(|(k, v)| (k, Json::String(v)));
                    json!({"sql": ran.sql, "params": params.collect::<Map>()})
                }
                "metadata" => Json::Object(metadata(app, database, stored)?),
                "extras" => extras::list(app, request, EXTRAS, &[]),
                "database" => json!(database.name),
                "database_color" => json!(database.color()),
                "private" => json!(private),
                other => {
                    return Err(Error::Internal(anyhow::anyhow!("the extra {other} is listed but not known")));
                }
            };
            Ok((*name, value))
        })
        .collect()
}

/// The stored query itself, or the database's metadata.
pub(crate) fn metadata(app: &App, database: &Database, stored: Option<&StoredQuery>) -> Result<Map> {
    match stored {
        Some(query) => {
            let mut object = query.to_json();
            object.shift_remove("source");
            Ok(object)
        }
        None => app.internal.metadata(About::Database(&database.name)),
    }
}
