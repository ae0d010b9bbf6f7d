//! A bounded number of requests is answered at a time, a bounded number waits, the rest is sent away.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::EdgeOptions;
use super::Site;
use super::access::CancelOnDrop;
use super::connection::Working;
use super::departure::{Departure, OpenFile, Payload, Piece, Pieces};
use super::encoding::{Asked, Coding, Encoder};
use crate::request::{Cancelled, Request};
use crate::response::{Body, Gone, Response, Sink};

/// Pieces of a streamed answer that may wait for the client.
const PIECES_AHEAD: usize = 4;

/// Small pieces (a CSV row, say) are sent together up to this size.
const PIECE_BYTES: usize = 32 * 1024;

pub(super) struct Queue {
    /// Requests that are answered or wait for it.
    places: Arc<Semaphore>,
    /// Requests that are answered.
    threads: Arc<Semaphore>,
    running: Arc<Running>,
    stalled: std::time::Duration,
}

/// Leave to be answered.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Queue {
    pub(super) fn new(options: &EdgeOptions) -> Self {
        let threads = options.threads.max(1);
        Self {
            places: Arc::new(Semaphore::new(threads + options.queue)),
            threads: Arc::new(Semaphore::new(threads)),
            running: Arc::default(),
            stalled: options.limits.stalled,
        }
    }

    /// A place in the queue, if it isn't full.
    pub(super) fn admit(&self) -> Option<Place> {
        Arc::clone(&self.places).try_acquire_owned().ok().map(|permit| Place { _permit: permit })
    }

    pub(super) fn running(&self) -> usize {
        self.running.requests.lock().len()
    }

    pub(super) fn cancel_running(&self) {
        for cancelled in self.running.requests.lock().values() {
            cancelled.set();
        }
    }

    /// Has the site answer the request on a blocking thread. `None` if it panicked.
    ///
    /// A streamed body is written by the same thread, while this answer is already being sent.
    pub(super) async fn answer(
        &self,
        site: Arc<dyn Site>,
        mut request: Request,
        place: Place,
        working: Working,
    ) -> Option<Departure> {
        // Whoever gives up here leaves the queue without having cost a thread.
        let thread = Arc::clone(&self.threads).acquire_owned().await.ok()?;
        let (headers_ready, answer) = oneshot::channel();
        let handle = Handle::current();
        let stalled = self.stalled;
        let running = self.running.enter(&request.cancelled);
        tokio::task::spawn_blocking(move || {
            let _held = (place, thread, working, running);
            let cancelled = request.cancelled.clone();
            let head_only = request.method == "HEAD";
            let asked = Asked::of(&mut request);
            let mut response = site.answer(request);
            let coding = asked.announce(&mut response);
            let Response { status, headers, body, .. } = response;
            let send = |payload| Departure { status, headers, payload, head_only };
            let write = match body {
                Body::Bytes(bytes) => {
                    let _ = headers_ready.send(match encoded(coding, bytes) {
                        Ok(bytes) => send(Payload::Bytes(bytes)),
                        Err(error) => failed(&error, head_only),
                    });
                    return;
                }
                Body::File { path, length } => {
                    let payload = std::fs::File::open(&path).and_then(|file| match coding {
                        None => Ok(Payload::File(OpenFile::new(file, length))),
                        Some(coding) => {
                            let mut plain = Vec::new();
                            file.take(length).read_to_end(&mut plain)?;
                            Ok(Payload::Bytes(coding.encode(&plain)?))
                        }
                    });
                    let _ = headers_ready.send(match payload {
                        Ok(payload) => send(payload),
                        Err(error) => missing_file(&path, &error, head_only),
                    });
                    return;
                }
                Body::Stream(write) => write,
            };
            let encoder = match coding.map(Encoder::new).transpose() {
                Ok(encoder) => encoder,
                Err(error) => {
                    let _ = headers_ready.send(failed(&error, head_only));
                    return;
                }
            };
            let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
            let pieces = Pieces::new(receiver, CancelOnDrop(cancelled.clone()));
            let sent = headers_ready.send(send(Payload::Pieces(pieces)));
            if sent.is_err() || head_only {
                return;
            }
            let gathered = BytesMut::new();
            let mut sink =
                ChannelSink { sender, handle, cancelled, stalled, gathered, encoder, is_broken: false };
            write(&mut sink);
            // Whoever left needs no end.
            let _ = sink.finish();
        });
        answer.await.ok()
    }
}

