//! Which caches may keep an answer, decided last: shared ones never get what was made for one person. And what
//! need not be sent again, because the client has it.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem;
use xxhash_rust::xxh3::Xxh3;

use crate::request::Request;
use crate::response::{Body, Response};

/// What an answer may depend on.
const VARIES_ON: [&str; 2] = ["Cookie", "Authorization"];

/// Completes the caching headers of an answer to `request`, whose actor is known by now.
pub(crate) fn finish(request: &Request, response: &mut Response) {
    if response.is_static {
        return;
    }
    // Even a page that everybody may see can show the actor's name or rows only they may see.
    if request.has_credentials() || response.header("set-cookie").is_some() {
        response.set_header("cache-control", "private, no-store");
    }
    let mut varies: Vec<String> = response
        .headers
        .iter()
        .filter(|(name, _)| name == "vary")
        .flat_map(|(_, value)| value.split(','))
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    if !varies.iter().any(|part| part == "*") {
        for name in VARIES_ON {
            if !varies.iter().any(|part| part.eq_ignore_ascii_case(name)) {
                varies.push(name.to_owned());
            }
        }
    }
    response.set_header("vary", varies.join(", "));
    tag(request, response);
}

/// Gives the answer the hash of its bytes as a strong tag, unless it has a tag or may not be kept, and leaves the
/// bytes out if the client has them.
///
/// Versions of the database alone would not do: plugins, metadata and permissions may change a page, too. A hash
/// of what is sent is never wrong.
fn tag(request: &Request, response: &mut Response) {
    if response.status != 200 || !request.is_get_or_head() {
        return;
    }
    if response.header("etag").is_none() {
        let may_be_kept = response.header("cache-control").is_none_or(|rule| !rule.contains("no-store"));
        let Some(etag) = hash(response).filter(|_| may_be_kept) else { return };
        response.set_header("etag", etag);
    }
    if response.header("etag").is_some_and(|etag| is_known(request, etag)) {
        response.status = 304;
        response.body = Body::Bytes(Bytes::new());
        response.remove_header("content-type");
        response.remove_header("content-disposition");
    }
}

fn hash(response: &Response) -> Option<String> {
    let Body::Bytes(bytes) = &response.body else { return None };
    Some(hash_of(response, &[bytes]))
}

fn hash_of(response: &Response, parts: &[&[u8]]) -> String {
    let mut hash = Xxh3::new();
    // The same text as a page and as JSON are two answers.
    hash.update(response.header("content-type").unwrap_or_default().as_bytes());
    parts.iter().for_each(|part| hash.update(part));
    format!("\"{:032x}\"", hash.digest128())
}

