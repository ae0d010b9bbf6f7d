//! What a plugin says when it can't do what it was asked.

use std::fmt::{self, Display};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, with a kind that the server turns into a status.
///
/// Anything that can be printed becomes one, so `?` works on every error and on plain text:
///
/// ```
/// # use datasette_plugin_api::{Error, ErrorKind, Result};
/// fn year(text: &str) -> Result<i32> {
///     let year: i32 = text.parse()?;
///     if year < 1900 {
///         return Err("too long ago".into());
///     }
///     Ok(year)
/// }
/// assert_eq!(year("1800"), Err(Error::new("too long ago")));
/// assert_eq!(Error::not_found("No such year").kind, ErrorKind::NotFound);
/// ```
///
/// That is also why it does not implement `Display` itself: print its [`message`](Self::message).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What it means to the visitor.
    pub kind: ErrorKind,
    /// What happened, as one sentence. For [`ErrorKind::Other`] it is logged and never shown.
    pub message: String,
}

/// What an [`Error`] means to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 404: there is no such thing.
    NotFound,
    /// 403: this actor may not do this.
    Forbidden,
    /// 400: the request makes no sense.
    BadRequest,
    /// 401: the credentials that were sent are not valid.
    Unauthorized,
    /// A query ran past its time limit.
    Interrupted,
    /// 500: the plugin failed. The visitor learns nothing, the log gets the message.
    Other,
}

impl Error {
    /// The plugin failed: a 500 whose message goes to the log.
    pub fn new(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Other, message)
    }

    /// A 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::NotFound, message)
    }

    /// A 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Forbidden, message)
    }

    /// A 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::BadRequest, message)
    }

    /// A 401.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Unauthorized, message)
    }

    /// A query that ran past its time limit.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Interrupted, message)
    }

    /// An error of that kind.
    pub fn of(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The same error, with where it happened in front.
    #[must_use]
    pub fn context(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Whether a query ran past its time limit.
    pub fn is_interrupted(&self) -> bool {
        self.kind == ErrorKind::Interrupted
    }
}

impl<E: Display> From<E> for Error {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

impl ErrorKind {
    /// The word that stands for it on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::BadRequest => "bad_request",
            Self::Unauthorized => "unauthorized",
            Self::Interrupted => "interrupted",
            Self::Other => "other",
        }
    }

    /// Words of newer versions mean [`ErrorKind::Other`].
    pub(crate) fn from_word(word: &str) -> Self {
        let known =
            [Self::NotFound, Self::Forbidden, Self::BadRequest, Self::Unauthorized, Self::Interrupted];
        known.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Self::Other)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
