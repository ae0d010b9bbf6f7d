//! Every way to install, and back.

use serde_json::json;

use super::{greeting, install, installed, state};
use crate::support::shop::{hello, sha256};
use crate::support::web::Mischief;
use crate::support::{Setup, Shop, library};

#[test]
fn a_plugin_is_installed_by_its_name_and_served() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let said = installed(&setup, &shop, &["hello"]);
    assert!(said.starts_with("Installed hello 0.1.0 (signed-index, sha256 "), "{said}");
    assert!(greeting(&setup).unwrap().contains("Hello, you!"));
    let listed = setup.run_command(&["plugins"]).out;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["name"], "hello");
    let again = installed(&setup, &shop, &["hello"]);
    assert_eq!(again, "hello 0.1.0 is installed already\n");
    let state = state(&setup);
    let entry = &state["plugins"]["hello"];
    assert_eq!((&entry["level"], &entry["source"]["kind"]), (&json!("signed-index"), &json!("index")));
}

#[test]
fn an_upgrade_can_be_rolled_back_and_a_plugin_removed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    shop.add(&hello("0.2.0", "Howdy"), &[]);
    shop.build(&[]);
    // The key and the address are remembered.
    let outdated = setup.run_command(&["plugins", "--outdated"]);
    assert_eq!(outdated.out, "hello  0.1.0  0.2.0\n", "{outdated:?}");
    assert_eq!(installed(&setup, &shop, &["hello"]), "hello 0.1.0 is installed already\n");
    let upgraded = setup.run_command(&["install", "-U"]);
    assert!(upgraded.out.starts_with("Installed hello 0.2.0 instead of 0.1.0 (signed-index"), "{upgraded:?}");
    assert!(greeting(&setup).unwrap().contains("Howdy, you!"));
    let back = setup.run_command(&["plugins", "rollback", "hello"]);
    assert_eq!(back.out, "hello is 0.1.0 again, instead of 0.2.0\n", "{back:?}");
    assert!(greeting(&setup).unwrap().contains("Hello, you!"));
    assert_eq!(setup.run_command(&["plugins", "rollback", "hello"]).code, Some(0), "and forth");
    assert!(greeting(&setup).unwrap().contains("Howdy, you!"));

    let unsure = setup.run_command(&["uninstall", "hello"]);
    unsure.assert_refused(1, &["Nothing was removed", "--yes"]);
    let gone = setup.run_command(&["uninstall", "Hello", "-y"]);
    assert_eq!(gone.out, "Removed hello 0.2.0\n", "{gone:?}");
    assert_eq!(greeting(&setup), None);
    assert!(!setup.path("DATASETTE_PLUGINS_DIR/store/hello").exists(), "its files are gone");
    setup.run_command(&["uninstall", "hello", "-y"]).assert_refused(1, &["hello is not installed"]);
    setup.run_command(&["plugins", "rollback", "hello"]).assert_refused(1, &["hello is not installed"]);
    setup.run_command(&["uninstall"]).assert_refused(2, &["Missing argument"]);
}

#[test]
fn versions_can_be_asked_for() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&hello("0.2.0", "Howdy"), &[]);
    shop.build(&[]);
    installed(&setup, &shop, &["hello==0.1.0"]);
    assert!(greeting(&setup).unwrap().contains("Hello, you!"));
    let said = installed(&setup, &shop, &["hello>=0.2,<1"]);
    assert!(said.contains("hello 0.2.0 instead of 0.1.0"), "{said}");
    let said = installed(&setup, &shop, &["hello==0.1.*"]);
    assert!(said.contains("hello 0.1.0 instead of 0.2.0"), "{said}");
}

#[test]
fn files_are_installed_by_their_path_and_nobody_vouches_for_them() {
    let (setup, shop) = (Setup::new(), Shop::new());
    let archive = shop.add(&library::bytes("hello"), &[]);
    let bytes = std::fs::read(shop.path(&archive)).unwrap();
    setup.write("hello.tar.gz", &bytes);
    let said = setup.run_command(&["install", "./hello.tar.gz"]);
    let expected = format!("Installed hello 0.1.0 (unverified, sha256 {})\n", sha256(&bytes));
    assert_eq!(said.out, expected, "{said:?}");
    assert!(greeting(&setup).is_some());
    let wrong = "ab".repeat(32);
    setup
        .run_command(&["install", "./hello.tar.gz", "--sha256", &wrong])
        .assert_refused(3, &["expected abab"]);
    let known = setup.run_command(&["install", "./hello.tar.gz", "--sha256", &sha256(&bytes)]);
    assert!(known.out.contains("sha256-only"), "{known:?}");

    setup.write("libhello.so", &library::bytes("hello"));
    let said = setup.run_command(&["install", "./libhello.so"]);
    assert!(said.out.contains("hello 0.1.0 (unverified"), "{said:?}");
    assert!(greeting(&setup).is_some());
    setup.run_command(&["install", "./nowhere.so"]).assert_refused(2, &["nowhere.so", "does not exist"]);
}