/// Gives an answer that is written while it is sent a tag before it is known: for what stays the same as long as
/// this process runs.
pub(crate) fn tag_for_this_run(request: &Request, response: &mut Response) {
    static RUN: LazyLock<u64> = LazyLock::new(rand::random);
    let mut hash = Xxh3::with_seed(*RUN);
    // Links in it begin with these.
    for part in [request.scheme, request.host.as_str(), request.full_path.as_str(), &request.query_string] {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    response.set_header("etag", format!("\"{:032x}\"", hash.digest128()));
}

/// Gives `response` a tag that does not depend on `part` of its bytes, the last such part: a weak one, therefore.
/// An answer without that part gets its tag like any other.
pub(crate) fn tag_without(mut response: Response, part: &[u8]) -> Response {
    let Body::Bytes(bytes) = &response.body else { return response };
    let Some((before, rest)) = memmem::rfind(bytes, part).and_then(|at| bytes.split_at_checked(at)) else {
        return response;
    };
    let etag = hash_of(&response, &[before, rest.get(part.len()..).unwrap_or_default()]);
    response.set_header("etag", format!("W/{etag}"));
    response
}

/// Whether the client says that it has the answer of this tag (`If-None-Match`, RFC 9110, 13.1.2). A proxy that
/// compresses makes the tag a weak one (`W/`); for the question asked here it is the same.
pub(crate) fn is_known(request: &Request, etag: &str) -> bool {
    let strong = etag.strip_prefix("W/").unwrap_or(etag);
    request.header("if-none-match").is_some_and(|tags| {
        tags.split(',')
            .map(str::trim)
            .any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == strong || tag == "*")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `vary` and `cache-control` of an answer with `headers` to a request with `sent`.
    #[track_caller]
    fn check(sent: &[(&str, &str)], headers: &[(&str, &str)], vary: Option<&str>, cache: Option<&str>) {
        let mut request = Request::new("GET", "/");
        request.headers = sent.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut response = Response::html("x");
        for (name, value) in headers {
            response = response.with_header(name, *value);
        }
        finish(&request, &mut response);
        assert_eq!((response.header("vary"), response.header("cache-control")), (vary, cache));
    }

    const BOTH: Option<&str> = Some("Cookie, Authorization");
    const PRIVATE: Option<&str> = Some("private, no-store");

    #[test]
    fn answers_to_anybody_keep_their_lifetime() {
        check(&[], &[("cache-control", "max-age=5")], BOTH, Some("max-age=5"));
        check(&[], &[], BOTH, None);
    }

    #[test]
    fn answers_to_somebody_are_private() {
        check(&[("cookie", "other=1")], &[("cache-control", "max-age=5")], BOTH, PRIVATE);
        check(&[("authorization", "Basic abc")], &[], BOTH, PRIVATE);
        check(&[], &[("set-cookie", "a=1")], BOTH, PRIVATE);
    }

    #[test]
    fn other_variation_is_kept() {
        check(&[], &[("vary", "Accept, cookie")], Some("Accept, cookie, Authorization"), None);
        check(
            &[],
            &[("vary", "Accept"), ("vary", "Origin")],
            Some("Accept, Origin, Cookie, Authorization"),
            None,
        );
        check(&[], &[("vary", "*")], Some("*"), None);
    }

    fn answer(sent: &[(&str, &str)], body: &'static str) -> Response {
        let mut request = Request::new("GET", "/");
        request.headers = sent.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut response = Response::html(body);
        finish(&request, &mut response);
        response
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let first = answer(&[], "a page");
        let etag = first.header("etag").unwrap().to_owned();
        let again = answer(&[("if-none-match", &etag)], "a page");
        assert_eq!((again.status, again.header("etag")), (304, Some(etag.as_str())));
        assert_eq!(again.header("vary"), BOTH);
        assert!(matches!(again.body, Body::Bytes(bytes) if bytes.is_empty()));
        let changed = answer(&[("if-none-match", &etag)], "another page");
        assert_eq!(changed.status, 200);
        assert_ne!(changed.header("etag"), Some(etag.as_str()));
    }

    #[test]
    fn what_may_not_be_kept_has_no_tag() {
        assert_eq!(answer(&[("cookie", "a=1")], "a page").header("etag"), None);
    }

    #[test]
    fn tags_are_found_in_lists_and_when_a_proxy_weakened_them() {
        let check = |sent: &str, known: bool| {
            let mut request = Request::new("GET", "/");
            request.headers.push(("if-none-match".into(), sent.into()));
            assert_eq!(is_known(&request, "\"a\""), known, "{sent}");
        };
        check("\"a\"", true);
        check("\"b\", W/\"a\"", true);
        check("*", true);
        check("a", false);
        check("\"b\"", false);
    }

    #[test]
    fn static_files_are_the_same_for_everybody() {
        let mut request = Request::new("GET", "/");
        request.headers.push(("cookie".into(), "a=1".into()));
        let mut response = Response::text("x").with_header("cache-control", "max-age=3600, public");
        response.is_static = true;
        finish(&request, &mut response);
        assert_eq!(response.header("cache-control"), Some("max-age=3600, public"));
        assert_eq!(response.header("vary"), None);
    }
}
