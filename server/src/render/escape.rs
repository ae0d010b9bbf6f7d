//! Names in places that have rules of their own: CSS classes and CSS strings.

use md5::{Digest as _, Md5};

/// The name as a CSS class.
///
/// A name that is a good class already stays as it is. Any other loses what a class can't have, and gets
/// six digits of its hash, so that two names never share a class.
pub(crate) fn css_class(name: &str) -> String {
    if is_css_class(name) {
        return name.to_owned();
    }
    let hash = Md5::digest(name.as_bytes());
    let hash = hash.iter().take(3).map(|byte| format!("{byte:02x}")).collect::<String>();
    let stripped = name.trim_start_matches('_').trim_start_matches('-');
    let words = stripped.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let mut class = words.join("-");
    class.retain(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if !class.is_empty() {
        class.push('-');
    }
    class + &hash
}

fn is_css_class(name: &str) -> bool {
    // As in Python, where `$` also matches before a final line feed.
    let name = name.strip_suffix('\n').unwrap_or(name);
    name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// White space as Python sees it: Unicode's, and four old separators.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// The text between the quotes of a CSS string, inside of a `<style>` element.
pub(crate) fn css_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        // `<` and `>` as well, so that no text ends the style element; control characters for good measure.
        if matches!(c, '\'' | '"' | '\\' | '<' | '>' | '&') || c.is_control() {
            out.push_str(&format!("\\{:06X}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_classes_stay_as_they_are() {
        assert_eq!(css_class("facetable"), "facetable");
        assert_eq!(css_class("a_b-C9"), "a_b-C9");
    }

    #[test]
    fn other_names_are_cleaned_and_hashed() {
        assert_eq!(css_class("_city_id"), "city_id-07c442");
        assert_eq!(css_class("123_starts_with_digits"), "123_starts_with_digits-1707c8");
        assert_eq!(css_class("Table With Space In Name"), "Table-With-Space-In-Name-627706");
        assert_eq!(css_class("table/with/slashes.csv"), "tablewithslashescsv-fa7563");
        assert_eq!(css_class("$"), "c3e97d");
        assert_eq!(css_class("__a b"), "a-b-6e0b90");
        assert_eq!(css_class("/ b"), "-b-a1ad7a");
    }

    #[test]
    fn css_strings_cannot_be_left() {
        assert_eq!(css_string("a\"b"), "a\\000022b");
        assert_eq!(css_string("a\r\nb\\"), "a\\00000Ab\\00005C");
        assert_eq!(css_string("</style>"), "\\00003C/style\\00003E");
    }
}
