//! Commands of the `datasette` program.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CommandLine;
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
///
/// An error is printed as `Error: ...` and ends the program with 1. One of the kind
/// [`BadRequest`](crate::ErrorKind::BadRequest) means that the words are wrong: usage is shown with it, and the exit
/// code is 2.
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

    /// A command that gets its words sorted by its arguments. Wrong words never reach it.
    pub fn with_args(
        name: impl Into<String>,
        about: impl Into<String>,
        args: Vec<CommandArg>,
        run: impl Fn(&CommandLine) -> Result<i32> + Send + Sync + 'static,
    ) -> Self {
        let known = args.clone();
        let run = move |words: &[String]| run(&CommandLine::read(&known, words)?);
        Self { args, ..Self::new(name, about, run) }
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
    /// What it takes.
    pub args: Vec<CommandArg>,
    /// Runs it with everything behind its name; answers the exit code.
    pub run: RunFn,
}

impl PublishTarget {
    /// A target without arguments yet.
    pub fn new(
        name: impl Into<String>,
        about: impl Into<String>,
        run: impl Fn(&[String]) -> Result<i32> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), about: about.into(), args: Vec::new(), run: Box::new(run) }
    }

    /// A target that gets its words sorted by its arguments. Wrong words never reach it.
    pub fn with_args(
        name: impl Into<String>,
        about: impl Into<String>,
        args: Vec<CommandArg>,
        run: impl Fn(&CommandLine) -> Result<i32> + Send + Sync + 'static,
    ) -> Self {
        let Command { name, about, args, run } = Command::with_args(name, about, args, run);
        Self { name, about, args, run }
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
    /// What `--help` calls its values. An option with several takes as many words each time.
    #[serde(default)]
    pub value_names: Vec<String>,
    /// The only values it may have; empty for any.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The value it has when it is not given.
    #[serde(default)]
    pub default: Option<String>,
}

impl CommandArg {
    /// A positional argument.
    pub fn positional(name: impl Into<String>, help: impl Into<String>) -> Self {
        let (name, help) = (name.into(), help.into());
        Self {
            name,
            short: None,
            help,
            takes_value: true,
            required: false,
            multiple: false,
            value_names: Vec::new(),
            choices: Vec::new(),
            default: None,
        }
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

    /// What `--help` calls its value; several if each use of the option takes several words.
    #[must_use]
    pub fn value_names(mut self, names: &[&str]) -> Self {
        self.value_names = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// May have these values only.
    #[must_use]
    pub fn choices(mut self, choices: &[&str]) -> Self {
        self.choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        self
    }

    /// Has this value when it is not given.
    #[must_use]
    pub fn default(mut self, value: impl Into<String>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Whether it is an option; else it goes by its position.
    pub fn is_option(&self) -> bool {
        self.name.starts_with('-')
    }

    /// Words that each use of it takes.
    pub fn words(&self) -> usize {
        if self.takes_value { self.value_names.len().max(1) } else { 0 }
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
