//! Streamed bodies on their way between the server and plugins.
//!
//! The server writes its bodies (it pushes), plugins are asked for theirs (they are pulled). A plugin's is written
//! by asking it piece by piece. One of the server's that passes through a plugin is only announced to it, and goes
//! on untouched if the plugin leaves it alone; a plugin that asks for its pieces gets them from a thread that
//! writes it.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use datasette_plugin_api::{self as api, BodyStream};
use parking_lot::Mutex;

use crate::response::{Body, Gone, Response, Sink};

/// Pieces that may wait for a plugin.
const PIECES_AHEAD: usize = 4;

/// Pieces within that time are sent together.
const TOGETHER: Duration = Duration::from_millis(10);

/// Bodies of the server's own that plugins were told of.
static PARKED: LazyLock<Mutex<HashMap<u64, Body>>> = LazyLock::new(Mutex::default);

/// A place among them. What nobody took ends with it.
struct Parked(u64);

impl Parked {
    fn new(body: Body) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let token = NEXT.fetch_add(1, Ordering::Relaxed);
        PARKED.lock().insert(token, body);
        Self(token)
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        take(self.0);
    }
}

fn take(token: u64) -> Option<Body> {
    PARKED.lock().remove(&token)
}

/// The server's response, for a plugin to look at.
pub(super) fn lent(from: Response) -> api::Response {
    let mut response = api::Response::new("", Vec::new()).with_status(from.status);
    response.headers = from.headers;
    match from.body {
        Body::Bytes(bytes) => {
            response.body = bytes.into();
            response
        }
        body => response.with_stream(announced(body)),
    }
}

fn announced(body: Body) -> BodyStream {
    let parked = Parked::new(body);
    let token = parked.0;
    let mut pieces: Option<Pieces> = None;
    let next = move || {
        // Moved in as a whole: the body waits for as long as this does.
        let parked = &parked;
        pieces.get_or_insert_with(|| Pieces::of(take(parked.0))).next()
    };
    BodyStream::new(std::iter::from_fn(next)).with_token(token)
}

/// A body as it is written by a thread of its own.
enum Pieces {
    All(Option<Bytes>),
    Broken,
    Written(Receiver<Written>),
}

enum Written {
    Piece(Bytes),
    End,
}

impl Pieces {
    fn of(body: Option<Body>) -> Self {
        match body {
            None => Self::All(None),
            Some(Body::Stream(write)) => {
                let (sender, receiver) = sync_channel(PIECES_AHEAD);
                let thread = std::thread::Builder::new().name("streamed body".to_owned());
                let started = thread.spawn(move || {
                    let mut sink = Channel { sender, is_broken: false };
                    write(&mut sink);
                    if !sink.is_broken {
                        // Whoever left needs no end.
                        let _ = sink.sender.send(Written::End);
                    }
                });
                if started.is_ok() { Self::Written(receiver) } else { Self::Broken }
            }
            Some(body) => body.collect().map_or(Self::Broken, |bytes| Self::All(Some(bytes))),
        }
    }

    fn next(&mut self) -> Option<api::Result<Vec<u8>>> {
        let broken = || Some(Err(api::Error::new("the answer could not be completed")));
        match self {
            Self::All(bytes) => bytes.take().map(|bytes| Ok(bytes.into())),
            Self::Broken => broken(),
            Self::Written(receiver) => match receiver.recv() {
                Ok(Written::Piece(bytes)) => Some(Ok(bytes.into())),
                Ok(Written::End) => None,
                Err(_) => broken(),
            },
        }
    }
}

struct Channel {
    sender: SyncSender<Written>,
    is_broken: bool,
}

impl Sink for Channel {
    fn write(&mut self, piece: Bytes) -> Result<(), Gone> {
        self.sender.send(Written::Piece(piece)).map_err(|_| Gone)
    }

    fn break_off(&mut self) {
        self.is_broken = true;
    }
}

/// A plugin's response, to be sent.
pub(super) fn returned(plugin: &str, mut from: api::Response) -> Response {
    let body = match from.take_stream() {
        None => Body::Bytes(from.body.into()),
        Some(stream) => match stream.token().and_then(take) {
            Some(own) => own,
            None => pulled(plugin.to_owned(), stream),
        },
    };
    Response { status: from.status, headers: from.headers, body, is_static: false }
}

/// Asks the plugin for one piece after the other. Those that come one upon the other are sent together, one that
/// was long in coming is sent at once, and so is everything before an empty piece.
fn pulled(plugin: String, stream: BodyStream) -> Body {
    Body::Stream(Box::new(move |sink| {
        let mut sent = Instant::now();
        for piece in stream {
            match piece {
                Ok(piece) => {
                    let is_due = piece.is_empty() || sent.elapsed() >= TOGETHER;
                    let written = sink.write(piece.into());
                    if written.and_then(|()| if is_due { sink.flush() } else { Ok(()) }).is_err() {
                        return;
                    }
                    if is_due {
                        sent = Instant::now();
                    }
                }
                Err(error) => {
                    tracing::error!(plugin, "a streamed body broke off: {}", error.message);
                    sink.break_off();
                    return;
                }
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streamed() -> Response {
        let stream = Body::Stream(Box::new(|sink| {
            let _ = sink.write(Bytes::from_static(b"a")).and_then(|()| sink.write(Bytes::from_static(b"b")));
        }));
        Response { body: stream, ..Response::text("") }
    }

    #[test]
    fn a_body_that_a_plugin_leaves_alone_is_not_touched() {
        let response = lent(streamed());
        let token = response.clone().take_stream().and_then(|stream| stream.token()).unwrap();
        assert!(PARKED.lock().contains_key(&token));
        let back = returned("p", response);
        assert!(matches!(back.body, Body::Stream(_)) && !PARKED.lock().contains_key(&token));
        assert_eq!(back.body.collect().unwrap(), "ab");
    }

    #[test]
    fn a_plugin_may_read_and_change_a_streamed_body() {
        let whole = lent(streamed()).collected().unwrap();
        assert_eq!(whole.body, b"ab");
        let mut response = lent(streamed());
        let pieces = response.take_stream().unwrap();
        let louder = pieces.map(|piece| piece.map(|piece| piece.to_ascii_uppercase()));
        let back = returned("p", response.with_stream(BodyStream::new(louder)));
        assert_eq!(back.body.collect().unwrap(), "AB");
    }

    #[test]
    fn a_body_that_a_plugin_throws_away_is_gone() {
        let response = lent(streamed());
        let token = response.clone().take_stream().and_then(|stream| stream.token()).unwrap();
        drop(response);
        assert!(!PARKED.lock().contains_key(&token));
    }

    #[test]
    fn an_answer_that_breaks_off_is_no_whole_answer() {
        let pieces = vec![Ok(b"a".to_vec()), Err(api::Error::new("no disk"))];
        let back = returned("p", api::Response::stream("text/plain", pieces));
        assert!(back.body.collect().is_err());
    }
}
