//! Why a configuration can't be used, in one sentence for the person who wrote it.

/// A configuration that can't be used. The text names the place and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Something at a place in the configuration (`databases.d.tables.t.facets`) is not as it has to be.
    pub(super) fn at(path: &str, reason: impl std::fmt::Display) -> Self {
        Self(format!("Invalid configuration at {path}: {reason}"))
    }
}