#[test]
fn an_author_may_sign_an_archive() {
    let (setup, shop) = (Setup::new(), Shop::new());
    let key = setup.run_command(&["plugins", "key", "new", "author.key"]);
    let public = key.out.lines().last().unwrap().to_owned();
    setup.write("libhello.so", &library::bytes("hello"));
    let packed = setup.run_command(&["plugins", "pack", "libhello.so", "--key", "author.key", "--json"]);
    let packed: serde_json::Value = serde_json::from_str(&packed.out).unwrap();
    let archive = packed["path"].as_str().unwrap();
    assert!(setup.run_command(&["install", archive]).out.contains("unverified"));
    assert_eq!(setup.run_command(&["plugins", "key", "add", &public]).code, Some(0));
    let said = setup.run_command(&["install", archive, "--require-signed"]);
    assert!(said.out.contains("signed-author"), "{said:?}");
    // The signature is beside it on the web, too.
    for file in [archive.to_owned(), format!("{archive}.minisig")] {
        std::fs::copy(setup.path(&file), shop.path(&file)).unwrap();
    }
    let url = format!("{}{archive}", shop.url().trim_end_matches('/').to_owned() + "/").replace("./", "");
    let said = setup.run_command(&["install", &url, "--require-signed"]);
    assert!(said.out.contains("signed-author"), "{said:?}");
    // Another archive under the same signature is nobody's.
    let mut bytes = std::fs::read(setup.path(archive)).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    setup.write("other.tar.gz", &bytes);
    std::fs::copy(setup.path(&format!("{archive}.minisig")), setup.path("other.tar.gz.minisig")).unwrap();
    let refused = setup.run_command(&["install", "./other.tar.gz", "--require-signed"]);
    assert_ne!(refused.code, Some(0), "{refused:?}");
}

#[test]
fn an_address_needs_a_hash_or_a_yes() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let archive = std::fs::read_dir(shop.path("")).unwrap().find_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.ends_with(".tar.gz").then_some(name)
    });
    let url = format!("{}{}", shop.url(), archive.unwrap());
    setup
        .run_command(&["install", &url])
        .assert_refused(3, &["Nothing vouches for hello 0.1.0", "--sha256", "--yes"]);
    let yes = setup.run_command(&["install", &url, "--yes"]);
    assert!(yes.out.contains("Installed hello 0.1.0 (unverified"), "{yes:?}");
    let hash = state(&setup)["plugins"]["hello"]["sha256"].as_str().unwrap().to_owned();
    let known = setup.run_command(&["install", &url, "--sha256", &hash]);
    assert!(known.out.contains("(sha256-only"), "{known:?}");
    setup.run_command(&["install", &format!("{url}x.html")]).assert_refused(2, &["no archive"]);
}

#[test]
fn a_crate_is_linked_for_development() {
    let setup = Setup::new();
    setup.write("mine/Cargo.toml", b"[package]\nname = \"hello\"\n");
    setup.run_command(&["install", "-e", "mine"]).assert_refused(1, &["run cargo build"]);
    let file =
        format!("mine/target/debug/{}hello{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    setup.write(&file, &library::bytes("hello"));
    let linked = setup.run_command(&["install", "-e", "mine"]);
    assert!(linked.out.starts_with("Linked hello 0.1.0 to "), "{linked:?}");
    assert!(greeting(&setup).unwrap().contains("Hello, you!"));
    // The next build is what the next start takes.
    setup.write(&file, &hello("0.1.0", "Howdy"));
    assert!(greeting(&setup).unwrap().contains("Howdy, you!"));
    assert_eq!(setup.run_command(&["uninstall", "hello", "-y"]).code, Some(0));
    assert!(setup.path(&file).is_file(), "what was linked is not ours to remove");
}

#[test]
fn what_is_required_comes_along_and_is_not_removed_alone() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&library::bytes("fixture-every-hook"), &["--requires", "hello>=0.1"]);
    shop.build(&[]);
    let said = installed(&setup, &shop, &["fixture-every-hook"]);
    assert_eq!(said.lines().count(), 2, "{said}");
    let refused = setup.run_command(&["uninstall", "hello", "-y"]);
    refused.assert_refused(1, &["fixture-every-hook requires hello>=0.1"]);
    assert_eq!(setup.run_command(&["uninstall", "hello", "fixture-every-hook", "-y"]).code, Some(0));
    // What stays has a say in what changes.
    installed(&setup, &shop, &["fixture-every-hook"]);
    shop.add(&hello("0.0.9", "Howdy"), &[]);
    shop.build(&[]);
    let refused = install(&setup, &shop, &["hello==0.0.9"]);
    refused.assert_refused(4, &["hello>=0.1", "fixture-every-hook"]);
}

