//! A table as CSV: this page, or with `_stream` all that follow it.

use std::collections::HashMap;
use std::sync::Arc;

use datasette_plugin_api::ValueRef;

use super::labels::{self, Labels};
use super::page::{Place, TablePage};
use crate::app::App;
use crate::edge::caching;
use crate::error::{Error, ErrorPage, Result};
use crate::render::csv::{CsvWriter, Stopped, response};
use crate::request::{Args, Request};
use crate::response::Response;
use crate::sqlite::{Database, Rows, Table, as_text};
use crate::{extras, tilde, urls};

/// What one page contributes to the body.
struct Piece {
    rows: Rows,
    labels: Labels,
    /// For each column: a column of labels follows it, whether or not there are any.
    expanded: Vec<bool>,
    /// Of rows with BLOBs.
    row_paths: HashMap<usize, String>,
    next: Option<String>,
    /// The file never changes, and the SQL gives the same whenever it runs.
    repeatable: bool,
}

impl Piece {
    fn load(app: &App, request: &Request, place: &Place<'_>, next: Option<&str>) -> Result<Self> {
        app.read(request, &place.database, |conn| {
            let page = TablePage::load(app, request, conn, place, next, false)?;
            // Only links to BLOBs need the rows' paths.
            let has_blob = |row: &usize| {
                (0..page.rows.columns.len()).any(|c| matches!(page.rows.get(*row, c), ValueRef::Blob(_)))
            };
            let paths = (0..page.rows.len()).filter(has_blob).map(|row| (row, page.row_path(row))).collect();
            let wanted = labels::wanted(request, &place.table, false);
            let is_expanded = |column: &String| {
                wanted.contains(&column.as_str())
                    && place.table.foreign_keys.iter().any(|key| key.column == *column)
            };
            let expanded = page.rows.columns.iter().map(is_expanded).collect();
            let repeatable = !place.database.is_mutable && conn.is_repeatable(&page.sql);
            Ok(Self {
                rows: page.rows,
                labels: page.labels,
                expanded,
                row_paths: paths,
                next: page.next,
                repeatable,
            })
        })
    }
}

/// Whether the request asks for all rows, as far as that is allowed.
pub(super) fn check_stream(app: &App, request: &Request) -> Result<bool> {
    let stream = request.args.non_empty("_stream").is_some();
    if stream && !app.settings().allow_csv_stream {
        return Err(Error::bad_request("CSV streaming is disabled"));
    }
    if stream && request.args.non_empty("_next").is_some() {
        return Err(Error::bad_request("_next not allowed for CSV streaming"));
    }
    Ok(stream)
}

/// Where all pages are read anyway, the fewest queries are best. An invalid size is still told.
pub(super) fn largest_pages(request: &Request) -> Request {
    let size = request.args.non_empty("_size").is_some_and(|size| size.trim().parse::<usize>().is_err());
    if size {
        return request.clone();
    }
    let query_string = urls::with_replaced(request, "", &[("_size", Some("max"))]);
    Request { args: Args::parse(query_string.trim_start_matches('?')), ..request.clone() }
}

/// A stream that will be the same the next time says so. `repeatable`: neither data nor SQL make a difference.
pub(super) fn streamed(request: &Request, mut response: Response, repeatable: bool) -> Response {
    if repeatable {
        caching::tag_for_this_run(request, &mut response);
    }
    response
}

pub(crate) fn respond(app: &Arc<App>, request: &Request, place: &Place<'_>) -> Result<Response> {
    let stream = check_stream(app, request)?;
    super::facets::check_allowed(app, request)?;
    extras::check_known(&extras::requested(request), super::extras::EXTRAS)?;
    let request = if stream { largest_pages(request) } else { request.clone() };
    // The first page is read before the answer begins: its errors still have a status of their own.
    let first = Piece::load(app, &request, place, request.args.get("_next"))?;
    let download = request.args.non_empty("_dl").is_some().then(|| tilde::encode(&place.table.name));
    let repeatable = first.repeatable;
    let as_page = request.args.non_empty("_trace").is_some();
    let (app, asked) = (Arc::clone(app), request.clone());
    let (database, table, private) = (Arc::clone(&place.database), Arc::clone(&place.table), place.private);
    let response = response(download.as_deref(), as_page, move |sink| {
        let mut csv = CsvWriter::new(sink, app.settings().max_csv_mb);
        let config = app.table_config(&database.name, &table);
        let place = Place { database, table, config, private };
        let written = write(&app, &request, &place, stream, first, &mut csv);
        match written.and_then(|()| Ok(csv.flush()?)) {
            Ok(()) | Err(Failure::Stopped(Stopped::Gone)) => {}
            Err(Failure::Stopped(Stopped::TooLong(message))) => csv.fail(&message),
            Err(Failure::Page(error)) => {
                tracing::error!("a CSV stream ended early: {error}");
                csv.fail(&ErrorPage::from(&error).message);
            }
        }
    });
    Ok(if stream { streamed(&asked, response, repeatable) } else { response.gathered() })
}

enum Failure {
    Stopped(Stopped),
    Page(Error),
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

fn write(
    app: &App,
    request: &Request,
    place: &Place<'_>,
    stream: bool,
    first: Piece,
    csv: &mut CsvWriter<'_>,
) -> Result<(), Failure> {
    if request.args.get("_header") != Some("off") {
        let mut is_first = true;
        for (index, name) in first.rows.columns.iter().enumerate() {
            csv.text(is_first, name);
            is_first = false;
            if first.expanded.get(index) == Some(&true) {
                csv.text(false, &format!("{name}_label"));
            }
        }
        csv.end_record(first.rows.columns.len() == 1)?;
    }
    let mut piece = first;
    loop {
        write_rows(app, request, &place.database, &place.table, &piece, csv)?;
        let Some(next) = piece.next.filter(|_| stream) else { return Ok(()) };
        if request.cancelled.is_set() {
            return Err(Stopped::Gone.into());
        }
        piece = Piece::load(app, request, place, Some(&next)).map_err(Failure::Page)?;
    }
}

fn write_rows(
    app: &App,
    request: &Request,
    database: &Database,
    table: &Table,
    piece: &Piece,
    csv: &mut CsvWriter<'_>,
) -> Result<(), Stopped> {
    let rows = &piece.rows;
    for row in 0..rows.len() {
        let mut first = true;
        for (column, name) in rows.columns.iter().enumerate() {
            let value = rows.get(row, column);
            if let (ValueRef::Blob(_), Some(path)) = (value, piece.row_paths.get(&row)) {
                let url = app.urls.row_blob(&database.route, &table.name, path, name);
                csv.text(first, &app.absolute_url(request, &url));
            } else {
                csv.value(first, value);
            }
            first = false;
            if piece.expanded.get(column) == Some(&true) {
                let label = piece.labels.get(column, value).filter(|label| !label.as_ref().is_null());
                csv.text(false, label.as_ref().map(|label| as_text(label.as_ref())).as_deref().unwrap_or(""));
            }
        }
        csv.end_record(rows.columns.len() == 1)?;
    }
    Ok(())
}
