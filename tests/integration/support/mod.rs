//! Servers, databases, clients and plugins for the tests.

mod dice;
pub(crate) mod http;
pub(crate) mod library;
pub(crate) mod outside;
mod program;
pub(crate) mod shop;
pub(crate) mod sign;
mod site;
pub(crate) mod web;

use std::path::{Path, PathBuf};

pub(crate) use dice::Dice;
pub(crate) use http::{Answer, Connection};
pub(crate) use program::Finished;
pub(crate) use shop::Shop;
pub(crate) use site::{Setup, Site};

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    server.parent().expect("the server is in the workspace").to_owned()
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    workspace().join("tests/fixtures").join(name)
}

/// Makes a database with the SQL of `tests/fixtures/{script}.sql`.
pub(crate) fn database(path: &Path, script: &str) {
    let sql = std::fs::read_to_string(fixture(&format!("{script}.sql"))).expect("the script is there");
    let connection = rusqlite::Connection::open(path).expect("the database can be made");
    connection.execute_batch(&sql).expect("the script is right");
}

/// A name as it stands in a path.
pub(crate) fn tilde(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("~{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}