fn encoded(coding: Option<Coding>, bytes: Bytes) -> io::Result<Bytes> {
    match coding {
        Some(coding) => coding.encode(&bytes),
        None => Ok(bytes),
    }
}

fn failed(error: &io::Error, head_only: bool) -> Departure {
    tracing::error!("Could not compress an answer: {error}");
    Departure { head_only, ..Departure::broken() }
}

fn missing_file(path: &std::path::Path, error: &io::Error, head_only: bool) -> Departure {
    tracing::error!("Could not open {} to send it: {error}", path.display());
    Departure { head_only, ..Departure::broken() }
}

/// Requests that are being answered, so that they can be cancelled.
#[derive(Debug, Default)]
struct Running {
    requests: Mutex<HashMap<u64, Cancelled>>,
    next: AtomicU64,
}

struct Entered {
    running: Arc<Running>,
    number: u64,
}

impl Running {
    fn enter(self: &Arc<Self>, cancelled: &Cancelled) -> Entered {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.requests.lock().insert(number, cancelled.clone());
        Entered { running: Arc::clone(self), number }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.running.requests.lock().remove(&self.number);
    }
}

/// Carries a streamed body from its blocking thread to the connection, no faster than the client reads.
struct ChannelSink {
    sender: mpsc::Sender<Piece>,
    handle: Handle,
    cancelled: Cancelled,
    stalled: std::time::Duration,
    gathered: BytesMut,
    encoder: Option<Encoder>,
    is_broken: bool,
}

impl ChannelSink {
    fn send(&self, piece: Piece) -> Result<(), Gone> {
        let piece = match self.sender.try_send(piece) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Gone),
            Err(mpsc::error::TrySendError::Full(piece)) => piece,
        };
        // A client that stopped reading must not keep the thread.
        let sent = self.handle.block_on(self.sender.send_timeout(piece, self.stalled));
        sent.map_err(|_| Gone)
    }

    /// Sends a piece, compressed so that the client can read all of it.
    fn send_data(&mut self, piece: Bytes) -> Result<(), Gone> {
        let piece = match &mut self.encoder {
            Some(encoder) => encoder.piece(&piece).map_err(|error| broken_off(&error))?,
            None => piece,
        };
        self.send(Piece::Data(piece))
    }

    fn flush(&mut self) -> Result<(), Gone> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let piece = self.gathered.split().freeze();
        self.send_data(piece)
    }

    /// Without this end, the connection tells the client that the answer is incomplete.
    fn finish(mut self) -> Result<(), Gone> {
        self.flush()?;
        if self.is_broken {
            return Err(Gone);
        }
        if let Some(encoder) = self.encoder.take() {
            let rest = encoder.finish().map_err(|error| broken_off(&error))?;
            self.send(Piece::Data(rest))?;
        }
        self.send(Piece::End)
    }
}

fn broken_off(error: &io::Error) -> Gone {
    tracing::error!("Could not compress an answer: {error}");
    Gone
}

impl Sink for ChannelSink {
    fn write(&mut self, piece: Bytes) -> Result<(), Gone> {
        if self.cancelled.is_set() {
            return Err(Gone);
        }
        if piece.len() >= PIECE_BYTES {
            self.flush()?;
            return self.send_data(piece);
        }
        self.gathered.extend_from_slice(&piece);
        if self.gathered.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        Self::flush(self)
    }

    fn break_off(&mut self) {
        self.is_broken = true;
    }
}
