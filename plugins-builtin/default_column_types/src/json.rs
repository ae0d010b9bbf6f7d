//! `json`: data, indented.

use std::fmt::Write;

use datasette_plugin_api::*;

pub(crate) struct JsonData;

impl ColumnType for JsonData {
    fn name(&self) -> &str {
        "json"
    }

    fn description(&self) -> &str {
        "JSON data"
    }

    fn sqlite_types(&self) -> &[&str] {
        &["TEXT"]
    }

    /// Text that isn't JSON looks like any other text.
    fn render_cell(&self, cell: &ColumnCell<'_>) -> Result<Option<Html>> {
        let text = match cell.value {
            ValueRef::Text(text) => indented(text),
            ValueRef::Integer(_) | ValueRef::Real(_) => Some(cell.value.to_string()),
            ValueRef::Null | ValueRef::Blob(_) => None,
        };
        Ok(text.map(|text| Html(format!("<pre>{}</pre>", escaped(&text)))))
    }

    fn validate(&self, value: &Json, _config: &Json) -> Result<Option<String>> {
        let invalid = value.as_str().is_some_and(|text| !text.is_empty() && !is_json(text));
        Ok(invalid.then(|| "Invalid JSON".to_owned()))
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<Json>(text).is_ok()
}

/// The same JSON, two spaces for each level; `None` if it isn't JSON.
///
/// It is laid out anew rather than parsed and written, so that long numbers keep all their digits.
fn indented(text: &str) -> Option<String> {
    if !is_json(text) {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut level = 0_usize;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let token = token(rest);
        let after = rest.get(token.len()..).unwrap_or_default().trim_start();
        match first {
            '{' | '[' if after.starts_with(['}', ']']) => out.push(first),
            '{' | '[' => {
                out.push(first);
                level += 1;
                new_line(&mut out, level);
            }
            // Right behind the opening bracket: empty.
            '}' | ']' if out.ends_with(['{', '[']) => out.push(first),
            '}' | ']' => {
                level = level.saturating_sub(1);
                new_line(&mut out, level);
                out.push(first);
            }
            ',' => {
                out.push(first);
                new_line(&mut out, level);
            }
            ':' => out.push_str(": "),
            '"' => push_string(&mut out, token),
            _ => out.push_str(token),
        }
        rest = after;
    }
    Some(out)
}

fn new_line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
}

/// The first token of valid JSON.
fn token(text: &str) -> &str {
    let mut escape = false;
    let end = match text.as_bytes() {
        [b'{' | b'}' | b'[' | b']' | b':' | b',', ..] => Some(1),
        [b'"', string @ ..] => {
            let closing = string.iter().position(|byte| {
                let closes = *byte == b'"' && !escape;
                escape = *byte == b'\\' && !escape;
                closes
            });
            closing.map(|at| at + 2)
        }
        _ => text.find(|c: char| c.is_whitespace() || ",:]}".contains(c)),
    };
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// A string in ASCII, as Datasette shows it.
fn push_string(out: &mut String, token: &str) {
    let text: String = serde_json::from_str(token).unwrap_or_else(|_| token.to_owned());
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='\u{7f}' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").unwrap_or_default();
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{cell, problem};

    #[track_caller]
    fn check(json: &str, expected: &str) {
        assert_eq!(indented(json).as_deref(), Some(expected));
    }

    #[test]
    fn data_is_indented() {
        check(
            "{\"a\":[1, {\"b\" : null}],\"c\":\"x: {y}, \\\"z\\\"\"}",
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": \"x: {y}, \\\"z\\\"\"\n}",
        );
    }

    #[test]
    fn empty_lists_and_objects_stay_on_their_line() {
        check(" [ [ ] , { } ] ", "[\n  [],\n  {}\n]");
    }

    #[test]
    fn numbers_keep_their_digits() {
        check("[12345678901234567890123, 1.10, -1e5]", "[\n  12345678901234567890123,\n  1.10,\n  -1e5\n]");
        check("5", "5");
    }

    #[test]
    fn strings_are_shown_in_ascii() {
        check("\"é\\/🌲\\u0001\\\\\"", "\"\\u00e9/\\ud83c\\udf32\\u0001\\\\\"");
    }

    #[test]
    fn cells_are_preformatted_and_escaped() {
        assert_eq!(cell("json", "[\"<b>\"]").unwrap(), "<pre>[\n  &#34;&lt;b&gt;&#34;\n]</pre>");
        assert_eq!(cell("json", 5).unwrap(), "<pre>5</pre>");
        assert_eq!((cell("json", "nope"), cell("json", ""), cell("json", vec![1])), (None, None, None));
    }

    #[test]
    fn text_must_be_json() {
        assert_eq!(problem("json", json!("{\"a\": 1}")), None);
        assert_eq!(problem("json", json!({"a": 1})), None);
        assert_eq!(problem("json", json!("{a}")).as_deref(), Some("Invalid JSON"));
    }
}
