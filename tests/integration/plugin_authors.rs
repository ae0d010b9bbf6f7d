//! What authors of plugins do, with nothing but the plugin API.

use crate::support::{Setup, outside, workspace};

fn api() -> String {
    workspace().join("plugin-api").display().to_string()
}

#[test]
fn a_new_plugin_builds_passes_its_tests_and_is_served() {
    let setup = Setup::new();
    let made = setup.run(&["plugin", "new", "datasette-shout", "--dir", "$D/shout", "--api-path", &api()]);
    assert_eq!(made.code, Some(0), "{made:?}");
    for word in ["cargo test", "cargo build --release", "--plugins-dir target/release --reload", "/-/shout"] {
        assert!(made.out.contains(word), "{word:?} is not in {}", made.out);
    }
    let folder = setup.path("shout");
    for file in ["Cargo.toml", "src/lib.rs", "README.md", ".gitignore"] {
        assert!(folder.join(file).is_file(), "{file} is missing");
    }
    outside::cargo(&folder, &["test"]);
    outside::cargo(&folder, &["build"]);
    let site = Setup::new().plugin("shout.so", &outside::library("datasette-shout")).start();
    assert_eq!(site.get("/-/shout?text=%3Cb%3E").text(), "<h1>&lt;B&gt;!</h1>", "{}", site.log());
    let rows = site.get("/_memory/-/query.json?sql=select+shout('hello')+as+s&_shape=arrayfirst").json();
    assert_eq!(rows[0], "HELLO!");
}

#[test]
fn a_new_plugin_needs_a_name_and_room() {
    let setup = Setup::new();
    setup.write("full/notes.txt", b"mine");
    let new = |words: &[&str]| setup.run(&[&["plugin", "new"], words].concat());
    new(&["Shout"]).assert_refused(2, &["\"Shout\"", "lower-case letters"]);
    new(&["../shout"]).assert_refused(2, &["../shout"]);
    new(&["std"]).assert_refused(2, &["\"std\"", "choose another"]);
    new(&["shout", "--dir", "full"]).assert_refused(1, &["full exists and is not empty", "--dir"]);
    new(&["shout", "--dir", "full/notes.txt"]).assert_refused(1, &["full/notes.txt", "--dir"]);
    new(&["shout", "--api-path", "full"]).assert_refused(2, &["--api-path", "Cargo.toml"]);
    new(&[]).assert_refused(2, &["NAME"]);
    assert_eq!(new(&["shout"]).code, Some(0));
    assert!(
        std::fs::read_to_string(setup.path("shout/Cargo.toml"))
            .unwrap()
            .contains("datasette-plugin-api = \"1.")
    );
    new(&["shout"]).assert_refused(1, &["shout exists"]);
}
