//! What a plugin can ask of the server.
//!
//! Every method sends its name and a JSON object of its arguments; the answer is JSON too. So a server
//! can offer more without a new boundary: [`Host::call`] reaches what this crate does not name yet, and a
//! server that does not know a service says so.
//!
//! The names on the wire are those of the methods, the keys of the object those of the arguments.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ffi::raw::RawHost;
use crate::hooks::Event;
use crate::{Actor, Cookie, Html, Json, Map, Request, Response, Result, Value};

/// The server. Cheap to clone; keep one in your plugin.
#[derive(Clone)]
pub struct Host {
    pub(crate) raw: RawHost,
    pub(crate) plugin: Arc<str>,
}

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

/// How important a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// Something happened.
    Info,
    /// For the plugin's author.
    Debug,
    /// For the plugin's author at night.
    Trace,
}

impl Level {
    pub(crate) fn from_number(number: u8) -> Self {
        let levels = [Self::Error, Self::Warn, Self::Info, Self::Debug];
        levels.get(usize::from(number)).copied().unwrap_or(Self::Trace)
    }
}

/// What kind of message [`Host::add_message`] shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum MessageKind {
    /// For information.
    Info = 1,
    /// A warning.
    Warning = 2,
    /// An error.
    Error = 3,
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

impl Host {
    /// Name of the plugin this handle belongs to.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Any service, by name. The named methods are this, typed.
    pub fn call<T: DeserializeOwned>(&self, method: &str, args: &Json) -> Result<T> {
        Ok(serde_json::from_value(self.call_raw(None, method, args)?)?)
    }

    /// Any service that wants to know the request.
    pub fn call_for<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        method: &str,
        args: &Json,
    ) -> Result<T> {
        Ok(serde_json::from_value(self.call_raw(Some(request), method, args)?)?)
    }

    /// A line for the server's log. (`tracing` and `log` don't reach it: every library has its own.)
    pub fn log(&self, level: Level, message: &str) {
        self.log_raw(level, message);
    }

    /// Signs text with the server's secret, for one purpose.
    pub fn sign(&self, value: &str, namespace: &str) -> Result<String> {
        self.sign_raw(value, namespace)
    }

    /// The text that was signed for this purpose; [`BadRequest`](crate::ErrorKind::BadRequest) if it was not.
    pub fn unsign(&self, signed: &str, namespace: &str) -> Result<String> {
        self.unsign_raw(signed, namespace)
    }

    /// Runs something beside the requests, on a thread of its own.
    pub fn add_background_task(&self, name: &str, task: impl FnOnce() + Send + 'static) -> Result<()> {
        self.spawn_raw(name, Box::new(task))
    }
}

