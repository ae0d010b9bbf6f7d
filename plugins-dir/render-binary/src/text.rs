//! Bytes as people can read them: printable characters as they are, others as octets in hexadecimal.

use std::fmt::Write;

use datasette_plugin_api::escaped;

/// The first `most` bytes.
pub(crate) fn html(bytes: &[u8], most: usize) -> String {
    if bytes.is_empty() || most == 0 {
        return String::new();
    }
    let shown = bytes.get(..most).unwrap_or(bytes);
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    match whole_text(shown) {
        Some(text) => format!("<code>{}{more}</code>", escaped(text)),
        None => format!("<code>{}{more}</code>", mixed(shown)),
    }
}

/// The bytes as text, if they are nothing else; the last character may be cut.
fn whole_text(bytes: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let fine = |c: char| is_printable(c) || matches!(c, '\n' | '\r' | '\t');
    (!text.is_empty() && text.chars().all(fine)).then_some(text)
}

/// What Rust would not write as an escape in a string: no control characters, nothing that changes the direction of
/// the text, nothing that can't be seen.
fn is_printable(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1
}

/// Among octets only ASCII is taken for text: other characters would be there by chance.
fn mixed(bytes: &[u8]) -> String {
    let mut out = String::new();
    for run in bytes.chunk_by(|a, b| is_ascii_text(*a) == is_ascii_text(*b)) {
        if run.first().copied().is_some_and(is_ascii_text) {
            out.push_str(&escaped(&String::from_utf8_lossy(run)));
            continue;
        }
        out.push_str("<i>");
        for (index, byte) in run.iter().enumerate() {
            // Writing to a String can't fail.
            let _ = write!(out, "{}{byte:02x}", if index > 0 { " " } else { "" });
        }
        out.push_str("</i>");
    }
    out
}

fn is_ascii_text(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_graphic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(html(bytes, 10), format!("<code>{expected}</code>"));
    }

    #[test]
    fn text_is_text() {
        check(b"a <b>\n", "a &lt;b&gt;\n");
        check("naïve 日".as_bytes(), "naïve 日");
    }

    #[test]
    fn text_is_cut_between_characters() {
        check("123456789é".as_bytes(), "123456789…");
        check("12345678901".as_bytes(), "1234567890…");
    }

    #[test]
    fn other_bytes_are_octets() {
        check(b"\x89PNG\r\n", "<i>89</i>PNG<i>0d 0a</i>");
        check(&[0xca, 0xfe, 0, 0xff], "<i>ca fe 00 ff</i>");
        // Valid UTF-8 by chance.
        check(b"\x00\xc3\x9f<", "<i>00 c3 9f</i>&lt;");
    }

    #[test]
    fn what_would_deceive_is_octets() {
        check("a\u{202e}b".as_bytes(), "a<i>e2 80 ae</i>b");
        check("a\u{200b}".as_bytes(), "a<i>e2 80 8b</i>");
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!((html(b"", 10), html(b"abc", 0)), (String::new(), String::new()));
    }
}
