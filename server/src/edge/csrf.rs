//! Changes must come from our own pages: a browser tells which page sent a request, and is asked here.
//!
//! Programs tell nothing and are let through; they hold no cookie that a foreign page could make use of.

use crate::request::Request;

/// Whether the request may change anything as far as its origin is concerned. The error is the reason, for the
/// page that says no.
pub(crate) fn check(request: &Request, force_https: bool) -> Result<(), String> {
    if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") || is_token_alone(request) {
        return Ok(());
    }
    // Browsers send it since 2023 at the latest, and scripts can't change it.
    if let Some(site) = last(request, "sec-fetch-site") {
        if matches!(site, "same-origin" | "none") {
            return Ok(());
        }
        return Err(format!("Sec-Fetch-Site was {}, expected 'same-origin' or 'none'", quoted(site)));
    }
    let Some(origin) = last(request, "origin") else { return Ok(()) };
    let scheme = if force_https { "https" } else { request.scheme };
    let host = last(request, "host").unwrap_or_default();
    match (Origin::parse(origin), Origin::parse(&format!("{scheme}://{host}"))) {
        (Some(theirs), Some(ours)) if theirs == ours => Ok(()),
        (Some(_), Some(_)) => Err(format!("Origin {} does not match Host {}", quoted(origin), quoted(host))),
        _ => Err(format!("Malformed Origin {} or Host {}", quoted(origin), quoted(host))),
    }
}

/// No browser adds a bearer token by itself. With a cookie beside it, the cookie might be what counts.
fn is_token_alone(request: &Request) -> bool {
    let scheme = last(request, "authorization").and_then(|value| value.split_whitespace().next());
    last(request, "cookie").is_none() && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

/// The last header of that name; an empty one is none.
fn last<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let value = request.headers.iter().rfind(|(n, _)| n == name).map(|(_, value)| value.as_str());
    value.filter(|value| !value.is_empty())
}

/// Scheme, host and port; the port is the scheme's own if none is written.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    fn parse(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let authority = rest.split(['/', '?', '#']).next()?;
        let address = authority.rsplit('@').next()?;
        let (host, port) = match address.strip_prefix('[') {
            Some(v6) => {
                let (host, after) = v6.split_once(']')?;
                (host, after.strip_prefix(':').unwrap_or(after))
            }
            None => address.split_once(':').unwrap_or((address, "")),
        };
        let port = match (port, scheme.as_str()) {
            ("", "http" | "ws") => 80,
            ("", "https" | "wss") => 443,
            (digits, _) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            _ => return None,
        };
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
        (is_scheme && !host.is_empty()).then(|| Self { scheme, host: host.to_lowercase(), port })
    }
}

/// In quotes, with everything visible that could be mistaken for something else.
fn quoted(value: &str) -> String {
    let quote = if value.contains('\'') && !value.contains('"') { '"' } else { '\'' };
    let mut text = String::with_capacity(value.len() + 2);
    text.push(quote);
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            c if c == quote => text.extend(['\\', c]),
            '\t' => text.push_str("\\t"),
            c if c.is_control() => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_post(headers: &[(&str, &str)], force_https: bool, expected: Result<(), &str>) {
        let mut request = Request::new("POST", "/");
        request.headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(check(&request, force_https), expected.map_err(str::to_owned));
    }

    const HOST: (&str, &str) = ("host", "localhost:8001");

    /// A form sent by a page of `origin` to `host`.
    #[track_caller]
    fn check_origin(origin: &str, host: &str, expected: Result<(), &str>) {
        check_post(&[("host", host), ("origin", origin)], false, expected);
    }

    #[test]
    fn programs_tell_nothing_and_pass() {
        check_post(&[HOST], false, Ok(()));
        check_origin("", "localhost:8001", Ok(()));
    }

    #[test]
    fn our_own_pages_pass() {
        check_origin("http://localhost:8001", "localhost:8001", Ok(()));
        check_origin("HTTP://LOCALHOST:8001", "localhost:8001", Ok(()));
        check_origin("http://example.com:80", "example.com", Ok(()));
        check_origin("http://example.com", "example.com:80", Ok(()));
        check_origin("http://a", "a:", Ok(()));
        check_origin("http://[::1]:8001", "[::1]:8001", Ok(()));
    }

    #[test]
    fn other_pages_are_refused() {
        let refused = |reason| Err(reason);
        check_origin("http://evil", "h:1", refused("Origin 'http://evil' does not match Host 'h:1'"));
        check_origin("https://h:1", "h:1", refused("Origin 'https://h:1' does not match Host 'h:1'"));
        check_origin("http://h:2", "h:1", refused("Origin 'http://h:2' does not match Host 'h:1'"));
        check_origin("http://h\\x", "h", refused("Origin 'http://h\\\\x' does not match Host 'h'"));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for origin in [
            "null",
            "http://",
            "http://x:y",
            "http://x:99999",
            "ftp://x",
            "http://[::1",
            "//h",
            "1http://h",
            "http://h:1:2",
        ] {
            check_origin(origin, "h", Err(&format!("Malformed Origin '{origin}' or Host 'h'")));
        }
        check_origin("it's", "h", Err("Malformed Origin \"it's\" or Host 'h'"));
        check_origin("http://h", "", Err("Malformed Origin 'http://h' or Host ''"));
    }

    #[test]
    fn behind_https_the_origin_is_https() {
        let from = |origin| [HOST, ("origin", origin)];
        check_post(&from("https://localhost:8001"), true, Ok(()));
        let reason = "Origin 'http://localhost:8001' does not match Host 'localhost:8001'";
        check_post(&from("http://localhost:8001"), true, Err(reason));
    }

    #[test]
    fn the_word_of_the_browser_counts_more_than_the_origin() {
        let from = |site| [HOST, ("sec-fetch-site", site), ("origin", "http://evil")];
        check_post(&from("same-origin"), false, Ok(()));
        check_post(&from("none"), false, Ok(()));
        for site in ["cross-site", "same-site", "x"] {
            let reason = format!("Sec-Fetch-Site was '{site}', expected 'same-origin' or 'none'");
            check_post(&from(site), false, Err(&reason));
        }
        check_post(&from(""), false, Err("Origin 'http://evil' does not match Host 'localhost:8001'"));
    }

    #[test]
    fn a_bearer_token_passes_if_no_cookie_is_with_it() {
        let cross = ("sec-fetch-site", "cross-site");
        let reason = Err("Sec-Fetch-Site was 'cross-site', expected 'same-origin' or 'none'");
        check_post(&[cross, ("authorization", "Bearer x")], false, Ok(()));
        check_post(&[cross, ("authorization", "bEARER")], false, Ok(()));
        check_post(&[cross, ("authorization", "Bearer x"), ("cookie", "")], false, Ok(()));
        check_post(&[cross, ("authorization", "Bearer x"), ("cookie", "a=1")], false, reason);
        check_post(&[cross, ("authorization", "Bearerx")], false, reason);
        check_post(&[cross, ("authorization", "Basic x")], false, reason);
    }

    #[test]
    fn reading_is_never_refused() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let mut request = Request::new(method, "/");
            request.headers.push(("sec-fetch-site".into(), "cross-site".into()));
            assert_eq!(check(&request, false), Ok(()));
        }
    }
}
