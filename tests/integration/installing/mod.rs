//! Plugins from an index on loopback, signed with a throw-away key.

mod archives;
mod failures;
mod https;
mod indexes;
mod lists;
mod loading;
mod round_trip;
mod transcript;
mod ways;

use serde_json::Value;

use crate::support::{Finished, Setup, Shop};

/// `datasette install` with the words, from that shop and with its key.
#[track_caller]
fn install(setup: &Setup, shop: &Shop, words: &[&str]) -> Finished {
    let (url, key) = (shop.url(), shop.public_key());
    setup.run_command(&[&["install"], words, &["--index", &url, "--index-key", &key]].concat())
}

/// The same, which has to work.
#[track_caller]
fn installed(setup: &Setup, shop: &Shop, words: &[&str]) -> String {
    let done = install(setup, shop, words);
    assert_eq!(done.code, Some(0), "{done:?}");
    done.out
}

/// The same, which must not work, and must not leave anything behind.
#[track_caller]
fn refused(setup: &Setup, shop: &Shop, words: &[&str], code: i32, said: &[&str]) {
    let before = state(setup);
    install(setup, shop, words).assert_refused(code, said);
    assert_eq!(state(setup), before, "the state did not change");
    let staging = setup.path("DATASETTE_PLUGINS_DIR/.staging");
    let left = std::fs::read_dir(staging).map(Iterator::count).unwrap_or_default();
    assert_eq!(left, 0, "nothing is left on its way");
}

/// What is installed.
fn state(setup: &Setup) -> Value {
    let text = std::fs::read(setup.path("DATASETTE_PLUGINS_DIR/installed.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// What a page of hello says. Nothing if there is no such page.
fn greeting(setup: &Setup) -> Option<String> {
    let page = setup.run(&["--memory", "--get", "/-/hello?name=you"]);
    (page.code == Some(0)).then_some(page.out)
}
