//! Panics of plugins, everywhere they can happen: the request fails or goes without them, the log says who, where and
//! why, and the server keeps serving.

use serde_json::json;

use crate::support::{Answer, Setup, Site, library};

/// What happens when a hook panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The server does not start.
    NoStart,
    /// The page is made without it.
    Without,
    /// This request fails.
    Fails(&'static str, &'static str),
    /// It is called by commands, which go without it.
    NoCommand,
}

use Then::{Fails, NoCommand, NoStart, Without};

/// Every hook.
const HOOKS: &[(&str, Then)] = &[
    ("startup", NoStart),
    ("shutdown", Without),
    ("register_commands", NoCommand),
    ("publish_subcommand", NoCommand),
    // Databases are opened once before the first request.
    ("prepare_connection", NoStart),
    ("actor_from_request", Fails("GET", "/library/authors.json")),
    ("actors_from_ids", Fails("GET", "/-/ask?service=actors_from_ids&args=%7B%22ids%22:%5B1%5D%7D")),
    ("register_token_handler", NoStart),
    ("request_wrapper", Fails("GET", "/library/authors.json")),
    ("skip_csrf", Fails("FOREIGN", "/-/logout")),
    ("register_routes", NoStart),
    ("register_actions", NoStart),
    ("permission_resources_sql", Fails("GET", "/library/authors.json")),
    ("filters_from_request", Fails("GET", "/library/authors.json")),
    ("register_facet_classes", NoStart),
    ("register_column_types", NoStart),
    ("canned_queries", Fails("GET", "/library/nothing.json")),
    ("register_magic_parameters", NoStart),
    ("write_wrapper", Fails("INSERT", "/library/no_key/-/insert")),
    ("register_events", NoStart),
    ("track_event", Without),
    ("register_output_renderer", NoStart),
    ("render_cell", Without),
    ("prepare_template_environment", Without),
    ("template_environment_from_request", Without),
    ("extra_template_vars", Without),
    ("extra_css_urls", Without),
    ("extra_js_urls", Without),
    ("extra_body_script", Without),
    ("menu_links", Without),
    ("jump_items_sql", Without),
    ("homepage_actions", Without),
    ("database_actions", Without),
    ("table_actions", Without),
    ("view_actions", Without),
    ("row_actions", Without),
    ("query_actions", Without),
    ("top_homepage", Without),
    ("top_database", Without),
    ("top_table", Without),
    ("top_row", Without),
    ("top_query", Without),
    ("top_stored_query", Without),
    ("forbidden", Fails("GET", "/library/secrets.json")),
    ("handle_exception", Fails("GET", "/library/books.nothing")),
];

fn panicking(hooks: &[&str]) -> Setup {
    let config = json!({
        "plugins": {"fixture-every-hook": {"panic": hooks}},
        "databases": {"library": {
            "permissions": {"insert-row": true},
            "queries": {"one": "select 1 as one"},
            "tables": {"secrets": {"allow": false}},
        }},
    });
    let setup = Setup::new().database("library").config(&config);
    let setup = setup.plugin("asking.so", &library::bytes("fixture-asking"));
    setup.plugin("every.so", &library::bytes("fixture-every-hook"))
}

