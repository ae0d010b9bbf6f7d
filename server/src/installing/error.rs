//! How an installation fails, by what the person at the shell can do about it.

use std::path::Path;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing was installed: one or more whole sentences.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

/// Which exit code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Files, disks, libraries that do not load.
    Failed,
    /// The words make no sense.
    Usage,
    /// A hash, a signature, a date or a serial number is wrong. Nothing of it was used.
    Unverified,
    /// Nothing fits what was asked for.
    NothingFits,
    /// Nobody answers, or not with what was asked for.
    Unreachable,
}

impl Kind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unverified => 3,
            Self::NothingFits => 4,
            Self::Unreachable => 5,
        }
    }
}

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn unverified(message: impl Into<String>) -> Self {
        Self::new(Kind::Unverified, message)
    }

    pub(crate) fn nothing_fits(message: impl Into<String>) -> Self {
        Self::new(Kind::NothingFits, message)
    }

    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, message)
    }

    /// A file or folder that can't be read or written: `what` goes before the reason.
    pub(crate) fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::failed(format!("{} {what}: {}", path.display(), plain(error)))
    }
}

/// `No such file or directory`, without the number of the error.
pub(super) fn plain(error: &std::io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_owned()
}
