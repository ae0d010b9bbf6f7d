//! A row, in the format that the URL asks for.

use std::sync::Arc;
use std::time::Instant;

use datasette_plugin_api::{Json, Map, json};

use super::{Found, extras, html};
use crate::app::App;
use crate::edge::caching;
use crate::error::{Error, Result};
use crate::plugins::RenderQuestion;
use crate::render::csv::{CsvWriter, response};
use crate::render::json::to_string;
use crate::render::shape::RowsAnswer;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Conn, Database, Table};
use crate::table::{Place, place, set_headers};

pub(crate) fn show(
    app: &Arc<App>,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
    row_path: &str,
    format: Option<&str>,
) -> Result<Response> {
    let place = place(app, request, database, table)?;
    let mut response = app.read(request, database, |conn| {
        let started = Instant::now();
        let found = Found::find(app, request, conn, table, row_path)?;
        match format {
            None => html::respond(app, request, conn, &place, &found, started),
            Some("json") => as_json(app, request, conn, &place, &found, started),
            Some("csv") => Ok(as_csv(app, request, &place, found)),
            Some(format) => in_plugin_format(app, request, &place, &found, format),
        }
    })?;
    if format != Some("csv") {
        set_headers(app, request, &mut response, place.private);
    }
    Ok(response)
}

fn as_json(
    app: &App,
    request: &Request,
    conn: &Conn,
    place: &Place<'_>,
    found: &Found,
    started: Instant,
) -> Result<Response> {
    let replaced = app.transformed_values(&place.database.name, &place.table, &found.rows)?;
    let mut after =
        vec![("primary_keys", json!(found.keys)), ("primary_key_values", json!(found.key_values))];
    after.extend(extras::resolve(app, request, conn, place, found)?);
    let milliseconds = json!(started.elapsed().as_secs_f64() * 1000.0);
    let time = format!("\"query_ms\": {}", to_string(&milliseconds));
    after.push(("query_ms", milliseconds));
    let answer = RowsAnswer {
        request,
        rows: &found.rows,
        labels: None,
        replaced: Some(&replaced),
        before: vec![("database", json!(place.database.name)), ("table", json!(place.table.name))],
        after,
        truncated: false,
        primary_keys: Some(&found.keys),
        error: None,
    };
    // How long it took is another number each time. But for that, it is the same answer.
    Ok(caching::tag_without(answer.respond(), time.as_bytes()))
}

fn as_csv(app: &Arc<App>, request: &Request, place: &Place<'_>, found: Found) -> Response {
    let download = request.args.non_empty("_dl").is_some().then(|| place.table.name.clone());
    let header = request.args.get("_header") != Some("off");
    let max_mb = app.settings().max_csv_mb;
    let blob_url = |column: &str| {
        let url = app.urls.row_blob(&place.database.route, &place.table.name, &found.path(), column);
        app.absolute_url(request, &url)
    };
    let blobs: Vec<String> = found.rows.columns.iter().map(|column| blob_url(column)).collect();
    let as_page = request.args.non_empty("_trace").is_some();
    response(download.as_deref(), as_page, move |sink| {
        let mut csv = CsvWriter::new(sink, max_mb);
        // Only a client that left can stop so short a body.
        let _ = write_row(&mut csv, &found, header, &blobs);
    })
    .gathered()
}

fn write_row(
    csv: &mut CsvWriter<'_>,
    found: &Found,
    header: bool,
    blobs: &[String],
) -> Result<(), crate::render::csv::Stopped> {
    let columns = &found.rows.columns;
    if header {
        for (index, name) in columns.iter().enumerate() {
            csv.text(index == 0, name);
        }
        csv.end_record(columns.len() == 1)?;
    }
    for (index, url) in blobs.iter().enumerate() {
        match found.rows.get(0, index) {
            datasette_plugin_api::ValueRef::Blob(_) => csv.text(index == 0, url),
            value => csv.value(index == 0, value),
        }
    }
    csv.end_record(columns.len() == 1)?;
    csv.flush()
}

pub(super) fn question<'a>(
    request: &'a Request,
    place: &'a Place<'_>,
    found: &'a Found,
) -> RenderQuestion<'a> {
    RenderQuestion {
        request,
        rows: &found.rows,
        sql: Some(&found.sql),
        query_name: None,
        database: &place.database.name,
        table: Some(&place.table.name),
        view_name: "row",
    }
}

fn in_plugin_format(
    app: &App,
    request: &Request,
    place: &Place<'_>,
    found: &Found,
    format: &str,
) -> Result<Response> {
    if !app.plugins.has_renderer(format) {
        return Err(Error::not_found(format!("Invalid format: {format}")));
    }
    let data = || {
        let mut data = Map::new();
        data.insert("ok".to_owned(), true.into());
        data.insert("database".to_owned(), place.database.name.clone().into());
        data.insert("table".to_owned(), place.table.name.clone().into());
        data.insert("primary_keys".to_owned(), json!(found.keys));
        data.insert("primary_key_values".to_owned(), json!(found.key_values));
        Json::Object(data)
    };
    app.plugins.render_output(format, &question(request, place, found), false, None, &data)
}
