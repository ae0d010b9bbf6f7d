//! YAML as PyYAML's `safe_load` reads it, so that one `datasette.yaml` means the same to both servers.
//!
//! That is YAML 1.1: `on`, `off`, `yes` and `no` are booleans, `y` and `n` are not; `0755` is octal, `1e3` is text.
//! Dates stay text: JSON has none. The parser's events carry what that takes: style and tag of every scalar.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

/// More than any configuration needs, and little enough for a thread's stack.
const MAX_DEPTH: usize = 100;

/// Aliases can make a short file stand for a huge one.
const MAX_VALUES: usize = 1_000_000;

const CORE: &str = "tag:yaml.org,2002:";

/// Where and why a text is no YAML; both numbers count from one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct YamlError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}

/// Reads one document. An empty text is `null`.
pub(super) fn parse(text: &str) -> Result<Json, YamlError> {
    let mut composer = Composer { parser: Parser::new_from_str(text), anchors: HashMap::new(), values: 0 };
    let mut root = None;
    loop {
        let (event, span) = composer.next()?;
        match event {
            Event::StreamEnd => return Ok(root.unwrap_or(Json::Null)),
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            _ if root.is_some() => return Err(error(&span, "a second document begins; only one is read")),
            event => root = Some(composer.value(event, &span, 0)?),
        }
    }
}

struct Composer<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Finished values by the number the parser gave their anchor, and how many values each holds.
    anchors: HashMap<usize, (Json, usize)>,
    /// Values made so far, those that aliases stand for included.
    values: usize,
}

impl<'a> Composer<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        loop {
            match self.parser.next() {
                Some(Ok((Event::Comment(..) | Event::Anchor(..), _))) => {}
                Some(Ok(next)) => return Ok(next),
                Some(Err(failure)) => {
                    let place = failure.marker();
                    let (line, column) = (place.line().max(1), place.col() + 1);
                    return Err(YamlError { line, column, message: failure.info() });
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn value(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Json, YamlError> {
        if depth > MAX_DEPTH {
            return Err(error(span, "values are nested too deeply"));
        }
        let before = self.values;
        self.count(1, span)?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => (scalar(text, style, tag.as_deref(), span)?, anchor),
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "seq", span)?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "map", span)?;
                (self.mapping(depth)?, anchor)
            }
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let (value, values) = known.ok_or_else(|| error(span, "a value can't contain itself"))?;
                self.count(values, span)?;
                (value, 0)
            }
            _ => return Err(error(span, "expected a value here")),
        };
        // The parser numbers anchors from one.
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.values - before));
        }
        Ok(value)
    }

    fn count(&mut self, values: usize, span: &Span) -> Result<(), YamlError> {
        self.values = self.values.saturating_add(values);
        if self.values > MAX_VALUES {
            Err(error(span, "the aliases of this file make it too large"))
        } else {
            Ok(())
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Json, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Json::Array(items)),
                (event, span) => items.push(self.value(event, &span, depth + 1)?),
            }
        }
    }

    /// Of a key that is there twice the last one counts. What `<<` brings in never replaces a key of its own.
    fn mapping(&mut self, depth: usize) -> Result<Json, YamlError> {
        let mut own = Map::new();
        let mut merged = Map::new();
        loop {
            let (event, span) = self.next()?;
            let (key, merges) = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, style, anchor, tag) => {
                    let plain = style == ScalarStyle::Plain && tag.is_none();
                    if anchor > 0 {
                        let value = scalar(text.clone(), style, tag.as_deref(), &span)?;
                        self.anchors.insert(anchor, (value, 1));
                    }
                    let key = if plain && resolve(&text) == Some(Json::Null) {
                        Cow::Borrowed("null")
                    } else {
                        text
                    };
                    let merges = plain && key == "<<";
                    (key.into_owned(), merges)
                }
                Event::Alias(anchor) => match self.anchors.get(&anchor) {
                    Some((Json::String(key), _)) => (key.clone(), false),
                    _ => return Err(error(&span, "a key has to be text")),
                },
                _ => return Err(error(&span, "a key has to be text")),
            };
            let (event, span) = self.next()?;
            let value = self.value(event, &span, depth + 1)?;
            if merges {
                merge(&mut merged, value, &span)?;
            } else {
                own.insert(key, value);
            }
        }
        for (key, value) in own {
            merged.insert(key, value);
        }
        Ok(Json::Object(merged))
    }
}

