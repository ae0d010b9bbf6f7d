//! `--cors`: any page of any site may read, and write with a token.
//!
//! Never `access-control-allow-credentials`: cookies do not count across origins. Which answers get the headers
//! is the site's choice; static files and redirects go without.

use crate::response::Response;

const HEADERS: [(&str, &str); 5] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-headers", "Authorization, Content-Type"),
    ("access-control-expose-headers", "Link"),
    ("access-control-allow-methods", "GET, POST, HEAD, OPTIONS"),
    ("access-control-max-age", "3600"),
];

/// Lets scripts of other origins read this answer.
pub(crate) fn allow(response: &mut Response) {
    for (name, value) in HEADERS {
        response.set_header(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_is_allowed_without_credentials() {
        let mut response = Response::json("{}");
        allow(&mut response);
        allow(&mut response);
        assert_eq!(response.headers.len(), 6);
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        assert_eq!(response.header("access-control-allow-credentials"), None);
    }
}
