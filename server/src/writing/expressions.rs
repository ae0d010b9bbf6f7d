//! Defaults of columns that are calculated for each row: what the API calls them, and their SQL.

/// Name and SQL of each.
pub(crate) const EXPRESSIONS: &[(&str, &str)] = &[
    ("current_timestamp", "CURRENT_TIMESTAMP"),
    ("current_date", "CURRENT_DATE"),
    ("current_time", "CURRENT_TIME"),
    ("current_unixtime", "(CAST(strftime('%s', 'now') AS INTEGER))"),
    ("current_unixtime_ms", "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"),
];

/// The name of a default that stands in a schema, if it is one of those.
pub(crate) fn expression_name(sql: &str) -> Option<&'static str> {
    let bare = |sql: &str| sql.trim_matches(['(', ')', ' ']).to_ascii_lowercase();
    EXPRESSIONS.iter().find(|(_, known)| bare(known) == bare(sql)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_known_again_however_sqlite_spells_them() {
        assert_eq!(expression_name("current_timestamp"), Some("current_timestamp"));
        assert_eq!(expression_name("CAST(strftime('%s', 'now') AS INTEGER)"), Some("current_unixtime"));
        assert_eq!(expression_name("'current_timestamp'"), None);
        assert_eq!(expression_name("random()"), None);
    }
}