/// Takes one mapping or several; the earlier ones win.
fn merge(merged: &mut Map<String, Json>, value: Json, span: &Span) -> Result<(), YamlError> {
    let sources = match value {
        Json::Array(items) => items,
        other => vec![other],
    };
    for source in sources {
        let Json::Object(source) = source else {
            return Err(error(span, "<< takes a mapping or a list of mappings"));
        };
        for (key, value) in source {
            merged.entry(key).or_insert(value);
        }
    }
    Ok(())
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Result<Json, YamlError> {
    let Some(tag) = tag else {
        let resolved = if style == ScalarStyle::Plain { resolve(&text) } else { None };
        let value = resolved.unwrap_or_else(|| Json::String(text.into_owned()));
        return Ok(value);
    };
    let tag = tag.to_string();
    let wanted = match core_suffix(&tag) {
        Some("str" | "timestamp") => return Ok(Json::String(text.into_owned())),
        Some(wanted @ ("int" | "float" | "bool" | "null")) => wanted,
        _ if tag == "!" => return Ok(Json::String(text.into_owned())),
        _ => return Err(unknown_tag(&tag, span)),
    };
    let value = resolve(&text).unwrap_or(Json::Null);
    let fits = match wanted {
        "int" => value.is_i64() || value.is_u64(),
        "float" => value.is_number(),
        "bool" => value.is_boolean(),
        _ => resolve(&text) == Some(Json::Null),
    };
    if !fits {
        return Err(error(span, format!("{text:?} is no {wanted}, which its tag says it is")));
    }
    Ok(if wanted == "float" { Json::from(value.as_f64()) } else { value })
}

fn check_tag(tag: Option<&Tag>, wanted: &str, span: &Span) -> Result<(), YamlError> {
    let Some(tag) = tag.map(Tag::to_string) else { return Ok(()) };
    if tag == "!" || core_suffix(&tag) == Some(wanted) { Ok(()) } else { Err(unknown_tag(&tag, span)) }
}

/// `str` of `!!str`, however the tag was written.
fn core_suffix(tag: &str) -> Option<&str> {
    tag.strip_prefix("!!")
        .or_else(|| tag.trim_start_matches(['!', '<']).trim_end_matches('>').strip_prefix(CORE))
}

fn unknown_tag(tag: &str, span: &Span) -> YamlError {
    error(span, format!("the tag {tag} has no meaning here"))
}

/// What a plain scalar stands for; `None` if it is text.
fn resolve(text: &str) -> Option<Json> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Json::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Json::Bool(true));
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Json::Bool(false));
        }
        _ => {}
    }
    // Only these begin a number; most texts are done here.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    integer(text).or_else(|| float(text))
}

fn integer(text: &str) -> Option<Json> {
    let (negative, digits) = unsigned(text);
    let (radix, digits) = match digits.as_bytes() {
        [b'0'] => (10, digits),
        [b'0', b'b', ..] => (2, digits.get(2..)?),
        [b'0', b'x', ..] => (16, digits.get(2..)?),
        [b'0', ..] => (8, digits.get(1..)?),
        [b'1'..=b'9', ..] if digits.contains(':') => return sexagesimal(negative, digits).map(number),
        [b'1'..=b'9', ..] => (10, digits),
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte == b'_' || char::from(byte).is_digit(radix)) {
        return None;
    }
    let digits = digits.replace('_', "");
    let magnitude = i128::from_str_radix(&digits, radix).ok();
    match magnitude {
        Some(magnitude) => Some(number(if negative { -magnitude } else { magnitude })),
        // Beyond all integers: the nearest float, as for JSON. Without digits it is text.
        None if radix == 10 && !digits.is_empty() => {
            digits.parse().ok().map(|m: f64| Json::from(if negative { -m } else { m }))
        }
        None => None,
    }
}

/// `1:30` is ninety in YAML 1.1.
fn sexagesimal(negative: bool, digits: &str) -> Option<i128> {
    let mut total: i128 = 0;
    for (index, part) in digits.split(':').enumerate() {
        let part = part.replace('_', "");
        let digits_only = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let value: i128 = part.parse().ok().filter(|_| digits_only)?;
        if index > 0 && (value >= 60 || part.len() > 2) {
            return None;
        }
        total = total.checked_mul(60)?.checked_add(value)?;
    }
    Some(if negative { -total } else { total })
}

/// A float has a dot, and a sign in its exponent. Infinities and not-a-number stay text: JSON has none.
fn float(text: &str) -> Option<Json> {
    let (negative, digits) = unsigned(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let power = exponent.strip_prefix(['+', '-'])?;
            if power.is_empty() || !power.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (mantissa, exponent)
        }
        None => (digits, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits_only = |part: &str| part.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit());
    let begins = if whole.is_empty() { fraction } else { whole };
    let signed = text.len() != digits.len();
    if !begins.starts_with(|c: char| c.is_ascii_digit())
        || !digits_only(whole)
        || !digits_only(fraction)
        || (whole.is_empty() && signed)
    {
        return None;
    }
    let value: f64 = format!("{whole}.{fraction}e{exponent}").replace('_', "").parse().ok()?;
    value.is_finite().then(|| Json::from(if negative { -value } else { value }))
}

