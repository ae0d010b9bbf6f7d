//! The result of a query as CSV.

use datasette_plugin_api::ValueRef;
use sha2::{Digest, Sha256};

use super::run::Ran;
use crate::app::App;
use crate::render::csv::{CsvWriter, Stopped, response};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Rows, hex};
use crate::{tilde, urls};

pub(super) fn respond(app: &App, request: &Request, name: &str, ran: Ran) -> Response {
    let download = request.args.non_empty("_dl").is_some().then(|| tilde::encode(name));
    let header = request.args.get("_header") != Some("off");
    let max_mb = app.settings().max_csv_mb;
    let blobs = blob_urls(app, request, &ran.rows);
    let as_page = request.args.non_empty("_trace").is_some();
    response(download.as_deref(), as_page, move |sink| {
        let mut csv = CsvWriter::new(sink, max_mb);
        let written = write(&mut csv, &ran.rows, header, &blobs);
        if let Err(Stopped::TooLong(message)) = written {
            csv.fail(&message);
        }
    })
    .gathered()
}

/// Where each BLOB can be had, by row and column: the same query in the blob format, with the hash
/// of the value.
fn blob_urls(app: &App, request: &Request, rows: &Rows) -> std::collections::HashMap<(usize, usize), String> {
    let mut found = std::collections::HashMap::new();
    let path = app.site_path(request);
    let path = path.strip_suffix(".csv").unwrap_or(&path);
    for row in 0..rows.len() {
        for (column, name) in rows.columns.iter().enumerate() {
            if let ValueRef::Blob(blob) = rows.get(row, column) {
                let hash = hex(&Sha256::digest(blob));
                let extra = [("_blob_column", name.as_str()), ("_blob_hash", hash.as_str())];
                let url = urls::with_format(path, &request.query_string, "blob", &extra);
                found.insert((row, column), app.absolute_url(request, &url));
            }
        }
    }
    found
}

fn write(
    csv: &mut CsvWriter<'_>,
    rows: &Rows,
    header: bool,
    blobs: &std::collections::HashMap<(usize, usize), String>,
) -> Result<(), Stopped> {
    let alone = rows.columns.len() == 1;
    if header {
        for (index, name) in rows.columns.iter().enumerate() {
            csv.text(index == 0, name);
        }
        csv.end_record(alone)?;
    }
    for row in 0..rows.len() {
        for column in 0..rows.columns.len() {
            match blobs.get(&(row, column)) {
                Some(url) => csv.text(column == 0, url),
                None => csv.value(column == 0, rows.get(row, column)),
            }
        }
        csv.end_record(alone)?;
    }
    csv.flush()
}
