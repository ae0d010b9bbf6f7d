//! Crates outside of the workspace, built as their authors would.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::workspace;

/// Runs cargo in the folder of a crate; what it builds is shared among all of them, and the libraries that it
/// needs are those of this workspace, so that nothing has to be fetched.
#[track_caller]
pub(crate) fn cargo(folder: &Path, words: &[&str]) {
    let lock = folder.join("Cargo.lock");
    if !lock.exists() {
        std::fs::copy(workspace().join("Cargo.lock"), lock).expect("the workspace has a lock file");
    }
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(folder).args(words).arg("--offline").env("CARGO_TARGET_DIR", target());
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    for (name, _) in std::env::vars() {
        // They are about the crate that is tested.
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "RUSTFLAGS" {
            command.env_remove(name);
        }
    }
    let done = command.output().expect("there is a cargo");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "cargo {words:?} in {}:\n{said}", folder.display());
    assert!(!said.contains("warning: unused") && !said.contains("warning: field"), "{said}");
}

/// The library of a crate that was built so.
#[track_caller]
pub(crate) fn library(krate: &str) -> Vec<u8> {
    let stem = krate.replace('-', "_");
    let file = format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path = target().join("debug").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside")
}
