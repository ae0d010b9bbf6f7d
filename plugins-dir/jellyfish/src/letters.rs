//! The letters that the phonetic codes know: `A` to `Z`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in capitals and without accents. What has no base letter stays: the codes pass over it.
pub(crate) fn plain(text: &str) -> Vec<char> {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_uppercase).collect()
}

/// The same, nothing but letters of any script.
pub(crate) fn only_letters(text: &str) -> Vec<char> {
    plain(text).into_iter().filter(|c| c.is_alphabetic()).collect()
}

pub(crate) fn is_vowel(c: char) -> bool {
    matches!(c, 'A' | 'E' | 'I' | 'O' | 'U')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_matter() {
        assert_eq!(plain("Çáŕẗéř ﬁß"), "CARTER FISS".chars().collect::<Vec<char>>());
        assert_eq!(only_letters("O'Brien-2 日"), "OBRIEN日".chars().collect::<Vec<char>>());
    }
}
