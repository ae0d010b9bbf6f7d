//! How a value is chosen in the query string.

use std::fmt::Write;

use datasette_plugin_api::{FacetValue, Request, Value};

/// The arguments of a request, to look up what is chosen already.
pub(crate) struct Choices(Vec<(String, String)>);

impl Choices {
    pub(crate) fn of(request: &Request<'_>) -> Self {
        Self(request.args())
    }

    /// Whether `?name=text` is in the query string.
    pub(crate) fn contain(&self, name: &str, text: &str) -> bool {
        self.0.iter().any(|(key, value)| key == name && value == text)
    }

    /// A value of a facet that `?name=text` chooses.
    pub(crate) fn value(&self, value: &Value, count: i64, name: &str, text: String) -> FacetValue {
        let selected = self.contain(name, &text);
        FacetValue::new(value.to_json(), count, name, text).selected(selected)
    }
}

/// A value as text, the way Datasette puts it into URLs.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Real(number) => float_text(*number),
        Value::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.to_string(),
    }
}

/// Rust's shortest digits, in Python's notation: an exponent from `1e+16` on and below `0.0001`.
fn float_text(number: f64) -> String {
    let magnitude = number.abs();
    if !number.is_finite() || magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) {
        return format!("{number:?}");
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mut text = format!("{digits}e");
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    write!(text, "{sign}{exponent:0>2}").unwrap_or_default();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_they_do_in_datasettes_urls() {
        let numbers = [1.0, 0.5, -2.25, 1e15, 1e16, 1.5e300, 1e-4, 1e-5, -2.5e-7];
        let texts: Vec<String> = numbers.into_iter().map(float_text).collect();
        let expected =
            ["1.0", "0.5", "-2.25", "1000000000000000.0", "1e+16", "1.5e+300", "0.0001", "1e-05", "-2.5e-07"];
        assert_eq!(texts, expected);
    }
}
