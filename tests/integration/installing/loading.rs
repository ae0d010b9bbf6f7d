//! What a server makes of what is installed.

use serde_json::json;

use super::{greeting, installed, state};
use crate::support::shop::hello;
use crate::support::{Setup, Shop, library};

#[test]
fn a_plugin_is_served_until_the_end_though_it_was_removed_meanwhile() {
    let (setup, shop) = (Setup::new(), Shop::new());
    setup.write("files/app.css", b"p { color: red }");
    let files = setup.path("files").display().to_string();
    shop.add(&library::bytes("hello"), &["--static", &files]);
    shop.build(&[]);
    installed(&setup, &shop, &["hello"]);
    let other = Setup::new().env("DATASETTE_PLUGINS_DIR", setup.path("DATASETTE_PLUGINS_DIR"));
    let site = other.args(&["--memory"]).start();
    assert_eq!(setup.run_command(&["uninstall", "hello", "-y"]).code, Some(0));
    assert!(site.get("/-/hello?name=you").text().contains("Hello, you!"));
    let style = site.get("/-/static-plugins/hello/app.css");
    assert_eq!((style.status, style.text().as_str()), (200, "p { color: red }"));
    drop(site);
    // Once nobody uses it, the next installer cleans up.
    installed(&setup, &shop, &["hello"]);
    assert_eq!(setup.run_command(&["uninstall", "hello", "-y"]).code, Some(0));
    assert!(!setup.path("DATASETTE_PLUGINS_DIR/store/hello").exists());
}

#[test]
fn an_upgrade_waits_for_the_next_start() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    let other = Setup::new().env("DATASETTE_PLUGINS_DIR", setup.path("DATASETTE_PLUGINS_DIR"));
    let site = other.args(&["--memory"]).start();
    shop.add(&hello("0.2.0", "Howdy"), &[]);
    shop.build(&[]);
    installed(&setup, &shop, &["-U", "hello"]);
    assert!(site.get("/-/hello?name=you").text().contains("Hello, you!"));
    assert!(greeting(&setup).unwrap().contains("Howdy, you!"));
}

#[test]
fn plugins_dir_may_be_where_they_are_installed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello", "--plugins-dir", "mine"]);
    assert_eq!(greeting(&setup), None, "they are elsewhere");
    let served = setup.run(&["--memory", "--plugins-dir", "mine", "--get", "/-/hello"]);
    assert_eq!(served.code, Some(0), "{served:?}");
    let check = setup.run_command(&["plugins", "--check", "--plugins-dir", "mine"]);
    assert!(check.out.contains("hello 0.1.0: ok"), "{check:?}");
}

#[test]
#[cfg(unix)]
fn a_plugin_that_ended_the_server_is_kept_out_until_it_is_installed_again() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&library::bytes("fixture-crashing"), &[]);
    shop.build(&[]);
    let harmless = setup.env("FIXTURE_CRASHING", "never");
    installed(&harmless, &shop, &["fixture-crashing", "hello"]);
    assert_eq!(harmless.run(&["--memory", "--get", "/-/hello"]).code, Some(0));
    let setup = harmless.env("FIXTURE_CRASHING", "segfault");
    let died = setup.run(&["--memory", "--get", "/-/hello"]);
    assert_eq!(died.code, None, "a signal ended it: {died:?}");
    let next = setup.run(&["--memory", "--get", "/-/plugins.json"]);
    assert_eq!(next.code, Some(0), "{next:?}");
    assert!(
        next.err.contains("kept in quarantine") && next.out.contains("ended the server while it was loaded")
    );
    let info = setup.run_command(&["plugins", "info", "fixture-crashing"]);
    assert!(info.out.contains("in quarantine"), "{info:?}");
    setup
        .run(&["--memory", "--strict-plugins", "--get", "/"])
        .assert_refused(1, &["quarantine", "--strict-plugins"]);
    // Installing it again lets it go.
    let harmless = setup.env("FIXTURE_CRASHING", "never");
    installed(&harmless, &shop, &["fixture-crashing"]);
    let back = harmless.run(&["--memory", "--get", "/-/plugins.json"]);
    assert!(!back.out.contains("skipped"), "{back:?}");
}

#[test]
fn a_plugin_for_security_is_there_or_the_server_is_not() {
    let shop = Shop::new();
    let secure = library::with_manifest(library::bytes("hello"), r#""security":false"#, r#""security":true"#);
    shop.add(&secure, &[]);
    shop.build(&[]);
    let setup = Setup::new();
    installed(&setup, &shop, &["hello"]);
    assert!(greeting(&setup).is_some());
    setup.run(&["--memory", "--safe-mode", "--get", "/"]).assert_refused(1, &["hello is there for security"]);
    let folder = state(&setup)["plugins"]["hello"]["folder"].as_str().unwrap().to_owned();
    std::fs::remove_dir_all(setup.path("DATASETTE_PLUGINS_DIR").join(folder)).unwrap();
    setup.run(&["--memory", "--get", "/"]).assert_refused(1, &["is not there", "there for security"]);
    // Who only looks is told what is wrong.
    let listed = setup.run_command(&["plugins"]);
    assert!(listed.code == Some(0) && listed.out.contains("is not there"), "{listed:?}");
}

#[test]
fn safe_mode_loads_none_but_the_servers_own() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    assert!(greeting(&setup).is_some());
    let safe = setup.run(&["--memory", "--safe-mode", "--get", "/-/plugins.json"]);
    assert!(safe.code == Some(0) && !safe.out.contains("hello"), "{safe:?}");
    let config = Setup::new().config(&json!({"plugins": {"hello": {"required": true}}}));
    config.run(&["--memory", "--safe-mode", "--get", "/"]).assert_refused(1, &["hello is required"]);
}

#[test]
fn strict_plugins_refuses_to_pass_one_over() {
    let setup = Setup::new().plugin("text.so", b"no library");
    assert_eq!(setup.run(&["--memory", "--get", "/"]).code, Some(0));
    setup
        .run(&["--memory", "--strict-plugins", "--get", "/"])
        .assert_refused(1, &["text.so", "--strict-plugins"]);
}
