//! JSON on the wire, byte by byte as Datasette writes it: `", "` and `": "` between things, text
//! outside of ASCII escaped, floats as Python prints them.

use base64::Engine;
use datasette_plugin_api::{Json, ValueRef};

use super::number::write_float;

/// Writes one JSON object, member by member.
pub(crate) struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> ObjectWriter<'a> {
    pub(crate) fn start(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    /// Writes the name; the caller writes the value to what is returned.
    pub(crate) fn member(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.first {
            self.out.extend_from_slice(b", ");
        }
        self.first = false;
        write_str(self.out, name);
        self.out.extend_from_slice(b": ");
        self.out
    }

    pub(crate) fn json(&mut self, name: &str, value: &Json) {
        write_json(self.member(name), value);
    }

    pub(crate) fn end(self) {
        self.out.push(b'}');
    }
}

pub(crate) fn to_vec(value: &Json) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_json(&mut out, value);
    out
}

pub(crate) fn to_string(value: &Json) -> String {
    String::from_utf8(to_vec(value)).unwrap_or_default()
}

pub(crate) fn write_json(out: &mut Vec<u8>, value: &Json) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (None, Some(float)) if number.is_f64() => write_float(out, float),
            _ => out.extend_from_slice(number.to_string().as_bytes()),
        },
        Json::String(text) => write_str(out, text),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(b", ");
                }
                write_json(out, item);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            let mut object = ObjectWriter::start(out);
            for (name, value) in members {
                object.json(name, value);
            }
            object.end();
        }
    }
}

/// One SQLite value. `infinity` keeps infinite numbers as `Infinity`, which is not JSON; else they
/// become null.
pub(crate) fn write_value(out: &mut Vec<u8>, value: ValueRef<'_>, infinity: bool) {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Integer(integer) => out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes()),
        ValueRef::Real(real) if real.is_finite() => write_float(out, real),
        ValueRef::Real(_) if !infinity => out.extend_from_slice(b"null"),
        ValueRef::Real(real) if real.is_nan() => out.extend_from_slice(b"NaN"),
        ValueRef::Real(real) if real > 0.0 => out.extend_from_slice(b"Infinity"),
        ValueRef::Real(_) => out.extend_from_slice(b"-Infinity"),
        ValueRef::Text(text) => write_str(out, text),
        ValueRef::Blob(blob) => {
            out.extend_from_slice(b"{\"$base64\": true, \"encoded\": \"");
            out.extend_from_slice(base64::engine::general_purpose::STANDARD.encode(blob).as_bytes());
            out.extend_from_slice(b"\"}");
        }
    }
}

/// 0: needs no escape.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 0x7f {
        plain[byte] = byte != b'"' as usize && byte != b'\\' as usize;
        byte += 1;
    }
    plain[0x7f] = true;
    plain
};

pub(crate) fn write_str(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if PLAIN[byte as usize] {
            at += 1;
            continue;
        }
        out.extend_from_slice(&bytes[start..at]);
        let length = if byte < 0x80 {
            write_escape(out, byte);
            1
        } else {
            // `at` is at the first byte of a character: everything before it was whole characters.
            let character = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('\u{fffd}');
            for unit in character.encode_utf16(&mut [0; 2]) {
                write_unit(out, *unit);
            }
            character.len_utf8()
        };
        at += length;
        start = at;
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x0c => out.extend_from_slice(b"\\f"),
        _ => write_unit(out, byte.into()),
    }
}

fn write_unit(out: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(DIGITS[usize::from(unit >> shift & 15)]);
    }
}

/// Indented by `width` blanks a level: what pages show.
pub(crate) fn pretty(value: &Json, width: usize) -> String {
    let mut out = Vec::new();
    write_pretty(&mut out, value, width, 0);
    String::from_utf8(out).unwrap_or_default()
}

fn write_pretty(out: &mut Vec<u8>, value: &Json, width: usize, depth: usize) {
    let new_line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + width * depth, b' ');
    };
    match value {
        Json::Array(items) if !items.is_empty() => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                new_line(out, depth + 1);
                write_pretty(out, item, width, depth + 1);
            }
            new_line(out, depth);
            out.push(b']');
        }
        Json::Object(members) if !members.is_empty() => {
            out.push(b'{');
            for (index, (name, value)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                new_line(out, depth + 1);
                write_str(out, name);
                out.extend_from_slice(b": ");
                write_pretty(out, value, width, depth + 1);
            }
            new_line(out, depth);
            out.push(b'}');
        }
        _ => write_json(out, value),
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use super::*;

    fn string(text: &str) -> String {
        let mut out = Vec::new();
        write_str(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_escaped_to_ascii() {
        assert_eq!(string("a\"\\\n\u{1}é🌲\u{7f}b"), "\"a\\\"\\\\\\n\\u0001\\u00e9\\ud83c\\udf32\u{7f}b\"");
    }

    #[test]
    fn values_of_every_kind_are_written_as_datasette_does() {
        let mut out = Vec::new();
        for value in [
            ValueRef::Null,
            ValueRef::Integer(-5),
            ValueRef::Real(1.0),
            ValueRef::Real(f64::INFINITY),
            ValueRef::Text("x"),
            ValueRef::Blob(b"\0\x01"),
        ] {
            write_value(&mut out, value, false);
            out.push(b' ');
        }
        let expected = "null -5 1.0 null \"x\" {\"$base64\": true, \"encoded\": \"AAE=\"} ";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn objects_have_pythons_separators() {
        assert_eq!(to_string(&json!({"a": [1, 2.0, null], "b": {}})), r#"{"a": [1, 2.0, null], "b": {}}"#);
    }

    #[test]
    fn pretty_json_is_indented() {
        assert_eq!(pretty(&json!({"a": [1], "b": []}), 2), "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}");
    }
}
