//! Markup and how text becomes part of it.

pub(crate) use datasette_plugin_api::Html;

/// Writes text as element content or as a quoted attribute's value.
pub(crate) fn write_escaped(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut written = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let entity: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&#34;",
            b'\'' => b"&#39;",
            _ => continue,
        };
        out.extend_from_slice(bytes.get(written..index).unwrap_or_default());
        out.extend_from_slice(entity);
        written = index + 1;
    }
    out.extend_from_slice(bytes.get(written..).unwrap_or_default());
}

/// HTML that was written piece by piece; every piece was UTF-8.
pub(crate) fn from_bytes(bytes: Vec<u8>) -> Html {
    Html(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        write_escaped(&mut out, text);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!(Html::escape(text).0, expected);
    }

    #[test]
    fn text_cannot_leave_its_element() {
        check("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
    }

    #[test]
    fn text_cannot_leave_its_attribute() {
        check("a\" onclick='x'", "a&#34; onclick=&#39;x&#39;");
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        check("plain – ünïcödé", "plain – ünïcödé");
        check("", "");
        check("&&", "&amp;&amp;");
    }
}
