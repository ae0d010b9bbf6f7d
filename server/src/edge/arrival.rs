//! An HTTP request becomes our plain [`Request`]: no bytes are refused that HTTP allows, none is decoded.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use tokio::time::timeout;
use warp::http::{HeaderMap, Method};

use super::access::Watch;
use super::connection::{Arrived, Wire, Working};
use super::departure::Departure;
use super::uploading::{self, Kept};
use super::{EdgeOptions, Limits, Site};
use crate::request::{Args, Cancelled, Request};

/// A client may send this much more than the limit and still hear that it was too much: many write their whole
/// request before they read.
const DISCARDED_BYTES: u64 = 64 * 1024 * 1024;

/// Slower uploads are given up; a pause is allowed before the speed is measured.
const MIN_BYTES_PER_SECOND: u64 = 1024;

/// A request on its way through the edge.
pub(super) struct Visit {
    pub(super) request: Request,
    pub(super) watch: Watch,
    pub(super) working: Working,
}

/// A request with the answer it gets.
pub(super) struct Leaving {
    pub(super) departure: Departure,
    pub(super) watch: Watch,
}

/// Reads the request; what can't become one gets its answer here.
pub(super) async fn arrive<S, B>(
    site: &Arc<dyn Site>,
    method: Method,
    arrived: Arrived,
    headers: HeaderMap,
    body: S,
) -> Result<Visit, Box<Leaving>>
where
    S: warp::Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let options = site.options();
    let working = arrived.activity.work();
    let mut request = plain(options, &method, &arrived, &headers);
    let watch = Watch::new(&request.method, &request.full_path, request.cancelled.clone());
    let mut limit = options.max_post_body_bytes;
    let read = match method {
        // What such a body would mean is not defined, and nobody asks for it.
        Method::GET | Method::HEAD | Method::OPTIONS => Ok(Bytes::new()),
        Method::CONNECT => Err(BodyError::Connect),
        _ => match site.upload_limit(&request) {
            Some(larger) => {
                limit = larger;
                if let Some(refused) = uploading::refused(site, &request).await {
                    return Err(Box::new(Leaving { departure: refused, watch }));
                }
                let kept = uploading::keep(body, Length::of(&request, limit), &options.limits).await;
                kept.map(|(bytes, upload)| {
                    request.upload = upload;
                    bytes
                })
            }
            None => read(body, &request, limit, &options.limits).await,
        },
    };
    match read {
        Ok(body) => {
            request.body = body;
            Ok(Visit { request, watch, working })
        }
        Err(error) => {
            let (status, message) = error.tell(limit);
            let departure =
                Departure::refusal(status, &message, &request.method, &request.full_path, options.cors);
            Err(Box::new(Leaving { departure, watch }))
        }
    }
}

fn plain(options: &EdgeOptions, method: &Method, arrived: &Arrived, headers: &HeaderMap) -> Request {
    // `OPTIONS *` has no path that begins with a slash.
    let path = arrived.uri.path();
    let full_path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let query_string = arrived.uri.query().unwrap_or_default().to_owned();
    let headers = header_list(headers, arrived.uri.authority().map(|authority| authority.as_str()));
    let find = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let host = find("host").filter(|host| !host.is_empty()).unwrap_or("localhost").to_owned();
    let scheme = scheme(options, arrived.wire, all(&headers, "x-forwarded-proto").as_deref());
    let client =
        options.trusted_proxies.client(arrived.wire.peer, all(&headers, "x-forwarded-for").as_deref());
    Request {
        method: method.as_str().to_owned(),
        path: without_base(&options.base_url, &full_path),
        full_path,
        args: Args::parse(&query_string),
        query_string,
        headers,
        body: Bytes::new(),
        upload: None,
        scheme,
        host,
        client: client.map(|address| address.to_string()),
        actor: None,
        url_vars: Vec::new(),
        skip_permission_checks: false,
        cancelled: Cancelled::default(),
        permission_memo: Default::default(),
        messages: Default::default(),
    }
}

