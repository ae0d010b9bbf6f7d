//! `datasette plugins`: what is loaded, which hooks it has, and what there is to know about what is installed.

mod index;
mod keys;
mod look;
mod pack;

use std::path::PathBuf;

use clap::{ArgAction, Subcommand};
use serde_json::Value as Json;

use crate::config::{dumps, dumps_indented};
use crate::options::{Machinery, PluginSummary};

use super::error::Result;
use super::installing::{IndexArgs, PlaceArgs};
use super::{World, values};

const COMMAND: &str = "plugins";

/// List the plugins that are loaded, and look after those that are installed
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    /// Include the built-in ones
    #[arg(long)]
    all: bool,

    /// Write name==version of each instead, as install -r reads it
    #[arg(long)]
    requirements: bool,

    /// Those of which there is a newer version
    #[arg(long, conflicts_with_all = ["all", "requirements"])]
    outdated: bool,

    /// Say of each whether it is as it was installed and can be loaded; exit code 1 if one is not
    #[arg(long, conflicts_with_all = ["all", "requirements", "outdated"])]
    check: bool,

    /// Write JSON, which the plain list is anyway
    #[arg(long)]
    json: bool,

    /// Folder with plugins of your own, or with installed ones
    #[arg(long, value_name = "DIRECTORY")]
    plugins_dir: Option<PathBuf>,

    #[command(flatten)]
    index: IndexArgs,

    /// Load one library and say what it is. The server runs this in a process of its own, because loading a
    /// library may end the process.
    #[arg(long, value_name = "FILE", hide = true)]
    probe: Option<PathBuf>,

    #[command(subcommand)]
    action: Option<Action>,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
enum Action {
    Rollback(look::RollbackArgs),
    Verify(look::VerifyArgs),
    Search(look::SearchArgs),
    Info(look::InfoArgs),
    Lock(look::LockArgs),
    Pack(Box<pack::Args>),
    Index(index::Args),
    Key(keys::Args),
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    match &args.action {
        Some(Action::Rollback(args)) => return look::rollback(world, args),
        Some(Action::Verify(args)) => return look::verify(world, args),
        Some(Action::Search(args)) => return look::search(world, args),
        Some(Action::Info(args)) => return look::info(world, args),
        Some(Action::Lock(args)) => return look::lock(world, args),
        Some(Action::Pack(args)) => return pack::run(world, args),
        Some(Action::Index(args)) => return index::run(world, args),
        Some(Action::Key(args)) => return keys::run(world, args),
        None => {}
    }
    if let Some(library) = &args.probe {
        writeln!(world.out, "{}", dumps(&world.machinery.probe(library)?))?;
        return Ok(0);
    }
    if args.outdated {
        let place = PlaceArgs { plugins_dir: args.plugins_dir.clone() };
        return look::outdated(world, &place, &args.index, args.json);
    }
    let plugins_dir = values::folder(COMMAND, "'--plugins-dir'", args.plugins_dir.clone())?;
    let mut plugins = world.machinery.plugins(plugins_dir.as_deref())?;
    if args.check {
        return look::check(world, &plugins, args.json);
    }
    plugins.retain(|plugin| args.all || !plugin.is_builtin);
    if !args.requirements {
        let list = Json::Array(plugins.iter().map(PluginSummary::to_json).collect());
        writeln!(world.out, "{}", dumps_indented(&list, 4))?;
        return Ok(0);
    }
    let lines =
        plugins.iter().filter_map(|plugin| Some(format!("{}=={}", plugin.name, plugin.version.as_ref()?)));
    let lines: Vec<String> = lines.collect();
    if args.json {
        writeln!(world.out, "{}", dumps_indented(&lines.into(), 4))?;
        return Ok(0);
    }
    for line in lines {
        writeln!(world.out, "{line}")?;
    }
    Ok(0)
}
