//! What can go wrong while a request is answered, named by what it means to the visitor.
//!
//! Text leaves the building only through [`ErrorPage`]: renderers see the page, never the error.

use std::borrow::Cow;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A request that can't be answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    NotFound(Cow<'static, str>),
    /// No page at this address at all.
    #[error("404")]
    NoSuchPage,
    /// The visitor may not do this. Plugins are asked for a page of their own first.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    #[error("{message}")]
    BadRequest { title: Option<&'static str>, message: String },
    /// SQL that SQLite or the rules refuse. `rows` of the JSON error body are empty, not missing.
    #[error("{message}")]
    InvalidSql { message: String },
    /// The query ran past `sql_time_limit_ms`.
    #[error("SQL query took too long. The time limit is controlled by the sql_time_limit_ms setting.")]
    Interrupted { sql: String },
    /// The client went away; nobody reads this answer.
    #[error("The request was cancelled")]
    Cancelled,
    #[error("Method not allowed")]
    MethodNotAllowed { allow: &'static str },
    #[error("{message}")]
    Unauthorized { message: String },
    /// A form that another site sent in the visitor's name.
    #[error("{reason}")]
    Csrf { reason: String },
    /// Nobody can serve this now; try again later.
    #[error("{message}")]
    Busy { message: String },
    /// The disk has no room for a write. Nothing of it was kept.
    #[error("The disk is full: nothing was written. Make room and try again")]
    Full,
    /// A plugin that decides something failed, and so does the request. The visitor learns nothing;
    /// the log gets the plugin's name and words.
    #[error("plugin {plugin} failed in {hook}: {message}")]
    Plugin { plugin: String, hook: &'static str, message: String },
    /// Our fault. The visitor learns nothing; the log gets the whole chain.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl Error {
    pub(crate) fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::NotFound(message.into())
    }

    pub(crate) fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(message.into())
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::BadRequest { title: None, message: message.into() }
    }

    pub(crate) fn invalid_sql(message: impl Into<String>) -> Self {
        Self::InvalidSql { message: message.into() }
    }
}

/// What a visitor is told about an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorPage {
    pub status: u16,
    /// Heading of the HTML page; without one it is `Error {status}`.
    pub title: Option<&'static str>,
    pub message: String,
    /// SQL to show under the message, so that it can be mended.
    pub sql: Option<String>,
}

impl From<&Error> for ErrorPage {
    fn from(error: &Error) -> Self {
        let (status, title, sql) = match error {
            Error::NotFound(_) | Error::NoSuchPage => (404, None, None),
            Error::Forbidden(_) => (403, Some("Forbidden"), None),
            Error::BadRequest { title, .. } => (400, *title, None),
            Error::InvalidSql { .. } => (400, Some("Invalid SQL"), None),
            Error::Interrupted { sql } => (400, Some("SQL Interrupted"), Some(sql.clone())),
            Error::Cancelled => (499, None, None),
            Error::MethodNotAllowed { .. } => (405, None, None),
            Error::Unauthorized { .. } => (401, None, None),
            Error::Csrf { .. } => (403, Some("Forbidden"), None),
            Error::Busy { .. } => (503, None, None),
            Error::Full => (507, None, None),
            Error::Plugin { .. } | Error::Internal(_) => {
                let message = "Something went wrong on the server; its log says what".to_owned();
                return Self { status: 500, title: None, message, sql: None };
            }
        };
        Self { status, title, message: error.to_string(), sql }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_errors_tell_the_visitor_nothing() {
        let page = ErrorPage::from(&Error::Internal(anyhow::anyhow!("/etc/secret is missing")));
        assert_eq!(page.status, 500);
        assert!(!page.message.contains("secret"));
    }

    #[test]
    fn a_broken_plugin_is_not_named_to_the_visitor() {
        let error = Error::Plugin { plugin: "x".into(), hook: "forbidden", message: "boom".into() };
        assert!(!ErrorPage::from(&error).message.contains("boom"));
    }
}
