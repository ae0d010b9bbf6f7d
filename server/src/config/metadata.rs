//! `metadata.yaml`: what the site, its databases, tables and columns are about.
//!
//! Metadata is shown; configuration acts. Files from before the two were separated mix them, so what
//! acts is moved to the configuration first.

use serde_json::{Map, Value as Json};

use super::ConfigError;
use super::columns::{self, ColumnConfig};
use super::python_json::dumps;
use super::shape::Node;

type Object = Map<String, Json>;

/// Keys of any level that act.
const MOVED_EVERYWHERE: [&str; 2] = ["plugins", "allow"];

/// Keys of a table that act.
const MOVED_FROM_TABLES: [&str; 10] = [
    "hidden",
    "sort",
    "sort_desc",
    "size",
    "sortable_columns",
    "label_column",
    "facets",
    "fts_table",
    "fts_pk",
    "searchmode",
];

/// Keys that act but are only looked for in the configuration: in metadata they protect or change nothing.
const NOT_MOVED: [&str; 7] =
    ["allow_sql", "permissions", "settings", "queries", "facet_size", "column_types", "extra_css_urls"];

/// Metadata as rows for the internal tables. Values that are no text are kept as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) instance: Vec<InstanceRow>,
    pub(crate) databases: Vec<DatabaseRow>,
    pub(crate) resources: Vec<ResourceRow>,
    pub(crate) columns: Vec<ColumnRow>,
    /// Paths of keys that have no effect in metadata and most likely were meant to have one.
    pub(crate) ignored: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceRow {
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseRow {
    pub(crate) database: String,
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceRow {
    pub(crate) database: String,
    /// A table, view or stored query.
    pub(crate) resource: String,
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnRow {
    pub(crate) database: String,
    pub(crate) resource: String,
    pub(crate) column: String,
    /// Always `description`: the file has nothing else for columns.
    pub(crate) key: String,
    pub(crate) value: String,
}

impl Metadata {
    /// Takes metadata without the keys that [`migrate`] moved.
    pub(super) fn new(root: Object) -> Result<Self, ConfigError> {
        let root = Json::Object(root);
        let root = Node { path: "metadata".to_owned(), value: &root };
        let mut metadata = Self::default();
        for (key, value) in root.entries()?.into_iter().filter(|(key, _)| *key != "databases") {
            metadata.note_ignored(key, &value);
            metadata.instance.push(InstanceRow { key: key.to_owned(), value: to_text(value.value) });
        }
        for (name, database) in root.get("databases").entries()? {
            metadata.add_database(name, &database)?;
        }
        Ok(metadata)
    }

    fn add_database(&mut self, name: &str, database: &Node<'_>) -> Result<(), ConfigError> {
        for (key, value) in database.entries()? {
            self.note_ignored(key, &value);
            if !matches!(key, "tables" | "queries") {
                let (database, key) = (name.to_owned(), key.to_owned());
                self.databases.push(DatabaseRow { database, key, value: to_text(value.value) });
            }
        }
        for (table_name, table) in database.get("tables").entries()? {
            for (key, value) in table.entries()?.into_iter().filter(|(key, _)| *key != "columns") {
                self.note_ignored(key, &value);
                let (database, resource) = (name.to_owned(), table_name.to_owned());
                let (key, value) = (key.to_owned(), to_text(value.value));
                self.resources.push(ResourceRow { database, resource, key, value });
            }
            for (column, said) in table.get("columns").entries()? {
                let Some(description) = columns::description(said.value) else { continue };
                self.columns.push(ColumnRow {
                    database: name.to_owned(),
                    resource: table_name.to_owned(),
                    column: column.to_owned(),
                    key: "description".to_owned(),
                    value: to_text(description),
                });
            }
        }
        Ok(())
    }

    /// Adds what the configuration says of columns, where metadata says nothing.
    pub(super) fn add_descriptions<'a>(
        &mut self,
        columns: impl Iterator<Item = (&'a str, &'a str, &'a ColumnConfig)>,
    ) {
        for (database, resource, column) in columns {
            let Some(description) = &column.description else { continue };
            let is_said = self.columns.iter().any(|row| {
                (row.database.as_str(), row.resource.as_str(), &row.column)
                    == (database, resource, &column.name)
            });
            if !is_said {
                self.columns.push(ColumnRow {
                    database: database.to_owned(),
                    resource: resource.to_owned(),
                    column: column.name.clone(),
                    key: "description".to_owned(),
                    value: description.clone(),
                });
            }
        }
    }

    fn note_ignored(&mut self, key: &str, node: &Node<'_>) {
        if NOT_MOVED.contains(&key) {
            self.ignored.push(node.path.clone());
        }
    }
}

/// Moves what acts from metadata to the same place in the configuration, where it wins over what is there. Returns
/// both.
pub(super) fn migrate(mut metadata: Object, mut config: Object) -> Result<(Object, Object), ConfigError> {
    move_keys(&mut metadata, &mut config, &[], &MOVED_EVERYWHERE)?;
    for (database, block) in object_entries(metadata.get_mut("databases")) {
        move_keys(block, &mut config, &["databases", database], &MOVED_EVERYWHERE)?;
        for (table, block) in object_entries(block.get_mut("tables")) {
            let path = ["databases", database, "tables", table];
            move_keys(block, &mut config, &path, &MOVED_EVERYWHERE)?;
            move_keys(block, &mut config, &path, &MOVED_FROM_TABLES)?;
            for (column, allow) in columns::take_rules(block) {
                let column = [path.as_slice(), &["columns", &column]].concat();
                open_path(&mut config, &column)?.insert("allow".to_owned(), allow);
            }
        }
        for (query, block) in object_entries(block.get_mut("queries")) {
            move_keys(block, &mut config, &["databases", database, "queries", query], &MOVED_EVERYWHERE)?;
        }
    }
    prune(&mut metadata);
    Ok((metadata, config))
}

fn object_entries(value: Option<&mut Json>) -> impl Iterator<Item = (&str, &mut Object)> {
    let map = value.and_then(Json::as_object_mut);
    map.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_object_mut()?)))
}

