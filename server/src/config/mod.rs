//! What the owner of the site asks for: `datasette.yaml`, `metadata.yaml`, `-s` and a folder of all that.
//!
//! Reading ends at start-up. Everything is checked once, in [`Config::new`]; what pages ask for later is
//! typed and cached, and what only plugins understand stays JSON.
//!
//! Adding a setting: one line in `settings.rs`. Adding a table option: a field in [`TableConfig`].

mod error;
mod nearest;
mod file;
mod yaml;
mod settings;
mod cli_settings;
mod shape;
mod table;
mod columns;
mod query;
mod assets;
mod metadata;
mod secrets;
mod redact;
mod plugin_config;
mod directory;
mod python_json;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json};

pub(crate) use assets::AssetUrl;
pub(crate) use cli_settings::parse_pairs;
pub(crate) use directory::Directory;
pub(crate) use error::ConfigError;
pub(crate) use file::{parse, read_text};
pub(crate) use metadata::Metadata;
pub(crate) use nearest::nearest;
pub(crate) use python_json::{dumps, dumps_indented};
pub(crate) use query::StoredQueryConfig;
pub(crate) use redact::redact;
pub(crate) use secrets::resolve as resolve_secrets;
pub(crate) use settings::Settings;
pub(crate) use table::{Size, TableConfig};

use cli_settings::merge;
use shape::Node;

/// The configuration of one site, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// As written, with what metadata held for it; secrets are not resolved.
    root: Json,
    settings: Settings,
    metadata: Metadata,
    databases: HashMap<String, DatabaseConfig>,
    extra_css_urls: Vec<AssetUrl>,
    extra_js_urls: Vec<AssetUrl>,
}

/// What is configured for one database.
#[derive(Debug, Clone, Default)]
pub(crate) struct DatabaseConfig {
    tables: HashMap<String, TableConfig>,
    /// In the order of the file.
    queries: Vec<StoredQueryConfig>,
}

static NOTHING_FOR_DATABASE: LazyLock<DatabaseConfig> = LazyLock::new(DatabaseConfig::default);
static NOTHING_FOR_TABLE: LazyLock<TableConfig> = LazyLock::new(TableConfig::default);

impl Config {
    /// Takes both files as read, moves what metadata holds for the configuration, lays the command line's `-s`
    /// over it, and checks every known key. A file that is empty or `null` counts as `{}`.
    pub(crate) fn new(config: Json, metadata: Json, updates: Map<String, Json>) -> Result<Self, ConfigError> {
        let config = object_or_empty(config, "The configuration file")?;
        let metadata = object_or_empty(metadata, "The metadata file")?;
        let (metadata, mut root) = metadata::migrate(metadata, config)?;
        let mut metadata = Metadata::new(metadata)?;
        merge(&mut root, updates);
        let root = Json::Object(root);
        let node = Node::root(&root);

        let settings =
            node.get("settings").object()?.map(Settings::from_json).transpose()?.unwrap_or_default();
        shape::check_access_keys(&node)?;
        let databases = node
            .get("databases")
            .entries()?
            .into_iter()
            .map(|(name, database)| Ok((name.to_owned(), DatabaseConfig::parse(&database)?)))
            .collect::<Result<_, ConfigError>>()?;
        let databases: HashMap<String, DatabaseConfig> = databases;
        metadata.add_descriptions(databases.iter().flat_map(|(name, database)| {
            let tables = database.tables();
            tables.flat_map(move |(table, config)| {
                config.columns.iter().map(move |column| (name.as_str(), table, column))
            })
        }));
        let extra_css_urls = assets::parse(&node.get("extra_css_urls"))?;
        let extra_js_urls = assets::parse(&node.get("extra_js_urls"))?;
        Ok(Self { settings, metadata, databases, extra_css_urls, extra_js_urls, root })
    }

    /// The configuration as written. Visitors see [`Config::redacted`].
    pub(crate) fn root(&self) -> &Json {
        &self.root
    }

