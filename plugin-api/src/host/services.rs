//! The services that send their arguments as they are and read their answers as they come: all but a few.
//!
//! Adding one: a line here, and its answer in the server's `host/`.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    AllowedResources, Column, Database, ExplainedResources, ForeignKey, Host, Links, NewToken, QueryFilter,
    QueryOptions, QueryResult, ResolvedRow, ResolvedTable, Resource, ResourcesSql, WriteResult,
};
use crate::hooks::{Action, Event};
use crate::{Actor, Json, Map, Request, Result, Value};

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
    /// What the configuration says there and nowhere else: at the table, at the database, or at the root.
    fn plugin_config_at(plugin: &str, database: Option<&str>, table: Option<&str>) -> Json;
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
    /// Writes one statement later, in the order in which they were asked for, and does not wait for it: answers a
    /// number that names it in the log if it fails.
    fn execute_write_later(database: &str, sql: &str, params: &[(String, Value)]) -> String;
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
    /// The database of that name; without a name the first.
    fn get_database(name: Option<&str>) -> Database;
    /// Names of the tables.
    fn tables(database: &str) -> Vec<String>;
    /// Names of the views.
    fn views(database: &str) -> Vec<String>;
    /// Names of the tables that are not shown.
    fn hidden_tables(database: &str) -> Vec<String>;
    /// Whether there is such a table.
    fn table_exists(database: &str, table: &str) -> bool;
    /// Whether there is such a view.
    fn view_exists(database: &str, view: &str) -> bool;
    /// How many rows each table has, counted for so long; null where that was too short.
    fn table_counts(database: &str, time_limit_ms: u64) -> Map;
    /// Columns of a table or view.
    fn columns(database: &str, table: &str) -> Vec<Column>;
    /// Names of its primary keys.
    fn primary_keys(database: &str, table: &str) -> Vec<String>;
    /// Its foreign keys.
    fn foreign_keys(database: &str, table: &str) -> Vec<ForeignKey>;
    /// The keys between all tables, by table.
    fn all_foreign_keys(database: &str) -> BTreeMap<String, Links>;
    /// The table that indexes its text.
    fn fts_table(database: &str, table: &str) -> Option<String>;
    /// The column that names its rows.
    fn label_column(database: &str, table: &str) -> Option<String>;
    /// Its `create table`.
    fn table_definition(database: &str, table: &str) -> Option<String>;
    /// Its `create view`.
    fn view_definition(database: &str, view: &str) -> Option<String>;
    /// Opens another database file; a name that is taken gets a number.
    fn add_database(path: &str, name: Option<&str>, is_mutable: bool) -> Database;
    /// The same with a name of its own in URLs: `/route/table`. One that is taken is a
    /// [`BadRequest`](crate::ErrorKind::BadRequest).
    fn add_database_at(path: &str, name: Option<&str>, route: &str, is_mutable: bool) -> Database;
    /// Makes a database in memory, or opens it again. It is there for as long as it is served.
    fn add_memory_database(memory_name: &str, name: Option<&str>) -> Database;
    /// Serves a database no more. Its file stays; whoever reads it finishes.
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
    /// All that the actor may do it to, as SQL for the internal database: rows of `parent` and `child`; explained also
    /// with `reason` (a JSON array of texts) and `is_private` (1 for what strangers may not).
    fn allowed_resources_sql(action: &str, actor: Option<&Actor>, parent: Option<&str>, explained: bool)
        -> ResourcesSql;
    /// Whether the actor may see it, and whether strangers may not: `(visible, private)`.
    fn check_visibility(action: &str, resource: &Resource, actor: Option<&Actor>) -> (bool, bool);
    /// [`Forbidden`](crate::ErrorKind::Forbidden) if the actor may not do that.
    fn ensure_permission(action: &str, resource: &Resource, actor: Option<&Actor>) -> ();
    /// An action by its name or its short form.
    fn get_action(name_or_abbr: &str) -> Option<Action>;
    /// Makes an API token.
    fn create_token(token: &NewToken) -> String;
    /// Whose token it is.
    fn verify_token(token: &str) -> Option<Actor>;
    /// Actors by id.
    fn actors_from_ids(ids: &[Json]) -> Map;
}

// Stored queries and types of columns. A query is a JSON object as in the configuration.
services! {
    /// Stores a query, in place of one of that name. Beside the configuration's keys: `is_private`, `owner_id`, `source`
    /// (`plugin` without it). It is not trusted unless it says `is_trusted`.
    fn add_query(database: &str, name: &str, query: &Json) -> ();
    /// Changes what `query` says of a stored query.
    fn update_query(database: &str, name: &str, query: &Json) -> ();
    /// Removes a stored query.
    fn remove_query(database: &str, name: &str) -> ();
    /// A stored query.
    fn get_query(database: &str, name: &str) -> Option<Json>;
    /// The stored queries of a database that the actor may see.
    fn list_queries(database: &str, actor: Option<&Actor>) -> Vec<Json>;
    /// How many stored queries of a database, or of all, the actor may see.
    fn count_queries(database: Option<&str>, actor: Option<&Actor>, filter: &QueryFilter) -> usize;
    /// The types that columns of a table were given: `{"name", "config"}`, by column.
    fn get_column_types(database: &str, table: &str) -> Map;
    /// The type a column was given: `{"name", "config"}`.
    fn get_column_type(database: &str, table: &str, column: &str) -> Option<Json>;
    /// Gives a column a type, which has to exist and to fit what the column holds.
    fn set_column_type(database: &str, table: &str, column: &str, name: &str, config: &Json) -> ();
    /// Takes it back.
    fn remove_column_type(database: &str, table: &str, column: &str) -> ();
}

// Events, tracing, URLs.
services! {
    /// Whether this is being asked while the server answers a request of a plugin ([`client`](Self::client)).
    fn in_client() -> bool;
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
    /// URL for signing out.
    fn url_logout() -> String;
    /// URL of the page for SQL, with the SQL in it.
    fn url_database_query(database: &str, sql: Option<&str>, format: Option<&str>) -> String;
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
    /// The database that the URL names (`url_vars` `database`); [`NotFound`](crate::ErrorKind::NotFound) if there
    /// is none.
    fn resolve_database() -> Database;
    /// The table or view that the URL names (`database`, `table`).
    fn resolve_table() -> ResolvedTable;
    /// The row that the URL names (`database`, `table`, `pks`).
    fn resolve_row() -> ResolvedRow;
    /// Labels for values of a foreign key that this visitor may see, as pairs.
    fn expand_labels(database: &str, table: &str, column: &str, values: &[Json]) -> Vec<(Json, Json)>;
}
