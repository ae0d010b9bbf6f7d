//! The command line: words in, exit code out. One file per command.
//!
//! `serve` is what happens when no command is named: `datasette data.db` serves. Failures are said as Datasette
//! says them, one `Error:` on standard error; exit code 2 means that the words were wrong, 1 everything else.
//!
//! Adding a command: a variant of [`Command`], a file with its arguments and its `run`. Plugins add theirs
//! ([`extra`]), and are asked only for words that are no command of ours.

mod error;
mod extra;
mod publish;
mod usage;
mod values;
mod serve;
mod files;
mod get;
mod reload;
mod inspect;
mod insert;
mod install;
mod installing;
mod plugin;
mod plugins;
mod uninstall;
mod create_token;

use std::ffi::OsString;
use std::io::Write;

use clap::{ArgAction, CommandFactory, Parser, Subcommand};

use crate::options::Machinery;

use error::{CliError, Result};

/// Publishes SQLite databases as web sites and JSON APIs
///
/// Without a command the words are those of serve: datasette data.db
#[derive(Debug, Parser)]
#[command(name = "datasette", disable_help_flag = true, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    /// Show the version and exit
    #[arg(long)]
    version: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Args>),
    CreateToken(create_token::Args),
    Inspect(inspect::Args),
    Insert(Box<insert::Args>),
    Install(Box<install::Args>),
    Plugin(plugin::Args),
    Plugins(plugins::Args),
    Publish(publish::Args),
    Uninstall(uninstall::Args),
}

const COMMANDS: [&str; 9] =
    ["serve", "create-token", "insert", "inspect", "install", "plugin", "plugins", "publish", "uninstall"];

/// What a command may use of the world. Tests bring their own.
struct World<'a, M> {
    machinery: &'a M,
    /// Variables that are empty count as not set.
    env: &'a dyn Fn(&str) -> Option<String>,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl<M> World<'_, M> {
    fn var(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }
}

/// The commands and their options.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Does what the words say, the first of which is the program's name. Returns the exit code.
pub(crate) fn run(machinery: &impl Machinery, words: impl IntoIterator<Item = OsString>) -> u8 {
    let mut world = World {
        machinery,
        env: &|name| std::env::var(name).ok(),
        out: &mut std::io::stdout(),
        err: &mut std::io::stderr(),
    };
    run_in(&mut world, words)
}

fn run_in<M: Machinery>(world: &mut World<'_, M>, words: impl IntoIterator<Item = OsString>) -> u8 {
    let words: Vec<OsString> = words.into_iter().collect();
    let code = match extra::dispatch(world, &words)
        .and_then(|done| done.map_or_else(|| dispatch(world, with_default_command(words)), Ok))
    {
        Ok(code) => code,
        Err(error) => error.report(world.out, world.err),
    };
    let _ = world.out.flush();
    code
}

fn dispatch<M: Machinery>(world: &mut World<'_, M>, words: Vec<OsString>) -> Result<u8> {
    let cli = Cli::try_parse_from(&words).map_err(|error| usage::adapt(error, &words))?;
    if cli.version {
        writeln!(world.out, "datasette, version {}", env!("CARGO_PKG_VERSION"))?;
        return Ok(0);
    }
    match cli.command {
        Some(Command::Serve(args)) => serve::run(world, *args),
        Some(Command::CreateToken(args)) => create_token::run(world, args),
        Some(Command::Inspect(args)) => inspect::run(world, &args),
        Some(Command::Insert(args)) => insert::run(world, *args),
        Some(Command::Plugin(args)) => plugin::run(world, args),
        Some(Command::Plugins(args)) => plugins::run(world, &args),
        Some(Command::Install(args)) => install::run(world, *args),
        Some(Command::Uninstall(args)) => uninstall::run(world, &args),
        Some(Command::Publish(args)) => publish::run(world, &args),
        None => Err(CliError::usage("", "Missing command.")),
    }
}

/// Puts `serve` before words that do not begin with a command.
fn with_default_command(mut words: Vec<OsString>) -> Vec<OsString> {
    let is_command = words
        .get(1)
        .and_then(|word| word.to_str())
        .is_some_and(|word| COMMANDS.contains(&word) || matches!(word, "--version" | "--help"));
    if words.is_empty() {
        words.push("datasette".into());
    }
    if !is_command {
        words.insert(1, "serve".into());
    }
    words
}

#[cfg(test)]
mod tests;
