//! Commands that Datasette has and this server does not have yet. Whatever follows them is not read.

use super::error::CliError;

#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    words: Vec<String>,
}

pub(super) fn install() -> CliError {
    CliError::failed(
        "datasette install is not supported yet; put a plugin's library into a folder and give it with --plugins-dir",
    )
}

pub(super) fn uninstall() -> CliError {
    CliError::failed(
        "datasette uninstall is not supported yet; remove the plugin's library from the folder given with --plugins-dir",
    )
}
