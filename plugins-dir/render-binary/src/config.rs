//! `plugins: datasette-render-binary:`

use datasette_plugin_api::{Error, Json, Result};

pub(crate) struct Config {
    /// How many bytes are shown as text and octets.
    pub(crate) shown_bytes: usize,
    /// Larger pictures are not shown; 0: none are.
    pub(crate) picture_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { shown_bytes: 200, picture_bytes: 32 * 1024 }
    }
}

impl Config {
    pub(crate) fn read(config: &Json) -> Result<Self> {
        let wrong = |message: String| Err(Error::new(format!("datasette-render-binary: {message}")));
        let mut read = Self::default();
        let settings = match config {
            Json::Null => return Ok(read),
            Json::Object(settings) => settings,
            _ => return wrong("its configuration has to be an object".to_owned()),
        };
        for (key, value) in settings {
            let place = match key.as_str() {
                "shown_bytes" => &mut read.shown_bytes,
                "picture_bytes" => &mut read.picture_bytes,
                // Of the server's own: no start without the plugin.
                "required" => continue,
                key => return wrong(format!("{key} is no setting; there are shown_bytes, picture_bytes")),
            };
            match value.as_u64().and_then(|number| usize::try_from(number).ok()) {
                Some(number) => *place = number,
                None => return wrong(format!("{key} has to be a whole number")),
            }
        }
        Ok(read)
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
        refused(json!("all"), "has to be an object");
        refused(json!({"picture_bytes": -1}), "picture_bytes has to be a whole number");
        refused(json!({"size": 1}), "size is no setting");
    }

    #[test]
    fn there_are_limits_without_configuration() {
        let config = Config::read(&json!({"required": true})).unwrap();
        assert_eq!((config.shown_bytes, config.picture_bytes), (200, 32_768));
    }
}
