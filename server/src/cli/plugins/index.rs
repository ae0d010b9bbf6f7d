//! `datasette plugins index`: makes an index of archives.

use std::path::PathBuf;

use clap::{ArgAction, Subcommand};
use serde_json::json;

use crate::installing::{BuildOptions, build_index};
use crate::options::Machinery;

use super::super::World;
use super::super::error::Result;
use super::super::installing::{print_json, told_as};
use super::{COMMAND, values};

/// Make an index of plugins
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the index of the archives in a folder, there: plain files that any web server can serve
    #[command(disable_help_flag = true)]
    Build {
        /// The folder
        folder: PathBuf,

        /// Secret key to sign it with [env: DATASETTE_KEY_PASSWORD]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,

        /// For how many days it is to be believed; make it again before they are over
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        expires: u32,

        /// Take a release back. It stays so, in yanked.txt. Again for more
        #[arg(long, value_name = "NAME==VERSION")]
        yank: Vec<String>,

        /// Write what was made as JSON
        #[arg(long)]
        json: bool,

        /// Show this message and exit
        #[arg(long, action = ArgAction::Help)]
        help: Option<bool>,
    },
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    let Action::Build { folder, key, expires, yank, json, .. } = &args.action;
    let folder = values::folder(COMMAND, "'FOLDER'", Some(folder.clone()))?.unwrap_or_default();
    let options = BuildOptions { folder, key: key.clone(), days: *expires, yank: yank.clone() };
    let outcome = build_index(world.machinery.libraries(), &options);
    let built = told_as(world, COMMAND, *json, outcome)?;
    if *json {
        print_json(
            world,
            &json!({"ok": true, "serial": built.serial, "expires": built.expires, "plugins": built.plugins,
                    "archives": built.archives, "key": built.key}),
        )?;
        return Ok(0);
    }
    let counted = |count: usize, what: &str| {
        crate::render::number::counted(i64::try_from(count).unwrap_or(i64::MAX), what)
    };
    let (archives, plugins) = (counted(built.archives, "archive"), counted(built.plugins, "plugin"));
    writeln!(world.out, "Index {} of {archives} of {plugins}, until {}", built.serial, built.expires)?;
    match &built.key {
        Some(id) => writeln!(world.out, "Signed by {id}")?,
        None => writeln!(world.err, "Warning: it is not signed; give a secret key with --key")?,
    }
    Ok(0)
}
