//! The name under which a download is saved.

use datasette_plugin_api::Render;
use md5::{Digest, Md5};

/// `TABLE-KEY-COLUMN-HASH.blob`, as far as there are these parts.
pub(crate) fn filename(page: &Render<'_>, column: &str, hash: Option<&str>) -> String {
    let key = (page.view_name == "row").then(|| page.request.path().rsplit('/').next()).flatten();
    let parts = [
        page.table.map(plain_name),
        key.map(|key| key.strip_suffix(".blob").unwrap_or(key).replace(is_special, "_")),
        Some(plain_name(column)),
        hash.map(|hash| hash.chars().take(6).collect()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    format!("{}.blob", parts.join("-"))
}

/// What would end the header's quoted string, or the header.
fn is_special(c: char) -> bool {
    c == '"' || c == '\\' || c.is_control()
}

/// The name if it is plain enough, else what is left of it and a hash: as in Datasette's CSS classes.
fn plain_name(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(allowed) {
        return name.to_owned();
    }
    let hash: String = Md5::digest(name).iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    let stem = name.trim_start_matches('_').trim_start_matches('-');
    let words: Vec<&str> = stem.split_whitespace().collect();
    let stem: String = words.join("-").chars().filter(|c| allowed(*c)).collect();
    if stem.is_empty() { hash } else { format!("{stem}-{hash}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_plain_get_a_hash() {
        let names = ["data", "_neighborhood", "a b", "é", "x-1"];
        let plain: Vec<_> = names.into_iter().map(plain_name).collect();
        assert_eq!(plain, ["data", "neighborhood-b352a7", "a-b-0cc9cd", "66ddcd", "x-1"]);
    }
}
