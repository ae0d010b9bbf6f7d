//! A table as JSON, one object to a line: this page, or with `_stream` all that follow it. Every line can
//! be read as soon as it is there, so a table of any size needs no more memory than a page.

use std::sync::Arc;

use bytes::Bytes;

use super::csv::{check_stream, largest_pages, streamed};
use super::page::{Place, TablePage};
use crate::app::App;
use crate::error::{ErrorPage, Result};
use crate::render::json::to_vec;
use crate::render::ndjson::response;
use crate::render::shape::{RowsAnswer, error_body};
use crate::request::Request;
use crate::response::{Gone, Response, Sink};
use crate::{extras, tilde};

/// The lines of one page.
struct Piece {
    lines: Vec<u8>,
    next: Option<String>,
    /// The file never changes, and neither SQL nor plugins make a difference.
    repeatable: bool,
}

impl Piece {
    fn load(app: &App, request: &Request, place: &Place<'_>, next: Option<&str>) -> Result<Self> {
        app.read(request, &place.database, |conn| {
            let page = TablePage::load(app, request, conn, place, next, false)?;
            let replaced = app.transformed_values(&place.database.name, page.table(), &page.rows)?;
            let answer = RowsAnswer {
                request,
                rows: &page.rows,
                labels: Some(&page.labels),
                replaced: Some(&replaced),
                before: Vec::new(),
                after: Vec::new(),
                truncated: false,
                primary_keys: None,
                error: None,
            };
            let repeatable =
                !place.database.is_mutable && replaced.is_empty() && conn.is_repeatable(&page.sql);
            Ok(Self { lines: answer.lines(), next: page.next.clone(), repeatable })
        })
    }
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
    let (app, asked) = (Arc::clone(app), request.clone());
    let (database, table, private) = (Arc::clone(&place.database), Arc::clone(&place.table), place.private);
    let response = response(download.as_deref(), move |sink| {
        let config = app.table_config(&database.name, &table);
        let place = Place { database, table, config, private };
        // An error means that nobody reads any more.
        let _ = write(&app, &request, &place, stream, first, sink);
    });
    Ok(if stream { streamed(&asked, response, repeatable) } else { response.gathered() })
}

fn write(
    app: &App,
    request: &Request,
    place: &Place<'_>,
    stream: bool,
    first: Piece,
    sink: &mut dyn Sink,
) -> Result<(), Gone> {
    let most = usize::try_from(app.settings().max_csv_mb.saturating_mul(1024 * 1024)).unwrap_or(usize::MAX);
    let mut written = 0;
    let mut piece = first;
    loop {
        written += piece.lines.len();
        if most > 0 && written > most {
            return fail(sink, &format!("The answer would be larger than {most} bytes"), 400);
        }
        sink.write(Bytes::from(piece.lines))?;
        let Some(next) = piece.next.filter(|_| stream) else { return Ok(()) };
        if request.cancelled.is_set() {
            return Err(Gone);
        }
        piece = match Piece::load(app, request, place, Some(&next)) {
            Ok(piece) => piece,
            Err(error) => {
                tracing::error!("a stream of JSON ended early: {error}");
                let page = ErrorPage::from(&error);
                return fail(sink, &page.message, page.status);
            }
        };
    }
}

/// The status is long sent; the last line says that something is missing.
fn fail(sink: &mut dyn Sink, message: &str, status: u16) -> Result<(), Gone> {
    let mut line = to_vec(&error_body(message, status));
    line.push(b'\n');
    sink.write(Bytes::from(line))
}
