//! `plugins: datasette-render-markdown:` and which columns it means.

use datasette_plugin_api::{Error, Json, Map, Result};

use crate::options::{Options, words};

pub(crate) struct Config {
    columns: Vec<String>,
    patterns: Vec<String>,
    pub(crate) options: Options,
}

impl Config {
    pub(crate) fn read(config: &Json) -> Result<Self> {
        let settings = match config {
            Json::Null => &Map::new(),
            Json::Object(settings) => settings,
            _ => return Err(Error::new("the configuration has to be an object")),
        };
        let mut read = Self {
            columns: Vec::new(),
            patterns: vec!["*_markdown".to_owned()],
            options: Options::default(),
        };
        for (key, value) in settings {
            match key.as_str() {
                "columns" => read.columns = words("columns", value)?,
                "patterns" => read.patterns = words("patterns", value)?,
                // Of the server's own: no start without the plugin.
                "required" => {}
                key => read.options.set(key, value, "columns, patterns, ")?,
            }
        }
        Ok(read)
    }

    pub(crate) fn wants(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
            || self.patterns.iter().any(|pattern| matches(pattern.as_bytes(), column.as_bytes()))
    }
}

/// `*` is anything, `?` any character.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where the last `*` was, and how much of the name it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(b'?') => {
                p += 1;
                n += 1;
                // The rest of a character of several bytes.
                while name.get(n).is_some_and(|byte| byte & 0xc0 == 0x80) {
                    n += 1;
                }
            }
            Some(byte) if name.get(n) == Some(byte) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_stars_and_question_marks() {
        for (pattern, name, expected) in [
            ("*_markdown", "a_markdown", true),
            ("*_markdown", "_markdown", true),
            ("*_markdown", "a_markdown2", false),
            ("note*", "notes of mine", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("?", "é", true),
            ("??", "é", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a.c", "abc", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn patterns_take_no_time() {
        assert!(!matches("*a".repeat(50).as_bytes(), "a".repeat(49).as_bytes()));
        assert!(!matches(format!("{}b", "*a".repeat(20)).as_bytes(), "a".repeat(5_000).as_bytes()));
    }
}
