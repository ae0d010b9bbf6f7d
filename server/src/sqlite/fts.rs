//! Which full-text table indexes which table, read from the text of the schema.

use std::collections::HashMap;

use super::schema::Entry;

/// For each table that can be searched: the full-text table whose `content=` names it, or the table
/// itself if it is one. Of several the first in the schema counts.
pub(super) fn tables(entries: &[Entry]) -> HashMap<String, String> {
    let mut found = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.rootpage == 0) {
        let Some(sql) = entry.sql.as_deref().filter(|sql| is_fts(sql)) else { continue };
        for name in content_tables(sql) {
            // The option may spell the name in other letters.
            let table = entries.iter().find(|other| other.name.eq_ignore_ascii_case(&name));
            if let Some(table) = table {
                found.entry(table.name.clone()).or_insert_with(|| entry.name.clone());
            }
        }
        found.entry(entry.name.clone()).or_insert_with(|| entry.name.clone());
    }
    found
}

/// What stands in `content="name"` or `content=[name]`.
fn content_tables(sql: &str) -> Vec<String> {
    let mut names = Vec::new();
    let lower = sql.to_ascii_lowercase();
    let mut from = lower.find("using fts").unwrap_or(lower.len());
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("content=")) {
        let start = from + at + "content=".len();
        from = start;
        let Some(rest) = sql.get(start..) else { break };
        let close = match rest.chars().next() {
            Some('"') => '"',
            Some('[') => ']',
            _ => continue,
        };
        if let Some(end) = rest.get(1..).and_then(|rest| rest.find(close)) {
            names.extend(rest.get(1..=end).map(str::to_owned));
        }
    }
    names
}

/// A full-text table that keeps no text of its own, or another table's: nothing to look at.
pub(super) fn has_content_option(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    is_fts(&sql)
        && sql.split("using fts").nth(1).is_some_and(|rest| rest.replace(' ', "").contains("content="))
}

fn is_fts(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    sql.find("virtual table").is_some_and(|at| sql.get(at..).is_some_and(|rest| rest.contains("using fts")))
}

#[cfg(test)]
mod tests {
    use super::super::schema::Kind;
    use super::*;

    fn entry(name: &str, sql: &str) -> Entry {
        Entry { name: name.into(), kind: Kind::Table, rootpage: 0, sql: Some(sql.into()) }
    }

    #[test]
    fn a_full_text_table_is_found_by_its_content_option() {
        let entries = [
            entry("a", "CREATE TABLE a (x)"),
            entry("b c", "CREATE TABLE [b c] (x)"),
            entry("a_fts", "CREATE VIRTUAL TABLE a_fts USING fts5(x, content=\"a\")"),
            entry("b_fts", "CREATE VIRTUAL TABLE [b_fts] USING FTS4 (x, content=[b c])"),
        ];
        let tables = tables(&entries);
        assert_eq!(tables.get("a").map(String::as_str), Some("a_fts"));
        assert_eq!(tables.get("b c").map(String::as_str), Some("b_fts"));
        assert_eq!(tables.get("a_fts").map(String::as_str), Some("a_fts"));
        assert_eq!(tables.get("x"), None);
    }
}
