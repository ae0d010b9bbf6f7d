//! `datasette plugin`: what helps those who write plugins.

mod new;

use clap::{ArgAction, Subcommand};

use super::World;
use super::error::Result;

/// Write plugins
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, disable_help_subcommand = true, arg_required_else_help = true)]
pub(super) struct Args {
    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
}

pub(super) fn run<M>(world: &mut World<'_, M>, args: Args) -> Result<u8> {
    match args.command {
        Command::New(args) => new::run(world, args),
    }
}
