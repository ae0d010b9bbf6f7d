//! Who may what, asked in every combination, and every page of a closed site asked by a stranger.

mod matrix;
mod naive;
mod strangers;
mod world;

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Setup, Site, library};

const TABLES: &str = "create table t (a); create table u (a); create table v (a);";

/// Databases `a` and `b` with tables `t`, `u` and `v` each.
fn site(config: &Value, flags: &[&str]) -> Site {
    let mut setup = Setup::new();
    for name in ["a", "b"] {
        let path = setup.path(&format!("{name}.db"));
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(TABLES).unwrap();
        setup = setup.args(&[&path.display().to_string()]);
    }
    if !config["plugins"].is_null() {
        setup = setup.plugin("asking.so", &library::bytes("fixture-asking"));
    }
    setup.config(config).args(&["--secret", SECRET]).args(flags).start()
}

fn quote(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
