//! `error.html` and the templates named after a status, such as `404.html`.

use serde::Serialize;

use super::base::Base;
use crate::error::ErrorPage;

/// What `error.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ErrorContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Always false.
    pub(crate) ok: bool,
    /// The HTTP status.
    pub(crate) status: u16,
    /// `Forbidden`, `Invalid SQL`, or `Error 404`.
    pub(crate) title: String,
    /// What happened.
    pub(crate) error: String,
    /// The SQL that failed, to be mended.
    pub(crate) sql: Option<String>,
}

impl ErrorContext {
    pub(crate) fn new(base: Base, page: &ErrorPage) -> Self {
        Self {
            base,
            ok: false,
            status: page.status,
            title: page.title.map_or_else(|| format!("Error {}", page.status), str::to_owned),
            error: page.message.clone(),
            sql: page.sql.clone(),
        }
    }
}
