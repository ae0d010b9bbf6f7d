//! What a token may be used for.

use std::collections::BTreeMap;

use crate::{Json, Map, json};

/// Narrows a token to some actions; see [`NewToken::restrictions`](super::NewToken). What its owner may not do, it
/// may not do either.
///
/// ```
/// # use datasette_plugin_api::host::TokenRestrictions;
/// let restrictions = TokenRestrictions::new().allow_all("view-instance").allow_resource("news", "articles", "view-table");
/// # assert_eq!(restrictions.to_json().to_string(), r#"{"a":["view-instance"],"r":{"news":{"articles":["view-table"]}}}"#);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenRestrictions {
    all: Vec<String>,
    databases: Vec<(String, String)>,
    resources: Vec<(String, String, String)>,
}

impl TokenRestrictions {
    /// Nothing is allowed yet; a token with these is of no use.
    pub fn new() -> Self {
        Self::default()
    }

    /// The action, everywhere.
    #[must_use]
    pub fn allow_all(mut self, action: impl Into<String>) -> Self {
        self.all.push(action.into());
        self
    }

    /// The action, within a database.
    #[must_use]
    pub fn allow_database(mut self, database: impl Into<String>, action: impl Into<String>) -> Self {
        self.databases.push((database.into(), action.into()));
        self
    }

    /// The action, for a table or query.
    #[must_use]
    pub fn allow_resource(
        mut self,
        database: impl Into<String>,
        resource: impl Into<String>,
        action: impl Into<String>,
    ) -> Self {
        self.resources.push((database.into(), resource.into(), action.into()));
        self
    }

    /// As a token carries them.
    pub fn to_json(&self) -> Json {
        let (mut databases, mut resources) = (Actions::new(), BTreeMap::<&str, Actions<'_>>::new());
        for (database, action) in &self.databases {
            databases.entry(database).or_default().push(action);
        }
        for (database, resource, action) in &self.resources {
            resources.entry(database).or_default().entry(resource).or_default().push(action);
        }
        let mut json = Map::new();
        if !self.all.is_empty() || databases.is_empty() && resources.is_empty() {
            json.insert("a".to_owned(), json!(self.all));
        }
        if !databases.is_empty() {
            json.insert("d".to_owned(), json!(databases));
        }
        if !resources.is_empty() {
            json.insert("r".to_owned(), json!(resources));
        }
        Json::Object(json)
    }
}

type Actions<'a> = BTreeMap<&'a str, Vec<&'a str>>;

impl From<TokenRestrictions> for Json {
    fn from(restrictions: TokenRestrictions) -> Self {
        restrictions.to_json()
    }
}
