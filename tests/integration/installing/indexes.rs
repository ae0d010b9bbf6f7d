//! Indexes that lie, are old, or do not have it.

use minisign::KeyPair;
use serde_json::json;

use super::{install, installed, refused};
use crate::support::shop::hello;
use crate::support::web::Mischief;
use crate::support::{Setup, Shop, library};

#[test]
fn another_key_is_not_believed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let other = KeyPair::generate_unencrypted_keypair().unwrap();
    shop.sign(&other);
    refused(&setup, &shop, &["hello"], 3, &["signature of the index", "not by"]);
}

#[test]
fn an_index_that_was_changed_is_not_believed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let index = std::fs::read_to_string(shop.path("v1/index.json")).unwrap();
    std::fs::write(shop.path("v1/index.json"), index.replace("0.1.0", "9.9.9")).unwrap();
    refused(&setup, &shop, &["hello"], 3, &["signature of the index"]);
}

#[test]
fn an_index_without_its_signature_is_not_believed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    std::fs::remove_file(shop.path("v1/index.json.minisig")).unwrap();
    refused(&setup, &shop, &["hello"], 3, &["is not signed"]);
}

#[test]
fn a_page_that_was_changed_is_not_believed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let page = std::fs::read_to_string(shop.path("v1/p/hello.json")).unwrap();
    std::fs::write(shop.path("v1/p/hello.json"), page.replace("0.1.0", "9.9.9")).unwrap();
    refused(&setup, &shop, &["hello"], 3, &["v1/p/hello.json", "not what the index says"]);
}

#[test]
fn an_expired_index_is_not_believed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.edit_index(|index| index["expires"] = json!("2020-01-01T00:00:00Z"));
    refused(&setup, &shop, &["hello"], 3, &["expired on 2020-01-01"]);
    shop.edit_index(|index| index["expires"] = json!("soon"));
    refused(&setup, &shop, &["hello"], 3, &["no date"]);
}

#[test]
fn an_older_index_is_not_believed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.edit_index(|index| index["serial"] = json!(42));
    installed(&setup, &shop, &["hello"]);
    shop.edit_index(|index| index["serial"] = json!(41));
    refused(&setup, &shop, &["-U", "hello"], 3, &["serial number 41", "42 was seen before"]);
    // Nor where nothing would be installed.
    setup.run_command(&["plugins", "--outdated"]).assert_refused(3, &["42 was seen before"]);
    shop.edit_index(|index| index["serial"] = json!(43));
    installed(&setup, &shop, &["-U", "hello"]);
}

#[test]
fn an_index_that_was_signed_once_has_to_be_signed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    std::fs::remove_file(shop.path("v1/index.json.minisig")).unwrap();
    // Without --index-key this time.
    let url = shop.url();
    setup.run_command(&["install", "-U", "hello", "--index", &url]).assert_refused(3, &["is not signed"]);
}

#[test]
fn an_index_without_a_key_vouches_for_hashes_only() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let url = shop.url();
    setup
        .run_command(&["install", "hello", "--index", &url, "--require-signed"])
        .assert_refused(3, &["hello is sha256-only", "--require-signed"]);
    let said = setup.run_command(&["install", "hello", "--index", &url]);
    assert!(said.out.contains("(sha256-only, "), "{said:?}");
}

