//! `index.html`: the home page.

use datasette_plugin_api::Html;
use serde::Serialize;

use super::base::Base;
use super::metadata::Metadata;
use super::parts::ActionItem;

/// What `index.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct IndexContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Text of the browser's tab: the instance's title and the names of its databases.
    pub(crate) title: String,
    /// The instance's title.
    pub(crate) heading: String,
    /// Not everybody may see this instance.
    pub(crate) private: bool,
    /// Metadata of the instance.
    pub(crate) metadata: Metadata,
    /// Entries of the action menu.
    pub(crate) homepage_actions: Vec<ActionItem>,
    /// What plugins put at the top.
    pub(crate) top_homepage: Html,
    /// The databases that this visitor may see, by name.
    pub(crate) databases: Vec<IndexDatabase>,
}

/// A database on the home page.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct IndexDatabase {
    /// Its name.
    pub(crate) name: String,
    /// Its page.
    pub(crate) path: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) color: String,
    /// Not everybody may see it.
    pub(crate) private: bool,
    /// What is in it: `1,234 rows in 3 tables, 1 view`.
    pub(crate) summary: String,
    /// Number of tables, hidden ones left out.
    pub(crate) tables_count: usize,
    /// Number of hidden tables.
    pub(crate) hidden_tables_count: usize,
    /// Number of views.
    pub(crate) views_count: usize,
    /// Rows in the tables, if they could be counted.
    pub(crate) table_rows_sum: Option<i64>,
    /// Rows in the hidden tables, if they could be counted.
    pub(crate) hidden_table_rows_sum: Option<i64>,
    /// The most interesting tables and views, five at most.
    pub(crate) tables_and_views_truncated: Vec<IndexTable>,
    /// There are more of them.
    pub(crate) tables_and_views_more: bool,
}

/// A table or view on the home page.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct IndexTable {
    /// Its name.
    pub(crate) name: String,
    /// Its page.
    pub(crate) path: String,
    /// Not everybody may see it.
    pub(crate) private: bool,
    /// `12 rows`, if they could be counted.
    pub(crate) count_text: Option<String>,
}
