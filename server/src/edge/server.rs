//! The runtime, the accept loop, and the orderly end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::handover::ListeningSocket;

use super::address::{Listener, Socket};
use super::connection::{Conversation, Wire};
use super::queue::Queue;
use super::{BoundAddress, Listen, Shutdown, Site, StartError, Tls, filters, shutdown};

/// Threads beyond those that answer requests: they read files that are being sent.
const FILE_THREADS: usize = 8;

/// How long cancelled requests may take to notice.
const LAST_WORDS: Duration = Duration::from_secs(3);

pub(super) fn serve(
    site: Arc<dyn Site>,
    listen: &Listen,
    tls: Option<&Tls>,
    stop: &Shutdown,
    on_ready: impl FnOnce(&BoundAddress),
) -> Result<Option<ListeningSocket>, StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(site.options().threads.max(1) + FILE_THREADS)
        .thread_name("edge")
        .enable_all()
        .build()
        .map_err(|error| StartError::new(format!("Could not start the server's threads: {error}")))?;
    let result = runtime.block_on(run(site, listen, tls, stop, on_ready));
    // Requests that did not notice their cancellation do not hold up the end of the process.
    runtime.shutdown_timeout(LAST_WORDS);
    result
}

async fn run(
    site: Arc<dyn Site>,
    listen: &Listen,
    tls: Option<&Tls>,
    stop: &Shutdown,
    on_ready: impl FnOnce(&BoundAddress),
) -> Result<Option<ListeningSocket>, StartError> {
    // Certificates first: a server that can't be used should not take the port.
    let acceptor = tls.map(Tls::acceptor).transpose()?;
    let (listener, address) = Listener::bind(listen, acceptor.is_some()).await?;
    shutdown::heed_signals(stop)?;
    on_ready(&address);

    let limits = site.options().limits.clone();
    let queue = Arc::new(Queue::new(site.options()));
    let conversation =
        Conversation::new(filters::chain(site, Arc::clone(&queue)), acceptor, limits.clone(), stop.clone());
    let connections = Arc::new(Semaphore::new(limits.connections as usize));
    accept(&listener, &conversation, &connections, stop).await;
    // Clients that come now are refused, or wait in the backlog for the next server.
    let listener = stop.keeps_socket().then_some(listener);

    let all_closed = || connections.acquire_many(limits.connections);
    if timeout(limits.grace, all_closed()).await.is_err() {
        tracing::warn!("Cancelling {} requests that are still running", queue.running());
        queue.cancel_running();
        let _ = timeout(LAST_WORDS, all_closed()).await;
    }
    let kept = listener.filter(|_| stop.keeps_socket()).map(Listener::into_socket).transpose();
    kept.map_err(|error| StartError::new(format!("The socket could not be kept open: {error}")))
}

/// Takes connections until somebody asks to stop.
async fn accept(
    listener: &Listener,
    conversation: &Arc<Conversation>,
    connections: &Arc<Semaphore>,
    stop: &Shutdown,
) {
    loop {
        // The permit is taken first: beyond the limit, clients wait in the kernel's backlog.
        let next = async { (Arc::clone(connections).acquire_owned().await, listener.accept().await) };
        let (permit, socket) = tokio::select! {
            next = next => next,
            () = stop.requested() => return,
        };
        match socket {
            Ok(socket) => {
                let conversation = Arc::clone(conversation);
                tokio::spawn(async move {
                    match socket {
                        Socket::Tcp(stream, peer) => {
                            conversation
                                .over_tcp(stream, Wire { secure: false, peer: Some(peer.ip()) })
                                .await;
                        }
                        #[cfg(unix)]
                        Socket::Uds(stream) => {
                            conversation.hold(stream, Wire { secure: false, peer: None }).await;
                        }
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, usually: the listener stays readable, so pause instead of spinning.
                tracing::warn!("Could not accept a connection: {error}");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
