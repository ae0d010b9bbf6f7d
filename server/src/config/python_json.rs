//! JSON as Python's `json.dumps` writes it: the form metadata is stored in and command lines print.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// One line, `", "` and `": "` between things, everything beyond ASCII escaped.
pub(crate) fn dumps(value: &Json) -> String {
    let mut out = String::new();
    write_value(&mut out, value, None, 0);
    out
}

/// Like [`dumps`], over several lines, `indent` spaces per level.
pub(crate) fn dumps_indented(value: &Json, indent: usize) -> String {
    let mut out = String::new();
    write_value(&mut out, value, Some(indent), 0);
    out
}

fn write_value(out: &mut String, value: &Json, indent: Option<usize>, level: usize) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => out.push_str(&float_repr(float)),
            None => out.push_str(&number.to_string()),
        },
        Json::String(text) => write_text(out, text),
        Json::Array(items) => write_all(out, ('[', ']'), items.iter(), indent, level, |out, item| {
            write_value(out, item, indent, level + 1);
        }),
        Json::Object(map) => write_all(out, ('{', '}'), map.iter(), indent, level, |out, (key, value)| {
            write_text(out, key);
            out.push_str(": ");
            write_value(out, value, indent, level + 1);
        }),
    }
}

fn write_all<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = T>,
    indent: Option<usize>,
    level: usize,
    mut write: impl FnMut(&mut String, T),
) {
    let empty = items.len() == 0;
    let new_line = |out: &mut String, level: usize| {
        if let Some(indent) = indent.filter(|_| !empty) {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * level));
        }
    };
    out.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push_str(if indent.is_some() { "," } else { ", " });
        }
        new_line(out, level + 1);
        write(out, item);
    }
    new_line(out, level);
    out.push(close);
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Shortest digits that read back as the same number; an exponent below 1e-4 and from 1e16.
pub(super) fn float_repr(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) || value == 0.0 {
        let plain = value.to_string();
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Expected values were printed by Python's json.dumps.
    #[test]
    fn values_are_written_as_python_writes_them() {
        assert_eq!(
            dumps(&json!({"a": [1, 1.0, null, true], "é": "🌲\u{7f}\"\\\n", "e": {}, "l": []})),
            r#"{"a": [1, 1.0, null, true], "\u00e9": "\ud83c\udf32\u007f\"\\\n", "e": {}, "l": []}"#
        );
    }

    #[test]
    fn indented_values_keep_empty_collections_on_one_line() {
        let value = json!({"a": [1, {"b": []}], "c": {}});
        let expected = "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}";
        assert_eq!(dumps_indented(&value, 2), expected);
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let floats = [1e16, 1e15, 1e-5, 0.0001, 1.5e300, -0.0, 123456.789, 1e22];
        let expected =
            ["1e+16", "1000000000000000.0", "1e-05", "0.0001", "1.5e+300", "-0.0", "123456.789", "1e+22"];
        assert_eq!(floats.map(float_repr), expected);
    }
}
