//! The metadata that is published: a file, and what options put over it.

use std::path::Path;

use datasette_plugin_api::{Error, Json, Map, Result, json};

/// JSON or YAML, by what it reads as.
pub(crate) fn read(path: &Path) -> Result<Map> {
    let shown = path.display();
    let wrong =
        |why: String| Error::bad_request(format!("Invalid value for '-m' / '--metadata': '{shown}': {why}"));
    let text = std::fs::read_to_string(path).map_err(|error| {
        let reason = error.to_string();
        wrong(reason.split(" (os error").next().unwrap_or_default().to_owned())
    })?;
    // Every JSON is YAML, but its errors are easier to read.
    let parsed: Json = if text.trim_start().starts_with('{') {
        serde_json_of(&text).map_err(wrong)?
    } else {
        serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?
    };
    match parsed {
        Json::Object(metadata) => Ok(metadata),
        Json::Null => Ok(Map::new()),
        _ => Err(wrong("metadata is an object".to_owned())),
    }
}

fn serde_json_of(text: &str) -> std::result::Result<Json, String> {
    datasette_plugin_api::serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Has the plugin find its secret in the environment.
pub(crate) fn add_secret(metadata: &mut Map, plugin: &str, setting: &str, variable: &str) -> Result<()> {
    let object = |value: &Json| value.is_object();
    let plugins = metadata.entry("plugins").or_insert_with(|| json!({}));
    if object(plugins) {
        let config = &mut plugins[plugin];
        if config.is_null() || object(config) {
            config[setting] = json!({"$env": variable});
            return Ok(());
        }
    }
    Err(Error::bad_request(format!(
        "The metadata's plugins.{plugin} is no object; the secret has no place in it"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Json> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path()).map(Json::Object)
    }

    #[test]
    fn files_are_json_or_yaml() {
        assert_eq!(of("{\"title\": \"T\"}").unwrap(), json!({"title": "T"}));
        assert_eq!(of("title: T\n").unwrap(), json!({"title": "T"}));
        assert_eq!(of("").unwrap(), json!({}));
        for wrong in ["{", "- a", "title: ["] {
            assert!(
                of(wrong).unwrap_err().message.starts_with("Invalid value for '-m' / '--metadata'"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn secrets_stand_beside_what_there_is() {
        let mut metadata = Map::from_iter([("plugins".to_owned(), json!({"p": {"a": 1}, "q": 2}))]);
        add_secret(&mut metadata, "p", "b", "P_B").unwrap();
        assert_eq!(metadata["plugins"], json!({"p": {"a": 1, "b": {"$env": "P_B"}}, "q": 2}));
        assert!(add_secret(&mut metadata, "q", "b", "Q_B").is_err());
    }
}