fn move_keys(
    from: &mut Object,
    config: &mut Object,
    path: &[&str],
    keys: &[&str],
) -> Result<(), ConfigError> {
    for key in keys {
        // Not swap_remove: what stays keeps its order.
        if let Some(value) = from.shift_remove(*key) {
            let place = open_path(config, path)?;
            match (place.get_mut(*key), value) {
                // Plugins do not know of each other: both files may configure some.
                (Some(Json::Object(there)), Json::Object(plugins)) if *key == "plugins" => {
                    there.extend(plugins)
                }
                (_, value) => {
                    place.insert((*key).to_owned(), value);
                }
            }
        }
    }
    Ok(())
}

/// The object at the path of the configuration, made if it is missing.
fn open_path<'a>(config: &'a mut Object, path: &[&str]) -> Result<&'a mut Object, ConfigError> {
    let mut level = config;
    for (depth, step) in path.iter().enumerate() {
        let next = level.entry(*step).or_insert(Json::Null);
        if next.is_null() {
            *next = Json::Object(Map::new());
        }
        level = next.as_object_mut().ok_or_else(|| {
            let path = path.get(..=depth).unwrap_or(path).join(".");
            ConfigError::at(&path, "expected key: value pairs, because metadata adds to it")
        })?;
    }
    Ok(level)
}

/// Removes objects that are empty or hold nothing but such objects.
fn prune(map: &mut Object) {
    map.retain(|_, value| match value {
        Json::Object(inner) => {
            prune(inner);
            !inner.is_empty()
        }
        _ => true,
    });
}

