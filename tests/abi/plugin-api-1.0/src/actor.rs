//! Who asks.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Json, Map};

/// Who makes a request: a JSON object, usually with an `id`. Nobody is `None`, never an empty actor.
///
/// Cheap to clone. Prints as the name to show for it.
#[derive(Clone)]
pub struct Actor(Arc<Inner>);

struct Inner {
    facts: Map,
    /// Made when the actor first crosses into a plugin, then kept: most requests ask several.
    text: OnceLock<String>,
}

impl Actor {
    /// An actor about whom these facts are known.
    pub fn new(facts: Map) -> Self {
        Self(Arc::new(Inner { facts, text: OnceLock::new() }))
    }

    /// An actor of whom only the id is known.
    pub fn with_id(id: impl Into<Json>) -> Self {
        Self::new(Map::from_iter([("id".to_owned(), id.into())]))
    }

    /// An actor if the JSON is an object.
    pub fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Object(facts) => Some(Self::new(facts)),
            _ => None,
        }
    }

    /// The id; a number as its text.
    pub fn id(&self) -> Option<String> {
        match self.get("id")? {
            Json::String(id) => Some(id.clone()),
            Json::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// The name to show: the first of `display`, `name`, `username`, `login` and `id` that says something.
    pub fn display_name(&self) -> String {
        self.to_string()
    }

    /// One of the facts.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.0.facts.get(key)
    }

    /// All facts.
    pub fn as_map(&self) -> &Map {
        &self.0.facts
    }

    /// All facts, as a JSON object.
    pub fn as_json(&self) -> Json {
        Json::Object(self.0.facts.clone())
    }

    /// All facts, as a JSON object.
    pub fn into_json(self) -> Json {
        Json::Object(Arc::try_unwrap(self.0).map_or_else(|shared| shared.facts.clone(), |inner| inner.facts))
    }

    /// All facts, as JSON text.
    pub fn as_text(&self) -> &str {
        self.0.text.get_or_init(|| serde_json::to_string(&self.0.facts).unwrap_or_else(|_| "{}".to_owned()))
    }
}

/// The first of `display`, `name`, `username`, `login` and `id` that says something.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in ["display", "name", "username", "login", "id"] {
            match self.get(key) {
                Some(Json::String(text)) if !text.is_empty() => return f.write_str(text),
                Some(Json::Number(number)) => return number.fmt(f),
                _ => {}
            }
        }
        f.write_str(self.as_text())
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Actor({})", self.as_text())
    }
}

impl PartialEq for Actor {
    fn eq(&self, other: &Self) -> bool {
        self.0.facts == other.0.facts
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.facts.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: Json, id: Option<&str>, shown: &str) {
        let actor = Actor::from_json(json).unwrap();
        assert_eq!(actor.id().as_deref(), id);
        assert_eq!(actor.to_string(), shown);
    }

    #[test]
    fn an_actor_is_shown_by_its_best_name() {
        check(serde_json::json!({"id": 1, "name": "Ann"}), Some("1"), "Ann");
        check(serde_json::json!({"id": 1, "name": ""}), Some("1"), "1");
        check(serde_json::json!({"id": "root"}), Some("root"), "root");
        check(serde_json::json!({"k": 1}), None, "{\"k\":1}");
    }
}
