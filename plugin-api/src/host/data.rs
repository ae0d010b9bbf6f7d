//! What services are asked with and what they answer.

use serde::{Deserialize, Serialize};

use crate::{Actor, Json, Map, Value};

/// What a query returned.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct QueryResult {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
    /// Whether there were more.
    pub truncated: bool,
}

impl QueryResult {
    /// These columns and rows.
    pub fn new(columns: Vec<String>, rows: Vec<Vec<Value>>) -> Self {
        Self { columns, rows, truncated: false }
    }

    /// A value of a row, by the name of its column.
    pub fn get(&self, row: usize, column: &str) -> Option<&Value> {
        let column = self.columns.iter().position(|name| name == column)?;
        self.rows.get(row)?.get(column)
    }

    /// The first value of the first row.
    pub fn single(&self) -> Option<&Value> {
        self.rows.first()?.first()
    }
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WriteResult {
    /// How many rows it changed.
    pub rowcount: i64,
    /// Rowid of the last inserted row.
    pub lastrowid: i64,
    /// What `returning` returned.
    pub columns: Vec<String>,
    /// What `returning` returned.
    pub rows: Vec<Vec<Value>>,
}

/// How a query is run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QueryOptions {
    /// A shorter time limit than the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_limit_ms: Option<u64>,
    /// Fewer rows than the server's limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<usize>,
    /// The answer will be wanted again: the server may give the same until the database changes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remember: bool,
}

/// What an action is done to, and who may do it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resource {
    /// A database; `None` is the whole site.
    pub database: Option<String>,
    /// A table or query in it.
    pub resource: Option<String>,
}

impl Resource {
    /// The whole site.
    pub fn instance() -> Self {
        Self::default()
    }

    /// A database.
    pub fn database(database: impl Into<String>) -> Self {
        Self { database: Some(database.into()), resource: None }
    }

    /// A table or query.
    pub fn table(database: impl Into<String>, table: impl Into<String>) -> Self {
        Self { database: Some(database.into()), resource: Some(table.into()) }
    }
}

/// A database of the site.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub route: String,
    /// Its file.
    pub path: Option<String>,
    /// Whether it can be written to.
    pub is_mutable: bool,
    /// Whether it lives in memory.
    pub is_memory: bool,
    /// Hash of an immutable file.
    pub hash: Option<String>,
    /// Size in bytes.
    pub size: u64,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Column {
    /// Its place.
    pub cid: i64,
    /// Its name.
    pub name: String,
    /// The type it was declared with.
    #[serde(rename = "type")]
    pub declared_type: String,
    /// Whether it refuses null.
    pub notnull: bool,
    /// Its default, as SQL.
    pub default_value: Option<String>,
    /// Its place in the primary key, from 1; 0 if it is not part of it.
    pub is_pk: i64,
    /// Not 0 for generated columns.
    pub hidden: i64,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ForeignKey {
    /// The column.
    pub column: String,
    /// The table it points to.
    pub other_table: String,
    /// The column it points to.
    pub other_column: String,
}

/// How a request to the server itself is made.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientOptions {
    /// Who asks.
    pub actor: Option<Actor>,
    /// Whether nobody checks what the actor may.
    pub skip_permission_checks: bool,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// A token that is wanted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewToken {
    /// For whom.
    pub actor_id: String,
    /// Seconds it is to live.
    pub expires_after: Option<i64>,
    /// What it may be used for.
    pub restrictions: Json,
    /// The token handler; `None` is the first.
    pub handler: Option<String>,
}

/// A page of what an actor may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AllowedResources {
    /// The resources.
    pub resources: Vec<Resource>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

/// A select over the internal database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ResourcesSql {
    /// The select; it fits into a larger one, in parentheses.
    pub sql: String,
    /// Values for its named parameters, whose names begin with `allowed_` and the action.
    pub params: Vec<(String, Value)>,
}

/// A page of what an actor may use, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ExplainedResources {
    /// The resources.
    pub resources: Vec<ExplainedResource>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

/// Something that an actor may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ExplainedResource {
    /// A database; `None` is the whole site.
    pub database: Option<String>,
    /// A table or query in it.
    pub resource: Option<String>,
    /// Strangers may not.
    pub private: bool,
    /// The reasons of the rules that decided, each behind the name of who gave it.
    pub reasons: Vec<String>,
}

/// A table or view that a URL names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ResolvedTable {
    /// Its database.
    pub database: Database,
    /// Its name.
    pub table: String,
    /// Whether it is a view.
    pub is_view: bool,
}

/// A row that a URL names.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ResolvedRow {
    /// Its database.
    pub database: Database,
    /// Its table.
    pub table: String,
    /// The SQL that finds it.
    pub sql: String,
    /// Values for the named parameters in it.
    pub params: Vec<(String, Value)>,
    /// Names of the primary keys: `rowid` where none is declared.
    pub pks: Vec<String>,
    /// Their values, as the URL has them.
    pub pk_values: Vec<String>,
    /// What is in it.
    pub row: Map,
}

/// Keys between a table and another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Links {
    /// Of other tables, to this one: `column` is this table's.
    pub incoming: Vec<ForeignKey>,
    /// Of this table, to others.
    pub outgoing: Vec<ForeignKey>,
}

/// Which stored queries are wanted; nothing said is all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QueryFilter {
    /// Text somewhere in name, title, description or SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Those that write, or those that don't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_write: Option<bool>,
    /// Those that only their owners may see, or the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    /// `config`, `plugin` or `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whose they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
}