fn to_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => dumps(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_migration(metadata: Json, config: Json, expected_metadata: Json, expected_config: Json) {
        let object = |value: Json| value.as_object().cloned().unwrap();
        let (metadata, config) = migrate(object(metadata), object(config)).unwrap();
        assert_eq!((Json::Object(metadata), Json::Object(config)), (expected_metadata, expected_config));
    }

    #[test]
    fn what_acts_moves_to_the_configuration() {
        check_migration(
            json!({
                "title": "T", "plugins": {"p": {"a": 1}}, "allow": {"id": "root"},
                "databases": {"d": {"allow": true, "tables": {"t": {"sort": "a", "title": "t", "plugins": {"p": 2}}}}},
            }),
            json!({"plugins": {"p": {"b": 1}, "q": 2}, "allow": false, "databases": {"d": {"tables": {"t": {"sort": "z", "size": 3}}}}}),
            json!({"title": "T", "databases": {"d": {"tables": {"t": {"title": "t"}}}}}),
            json!({
                "plugins": {"p": {"a": 1}, "q": 2},
                "allow": {"id": "root"},
                "databases": {"d": {"tables": {"t": {"sort": "a", "size": 3, "plugins": {"p": 2}}}, "allow": true}},
            }),
        );
    }

    #[test]
    fn emptied_objects_disappear() {
        check_migration(
            json!({"databases": {"d": {"tables": {"t": {"hidden": true}}}}}),
            json!({}),
            json!({}),
            json!({"databases": {"d": {"tables": {"t": {"hidden": true}}}}}),
        );
    }

    #[test]
    fn names_that_sound_like_keys_stay() {
        let metadata =
            json!({"databases": {"allow": {"tables": {"plugins": {"columns": {"allow": "A column"}}}}}});
        check_migration(metadata.clone(), json!({}), metadata, json!({}));
    }

    #[test]
    fn a_place_that_is_taken_is_an_error() {
        let metadata = json!({"databases": {"d": {"queries": {"q": {"allow": true}}}}});
        let config = json!({"databases": {"d": {"queries": {"q": "select 1"}}}});
        let error = migrate(metadata.as_object().cloned().unwrap(), config.as_object().cloned().unwrap());
        assert!(
            error.unwrap_err().to_string().contains("at databases.d.queries.q: expected key: value pairs")
        );
    }

    #[test]
    fn rows_hold_text_or_json() {
        let root = json!({
            "title": "T", "custom": {"nested": [1, 2]},
            "databases": {"d": {
                "number": 5,
                "queries": {"q": {"title": "not stored"}},
                "tables": {"t": {"about": "é", "columns": {"c": "A column"}}},
            }},
        });
        let metadata = Metadata::new(root.as_object().cloned().unwrap()).unwrap();
        let row = |key: &str, value: &str| InstanceRow { key: key.into(), value: value.into() };
        assert_eq!(metadata.instance, [row("title", "T"), row("custom", r#"{"nested": [1, 2]}"#)]);
        assert_eq!(metadata.databases.len(), 1);
        assert_eq!(metadata.databases[0].value, "5");
        assert_eq!(metadata.resources[0].value, "é");
        let column = &metadata.columns[0];
        assert_eq!((column.column.as_str(), column.value.as_str()), ("c", "A column"));
    }

    #[test]
    fn keys_without_effect_are_noted() {
        let root = json!({"allow_sql": false, "databases": {"d": {"permissions": {}, "queries": {"q": "select 1"}}}});
        let metadata = Metadata::new(root.as_object().cloned().unwrap()).unwrap();
        let expected =
            ["metadata.allow_sql", "metadata.databases.d.permissions", "metadata.databases.d.queries"];
        assert_eq!(metadata.ignored, expected);
    }

    #[test]
    fn malformed_metadata_is_refused_with_its_path() {
        let root = json!({"databases": {"d": "text"}});
        let error = Metadata::new(root.as_object().cloned().unwrap()).unwrap_err();
        assert!(error.to_string().contains("at metadata.databases.d: expected key: value pairs"), "{error}");
    }
}
