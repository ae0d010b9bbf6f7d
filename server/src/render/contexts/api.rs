//! `api_explorer.html`: trying out the JSON API.

use serde::Serialize;

use super::base::Base;

/// What `api_explorer.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ApiContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Not everybody may see this site.
    pub(crate) private: bool,
    /// Path of this page.
    pub(crate) api_path: String,
    /// What can be tried, by database; those that can be written to come first.
    pub(crate) example_links: Vec<ApiDatabase>,
}

/// What can be tried in a database.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ApiDatabase {
    /// Its name.
    pub(crate) name: String,
    /// What can be done to the database itself.
    pub(crate) links: Vec<ApiLink>,
    /// Its tables.
    pub(crate) tables: Vec<ApiTable>,
}

/// What can be tried with a table.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ApiTable {
    /// Its name.
    pub(crate) name: String,
    /// What can be done to it.
    pub(crate) links: Vec<ApiLink>,
}

/// A request that can be tried.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ApiLink {
    /// What it does.
    pub(crate) label: String,
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    /// Where it goes.
    pub(crate) path: String,
    /// This page with the request filled in.
    pub(crate) href: String,
}