#[test]
fn nothing_is_installed_by_a_dry_run_or_a_download() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let said = installed(&setup, &shop, &["hello", "--dry-run"]);
    assert!(said.starts_with("Would install hello 0.1.0 from http://127.0.0.1"), "{said}");
    assert!(!setup.path("DATASETTE_PLUGINS_DIR").exists());
    let said = installed(&setup, &shop, &["hello", "--download-only", "archives"]);
    assert!(said.starts_with("Downloaded hello 0.1.0 to archives/hello-0.1.0-abi1-"), "{said}");
    assert_eq!(std::fs::read_dir(setup.path("archives")).unwrap().count(), 1);
    assert_eq!(greeting(&setup), None);
    install(&setup, &shop, &["hello", "--target", "aarch64-apple-darwin"])
        .assert_refused(2, &["--target", "--download-only"]);
}

#[test]
fn offline_takes_what_was_fetched_before() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    install(&setup, &shop, &["hello", "--offline"]).assert_refused(5, &["never fetched", "--offline"]);
    installed(&setup, &shop, &["hello"]);
    assert_eq!(setup.run_command(&["uninstall", "hello", "-y"]).code, Some(0));
    shop.web.asked();
    let said = installed(&setup, &shop, &["hello", "--offline"]);
    assert!(said.contains("Installed hello 0.1.0 (signed-index"), "{said}");
    assert_eq!(shop.web.asked(), Vec::<String>::new());
    // What was spoiled in the cache is not believed.
    assert_eq!(setup.run_command(&["uninstall", "hello", "-y"]).code, Some(0));
    let archives = setup.path("XDG_CACHE_HOME/datasette/plugins/archives");
    for entry in std::fs::read_dir(archives).unwrap() {
        std::fs::write(entry.unwrap().path(), b"spoiled").unwrap();
    }
    install(&setup, &shop, &["hello", "--offline"]).assert_refused(5, &["never fetched"]);
    installed(&setup, &shop, &["hello"]);
}

#[test]
fn a_mirror_is_asked_when_the_first_does_not_answer() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let dead = Shop::new();
    dead.web.misbehave("", Mischief::Status(503));
    let (first, second, key) = (dead.url(), shop.url(), shop.public_key());
    let words = ["install", "hello", "--index", &first, "--index", &second, "--index-key", &key];
    let said = setup.run_command(&words);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("503") && said.out.contains("Installed hello"), "{said:?}");
}

#[test]
fn a_folder_is_an_index_too() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let folder = shop.path("").display().to_string();
    let key = shop.public_key();
    let said = setup.run_command(&["install", "hello", "--index", &folder, "--index-key", &key]);
    assert!(said.out.contains("Installed hello 0.1.0 (signed-index"), "{said:?}");
}

#[test]
fn what_there_is_can_be_looked_at() {
    let (setup, shop) = (Setup::new(), Shop::new());
    shop.add(&library::bytes("hello"), &["--summary", "Greets people"]);
    shop.build(&[]);
    let (url, key) = (shop.url(), shop.public_key());
    let from = ["--index", url.as_str(), "--index-key", key.as_str()];
    let found = setup.run_command(&[&["plugins", "search", "GREETS"], &from[..]].concat());
    assert_eq!(found.out, "hello  0.1.0  Greets people\n", "{found:?}");
    let none = setup.run_command(&[&["plugins", "search", "nothing"], &from[..]].concat());
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
    let info = setup.run_command(&[&["plugins", "info", "hello"], &from[..]].concat());
    for word in ["Greets people", "installed  no", "newest     0.1.0", "signed-index"] {
        assert!(info.out.contains(word), "{word:?} is not in {}", info.out);
    }
    setup
        .run_command(&[&["plugins", "info", "goodbye"], &from[..]].concat())
        .assert_refused(4, &["no plugin goodbye"]);
    installed(&setup, &shop, &["hello"]);
    let info = setup.run_command(&["plugins", "info", "hello", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info.out).unwrap();
    assert_eq!((&info["installed"]["version"], &info["newest"]), (&json!("0.1.0"), &json!("0.1.0")));
    let check = setup.run_command(&["plugins", "--check"]);
    assert_eq!((check.code, check.out.as_str()), (Some(0), "hello 0.1.0: ok\n"), "{check:?}");
    let verified = setup.run_command(&["plugins", "verify"]);
    assert_eq!((verified.code, verified.out.as_str()), (Some(0), "1 plugin as installed\n"), "{verified:?}");
}

#[test]
fn machines_get_json() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let parse = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|e| panic!("{e}: {text}"))
    };
    let done = parse(&installed(&setup, &shop, &["hello", "--json"]));
    let change = &done["changes"][0];
    assert_eq!(
        (&done["ok"], &change["done"], &change["level"]),
        (&json!(true), &json!("installed"), &json!("signed-index"))
    );
    let failed = install(&setup, &shop, &["goodbye", "--json"]);
    failed.assert_refused(4, &["goodbye"]);
    let told = parse(&failed.out);
    assert_eq!((&told["ok"], &told["exit_code"]), (&json!(false), &json!(4)));
    let removed = parse(&setup.run_command(&["uninstall", "hello", "-y", "--json"]).out);
    assert_eq!(removed["changes"][0]["done"], "removed");
    // No progress bar without a terminal.
    assert!(!failed.err.contains('\r') && !failed.err.contains('\u{1b}'));
}
