//! How many changes lead from one text to another, and how alike two texts are. Counted in characters.

use datasette_plugin_api::Value;

fn count(changes: usize) -> Value {
    Value::Integer(i64::try_from(changes).unwrap_or(i64::MAX))
}

/// Characters inserted, deleted and replaced.
pub(crate) fn levenshtein(a: &str, b: &str) -> Value {
    count(strsim::levenshtein(a, b))
}

/// The same, where swapping two neighbours is one change.
pub(crate) fn damerau_levenshtein(a: &str, b: &str) -> Value {
    count(strsim::damerau_levenshtein(a, b))
}

/// Places where the texts differ; the end of the longer one differs from nothing.
pub(crate) fn hamming(a: &str, b: &str) -> Value {
    let (mut a, mut b) = (a.chars(), b.chars());
    let mut differences = 0;
    loop {
        match (a.next(), b.next()) {
            (None, None) => return count(differences),
            (one, other) => differences += usize::from(one != other),
        }
    }
}

/// From 0, nothing in common, to 1, the same.
pub(crate) fn jaro(a: &str, b: &str) -> Value {
    // Nothing is not alike to nothing, as the Python library sees it.
    if a.is_empty() && b.is_empty() { 0.0.into() } else { strsim::jaro(a, b).into() }
}

/// The same, where a common beginning counts more.
pub(crate) fn jaro_winkler(a: &str, b: &str) -> Value {
    if a.is_empty() && b.is_empty() { 0.0.into() } else { strsim::jaro_winkler(a, b).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(distance: fn(&str, &str) -> Value, pairs: &[(&str, &str, i64)]) {
        for (a, b, expected) in pairs {
            assert_eq!(distance(a, b), Value::Integer(*expected), "{a} {b}");
            assert_eq!(distance(b, a), Value::Integer(*expected), "{b} {a}");
        }
    }

    #[test]
    fn levenshtein_counts_changes() {
        check(levenshtein, &[("kitten", "sitting", 3), ("berne", "born", 2), ("jellyfish", "smellyfish", 2)]);
        check(levenshtein, &[("fish", "ifsh", 2), ("", "abc", 3), ("", "", 0), ("tür", "tur", 1)]);
    }

    #[test]
    fn damerau_counts_a_swap_once() {
        check(damerau_levenshtein, &[("fish", "ifsh", 1), ("jellyfish", "jellyfihs", 1)]);
        // Not the restricted variant, in which it would be 3.
        check(damerau_levenshtein, &[("ca", "abc", 2), ("a cat", "an act", 2)]);
    }

    #[test]
    fn hamming_counts_places() {
        check(
            hamming,
            &[("karolin", "kathrin", 3), ("1011101", "1001001", 2), ("ab", "abcd", 2), ("é", "e", 1)],
        );
    }

    #[track_caller]
    fn check_alike(similarity: fn(&str, &str) -> Value, a: &str, b: &str, expected: f64) {
        let found = similarity(a, b).as_f64().unwrap();
        assert!((found - expected).abs() < 5e-4, "{a} {b}: {found}");
    }

    /// The examples of Winkler's papers.
    #[test]
    fn jaro_is_as_published() {
        for (a, b, alike) in [
            ("MARTHA", "MARHTA", 0.944),
            ("DIXON", "DICKSONX", 0.767),
            ("JELLYFISH", "SMELLYFISH", 0.896),
            ("DWAYNE", "DUANE", 0.822),
            ("abc", "xyz", 0.0),
            ("a", "", 0.0),
            ("", "", 0.0),
            ("same", "same", 1.0),
        ] {
            check_alike(jaro, a, b, alike);
        }
    }

    #[test]
    fn winkler_likes_common_beginnings() {
        for (a, b, alike) in [
            ("MARTHA", "MARHTA", 0.961),
            ("DIXON", "DICKSONX", 0.813),
            ("DWAYNE", "DUANE", 0.840),
            ("aaaaaaaa", "aaaaaaab", 0.95),
            // Too different for the beginning to count.
            ("abcx", "abyy", 0.667),
            ("", "", 0.0),
        ] {
            check_alike(jaro_winkler, a, b, alike);
        }
    }
}
