//! Which caches may keep an answer, decided last: shared ones never get what was made for one person.

use crate::request::Request;
use crate::response::Response;

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
