//! Runs a query: custom SQL under the rules, a stored one with its magic parameters.

use datasette_plugin_api::Value;

use super::parameters::{named_parameters, values};
use super::rules;
use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::StoredQuery;
use crate::request::Request;
use crate::sqlite::{Conn, Params, Rows, SqlError};
use crate::table::time_limit;

/// SQL with its result.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) sql: String,
    /// The parameters that a form offers.
    pub(crate) names: Vec<String>,
    pub(crate) params: Params,
    pub(crate) rows: Rows,
    /// What SQLite said, if the SQL failed.
    pub(crate) error: Option<String>,
}

impl Ran {
    /// Nothing was run: there is no SQL, or it writes.
    pub(crate) fn nothing(request: &Request, sql: &str, stored: Option<&StoredQuery>) -> Self {
        let names = parameter_names(sql, stored);
        let params = values(request, &names);
        Self { sql: sql.to_owned(), names, params, rows: Rows::default(), error: None }
    }

    pub(crate) fn run(
        app: &App,
        request: &Request,
        conn: &Conn,
        sql: &str,
        stored: Option<&StoredQuery>,
    ) -> Result<Self> {
        let mut ran = Self::nothing(request, sql, stored);
        match stored {
            None => rules::check(sql)?,
            Some(_) => add_magic(app, request, sql, &mut ran.params)?,
        }
        let limit = app.sql_time_limit_or(time_limit(request)?);
        let max = usize::try_from(app.settings().max_returned_rows).unwrap_or(usize::MAX);
        let run = || conn.limited(Some(limit), || conn.visitors_own(sql, &ran.params, max));
        // The owner of the site has seen to what a trusted query shows.
        let is_trusted = stored.is_some_and(|stored| stored.is_trusted);
        match if is_trusted { conn.unveiled(run) } else { run() } {
            Ok(rows) => ran.rows = rows,
            Err(SqlError::Failed { message }) => ran.error = Some(message),
            Err(error) => return Err(error.into()),
        }
        Ok(ran)
    }
}

/// The order that the configuration gives, else that of the SQL.
fn parameter_names(sql: &str, stored: Option<&StoredQuery>) -> Vec<String> {
    match stored.map(|query| query.parameters.as_slice()) {
        Some(names) if !names.is_empty() => names.to_vec(),
        _ => named_parameters(sql),
    }
}

/// `:_actor_id` and the like: the value comes from the plugin that knows the prefix.
fn add_magic(app: &App, request: &Request, sql: &str, params: &mut Params) -> Result<()> {
    for name in named_parameters(sql) {
        if let Some(value) = app.plugins.magic_value(&name, request) {
            params.retain(|(known, _)| *known != name);
            params.push((name, value?));
        } else if name.starts_with('_') && !params.iter().any(|(known, _)| *known == name) {
            // No plugin knows it: a name like any other, without a value.
            params.push((name, Value::Null));
        }
    }
    Ok(())
}

/// The result of a query that a visitor asks for by SQL in the query string.
pub(crate) fn required_sql(request: &Request) -> Result<&str> {
    request.args.non_empty("sql").ok_or_else(|| Error::bad_request("?sql= is required"))
}

/// The values are text or what a plugin made of them.
pub(crate) fn as_text_value(value: &Value) -> String {
    crate::sqlite::as_text(value.as_ref()).into_owned()
}
