//! `plugins: datasette-pretty-json:`

use datasette_plugin_api::{Error, Json, Result};

/// More lines than this are folded up.
const OPEN_LINES: usize = 12;

pub(crate) struct Config {
    /// Only these columns; without it all.
    columns: Option<Vec<String>>,
    pub(crate) open_lines: usize,
}

impl Config {
    pub(crate) fn read(config: &Json) -> Result<Self> {
        let wrong = |message: &str| Err(Error::new(format!("datasette-pretty-json: {message}")));
        let mut read = Self { columns: None, open_lines: OPEN_LINES };
        let settings = match config {
            Json::Null => return Ok(read),
            Json::Object(settings) => settings,
            _ => return wrong("its configuration has to be an object"),
        };
        for (key, value) in settings {
            match (key.as_str(), value) {
                ("columns", Json::Array(list)) if list.iter().all(Json::is_string) => {
                    read.columns = Some(list.iter().filter_map(Json::as_str).map(str::to_owned).collect());
                }
                ("columns", _) => return wrong("columns has to be a list of names"),
                ("open_lines", value) => match value.as_u64().and_then(|lines| usize::try_from(lines).ok()) {
                    Some(lines) => read.open_lines = lines,
                    None => return wrong("open_lines has to be a whole number"),
                },
                // Of the server's own: no start without the plugin.
                ("required", _) => {}
                (key, _) => return wrong(&format!("{key} is no setting; there are columns, open_lines")),
            }
        }
        Ok(read)
    }

    pub(crate) fn wants(&self, column: &str) -> bool {
        self.columns.as_ref().is_none_or(|columns| columns.iter().any(|name| name == column))
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use super::*;

    #[track_caller]
    fn refused(config: Json, word: &str) {
        let error = Config::read(&config).map(drop).unwrap_err();
        assert!(error.message.contains(word), "{}", error.message);
    }

    #[test]
    fn mistakes_are_named() {
        refused(json!([]), "has to be an object");
        refused(json!({"columns": [1]}), "columns has to be a list of names");
        refused(json!({"open_lines": -1}), "open_lines has to be a whole number");
        refused(json!({"colums": []}), "colums is no setting");
    }

    #[test]
    fn without_configuration_all_columns_are_wanted() {
        let config = Config::read(&json!({"required": true})).unwrap();
        assert!(config.wants("anything") && config.open_lines == OPEN_LINES);
    }
}
