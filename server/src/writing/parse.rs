//! JSON as Python's `json.loads` reads it, with its words for what is wrong. Clients show these words
//! to people, and tests compare them.

use datasette_plugin_api::{Json, Map};
use serde_json::Number;

/// Deeper than any row; Python gives up a little later.
const DEEPEST: usize = 500;

/// The value, or what is wrong and where: `Expecting value: line 1 column 1 (char 0)`.
pub(crate) fn parse(body: &[u8]) -> Result<Json, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|error| {
        format!("the body is not UTF-8: invalid start byte at position {}", error.valid_up_to())
    })?;
    let mut parser = Parser { text, at: 0, depth: 0, members: 0 };
    parser.space();
    let value = parser.value()?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.wrong("Extra data", parser.at));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    /// In bytes; always between characters.
    at: usize,
    depth: usize,
    /// Of the last object. Rows are like each other, so the next one will have as many.
    members: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Positions are counted in characters.
    fn wrong(&self, what: &str, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        let characters = before.chars().count();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = match before.rfind('\n') {
            Some(newline) => before.get(newline..).unwrap_or_default().chars().count(),
            None => characters + 1,
        };
        format!("{what}: line {line} column {column} (char {characters})")
    }

    fn value(&mut self) -> Result<Json, String> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Json::String)
            }
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, String> {
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            // SQLite has no such number; it stores NULL.
            ("NaN", Json::Null),
        ];
        let found = words.into_iter().find(|(word, _)| self.rest().starts_with(word));
        let Some((word, value)) = found else { return Err(self.wrong("Expecting value", self.at)) };
        self.at += word.len();
        Ok(value)
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, String>) -> Result<Json, String> {
        if self.depth >= DEEPEST {
            return Err(self.wrong("Too many lists and objects within each other", self.at));
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Json, String> {
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(Map::new()));
        }
        let mut members = Map::with_capacity(self.members);
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.wrong("Expecting property name enclosed in double quotes", self.at));
            }
            self.at += 1;
            let name = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.space();
            let value = self.value()?;
            members.insert(name, value);
            self.space();
            match self.peek() {
                Some(b'}') => break,
                Some(b',') => self.at += 1,
                _ => return Err(self.wrong("Expecting ',' delimiter", self.at)),
            }
            self.space();
        }
        self.at += 1;
        self.members = members.len();
        Ok(Json::Object(members))
    }

    fn array(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            match self.peek() {
                Some(b']') => break,
                Some(b',') => self.at += 1,
                _ => return Err(self.wrong("Expecting ',' delimiter", self.at)),
            }
            self.space();
        }
        self.at += 1;
        Ok(Json::Array(items))
    }

    /// Behind the opening quote.
    fn string(&mut self) -> Result<String, String> {
        let begin = self.at - 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20);
            let Some(plain) = plain else {
                return Err(self.wrong("Unterminated string starting at", begin));
            };
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape(begin)?),
                _ => return Err(self.wrong("Invalid control character at", self.at)),
            }
        }
    }

    fn escape(&mut self, begin: usize) -> Result<char, String> {
        let backslash = self.at;
        let Some(kind) = self.text.as_bytes().get(backslash + 1) else {
            return Err(self.wrong("Unterminated string starting at", begin));
        };
        let plain = match kind {
            b'"' | b'\\' | b'/' => *kind as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 2;
                return self.unicode(backslash);
            }
            _ => return Err(self.wrong("Invalid \\escape", backslash)),
        };
        self.at += 2;
        Ok(plain)
    }

    /// Behind `\u`. Half of a pair stands for nothing and becomes a replacement character.
    fn unicode(&mut self, backslash: usize) -> Result<char, String> {
        let Some(unit) = self.hex() else { return Err(self.wrong("Invalid \\uXXXX escape", backslash + 1)) };
        self.at += 4;
        if let Some(c) = char::from_u32(unit) {
            return Ok(c);
        }
        let before = self.at;
        if (0xd800..0xdc00).contains(&unit) && self.rest().starts_with("\\u") {
            self.at += 2;
            if let Some(low) = self.hex().filter(|low| (0xdc00..0xe000).contains(low)) {
                self.at += 4;
                let both = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        digits.iter().try_fold(0, |sum, byte| Some(sum * 16 + (*byte as char).to_digit(16)?))
    }

    fn number(&mut self) -> Result<Json, String> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let first = start + usize::from(self.peek() == Some(b'-'));
        let mut end = match bytes.get(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => digits(first),
            _ => return Err(self.wrong("Expecting value", start)),
        };
        let mut is_float = false;
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            is_float = true;
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                is_float = true;
                end = digits(end + 1 + sign);
            }
        }
        let literal = self.text.get(start..end).unwrap_or_default();
        self.at = end;
        let number = if is_float {
            literal.parse().ok().and_then(Number::from_f64)
        } else {
            literal.parse::<i64>().ok().map(Number::from)
        };
        let too_large = || format!("the number {literal} is too large for SQLite");
        number.map(Json::Number).ok_or_else(too_large)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wrong(body: &str, expected: &str) {
        assert_eq!(parse(body.as_bytes()), Err(expected.to_owned()));
    }

    // Every message was printed by Python's json.loads.
    #[test]
    fn mistakes_are_told_in_pythons_words() {
        wrong("", "Expecting value: line 1 column 1 (char 0)");
        wrong("{bad", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)");
        wrong("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)");
        wrong("{'a': 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)");
        wrong("[1,", "Expecting value: line 1 column 4 (char 3)");
        wrong("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)");
        wrong("[", "Expecting value: line 1 column 2 (char 1)");
        wrong("[1,]", "Expecting value: line 1 column 4 (char 3)");
        wrong("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)");
        wrong("{\"a\": 1,}", "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)");
        wrong("{\"a\": 1\n \"b\": 2}", "Expecting ',' delimiter: line 2 column 2 (char 9)");
        wrong("[\"é", "Unterminated string starting at: line 1 column 2 (char 1)");
        wrong("[\"é\", \"a\nb\"]", "Invalid control character at: line 1 column 9 (char 8)");
        wrong("\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)");
        wrong("\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)");
        wrong("1 2", "Extra data: line 1 column 3 (char 2)");
        wrong("-", "Expecting value: line 1 column 1 (char 0)");
        wrong("nul", "Expecting value: line 1 column 1 (char 0)");
    }

    #[test]
    fn values_keep_their_kinds_and_names_their_order() {
        let body = r#" {"b": [1, 1.0, -0, 1e300, null, true], "a": "\u00e9\ud83c\udf32\n\/", "b2": {}, "a": "last"} "#;
        let value = parse(body.as_bytes()).unwrap();
        assert_eq!(value.to_string(), r#"{"b":[1,1.0,0,1e+300,null,true],"a":"last","b2":{}}"#);
        assert_eq!(parse(b"\"\\u00e9\\ud83c\\udf32\\ud83c\""), Ok(Json::String("é🌲\u{fffd}".into())));
        assert_eq!(parse(b"9007199254740993"), Ok(Json::from(9_007_199_254_740_993_i64)));
        assert!(parse(b"123456789012345678901").unwrap_err().contains("too large"));
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused() {
        assert!(parse("[".repeat(100_000).as_bytes()).unwrap_err().starts_with("Too many"));
    }
}
