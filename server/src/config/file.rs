//! A file in JSON or YAML, whichever it turns out to be.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value as Json;

use super::{ConfigError, yaml};

/// The text of a file, or of standard input if the path is `-`.
pub(crate) fn read_text(path: &Path) -> std::io::Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
}

/// Reads the text as JSON and, if it is none, as YAML. `name` is what errors call it. An empty text is `null`.
pub(crate) fn parse(text: &str, name: &str) -> Result<Json, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let not_json = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    yaml::parse(text).map_err(|not_yaml| {
        // YAML takes most of JSON, so its complaint about broken JSON is beside the point.
        let is_json = name.ends_with(".json") || text.trim_start().starts_with('{');
        let (format, line, column, message) = if is_json {
            // Its message ends with the place, which is said once already.
            let message = not_json.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            ("JSON", not_json.line(), not_json.column(), message)
        } else {
            ("YAML", not_yaml.line, not_yaml.column, not_yaml.message)
        };
        ConfigError::new(format!(
            "{name} is not valid {format}: line {line}, column {column}: {message}; correct the file and start again"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_and_yaml_are_told_apart_by_reading_them() {
        assert_eq!(parse("{\"b\": 1, \"a\": [true]}", "x").unwrap(), json!({"b": 1, "a": [true]}));
        assert_eq!(parse("b: 1\na: [on]\n", "x").unwrap(), json!({"b": 1, "a": [true]}));
        assert_eq!(parse("\u{feff}{}", "x").unwrap(), json!({}));
        assert_eq!(parse("", "x").unwrap(), Json::Null);
        assert_eq!(parse("{a: 1}", "x.yaml").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn broken_files_are_refused_with_the_place() {
        assert_eq!(
            parse("{\"a\": 1,\n \"b\" 2}", "c.json").unwrap_err().to_string(),
            "c.json is not valid JSON: line 2, column 6: expected `:`; correct the file and start again"
        );
        let error = parse("a: [1\n", "broken.yaml").unwrap_err().to_string();
        assert!(error.starts_with("broken.yaml is not valid YAML: line "), "{error}");
    }

    #[test]
    fn a_missing_file_is_an_io_error() {
        assert!(read_text(Path::new("/no/such/file")).is_err());
    }
}
