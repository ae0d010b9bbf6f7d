//! `serve --reload`: another server takes this one's place after a change, on the same socket.
//!
//! What has changed may be wrong. So a process of its own tries to start first (`serve --check`), and the server
//! that runs goes on until one succeeds. Then it finishes its requests, and the program runs anew in its process.
//! Should that still fail, it waits for the next change with the socket open.

mod watch;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::auth::sign::Secret;
use crate::handover::{ListeningSocket, keep_from};
use crate::options::UntilReplaced;

use super::error::{CliError, Result};
pub(super) use watch::Watched;
use watch::Watcher;

/// Set for a server that took another's place.
const AGAIN: &str = "DATASETTE_RELOADED";

/// A server that looks for changes.
pub(super) struct Reload {
    program: PathBuf,
    words: Vec<OsString>,
    watcher: Watcher,
    /// The socket of the server before this one.
    inherited: Option<Arc<ListeningSocket>>,
}

impl Reload {
    pub(super) fn new(watched: Watched) -> Result<Self> {
        // Now: when the file has been replaced, the system can't tell its name any more.
        let program = std::env::current_exe()
            .map_err(|error| CliError::failed(format!("--reload can't find the program itself: {error}")))?;
        let is_again = std::env::var_os(AGAIN).is_some();
        let inherited = if is_again { ListeningSocket::inherited().map(Arc::new) } else { None };
        let watcher = Watcher::new(watched, &program);
        Ok(Self { words: std::env::args_os().skip(1).collect(), program, watcher, inherited })
    }

    /// Whether it took the place of another server.
    pub(super) fn is_again(&self) -> bool {
        self.inherited.is_some()
    }

    pub(super) fn inherited(&self) -> Option<Arc<ListeningSocket>> {
        self.inherited.clone()
    }

    /// Returns once something has changed and a server starts with it.
    pub(super) fn until_replaced(&self) -> UntilReplaced {
        let mut check = self.checking();
        let mut watcher = self.watcher.clone();
        Box::new(move || wait(&mut watcher, &mut check, "Still serving what was there before."))
    }

    /// Runs the program anew, in this process. Returns only if that fails.
    pub(super) fn restart(&self, socket: Option<&ListeningSocket>, secret: Option<&Secret>) -> CliError {
        let mut command = Command::new(&self.program);
        command.args(&self.words).env(AGAIN, "1");
        if let Some(secret) = secret {
            // Cookies outlive the change. One from the options wins over this.
            command.env("DATASETTE_SECRET", secret.reveal());
        }
        let failed = match socket.or(self.inherited.as_deref()) {
            Some(socket) => run_instead(&mut command, socket),
            None => std::io::Error::other("the socket is closed"),
        };
        let program = self.program.display();
        CliError::failed(format!("{program} could not be started again: {failed}; start it by hand"))
    }

    /// For a server that did not start: the next change may put it right.
    pub(super) fn wait_and_restart(&self) -> CliError {
        let mut check = self.checking();
        wait(&mut self.watcher.clone(), &mut check, "Waiting for a change.");
        self.restart(None, None)
    }

    /// A command that starts a server as this one was started, and ends.
    fn checking(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.words).arg("--check").env_remove(AGAIN).stdin(Stdio::null()).stdout(Stdio::null());
        keep_from(&mut command);
        command
    }
}

#[cfg(unix)]
fn run_instead(command: &mut Command, socket: &ListeningSocket) -> std::io::Error {
    use std::os::unix::process::CommandExt;

    match socket.leave_to(command) {
        Ok(()) => command.exec(),
        Err(error) => error,
    }
}

#[cfg(not(unix))]
fn run_instead(_: &mut Command, _: &ListeningSocket) -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::Unsupported)
}

/// Waits for changes until one is right; of others it says why not, and what goes on meanwhile.
fn wait(watcher: &mut Watcher, check: &mut Command, meanwhile: &str) {
    loop {
        let changed = watcher.wait();
        eprintln!("Changed: {}", changed.display());
        match check.output() {
            Ok(output) if output.status.success() => return,
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                // Usage is for people who type the words.
                let said = said.lines().filter(|line| !line.is_empty() && !line.starts_with("Usage:"));
                let said: Vec<&str> = said.filter(|line| !line.starts_with("Try 'datasette")).collect();
                eprintln!("{}\n{meanwhile}", said.join("\n"));
            }
            Err(error) => eprintln!("{} does not run: {error}\n{meanwhile}", check.get_program().display()),
        }
    }
}
