//! `query_list.html`: stored queries of a database or of all.

use serde::Serialize;

use super::base::Base;
use super::parts::NameValue;

/// What `query_list.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryListContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Text of the browser's tab: `fixtures: queries`.
    pub(crate) title: String,
    /// The database; null if the queries of all are listed.
    pub(crate) database: Option<String>,
    /// Its name as a CSS class.
    pub(crate) database_class: Option<String>,
    /// Its colour, six hexadecimal digits; grey for all databases.
    pub(crate) database_color: String,
    /// The queries of this page.
    pub(crate) queries: Vec<QueryListItem>,
    /// Queries of several databases are listed.
    pub(crate) show_database: bool,
    /// One of the queries is private.
    pub(crate) show_private_note: bool,
    /// One of the queries is trusted.
    pub(crate) show_trusted_note: bool,
    /// What the list can be narrowed to.
    pub(crate) facets: Vec<QueryFacet>,
    /// Path of the list, without query string.
    pub(crate) query_list_path: String,
    /// What is searched for.
    pub(crate) q: String,
    /// Arguments that a search has to keep.
    pub(crate) hidden_args: Vec<NameValue>,
    /// The next page.
    pub(crate) next_url: Option<String>,
}

/// A stored query in a list.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryListItem {
    /// Its database.
    pub(crate) database: String,
    /// Path of the database.
    pub(crate) database_path: String,
    /// Its title, else its name.
    pub(crate) label: String,
    /// Where it is.
    pub(crate) href: String,
    /// What it is about.
    pub(crate) description: Option<String>,
    /// Its SQL.
    pub(crate) sql: String,
    /// Who stored it.
    pub(crate) owner_id: Option<String>,
    /// It changes the database.
    pub(crate) is_write: bool,
    /// Only its owner may see it.
    pub(crate) is_private: bool,
    /// It runs without a look at what its SQL touches.
    pub(crate) is_trusted: bool,
    /// Somebody who isn't signed in may not see it.
    pub(crate) private: bool,
}

/// What a list of queries can be narrowed to by one flag.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryFacet {
    /// `Mode` or `Visibility`.
    pub(crate) title: &'static str,
    /// Its values.
    pub(crate) items: Vec<QueryFacetItem>,
}

/// One value of such a flag.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryFacetItem {
    /// What it is called.
    pub(crate) label: &'static str,
    /// How many queries have it.
    pub(crate) count: usize,
    /// The list narrowed to it, or the whole list if it is narrowed already.
    pub(crate) href: Option<String>,
    /// The list is narrowed to it.
    pub(crate) active: bool,
}
