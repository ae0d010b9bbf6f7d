//! Patterns of plugins' routes. Each request is compared with all of them, and hardly any matches: what a path has to
//! begin with is known without a regular expression, which is made when the first such path comes.

use std::sync::OnceLock;

use percent_encoding::percent_decode_str;
use regex::Regex;
use regex_syntax::hir::literal::Extractor;

/// Bytes that a pattern may match before it counts as large.
const LARGE: usize = 1000;

/// A regular expression that matches from the start of a path.
pub(super) struct Pattern {
    text: String,
    /// A path has to begin with one of these; `None` if that says nothing.
    beginnings: Option<Vec<Vec<u8>>>,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The error is what is wrong with the expression.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let parsed = regex_syntax::parse(text).map_err(|error| error.to_string())?;
        let beginnings = Extractor::new().extract(&parsed);
        let beginnings =
            beginnings.literals().map(|all| all.iter().map(|one| one.as_bytes().to_vec()).collect());
        let pattern = Self { text: text.to_owned(), beginnings, regex: OnceLock::new() };
        // What is counted out may be too large, which should be known at the start.
        let counted = parsed.properties();
        let counted = counted.maximum_len().or(counted.minimum_len()).unwrap_or(0);
        if counted.max(text.len()) > LARGE {
            let made = Regex::new(text).map_err(|error| error.to_string())?;
            let _ = pattern.regex.set(Some(made));
        }
        Ok(pattern)
    }

    /// What the named groups matched, decoded; `None` if the pattern does not match from the start.
    pub(super) fn vars(&self, path: &str) -> Option<Vec<(String, String)>> {
        let fits = |beginnings: &Vec<Vec<u8>>| beginnings.iter().any(|one| path.as_bytes().starts_with(one));
        if !self.beginnings.as_ref().is_none_or(fits) {
            return None;
        }
        let regex = self.regex()?;
        let found =
            regex.captures(path).filter(|found| found.get(0).is_some_and(|whole| whole.start() == 0))?;
        let named = regex.capture_names().flatten();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Some(named.filter_map(|name| Some((name.to_owned(), decoded(found.name(name)?.as_str())))).collect())
    }

    fn regex(&self) -> Option<&Regex> {
        let made = self.regex.get_or_init(|| {
            // It was parsed before; it can only be too large.
            Regex::new(&self.text)
                .inspect_err(|error| tracing::error!("the route {:?} can't be used: {error}", self.text))
                .ok()
        });
        made.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: Option<&[(&str, &str)]>) {
        let found = Pattern::new(pattern).unwrap().vars(path);
        let found =
            found.as_ref().map(|vars| vars.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), expected, "{pattern} {path}");
    }

    #[test]
    fn routes_match_from_the_start_of_the_path() {
        check("/-/hello$", "/-/hello", Some(&[]));
        check("/-/hello$", "/x/-/hello", None);
        check("^/-/hello$", "/-/hello/", None);
        check("^/-/map/(?P<place>[^/]+)$", "/-/map/S%C3%A3o", Some(&[("place", "São")]));
        check("(?i)^/-/hello$", "/-/HELLO", Some(&[]));
        check("^/-/(a|b)$", "/-/b", Some(&[]));
        check("^/-/(a|b)$", "/-/c", None);
        check("", "/anything", Some(&[]));
        check(
            r"^/(?P<database>[^/]+)\.(?P<format>\w+)$",
            "/a.ics",
            Some(&[("database", "a"), ("format", "ics")]),
        );
        check(".*x$", "/y/x", Some(&[]));
    }

    #[test]
    fn what_can_not_match_is_known_without_the_expression() {
        let pattern = Pattern::new("^/-/map/(?P<place>[^/]+)$").unwrap();
        assert!(pattern.vars("/fixtures/facetable.json").is_none() && pattern.regex.get().is_none());
        assert!(pattern.vars("/-/map/x").is_some() && pattern.regex.get().is_some());
    }

    #[test]
    fn a_broken_expression_is_told() {
        assert!(Pattern::new("(").is_err_and(|error| error.contains("unclosed group")));
        assert!(Pattern::new(r"^/-/x/\w{500}{50}$").is_err_and(|error| error.contains("size limit")));
    }
}
