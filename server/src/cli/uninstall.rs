//! `datasette uninstall`: takes plugins away again.

use clap::ArgAction;

use crate::installing::{self, State, Watcher, normal_name};
use crate::options::Machinery;

use super::World;
use super::error::{CliError, Result};
use super::installing::{PlaceArgs, Terminal, print_changes, told, told_as};

const COMMAND: &str = "uninstall";

/// Remove plugins
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    /// Names of plugins, as datasette plugins lists them
    #[arg(value_name = "PLUGINS", required = true)]
    plugins: Vec<String>,

    #[command(flatten)]
    place: PlaceArgs,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// Write what was done as JSON
    #[arg(long)]
    json: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    let place = args.place.place(world)?;
    let mut names = Vec::new();
    for word in &args.plugins {
        let name = normal_name(word).map_err(|why| CliError::usage(COMMAND, why))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let state = State::read(&place).map_err(|error| told(COMMAND, error))?;
    let there: Vec<&str> =
        names.iter().filter(|name| state.plugins.contains_key(*name)).map(String::as_str).collect();
    let outcome = {
        let terminal = Terminal::new(world.err, args.yes);
        let question = format!("Remove {}?", there.join(", "));
        if !there.is_empty() && !terminal.confirm(&question) {
            return Err(CliError::failed("Nothing was removed; --yes removes without asking"));
        }
        installing::remove(&place, &names, &terminal)
    };
    let changes = told_as(world, COMMAND, args.json, outcome)?;
    print_changes(world, &changes, args.json)?;
    Ok(0)
}
