//! The archive that is shipped, unpacked in another place, with nothing of Rust around.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on should say where")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;

fn make(out: &Path) -> PathBuf {
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let made = xtask.args(["dist", "--profile", "dev", "--out"]).arg(out).output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().into()
}

#[test]
fn the_archive_is_whole_and_runs_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let archive = make(folder.path());
    let name = archive.file_name().unwrap().to_string_lossy().into_owned();
    let name = name.strip_suffix(".tar.gz").expect("it is an archive");
    assert!(name.starts_with(&format!("datasette-{}-", env!("CARGO_PKG_VERSION"))), "{name}");

    let elsewhere = tempfile::tempdir().unwrap();
    tar::Archive::new(GzDecoder::new(File::open(&archive).unwrap())).unpack(elsewhere.path()).unwrap();
    let root = elsewhere.path().join(name);
    for file in [
        "LICENSE",
        "README.md",
        "share/bash-completion/completions/datasette",
        "share/zsh/site-functions/_datasette",
        "share/fish/vendor_completions.d/datasette.fish",
        "share/man/man1/datasette.1",
        "share/man/man1/datasette-serve.1",
        "share/doc/datasette/examples/datasette.service",
    ] {
        assert!(root.join(file).is_file(), "{file} is missing");
    }
    let run = |words: &[&str]| {
        let mut program = Command::new(root.join("bin/datasette"));
        // No PATH, no home of anybody's, nothing of cargo.
        program.env_clear().current_dir(elsewhere.path()).args(words);
        for variable in ["HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            program.env(variable, elsewhere.path().join(variable));
        }
        let done = program.output().expect("it runs");
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    assert_eq!(run(&["--version"]), format!("datasette, version {}\n", env!("CARGO_PKG_VERSION")));
    let answer = run(&["--memory", "--get", "/_memory/-/query.json?sql=select+6*7+as+a&_shape=array"]);
    assert_eq!(answer.trim(), "[{\"a\": 42}]");
    let plugins = run(&["plugins", "--all"]);
    assert!(plugins.contains("datasette.default_permissions"), "{plugins}");
    // What it loads is what was shipped, and nothing that lies about here.
    std::fs::remove_dir_all(root.join("lib")).unwrap();
    let mut program = Command::new(root.join("bin/datasette"));
    let done = program.env_clear().args(["--memory", "--get", "/"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success() && said.contains("is missing"), "{said}");
}