    /// For `/-/config.json`: values under keys that sound like secrets are `"***"`.
    pub(crate) fn redacted(&self) -> Json {
        redact(&self.root)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(crate) fn database(&self, database: &str) -> &DatabaseConfig {
        self.databases.get(database).unwrap_or(&NOTHING_FOR_DATABASE)
    }

    /// Every database that is configured, attached or not.
    pub(crate) fn databases(&self) -> impl Iterator<Item = (&str, &DatabaseConfig)> {
        self.databases.iter().map(|(name, database)| (name.as_str(), database))
    }

    pub(crate) fn table(&self, database: &str, table: &str) -> &TableConfig {
        self.database(database).table(table)
    }

    /// Database, table and column of each rule about who may see a column, and the rule.
    pub(crate) fn column_rules(&self) -> impl Iterator<Item = (&str, &str, &str, &Json)> {
        self.databases().flat_map(|(database, config)| {
            config.tables().flat_map(move |(table, config)| {
                let rules = config.columns.iter();
                rules.filter_map(move |column| {
                    Some((database, table, column.name.as_str(), column.allow.as_ref()?))
                })
            })
        })
    }

    /// As written: `base_url` is not added, nothing is removed twice.
    pub(crate) fn extra_css_urls(&self) -> &[AssetUrl] {
        &self.extra_css_urls
    }

    pub(crate) fn extra_js_urls(&self) -> &[AssetUrl] {
        &self.extra_js_urls
    }

    /// What is configured for a plugin: the table's block, else the database's, else the root's, with
    /// `$env` and `$file` resolved. With `fallback` off only the level asked for is looked at.
    pub(crate) fn plugin_config(
        &self,
        plugin: &str,
        database: Option<&str>,
        table: Option<&str>,
        fallback: bool,
    ) -> Result<Option<Json>, ConfigError> {
        plugin_config::find(&self.root, plugin, database, table, fallback).map(resolve_secrets).transpose()
    }

    /// The JSON at `databases.{database}.tables.{table}`, for plugins.
    pub(crate) fn table_json(&self, database: &str, table: &str) -> Option<&Map<String, Json>> {
        self.root.get("databases")?.get(database)?.get("tables")?.get(table)?.as_object()
    }
}

impl DatabaseConfig {
    fn parse(node: &Node<'_>) -> Result<Self, ConfigError> {
        shape::check_access_keys(node)?;
        let mut tables = HashMap::new();
        for (name, table) in node.get("tables").entries()? {
            tables.insert(name.to_owned(), TableConfig::parse(&table)?);
        }
        let queries = node.get("queries").entries()?;
        let queries = queries.iter().map(|(name, query)| StoredQueryConfig::parse(name, query));
        Ok(Self { tables, queries: queries.collect::<Result<_, _>>()? })
    }

    pub(crate) fn table(&self, table: &str) -> &TableConfig {
        self.tables.get(table).unwrap_or(&NOTHING_FOR_TABLE)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = (&str, &TableConfig)> {
        self.tables.iter().map(|(name, table)| (name.as_str(), table))
    }

    pub(crate) fn queries(&self) -> &[StoredQueryConfig] {
        &self.queries
    }
}

fn object_or_empty(value: Json, what: &str) -> Result<Map<String, Json>, ConfigError> {
    match value {
        Json::Null => Ok(Map::new()),
        Json::Object(map) => Ok(map),
        other => Err(ConfigError::new(format!(
            "{what} has to hold key: value pairs, not {}",
            shape::describe(&other)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn config(root: Json) -> Config {
        Config::new(root, Json::Null, Map::new()).expect("valid configuration")
    }

    #[track_caller]
    fn refused(root: Json) -> String {
        Config::new(root, Json::Null, Map::new()).expect_err("invalid configuration").to_string()
    }

    #[test]
    fn what_is_not_configured_is_empty() {
        let config = config(Json::Null);
        assert!(config.table("nope", "nope").facets.is_empty());
        assert!(config.database("nope").queries().is_empty());
        assert_eq!(config.settings().default_page_size, 100);
    }

    #[test]
    fn malformed_shapes_are_refused_with_their_path() {
        let table = |value: Json| json!({"databases": {"d": {"tables": {"t": value}}}});
        assert_eq!(
            refused(table(json!({"facets": 5}))),
            "Invalid configuration at databases.d.tables.t.facets: expected a list, got the number 5"
        );
        assert_eq!(
            refused(json!({"allow": [1]})),
            "Invalid configuration at allow: expected true, false or key: value pairs, got a list"
        );
        assert!(
            refused(json!({"databases": []})).contains("at databases: expected key: value pairs, got a list")
        );
        assert!(
            refused(json!({"permissions": {"x": "alice"}}))
                .contains("at permissions.x: expected true, false")
        );
        assert!(
            refused(json!({"databases": {"d": {"queries": {"q": {"title": "t"}}}}}))
                .contains("at databases.d.queries.q: needs sql")
        );
        assert!(refused(json!([])).contains("has to hold key: value pairs, not a list"));
    }

    #[test]
    fn the_command_line_wins_over_both_files() {
        let updates = json!({"allow": false, "settings": {"default_page_size": 3}});
        let config = Config::new(
            json!({"settings": {"default_page_size": 1, "max_csv_mb": 2}}),
            json!({"allow": true, "plugins": {"p": 1}}),
            updates.as_object().cloned().unwrap_or_default(),
        )
        .unwrap();
        assert_eq!((config.settings().default_page_size, config.settings().max_csv_mb), (3, 2));
        assert_eq!(config.root()["allow"], json!(false));
        assert_eq!(config.root()["plugins"], json!({"p": 1}));
    }

    #[test]
    fn null_counts_as_missing_everywhere() {
        config(
            json!({"settings": null, "allow": null, "databases": {"d": null, "e": {"tables": {"t": null}}}}),
        );
    }

    #[test]
    fn integers_stand_for_yes_and_no_in_allow_blocks() {
        config(json!({"permissions": {"execute-sql": 1}, "allow": 0}));
        assert!(refused(json!({"allow": 2})).contains("got the number 2"));
    }

    #[test]
    fn queries_keep_the_order_of_the_file() {
        let config =
            config(json!({"databases": {"d": {"queries": {"b": "select 2", "a": {"sql": "select 1"}}}}}));
        let names: Vec<_> = config.database("d").queries().iter().map(|query| query.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(
            config
                .database("d")
                .queries()
                .iter()
                .find(|query| query.name == "a")
                .map(|query| query.sql.as_str()),
            Some("select 1")
        );
    }
}
