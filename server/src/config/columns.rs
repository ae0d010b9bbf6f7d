//! `databases.{database}.tables.{table}.columns`: what columns are about, and who may see them.

use serde_json::{Map, Value as Json};

use super::ConfigError;
use super::shape::{self, Node};

/// What is configured for one column: a text is its description.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ColumnConfig {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// Who may see it; `None` where nothing is said, and everybody may who may see the table.
    pub(crate) allow: Option<Json>,
}

const KNOWN: [&str; 2] = ["description", "allow"];

pub(super) fn parse(node: &Node<'_>) -> Result<Vec<ColumnConfig>, ConfigError> {
    let mut columns = Vec::new();
    for (name, column) in node.entries()? {
        let mut config = ColumnConfig { name: name.to_owned(), ..ColumnConfig::default() };
        match column.value {
            Json::Null => continue,
            Json::Object(keys) => {
                // A misspelled `allow` would show what was meant to be hidden.
                if let Some(unknown) = keys.keys().find(|key| !KNOWN.contains(&key.as_str())) {
                    return Err(column
                        .get(unknown)
                        .error("a column has description and allow, nothing else"));
                }
                shape::check_allow(&column.get("allow"))?;
                config.description = column.get("description").string()?;
                config.allow = keys.get("allow").filter(|allow| !allow.is_null()).cloned();
            }
            Json::String(description) => config.description = Some(description.clone()),
            _ => return Err(column.expected("a description, or description and allow")),
        }
        columns.push(config);
    }
    Ok(columns)
}

/// Takes who may see which columns out of a table's metadata: that belongs to the configuration. What is
/// left are descriptions.
pub(super) fn take_rules(table: &mut Map<String, Json>) -> Vec<(String, Json)> {
    let columns = table.get_mut("columns").and_then(Json::as_object_mut);
    let rule = |(name, column): (&String, &mut Json)| {
        let allow = column.as_object_mut()?.shift_remove("allow")?;
        Some((name.clone(), allow))
    };
    columns.into_iter().flatten().filter_map(rule).collect()
}

/// What a column is about, in metadata: a text, or that of its `description`.
pub(super) fn description(column: &Json) -> Option<&Json> {
    match column {
        Json::Object(keys) => keys.get("description"),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Config;
    use super::*;

    fn config(columns: Json) -> Json {
        json!({"databases": {"d": {"tables": {"t": {"columns": columns}}}}})
    }

    #[track_caller]
    fn refused(columns: Json, expected: &str) {
        let error = Config::new(config(columns), Json::Null, Map::new()).unwrap_err().to_string();
        assert_eq!(error, format!("Invalid configuration at databases.d.tables.t.columns.{expected}"));
    }

    #[test]
    fn a_column_has_a_description_and_who_may_see_it() {
        let written = json!({"a": "About a", "b": {"description": "About b", "allow": {"id": "root"}},
            "c": {"allow": false}, "d": {"allow": null}, "e": null});
        let config = Config::new(config(written), Json::Null, Map::new()).unwrap();
        let rules: Vec<_> = config.column_rules().collect();
        assert_eq!(rules, [("d", "t", "b", &json!({"id": "root"})), ("d", "t", "c", &json!(false))]);
        let said: Vec<_> =
            config.metadata().columns.iter().map(|row| (row.column.as_str(), row.value.as_str())).collect();
        assert_eq!(said, [("a", "About a"), ("b", "About b")]);
    }

    #[test]
    fn metadata_may_say_both_as_well_and_wins_over_the_description_here() {
        let metadata = config(json!({"a": {"description": "A", "allow": {"id": "root"}}, "b": "B"}));
        let config = Config::new(config(json!({"b": "Other", "c": "C"})), metadata, Map::new()).unwrap();
        let rules: Vec<_> = config.column_rules().collect();
        assert_eq!(rules, [("d", "t", "a", &json!({"id": "root"}))]);
        let said: Vec<_> =
            config.metadata().columns.iter().map(|row| (row.column.as_str(), row.value.as_str())).collect();
        assert_eq!(said, [("a", "A"), ("b", "B"), ("c", "C")]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_path() {
        refused(json!({"a": {"alow": false}}), "a.alow: a column has description and allow, nothing else");
        refused(
            json!({"a": {"allow": "root"}}),
            "a.allow: expected true, false or key: value pairs, got the text \"root\"",
        );
        refused(
            json!({"a": {"allow": {"id": {"x": 1}}}}),
            "a.allow.id: expected a value or a list of values, got key: value pairs",
        );
        refused(json!({"a": {"description": 5}}), "a.description: expected text, got the number 5");
        refused(json!({"a": [1]}), "a: expected a description, or description and allow, got a list");
    }
}
