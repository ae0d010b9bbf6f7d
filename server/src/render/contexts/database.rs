//! `database.html`: tables, views and queries of a database.

use datasette_plugin_api::Html;
use serde::Serialize;
use serde_json::Value;

use super::base::Base;
use super::metadata::Metadata;
use super::parts::ActionItem;

/// What `database.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DatabaseContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Text of the browser's tab.
    pub(crate) title: String,
    /// The database's title or name.
    pub(crate) heading: String,
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// Path of this page.
    pub(crate) path: String,
    /// Not everybody may see it.
    pub(crate) private: bool,
    /// Metadata of the database.
    pub(crate) metadata: Metadata,
    /// Entries of the action menu.
    pub(crate) database_actions: Vec<ActionItem>,
    /// What plugins put at the top.
    pub(crate) top_database: Html,
    /// This visitor may run SQL here.
    pub(crate) allow_execute_sql: bool,
    /// Where the SQL form goes.
    pub(crate) query_url: String,
    /// What the SQL editor holds to begin with.
    pub(crate) example_sql: String,
    /// Columns by table, for the SQL editor's completion; an object.
    pub(crate) table_columns: Value,
    /// Databases that can be joined here (`--crossdb`).
    pub(crate) attached_databases: Vec<AttachedDatabase>,
    /// The first stored queries.
    pub(crate) queries: Vec<QueryLink>,
    /// There are more stored queries than shown here.
    pub(crate) queries_more: bool,
    /// `View 12 queries`.
    pub(crate) queries_more_text: String,
    /// Number of stored queries.
    pub(crate) queries_count: usize,
    /// The page that lists all of them.
    pub(crate) queries_url: String,
    /// The tables shown here; hidden ones are among them only if the visitor asked.
    pub(crate) tables: Vec<DatabaseTable>,
    /// Number of hidden tables.
    pub(crate) hidden_count: usize,
    /// `3 hidden tables`, if there are some that are not shown.
    pub(crate) hidden_text: Option<String>,
    /// This page with hidden tables.
    pub(crate) show_hidden_url: String,
    /// Hidden tables are shown.
    pub(crate) show_hidden: bool,
    /// The page with the SQL that made the tables.
    pub(crate) schema_url: String,
    /// The views.
    pub(crate) views: Vec<DatabaseView>,
    /// The file may be downloaded.
    pub(crate) allow_download: bool,
    /// Where the file is.
    pub(crate) download_url: String,
    /// Name of the file.
    pub(crate) download_name: String,
    /// Size of the database in bytes.
    pub(crate) size: u64,
    /// The same for people, such as `1.2 MB`.
    pub(crate) size_text: String,
    /// The form of a new table, if the visitor may make one.
    pub(crate) create_form_url: Option<String>,
    /// For scripts: what is needed to make a table; an object.
    pub(crate) database_page_data: Value,
    /// The database can be changed.
    pub(crate) editable: bool,
}

/// A table of the database.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DatabaseTable {
    /// Its name.
    pub(crate) name: String,
    /// Its page.
    pub(crate) path: String,
    /// Its columns.
    pub(crate) columns: Vec<String>,
    /// The columns of its primary key.
    pub(crate) primary_keys: Vec<String>,
    /// Rows, if they could be counted.
    pub(crate) count: Option<i64>,
    /// There are more rows than `count`.
    pub(crate) count_truncated: bool,
    /// `1,234 rows`, `>10,000 rows` or `Many rows`.
    pub(crate) count_text: String,
    /// It is not meant for visitors.
    pub(crate) hidden: bool,
    /// Not everybody may see it.
    pub(crate) private: bool,
    /// The table that its full-text search uses.
    pub(crate) fts_table: Option<String>,
}

/// A view of the database.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DatabaseView {
    /// Its name.
    pub(crate) name: String,
    /// Its page.
    pub(crate) path: String,
    /// Not everybody may see it.
    pub(crate) private: bool,
}

/// A stored query.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryLink {
    /// Its name.
    pub(crate) name: String,
    /// Its page, with fragment.
    pub(crate) path: String,
    /// Its title or name.
    pub(crate) label: String,
    /// Its title.
    pub(crate) title: Option<String>,
    /// What it does, or its SQL.
    pub(crate) description: String,
    /// Its SQL.
    pub(crate) sql: String,
    /// It changes data.
    pub(crate) is_write: bool,
    /// Not everybody may see it.
    pub(crate) private: bool,
}

/// A database that can be joined with this one.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct AttachedDatabase {
    /// Its name.
    pub(crate) name: String,
    /// A query that lists its tables.
    pub(crate) tables_url: String,
}
