//! Asking a running server to stop, or to leave its socket to another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::StartError;

/// Asks a running server to stop. Clones ask the same server.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown {
    /// When.
    requested: Arc<watch::Sender<Option<Instant>>>,
    keeps_socket: Arc<AtomicBool>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { requested: Arc::new(watch::Sender::new(None)), keeps_socket: Arc::default() }
    }
}

impl Shutdown {
    pub(crate) fn request(&self) {
        self.keeps_socket.store(false, Ordering::SeqCst);
        self.ask();
    }

    /// As `request`, but the socket stays open for the server that comes next.
    pub(crate) fn hand_over(&self) {
        self.keeps_socket.store(true, Ordering::SeqCst);
        self.ask();
    }

    fn ask(&self) {
        self.requested.send_modify(|at| {
            at.get_or_insert_with(Instant::now);
        });
    }

    /// Whether the socket is to stay open. That may change until the end: a signal asks to stop for good.
    pub(super) fn keeps_socket(&self) -> bool {
        self.keeps_socket.load(Ordering::SeqCst)
    }

    pub(super) async fn requested(&self) {
        self.requested_since(Duration::ZERO).await;
    }

    /// Ends when somebody has asked, that long ago.
    pub(super) async fn requested_since(&self, long: Duration) {
        // The sender lives in `self`, so waiting can't fail.
        let at = self.requested.subscribe().wait_for(Option::is_some).await.ok().and_then(|at| *at);
        if let Some(at) = at
            && !long.is_zero()
        {
            sleep_until(at + long).await;
        }
    }
}

/// The first SIGINT or SIGTERM asks the server to stop, the second ends the process.
#[cfg(unix)]
pub(super) fn heed_signals(shutdown: &Shutdown) -> Result<(), StartError> {
    use tokio::signal::unix::{SignalKind, signal};

    let failed = |error| StartError::new(format!("Could not listen for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        let mut asked = false;
        loop {
            let signal = tokio::select! {
                _ = interrupt.recv() => SignalKind::interrupt(),
                _ = terminate.recv() => SignalKind::terminate(),
            };
            if asked {
                std::process::exit(128 + signal.as_raw_value());
            }
            asked = true;
            tracing::info!("Stopping; running requests may finish. Ask again to stop at once");
            shutdown.request();
        }
    });
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn heed_signals(shutdown: &Shutdown) -> Result<(), StartError> {
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            shutdown.request();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    Ok(())
}