fn unsigned(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn number(value: i128) -> Json {
    if let Ok(value) = i64::try_from(value) {
        return Json::from(value);
    }
    u64::try_from(value).map_or_else(|_| Json::from(value as f64), Json::from)
}

fn error(span: &Span, message: impl Into<String>) -> YamlError {
    YamlError { line: span.start.line().max(1), column: span.start.col() + 1, message: message.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Json) {
        assert_eq!(parse(text), Ok(expected), "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, line: usize, column: usize, message: &str) {
        let error = parse(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{}", error.message);
        assert!(error.message.contains(message), "{}", error.message);
    }

    // Expected values are what PyYAML's safe_load makes of the text, dates and infinities apart.
    #[test]
    fn plain_words_are_booleans_as_in_yaml_1_1() {
        check("[yes, No, ON, off, True, FALSE]", json!([true, false, true, false, true, false]));
        check("[y, n, oN, tRUE, 'no', \"off\"]", json!(["y", "n", "oN", "tRUE", "no", "off"]));
        check("[~, null, Null, nULL, '']", json!([null, null, null, "nULL", ""]));
        check("a:\nb: |\n  on\n", json!({"a": null, "b": "on\n"}));
    }

    #[test]
    fn integers_have_the_forms_of_yaml_1_1() {
        check("[0, 12, -7, +3, 1_000, 0x1F, 0b101, 0755, 1:30]", json!([0, 12, -7, 3, 1000, 31, 5, 493, 90]));
        check("[0o17, 08, 1:75, 0x, '5']", json!(["0o17", "08", "1:75", "0x", "5"]));
        check("[18446744073709551615, -9223372036854775808]", json!([u64::MAX, i64::MIN]));
    }

    #[test]
    fn floats_need_a_dot_and_a_signed_exponent() {
        check("[1.5, -2., .5, 1.5e+3, 1_0.2_5]", json!([1.5, -2.0, 0.5, 1500.0, 10.25]));
        check("[1e3, 1.5e3, -.5, 1.2.3, ., 1.5e]", json!(["1e3", "1.5e3", "-.5", "1.2.3", ".", "1.5e"]));
    }

    #[test]
    fn dates_and_infinities_are_text() {
        check(
            "[2024-01-02, 2001-12-14 21:59:43, .inf]",
            json!(["2024-01-02", "2001-12-14 21:59:43", ".inf"]),
        );
    }

    #[test]
    fn keys_are_text_as_written() {
        check("on: 1\n1: 2\n~: 3\n'a b': 4", json!({"on": 1, "1": 2, "null": 3, "a b": 4}));
        check_error("? [a]\n: 1", 1, 3, "a key has to be text");
    }

    #[test]
    fn order_is_kept_and_the_last_of_equal_keys_counts() {
        let value = parse("b: 1\na: 2\nb: 3\n").unwrap();
        assert_eq!(value.to_string(), r#"{"b":3,"a":2}"#);
    }

    #[test]
    fn anchors_and_merges_are_followed() {
        check(
            "base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\nd: [*b]\ne: {<<: [*b, {x: 9, z: 9}]}",
            json!({
                "base": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}, "d": [{"x": 1, "y": 2}],
                "e": {"x": 1, "y": 2, "z": 9},
            }),
        );
        check_error("a: &a [*a]", 1, 8, "can't contain itself");
    }

    #[test]
    fn aliases_cannot_fill_the_memory() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let previous = format!("*a{}, ", i - 1).repeat(10);
            text.push_str(&format!("a{i}: &a{i} [{previous}]\n"));
        }
        assert!(parse(&text).unwrap_err().message.contains("too large"));
    }

    #[test]
    fn nesting_has_a_limit() {
        assert!(parse(&"[".repeat(5000)).is_err());
        assert!(
            parse(&format!("{}{}", "[".repeat(200), "]".repeat(200))).unwrap_err().message.contains("deep")
        );
    }

    #[test]
    fn tags_of_json_types_are_obeyed_and_others_refused() {
        check("[!!str 5, !!int '7', !!float 1, !!bool 'on', !!null '']", json!(["5", 7, 1.0, true, null]));
        check_error("a: !!int x", 1, 10, "is no int");
        check_error("a: !!python/object:os.system []", 1, 30, "has no meaning here");
        check_error("a: !secret x", 1, 12, "!secret");
    }

    #[test]
    fn one_document_is_read() {
        check("--- {a: 1}\n", json!({"a": 1}));
        check("# nothing\n", Json::Null);
        check_error("a: 1\n---\nb: 2\n", 3, 1, "second document");
    }

    #[test]
    fn broken_text_is_refused_with_its_place() {
        let error = parse("a: 1\nb: [1\n").unwrap_err();
        assert!(error.line >= 2 && !error.message.is_empty(), "{error:?}");
        assert!(parse("a: b: c").is_err());
        assert!(parse("a: \"open").is_err());
    }
}