fn insert(site: &Site) -> Answer {
    let kind = "content-type: application/json\r\n";
    site.connect().request("POST", "/library/no_key/-/insert", kind, br#"{"row": {"note": "new"}}"#)
}

fn send(site: &Site, method: &str, target: &str) -> Answer {
    match method {
        "INSERT" => insert(site),
        "FOREIGN" => {
            let foreign = "origin: https://elsewhere.example\r\nsec-fetch-site: cross-site\r\n";
            site.connect().request("POST", target, foreign, b"a=b")
        }
        _ => site.get(target),
    }
}

#[track_caller]
fn check_log(log: &str, hook: &str) {
    let line = log.lines().find(|line| line.contains(&format!("no {hook} like this")));
    let line = line.unwrap_or_else(|| panic!("nothing of {hook} in: {log}"));
    for word in ["every.so", hook, "src/lib.rs:"] {
        assert!(line.contains(word), "{word:?} is not in: {line}");
    }
}

#[test]
fn every_hook_may_panic() {
    let named: Vec<&str> = HOOKS.iter().map(|(hook, _)| *hook).collect();
    let missing: Vec<_> =
        datasette_plugin_api::server::HOOK_NAMES.into_iter().filter(|hook| !named.contains(hook)).collect();
    assert!(missing.is_empty(), "nobody knows what becomes of panics in {missing:?}");
}

#[test]
#[cfg(unix)]
fn pages_are_made_without_hooks_that_panic() {
    let hooks: Vec<&str> = HOOKS.iter().filter(|(_, then)| *then == Without).map(|(hook, _)| *hook).collect();
    let site = panicking(&hooks).start();
    for target in [
        "/",
        "/library",
        "/library/books",
        "/library/cheap_books",
        "/library/books/1",
        "/library/one",
        "/library/-/query?sql=select+1",
        "/-/jump.json?q=b",
    ] {
        let page = site.get(target);
        assert_eq!(page.status, 200, "{target}: {}", page.text());
        assert!(!page.text().contains("like this") && !page.text().contains("lib.rs"), "{target}");
    }
    assert_eq!(insert(&site).status, 201);
    let (code, log) = site.terminate();
    assert_eq!(code, Some(0));
    hooks.iter().for_each(|hook| check_log(&log, hook));
}

#[test]
fn requests_fail_where_a_hook_that_decides_panics() {
    for (hook, then) in HOOKS {
        let Fails(method, target) = then else { continue };
        let site = panicking(&[hook]).start();
        let failed = send(&site, method, target);
        let expected = if *hook == "actors_from_ids" { [400, 400] } else { [500, 500] };
        assert!(expected.contains(&failed.status), "{hook}: {} {}", failed.status, failed.text());
        for word in ["like this", "lib.rs", "every"] {
            assert!(!failed.text().contains(word) || *hook == "actors_from_ids", "{hook}: {}", failed.text());
        }
        if *hook != "actors_from_ids" {
            site.wait_for_log("like this");
            check_log(&site.log(), hook);
        }
        // It still serves: whatever does not ask that hook, and refuses whatever does.
        let again = send(&site, method, target);
        assert_eq!(again.status, failed.status, "{hook}");
        let rows = site.get("/library/no_key.json?_shape=array");
        assert!(matches!(rows.status, 200 | 500), "{hook}: {}", rows.text());
        if rows.status == 200 {
            assert_eq!(rows.json().as_array().unwrap().len(), 3, "{hook}: nothing was written");
        }
    }
}

#[test]
fn the_server_does_not_start_without_what_plugins_register() {
    for (hook, _) in HOOKS.iter().filter(|(_, then)| *then == NoStart) {
        let refused = panicking(&[hook]).run(&["--get", "/"]);
        assert!(matches!(refused.code, Some(1 | 2)), "{hook}: {refused:?}");
        let words = ["every.so", &format!("no {hook} like this"), "src/lib.rs:"];
        assert!(words.iter().all(|word| refused.err.contains(word)), "{hook}: {}", refused.err);
        assert_eq!(
            refused.err.lines().filter(|line| line.starts_with("Error: ")).count(),
            1,
            "{}",
            refused.err
        );
    }
}

#[test]
fn commands_go_without_hooks_that_panic() {
    for (hook, _) in HOOKS.iter().filter(|(_, then)| *then == NoCommand) {
        let setup = Setup::new();
        setup.write("installed/every.so", &library::bytes("fixture-every-hook"));
        let folder = setup.path("installed");
        let setup = setup.env("DATASETTE_PLUGINS_DIR", folder).env("FIXTURE_PANIC", *hook);
        let words: &[&str] = if *hook == "register_commands" { &["--help"] } else { &["publish", "--help"] };
        let help = setup.run(words);
        assert!(help.err.contains(&format!("no {hook} like this")), "{hook}: {help:?}");
        assert!(help.err.contains("src/lib.rs:"), "{hook}: {help:?}");
        assert_eq!(setup.run(&["--memory", "--get", "/.json"]).code, Some(0), "{hook}");
    }
}

/// Objects, functions and formats that plugins hand over.
#[test]
fn whatever_a_plugin_registers_may_panic() {
    let config = json!({
        "databases": {"library": {
            "permissions": {"insert-row": true},
            "queries": {"asks": "select :_boom_x as x"},
            "tables": {"authors": {"column_types": {"name": "boom"}}},
        }},
    });
    let setup = Setup::new().database("library").config(&config);
    setup.write("templates/pages/boom.html", b"{{boom 1}}");
    let setup = setup.args(&["--template-dir", "$D/templates"]);
    let site = setup.plugin("broken.so", &library::bytes("fixture-broken")).start();
    let sql = |sql: &str| format!("/library/-/query.json?sql={}", sql.replace(' ', "+"));
    let cases: &[(&str, String, u16)] = &[
        ("no function like this", sql("select boom()"), 400),
        ("no step like this", sql("select boom_at('step')"), 400),
        ("no end like this", sql("select boom_at('finish')"), 400),
        ("no start like this", sql("select boom_start(1)"), 400),
        ("no order like this", sql("select name from authors order by name collate boom_order"), 400),
        ("no page like this", "/-/boom".to_owned(), 500),
        ("no format like this", "/library/books.boom".to_owned(), 500),
        ("no offer like this", "/library/books".to_owned(), 200),
        ("no facet like this", "/library/books.json?_facet_boom=title&_extra=facet_results".to_owned(), 500),
        ("no typed cell like this", "/library/authors".to_owned(), 200),
        ("no value like this", "/library/authors.json".to_owned(), 500),
        ("no parameter like this", "/library/asks.json".to_owned(), 500),
        ("no helper like this", "/boom".to_owned(), 500),
    ];
    for (said, target, status) in cases {
        let answer = site.get(target);
        assert_eq!(answer.status, *status, "{target}: {}", answer.text());
        for word in ["like this", "lib.rs", "broken.so"] {
            assert!(!answer.text().contains(word), "{target}: {}", answer.text());
        }
        let log = site.wait_for_log(said);
        let line = log.lines().find(|line| line.contains(said)).unwrap_or_default();
        let is_whole = line.contains("src/lib.rs:") && line.contains("broken");
        assert!(is_whole || *said == "no helper like this", "{line}");
        assert_eq!(site.get("/library/books.json").status, 200);
    }
    let bearer =
        site.connect().request("GET", "/library/books.json", "authorization: Bearer boom_x\r\n", b"");
    assert_eq!(bearer.status, 500);
    let kind = "content-type: application/json\r\n";
    let checked =
        site.connect().request("POST", "/library/authors/-/insert", kind, br#"{"row": {"name": "x"}}"#);
    assert_eq!(checked.status, 500, "{}", checked.text());
    assert_eq!(
        site.get("/library/-/query.json?sql=select+count(*)+from+authors&_shape=arrayfirst").json(),
        json!([4])
    );
}

#[test]
fn libraries_that_end_or_hang_their_process_are_refused() {
    for (how, reason) in [
        ("exit", "ended the process while loading"),
        ("abort", "signal 6"),
        ("hang", "did not finish loading"),
    ] {
        let setup = Setup::new().plugin("crashing.so", &library::bytes("fixture-crashing"));
        let page = setup.env("FIXTURE_CRASHING", how).run(&["--memory", "--get", "/-/plugins.json"]);
        assert_eq!(page.code, Some(0), "{how}: {page:?}");
        assert!(
            page.out.contains("\"skipped\": \"crashing.so ") && page.err.contains(reason),
            "{how}: {page:?}"
        );
    }
}

#[test]
fn how_often_hooks_were_called_is_known_to_who_looks_after_the_site() {
    use crate::support::sign::{SECRET, cookie};
    let config = json!({"permissions": {"permissions-debug": {"id": "root"}},
                        "plugins": {"fixture-broken": {"fail": ["top_table"]}}});
    let setup = Setup::new().database("library").config(&config).args(&["--secret", SECRET]);
    let site = setup.plugin("broken.so", &library::bytes("fixture-broken")).start();
    for _ in 0..3 {
        assert_eq!(site.get("/library/authors").status, 200);
        assert_eq!(site.get("/-/boom").status, 500);
    }
    let root = cookie(&json!({"id": "root"}));
    let plain = site.get("/-/plugins.json");
    assert!(!plain.text().contains("stats"), "{}", plain.text());
    assert_eq!(site.get("/-/plugins.json?_stats=1").status, 403);
    let told = site.connect().request("GET", "/-/plugins.json?_stats=1", &root, b"").json();
    let stats = told[0]["stats"].as_array().unwrap().clone();
    let of = |hook: &str| stats.iter().find(|line| line["hook"] == hook).cloned().unwrap_or_default();
    assert_eq!((&of("top_table")["calls"], &of("top_table")["errors"]), (&json!(3), &json!(3)));
    assert_eq!((&of("render_cell")["calls"], &of("render_cell")["errors"]), (&json!(36), &json!(0)));
    // Pages of errors have a menu, too.
    assert_eq!(of("menu_links")["calls"], 6);
    // Once to register them, and each time a page was asked for.
    assert_eq!((&of("register_routes")["calls"], &of("register_routes")["errors"]), (&json!(4), &json!(3)));
    assert!(
        of("render_cell")["mean_us"].as_f64().is_some() && of("render_cell")["total_ms"].as_f64().is_some()
    );
    let page = site.connect().request("GET", "/-/plugins", &root, b"").text();
    assert!(page.contains("top_table") && page.contains("mean_us"), "{page}");
    assert!(!site.get("/-/plugins").text().contains("mean_us"));
    let all = site.connect().request("GET", "/-/plugins.json?_stats=1&all=1", &root, b"").json();
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .any(|plugin| plugin["name"] == "datasette.facets" && plugin["stats"].is_array())
    );
}