/// Methods that send their arguments as they are.
macro_rules! services {
    ($( $(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> $answer:ty; )*) => {
        impl Host { $(
            $(#[$doc])*
            pub fn $name(&self, $($arg: $ty),*) -> Result<$answer> {
                self.call(stringify!($name), &json!({$(stringify!($arg): $arg),*}))
            }
        )* }
    };
    (for request: $( $(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> $answer:ty; )*) => {
        impl Host { $(
            $(#[$doc])*
            pub fn $name(&self, request: &Request<'_>, $($arg: $ty),*) -> Result<$answer> {
                self.call_for(request, stringify!($name), &json!({$(stringify!($arg): $arg),*}))
            }
        )* }
    };
}

// Configuration and metadata.
services! {
    /// A setting, such as `default_page_size`; null if there is none of that name.
    fn setting(name: &str) -> Json;
    /// All settings.
    fn settings() -> Map;
    /// What the configuration says under `plugins` for that plugin: at the table, else at the database,
    /// else at the root. `{"$env": ...}` and `{"$file": ...}` are resolved. Null if it says nothing.
    fn plugin_config(plugin: &str, database: Option<&str>, table: Option<&str>) -> Json;
    /// What the configuration says about a table.
    fn table_config(database: &str, table: &str) -> Map;
    /// Metadata of the site.
    fn get_instance_metadata() -> Map;
    /// Metadata of a database.
    fn get_database_metadata(database: &str) -> Map;
    /// Metadata of a table or query.
    fn get_resource_metadata(database: &str, resource: &str) -> Map;
    /// Metadata of a column.
    fn get_column_metadata(database: &str, resource: &str, column: &str) -> Map;
    /// Changes metadata of the site.
    fn set_instance_metadata(key: &str, value: &str) -> ();
    /// Changes metadata of a database.
    fn set_database_metadata(database: &str, key: &str, value: &str) -> ();
    /// Changes metadata of a table or query.
    fn set_resource_metadata(database: &str, resource: &str, key: &str, value: &str) -> ();
    /// Changes metadata of a column.
    fn set_column_metadata(database: &str, resource: &str, column: &str, key: &str, value: &str) -> ();
}

impl Host {
    /// This plugin's own [`plugin_config`](Self::plugin_config), at the root.
    pub fn config(&self) -> Result<Json> {
        self.plugin_config(&self.plugin, None, None)
    }
}

// SQL.
services! {
    /// Reads. [`Interrupted`](crate::ErrorKind::Interrupted) if it took too long.
    fn query(database: &str, sql: &str, params: &[(String, Value)], options: &QueryOptions) -> QueryResult;
    /// Reads also columns that the visitor may not see, for the plugin's own eyes: what it makes of them must
    /// not show them. ([`query`](Self::query) sees what the actor of the request under way sees.)
    fn query_with_hidden_columns(database: &str, sql: &str, params: &[(String, Value)], options: &QueryOptions)
        -> QueryResult;
    /// Reads the internal database.
    fn internal_query(sql: &str, params: &[(String, Value)]) -> QueryResult;
    /// Writes one statement.
    fn execute_write(database: &str, sql: &str, params: &[(String, Value)]) -> WriteResult;
    /// Writes one statement several times, in one transaction.
    fn execute_write_many(database: &str, sql: &str, params: &[Vec<Value>]) -> WriteResult;
    /// Writes several statements without parameters.
    fn execute_write_script(database: &str, sql: &str) -> ();
    /// Writes several statements in one transaction.
    fn execute_write_batch(database: &str, statements: &[(String, Vec<(String, Value)>)]) -> Vec<WriteResult>;
    /// Writes to the internal database.
    fn internal_write(sql: &str, params: &[(String, Value)]) -> WriteResult;
}

// Databases and schemas.
services! {
    /// The databases, in order.
    fn databases() -> Vec<Database>;
    /// Names of the tables.
    fn tables(database: &str) -> Vec<String>;
    /// Names of the views.
    fn views(database: &str) -> Vec<String>;
    /// Names of the tables that are not shown.
    fn hidden_tables(database: &str) -> Vec<String>;
    /// Columns of a table or view.
    fn columns(database: &str, table: &str) -> Vec<Column>;
    /// Names of its primary keys.
    fn primary_keys(database: &str, table: &str) -> Vec<String>;
    /// Its foreign keys.
    fn foreign_keys(database: &str, table: &str) -> Vec<ForeignKey>;
    /// The table that indexes its text.
    fn fts_table(database: &str, table: &str) -> Option<String>;
    /// The column that names its rows.
    fn label_column(database: &str, table: &str) -> Option<String>;
    /// Its `create table`.
    fn table_definition(database: &str, table: &str) -> Option<String>;
    /// Opens another database file.
    fn add_database(path: &str, name: Option<&str>, is_mutable: bool) -> Database;
    /// Makes a database in memory.
    fn add_memory_database(memory_name: &str, name: Option<&str>) -> Database;
    /// Closes a database.
    fn remove_database(name: &str) -> ();
    /// Looks for changed schemas now.
    fn refresh_schemas() -> ();
}

// Who may what.
services! {
    /// Whether the actor may do that.
    fn allowed(action: &str, resource: &Resource, actor: Option<&Actor>) -> bool;
    /// Which of these the actor may do: by action.
    fn allowed_many(actions: &[&str], resource: &Resource, actor: Option<&Actor>) -> Map;
    /// A page of what the actor may do it to.
    fn allowed_resources(action: &str, actor: Option<&Actor>, parent: Option<&str>, limit: usize, next: Option<&str>)
        -> AllowedResources;
    /// The same page, with what strangers may not see marked, and why each is allowed.
    fn explained_resources(action: &str, actor: Option<&Actor>, parent: Option<&str>, limit: usize, next: Option<&str>)
        -> ExplainedResources;
    /// Whether the actor may see it, and whether strangers may not: `(visible, private)`.
    fn check_visibility(action: &str, resource: &Resource, actor: Option<&Actor>) -> (bool, bool);
    /// [`Forbidden`](crate::ErrorKind::Forbidden) if the actor may not do that.
    fn ensure_permission(action: &str, resource: &Resource, actor: Option<&Actor>) -> ();
    /// Makes an API token.
    fn create_token(token: &NewToken) -> String;
    /// Whose token it is.
    fn verify_token(token: &str) -> Option<Actor>;
    /// Actors by id.
    fn actors_from_ids(ids: &[Json]) -> Map;
}

// Stored queries and types of columns. A query is a JSON object as in the configuration.
services! {
    /// Stores a query.
    fn add_query(database: &str, name: &str, query: &Json) -> ();
    /// Changes a stored query.
    fn update_query(database: &str, name: &str, query: &Json) -> ();
    /// Removes a stored query.
    fn remove_query(database: &str, name: &str) -> ();
    /// A stored query.
    fn get_query(database: &str, name: &str) -> Option<Json>;
    /// The stored queries of a database that the actor may see.
    fn list_queries(database: &str, actor: Option<&Actor>) -> Vec<Json>;
    /// The type a column was given: `{"name", "config"}`.
    fn get_column_type(database: &str, table: &str, column: &str) -> Option<Json>;
    /// Gives a column a type.
    fn set_column_type(database: &str, table: &str, column: &str, name: &str, config: &Json) -> ();
    /// Takes it back.
    fn remove_column_type(database: &str, table: &str, column: &str) -> ();
}

// Events, tracing, URLs.
services! {
    /// Announces an event to every plugin.
    fn track_event(event: &Event) -> ();
    /// Notes how long something took, for `?_trace=1`.
    fn trace(name: &str, duration_ms: f64, details: &Json) -> ();
    /// URL of the front page, in a format.
    fn url_instance(format: Option<&str>) -> String;
    /// URL of a database.
    fn url_database(database: &str, format: Option<&str>) -> String;
    /// URL of a table.
    fn url_table(database: &str, table: &str, format: Option<&str>) -> String;
    /// URL of a stored query.
    fn url_query(database: &str, query: &str, format: Option<&str>) -> String;
    /// URL of a row, by the values of its primary keys.
    fn url_row(database: &str, table: &str, row_path: &[String], format: Option<&str>) -> String;
    /// URL of a BLOB in a row.
    fn url_row_blob(database: &str, table: &str, row_path: &[String], column: &str) -> String;
    /// URL of one of the server's static files.
    fn url_static(path: &str) -> String;
    /// URL of a plugin's static file.
    fn url_static_plugins(plugin: &str, path: &str) -> String;
    /// URL of a path of this site.
    fn url_path(path: &str, format: Option<&str>) -> String;
    /// URL of a static file with its hash; `plugin` `None` is the server.
    fn static_hash(path: &str, plugin: Option<&str>) -> String;
}

services! {
    for request:
    /// The whole URL of a path, as this visitor sees the site.
    fn absolute_url(path: &str) -> String;
    /// Labels for values of a foreign key that this visitor may see, as pairs.
    fn expand_labels(database: &str, table: &str, column: &str, values: &[Json]) -> Vec<(Json, Json)>;
}

impl Host {
    /// Shows a message on the visitor's next page.
    pub fn add_message(&self, request: &Request<'_>, message: &str, kind: MessageKind) -> Result<()> {
        self.call_for(request, "add_message", &json!({"message": message, "kind": kind as u8}))
    }

    /// A cookie that signs its visitor in as the actor, for so many seconds or else until the browser is closed.
    /// [`Cookie::deleted`]`("ds_actor")` signs out.
    pub fn actor_cookie(
        &self,
        request: &Request<'_>,
        actor: &Actor,
        expire_after: Option<u64>,
    ) -> Result<Cookie> {
        let args = json!({"actor": actor, "expire_after": expire_after});
        let value: String = self.call_for(request, "actor_cookie", &args)?;
        let mut cookie = Cookie::new("ds_actor", value);
        cookie.httponly = true;
        cookie.secure = request.scheme() == "https";
        Ok(cookie)
    }

    /// The cookie that signs this visitor out.
    pub fn delete_actor_cookie(&self, request: &Request<'_>) -> Cookie {
        let mut cookie = Cookie::deleted("ds_actor");
        cookie.httponly = true;
        cookie.secure = request.scheme() == "https";
        cookie
    }

    /// Fills the first of these templates that exists.
    pub fn render_template(
        &self,
        names: &[&str],
        context: &Json,
        request: Option<&Request<'_>>,
    ) -> Result<Html> {
        let args = json!({"names": names, "context": context});
        Ok(serde_json::from_value(self.call_raw(request, "render_template", &args)?)?)
    }

    /// Asks the server itself, without a network. Redirects are answers like others.
    pub fn client(&self, method: &str, path: &str, options: &ClientOptions) -> Result<Response> {
        let args = json!({"method": method, "path": path, "options": options});
        let answer: ClientAnswer = self.call("client", &args)?;
        let body = match answer.body {
            Value::Blob(bytes) => bytes,
            other => other.to_string().into_bytes(),
        };
        Ok(Response { status: answer.status, headers: answer.headers, body })
    }
}

/// How [`Host::client`]'s answer crosses: a body that is not UTF-8 is a BLOB.
#[derive(Serialize, Deserialize)]
struct ClientAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host(for {})", self.plugin)
    }
}