/// What every line of that name says, in one: a proxy may add a line of its own after those that were sent to it.
fn all<'a>(headers: &'a [(String, String)], name: &str) -> Option<Cow<'a, str>> {
    let lines = headers.iter().filter(|(n, _)| n == name).map(|(_, value)| Cow::Borrowed(value.as_str()));
    lines.reduce(|before, line| Cow::Owned(format!("{before}, {line}")))
}

fn scheme(options: &EdgeOptions, wire: Wire, forwarded: Option<&str>) -> &'static str {
    let proxy = forwarded.filter(|_| options.trusted_proxies.trusts(wire.peer));
    // Every proxy on the way adds its own at the end; the one that is trusted is the last.
    let proxy = proxy.and_then(|list| list.rsplit(',').next()).map(str::trim);
    match proxy {
        _ if options.force_https_urls => "https",
        Some("https") => "https",
        Some("http") => "http",
        _ if wire.secure => "https",
        _ => "http",
    }
}

/// The path as routes see it: `base_url` is taken away if it is there. A request without it works as well, for
/// proxies that take it away themselves.
pub(super) fn without_base(base_url: &str, full_path: &str) -> String {
    match full_path.strip_prefix(base_url) {
        Some(rest) if base_url != "/" => format!("/{rest}"),
        _ => full_path.to_owned(),
    }
}

/// HTTP/2 names the host outside of the headers and may split the cookies; both are put back in place.
fn header_list(headers: &HeaderMap, authority: Option<&str>) -> Vec<(String, String)> {
    let mut list: Vec<(String, String)> = Vec::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == "cookie"
            && let Some((_, cookies)) = list.iter_mut().find(|(n, _)| n == "cookie")
        {
            cookies.push_str("; ");
            cookies.push_str(&value);
            continue;
        }
        list.push((name.as_str().to_owned(), value));
    }
    if let Some(authority) = authority
        && !headers.contains_key("host")
    {
        list.push(("host".to_owned(), authority.to_owned()));
    }
    list
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge,
    TooSlow,
    Malformed,
    Connect,
    /// There is no room for it.
    Full,
    Broken,
}

impl BodyError {
    fn tell(&self, limit: u64) -> (u16, String) {
        match self {
            Self::TooLarge => (413, format!("Request body exceeded maximum size of {limit} bytes")),
            Self::TooSlow => (408, "The request body arrived too slowly".to_owned()),
            Self::Malformed => (400, "The request body could not be read".to_owned()),
            Self::Connect => (405, "Method not allowed".to_owned()),
            Self::Full => (507, "The disk is full: there is no room for this file".to_owned()),
            Self::Broken => (500, "Something went wrong on the server; its log says what".to_owned()),
        }
    }
}

/// How long a body is and may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length {
    limit: u64,
    is_too_large: bool,
    /// This client asked before it sends, and gets its answer before it does.
    asks_first: bool,
}

impl Length {
    pub(super) fn of(request: &Request, limit: u64) -> Self {
        let limit = if limit == 0 { u64::MAX } else { limit };
        let announced = request.header("content-length").and_then(|length| length.parse::<u64>().ok());
        let is_too_large = announced.is_some_and(|length| length > limit);
        Self { limit, is_too_large, asks_first: request.header("expect").is_some() }
    }
}

async fn read<S, B>(body: S, request: &Request, limit: u64, limits: &Limits) -> Result<Bytes, BodyError>
where
    S: warp::Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let mut kept = Kept::default();
    receive(body, Length::of(request, limit), limits, &mut kept).await?;
    Ok(kept.bytes.freeze())
}

