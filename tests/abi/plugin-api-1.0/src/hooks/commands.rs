//! Commands of the `datasette` program.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Result;

/// A command: `datasette NAME ...`.
pub struct Command {
    /// Its name.
    pub name: String,
    /// One line for `datasette --help`.
    pub about: String,
    /// What it takes.
    pub args: Vec<CommandArg>,
    /// Runs it with everything behind its name; answers the exit code.
    pub run: RunFn,
}

/// What a command does with everything behind its name; answers the exit code. It keeps a clone of the
/// [`Host`](crate::Host) if it needs one.
pub type RunFn = Box<dyn Fn(&[String]) -> Result<i32> + Send + Sync>;

impl Command {
    /// A command without arguments yet.
    pub fn new(
        name: impl Into<String>,
        about: impl Into<String>,
        run: impl Fn(&[String]) -> Result<i32> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), about: about.into(), args: Vec::new(), run: Box::new(run) }
    }

    /// With one more argument, for `--help`.
    #[must_use]
    pub fn arg(mut self, arg: CommandArg) -> Self {
        self.args.push(arg);
        self
    }
}

/// Somewhere to publish to: `datasette publish NAME ...`.
pub struct PublishTarget {
    /// Its name.
    pub name: String,
    /// One line for `datasette publish --help`.
    pub about: String,
    /// What it takes beside what every target takes.
    pub args: Vec<CommandArg>,
    /// Runs it with everything behind its name; answers the exit code.
    pub run: RunFn,
}

impl PublishTarget {
    /// A target without arguments of its own yet.
    pub fn new(
        name: impl Into<String>,
        about: impl Into<String>,
        run: impl Fn(&[String]) -> Result<i32> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), about: about.into(), args: Vec::new(), run: Box::new(run) }
    }

    /// With one more argument, for `--help`.
    #[must_use]
    pub fn arg(mut self, arg: CommandArg) -> Self {
        self.args.push(arg);
        self
    }
}

/// An argument or option, as `--help` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandArg {
    /// `--name` is an option, `NAME` a positional argument.
    pub name: String,
    /// A letter for the option.
    #[serde(default)]
    pub short: Option<char>,
    /// What it is, for people.
    pub help: String,
    /// Whether the option has a value.
    #[serde(default)]
    pub takes_value: bool,
    /// Whether it has to be given.
    #[serde(default)]
    pub required: bool,
    /// Whether it may be given more than once.
    #[serde(default)]
    pub multiple: bool,
}

impl CommandArg {
    /// A positional argument.
    pub fn positional(name: impl Into<String>, help: impl Into<String>) -> Self {
        let (name, help) = (name.into(), help.into());
        Self { name, short: None, help, takes_value: true, required: false, multiple: false }
    }

    /// An option with a value: `--name VALUE`.
    pub fn option(name: impl Into<String>, help: impl Into<String>) -> Self {
        Self::positional(name, help)
    }

    /// An option without a value: `--name`.
    pub fn flag(name: impl Into<String>, help: impl Into<String>) -> Self {
        Self { takes_value: false, ..Self::positional(name, help) }
    }

    /// With a letter.
    #[must_use]
    pub fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    /// Has to be given.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// May be given more than once.
    #[must_use]
    pub fn multiple(mut self) -> Self {
        self.multiple = true;
        self
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({})", self.name)
    }
}

impl fmt::Debug for PublishTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublishTarget({})", self.name)
    }
}
