//! Reading and writing databases for plugins. They never get a connection, only this.

use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::{Error, Json, QueryOptions, Result, Value, json};

use super::args::Args;
use super::failed;
use crate::app::App;
use crate::request::Request;
use crate::sqlite::{Conn, Database, Rows, SqlError, Written};
use crate::writing::{Within, write_result};

pub(super) fn database(app: &App, args: &Args) -> Result<Arc<Database>> {
    let name = args.text("database")?;
    app.database_named(name).ok_or_else(|| Error::not_found(format!("there is no database {name}")))
}

pub(super) fn sql_error(error: SqlError) -> Error {
    match error {
        SqlError::Interrupted { .. } | SqlError::Cancelled => Error::interrupted("interrupted"),
        other => Error::bad_request(other.message()),
    }
}

fn rows_json(rows: &Rows) -> Json {
    let row =
        |row: usize| (0..rows.columns.len()).map(|column| rows.get(row, column).to_json()).collect::<Json>();
    json!({
        "columns": rows.columns,
        "rows": (0..rows.len()).map(row).collect::<Json>(),
        "truncated": rows.truncated,
    })
}

/// Whose eyes a plugin reads with.
#[derive(Clone, Copy)]
pub(super) enum Sees {
    WhatTheVisitorSees,
    HiddenColumns,
}

/// Within a page it runs on the page's own connection.
pub(super) fn query(app: &App, args: &Args, request: Option<&Request>, sees: Sees) -> Result<Json> {
    let database = database(app, args)?;
    let params: Vec<(String, Value)> = args.read("params")?;
    let options: QueryOptions = args.read("options")?;
    let limit = app.sql_time_limit_or(options.time_limit_ms.map(Duration::from_millis));
    let max = options.max_rows.unwrap_or_else(|| app.max_returned_rows());
    let sql = args.text("sql")?;
    let mut answer = Json::Null;
    let mut failure = None;
    let mut work = |conn: &Conn| {
        let run = || match options.remember {
            true => database.remembered(conn, sql, &params, max),
            false => Ok(Arc::new(conn.visitors_own(sql, &params, max)?)),
        };
        match conn.limited(Some(limit), run) {
            Ok(rows) => answer = rows_json(&rows),
            Err(error) => failure = Some(error),
        }
        Ok(())
    };
    let read = match sees {
        Sees::WhatTheVisitorSees => app.permissions.read_for_plugin(request, &database, work),
        Sees::HiddenColumns => {
            let cancelled = request.map(|request| &request.cancelled);
            database.read_whole(cancelled, |conn| conn.unveiled(|| work(conn)))
        }
    };
    read.map_err(failed)?;
    match failure {
        Some(error) => Err(sql_error(error)),
        None => Ok(answer),
    }
}

pub(super) fn internal_query(app: &App, args: &Args) -> Result<Json> {
    let params: Vec<(String, Value)> = args.read("params")?;
    let sql = args.text("sql")?;
    app.refresh_schemas(false).map_err(failed)?;
    app.internal.read(|conn| Ok(rows_json(&conn.rows(sql, &params)?))).map_err(failed)
}

pub(super) fn internal_write(app: &App, args: &Args) -> Result<Json> {
    let params: Vec<(String, Value)> = args.read("params")?;
    let sql = args.text("sql")?;
    app.internal.write(|writer| written_json(&writer.run(sql, &params)?)).map_err(failed)
}

fn written_json(written: &Written) -> crate::error::Result<Json> {
    serde_json::to_value(write_result(written)).map_err(|error| crate::error::Error::Internal(error.into()))
}

/// Every write of a plugin passes through the plugins that stand around writes.
pub(super) fn execute_write(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let params: Vec<(String, Value)> = args.read("params")?;
    let sql = args.text("sql")?;
    let database = database(app, args)?;
    app.write(request, &database, |writer| written_json(&writer.run(sql, &params)?)).map_err(failed)
}

pub(super) fn execute_write_many(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let sets: Vec<Vec<Value>> = args.read("params")?;
    let sql = args.text("sql")?;
    let written = app.write(request, &*database(app, args)?, |writer| {
        let mut total = Written::default();
        for values in &sets {
            let written = writer.run_positional(sql, values)?;
            total.rowcount += written.rowcount.max(0);
            total.lastrowid = written.lastrowid;
        }
        written_json(&total)
    });
    written.map_err(failed)
}

pub(super) fn execute_write_batch(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let statements: Vec<(String, Vec<(String, Value)>)> = args.read("statements")?;
    let results = app.write(request, &*database(app, args)?, |writer| {
        statements.iter().map(|(sql, params)| written_json(&writer.run(sql, params)?)).collect()
    });
    results.map_err(failed)
}

/// Outside of a transaction: the script may have its own, or none.
pub(super) fn execute_write_script(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let sql = args.text("sql")?;
    let database = database(app, args)?;
    app.write_within(request, &database, Within::Nothing, |writer| Ok(writer.script(sql)?))
        .map_err(failed)?;
    Ok(Json::Null)
}
