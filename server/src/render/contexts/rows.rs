//! A table of rows: finished HTML for our own templates, every cell for custom ones.

use datasette_plugin_api::Html;
use serde::Serialize;
use serde_json::{Map, Value};

/// The rows of a page.
///
/// Building `display_rows` and `rows` costs one small tree per cell, so they are filled only for a template of
/// the site's owner, which may read them. Our own find the finished table in `rows_html`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Table {
    /// The whole table, as `_table.html` would draw it.
    pub(crate) rows_html: Option<Html>,
    /// The template that draws the table if `rows_html` is not there.
    pub(crate) table_template: String,
    /// The columns' names as CSS, for screens too narrow for a table.
    pub(crate) narrow_labels: Html,
    /// There is at least one row.
    pub(crate) has_rows: bool,
    /// How many rows this page shows.
    pub(crate) row_count: usize,
    /// The columns, in the order they are shown.
    pub(crate) display_columns: Vec<DisplayColumn>,
    /// The rows as they are shown. Only for custom templates.
    pub(crate) display_rows: Option<Vec<DisplayRow>>,
    /// The rows as objects of raw values. Only for custom templates.
    pub(crate) rows: Option<Vec<Map<String, Value>>>,
    /// What to say if there are no rows: `0 records` or `0 results`.
    pub(crate) zero_results: &'static str,
}

/// A column, as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DisplayColumn {
    /// Its name.
    pub(crate) name: String,
    /// Its name as a CSS class; cells carry `col-CLASS`.
    pub(crate) class: String,
    /// What it holds, from the metadata.
    pub(crate) description: Option<String>,
    /// The page is about a table: the header says more than the name.
    pub(crate) detailed: bool,
    /// Type as declared, in lower case; may be empty.
    #[serde(rename = "type")]
    pub(crate) declared_type: String,
    /// It is declared NOT NULL.
    pub(crate) notnull: bool,
    /// It is part of the primary key.
    pub(crate) is_pk: bool,
    /// Not a column of the table: the links to the rows of a table without single primary key.
    pub(crate) is_special_link_column: bool,
    /// Rows can be sorted by it.
    pub(crate) sortable: bool,
    /// This page, sorted by this column (or the other way round).
    pub(crate) sort_url: Option<String>,
    /// `▼` if the rows are sorted by it, `▲` if they are in descending order.
    pub(crate) sort_mark: Option<&'static str>,
    /// Name of the column type it was given, such as `url`.
    pub(crate) column_type: Option<String>,
    /// Configuration of that column type.
    pub(crate) column_type_config: Option<Value>,
}

/// A row, as it is shown.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DisplayRow {
    /// Primary key as the end of the row's URL; null for views and queries.
    pub(crate) row_path: Option<String>,
    /// Primary key for people, such as `a,b`.
    pub(crate) pk_path: Option<String>,
    /// The value of the label column.
    pub(crate) row_label: Option<String>,
    /// The cells, in the order of the columns.
    pub(crate) cells: Vec<DisplayCell>,
}

/// A cell, as it is shown.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DisplayCell {
    /// Name of the column.
    pub(crate) column: String,
    /// The class attribute's value: `col-CLASS type-TYPE`.
    pub(crate) class: String,
    /// What the cell shows.
    pub(crate) value: Html,
    /// The value in the database.
    pub(crate) raw: Value,
    /// `str`, `int`, `float`, `bytes`, `none`, or `pk` for the link to the row.
    pub(crate) value_type: &'static str,
}
