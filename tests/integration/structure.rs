//! What ARCHITECTURE.md promises about the code, held by looking at it.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::support::workspace;

/// The files of Rust below a folder of the workspace, by their paths from it.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&workspace().join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path: PathBuf = entry.expect("it can be read").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "toml") {
            let name = path.strip_prefix(workspace()).unwrap_or(&path).display().to_string();
            found.push((name, std::fs::read_to_string(&path).expect("sources are text")));
        }
    }
}

/// Lines of code with that pattern, outside of the places where it belongs.
#[track_caller]
fn check_only_in(folders: &[&str], pattern: &str, places: &[&str]) {
    let pattern = Regex::new(pattern).expect("it is a pattern");
    let mut strays = Vec::new();
    for (name, text) in folders.iter().flat_map(|folder| sources(folder)) {
        if places.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if pattern.is_match(code) {
                strays.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(strays.is_empty(), "{pattern} does not belong here:\n{}", strays.join("\n"));
}

const EVERYWHERE: &[&str] = &["server", "plugin-api", "plugins-builtin", "plugins-dir"];

#[test]
fn only_the_edge_knows_warp() {
    check_only_in(
        EVERYWHERE,
        r"\b(warp|hyper|hyper_util|tokio|tokio_rustls)\b",
        &["server/src/edge/", "server/Cargo.toml"],
    );
}

#[test]
fn only_sqlite_knows_rusqlite() {
    check_only_in(EVERYWHERE, r"\b(rusqlite|libsqlite3_sys)\b", &["server/src/sqlite/", "server/Cargo.toml"]);
}

#[test]
fn only_the_boundary_knows_abi_stable() {
    let places = ["plugin-api/", "server/src/plugins/", "server/Cargo.toml"];
    check_only_in(EVERYWHERE, r"\babi_stable\b", &places);
}

#[test]
fn only_the_boundary_is_unsafe() {
    let places = ["plugin-api/src/ffi/", "server/src/plugins/load/library.rs", "server/src/sqlite/open.rs"];
    check_only_in(EVERYWHERE, r"\bunsafe\b\s*(\{|\(|fn\b|impl\b|extern\b|trait\b)", &places);
    let open = std::fs::read_to_string(workspace().join("server/src/sqlite/open.rs")).expect("it is there");
    assert_eq!(open.matches("unsafe {").count(), 1, "loading an extension is unsafe, nothing else");
}

/// Everybody else reads with `App::read`, which conceals what the request's actor may not see.
#[test]
fn hidden_columns_are_seen_by_few() {
    let places = [
        // The connections themselves, and who decides what is concealed.
        "server/src/sqlite/",
        "server/src/permissions/",
        // Nobody asks: the start, the internal database, measurements.
        "server/src/startup/",
        "server/src/internal/",
        "server/src/bench.rs",
        "server/src/fuzz.rs",
        "server/src/importing/tests.rs",
        // Plugins that say so, queries that are trusted.
        "server/src/host/sql.rs",
        "server/src/query/run.rs",
        "server/src/query/execute_stored.rs",
        // What is read is not shown: which statements to leave out, which index to drop.
        "server/src/database/schema.rs",
        "server/src/table/drop.rs",
    ];
    check_only_in(&["server"], r"\.(read_whole|unveiled)\(", &places);
}

#[test]
fn plugins_depend_on_the_plugin_api_and_never_on_the_server() {
    for folder in ["plugins-builtin", "plugins-dir"] {
        for (name, text) in sources(folder).into_iter().filter(|(name, _)| name.ends_with("Cargo.toml")) {
            assert!(text.contains("datasette-plugin-api"), "{name}");
            let on_server =
                text.lines().any(|line| line.split('=').next().is_some_and(|key| key.trim() == "datasette"));
            assert!(!on_server, "{name} depends on the server");
        }
    }
}

/// Nothing in the server ends a request, or the process, by panicking. Tests may.
#[test]
fn nothing_is_left_to_be_done() {
    check_only_in(EVERYWHERE, r"\b(todo|unimplemented|dbg)!", &[]);
}

#[test]
fn every_built_in_plugin_is_built_for_tests_and_required() {
    let manifest = std::fs::read_to_string(workspace().join("server/Cargo.toml")).expect("it is there");
    let folders =
        std::fs::read_to_string(workspace().join("server/src/plugins/folders.rs")).expect("it is there");
    for entry in std::fs::read_dir(workspace().join("plugins-builtin")).expect("it is there") {
        let name = entry.expect("it can be read").file_name().to_string_lossy().into_owned();
        assert!(
            manifest.contains(&format!("../plugins-builtin/{name}\"")),
            "{name} is no dev-dependency of the server"
        );
        assert!(folders.contains(&format!("\"datasette_{name}\"")), "{name} is not in REQUIRED");
    }
}
