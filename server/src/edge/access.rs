//! The access log, and the end of requests nobody waits for any more.

use std::time::Instant;

use crate::request::Cancelled;

/// Follows a request until its answer begins. If it is dropped before, the client has gone away: the request is
/// cancelled, so that whatever works for it can stop.
#[derive(Debug)]
pub(super) struct Watch {
    method: String,
    path: String,
    started: Instant,
    cancelled: Cancelled,
    answered: bool,
}

impl Watch {
    pub(super) fn new(method: &str, path: &str, cancelled: Cancelled) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            started: Instant::now(),
            cancelled,
            answered: false,
        }
    }

    /// The answer's headers are on their way.
    pub(super) fn answered(mut self, status: u16) {
        self.answered = true;
        self.log(status);
    }

    // The query string stays out of the log: it may hold a token.
    fn log(&self, status: u16) {
        let ms = self.started.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(target: "access", "{} {} {status} {ms:.1}ms", self.method, self.path);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.answered {
            self.cancelled.set();
            self.log(499);
        }
    }
}

/// Cancels a request when the answer that is being sent is dropped.
#[derive(Debug)]
pub(super) struct CancelOnDrop(pub(super) Cancelled);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
