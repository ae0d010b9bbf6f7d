//! What kind of values a column has: the narrowest type that holds each of them as it is written.
//!
//! A number becomes a number only if nothing of its text is lost: `007`, `+5`, `1,5`, ` 5` and digits that
//! no floating point number keeps stay text, and make their column one of text.

use datasette_plugin_api::ValueRef;

/// What was seen in a column so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// Nothing, or only empty cells.
    #[default]
    Nothing,
    Integer,
    /// An integer that no floating point number is.
    LargeInteger,
    Real,
    Text,
    /// Bytes: such a column takes every value as it is.
    Blob,
}

/// Up to here every integer is a floating point number, too.
const LARGEST_EXACT: u64 = 1 << 53;

impl Seen {
    pub(super) fn and(self, other: Self) -> Self {
        match (self.min(other), self.max(other)) {
            (Self::LargeInteger, Self::Real) => Self::Text,
            (_, wider) => wider,
        }
    }

    pub(super) fn of_integer(value: i64) -> Self {
        if value.unsigned_abs() > LARGEST_EXACT { Self::LargeInteger } else { Self::Integer }
    }

    pub(super) fn sql_type(self) -> &'static str {
        match self {
            Self::Integer | Self::LargeInteger => "INTEGER",
            Self::Real => "REAL",
            Self::Nothing | Self::Text => "TEXT",
            Self::Blob => "BLOB",
        }
    }
}

/// The kind of a cell of text.
pub(super) fn look(cell: &str) -> Seen {
    match cell.as_bytes() {
        [] => Seen::Nothing,
        // Most texts are told from numbers by their first letter.
        [b'0'..=b'9' | b'-' | b'.', ..] => match number(cell) {
            Some(ValueRef::Integer(value)) => Seen::of_integer(value),
            Some(_) => Seen::Real,
            None => Seen::Text,
        },
        _ => Seen::Text,
    }
}

/// The number that is written there and nothing else.
pub(super) fn number(cell: &str) -> Option<ValueRef<'static>> {
    let digits = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let leads_with_zero = whole > 1 && digits.first() == Some(&b'0');
    if leads_with_zero {
        return None;
    }
    if whole == digits.len() {
        let is_minus_zero = cell == "-0";
        return cell.parse().ok().filter(|_| whole > 0 && !is_minus_zero).map(ValueRef::Integer);
    }
    is_real(digits.get(whole..)?, whole > 0).then(|| exactly(cell)).flatten().map(ValueRef::Real)
}

/// Whether it is what follows the whole part of a number: `.5`, `.5e-3`, `e+20`. An exponent without sign and
/// point is more likely a code than a number (`12E4`).
fn is_real(rest: &[u8], has_whole: bool) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, exponent) = match rest.split_first() {
        Some((b'.', after)) => {
            let fraction = digits(after);
            if fraction == 0 {
                return false;
            }
            (fraction, after.get(fraction..).unwrap_or_default())
        }
        _ => (0, rest),
    };
    match exponent.split_first() {
        None => fraction > 0,
        Some((b'e' | b'E', after)) => {
            let (is_signed, after) = match after.split_first() {
                Some((b'+' | b'-', after)) => (true, after),
                _ => (false, after),
            };
            (fraction > 0 || has_whole && is_signed) && !after.is_empty() && digits(after) == after.len()
        }
        Some(_) => false,
    }
}

/// The floating point number, if it has all the digits that are written.
fn exactly(cell: &str) -> Option<f64> {
    let value: f64 = cell.parse().ok().filter(|value: &f64| value.is_finite())?;
    // So many decimal digits every floating point number keeps.
    if cell.len() <= 15 && !cell.contains(['e', 'E']) {
        return Some(value);
    }
    let written = significant(cell);
    if written.len() <= 15 && (value != 0.0 || written.is_empty()) {
        return Some(value);
    }
    (significant(&format!("{value:e}")) == written).then_some(value)
}

/// The digits without zeros at their ends, sign, point and exponent.
fn significant(number: &str) -> String {
    let digits = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &[&str], expected: Seen) {
        for cell in cells {
            assert_eq!(look(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn numbers_are_numbers_only_if_nothing_of_them_is_lost() {
        check(&["0", "5", "-12", "9007199254740992"], Seen::Integer);
        check(&["9007199254740993", "-9223372036854775808", "9223372036854775807"], Seen::LargeInteger);
        check(
            &["0.5", "-1.50", ".5", "-0.0", "1e-05", "1.5E10", "1E+20", "123456.789", "0.1234567890123456"],
            Seen::Real,
        );
        check(&[""], Seen::Nothing);
        let kept = [
            "007",
            "00.5",
            "+5",
            "-",
            "-0",
            ".",
            "5.",
            "1e5",
            "12E4",
            "e5",
            ".e5",
            "1.5e",
            "1e+",
            "1,5",
            " 5",
            "5 ",
            "0x10",
            "1_000",
            "inf",
            "nan",
            "9223372036854775808",
            "0.12345678901234567891",
            "1.0e999",
            "1e-999",
            "2024-01-01",
            "1.2.3",
            "٣",
            "five",
            "--5",
            "1.0.",
        ];
        check(&kept, Seen::Text);
    }

    #[test]
    fn a_column_is_as_wide_as_its_widest_value() {
        let of =
            |cells: &[&str]| cells.iter().fold(Seen::Nothing, |seen, cell| seen.and(look(cell))).sql_type();
        assert_eq!(of(&["", ""]), "TEXT");
        assert_eq!(of(&["", "1", "9007199254740993"]), "INTEGER");
        assert_eq!(of(&["1", "2.5", ""]), "REAL");
        assert_eq!(of(&["9007199254740993", "2.5"]), "TEXT");
        assert_eq!(of(&["1", "n/a"]), "TEXT");
        assert_eq!(Seen::Blob.and(Seen::Integer).sql_type(), "BLOB");
    }
}
