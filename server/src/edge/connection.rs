//! One connection: hyper's HTTP/1 and HTTP/2 over TCP, TLS or a Unix socket, with an eye on idle clients.

use std::future::pending;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use warp::filters::BoxedFilter;

use super::{Limits, Shutdown};

/// A request line with its headers. Longer ones are answered with 414 or 431.
const MAX_HEAD_BYTES: usize = 128 * 1024;

/// How long a client that has connected may take to ask, once the server has been asked to stop. Twice as long, if it
/// has begun to.
const FIRST_WORDS: Duration = Duration::from_millis(500);

/// What a socket knows about the requests that come through it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire {
    pub(super) secure: bool,
    /// The other end; `None` for a Unix socket.
    pub(super) peer: Option<IpAddr>,
}

/// What warp would not pass on: rides along as an extension of each request.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub(super) uri: warp::http::Uri,
    pub(super) wire: Wire,
    pub(super) activity: Activity,
}

/// How all connections of a server are served.
pub(super) struct Conversation {
    chain: BoxedFilter<(warp::reply::Response,)>,
    protocol: auto::Builder<TokioExecutor>,
    acceptor: Option<TlsAcceptor>,
    limits: Limits,
    stop: Shutdown,
}

impl Conversation {
    pub(super) fn new(
        chain: BoxedFilter<(warp::reply::Response,)>,
        acceptor: Option<TlsAcceptor>,
        limits: Limits,
        stop: Shutdown,
    ) -> Arc<Self> {
        let mut protocol = auto::Builder::new(TokioExecutor::new());
        protocol
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(MAX_HEAD_BYTES)
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(MAX_HEAD_BYTES as u32)
            .max_concurrent_streams(100);
        Arc::new(Self { chain, protocol, acceptor, limits, stop })
    }

    /// Serves a TCP connection, encrypted if there is a certificate.
    pub(super) async fn over_tcp(&self, stream: TcpStream, wire: Wire) {
        // Answers are written in one go; waiting to fill packets only delays the last one.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = &self.acceptor else { return self.hold(stream, wire).await };
        let handshake = timeout(self.limits.idle.min(Duration::from_secs(10)), acceptor.accept(stream));
        tokio::select! {
            biased;
            shaken = handshake => match shaken {
                Ok(Ok(stream)) => self.hold(stream, Wire { secure: true, ..wire }).await,
                Ok(Err(error)) => tracing::debug!("TLS handshake failed: {error}"),
                Err(_) => tracing::debug!("TLS handshake took too long"),
            },
            () = self.stop.requested_since(FIRST_WORDS) => {}
        }
    }

    /// Serves the requests of a connection until either side has enough.
    pub(super) async fn hold<I>(&self, io: I, wire: Wire)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Activity::new();
        let chain = TowerToHyperService::new(warp::service(self.chain.clone()));
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            let uri = request.uri().clone();
            activity.asked();
            request.extensions_mut().insert(Arrived { uri, wire, activity: activity.clone() });
            chain.call(request)
        });
        let io = Watched { io: TokioIo::new(io), activity: activity.clone() };
        let mut connection = pin!(self.protocol.serve_connection(io, service));
        let mut idle = pin!(activity.idle(self.limits.idle));
        // Its request may be on the way already: whoever got a connection gets an answer as well.
        let stop = async {
            self.stop.requested().await;
            tokio::select! {
                () = activity.first_request() => {}
                () = self.stop.requested_since(FIRST_WORDS) => {}
            }
        };
        // The connection first, always: what has arrived is read before it is closed.
        tokio::select! {
            biased;
            end = connection.as_mut() => return ended(end),
            () = idle.as_mut() => return,
            () = stop => {}
        }
        connection.as_mut().graceful_shutdown();
        let silent = async {
            self.stop.requested_since(2 * FIRST_WORDS).await;
            if activity.has_asked() {
                pending().await
            }
        };
        tokio::select! {
            biased;
            end = connection.as_mut() => ended(end),
            () = idle.as_mut() => {}
            () = silent => {}
        }
    }
}

fn ended<E: std::fmt::Display>(end: Result<(), E>) {
    if let Err(error) = end {
        tracing::debug!("Connection ended: {error}");
    }
}

/// Tells whether anything happens on a connection: somebody works for it, or bytes leave.
///
/// Bytes that arrive don't count: a client that sends one from time to time would never be idle.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<ActivityState>);

#[derive(Debug)]
struct ActivityState {
    opened: Instant,
    /// Milliseconds since `opened`.
    last: AtomicU64,
    workers: AtomicUsize,
    has_asked: AtomicBool,
    first_request: Notify,
}

impl Activity {
    fn new() -> Self {
        Self(Arc::new(ActivityState {
            opened: Instant::now(),
            last: AtomicU64::new(0),
            workers: AtomicUsize::new(0),
            has_asked: AtomicBool::new(false),
            first_request: Notify::new(),
        }))
    }

    /// A request has arrived.
    fn asked(&self) {
        if !self.0.has_asked.swap(true, Ordering::SeqCst) {
            // Kept for somebody who waits later.
            self.0.first_request.notify_one();
        }
    }

    fn has_asked(&self) -> bool {
        self.0.has_asked.load(Ordering::SeqCst)
    }

    /// Ends when there has been a request. For one that waits, once.
    async fn first_request(&self) {
        self.0.first_request.notified().await;
    }

    /// The connection is not idle while the guard lives.
    pub(super) fn work(&self) -> Working {
        self.0.workers.fetch_add(1, Ordering::SeqCst);
        Working(self.clone())
    }

    fn touch(&self) {
        self.0.last.store(self.now(), Ordering::SeqCst);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends when nothing happened for that long.
    async fn idle(&self, limit: Duration) {
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        loop {
            let quiet = if self.0.workers.load(Ordering::SeqCst) > 0 {
                0
            } else {
                self.now().saturating_sub(self.0.last.load(Ordering::SeqCst))
            };
            if quiet >= limit {
                return;
            }
            sleep(Duration::from_millis(limit - quiet)).await;
        }
    }
}

#[derive(Debug)]
pub(super) struct Working(Activity);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.touch();
        self.0.0.workers.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A socket that notes when bytes leave.
struct Watched<I> {
    io: TokioIo<I>,
    activity: Activity,
}

impl<I> Watched<I> {
    fn wrote(&self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = outcome {
            self.activity.touch();
        }
        outcome
    }
}

impl<I: AsyncRead + Unpin> Read for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<I: AsyncWrite + Unpin> Write for Watched<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write(context, bytes);
        self.wrote(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write_vectored(context, bytes);
        self.wrote(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