/// Keeps what arrives, up to the limit. What goes past it is read a while longer and thrown away.
pub(super) async fn receive<S, B>(
    body: S,
    length: Length,
    limits: &Limits,
    kept: &mut Kept,
) -> Result<(), BodyError>
where
    S: warp::Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let Length { limit, is_too_large, asks_first } = length;
    if is_too_large && asks_first {
        return Err(BodyError::TooLarge);
    }
    let mut body = pin!(body);
    let mut received = 0u64;
    let started = Instant::now();
    loop {
        let next = std::future::poll_fn(|context| body.as_mut().poll_next(context));
        let chunk = timeout(limits.stalled, next).await.map_err(|_| BodyError::TooSlow)?;
        let Some(chunk) = chunk else { break };
        let Ok(mut chunk) = chunk else { return Err(BodyError::Malformed) };
        received += chunk.remaining() as u64;
        if is_too_large || received > limit {
            if received > limit.saturating_add(DISCARDED_BYTES) {
                return Err(BodyError::TooLarge);
            }
        } else {
            kept.add(&chunk.copy_to_bytes(chunk.remaining())).await?;
        }
        if is_too_slow(started.elapsed(), received, limits.stalled) {
            return Err(BodyError::TooSlow);
        }
    }
    if is_too_large || received > limit { Err(BodyError::TooLarge) } else { Ok(()) }
}

fn is_too_slow(elapsed: Duration, received: u64, grace: Duration) -> bool {
    elapsed > grace && received < elapsed.as_secs().saturating_mul(MIN_BYTES_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxies::TrustedProxies;

    #[test]
    fn a_line_that_a_proxy_adds_comes_after_those_it_was_sent() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let one = [header("x-forwarded-for", "1.1.1.1")];
        assert_eq!(all(&one, "x-forwarded-for").as_deref(), Some("1.1.1.1"));
        let two = [&one[..], &[header("host", "x"), header("x-forwarded-for", "192.0.2.7")]].concat();
        assert_eq!(all(&two, "x-forwarded-for").as_deref(), Some("1.1.1.1, 192.0.2.7"));
        assert_eq!(all(&two, "x-forwarded-proto"), None);
    }

    #[test]
    fn base_url_is_removed_where_it_is() {
        let check = |base: &str, path: &str, expected: &str| assert_eq!(without_base(base, path), expected);
        check("/", "/x/y", "/x/y");
        check("/pre/", "/pre/x", "/x");
        check("/pre/", "/pre/", "/");
        check("/pre/", "/pre", "/pre");
        check("/pre/", "/x", "/x");
        check("/pre/", "/prefix/x", "/prefix/x");
    }

    #[test]
    fn a_proxy_is_believed_only_if_it_is_trusted() {
        let wire = |peer: &str| Wire { secure: false, peer: Some(peer.parse().unwrap()) };
        let (near, far) = (wire("127.0.0.1"), wire("192.0.2.1"));
        let trusted_proxies = TrustedProxies::parse("127.0.0.1").unwrap();
        let trusting = EdgeOptions { trusted_proxies, ..EdgeOptions::default() };
        assert_eq!(scheme(&EdgeOptions::default(), near, Some("https")), "http");
        assert_eq!(scheme(&trusting, near, Some("https")), "https");
        assert_eq!(scheme(&trusting, near, Some("http, https")), "https");
        assert_eq!(scheme(&trusting, far, Some("https")), "http");
    }

    #[test]
    fn https_can_be_forced() {
        let forcing = EdgeOptions { force_https_urls: true, ..EdgeOptions::default() };
        assert_eq!(scheme(&forcing, Wire { secure: false, peer: None }, None), "https");
    }

    #[test]
    fn cookies_in_several_headers_are_one_header() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", "a=1".parse().unwrap());
        headers.append("cookie", "b=2".parse().unwrap());
        headers.append("x", warp::http::HeaderValue::from_bytes(b"\xff").unwrap());
        let list = header_list(&headers, Some("example.com"));
        let list: Vec<_> = list.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(list, [("cookie", "a=1; b=2"), ("x", "\u{fffd}"), ("host", "example.com")]);
    }

    #[test]
    fn uploads_may_pause_but_not_crawl() {
        let grace = Duration::from_secs(30);
        assert!(!is_too_slow(Duration::from_secs(20), 0, grace));
        assert!(!is_too_slow(Duration::from_secs(100), 102_400, grace));
        assert!(is_too_slow(Duration::from_secs(100), 5, grace));
    }
}
