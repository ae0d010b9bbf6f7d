//! What authors of plugins do, with nothing but the plugin API.

use std::path::Path;

use serde_json::json;

use crate::support::{Setup, outside, workspace};

fn api() -> String {
    workspace().join("plugin-api").display().to_string()
}

#[test]
fn a_new_plugin_builds_passes_its_tests_and_is_served() {
    let setup = Setup::new();
    let made = setup.run(&["plugin", "new", "datasette-loud", "--dir", "$D/loud", "--api-path", &api()]);
    assert_eq!(made.code, Some(0), "{made:?}");
    for word in ["cargo test", "cargo build --release", "--plugins-dir target/release --reload", "/-/loud"] {
        assert!(made.out.contains(word), "{word:?} is not in {}", made.out);
    }
    let folder = setup.path("loud");
    for file in ["Cargo.toml", "src/lib.rs", "README.md", ".gitignore"] {
        assert!(folder.join(file).is_file(), "{file} is missing");
    }
    outside::cargo(&folder, &["test"]);
    outside::cargo(&folder, &["build"]);
    let site = Setup::new().plugin("loud.so", &outside::library("datasette-loud")).start();
    assert_eq!(site.get("/-/loud?text=%3Cb%3E").text(), "<h1>&lt;B&gt;!</h1>", "{}", site.log());
    let rows = site.get("/_memory/-/query.json?sql=select+loud('hello')+as+s&_shape=arrayfirst").json();
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

/// The blocks of code of a page, each with its language.
fn blocks(page: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(workspace().join(page)).unwrap();
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, code))) => {
                code.push_str(line);
                code.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[track_caller]
fn block(blocks: &[(String, String)], first_line: &str) -> String {
    let found = blocks.iter().find(|(_, code)| code.lines().next() == Some(first_line));
    found
        .map(|(_, code)| code.clone())
        .unwrap_or_else(|| panic!("docs/writing-plugins.md has no block {first_line:?}"))
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn the_page_about_plugins_is_a_plugin_that_works() {
    let blocks = blocks("docs/writing-plugins.md");
    let setup = Setup::new();
    let folder = setup.path("crate");

    // The first file is a plugin by itself, with the tests at its end.
    let manifest = block(&blocks, "# Cargo.toml");
    let dependency = "datasette-plugin-api = \"1\"";
    assert!(manifest.contains(dependency), "{manifest}");
    let here = format!("datasette-plugin-api = {{ path = {:?} }}\n\n[workspace]", api());
    write(&folder, "Cargo.toml", &manifest.replace(dependency, &here));
    let first = block(&blocks, "// src/lib.rs") + &block(&blocks, "// at the end of the file with Shout");
    write(&folder, "src/lib.rs", &first);
    outside::cargo(&folder, &["test"]);

    // All of them together.
    write(&folder, "src/lib.rs", &block(&blocks, "// src/lib.rs, with everything on this page"));
    let shout = first.replace("export_plugin!(Shout);\n", "").replace("struct Shout", "pub struct Shout");
    write(&folder, "src/shout.rs", &shout);
    for file in ["src/count.rs", "src/map.rs", "src/upload.rs", "src/commands.rs", "static/map.js"] {
        write(&folder, file, &block(&blocks, &format!("// {file}")));
    }
    write(&folder, "templates/map.html", &block(&blocks, "<!-- templates/map.html -->"));
    outside::cargo(&folder, &["test"]);
    outside::cargo(&folder, &["build"]);
    // What is left are configuration, shell and options.
    let files =
        blocks.iter().filter(|(language, _)| ["rust", "toml", "html", "js"].contains(&language.as_str()));
    assert_eq!(files.count(), 10, "a block of docs/writing-plugins.md is not built");

    let library = outside::library("datasette-shout");
    let setup = Setup::new().config(&json!({"plugins": {"datasette-map": {"limit": 2}}}));
    let path = setup.path("news.db");
    let news = rusqlite::Connection::open(&path).unwrap();
    let sql = "create table articles (headline); insert into articles values ('hello'), ('<b>'), ('c')";
    news.execute_batch(sql).unwrap();
    drop(news);
    setup.write("installed/shout.so", &library);
    let installed = setup.path("installed");
    let site = setup.args(&[&path.display().to_string()]).env("DATASETTE_PLUGINS_DIR", installed.clone());
    let shouted = Setup::new().run(&["shout", "hello"]);
    assert_eq!(shouted.code, Some(1), "a command of a plugin that is not installed: {shouted:?}");
    let commands = Setup::new().env("DATASETTE_PLUGINS_DIR", installed);
    let shouted = commands.run(&["shout", "hello", "-t", "2", "--sign"]);
    assert!(shouted.out.starts_with("HELLOHELLO\n") && shouted.out.lines().count() == 2, "{shouted:?}");

    let site = site.start();
    let page = site.get("/news/articles").text();
    for word in ["HELLO", "&lt;B&gt;", "As CSV"] {
        assert!(page.contains(word), "{word} is not in {page}");
    }
    let map = site.get("/news/-/map").text();
    assert!(map.contains("Places in 2 articles of news"), "{map}");
    let form = "content-type: multipart/form-data; boundary=x\r\n";
    let body = b"--x\r\ncontent-disposition: form-data; name=f; filename=a.txt\r\n\r\na\nb\nc\r\n--x--\r\n";
    let counted = site.connect().request("POST", "/-/count-lines", form, body);
    assert_eq!(counted.text(), "3 lines", "{}", site.log());
    assert!(site.get("/-/static-plugins/datasette-map/map.js").text().contains("on a map"));
}
