//! Sockets in, sockets out: the only module that knows warp, hyper, tokio and TLS.
//!
//! Everything behind it is synchronous. A connection is served by hyper ([`connection`]); each of its requests
//! passes a short chain of warp filters ([`filters`]): it becomes a plain [`Request`] ([`arrival`]), takes a
//! place in a bounded queue and is answered by the [`Site`] on a blocking thread ([`queue`]), and the plain
//! [`Response`] becomes HTTP again ([`departure`]). Limits that protect the process live here; what a page may
//! show to whom does not.
//!
//! `cors`, `csrf` and `caching` are plain functions which the site calls at its steps of a request's life.

use std::sync::Arc;
use std::time::Duration;

use crate::handover::ListeningSocket;
use crate::proxies::TrustedProxies;
use crate::request::Request;
use crate::response::Response;

pub(crate) use address::{BoundAddress, Listen, StartError};
pub(crate) use shutdown::Shutdown;
pub(crate) use tls::Tls;

mod server;
mod address;
mod tls;
mod shutdown;
mod connection;
mod filters;
mod access;
mod arrival;
mod uploading;
mod queue;
mod departure;
mod encoding;
pub(crate) mod csrf;
pub(crate) mod cors;
pub(crate) mod caching;
#[cfg(test)]
mod tests;

/// What answers requests. Called on blocking threads, by many at once.
pub(crate) trait Site: Send + Sync + 'static {
    /// Answers one request. It may block; it should look at `request.cancelled` while it does.
    fn answer(&self, request: Request) -> Response;

    fn options(&self) -> &EdgeOptions;

    /// How many bytes the body may have, if it may be larger than usual and is to be kept in a file; 0 is no limit.
    /// Asked for every request, so it only looks at the request itself.
    fn upload_limit(&self, _: &Request) -> Option<u64> {
        None
    }

    /// Asked before such a body is read; what is refused gets its answer here. It may block.
    fn admit_upload(&self, _: Request) -> Result<(), Response> {
        Ok(())
    }
}

/// How the edge treats requests before the site sees them.
#[derive(Debug, Clone)]
pub(crate) struct EdgeOptions {
    /// Prefix of every URL, with a slash at both ends; `/` for none.
    pub(crate) base_url: String,
    /// Every request counts as `https`, whatever it came through.
    pub(crate) force_https_urls: bool,
    /// Largest request body; 0 for no limit.
    pub(crate) max_post_body_bytes: u64,
    /// Largest body that is kept in a file; 0 for no limit.
    pub(crate) max_upload_bytes: u64,
    /// The edge's own errors carry CORS headers, as the site's do.
    pub(crate) cors: bool,
    /// Whose `x-forwarded-proto` is believed.
    pub(crate) trusted_proxies: TrustedProxies,
    /// Requests answered at the same time, each on a thread of its own.
    pub(crate) threads: usize,
    /// Requests that wait for one of these threads; more are refused with 503.
    pub(crate) queue: usize,
    pub(crate) limits: Limits,
}

/// Limits nobody should have to change; tests do.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// A connection on which nothing moves and nobody works is closed; request headers have to be complete in it.
    pub(crate) idle: Duration,
    /// Longest pause while a request body is sent, and while a client leaves a streamed answer unread.
    pub(crate) stalled: Duration,
    /// After a request to stop: how long running requests may go on before they are cancelled.
    pub(crate) grace: Duration,
    /// Open connections; further clients wait in the kernel's backlog.
    pub(crate) connections: u32,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self {
            base_url: "/".to_owned(),
            force_https_urls: false,
            max_post_body_bytes: 2 * 1024 * 1024,
            max_upload_bytes: 1000 * 1024 * 1024,
            cors: false,
            trusted_proxies: TrustedProxies::default(),
            threads: 32,
            queue: 1024,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30),
            stalled: Duration::from_secs(30),
            grace: Duration::from_secs(10),
            connections: 4096,
        }
    }
}

/// Serves the site until somebody asks to stop: `shutdown`, SIGINT or SIGTERM. `on_ready` hears the address
/// once clients can connect.
///
/// Returns when running requests are finished or cancelled; with the socket, if `shutdown` asked to hand it over. A
/// second signal ends the process at once.
pub(crate) fn serve(
    site: Arc<dyn Site>,
    listen: &Listen,
    tls: Option<&Tls>,
    shutdown: &Shutdown,
    on_ready: impl FnOnce(&BoundAddress),
) -> Result<Option<ListeningSocket>, StartError> {
    server::serve(site, listen, tls, shutdown, on_ready)
}
