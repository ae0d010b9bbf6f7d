//! `query.html`: SQL, its parameters and its result.

use datasette_plugin_api::Html;
use serde::Serialize;
use serde_json::Value;

use super::base::Base;
use super::metadata::Metadata;
use super::parts::{ActionItem, NameValue, OrderedMap};
use super::rows::Table;

/// What `query.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) rows: Table,
    /// Text of the browser's tab: the database and the SQL.
    pub(crate) title: String,
    /// Title or name of the query, else of the database.
    pub(crate) heading: String,
    /// `Custom SQL query returning 12 rows`.
    pub(crate) summary: String,
    /// There were more rows than are shown.
    pub(crate) truncated: bool,
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// Not everybody may see it.
    pub(crate) private: bool,
    /// Metadata of the query or the database.
    pub(crate) metadata: Metadata,
    /// Entries of the action menu.
    pub(crate) query_actions: Vec<ActionItem>,
    /// What plugins put at the top of custom SQL.
    pub(crate) top_query: Html,
    /// What plugins put at the top of a stored query.
    pub(crate) top_stored_query: Html,
    /// Name of the stored query; null for custom SQL.
    pub(crate) stored_query: Option<String>,
    /// Its name as a CSS class.
    pub(crate) stored_query_class: Option<String>,
    /// The stored query changes data: the form posts.
    pub(crate) stored_query_write: bool,
    /// The database can't be changed.
    pub(crate) db_is_immutable: bool,
    /// The stored query changes data, but the database can't be changed.
    pub(crate) cannot_execute: bool,

    /// Where the form goes.
    pub(crate) form_action: String,
    /// `get` or `post`.
    pub(crate) form_method: &'static str,
    /// The SQL and the values of its parameters.
    pub(crate) query: QueryText,
    /// What went wrong.
    pub(crate) error: Option<String>,
    /// The SQL can be changed here: an editor shows it. Otherwise it is plain text.
    pub(crate) editable: bool,
    /// Lines of the editor.
    pub(crate) editor_rows: usize,
    /// This visitor may run SQL here.
    pub(crate) allow_execute_sql: bool,
    /// The SQL is not shown.
    pub(crate) hide_sql: bool,
    /// This page with the SQL shown or hidden.
    pub(crate) show_hide_link: Option<String>,
    /// `show` or `hide`.
    pub(crate) show_hide_text: &'static str,
    /// Arguments that the form has to keep: `_hide_sql` or `_show_sql`.
    pub(crate) hidden_args: Vec<NameValue>,
    /// The query's parameters and their values.
    pub(crate) named_parameter_values: OrderedMap,
    /// Where the SQL can be saved as a query.
    pub(crate) save_query_url: Option<String>,
    /// The stored query in the SQL editor.
    pub(crate) edit_sql_url: Option<String>,
    /// Columns by table, for the SQL editor's completion; an object.
    pub(crate) table_columns: Value,

    /// Names of the result's columns.
    pub(crate) columns: Vec<String>,
    /// The result in other formats: URLs by name, `json` first.
    pub(crate) renderers: OrderedMap,
    /// The result as CSV.
    pub(crate) url_csv: String,
    /// Say it if there are no rows: not after an error, nor for queries that change data.
    pub(crate) show_zero_results: bool,
}

/// SQL with the values of its parameters.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryText {
    /// The SQL.
    pub(crate) sql: String,
    /// Values by name; an object.
    pub(crate) params: Value,
}
