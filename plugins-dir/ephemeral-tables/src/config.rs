//! Which tables, and for how long.

use datasette_plugin_api::*;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) database: String,
    /// Seconds a table lives.
    pub(crate) table_ttl: i64,
    /// Seconds between two looks.
    pub(crate) check_interval: u64,
    /// Tables whose names begin with one of these; all, if there are none.
    pub(crate) prefixes: Vec<String>,
    /// Tables that stay.
    keep: Vec<String>,
}

const KEYS: [&str; 6] = ["database", "table_ttl", "check_interval", "prefixes", "keep", "required"];

impl Config {
    pub(crate) fn read(config: &Json) -> Result<Self> {
        let nothing = Map::new();
        let config = match config {
            Json::Null => &nothing,
            Json::Object(config) => config,
            _ => return Err("the configuration of datasette-ephemeral-tables has to be an object".into()),
        };
        if let Some(key) = config.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!("datasette-ephemeral-tables has no option {key}").into());
        }
        let database = match config.get("database") {
            None => "ephemeral",
            Some(name) => name.as_str().ok_or("database has to be a text")?,
        };
        Ok(Self {
            database: database.to_owned(),
            table_ttl: i64::from(seconds(config, "table_ttl", 300)?),
            check_interval: u64::from(seconds(config, "check_interval", 2)?),
            prefixes: list(config, "prefixes")?,
            keep: list(config, "keep")?,
        })
    }

    /// Whether a table of that name is to be dropped in time. SQLite does not tell `A` from `a`.
    pub(crate) fn concerns(&self, table: &str) -> bool {
        let begins = |prefix: &String| {
            table.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let is_kept = self.keep.iter().any(|kept| kept.eq_ignore_ascii_case(table));
        !is_kept && (self.prefixes.is_empty() || self.prefixes.iter().any(begins))
    }
}

fn seconds(config: &Map, key: &str, default: u32) -> Result<u32> {
    let Some(value) = config.get(key) else { return Ok(default) };
    let seconds =
        value.as_u64().and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| format!("{key} has to be a number of seconds, 1 or more").into())
}

fn list(config: &Map, key: &str) -> Result<Vec<String>> {
    let Some(value) = config.get(key) else { return Ok(Vec::new()) };
    let texts =
        value.as_array().and_then(|list| list.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    texts
        .filter(|texts: &Vec<String>| texts.iter().all(|text| !text.is_empty()))
        .ok_or_else(|| format!("{key} has to be a list of texts").into())
}

/// `90` is `a minute and 30 seconds`.
pub(crate) fn duration(seconds: i64) -> String {
    let units = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let Some(at) = units.iter().position(|(_, length)| seconds >= *length) else {
        return "a second".to_owned();
    };
    let count = |name: &str, number: i64| match (name, number) {
        ("hour", 1) => "an hour".to_owned(),
        (name, 1) => format!("a {name}"),
        (name, number) => format!("{number} {name}s"),
    };
    let (name, length) = units[at];
    let large = count(name, seconds / length);
    match units.get(at + 1).map(|(name, small)| (name, seconds % length / small)) {
        Some((name, number)) if number > 0 => format!("{large} and {}", count(name, number)),
        _ => large,
    }
}
