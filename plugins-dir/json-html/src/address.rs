//! Which addresses may become links and pictures.

/// The address, if it leads to the web, to a mail, or is relative to this site.
pub(crate) fn link(address: &str) -> Option<&str> {
    with_scheme(address, &["http", "https", "mailto"])
}

/// The address, if a picture may come from there.
pub(crate) fn picture(address: &str) -> Option<&str> {
    with_scheme(address, &["http", "https"])
}

/// Browsers drop tabs and line breaks from addresses before they look for the scheme: an address with any control
/// character is none.
fn with_scheme<'a>(address: &'a str, schemes: &[&str]) -> Option<&'a str> {
    let address = address.trim_matches(' ');
    if address.is_empty() || address.contains(char::is_control) {
        return None;
    }
    let scheme_end = address.find([':', '/', '?', '#']).filter(|at| address[*at..].starts_with(':'));
    match scheme_end {
        None => Some(address),
        Some(end) => {
            schemes.iter().any(|scheme| address[..end].eq_ignore_ascii_case(scheme)).then_some(address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_mail_and_relative_addresses_are_fine() {
        for good in [
            "https://example.com/?a=b#c",
            "HTTP://example.com",
            "mailto:ann@example.com",
            "/db/table",
            "table?_sort=a:b",
            "#javascript:",
            "./a:b",
            "//example.com/",
        ] {
            assert_eq!(link(good), Some(good));
        }
        assert_eq!(link(" /x "), Some("/x"));
    }

    #[test]
    fn everything_else_is_not() {
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "\tjavascript:alert(1)",
            "vbscript:x",
            "data:text/html,<script>alert(1)</script>",
            "file:///etc/passwd",
            "blob:https://example.com/1",
            "about:blank",
            "é:x",
            ":x",
            "",
            " ",
        ] {
            assert_eq!(link(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn pictures_come_from_the_web() {
        assert_eq!(picture("mailto:ann@example.com"), None);
        assert_eq!(picture("data:image/svg+xml,<svg/>"), None);
        assert_eq!(picture("/-/static/favicon.png"), Some("/-/static/favicon.png"));
    }
}
