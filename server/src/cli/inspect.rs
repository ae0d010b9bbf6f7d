//! `datasette inspect`: counts the rows of database files once, for `--inspect-file`.

use std::path::PathBuf;

use clap::ArgAction;

use crate::config::dumps_indented;
use crate::options::Machinery;

use super::error::{CliError, Result};
use super::{World, values};

/// Write a JSON summary of database files
///
/// Given to serve as --inspect-file it saves counting the rows of immutable databases.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,

    /// Write to this file, - for standard output
    #[arg(long, value_name = "PATH", default_value = "-", hide_default_value = true)]
    inspect_file: PathBuf,

    /// SQLite extension to load, and optionally its entry point [env: DATASETTE_LOAD_EXTENSION]
    #[arg(long, value_name = "PATH:ENTRYPOINT?")]
    load_extension: Vec<String>,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    if let Some(missing) = args.files.iter().find(|path| !path.exists()) {
        let reason = format!("Path '{}' does not exist.", missing.display());
        return Err(CliError::value("inspect", "'[FILES]...'", reason));
    }
    let extensions = values::extensions(args.load_extension.clone(), world.var("DATASETTE_LOAD_EXTENSION"))?;
    let summary = dumps_indented(&world.machinery.inspect(&args.files, &extensions)?, 2);
    if args.inspect_file.as_os_str() == "-" {
        write!(world.out, "{summary}")?;
        return Ok(0);
    }
    std::fs::write(&args.inspect_file, summary).map_err(|error| {
        let file = args.inspect_file.display();
        CliError::failed(format!("Could not write {file}: {error}; choose another path with --inspect-file"))
    })?;
    Ok(0)
}
