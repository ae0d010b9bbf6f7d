//! Loads a library in a process of its own first: what crashes or hangs there can't do it here.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use datasette_plugin_api::server::{RawHost, RemotePlugin, Services, TaskFn};
use datasette_plugin_api::{Error, Json, Level, Request, Result as Answer, json};
use sha2::{Digest, Sha256};

use crate::sqlite::hex;

use super::memory::Memory;
use super::{Reason, library};

/// Loading takes milliseconds.
const LIMIT: Duration = Duration::from_secs(10);

/// Whether the library can be loaded, and whether that was found out, now or before: without the program at hand
/// nothing is tried.
pub(super) fn probe(path: &Path, hash: &str, memory: &Memory) -> Result<bool, Reason> {
    if memory.knows(hash) {
        return Ok(true);
    }
    match program() {
        Some(program) => in_process(&program, path).map(|()| true),
        None => {
            tracing::debug!(
                "{} is loaded without a probe: the datasette program is not here",
                path.display()
            );
            Ok(false)
        }
    }
}

/// In hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// This program. Tests are another one, which does not know `plugins --probe`, but stand beside it.
fn program() -> Option<PathBuf> {
    let me = std::env::current_exe().ok()?;
    if me.file_stem()? == "datasette" {
        return Some(me);
    }
    let name = format!("datasette{}", std::env::consts::EXE_SUFFIX);
    let folders = [me.parent()?, me.parent()?.parent()?];
    folders.into_iter().map(|folder| folder.join(&name)).find(|program| program.is_file())
}

fn in_process(program: &Path, path: &Path) -> Result<(), Reason> {
    let failed = |error: std::io::Error| format!("can't be tried out in a process of its own: {error}");
    // A file, because a pipe that nobody reads would stop a talkative plugin.
    let mut said = tempfile::tempfile().map_err(failed)?;
    let mut told = tempfile::tempfile().map_err(failed)?;
    let mut child = Command::new(program)
        .args(["plugins", "--probe"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(told.try_clone().map_err(failed)?)
        .stderr(said.try_clone().map_err(failed)?)
        .spawn()
        .map_err(failed)?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if started.elapsed() > LIMIT {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(format!("did not finish loading within {} seconds", LIMIT.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    // One that ends the process well has not come to its end: it would take the server along just so.
    if status.success() && contents(&mut told).trim_end().ends_with(']') {
        return Ok(());
    }
    let text = contents(&mut said);
    Err(cause(status, &text))
}

fn cause(status: ExitStatus, said: &str) -> Reason {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("crashed while loading (signal {signal})");
    }
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    match last.map(|line| line.trim_start_matches("Error: ")) {
        Some(line) => line.chars().take(300).collect(),
        None => format!("ended the process while loading ({status})"),
    }
}

/// Whatever a plugin says need not be text.
fn contents(file: &mut std::fs::File) -> String {
    let mut bytes = Vec::new();
    let _ = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What `datasette plugins --probe FILE` does: loads the library and makes its plugins, in a server that
/// knows nothing. A plugin that misses its configuration is not to blame; one that crashes is.
pub(crate) fn load_for_probe(path: &Path) -> Result<Json, Reason> {
    static NOBODY: Nobody = Nobody;
    let library = library::open(path)?;
    let plugins = RemotePlugin::all(library, RawHost::over(&NOBODY)).unwrap_or_default();
    let list = plugins.iter().map(|plugin| {
        let hooks: Vec<&str> = plugin.hooks().iter().map(|hook| hook.name()).collect();
        json!({"name": plugin.info().name, "version": plugin.info().version, "hooks": hooks})
    });
    Ok(list.collect())
}

struct Nobody;

impl Services for Nobody {
    fn call(&self, _: &str, method: &str, _: Json, _: Option<Request<'_>>) -> Answer<Json> {
        match method {
            "plugin_config" | "setting" => Ok(Json::Null),
            _ => Err(Error::new("there is no server")),
        }
    }

    fn log(&self, _: &str, _: Level, _: &str) {}

    fn sign(&self, _: &str, _: &str) -> Answer<String> {
        Err(Error::new("there is no server"))
    }

    fn unsign(&self, _: &str, _: &str) -> Answer<String> {
        Err(Error::new("there is no server"))
    }

    fn spawn(&self, _: &str, _: &str, _: Option<u64>, _: TaskFn) -> Answer<()> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_death_is_told_by_its_signal_and_a_refusal_by_its_last_line() {
        assert_eq!(cause(ExitStatus::from_raw(11), ""), "crashed while loading (signal 11)");
        assert_eq!(cause(ExitStatus::from_raw(256), "noise\nError: needs more\n"), "needs more");
        assert!(cause(ExitStatus::from_raw(256), "").contains("exit status: 1"));
    }
}
