//! Which block of the configuration a plugin gets.

use serde_json::Value as Json;

/// The nearest block that is there: the table's, the database's, the root's. An empty block is there, `null` is not.
pub(super) fn find<'a>(
    root: &'a Json,
    plugin: &str,
    database: Option<&str>,
    table: Option<&str>,
    fallback: bool,
) -> Option<&'a Json> {
    let block = |level: &'a Json| level.get("plugins")?.get(plugin).filter(|value| !value.is_null());
    let database_level = database.and_then(|name| root.get("databases")?.get(name));
    let table_level = table.and_then(|name| database_level?.get("tables")?.get(name));

    let levels = [
        table.is_some().then_some(table_level),
        database.is_some().then_some(database_level),
        Some(Some(root)),
    ];
    // The first level is the one asked for, whether it is in the configuration or not.
    let mut levels = levels.into_iter().flatten();
    if fallback { levels.flatten().find_map(block) } else { levels.next().flatten().and_then(block) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(database: Option<&str>, table: Option<&str>, fallback: bool, expected: Json) {
        let root = json!({
            "plugins": {"p": "root", "q": "root"},
            "databases": {
                "d": {"plugins": {"p": "d"}, "tables": {"t": {"plugins": {"p": "t"}}, "u": {}}},
                "e": {"tables": {"t": {}}},
                "f": {"plugins": {"p": {}}},
            },
        });
        let found = find(&root, "p", database, table, fallback).cloned().unwrap_or(Json::Null);
        assert_eq!(found, expected);
    }

    #[test]
    fn the_nearest_level_wins() {
        check(None, None, true, json!("root"));
        check(Some("d"), None, true, json!("d"));
        check(Some("d"), Some("t"), true, json!("t"));
    }

    #[test]
    fn levels_without_the_plugin_fall_back() {
        check(Some("d"), Some("u"), true, json!("d"));
        check(Some("e"), None, true, json!("root"));
        check(Some("e"), Some("t"), true, json!("root"));
        check(Some("nope"), Some("nope"), true, json!("root"));
    }

    #[test]
    fn an_empty_block_is_a_block() {
        check(Some("f"), Some("t"), true, json!({}));
    }

    #[test]
    fn without_fallback_only_the_level_asked_for_counts() {
        check(Some("e"), None, false, Json::Null);
        check(Some("d"), Some("u"), false, Json::Null);
        check(Some("d"), Some("t"), false, json!("t"));
        check(None, None, false, json!("root"));
    }
}