#[test]
fn keys_are_added_listed_and_removed() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let (url, key) = (shop.url(), shop.public_key());
    let add = ["plugins", "key", "add", &key, "--index", &url, "--comment", "the shop"];
    assert_eq!(setup.run_command(&add).code, Some(0));
    let said = setup.run_command(&["install", "hello", "--index", &url]);
    assert!(said.out.contains("(signed-index, "), "{said:?}");
    let list = setup.run_command(&["plugins", "key", "list"]);
    assert!(list.out.contains("the shop") && list.out.contains("signed serial 1"), "{list:?}");
    let id = list.out.split(' ').next().unwrap().to_owned();
    assert_eq!(setup.run_command(&["plugins", "key", "remove", &id]).code, Some(0));
    assert_eq!(setup.run_command(&["plugins", "key", "list"]).out, "");
    setup.run_command(&["plugins", "key", "remove", &id]).assert_refused(1, &["not among the keys"]);
    setup.run_command(&["plugins", "key", "add", "nonsense"]).assert_refused(2, &["no public key"]);
    let other = KeyPair::generate_unencrypted_keypair().unwrap().pk.to_base64();
    assert_eq!(setup.run_command(&["plugins", "key", "add", &other]).code, Some(0));
    let refused = setup.run_command(&["install", "-U", "hello", "--index", &url]);
    refused.assert_refused(3, &["signature of the index"]);
}

#[test]
fn a_release_that_was_taken_back_is_passed_over() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&hello("0.2.0", "Howdy"), &[]);
    shop.build(&["--yank", "hello==0.2.0"]);
    assert!(installed(&setup, &shop, &["hello"]).contains("hello 0.1.0"));
    // Whoever asks for that very version gets it, and is told.
    let asked = install(&setup, &shop, &["hello==0.2.0"]);
    assert!(asked.code == Some(0) && asked.err.contains("hello 0.2.0 was taken back"), "{asked:?}");
    shop.build(&["--yank", "hello==0.1.0"]);
    let third = Setup::new();
    refused(&third, &shop, &["hello"], 4, &["0.2.0 was taken back", "0.1.0 was taken back"]);
}

#[test]
fn other_machines_and_other_versions_of_the_boundary_are_told_from_ours() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&hello("0.2.0", "Howdy"), &[]);
    shop.build(&[]);
    let newest = |key: &'static str, value: serde_json::Value| {
        shop.edit_page("hello", |page| page["releases"][0][key] = value);
    };
    let way_out = "datasette install hello==0.1.0";
    newest("abi", json!("2.0"));
    refused(&setup, &shop, &["hello==0.2.0"], 4, &["0.2.0 needs abi 2.0, this datasette has 1.", way_out]);
    assert!(installed(&setup, &shop, &["hello"]).contains("hello 0.1.0"), "what fits is taken");
    newest("abi", json!("0.9"));
    refused(&setup, &shop, &["hello==0.2.0"], 4, &["0.2.0 was built for abi 0.9", way_out]);
    newest("abi", json!("1.999"));
    refused(&setup, &shop, &["hello==0.2.0"], 4, &["0.2.0 needs abi 1.999", way_out]);
    newest("abi", json!("1.0"));
    shop.edit_page("hello", |page| {
        let artifacts = page["releases"][0]["artifacts"].as_object_mut().unwrap();
        let (_, artifact) = artifacts.iter().next().map(|(key, value)| (key.clone(), value.clone())).unwrap();
        artifacts.clear();
        artifacts.insert("sparc-sun-solaris".to_owned(), artifact);
    });
    refused(
        &setup,
        &shop,
        &["hello==0.2.0"],
        4,
        &["is not built for", "only for sparc-sun-solaris", way_out],
    );
}

#[test]
fn a_server_that_fails_is_named_with_its_answer() {
    for (status, said) in [(404, "There is no index at"), (500, "answers 500"), (403, "answers 403")] {
        let (setup, shop) = (Setup::new(), Shop::with_hello());
        shop.web.misbehave("index.json", Mischief::Status(status));
        refused(&setup, &shop, &["hello"], 5, &[said, &shop.url()]);
    }
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.web.misbehave("index.json", Mischief::CutOff);
    refused(&setup, &shop, &["hello"], 5, &["cut off"]);
    let nobody = "http://127.0.0.1:9/";
    let key = shop.public_key();
    let said = setup.run_command(&["install", "hello", "--index", nobody, "--index-key", &key]);
    said.assert_refused(5, &[nobody, "could not be fetched"]);
}

