//! `datasette plugins`: what is loaded, and which hooks it has.

use std::path::PathBuf;

use clap::ArgAction;
use serde_json::Value as Json;

use crate::config::{dumps, dumps_indented};
use crate::options::{Machinery, PluginSummary};

use super::error::Result;
use super::{World, values};

/// List the plugins that are loaded
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    /// Include the built-in ones
    #[arg(long)]
    all: bool,

    /// Write name==version of each instead
    #[arg(long)]
    requirements: bool,

    /// Folder with plugins of your own
    #[arg(long, value_name = "DIRECTORY")]
    plugins_dir: Option<PathBuf>,

    /// Load one library and say what it is. The server runs this in a process of its own, because loading a
    /// library may end the process.
    #[arg(long, value_name = "FILE", hide = true)]
    probe: Option<PathBuf>,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    if let Some(library) = &args.probe {
        writeln!(world.out, "{}", dumps(&world.machinery.probe(library)?))?;
        return Ok(0);
    }
    let plugins_dir = values::folder("plugins", "'--plugins-dir'", args.plugins_dir.clone())?;
    let mut plugins = world.machinery.plugins(plugins_dir.as_deref())?;
    plugins.retain(|plugin| args.all || !plugin.is_builtin);
    if !args.requirements {
        let list = Json::Array(plugins.iter().map(PluginSummary::to_json).collect());
        writeln!(world.out, "{}", dumps_indented(&list, 4))?;
        return Ok(0);
    }
    for plugin in plugins {
        if let Some(version) = plugin.version {
            writeln!(world.out, "{}=={version}", plugin.name)?;
        }
    }
    Ok(0)
}
