//! Answers of one JSON object to a line.

use super::csv::attachment;
use crate::response::{Body, Response, Sink};

/// The answer that `write` writes; as a download if it has a name.
pub(crate) fn response(
    download: Option<&str>,
    write: impl FnOnce(&mut dyn Sink) + Send + 'static,
) -> Response {
    let mut response = Response::new(200, "application/x-ndjson; charset=utf-8", bytes::Bytes::new());
    response.body = Body::Stream(Box::new(write));
    match download {
        Some(name) => response.with_header("content-disposition", attachment(&format!("{name}.ndjson"))),
        None => response,
    }
}
