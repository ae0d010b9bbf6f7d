//! `debug_autocomplete.html`: trying out how rows are found by their labels.

use serde::Serialize;

use super::base::Base;

/// What `debug_autocomplete.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct AutocompleteContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Path of this page.
    pub(crate) form_action: String,
    /// The database that was asked for.
    pub(crate) database_name: String,
    /// The table that was asked for.
    pub(crate) table_name: String,
    /// Why that table can't be tried.
    pub(crate) error: Option<String>,
    /// The endpoint of the table.
    pub(crate) autocomplete_url: Option<String>,
    /// The column that names its rows.
    pub(crate) label_column: Option<String>,
    /// No table was asked for: some to choose from.
    pub(crate) show_suggestions: bool,
    /// Tables whose rows have names.
    pub(crate) suggestions: Vec<AutocompleteTable>,
    /// How many tables were looked at for that.
    pub(crate) scanned: usize,
    /// There are more tables than were looked at.
    pub(crate) reached_scan_limit: bool,
}

/// A table that can be tried.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct AutocompleteTable {
    /// Its database.
    pub(crate) database: String,
    /// Its name.
    pub(crate) table: String,
    /// The column that names its rows.
    pub(crate) label_column: String,
    /// This page with that table.
    pub(crate) url: String,
}
