//! Asking a running server to stop.

use std::sync::Arc;

use tokio::sync::watch;

use super::StartError;

/// Asks a running server to stop. Clones ask the same server.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown(Arc<watch::Sender<bool>>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Shutdown {
    pub(crate) fn request(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn requested(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(|requested| *requested).await;
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
