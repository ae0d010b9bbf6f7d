//! Markup for readers of feeds: harmless, well-formed, and with whole URLs, because readers don't know where it came from.

use std::collections::HashSet;

use ammonia::{Builder, Url, UrlRelative};
use datasette_plugin_api::{Error, Result};

/// Sanitising takes time with the square of how deep elements are in each other, and of how many characters it has to
/// write as references.
const LONGEST: usize = 500_000;
const DEEPEST: usize = 500;
const MOST_REFERENCES: usize = 20_000;

/// Elements that hold nothing, or that are never in their like without another between them.
const NOT_NESTED: &[&str] =
    &["area", "br", "col", "hr", "img", "input", "link", "meta", "p", "source", "td", "th", "tr", "wbr"];

/// Elements that end where the next of their kind begins, or what they are in ends.
const ENDING: &[&str] = &["dd", "dt", "li"];

/// `page`: what relative URLs are relative to.
pub(crate) fn sanitised(html: &str, page: &str) -> Result<String> {
    if html.len() > LONGEST {
        return Err(Error::new(format!("atom_content_html is longer than {LONGEST} bytes")));
    }
    if depth(html) > DEEPEST || html.matches(['&', '\u{a0}']).count() > MOST_REFERENCES {
        return Err(Error::new("atom_content_html is nested too deeply, or has too many ampersands"));
    }
    let mut builder = Builder::default();
    builder.url_schemes(HashSet::from(["http", "https", "mailto"]));
    builder.url_relative(match Url::parse(page) {
        Ok(base) => UrlRelative::RewriteWithBase(base),
        Err(_) => UrlRelative::Deny,
    });
    Ok(builder.clean(html).to_string())
}

/// About how deep elements are in each other: rather more than less, where tags are not closed as they should be.
fn depth(html: &str) -> usize {
    let (mut open, mut deepest) = (Vec::new(), 0);
    for tag in html.split('<').skip(1) {
        let is_end = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag.get(..end).unwrap_or_default().to_ascii_lowercase();
        if name.is_empty() || NOT_NESTED.contains(&name.as_str()) {
            continue;
        }
        let ends = |name: &String| ENDING.contains(&name.as_str());
        if !is_end {
            if !(ends(&name) && open.last() == Some(&name)) {
                open.push(name);
            }
            deepest = deepest.max(open.len());
            continue;
        }
        let outer = if ends(&name) {
            open.len()
        } else {
            open.len() - open.iter().rev().take_while(|it| ends(it)).count()
        };
        if outer > 0 && open.get(outer - 1) == Some(&name) {
            open.truncate(outer - 1);
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(html: &str) -> String {
        sanitised(html, "https://example.com/db/q").unwrap()
    }

    #[test]
    fn markup_is_well_formed_and_has_whole_urls() {
        assert_eq!(html("<p>a<p><b>b"), "<p>a</p><p><b>b</b></p>");
        let image = "<img src=\"https://example.com/x.png\">";
        assert_eq!(html("<img src=/x.png>"), image);
    }

    #[test]
    fn nothing_hostile_remains() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<iframe src=\"https://evil.example\"></iframe>",
            "<svg onload=alert(1)>",
            "<style>*{}</style>",
        ] {
            let html = html(attack);
            for word in ["<script", "onerror", "javascript", "<iframe", "<svg", "<style"] {
                assert!(!html.contains(word), "{html}");
            }
        }
    }

    #[test]
    fn too_much_is_refused_before_it_takes_time() {
        for piece in [
            "<div>",
            "<b>",
            "<table><tr><td>",
            "<b><p>",
            "<div></i>",
            "<div></p>",
            "<b><div></b>",
            "<li><dd>",
            "&",
            "&amp;",
            "\u{a0}",
        ] {
            let error = sanitised(&piece.repeat(LONGEST / piece.len()), "").unwrap_err();
            assert!(error.message.contains("nested too deeply"), "{piece}: {}", error.message);
        }
        let error = sanitised(&"a".repeat(LONGEST + 1), "").unwrap_err();
        assert_eq!(error.message, "atom_content_html is longer than 500000 bytes");
    }

    #[test]
    fn long_texts_are_fine() {
        let article =
            "<p>One<br>two <b>three</b> &amp; four<ul><li>five<li>six</ul><dl><dt>a<dd>b</dl>".repeat(2_000);
        assert!(html(&article).contains("<li>six</li>"));
    }
}
