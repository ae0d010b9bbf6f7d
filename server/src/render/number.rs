//! Numbers for people and numbers as Python writes them, which is what Datasette's users see.

use std::io::Write as _;

/// Writes a floating point number: `1.0`, `0.0001`, `1e-05`, `1e+16`, `inf`.
pub(crate) fn write_float(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        let name: &[u8] = if value.is_nan() {
            b"nan"
        } else if value > 0.0 {
            b"inf"
        } else {
            b"-inf"
        };
        out.extend_from_slice(name);
        return;
    }
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(value);
    if let Some((digits, exponent)) = text.split_once('e') {
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        // Writing to a Vec can't fail.
        let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
    } else if let Some((sign, digits)) = just_below_a_ten_thousandth(text) {
        out.extend_from_slice(sign.as_bytes());
        let (first, rest) = digits.split_at(digits.len().min(1));
        let point = if rest.is_empty() { "" } else { "." };
        let _ = write!(out, "{first}{point}{rest}e-05");
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// The same as text.
pub(crate) fn python_float(value: f64) -> String {
    let mut out = Vec::with_capacity(24);
    write_float(&mut out, value);
    out.into_iter().map(char::from).collect()
}

/// Sign and digits of 0.0000d…: the one magnitude where Python already uses an exponent and ryu doesn't.
fn just_below_a_ten_thousandth(text: &str) -> Option<(&str, &str)> {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    rest.strip_prefix("0.0000").map(|digits| (sign, digits))
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 table`, `2 tables`, `1,234 rows`.
pub(crate) fn counted(count: i64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// `512 bytes`, `1.2 MB`.
pub(crate) fn bytes_text(size: u64) -> String {
    if size < 1024 {
        return format!("{size} bytes");
    }
    let mut current = size as f64 / 1024.0;
    let mut unit = "KB";
    for larger in ["MB", "GB", "TB"] {
        if current < 1024.0 {
            break;
        }
        current /= 1024.0;
        unit = larger;
    }
    format!("{current:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn float(value: f64, expected: &str) {
        let mut out = Vec::new();
        write_float(&mut out, value);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn floats_are_written_as_python_does() {
        float(1.0, "1.0");
        float(-0.5, "-0.5");
        float(0.0, "0.0");
        float(-0.0, "-0.0");
        float(0.1 + 0.2, "0.30000000000000004");
        float(0.0001, "0.0001");
        float(0.00001, "1e-05");
        float(-0.00001234, "-1.234e-05");
        float(1.5e-7, "1.5e-07");
        float(1e15, "1000000000000000.0");
        float(1e16, "1e+16");
        float(1.2345678901234568e17, "1.2345678901234568e+17");
        float(5e-324, "5e-324");
        float(f64::MAX, "1.7976931348623157e+308");
    }

    #[test]
    fn infinite_numbers_have_names() {
        float(f64::INFINITY, "inf");
        float(f64::NEG_INFINITY, "-inf");
        float(f64::NAN, "nan");
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1000), "1,000");
        assert_eq!(thousands(-1_234_567), "-1,234,567");
        assert_eq!(thousands(i64::MIN), "-9,223,372,036,854,775,808");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
        assert_eq!(counted(10_001, "row"), "10,001 rows");
    }

    #[test]
    fn sizes_are_rounded_to_their_unit() {
        assert_eq!(bytes_text(0), "0 bytes");
        assert_eq!(bytes_text(1023), "1023 bytes");
        assert_eq!(bytes_text(1024), "1.0 KB");
        assert_eq!(bytes_text(1024 * 1024 * 5 / 4), "1.2 MB");
        assert_eq!(bytes_text(u64::MAX), "16777216.0 TB");
    }
}
