//! `databases.{database}.queries.{name}`: SQL with a name, a page and rules of its own.

use serde_json::Value as Json;

use super::ConfigError;
use super::shape::{self, Node};

/// A query as the configuration defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredQueryConfig {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) description_html: Option<String>,
    pub(crate) hide_sql: bool,
    /// Added to links to the query, after a `#`.
    pub(crate) fragment: Option<String>,
    /// Order and choice of the parameters shown; without it the SQL decides.
    pub(crate) params: Option<Vec<String>>,
    pub(crate) write: bool,
    /// Runs with magic parameters and without a check of the actor's right to execute SQL.
    pub(crate) is_trusted: bool,
    pub(crate) on_success_message: Option<String>,
    pub(crate) on_success_message_sql: Option<String>,
    pub(crate) on_success_redirect: Option<String>,
    pub(crate) on_error_message: Option<String>,
    pub(crate) on_error_redirect: Option<String>,
}

impl StoredQueryConfig {
    /// A query that a plugin brings: SQL, or an object as in the configuration.
    ///
    /// `allow` was seen to before; rules of other kinds have no place to be looked up at later.
    pub(crate) fn of_plugin(name: &str, query: &Json) -> Result<Self, String> {
        if let Some(key) = ["allow_sql", "permissions"].into_iter().find(|key| query.get(key).is_some()) {
            return Err(format!(
                "the query {name:?} has {key}, which only the configuration may have; use allow"
            ));
        }
        let node = Node { path: name.to_owned(), value: query };
        Self::parse(name, &node).map_err(|error| format!("the query {name:?}: {error}"))
    }

    pub(super) fn parse(name: &str, node: &Node<'_>) -> Result<Self, ConfigError> {
        let sql = match node.value {
            Json::String(_) => node.string()?,
            Json::Object(_) => node.get("sql").string()?,
            _ => return Err(node.expected("SQL, or key: value pairs with sql among them")),
        };
        let sql = sql.filter(|sql| !sql.trim().is_empty()).ok_or_else(|| node.error("needs sql"))?;
        if node.value.is_object() {
            shape::check_access_keys(node)?;
        }
        let text = |key: &str| node.get(key).string();
        let flag = |key: &str, default: bool| Ok(node.get(key).boolean()?.unwrap_or(default));
        Ok(Self {
            name: name.to_owned(),
            sql,
            title: text("title")?,
            description: text("description")?,
            description_html: text("description_html")?,
            hide_sql: flag("hide_sql", false)?,
            fragment: text("fragment")?,
            params: node.get("params").names()?,
            write: flag("write", false)?,
            is_trusted: flag("is_trusted", true)?,
            on_success_message: text("on_success_message")?,
            on_success_message_sql: text("on_success_message_sql")?,
            on_success_redirect: text("on_success_redirect")?,
            on_error_message: text("on_error_message")?,
            on_error_redirect: text("on_error_redirect")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn query(value: Json) -> Result<StoredQueryConfig, String> {
        StoredQueryConfig::parse("q", &Node { path: "q".to_owned(), value: &value })
            .map_err(|e| e.to_string())
    }

    #[test]
    fn plain_text_is_the_sql() {
        let query = query(json!("select 1")).unwrap();
        assert_eq!((query.sql.as_str(), query.is_trusted, query.write), ("select 1", true, false));
    }

    #[test]
    fn an_object_may_say_more() {
        let query =
            query(json!({"sql": "select :a", "params": ["a", 1], "write": true, "is_trusted": false}))
                .unwrap();
        assert_eq!(query.params, Some(vec!["a".to_owned(), "1".to_owned()]));
        assert!(query.write && !query.is_trusted);
    }

    #[test]
    fn a_plugin_says_who_may_see_its_query_with_allow_alone() {
        assert!(
            StoredQueryConfig::of_plugin("q", &json!({"sql": "select 1", "allow": {"id": "ann"}})).is_ok()
        );
        let refused = StoredQueryConfig::of_plugin("q", &json!({"sql": "select 1", "permissions": {}}));
        assert!(refused.unwrap_err().contains("permissions"));
        assert!(StoredQueryConfig::of_plugin("q", &json!(1)).unwrap_err().contains("\"q\""));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(query(json!({"sql": ""})).unwrap_err(), "Invalid configuration at q: needs sql");
        assert!(query(json!(5)).unwrap_err().contains("expected SQL"));
        assert!(
            query(json!({"sql": "select 1", "params": "a"}))
                .unwrap_err()
                .contains("q.params: expected a list")
        );
        assert!(query(json!({"sql": "select 1", "allow": "me"})).unwrap_err().contains("q.allow"));
    }
}
