//! `schema.html`: the SQL that made the tables.

use serde::Serialize;

use super::base::Base;

/// What `schema.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SchemaContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// `Schema for fixtures.facetable`: text of the browser's tab.
    pub(crate) title: String,
    /// `Schema for facetable`.
    pub(crate) heading: String,
    /// All databases are shown: each has a heading of its own.
    pub(crate) is_instance: bool,
    /// The table, if the page is about one.
    pub(crate) table_name: Option<String>,
    /// The databases; one unless all are shown.
    pub(crate) schemas: Vec<SchemaItem>,
}

/// The schema of a database or table.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SchemaItem {
    /// The database.
    pub(crate) database: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) color: String,
    /// CREATE statements; empty if there are none.
    pub(crate) schema: String,
}
