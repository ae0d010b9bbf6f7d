//! Tilde-encoding: names in URL paths without `%`, which proxies like to decode too early.
//! <https://docs.datasette.io/en/stable/internals.html#tilde-encoding>

use std::fmt::Write;

/// Letters, digits, `_` and `-` stay, space becomes `+`, every other byte `~XX`.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => out.push(byte as char),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "~{byte:02X}");
            }
        }
    }
    out
}

/// What can't be decoded stays as it is; bytes that are not UTF-8 become replacement characters.
/// A literal `%` is no escape here.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'~').then(|| bytes.get(at + 1..at + 3)).flatten().and_then(hex_byte);
        match (byte, escaped) {
            (_, Some(decoded)) => {
                out.push(decoded);
                at += 3;
                continue;
            }
            // Datasette decodes through percent-encoding, so that a lone tilde turns up as a percent sign.
            (b'~', None) => out.push(b'%'),
            (b'+', None) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| (*byte as char).to_digit(16);
    match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_round_trip() {
        for name in ["table/with/slashes.csv", "a b", "~tilde", "50%", "é🌲", "", "a,b", "-_", "+"] {
            assert_eq!(decode(&encode(name)), name);
        }
    }

    #[test]
    fn encoded_names_are_datasettes() {
        assert_eq!(encode("table/with/slashes.csv"), "table~2Fwith~2Fslashes~2Ecsv");
        assert_eq!(encode("a b~"), "a+b~7E");
    }

    #[test]
    fn percent_signs_are_literal() {
        assert_eq!(decode("a%2Fb"), "a%2Fb");
    }
}
