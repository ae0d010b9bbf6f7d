//! Plugins in files: good ones, broken ones, and files that are none.
//!
//! The libraries are crates in `tests/fixtures/plugins`; standing among the server's dev-dependencies is
//! what has `cargo test` build them. What a compiler would not make is made here from a good library.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{Setup, Site, library};

/// A site with one plugin that fails in these hooks.
fn broken(hooks: &[&str]) -> Setup {
    let config = json!({"plugins": {"fixture-broken": {"fail": hooks}}});
    Setup::new().database("library").config(&config).plugin("broken.so", &library::bytes("fixture-broken"))
}

/// The plugins that are not the server's own.
fn listed(site: &Site) -> serde_json::Value {
    site.get("/-/plugins.json").json()
}

#[test]
fn hello_greets_in_sql_and_on_a_page() {
    let site = Setup::new().database("library").plugin("hello.so", &library::bytes("hello")).start();
    assert_eq!(site.get("/-/hello?name=%3CAnn%3E").text(), "<h1>Hello, &lt;Ann&gt;!</h1>");
    let rows = site.get("/library/-/query.json?sql=select+hello('you')+as+h&_shape=array").json();
    assert_eq!(rows, json!([{"h": "Hello, you!"}]));
    let hello = &listed(&site)[0];
    assert_eq!(
        (hello["name"].as_str(), &hello["hooks"]),
        (Some("hello.so"), &json!(["prepare_connection", "register_routes"]))
    );
}

#[test]
fn a_page_stands_when_a_plugin_panics_in_its_cells() {
    let site = broken(&["render_cell", "menu_links"]).start();
    let page = site.get("/library/authors");
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("Stanisław Lem"));
    let log = site.log();
    for word in
        ["broken.so", "render_cell", "no cell like", "src/lib.rs:", "menu_links", "index out of bounds"]
    {
        assert!(log.contains(word), "{word:?} is not in the log: {log}");
    }
    assert!(!page.text().contains("no cell like"));
    // The process is as good as new.
    assert_eq!(site.get("/library/books.json").status, 200);
}

#[test]
fn an_error_of_a_decorating_hook_is_logged_and_left_out() {
    let site = broken(&["top_table"]).start();
    let page = site.get("/library/authors");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Broken 0"), "other hooks of the plugin go on");
    let log = site.wait_for_log("nothing on top");
    assert!(log.contains("broken.so") && log.contains("top_table"), "{log}");
}

#[test]
fn an_error_of_a_deciding_hook_fails_the_request_and_tells_nothing() {
    let site = broken(&["filters_from_request"]).start();
    for target in ["/library/authors.json", "/library/authors"] {
        let answer = site.get(target);
        assert_eq!(answer.status, 500);
        for word in ["hunter2", "fixture", "broken.so"] {
            assert!(!answer.text().contains(word), "{}", answer.text());
        }
    }
    let log = site.wait_for_log("hunter2");
    assert!(
        log.contains("hunter2") && log.contains("broken.so") && log.contains("filters_from_request"),
        "{log}"
    );
    // Pages that do not ask that hook stand.
    assert_eq!(site.get("/library.json").status, 200);
}

#[test]
fn an_error_of_startup_ends_the_start() {
    broken(&["startup"])
        .run(&["--get", "/"])
        .assert_refused(1, &["broken.so", "no key in its configuration"]);
}

/// The file is passed over with that reason, and the site runs without it.
#[track_caller]
fn check_skipped(file: &str, bytes: &[u8], reasons: &[&str]) {
    check_skipped_in(Setup::new().plugin(file, bytes), file, reasons);
}

#[track_caller]
fn check_skipped_in(setup: Setup, file: &str, reasons: &[&str]) {
    let page = setup.run(&["--memory", "--get", "/-/plugins.json"]);
    assert_eq!(page.code, Some(0), "{page:?}");
    // Listed with its reason, and without telling visitors where things are on this machine.
    let folder = setup.path("").display().to_string();
    let told = page.out.contains(&format!("\"skipped\": \"{file} ")) && !page.out.contains(&folder);
    assert!(told, "{}", page.out);
    let warnings: Vec<&str> = page.err.lines().filter(|line| line.contains(file)).collect();
    assert_eq!(warnings.len(), 1, "one sentence: {}", page.err);
    for reason in reasons {
        assert!(warnings[0].contains(reason), "{reason:?} is not in: {}", page.err);
    }
    assert!(!page.err.contains("panicked"), "{}", page.err);
}

