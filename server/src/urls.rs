//! Addresses of the site's own pages, and changed copies of a request's query string.

use std::fmt::Write;

use crate::request::{Request, with_query};
use crate::tilde;

/// Builds paths below `base_url`.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    /// Ends with `/`.
    base_url: String,
}

impl Urls {
    pub(crate) fn new(base_url: &str) -> Self {
        Self { base_url: base_url.to_owned() }
    }

    pub(crate) fn instance(&self) -> &str {
        &self.base_url
    }

    /// `path` of the site, with or without its leading `/`, below `base_url`.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{}", self.base_url, path.strip_prefix('/').unwrap_or(path))
    }

    pub(crate) fn database(&self, route: &str) -> String {
        self.path(&tilde::encode(route))
    }

    pub(crate) fn table(&self, route: &str, table: &str) -> String {
        format!("{}/{}", self.database(route), tilde::encode(table))
    }

    pub(crate) fn database_query(&self, route: &str) -> String {
        format!("{}/-/query", self.database(route))
    }

    /// `row_path`: the encoded primary key values joined by commas.
    pub(crate) fn row(&self, route: &str, table: &str, row_path: &str) -> String {
        format!("{}/{}", self.table(route, table), row_path)
    }

    pub(crate) fn row_blob(&self, route: &str, table: &str, row_path: &str, column: &str) -> String {
        format!("{}.blob?_blob_column={}", self.row(route, table, row_path), quote_plus(column))
    }
}

/// `application/x-www-form-urlencoded`, one value; spelled as Python spells it.
pub(crate) fn quote_plus(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

pub(crate) fn encode_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(&quote_plus(name));
        out.push('=');
        out.push_str(&quote_plus(value));
    }
    out
}

/// The request's arguments that have a value: links carry no blank ones on.
fn carried(request: &Request) -> impl Iterator<Item = (&str, &str)> {
    request.args.iter().filter(|(_, value)| !value.is_empty())
}

/// `path` with the request's arguments and `added` ones.
pub(crate) fn with_added(request: &Request, path: &str, added: &[(&str, &str)]) -> String {
    with_query(path, &encode_query(carried(request).chain(added.iter().copied())))
}

/// `path` with the request's arguments but those of the given names.
pub(crate) fn without(request: &Request, path: &str, names: &[&str]) -> String {
    with_query(path, &encode_query(carried(request).filter(|(name, _)| !names.contains(name))))
}

/// `path` with the request's arguments but the given pairs.
pub(crate) fn without_pairs(request: &Request, path: &str, pairs: &[(&str, &str)]) -> String {
    with_query(path, &encode_query(carried(request).filter(|pair| !pairs.contains(pair))))
}

/// `path` with the request's arguments, those in `replaced` set anew at the end (`None` removes).
pub(crate) fn with_replaced(request: &Request, path: &str, replaced: &[(&str, Option<&str>)]) -> String {
    let kept = carried(request).filter(|(name, _)| !replaced.iter().any(|(n, _)| n == name));
    let set = replaced.iter().filter_map(|(name, value)| value.map(|value| (*name, value)));
    with_query(path, &encode_query(kept.chain(set)))
}

/// `path` in another format: `.json` behind it, or `_format=` where the path has a dot already.
/// The request's query string is kept as it was sent.
pub(crate) fn with_format(path: &str, query_string: &str, format: &str, extra: &[(&str, &str)]) -> String {
    let mut extra: Vec<(&str, &str)> = extra.to_vec();
    let path = if path.contains('.') {
        extra.push(("_format", format));
        path.to_owned()
    } else {
        format!("{path}.{format}")
    };
    extra.sort_unstable();
    let extra = encode_query(extra);
    let query = match (query_string.is_empty(), extra.is_empty()) {
        (false, false) => format!("{query_string}&{extra}"),
        (false, true) => query_string.to_owned(),
        (true, _) => extra,
    };
    with_query(&path, &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_added_removed_and_replaced() {
        let request = Request::new("GET", "/d/t?a=1&b=2&a=3&blank=");
        assert_eq!(with_added(&request, "/x", &[("c", "é &")]), "/x?a=1&b=2&a=3&c=%C3%A9+%26");
        assert_eq!(without(&request, "/x", &["a"]), "/x?b=2");
        assert_eq!(without_pairs(&request, "/x", &[("a", "1")]), "/x?b=2&a=3");
        assert_eq!(with_replaced(&request, "/x", &[("a", None), ("_next", Some("5"))]), "/x?b=2&_next=5");
    }

    #[test]
    fn a_path_with_a_dot_takes_its_format_as_argument() {
        assert_eq!(with_format("/d/t", "a=1", "csv", &[("_size", "max")]), "/d/t.csv?a=1&_size=max");
        assert_eq!(with_format("/d/t.json", "", "csv", &[]), "/d/t.json?_format=csv");
    }
}
