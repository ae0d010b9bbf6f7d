//! `datasette publish`: hands databases to a target, each of which is a plugin's.

use std::ffi::OsString;

use clap::CommandFactory as _;

use crate::config::nearest;
use crate::options::{Machinery, PluginCommand};

use super::error::{CliError, Result};
use super::{Cli, World, extra};

/// Publish databases to a hosting service, with a Datasette to explore them
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Args {
    /// Where to, and what for; the targets know their words
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    words: Vec<OsString>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    let found = extra::commands(world)?;
    let targets = &found.targets;
    let Some(first) = args.words.first() else {
        extra::tell(world, &found.problems)?;
        return Err(CliError::Incomplete(help(targets)));
    };
    if first == "--help" {
        write!(world.out, "{}", help(targets))?;
        extra::tell(world, &found.problems)?;
        extra::check(targets, &[])?;
        return Ok(0);
    }
    extra::check(targets, &[])?;
    let named = targets.iter().find(|target| target.name.as_str() == first);
    match named {
        Some(target) => {
            extra::run(world, "datasette publish", target, args.words.get(1..).unwrap_or_default())
        }
        None => {
            extra::tell(world, &found.problems)?;
            Err(unknown(&first.to_string_lossy(), targets))
        }
    }
}

fn unknown(word: &str, targets: &[PluginCommand]) -> CliError {
    let message = if word.starts_with('-') {
        format!("No such option: {word}")
    } else {
        let names = targets.iter().map(|target| target.name.as_str());
        let hint = nearest(word, names).map(|name| format!(" Did you mean {name}?")).unwrap_or_default();
        format!("No such command '{word}'.{hint}")
    };
    let usage = page(&[]).render_usage().to_string().trim_end().to_owned();
    CliError::UsageOf { usage, path: "datasette publish".to_owned(), message }
}

fn help(targets: &[PluginCommand]) -> String {
    extra::by_name(page(targets)).render_help().to_string()
}

fn page(targets: &[PluginCommand]) -> clap::Command {
    let about =
        Cli::command().find_subcommand("publish").and_then(|it| it.get_about().cloned()).unwrap_or_default();
    let page = clap::Command::new("publish")
        .bin_name("datasette publish")
        .about(about)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .max_term_width(100)
        .override_usage("datasette publish [OPTIONS] COMMAND [ARGS]...")
        .arg(
            clap::Arg::new("help")
                .long("help")
                .help("Show this message and exit")
                .action(clap::ArgAction::Help),
        );
    targets.iter().fold(page, |page, target| {
        let is_there = page.find_subcommand(&target.name).is_some();
        if is_there { page } else { page.subcommand(extra::page("datasette publish", target)) }
    })
}