#[test]
fn a_plugin_that_can_not_be_caught_is_refused() {
    let abort = library::with_manifest(library::bytes("hello"), r#""panic":"unwind""#, r#""panic":"abort""#);
    check_skipped("abort.so", &abort, &["panic = \"abort\"", "rebuild it"]);
}

#[test]
fn a_plugin_with_an_sqlite_of_its_own_is_refused_unless_it_owns_up() {
    let mut bytes = library::bytes("fixture-every-hook");
    bytes.extend_from_slice(b"SQLite format 3\0");
    check_skipped("own.so", &bytes, &["contains an SQLite of its own", "own_sqlite"]);
    let honest = library::with_manifest(bytes, r#""own_sqlite":false"#, r#""own_sqlite":true"#);
    let site = Setup::new().plugin("honest.so", &honest).start();
    assert_eq!(site.get("/-/hooks").status, 200);
}

#[test]
fn a_plugin_that_crashes_while_it_is_loaded_takes_nobody_along() {
    let setup = Setup::new().plugin("crashing.so", &library::bytes("fixture-crashing"));
    let setup = setup.plugin("hello.so", &library::bytes("hello"));
    check_skipped_in(setup, "crashing.so", &["crashed while loading"]);
}

#[test]
fn a_plugin_for_another_api_is_refused() {
    let other = library::with_manifest(library::bytes("hello"), r#""api":"1.1.0""#, r#""api":"2.0.0""#);
    check_skipped("other.so", &other, &["needs plugin API 2.0.0, this server has 1."]);
}

#[test]
fn files_that_are_no_plugins_are_named_so() {
    let whole = library::bytes("hello");
    check_skipped("half.so", &whole[..whole.len() / 2], &["truncated"]);
    check_skipped("stub.so", &whole[..100], &["damaged"]);
    check_skipped("text.so", b"#!/bin/sh\n", &["no library for this system"]);
    check_skipped("empty.so", b"", &["no library for this system"]);
    check_skipped("plugin.py", b"import datasette\n", &["Python"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_for_another_machine_is_named_so() {
    let mut bytes = library::bytes("hello");
    // `e_machine` of the ELF header.
    let foreign: [u8; 2] = if cfg!(target_arch = "aarch64") { [62, 0] } else { [183, 0] };
    bytes[18..20].copy_from_slice(&foreign);
    let theirs = if cfg!(target_arch = "aarch64") { "X86_64" } else { "Aarch64" };
    check_skipped("foreign.so", &bytes, &["was built for", theirs, std::env::consts::ARCH]);
    // A library that is no plugin, but of this system.
    let macros = bytes_of_some_other_library();
    check_skipped("other.so", &macros, &["is not a datasette plugin: it has no manifest"]);
}

/// `libpaste-1234.so` or such.
fn bytes_of_some_other_library() -> Vec<u8> {
    let folder = library::path("hello").parent().map(PathBuf::from).unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let other = files.into_iter().find(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.contains("derive") && name.ends_with(std::env::consts::DLL_SUFFIX)
    });
    std::fs::read(other.expect("there are derive macros")).unwrap()
}

#[test]
fn the_second_plugin_of_a_name_is_refused() {
    // In the order of their names: hello.so is the first.
    let setup = Setup::new().plugin("hello.so", &library::bytes("hello"));
    let setup = setup.plugin("second.so", &library::bytes("hello"));
    check_skipped_in(setup, "second.so", &["contains a second hello", "hello.so"]);
}

#[test]
fn only_the_servers_own_plugins_are_called_datasette() {
    let reasons = ["is called datasette.impostor", "the server's own"];
    check_skipped("impostor.so", &library::bytes("fixture-impostor"), &reasons);
}

#[test]
fn without_a_plugin_for_security_there_is_no_server() {
    let secure = library::with_manifest(library::bytes("hello"), r#""security":false"#, r#""security":true"#);
    let refused = library::with_manifest(secure, r#""panic":"unwind""#, r#""panic":"abort""#);
    let setup = Setup::new().plugin("guard.so", &refused);
    setup.run(&["--get", "/"]).assert_refused(1, &["guard.so", "panic = \"abort\"", "there for security"]);
}

#[test]
fn a_plugin_that_the_configuration_requires_is_there_or_the_server_is_not() {
    let config = json!({"plugins": {"guard": {"required": true}, "hello": {"required": true}}});
    let missing = Setup::new().config(&config).plugin("hello.so", &library::bytes("hello"));
    missing.run(&["--get", "/"]).assert_refused(1, &["plugins.guard.required", "guard is required"]);
    let config = json!({"plugins": {"hello": {"required": true}}});
    let there = Setup::new().config(&config).plugin("hello.so", &library::bytes("hello"));
    assert_eq!(there.run(&["--get", "/-/hello"]).code, Some(0));
    // Broken is as good as missing.
    let bytes = library::bytes("hello");
    let broken = Setup::new().config(&config).plugin("hello.so", &bytes[..bytes.len() / 2]);
    broken.run(&["--get", "/"]).assert_refused(1, &["hello is required"]);
    let wrong = json!({"plugins": {"hello": {"required": "yes"}}});
    Setup::new().config(&wrong).run(&["--get", "/"]).assert_refused(1, &["plugins.hello.required"]);
}

/// Plugins that say who asks and what they may: where one fails, nobody gets an answer.
#[test]
fn a_plugin_that_decides_and_fails_fails_the_request() {
    let start = |hook: &str| {
        let config = json!({"plugins": {"fixture-asking": {"fail": [hook]}}});
        let setup = Setup::new().database("library").config(&config);
        setup.plugin("asking.so", &library::bytes("fixture-asking")).start()
    };
    let check = |site: &Site, target: &str, headers: &str| {
        let answer = site.connect().request("GET", target, headers, b"");
        assert_eq!(answer.status, 500, "{target}: {}", answer.text());
        for word in ["hunter2", "asking", "Le Guin"] {
            assert!(!answer.text().contains(word), "{target}: {}", answer.text());
        }
    };
    let everywhere =
        ["/", "/library", "/library/authors", "/library/authors.json", "/library/authors/1", "/-/actor.json"];
    let site = start("actor_from_request");
    everywhere.iter().for_each(|target| check(&site, target, ""));
    site.wait_for_log("hunter2");

    let site = start("permission_resources_sql");
    let asking = everywhere.iter().filter(|target| **target != "/-/actor.json");
    asking.for_each(|target| check(&site, target, ""));
    for target in ["/library/authors.csv", "/library/-/query.json?sql=select+1", "/-/schema.json"] {
        check(&site, target, "");
    }

    let jump = site.get("/-/jump.json?q=a");
    assert_eq!(jump.json()["matches"], json!([]), "what can't be listed is not shown");

    let site = start("verify");
    check(
        &site,
        "/library/authors.json",
        "authorization: Bearer ask_ann
",
    );
    check(
        &site,
        "/-/actor.json",
        "authorization: Bearer ask_ann
",
    );
    // Whom it is not asked about is not concerned.
    assert_eq!(site.get("/library/authors.json").status, 200);

    let site = start("actors_from_ids");
    let answer = site.get("/-/ask?service=actors_from_ids&args=%7B%22ids%22:%5B1%5D%7D");
    assert_eq!(answer.status, 400);
}

/// A folder with links to the libraries of the server's own plugins, without some of them.
fn built_ins_without(setup: &Setup, left_out: &str) -> PathBuf {
    let folder = setup.path("built-ins");
    std::fs::create_dir_all(&folder).unwrap();
    for name in built_ins() {
        let path = library::path(&name);
        if name != left_out {
            std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
    }
    folder
}

/// The crates of the server's own plugins.
fn built_ins() -> Vec<String> {
    let folder = crate::support::workspace().join("plugins-builtin");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let crates = entries.filter(|path| path.join("Cargo.toml").is_file());
    crates.map(|path| format!("datasette_{}", path.file_name().unwrap().to_string_lossy())).collect()
}

#[test]
fn a_server_without_one_of_its_own_plugins_does_not_start() {
    let setup = Setup::new();
    let whole = built_ins_without(&setup, "");
    let setup = setup.env("DATASETTE_BUILTIN_PLUGINS", &whole);
    assert_eq!(setup.run(&["--get", "/.json"]).code, Some(0));

    for name in ["datasette_facets", "datasette_default_permissions"] {
        let path = whole.join(library::path(name).file_name().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 3]).unwrap();
        setup.run(&["--get", "/.json"]).assert_refused(1, &[name, "truncated"]);
        std::fs::remove_file(&path).unwrap();
        setup.run(&["--get", "/.json"]).assert_refused(1, &[name, "is missing", "built-ins"]);
        std::fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn the_servers_own_plugins_are_listed_when_asked() {
    let setup = Setup::new();
    let own = setup.run_command(&["plugins"]);
    assert_eq!(own.out.trim(), "[]");
    let all = setup.run_command(&["plugins", "--all"]);
    let all: serde_json::Value = serde_json::from_str(&all.out).unwrap();
    let names: Vec<&str> =
        all.as_array().unwrap().iter().filter_map(|plugin| plugin["name"].as_str()).collect();
    for name in ["datasette.facets", "datasette.blob_renderer", "datasette.default_permissions.tokens"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn installed_plugins_are_loaded_by_name() {
    let setup = Setup::new();
    let bytes = library::bytes("hello");
    setup.write("installed/libhello.so", &bytes);
    let folder = setup.path("installed");
    let setup = setup.env("DATASETTE_PLUGINS_DIR", folder);
    assert_eq!(setup.run(&["--get", "/-/hello"]).code, Some(0));
    let listed = setup.run(&["--get", "/-/plugins.json"]).out;
    assert!(listed.contains("\"name\": \"hello\"") && listed.contains("\"version\": \"0.1.0\""), "{listed}");
    let setup = setup.env("DATASETTE_LOAD_PLUGINS", "");
    assert_eq!(setup.run(&["--get", "/-/hello"]).code, Some(1));
    let setup = setup.env("DATASETTE_LOAD_PLUGINS", "hello,absent");
    let some = setup.run(&["--get", "/-/hello"]);
    assert!(some.code == Some(0) && some.err.contains("absent could not be found"), "{some:?}");
}

#[test]
fn hook_calls_can_be_traced() {
    let setup = Setup::new().plugin("hello.so", &library::bytes("hello")).env("DATASETTE_TRACE_PLUGINS", "1");
    let traced = setup.run(&["--get", "/-/versions.json"]);
    for word in ["actor_from_request:", "Hook implementations:", "datasette.actor_auth_cookie"] {
        assert!(traced.err.contains(word), "{word:?} is not in: {}", traced.err);
    }
}

// Two versions of the boundary.

const HOOKS: usize = 45;

#[test]
fn a_plugin_of_this_version_loads_in_a_server_with_one_hook_more() {
    let seen = fixture_next_host::load(&library::path("hello")).unwrap();
    assert_eq!((seen[0].name.as_str(), seen[0].api.as_str()), ("hello", "1.1.0"));
    assert_eq!(seen[0].hooks, ["prepare_connection", "register_routes"]);
    assert_eq!(seen[0].routes, ["^/-/hello$"]);
    assert_eq!(seen[0].appended, None);
    let all = fixture_next_host::load(&library::path("fixture-every-hook")).unwrap();
    assert_eq!(all[0].hooks.len(), HOOKS);
    // Its own, too, or the test would prove nothing.
    let next = fixture_next_host::load(&library::path("fixture-next")).unwrap();
    assert_eq!((next[0].api.as_str(), next[0].appended.as_deref()), ("1.2.0", Some("from the future")));
    assert!(next[0].hooks.contains(&"appended_hook"));
}

#[test]
fn a_plugin_with_one_hook_more_loads_in_this_server() {
    let site = Setup::new().plugin("next.so", &library::bytes("fixture-next")).start();
    assert_eq!(site.get("/-/next").text(), "1.2.0", "{}", site.log());
    let loses = "next.so has hooks of plugin API 1.2.0 that this server";
    assert!(
        site.log().contains(loses) && site.log().contains("never calls: appended_hook"),
        "{}",
        site.log()
    );
    // It is not known here, so it is not called.
    assert_eq!(listed(&site)[0]["hooks"], json!(["register_routes"]));
    assert_eq!(site.get("/").status, 200);
}

#[test]
fn a_plugin_that_needs_a_hook_of_a_newer_server_says_so() {
    // As `export_plugin!(Next, requires = &["appended_hook"])` would have it.
    let manifest = r#""own_sqlite":false,"hooks":["register_routes","appended_hook"],"requires":[]"#;
    let needs = r#""requires":["appended_hook"]"#;
    let needy = library::with_manifest(library::bytes("fixture-next"), manifest, needs);
    check_skipped("next.so", &needy, &["needs the hook appended_hook", "1.2.0", "newer datasette"]);
    // A plugin that keeps people out needs all of its hooks.
    let guard = r#""security":true,"hooks":["appended_hook"]"#;
    let guard = library::with_manifest(
        library::bytes("fixture-next"),
        &format!("\"security\":false,{manifest}"),
        guard,
    );
    let setup = Setup::new().plugin("next.so", &guard);
    setup.run(&["--get", "/"]).assert_refused(1, &["needs the hook appended_hook", "there for security"]);
}

// Which hooks are called.

#[test]
fn every_hook_that_is_not_called_is_reported_at_start() {
    let config = json!({
        "permissions": {"create-table": true},
        "databases": {"library": {
            "permissions": {"insert-row": true},
            "queries": {"one": "select 1 as one", "echo": "select :_now_epoch as now"},
            "tables": {"secrets": {"allow": false}}
        }}
    });
    let every = library::bytes("fixture-every-hook");
    let setup = Setup::new().database("library").config(&config).args(&["--root"]);
    let site = setup.plugin("every.so", &every).start();
    let mut connection = site.connect();
    // Whoever logs in is an event.
    let login = site.first_output_line();
    let login = &login[login.find("/-/auth-token").expect("it is the link")..];
    assert_eq!(connection.request("GET", login, "", b"").status, 302);
    for target in [
        "/",
        "/library",
        "/library/books",
        "/library/cheap_books",
        "/library/books/1",
        "/library/one",
        "/library/echo",
        "/library/-/query?sql=select+1",
        "/library/secrets",
        "/nothing",
        "/library/books.nothing",
        "/-/jump.json?q=b",
        "/-/jump?q=b",
    ] {
        connection.request("GET", target, "", b"");
    }
    let insert = br#"{"row": {"note": "new"}}"#;
    connection.request("POST", "/library/no_key/-/insert", "content-type: application/json\r\n", insert);
    let form = "content-type: application/x-www-form-urlencoded\r\norigin: https://elsewhere.example\r\n";
    connection.request("POST", "/-/logout", form, b"a=b");

    let called = site.get("/-/hooks").json();
    let called: BTreeSet<String> = serde_json::from_value(called).unwrap();
    // These are called by commands, at the end, or only on behalf of other plugins.
    let elsewhere = ["shutdown", "register_commands", "publish_subcommand", "actors_from_ids"];
    let silent: Vec<&str> =
        hooks().into_iter().filter(|hook| !called.contains(*hook) && !elsewhere.contains(hook)).collect();
    assert!(silent.is_empty(), "never called: {silent:?}");
}

fn hooks() -> Vec<&'static str> {
    datasette_plugin_api::server::HOOK_NAMES.to_vec()
}

#[test]
#[cfg(unix)]
fn plugins_are_told_of_the_end() {
    let setup = Setup::new().plugin("every.so", &library::bytes("fixture-every-hook"));
    let site: Site = setup.env("DATASETTE_TRACE_PLUGINS", "1").start();
    let (code, log) = site.terminate();
    assert_eq!(code, Some(0));
    assert!(log.contains("\nshutdown:"), "{log}");
}
