//! What can go wrong with disks, processes and other installers.

use std::time::Duration;

use super::{greeting, install, installed, refused, state};
use crate::support::shop::hello;
use crate::support::{Setup, Shop, library};

#[test]
fn two_installers_at_once_take_turns() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&library::bytes("fixture-every-hook"), &[]);
    shop.build(&[]);
    std::thread::scope(|scope| {
        let both = ["hello", "fixture-every-hook", "hello"];
        let running: Vec<_> = both
            .map(|name| {
                scope.spawn({
                    let (setup, shop) = (&setup, &shop);
                    move || install(setup, shop, &[name])
                })
            })
            .into_iter()
            .collect();
        for one in running {
            let done = one.join().unwrap();
            assert_eq!(done.code, Some(0), "{done:?}");
        }
    });
    let state = state(&setup);
    assert_eq!(state["plugins"].as_object().unwrap().len(), 2, "{state}");
    assert_eq!(setup.run_command(&["plugins", "verify"]).code, Some(0));
}

#[test]
#[cfg(unix)]
fn a_kill_leaves_what_was_there() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    shop.add(&hello("0.2.0", "Howdy"), &[]);
    shop.build(&[]);
    let (url, key) = (shop.url(), shop.public_key());
    for round in 0..12 {
        let words = ["install", "-U", "hello", "--index", &url, "--index-key", &key];
        setup.kill_command(&words, Duration::from_millis(10 + 45 * round));
        let greeting = greeting(&setup).expect("there is always one");
        assert!(greeting.contains("Hello, you!") || greeting.contains("Howdy, you!"), "{greeting}");
        let verified = setup.run_command(&["plugins", "verify"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
        if greeting.contains("Howdy") {
            assert_eq!(setup.run_command(&["plugins", "rollback", "hello"]).code, Some(0));
        }
    }
    installed(&setup, &shop, &["-U", "hello"]);
    assert!(greeting(&setup).unwrap().contains("Howdy, you!"));
    let staging = setup.path("DATASETTE_PLUGINS_DIR/.staging");
    assert_eq!(std::fs::read_dir(staging).unwrap().count(), 0);
}

#[test]
fn a_folder_that_can_not_be_written_is_named() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    // Root may write anywhere, but not below a file.
    setup.write("file", b"");
    let said = install(&setup, &shop, &["hello", "--plugins-dir", "file/plugins"]);
    said.assert_refused(1, &["file/plugins", "can't be written", "--plugins-dir"]);
    setup.write("place/store", b"a file where the store should be");
    let said = install(&setup, &shop, &["hello", "--plugins-dir", "place"]);
    said.assert_refused(1, &["place", "can't be written"]);
    assert!(!setup.path("place/installed.json").exists());
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_said_and_changes_nothing() {
    let shop = Shop::with_hello();
    let setup = Setup::new();
    installed(&setup, &shop, &["hello"]);
    shop.add(&hello("0.2.0", "Howdy"), &[]);
    shop.build(&[]);
    let before = state(&setup);
    // 64 KB: the index fits, the library does not.
    let setup = setup.limit_files("128");
    let said = install(&setup, &shop, &["-U", "hello"]);
    said.assert_refused(1, &["File too large"]);
    assert_eq!(state(&setup), before);
    let setup = setup.limit_files("unlimited");
    assert!(greeting(&setup).unwrap().contains("Hello, you!"));
}

#[test]
fn a_library_that_can_not_be_loaded_is_not_installed() {
    let shop = Shop::new();
    shop.add(&library::bytes("fixture-crashing"), &[]);
    shop.build(&[]);
    let name = "fixture-crashing";
    refused(&Setup::new(), &shop, &[name], 1, &["crashed while loading (signal 11)"]);
    let setup = Setup::new().env("FIXTURE_CRASHING", "abort");
    refused(&setup, &shop, &[name], 1, &["crashed while loading (signal 6)"]);
    let setup = Setup::new().env("FIXTURE_CRASHING", "hang");
    refused(&setup, &shop, &[name], 1, &["did not finish loading within"]);
}

#[test]
fn what_was_changed_is_found_refused_and_repaired() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    let folder = state(&setup)["plugins"]["hello"]["folder"].as_str().unwrap().to_owned();
    let library = setup.path("DATASETTE_PLUGINS_DIR").join(folder).join(library_file(&setup));
    std::fs::write(&library, hello("0.1.0", "Howdy")).unwrap();
    setup.run_command(&["plugins", "verify"]).assert_refused(3, &["Not everything is as it was installed"]);
    let served = setup.run(&["--memory", "--get", "/-/hello"]);
    assert!(
        served.code == Some(1) && served.err.contains("was changed since it was installed"),
        "{served:?}"
    );
    setup.run_command(&["plugins", "--check"]).assert_refused(1, &["Not every plugin can be loaded"]);
    let said = installed(&setup, &shop, &["hello"]);
    assert!(said.starts_with("Installed hello 0.1.0"), "{said}");
    assert!(greeting(&setup).unwrap().contains("Hello, you!"));
    std::fs::remove_file(&library).unwrap();
    let verified = setup.run_command(&["plugins", "verify"]);
    assert!(verified.out.contains("is missing"), "{verified:?}");
}

fn library_file(setup: &Setup) -> String {
    state(setup)["plugins"]["hello"]["library"].as_str().unwrap().to_owned()
}

#[test]
fn a_damaged_state_stops_everything() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    let path = setup.path("DATASETTE_PLUGINS_DIR/installed.json");
    std::fs::write(&path, "{\"schema\": 1, \"plu").unwrap();
    install(&setup, &shop, &["hello"]).assert_refused(1, &["installed.json is damaged"]);
    // Nobody knows whether one of them was there for security.
    setup.run(&["--memory", "--get", "/"]).assert_refused(1, &["installed.json is damaged"]);
}
