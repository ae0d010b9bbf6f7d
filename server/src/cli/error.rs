//! How a command fails, and how that is said.

use std::io::Write;

use crate::config::ConfigError;
use crate::options::StartError;

pub(super) type Result<T, E = CliError> = std::result::Result<T, E>;

/// Why a command stops.
#[derive(Debug)]
pub(super) enum CliError {
    /// Not a failure: the text asked for with `--help`.
    Help(String),
    /// The words are wrong. `command` is the subcommand's name, empty for none.
    Usage {
        command: &'static str,
        message: String,
    },
    /// The words of a command that is not built in are wrong.
    UsageOf {
        /// `Usage: datasette ...`
        usage: String,
        /// `datasette NAME`
        path: String,
        message: String,
    },
    /// The words stop before a command is named; its help says which there are.
    Incomplete(String),
    Failed(StartError),
    /// Nobody reads what we write any more: `datasette … | head`.
    OutputClosed,
}

impl CliError {
    pub(super) fn usage(command: &'static str, message: impl Into<String>) -> Self {
        Self::Usage { command, message: message.into() }
    }

    /// A value that does not fit its option; `option` as `'-p' / '--port'`.
    pub(super) fn value(command: &'static str, option: &str, reason: impl std::fmt::Display) -> Self {
        Self::usage(command, format!("Invalid value for {option}: {reason}"))
    }

    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(StartError::new(message))
    }

    /// Says it, and returns the exit code.
    pub(super) fn report(self, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        // When nobody reads an error there is nobody to tell about that.
        match self {
            Self::Help(text) => {
                let _ = write!(out, "{text}");
                0
            }
            Self::Usage { command, message } => {
                let usage = super::usage::line(command);
                let path = format!("datasette {command}").trim_end().to_owned();
                Self::UsageOf { usage, path, message }.report(out, err)
            }
            Self::UsageOf { usage, path, message } => {
                let _ = writeln!(err, "{usage}\nTry '{path} --help' for help.\n\nError: {message}");
                2
            }
            Self::Incomplete(help) => {
                let _ = write!(err, "{help}");
                2
            }
            Self::Failed(StartError { message, exit_code }) => {
                let _ = writeln!(err, "Error: {message}");
                exit_code
            }
            Self::OutputClosed => 1,
        }
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        Self::Failed(error)
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<std::io::Error> for CliError {
    fn from(_: std::io::Error) -> Self {
        Self::OutputClosed
    }
}
