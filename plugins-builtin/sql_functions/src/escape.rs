//! Text in which SQLite's full-text search finds no operators.

/// Each word in quotes of its own; what is in quotes already stays together.
pub(crate) fn escape_fts(text: &str) -> String {
    let mut bits: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (bit, length) = if first == '"' {
            phrase(rest)
        } else if first.is_whitespace() {
            (None, first.len_utf8())
        } else {
            let end = rest.find(|c: char| c == '"' || c.is_whitespace()).unwrap_or(rest.len());
            (rest.get(..end).map(|word| format!("\"{word}\"")), end)
        };
        bits.extend(bit);
        rest = rest.get(length..).unwrap_or_default();
    }
    bits.join(" ")
}

/// The phrase that starts here, ended by a quote if it has none, and its length. An empty one is nothing.
fn phrase(text: &str) -> (Option<String>, usize) {
    let after = text.get(1..).unwrap_or_default();
    let (words, length) = match after.find('"') {
        Some(end) => (after.get(..end).unwrap_or_default(), end + 2),
        None => (after, text.len()),
    };
    ((!words.is_empty()).then(|| format!("\"{words}\"")), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escape_fts(text), expected);
    }

    #[test]
    fn words_become_phrases() {
        check("", "");
        check("  ", "");
        check("simple", "\"simple\"");
        check("two\twords ", "\"two\" \"words\"");
        check("dog's OR (cat*)", "\"dog's\" \"OR\" \"(cat*)\"");
        check("é\u{a0}🌲", "\"é\" \"🌲\"");
    }

    #[test]
    fn phrases_stay_together() {
        check("a \"b c\" d", "\"a\" \"b c\" \"d\"");
        check("a\"b c\"d", "\"a\" \"b c\" \"d\"");
        check("\"one\ntwo\"", "\"one\ntwo\"");
    }

    #[test]
    fn a_missing_quote_is_added_and_empty_phrases_vanish() {
        check("\"a b", "\"a b\"");
        check("a\"", "\"a\"");
        check("\"\" a \"\"", "\"a\"");
        check("\"", "");
    }
}
