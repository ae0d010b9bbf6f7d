//! Cookies of this site: not for scripts, not for other sites, and over https only if that is how they came.

use datasette_plugin_api::Cookie;

use crate::request::Request;
use crate::response::Response;

/// Gives the browser a cookie until it is closed.
pub(crate) fn set(response: &mut Response, request: &Request, name: &str, value: &str) {
    add(response, request, Cookie::new(name, value));
}

/// Makes the browser forget a cookie.
pub(crate) fn expire(response: &mut Response, request: &Request, name: &str) {
    add(response, request, Cookie::deleted(name));
}

fn add(response: &mut Response, request: &Request, mut cookie: Cookie) {
    cookie.httponly = true;
    cookie.secure = request.scheme == "https";
    response.headers.push(("set-cookie".to_owned(), cookie.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scheme: &'static str, expected: &str) {
        let mut request = Request::new("GET", "/");
        request.scheme = scheme;
        let mut response = Response::text("");
        set(&mut response, &request, "ds_actor", "abc.def-_");
        assert_eq!(response.header("set-cookie"), Some(expected));
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_them() {
        check("http", "ds_actor=abc.def-_; HttpOnly; Path=/; SameSite=lax");
    }

    #[test]
    fn what_came_over_https_is_sent_over_https_only() {
        check("https", "ds_actor=abc.def-_; HttpOnly; Path=/; SameSite=lax; Secure");
    }

    #[test]
    fn a_value_can_not_add_attributes_or_headers() {
        let mut response = Response::text("");
        set(&mut response, &Request::new("GET", "/"), "a", "x; Domain=evil\r\nset-cookie: b=1");
        let header = response.header("set-cookie").unwrap();
        assert!(
            header.starts_with("a=\"x\\073 Domain=evil\\015\\012set-cookie: b=1\"; HttpOnly"),
            "{header}"
        );
    }

    #[test]
    fn a_forgotten_cookie_is_empty_and_past() {
        let mut response = Response::text("");
        expire(&mut response, &Request::new("GET", "/"), "a");
        let header = response.header("set-cookie").unwrap();
        assert!(
            header.starts_with("a=; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=0"),
            "{header}"
        );
    }
}
