//! `{"$env": "NAME"}` and `{"$file": "/path"}` in the configuration of plugins.

use serde_json::Value as Json;

use super::ConfigError;

/// A copy in which every object with exactly the key `$env` or `$file` is replaced by what it points to: the
/// variable's value (`null` if it is not set), or the text of the file, as it is.
pub(crate) fn resolve(value: &Json) -> Result<Json, ConfigError> {
    resolve_with(value, &|name| std::env::var(name).ok())
}

fn resolve_with(value: &Json, env: &dyn Fn(&str) -> Option<String>) -> Result<Json, ConfigError> {
    match value {
        Json::Object(map) if map.len() == 1 => {
            if let Some(name) = map.get("$env") {
                let name =
                    name.as_str().ok_or_else(|| ConfigError::new("$env needs the name of a variable"))?;
                return Ok(env(name).map_or(Json::Null, Json::String));
            }
            if let Some(path) = map.get("$file") {
                let path = path.as_str().ok_or_else(|| ConfigError::new("$file needs the path of a file"))?;
                return read(path).map(Json::String);
            }
            resolve_object(map, env)
        }
        Json::Object(map) => resolve_object(map, env),
        Json::Array(items) => items.iter().map(|item| resolve_with(item, env)).collect(),
        other => Ok(other.clone()),
    }
}

fn resolve_object(
    map: &serde_json::Map<String, Json>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Json, ConfigError> {
    let pairs = map.iter().map(|(key, value)| Ok((key.clone(), resolve_with(value, env)?)));
    pairs.collect::<Result<_, _>>().map(Json::Object)
}

fn read(path: &str) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| {
        ConfigError::new(format!(
            "$file {path} can't be read ({error}); a plugin's configuration points to it"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_resolved_at_every_depth() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "from file\n").unwrap();
        let config = json!({
            "a": {"$env": "SET"}, "b": [{"$env": "UNSET"}], "c": {"d": {"$file": file.path()}},
            "not alone": {"$env": "SET", "x": 1},
        });
        let resolved = resolve_with(&config, &|name| (name == "SET").then(|| "value".to_owned())).unwrap();
        assert_eq!(
            resolved,
            json!({
                "a": "value", "b": [null], "c": {"d": "from file\n"},
                "not alone": {"$env": "SET", "x": 1},
            })
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = resolve(&json!({"$file": "/no/such/file"})).unwrap_err().to_string();
        assert!(error.contains("/no/such/file"), "{error}");
    }
}
