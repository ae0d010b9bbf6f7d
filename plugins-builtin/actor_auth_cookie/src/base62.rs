//! Numbers in base 62, as cookies carry them.

const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";

/// `None` if it is no number, or too big for one.
pub(crate) fn decode(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        number.checked_mul(62)?.checked_add(u64::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(decode(text), expected);
    }

    #[test]
    fn digits_begin_with_capital_letters() {
        check("A", Some(0));
        check("BA", Some(62));
        check("BrDBeq", Some(1_700_000_000));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        check("", None);
        check("-B", None);
        check("é", None);
        check(&"z".repeat(12), None);
    }
}
