//! A site with plugins.

use crate::support::{Setup, Site, library};

/// A site of `tests/fixtures/ports.sql` with these plugins.
pub(super) fn with(plugins: &[&str]) -> Setup {
    let setup = Setup::new().database("ports");
    plugins.iter().fold(setup, |setup, plugin| setup.plugin(&format!("{plugin}.so"), &library::bytes(plugin)))
}

/// The value of a query of one.
#[track_caller]
pub(super) fn sql(site: &Site, sql: &str) -> serde_json::Value {
    let answer = site.get(&format!("/ports/-/query.json?sql={}&_shape=arrayfirst", quoted(sql)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()[0].clone()
}

/// SQL as it stands in a query string.
pub(super) fn quoted(sql: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    sql.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
