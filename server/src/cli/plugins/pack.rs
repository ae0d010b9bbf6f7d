//! `datasette plugins pack`: the archive of a plugin.

use std::path::PathBuf;

use clap::ArgAction;
use serde_json::json;

use crate::installing::{PackOptions, pack};
use crate::options::Machinery;

use super::super::World;
use super::super::error::Result;
use super::super::installing::{print_json, told_as};
use super::{COMMAND, values};

/// Make the archive of a plugin, to be installed or put into an index
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    /// The library, as cargo builds it in its release profile
    library: PathBuf,

    /// Where to put the archive [default: this folder]
    #[arg(long, value_name = "DIRECTORY", default_value = ".", hide_default_value = true)]
    out: PathBuf,

    /// For which machines it was built, as x86_64-unknown-linux-gnu [default: those like this one]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// One line that says what it does
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    summary: String,

    /// Name of its licence
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    license: String,

    /// Another plugin that it needs, as 'other>=1'. Again for more
    #[arg(long, value_name = "REQUIREMENT")]
    requires: Vec<String>,

    /// Folder with its static files
    #[arg(long = "static", value_name = "DIRECTORY")]
    static_folder: Option<PathBuf>,

    /// Folder with its templates
    #[arg(long, value_name = "DIRECTORY")]
    templates: Option<PathBuf>,

    /// A text to add, such as LICENSE or README.md. Again for more
    #[arg(long = "add", value_name = "FILE")]
    texts: Vec<PathBuf>,

    /// Sign the archive with this secret key [env: DATASETTE_KEY_PASSWORD]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Write what was made as JSON
    #[arg(long)]
    json: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    let options = PackOptions {
        library: args.library.clone(),
        into: args.out.clone(),
        target: args.target.clone(),
        summary: args.summary.clone(),
        license: args.license.clone(),
        requires: args.requires.clone(),
        static_folder: values::folder(COMMAND, "'--static'", args.static_folder.clone())?,
        templates_folder: values::folder(COMMAND, "'--templates'", args.templates.clone())?,
        texts: args.texts.clone(),
        key: args.key.clone(),
    };
    let outcome = pack(world.machinery.libraries(), &options);
    let packed = told_as(world, COMMAND, args.json, outcome)?;
    if args.json {
        print_json(
            world,
            &json!({"ok": true, "path": packed.path, "name": packed.name, "version": packed.version,
                    "target": packed.target, "size": packed.size, "sha256": packed.sha256,
                    "signature": packed.signature}),
        )?;
        return Ok(0);
    }
    writeln!(world.out, "Packed {} {} into {}", packed.name, packed.version, packed.path.display())?;
    writeln!(world.out, "sha256 {}", packed.sha256)?;
    Ok(0)
}
