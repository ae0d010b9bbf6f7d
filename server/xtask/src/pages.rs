//! What shells and `man` know of the program, made from the commands themselves.

use std::path::Path;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;

/// Completions and manual pages, below `share`.
pub(crate) fn write(share: &Path) -> Result<()> {
    let mut command = datasette::command();
    for (shell, file) in [
        (Shell::Bash, "bash-completion/completions/datasette"),
        (Shell::Zsh, "zsh/site-functions/_datasette"),
        (Shell::Fish, "fish/vendor_completions.d/datasette.fish"),
    ] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, "datasette", &mut text);
        save(&share.join(file), &text)?;
    }
    command.build();
    manual(&command, "datasette", &share.join("man/man1"))
}

/// A page for the command, and one for each below it: `datasette-serve(1)`.
fn manual(command: &Command, name: &str, folder: &Path) -> Result<()> {
    let page = clap_mangen::Man::new(command.clone().name(name.to_owned()).display_name(name.to_owned()));
    let mut text = Vec::new();
    page.render(&mut text)?;
    save(&folder.join(format!("{name}.1")), &text)?;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        manual(below, &format!("{name}-{}", below.get_name()), folder)?;
    }
    Ok(())
}

fn save(path: &Path, text: &[u8]) -> Result<()> {
    let folder = path.parent().context("it has a folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_every_shell_knows_them() {
        let folder = tempfile::tempdir().expect("there is room");
        write(folder.path()).expect("it can be written");
        let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).expect("it is there");
        for command in datasette::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let page = read(&format!("man/man1/datasette-{}.1", command.get_name()));
            assert!(page.contains(".TH"), "{page}");
            assert!(read("bash-completion/completions/datasette").contains(command.get_name()));
        }
        assert!(read("man/man1/datasette-plugins-index-build.1").contains("expires"));
        assert!(read("zsh/site-functions/_datasette").contains("#compdef datasette"));
        assert!(read("fish/vendor_completions.d/datasette.fish").contains("-l plugins-dir"));
    }
}
