//! Rows as CSV, written while they are read: a stream needs the memory of one page.

use bytes::Bytes;
use datasette_plugin_api::ValueRef;

use super::number::write_float;
use crate::response::{Body, Gone, Response, Sink};

/// Writes records to a body, up to a number of bytes.
pub(crate) struct CsvWriter<'a> {
    sink: &'a mut dyn Sink,
    buffer: Vec<u8>,
    written: usize,
    /// 0 means no limit.
    max_bytes: usize,
}

/// Why writing stopped.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The client left.
    Gone,
    /// The limit was reached; the text says so.
    TooLong(String),
}

impl From<Gone> for Stopped {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Pieces of about this size are sent.
const PIECE: usize = 64 * 1024;

impl<'a> CsvWriter<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink, max_mb: u64) -> Self {
        let max_bytes = usize::try_from(max_mb.saturating_mul(1024 * 1024)).unwrap_or(usize::MAX);
        Self { sink, buffer: Vec::with_capacity(PIECE + 4096), written: 0, max_bytes }
    }

    /// Starts a field of the record; `first` tells whether it is the record's first.
    fn separate(&mut self, first: bool) {
        if !first {
            self.buffer.push(b',');
        }
    }

    pub(crate) fn text(&mut self, first: bool, text: &str) {
        self.separate(first);
        if text.bytes().any(|b| matches!(b, b',' | b'"' | b'\r' | b'\n')) {
            self.buffer.push(b'"');
            for piece in text.split_inclusive('"') {
                self.buffer.extend_from_slice(piece.as_bytes());
                if piece.ends_with('"') {
                    self.buffer.push(b'"');
                }
            }
            self.buffer.push(b'"');
        } else {
            self.buffer.extend_from_slice(text.as_bytes());
        }
    }

    /// A value that is not a BLOB; NULL is empty.
    pub(crate) fn value(&mut self, first: bool, value: ValueRef<'_>) {
        match value {
            ValueRef::Null | ValueRef::Blob(_) => self.separate(first),
            ValueRef::Integer(integer) => {
                self.separate(first);
                self.buffer.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
            }
            ValueRef::Real(real) => {
                self.separate(first);
                write_float(&mut self.buffer, real);
            }
            ValueRef::Text(text) => self.text(first, text),
        }
    }

    /// Ends a record. `alone`: it has one field, which is quoted if it is empty, so that the record
    /// can be told from an empty line.
    pub(crate) fn end_record(&mut self, alone: bool) -> Result<(), Stopped> {
        if alone && (self.buffer.is_empty() || self.buffer.ends_with(b"\n")) {
            self.buffer.extend_from_slice(b"\"\"");
        }
        self.buffer.extend_from_slice(b"\r\n");
        if self.max_bytes > 0 && self.written + self.buffer.len() > self.max_bytes {
            let message = format!("CSV contains more than {} bytes", self.max_bytes);
            let record = self.buffer.strip_suffix(b"\r\n").unwrap_or(&self.buffer);
            let start = record.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            self.buffer.truncate(start);
            return Err(Stopped::TooLong(message));
        }
        if self.buffer.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Stopped> {
        self.written += self.buffer.len();
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE + 4096));
        if piece.is_empty() { Ok(()) } else { Ok(self.sink.write(Bytes::from(piece))?) }
    }

    /// The end of the body where something went wrong after it had begun.
    pub(crate) fn fail(&mut self, message: &str) {
        self.buffer.extend_from_slice(message.as_bytes());
        // Nobody is there to be told if this fails.
        let _ = self.flush();
    }
}

/// A CSV answer whose body `write` makes; `as_page`: as text on a page, for somebody who looks at `_trace`. It is
/// written while it is sent; [`Response::gathered`] has it written at once.
pub(crate) fn response(
    download_as: Option<&str>,
    as_page: bool,
    write: impl FnOnce(&mut dyn Sink) + Send + 'static,
) -> Response {
    if as_page {
        let mut response = Response::html(Bytes::new());
        response.body = Body::Stream(Box::new(|sink| write_page(sink, write)));
        return response;
    }
    let mut response = Response::text(Bytes::new());
    if let Some(name) = download_as {
        response = Response::new(200, "text/csv; charset=utf-8", Bytes::new());
        response.set_header("content-disposition", attachment(&format!("{name}.csv")));
    }
    response.body = Body::Stream(Box::new(write));
    response
}

/// A page with the CSV in a field.
fn write_page(sink: &mut dyn Sink, write: impl FnOnce(&mut dyn Sink)) {
    const START: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>CSV debug</title></head>\
        <body><textarea style=\"width: 90%; height: 70vh\" aria-label=\"CSV\">\n";
    // Whoever left half way misses nothing of the rest.
    if sink.write(Bytes::from_static(START.as_bytes())).is_ok() {
        write(&mut Escaping(sink));
        let _ = sink.write(Bytes::from_static(b"</textarea></body></html>"));
    }
}

/// Text on its way into a page.
struct Escaping<'a>(&'a mut dyn Sink);

impl Sink for Escaping<'_> {
    fn write(&mut self, piece: Bytes) -> Result<(), Gone> {
        let mut escaped = Vec::with_capacity(piece.len() + piece.len() / 8);
        for byte in piece {
            match byte {
                b'&' => escaped.extend_from_slice(b"&amp;"),
                b'<' => escaped.extend_from_slice(b"&lt;"),
                b'>' => escaped.extend_from_slice(b"&gt;"),
                byte => escaped.push(byte),
            }
        }
        self.0.write(Bytes::from(escaped))
    }
}

/// A header value that names a download; characters that could end the name are left out.
pub(crate) fn attachment(file_name: &str) -> String {
    let safe: String = file_name.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').collect();
    format!("attachment; filename=\"{safe}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_quoted_where_they_must_be() {
        let mut sink = Vec::new();
        let mut csv = CsvWriter::new(&mut sink, 0);
        csv.text(true, "a,b");
        csv.text(false, "say \"hi\"");
        csv.value(false, ValueRef::Null);
        csv.value(false, ValueRef::Real(1.0));
        csv.end_record(false).unwrap();
        csv.value(true, ValueRef::Null);
        csv.end_record(true).unwrap();
        csv.flush().unwrap();
        assert_eq!(String::from_utf8(sink).unwrap(), "\"a,b\",\"say \"\"hi\"\"\",,1.0\r\n\"\"\r\n");
    }

    #[test]
    fn on_a_page_the_text_ends_nothing() {
        let mut sink = Vec::new();
        write_page(&mut sink, |sink| {
            let _ = sink.write(Bytes::from_static(b"a,</textarea>"));
        });
        let page = String::from_utf8(sink).unwrap();
        assert!(page.ends_with("\na,&lt;/textarea&gt;</textarea></body></html>"), "{page}");
    }

    #[test]
    fn a_body_stops_before_its_limit() {
        let mut sink = Vec::new();
        let mut csv = CsvWriter::new(&mut sink, 1);
        let long = "x".repeat(600_000);
        csv.text(true, &long);
        csv.end_record(true).unwrap();
        csv.text(true, &long);
        let Err(Stopped::TooLong(message)) = csv.end_record(true) else { panic!("the limit was not kept") };
        csv.fail(&message);
        assert!(sink.ends_with(b"x\r\nCSV contains more than 1048576 bytes"));
    }
}
