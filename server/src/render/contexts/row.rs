//! `row.html`: one row and what refers to it.

use datasette_plugin_api::Html;
use serde::Serialize;
use serde_json::Value;

use super::base::Base;
use super::metadata::Metadata;
use super::parts::{ActionItem, OrderedMap};
use super::rows::Table;

/// What `row.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RowContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) rows: Table,
    /// Text of the browser's tab.
    pub(crate) title: String,
    /// Table and primary key: `facetable: 1`.
    pub(crate) heading: String,
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// The name of the table.
    pub(crate) table: String,
    /// Its name as a CSS class.
    pub(crate) table_class: String,
    /// Path of the table.
    pub(crate) table_url: String,
    /// Not everybody may see it.
    pub(crate) private: bool,
    /// Metadata of the table.
    pub(crate) metadata: Metadata,
    /// Entries of the action menu.
    pub(crate) row_actions: Vec<ActionItem>,
    /// What plugins put at the top.
    pub(crate) top_row: Html,
    /// The columns of the row.
    pub(crate) columns: Vec<String>,
    /// The columns of the primary key.
    pub(crate) primary_keys: Vec<String>,
    /// The values of the primary key, from the URL.
    pub(crate) primary_key_values: Vec<String>,
    /// Rows of other tables that refer to this one.
    pub(crate) foreign_key_tables: Vec<ForeignKeyTable>,
    /// The data as it is in other formats: URLs by name, `json` first.
    pub(crate) renderers: OrderedMap,
    /// Templates that may draw the row, in order.
    pub(crate) custom_table_templates: Vec<String>,
    /// The form that changes the row, if the visitor may.
    pub(crate) edit_form_url: Option<String>,
    /// The form that deletes the row, if the visitor may.
    pub(crate) delete_form_url: Option<String>,
    /// For scripts: the table, and what its columns refer to; an object.
    pub(crate) table_page_data: Value,
}

/// Rows of another table that refer to this row.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ForeignKeyTable {
    /// The other table.
    pub(crate) other_table: String,
    /// The column of this row.
    pub(crate) column: String,
    /// The column of the other table.
    pub(crate) other_column: String,
    /// How many rows there are.
    pub(crate) count: i64,
    /// `1,234 rows`.
    pub(crate) count_text: String,
    /// Those rows.
    pub(crate) link: String,
}