#[test]
fn an_index_does_not_lead_elsewhere() {
    let (setup, shop, other) = (Setup::new(), Shop::with_hello(), Shop::with_hello());
    shop.web.misbehave("v1/index.json", Mischief::Redirect(format!("{}v1/index.json", other.url())));
    refused(&setup, &shop, &["hello"], 3, &["leads to another server", &other.url(), "--index"]);
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.web.misbehave("v1/index.json", Mischief::Redirect("/v1/index.json".to_owned()));
    refused(&setup, &shop, &["hello"], 5, &["without end"]);
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.web.misbehave("v1/index.json", Mischief::Redirect("file:///etc/passwd".to_owned()));
    refused(&setup, &shop, &["hello"], 5, &["leads to nowhere"]);
}

#[test]
fn rubbish_is_no_index() {
    for bytes in [&b"<html>"[..], b"{}", b"[1, 2", b"\xff\xfe", b"{\"serial\": -1}"] {
        let (setup, shop) = (Setup::new(), Shop::with_hello());
        std::fs::write(shop.path("v1/index.json"), bytes).unwrap();
        let url = shop.url();
        let said = setup.run_command(&["install", "hello", "--index", &url]);
        said.assert_refused(5, &["is no index of plugins"]);
    }
    let setup = Setup::new();
    setup
        .run_command(&["install", "hello", "--index", "nowhere"])
        .assert_refused(2, &["'nowhere' is no index"]);
    setup.run_command(&["install", "hello"]).assert_refused(2, &["There is no index", "--index"]);
    setup.run_command(&["install"]).assert_refused(2, &["Please specify at least one package to install"]);
}

#[test]
fn names_of_plugins_in_python_are_known() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    refused(&setup, &shop, &["datasette-haversine"], 4, &["plugin in Python", "ported", "plugins-dir"]);
    refused(&setup, &shop, &["datasette-graphql"], 4, &["is a plugin in Python", "not ported"]);
    let said = setup.run_command(&["install", "datasette-graphql"]);
    said.assert_refused(2, &["is a plugin in Python"]);
    refused(&setup, &shop, &["datasette_x-1.0-py3-none-any.whl"], 2, &["package of Python"]);
    refused(&setup, &shop, &["git+https://example.com/x"], 2, &["nothing is built"]);
}

#[test]
fn an_index_is_built_of_good_archives_only_and_its_number_goes_on() {
    let shop = Shop::with_hello();
    let setup = Setup::new();
    let folder = shop.path("").display().to_string();
    let build =
        |more: &[&str]| setup.run_command(&[&["plugins", "index", "build", folder.as_str()], more].concat());
    let unsigned = build(&["--json"]);
    let told: serde_json::Value = serde_json::from_str(&unsigned.out).unwrap();
    assert_eq!((&told["serial"], &told["key"]), (&json!(2), &json!(null)), "{unsigned:?}");
    assert!(!shop.path("v1/index.json.minisig").exists(), "an old signature would be a wrong one");
    std::fs::write(shop.path("bad.tar.gz"), b"rubbish").unwrap();
    build(&[]).assert_refused(1, &["bad.tar.gz", "damaged"]);
    std::fs::remove_file(shop.path("bad.tar.gz")).unwrap();
    build(&["--key", "nowhere.key"]).assert_refused(2, &["nowhere.key"]);
    build(&["--yank", "hello"]).assert_refused(2, &["no version to take back"]);
    let empty = setup.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let empty = empty.display().to_string();
    setup
        .run_command(&["plugins", "index", "build", &empty])
        .assert_refused(2, &["no archives", "plugins pack"]);
    setup.write("libx.so", b"x");
    setup.run_command(&["plugins", "pack", "libx.so"]).assert_refused(1, &["no library for this system"]);
    setup.write("libhello.so", &library::bytes("hello"));
    let words = ["plugins", "pack", "libhello.so", "--target", "aarch64-apple-darwin"];
    setup.run_command(&words).assert_refused(2, &["and not for aarch64-apple-darwin"]);
}
