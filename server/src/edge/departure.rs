//! Our plain response becomes HTTP: headers, length, and bodies that are written while they are sent.

use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use warp::Reply;
use warp::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, SERVER};
use warp::http::{HeaderMap, StatusCode};

use super::access::CancelOnDrop;
use super::cors;
use crate::response::{Body, Response};

/// How much of a file is read at once.
const FILE_CHUNK_BYTES: u64 = 128 * 1024;

/// An answer whose headers are known.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) payload: Payload,
    /// The body's length is told, the body isn't sent.
    pub(super) head_only: bool,
}

#[derive(Debug)]
pub(super) enum Payload {
    Bytes(Bytes),
    File(OpenFile),
    Pieces(Pieces),
}

impl Departure {
    /// The edge's own answer for `path`: JSON where a program asked, else a line of text.
    pub(super) fn refusal(status: u16, message: &str, method: &str, path: &str, with_cors: bool) -> Self {
        let mut response = if path.ends_with(".json") || method != "GET" {
            let body =
                serde_json::json!({"ok": false, "error": message, "errors": [message], "status": status});
            Response::json(body.to_string())
        } else {
            Response::text(message.to_owned())
        }
        .with_status(status);
        if with_cors {
            cors::allow(&mut response);
        }
        let payload = Payload::Bytes(match response.body {
            Body::Bytes(bytes) => bytes,
            Body::Stream(_) | Body::File { .. } => Bytes::new(),
        });
        Self { status, headers: response.headers, payload, head_only: method == "HEAD" }
    }

    pub(super) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Something is wrong with us; the log has the reason.
    pub(super) fn broken() -> Self {
        Self::refusal(500, "Something went wrong on the server; its log says what", "GET", "", false)
    }

    pub(super) fn into_reply(self) -> warp::reply::Response {
        let status = StatusCode::from_u16(self.status).ok().filter(|status| !status.is_informational());
        let Some(status) = status else {
            tracing::error!("{} is not a status of an answer", self.status);
            return Self::broken().into_reply();
        };
        let has_body = status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED;
        let length = match &self.payload {
            Payload::Bytes(bytes) => Some(bytes.len() as u64),
            Payload::File(file) => Some(file.left),
            Payload::Pieces(_) => None,
        };
        let mut reply = match self.payload {
            _ if self.head_only || !has_body => warp::reply::Response::new(Bytes::new().into()),
            Payload::Bytes(bytes) => warp::reply::Response::new(bytes.into()),
            Payload::File(file) => warp::reply::stream(file).into_response(),
            Payload::Pieces(pieces) => warp::reply::stream(pieces).into_response(),
        };
        *reply.status_mut() = status;
        *reply.headers_mut() = header_map(&self.headers);
        if let Some(length) = length.filter(|_| has_body) {
            reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        reply
    }
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(headers.len() + 3);
    for (name, value) in headers {
        // How the message is framed is hyper's business, and the length is counted here.
        if matches!(
            name.as_str(),
            "content-length" | "transfer-encoding" | "connection" | "keep-alive" | "upgrade"
        ) {
            continue;
        }
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
            (Ok(name), Ok(value)) => {
                map.append(name, value);
            }
            // A line break, usually, that came from data: sending it would let the data write headers.
            _ => tracing::warn!("Left out the header {name:?}: its name or value can't be sent"),
        }
    }
    if !map.contains_key(SERVER) {
        map.insert(SERVER, HeaderValue::from_static("datasette"));
    }
    map
}

/// A part of a streamed body, or its regular end.
#[derive(Debug)]
pub(super) enum Piece {
    Data(Bytes),
    End,
}

/// The receiving end of a streamed body.
#[derive(Debug)]
pub(super) struct Pieces {
    receiver: mpsc::Receiver<Piece>,
    _cancel: CancelOnDrop,
}

impl Pieces {
    pub(super) fn new(receiver: mpsc::Receiver<Piece>, cancel: CancelOnDrop) -> Self {
        Self { receiver, _cancel: cancel }
    }
}

impl warp::Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_recv(context).map(|piece| match piece {
            Some(Piece::Data(bytes)) => Some(Ok(bytes)),
            Some(Piece::End) => None,
            // The writer stopped half way. The client has to see that, so the connection breaks off.
            None => Some(Err(io::Error::other("the answer could not be completed"))),
        })
    }
}

/// A file that is being sent. Reading happens on blocking threads, one chunk at a time, so that a slow client
/// occupies none of them.
#[derive(Debug)]
pub(super) struct OpenFile {
    file: Option<File>,
    left: u64,
    reading: Option<JoinHandle<io::Result<(File, Bytes)>>>,
}

impl OpenFile {
    pub(super) fn new(file: File, length: u64) -> Self {
        Self { file: Some(file), left: length, reading: None }
    }
}

impl warp::Stream for OpenFile {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(file) = self.file.take() {
            if self.left == 0 {
                return Poll::Ready(None);
            }
            let wanted = self.left.min(FILE_CHUNK_BYTES);
            self.reading = Some(tokio::task::spawn_blocking(move || read_chunk(file, wanted)));
        }
        let Some(reading) = self.reading.as_mut() else { return Poll::Ready(None) };
        let outcome = match Pin::new(reading).poll(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(outcome) => outcome.unwrap_or_else(|error| Err(io::Error::other(error))),
        };
        self.reading = None;
        Poll::Ready(Some(outcome.map(|(file, chunk)| {
            self.left = self.left.saturating_sub(chunk.len() as u64);
            self.file = Some(file);
            chunk
        })))
    }
}

fn read_chunk(mut file: File, wanted: u64) -> io::Result<(File, Bytes)> {
    let mut chunk = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
    (&mut file).take(wanted).read_to_end(&mut chunk)?;
    if (chunk.len() as u64) < wanted {
        // Its length went out with the headers and can't be taken back.
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the file became shorter while it was sent",
        ));
    }
    Ok((file, chunk.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(response: Response, head_only: bool) -> warp::reply::Response {
        let Body::Bytes(bytes) = response.body else { panic!("not bytes") };
        let payload = Payload::Bytes(bytes);
        Departure { status: response.status, headers: response.headers, payload, head_only }.into_reply()
    }

    #[test]
    fn a_line_break_in_a_value_can_not_add_a_header() {
        let reply = reply(Response::redirect("/a\r\nset-cookie: x=1"), false);
        assert_eq!(reply.status(), 302);
        assert!(!reply.headers().contains_key("location"));
        assert!(!reply.headers().contains_key("set-cookie"));
    }

    #[test]
    fn repeated_headers_are_all_sent() {
        let response = Response::text("x").with_header("set-cookie", "a=1").with_header("set-cookie", "b=2");
        let reply = reply(response, false);
        assert_eq!(reply.headers().get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn lengths_are_counted_not_believed() {
        let reply = reply(Response::text("four").with_header("content-length", "99"), true);
        assert_eq!(reply.headers()["content-length"], "4");
    }

    #[test]
    fn not_modified_has_no_length() {
        let reply = reply(Response::text("").with_status(304), false);
        assert!(!reply.headers().contains_key("content-length"));
    }

    #[test]
    fn impossible_statuses_are_our_fault() {
        for status in [0, 99, 101, 1000] {
            assert_eq!(reply(Response::text("x").with_status(status), false).status(), 500);
        }
    }
}
