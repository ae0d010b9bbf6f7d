//! Reading JSON of a known shape: every wrong turn becomes a [`ConfigError`] with the path to it.

use serde_json::{Map, Value as Json};

use super::ConfigError;

/// A value and the path that leads to it. A missing value and `null` are the same.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) path: String,
    pub(super) value: &'a Json,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Json) -> Self {
        Self { path: String::new(), value }
    }

    /// The value of a key; `null` if this is no object or does not have it.
    pub(super) fn get(&self, key: &str) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { path, value: self.value.get(key).unwrap_or(&Json::Null) }
    }

    fn item(&self, index: usize, value: &'a Json) -> Self {
        Self { path: format!("{}[{index}]", self.path), value }
    }

    pub(super) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    pub(super) fn expected(&self, what: &str) -> ConfigError {
        self.error(format!("expected {what}, got {}", describe(self.value)))
    }

    pub(super) fn error(&self, reason: impl std::fmt::Display) -> ConfigError {
        ConfigError::at(&self.path, reason)
    }

    pub(super) fn object(&self) -> Result<Option<&'a Map<String, Json>>, ConfigError> {
        match self.value {
            Json::Null => Ok(None),
            Json::Object(map) => Ok(Some(map)),
            _ => Err(self.expected("key: value pairs")),
        }
    }

    /// The pairs of an object, each with its path.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>, ConfigError> {
        let map = self.object()?;
        Ok(map.into_iter().flatten().map(|(key, _)| (key.as_str(), self.get(key))).collect())
    }

    pub(super) fn list(&self) -> Result<Option<Vec<Node<'a>>>, ConfigError> {
        match self.value {
            Json::Null => Ok(None),
            Json::Array(items) => {
                Ok(Some(items.iter().enumerate().map(|(index, value)| self.item(index, value)).collect()))
            }
            _ => Err(self.expected("a list")),
        }
    }

    pub(super) fn string(&self) -> Result<Option<String>, ConfigError> {
        match self.value {
            Json::Null => Ok(None),
            Json::String(text) => Ok(Some(text.clone())),
            _ => Err(self.expected("text")),
        }
    }

    /// The name of a column, table or parameter. YAML reads an unquoted `2020` as a number; it is meant as a name.
    pub(super) fn name(&self) -> Result<Option<String>, ConfigError> {
        match self.value {
            Json::Null => Ok(None),
            Json::String(text) => Ok(Some(text.clone())),
            Json::Number(number) => Ok(Some(number.to_string())),
            _ => Err(self.expected("a name (in quotes if it is a word like yes or off)")),
        }
    }

    pub(super) fn names(&self) -> Result<Option<Vec<String>>, ConfigError> {
        let Some(items) = self.list()? else { return Ok(None) };
        let names = items.iter().map(|item| item.name()?.ok_or_else(|| item.expected("a name")));
        names.collect::<Result<_, _>>().map(Some)
    }

    /// `true`, `false`, and `1` and `0` as `-s` may make of them.
    pub(super) fn boolean(&self) -> Result<Option<bool>, ConfigError> {
        match self.value {
            Json::Null => Ok(None),
            Json::Bool(value) => Ok(Some(*value)),
            Json::Number(number) if number.as_i64() == Some(0) => Ok(Some(false)),
            Json::Number(number) if number.as_i64() == Some(1) => Ok(Some(true)),
            _ => Err(self.expected("true or false")),
        }
    }
}

/// Keys that any level may have: `allow`, `allow_sql`, `permissions` and `plugins`.
pub(super) fn check_access_keys(node: &Node<'_>) -> Result<(), ConfigError> {
    node.object()?;
    for key in ["allow", "allow_sql"] {
        check_allow(&node.get(key))?;
    }
    for (_, block) in node.get("permissions").entries()? {
        check_allow(&block)?;
    }
    node.get("plugins").object().map(drop)
}

/// An allow block is a yes, a no, or keys of the actor with the values that are let in.
pub(super) fn check_allow(node: &Node<'_>) -> Result<(), ConfigError> {
    let wrong = || node.expected("true, false or key: value pairs");
    match node.value {
        Json::Null | Json::Bool(_) => Ok(()),
        Json::Number(_) => node.boolean().map(drop).map_err(|_| wrong()),
        Json::Object(_) => node.entries()?.iter().try_for_each(|(_, values)| check_allow_values(values)),
        _ => Err(wrong()),
    }
}

fn check_allow_values(node: &Node<'_>) -> Result<(), ConfigError> {
    match node.value {
        Json::Object(_) => Err(node.expected("a value or a list of values")),
        Json::Array(_) => node.list()?.into_iter().flatten().try_for_each(|item| match item.value {
            Json::Array(_) | Json::Object(_) => Err(item.expected("a value")),
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}

/// A value as a person would call it. Text is cut short: it may be long, or not meant for a log.
pub(super) fn describe(value: &Json) -> String {
    match value {
        Json::Null => "nothing".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => format!("the number {number}"),
        Json::String(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
        Json::String(_) => "a long text".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "key: value pairs".to_owned(),
    }
}
