//! Asking a running server to stop, or to leave its socket to another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::StartError;

/// Asks a running server to stop. Clones ask the same server.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown {
    requested: Arc<watch::Sender<bool>>,
    keeps_socket: Arc<AtomicBool>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { requested: Arc::new(watch::Sender::new(false)), keeps_socket: Arc::default() }
    }
}

impl Shutdown {
    pub(crate) fn request(&self) {
        self.keeps_socket.store(false, Ordering::SeqCst);
        self.requested.send_replace(true);
    }

    /// As `request`, but the socket stays open for the server that comes next.
    pub(crate) fn hand_over(&self) {
        self.keeps_socket.store(true, Ordering::SeqCst);
        self.requested.send_replace(true);
    }

    /// Whether the socket is to stay open. That may change until the end: a signal asks to stop for good.
    pub(super) fn keeps_socket(&self) -> bool {
        self.keeps_socket.load(Ordering::SeqCst)
    }

    pub(super) async fn requested(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.requested.subscribe().wait_for(|requested| *requested).await;
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
