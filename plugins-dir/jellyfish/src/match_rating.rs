//! The match rating approach of Western Airlines (1977): a codex for a name, and whether two sound alike.

use crate::letters::{is_vowel, plain};

/// Without its vowels but the first letter, and without doubled consonants; of a long one the ends. A name in which
/// there is anything but letters and spaces has none.
pub(crate) fn codex(text: &str) -> Option<String> {
    Some(letters(text)?.into_iter().collect())
}

/// Whether two names sound alike; `None` for those that are too different in length to say.
pub(crate) fn comparison(a: &str, b: &str) -> Option<bool> {
    let (a, b) = (letters(a)?, letters(b)?);
    if a.len().abs_diff(b.len()) > 2 {
        return None;
    }
    let needed = match a.len() + b.len() {
        0..=4 => 5,
        5..=7 => 4,
        8..=11 => 3,
        _ => 2,
    };
    let (a, b) = without_common(a, b);
    let (a, b) = without_common(a.into_iter().rev().collect(), b.into_iter().rev().collect());
    let rating = 6_usize.saturating_sub(a.len().max(b.len()));
    Some(rating >= needed)
}

fn letters(text: &str) -> Option<Vec<char>> {
    let name = plain(text);
    if !name.iter().all(|c| c.is_alphabetic() || *c == ' ') {
        return None;
    }
    let mut codex: Vec<char> = Vec::new();
    let mut previous = None;
    for (index, letter) in name.into_iter().enumerate() {
        let doubled = previous == Some(letter);
        previous = Some(letter);
        if letter != ' ' && (index == 0 || !(is_vowel(letter) || doubled)) {
            codex.push(letter);
        }
    }
    if codex.len() > 6 {
        codex.drain(3..codex.len() - 3);
    }
    Some(codex)
}

/// Both without the letters that they have in the same places.
fn without_common(a: Vec<char>, b: Vec<char>) -> (Vec<char>, Vec<char>) {
    let differs = |index: usize| a.get(index) != b.get(index);
    let rest = |name: &[char]| {
        name.iter().enumerate().filter(|(index, _)| differs(*index)).map(|(_, letter)| *letter).collect()
    };
    (rest(&a), rest(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codices_are_as_published() {
        for (name, expected) in [
            ("Byrne", "BYRN"),
            ("Boern", "BRN"),
            ("Smith", "SMTH"),
            ("Smyth", "SMYTH"),
            ("Catherine", "CTHRN"),
            ("Kathryn", "KTHRYN"),
            ("Jellyfish", "JLYFSH"),
            ("van der Berg", "VNDBRG"),
            ("Washington", "WSHGTN"),
            ("Ed", "ED"),
            ("", ""),
        ] {
            assert_eq!(codex(name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn pairs_match_as_published() {
        for (a, b) in
            [("Byrne", "Boern"), ("Smith", "Smyth"), ("Catherine", "Kathryn"), ("Ed", "Ad"), ("", "")]
        {
            assert_eq!((comparison(a, b), comparison(b, a)), (Some(true), Some(true)), "{a} {b}");
        }
        assert_eq!(comparison("Michael", "Mike"), Some(false));
    }

    #[test]
    fn too_different_lengths_are_not_compared() {
        assert_eq!(comparison("Tim", "Timothy"), None);
    }

    #[test]
    fn what_is_no_name_has_no_codex() {
        for name in ["O'Brien", "R2D2", "a@b"] {
            assert_eq!((codex(name), comparison(name, "OBrien")), (None, None), "{name}");
        }
    }
}
