//! Programs of others that do the publishing.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use datasette_plugin_api::{Error, Result};

/// A program on the `PATH`.
#[derive(Debug, Clone)]
pub struct Program {
    name: String,
    path: PathBuf,
}

impl Program {
    /// Nothing if it is not there.
    pub fn find(name: &str) -> Option<Self> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let paths = std::env::var_os("PATH")?;
        let path =
            std::env::split_paths(&paths).map(|folder| folder.join(&file)).find(|path| is_program(path))?;
        Some(Self { name: name.to_owned(), path })
    }

    /// One that publishing to `target` needs. If it is missing, that is said with the address of instructions.
    pub fn needed(name: &str, target: &str, instructions: &str) -> Option<Self> {
        let found = Self::find(name);
        if found.is_none() {
            eprintln!("Publishing to {target} requires {name} to be installed and configured");
            eprintln!("Follow the instructions at {instructions}");
        }
        found
    }

    /// Runs it in a folder, before the eyes of the user. It has to succeed.
    pub fn run(&self, folder: &Path, words: &[&str]) -> Result<()> {
        let status = self.command(folder, words).status().map_err(|error| self.failed(&error))?;
        if status.success() {
            Ok(())
        } else {
            Err(Error::new(format!("{} ended with {status}", self.said(words))))
        }
    }

    /// Runs it, and answers what it says. It has to succeed.
    pub fn output(&self, folder: &Path, words: &[&str]) -> Result<String> {
        let output = self
            .command(folder, words)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.failed(&error))?;
        if !output.status.success() {
            return Err(Error::new(format!("{} ended with {}", self.said(words), output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it succeeds; what it says is nobody's business.
    pub fn succeeds(&self, folder: &Path, words: &[&str]) -> Result<bool> {
        let output = self.command(folder, words).output().map_err(|error| self.failed(&error))?;
        Ok(output.status.success())
    }

    fn command(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(words).current_dir(folder);
        command
    }

    /// The beginning of what was run: further words may be secrets.
    fn said(&self, words: &[&str]) -> String {
        let shown: Vec<&str> = words.iter().copied().take_while(|word| !word.starts_with('-')).collect();
        format!("{} {}", self.name, shown.join(" ")).trim_end().to_owned()
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::new(format!("{} does not run: {error}", self.path.display()))
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Asks the user for a line; nothing if there is nobody.
pub fn ask(question: &str) -> Result<Option<String>> {
    print!("{question}: ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    if read == 0 {
        eprintln!("\nAborted!");
        return Ok(None);
    }
    Ok(Some(line.trim().to_owned()))
}
