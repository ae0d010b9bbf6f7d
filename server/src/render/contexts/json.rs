//! `show_json.html`: the pages under `/-/` that show what their JSON says.

use serde::Serialize;

use super::base::Base;

/// What `show_json.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ShowJsonContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The page's name with `.json`: title and heading.
    pub(crate) filename: String,
    /// The same data as a file.
    pub(crate) json_url: String,
    /// The JSON, indented by two spaces.
    pub(crate) data_json: String,
}
