//! What plugins can ask of the site, through a loaded plugin: data, transactions, tasks, queries, types of columns,
//! other databases, addresses.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Answer, Setup, Site, library};

fn setup() -> Setup {
    let config = json!({
        "databases": {"library": {
            "plugins": {"fixture-asking": {"at": "database"}},
            "tables": {"books": {"plugins": {"fixture-asking": {"at": "table"}}}},
            "queries": {"stored": "select 1"},
        }},
        "plugins": {"fixture-asking": {"at": "root", "secret": {"$env": "ASKING_SECRET"}}},
        "permissions": {"permissions-debug": {"id": "root"}},
    });
    let setup = Setup::new().database("library").config(&config).args(&["--secret", SECRET]);
    setup.env("ASKING_SECRET", "xyzzy").plugin("asking.so", &library::bytes("fixture-asking"))
}

fn site() -> Site {
    setup().start()
}

fn ask(site: &Site, service: &str, args: &Value) -> Answer {
    let args = args.to_string();
    let args = percent_encoding::utf8_percent_encode(&args, percent_encoding::NON_ALPHANUMERIC);
    site.get(&format!("/-/ask?service={service}&for=visitor&args={args}"))
}

#[track_caller]
fn answer(site: &Site, service: &str, args: Value) -> Value {
    let answer = ask(site, service, &args);
    assert_eq!(answer.status, 200, "{service} {args}: {}", answer.text());
    answer.json()
}

/// The kind of the error that the plugin gets.
#[track_caller]
fn kind(site: &Site, service: &str, args: Value) -> String {
    let answer = ask(site, service, &args);
    assert_eq!(answer.status, 400, "{service} {args}: {}", answer.text());
    answer.json()["kind"].as_str().unwrap().to_owned()
}

fn sql(sql: &str) -> Value {
    json!({"database": "library", "sql": sql, "params": [], "options": {}})
}

fn count(site: &Site, what: &str) -> Value {
    answer(site, "query", sql(&format!("select count(*) from {what}")))["rows"][0][0].clone()
}

#[test]
fn a_plugin_reads_and_writes() {
    let site = site();
    let read = json!({"database": "library", "sql": "select name from authors where id = :id",
                      "params": [["id", 2]], "options": {"max_rows": 1}});
    assert_eq!(answer(&site, "query", read)["rows"], json!([["Stanisław Lem"]]));
    let write = json!({"database": "library", "sql": "insert into no_key (note) values (:n) returning note",
                       "params": [["n", "x"]]});
    let written = answer(&site, "execute_write", write);
    assert_eq!((&written["rows"], &written["lastrowid"]), (&json!([["x"]]), &json!(4)));
    let many = json!({"database": "library", "sql": "insert into no_key (note, n) values (?, ?)",
                      "params": [["a", 1], ["b", 2]]});
    assert_eq!(answer(&site, "execute_write_many", many)["rowcount"], 2);
    let batch = json!({"database": "library", "statements": [
        ["insert into no_key (note) values ('c')", []], ["delete from no_key where note = :n", [["n", "x"]]],
    ]});
    assert_eq!(answer(&site, "execute_write_batch", batch).as_array().unwrap().len(), 2);
    let script =
        json!({"database": "library", "sql": "create table made (id); insert into made values (1), (2)"});
    answer(&site, "execute_write_script", script);
    assert_eq!((count(&site, "no_key"), count(&site, "made")), (json!(6), json!(2)));
    // All of a batch or nothing.
    let broken = json!({"database": "library", "statements": [["delete from no_key", []], ["nonsense", []]]});
    assert_eq!(kind(&site, "execute_write_batch", broken), "bad_request");
    assert_eq!(count(&site, "no_key"), 6);
}

#[test]
fn errors_reach_a_plugin_with_their_kinds() {
    let site = site();
    assert_eq!(kind(&site, "query", sql("select nonsense")), "bad_request");
    assert_eq!(kind(&site, "tables", json!({"database": "absent"})), "not_found");
    assert_eq!(kind(&site, "columns", json!({"database": "library", "table": "absent"})), "not_found");
    let drop = json!({"action": "drop-table", "resource": {"database": "library", "resource": "books"}});
    assert_eq!(kind(&site, "ensure_permission", drop), "forbidden");
    let slow = json!({"database": "library", "params": [], "options": {"time_limit_ms": 1},
                      "sql": "with recursive c(n) as (select 1 union all select n + 1 from c) select max(n) from c"});
    assert_eq!(kind(&site, "query", slow), "interrupted");
    assert_eq!(kind(&site, "no_such_service", json!({})), "other");
}

#[test]
fn a_transaction_is_all_or_nothing() {
    let site = site();
    assert_eq!(site.get("/-/transaction").json(), 3);
    let notes = || answer(&site, "query", sql("select group_concat(note) from no_key"))["rows"][0][0].clone();
    assert_eq!(notes(), "second,third,moved");
    for (then, status) in [("fail", 400), ("panic", 500), ("nest", 500)] {
        let refused = site.get(&format!("/-/transaction?then={then}"));
        assert_eq!(refused.status, status, "{then}: {}", refused.text());
        assert_eq!(notes(), "second,third,moved");
    }
    assert!(site.wait_for_log("already").contains("no transaction like this"), "{}", site.log());
}

#[test]
#[cfg(unix)]
fn a_write_may_be_done_later() {
    let site = site();
    for number in 0..50 {
        let args = sql(&format!("insert into empty (value) values ('{number}')"));
        let id = answer(&site, "execute_write_later", args);
        assert_eq!(id.as_str().unwrap().len(), 32);
    }
    answer(&site, "execute_write_later", sql("insert into nowhere values (1)"));
    let log = site.wait_for_log("a write that was to be done later failed");
    assert!(log.contains("no such table: nowhere"), "{log}");
    let in_order = "select group_concat(value) = group_concat(id - 1) and count(*) = 50 from (select * from empty order by id)";
    assert_eq!(answer(&site, "query", sql(in_order))["rows"], json!([[1]]));
    assert_eq!(kind(&site, "execute_write_later", json!({"database": "absent", "sql": "x"})), "not_found");
    // The end waits for them.
    let slow = "insert into empty (value) with recursive c(n) as (select 1 union all select n + 1 from c limit 300000) select n from c";
    answer(&site, "execute_write_later", sql(slow));
    let file = site.path("library.db");
    let copy = std::env::temp_dir().join(format!("later-{}.db", std::process::id()));
    let keep = site.folder().to_owned();
    let (code, _) = site.terminate_then(|| std::fs::copy(&file, &copy).unwrap());
    assert_eq!(code, Some(0), "{}", keep.display());
    let rows = rows_of(&copy);
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(rows, 300_050);
}

#[cfg(unix)]
fn rows_of(file: &std::path::Path) -> i64 {
    let setup = Setup::new();
    let file = file.display().to_string();
    let name = std::path::Path::new(&file).file_stem().unwrap().to_string_lossy().into_owned();
    let target = format!("/{name}/-/query.json?sql=select+count(*)+as+n+from+empty&_shape=array");
    let out = setup.run(&[&file, "--get", &target]).out;
    let rows: Value = serde_json::from_str(&out).unwrap();
    rows[0]["n"].as_i64().unwrap()
}

#[test]
fn tasks_are_listed_with_what_became_of_them() {
    let site = site();
    site.get("/-/task?name=patient&does=wait");
    site.get("/-/task?name=stopped&does=wait&stop=1");
    site.get("/-/task?name=failed&does=fail");
    site.get("/-/task?name=panicked&does=panic");
    site.get("/-/task?name=done");
    let root = cookie(&json!({"id": "root"}));
    let states = || {
        let tasks = site.connect().request("GET", "/-/tasks.json", &root, b"").json();
        let tell =
            |task: &Value| format!("{} {}", task["name"].as_str().unwrap(), task["state"].as_str().unwrap());
        (tasks["tasks"].as_array().unwrap().iter().map(tell).collect::<Vec<_>>().join(", "), tasks)
    };
    let expected = "patient running, stopped cancelled, failed crashed, panicked crashed, done completed";
    let started = std::time::Instant::now();
    while states().0 != expected {
        assert!(started.elapsed().as_secs() < 30, "{}", states().0);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let tasks = states().1;
    let panicked = tasks["tasks"][3]["exception"].as_str().unwrap();
    assert!(panicked.contains("no task like this") && panicked.contains("src/lib.rs:"), "{panicked}");
    let log = site.log();
    assert!(log.contains("no luck") && log.contains("fixture-asking"), "{log}");
    assert_eq!(site.get("/-/tasks.json").status, 403);
}

#[test]
fn databases_consist_of_tables_views_and_keys() {
    let site = site();
    let books =
        json!({"database": "library", "table": "books", "view": "cheap_books", "time_limit_ms": 1000});
    assert_eq!(answer(&site, "table_exists", books.clone()), true);
    assert_eq!(answer(&site, "view_exists", books.clone()), true);
    assert_eq!(answer(&site, "table_exists", json!({"database": "library", "table": "cheap_books"})), false);
    assert_eq!(answer(&site, "views", books.clone()), json!(["cheap_books"]));
    assert!(answer(&site, "tables", books.clone()).as_array().unwrap().contains(&json!("books")));
    assert_eq!(answer(&site, "primary_keys", books.clone()), json!(["id"]));
    assert_eq!(answer(&site, "columns", books.clone())[1]["name"], "title");
    let index = json!({"database": "library", "table": "books_fts"});
    assert_eq!(answer(&site, "fts_table", index), "books_fts");
    assert_eq!(answer(&site, "label_column", json!({"database": "library", "table": "authors"})), "name");
    assert_eq!(answer(&site, "hidden_tables", books.clone())[0], "books_fts");
    assert_eq!(answer(&site, "table_counts", books.clone())["numbers"], 250);
    assert!(
        answer(&site, "table_definition", books.clone()).as_str().unwrap().starts_with("CREATE TABLE books")
    );
    assert!(answer(&site, "view_definition", books.clone()).as_str().unwrap().starts_with("CREATE VIEW"));
    assert_eq!(answer(&site, "foreign_keys", books.clone())[0]["other_table"], "authors");
    let all = answer(&site, "all_foreign_keys", books.clone());
    assert_eq!(
        all["books"]["outgoing"],
        json!([{"column": "author_id", "other_table": "authors", "other_column": "id"}])
    );
    assert_eq!(all["books"]["incoming"][0]["other_table"], "shelves");
    assert_eq!(answer(&site, "get_database", json!({}))["name"], "library");
    assert_eq!(kind(&site, "get_database", json!({"name": "absent"})), "not_found");
    let labels = json!({"database": "library", "table": "books", "column": "author_id", "values": [1, 99]});
    assert_eq!(answer(&site, "expand_labels", labels), json!([[1, "Ursula K. Le Guin"]]));
}

#[test]
fn a_plugin_adds_and_removes_databases() {
    let site = site();
    let path = site.path("library.db").display().to_string();
    let added = answer(&site, "add_database", json!({"path": path, "name": null, "is_mutable": false}));
    assert_eq!((&added["name"], &added["is_mutable"]), (&json!("library_2"), &json!(false)));
    assert_eq!(site.get("/library_2/authors.json").status, 200);
    let memory = answer(&site, "add_memory_database", json!({"memory_name": "notes", "name": "scratch"}));
    assert_eq!((&memory["name"], &memory["is_memory"]), (&json!("scratch"), &json!(true)));
    let script = json!({"database": "scratch", "sql": "create table t (a); insert into t values (42)"});
    answer(&site, "execute_write_script", script);
    assert_eq!(site.get("/scratch/t.json?_shape=arrays").json()["rows"], json!([[1, 42]]));
    answer(&site, "remove_database", json!({"name": "library_2"}));
    assert_eq!(site.get("/library_2.json").status, 404);
    let names: Vec<Value> = answer(&site, "databases", json!({})).as_array().unwrap().to_vec();
    assert_eq!(names.iter().map(|it| it["name"].clone()).collect::<Vec<_>>(), ["library", "scratch"]);
    assert_eq!(kind(&site, "remove_database", json!({"name": "library_2"})), "not_found");
    assert_eq!(kind(&site, "add_database", json!({"path": "/no/such/file.db"})), "not_found");
    assert_eq!(kind(&site, "add_memory_database", json!({"memory_name": "a?mode=rw"})), "bad_request");
    let no_database = site.path("datasette.json").display().to_string();
    assert_eq!(kind(&site, "add_database", json!({"path": no_database})), "bad_request");
    assert_eq!(answer(&site, "databases", json!({})).as_array().unwrap().len(), 2);
}

/// Its name is for permissions and configuration, the route for addresses.
#[test]
fn a_database_can_have_another_name_in_addresses() {
    let config = json!({
        "databases": {"The books": {
            "tables": {"books": {"allow": false}},
            "queries": {"names": "select name from authors"},
        }},
    });
    let setup = Setup::new().database("library").config(&config);
    let site = setup.plugin("asking.so", &library::bytes("fixture-asking")).start();
    let path = site.path("library.db").display().to_string();
    let at = |route: &str| json!({"path": path, "name": "The books", "route": route, "is_mutable": true});
    let added = answer(&site, "add_database_at", at("extra"));
    assert_eq!((&added["name"], &added["route"]), (&json!("The books"), &json!("extra")));
    for target in [
        "/",
        "/extra",
        "/extra.json",
        "/extra/authors",
        "/extra/authors.csv",
        "/extra/authors/1",
        "/extra/names",
        "/extra/-/query?sql=select+1",
        "/extra/authors/-/autocomplete?q=u",
        "/-/databases.json",
    ] {
        let page = site.get(target);
        assert_eq!(page.status, 200, "{target}: {}", page.text());
        for other in ["/The~20books", "/The+20books", "/The%20books"] {
            assert!(!page.text().contains(other), "{target} leads to {other}");
        }
    }
    assert_eq!(site.get("/extra/books").status, 403);
    assert_eq!(site.get("/The~20books").status, 404);
    for taken in ["extra", "library", ""] {
        assert_eq!(kind(&site, "add_database_at", at(taken)), "bad_request");
    }
}

#[test]
fn a_plugin_keeps_stored_queries() {
    let site = site();
    let named = |more: Value| {
        let mut args = json!({"database": "library", "name": "mine", "actor": null, "filter": {}});
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        args
    };
    let query = json!({"sql": "select :n as n", "title": "Mine", "params": ["n"], "is_trusted": true});
    answer(&site, "add_query", named(json!({"query": query})));
    assert_eq!(site.get("/library/mine.json?n=7&_shape=array").json(), json!([{"n": "7"}]));
    let kept = answer(&site, "get_query", named(json!({})));
    assert_eq!(
        (&kept["title"], &kept["source"], &kept["parameters"]),
        (&json!("Mine"), &json!("plugin"), &json!(["n"]))
    );
    answer(&site, "update_query", named(json!({"query": {"title": "Ours"}})));
    let all = answer(&site, "list_queries", named(json!({})));
    let titles: Vec<&Value> = all.as_array().unwrap().iter().map(|query| &query["title"]).collect();
    assert_eq!(titles, [&json!("Ours"), &Value::Null]);
    assert_eq!(answer(&site, "count_queries", named(json!({}))), 2);
    assert_eq!(answer(&site, "count_queries", named(json!({"filter": {"source": "plugin"}}))), 1);
    for wrong in
        [json!({"query": {"sql": ""}}), json!({"query": {"sqll": "x"}}), json!({"query": "select 1"})]
    {
        assert_eq!(kind(&site, "add_query", named(wrong)), "bad_request");
    }
    answer(&site, "remove_query", named(json!({})));
    assert_eq!(site.get("/library/mine.json").status, 404);
    assert_eq!(kind(&site, "update_query", named(json!({"query": {}}))), "not_found");
}

#[test]
fn a_plugin_gives_columns_their_types() {
    let site = site();
    let typed = |column: &str, name: &str| json!({"database": "library", "table": "books", "column": column, "name": name});
    answer(&site, "set_column_type", typed("site", "url"));
    assert_eq!(answer(&site, "get_column_type", typed("site", ""))["name"], "url");
    assert_eq!(
        answer(&site, "get_column_types", typed("", "")),
        json!({"site": {"name": "url", "config": null}})
    );
    assert_eq!(kind(&site, "set_column_type", typed("site", "no-type")), "bad_request");
    assert_eq!(kind(&site, "set_column_type", typed("absent", "url")), "not_found");
    assert_eq!(kind(&site, "set_column_type", typed("pages", "url")), "bad_request");
    answer(&site, "remove_column_type", typed("site", ""));
    assert_eq!(answer(&site, "get_column_type", typed("site", "")), Value::Null);
}

#[test]
fn configuration_settings_and_metadata() {
    let site = site();
    let at = |table: Option<&str>| json!({"plugin": "fixture-asking", "database": "library", "table": table});
    assert_eq!(answer(&site, "plugin_config", at(Some("books")))["at"], "table");
    assert_eq!(answer(&site, "plugin_config", at(Some("authors")))["at"], "database");
    assert_eq!(answer(&site, "plugin_config_at", at(Some("authors"))), Value::Null);
    assert_eq!(answer(&site, "plugin_config", json!({"plugin": "fixture-asking"}))["secret"], "xyzzy");
    assert_eq!(answer(&site, "setting", json!({"name": "default_page_size"})), 100);
    assert!(answer(&site, "settings", json!({})).as_object().unwrap().len() > 20);
    let about = |column: &str| json!({"database": "library", "resource": "books", "column": column, "key": "k", "value": "v"});
    answer(&site, "set_column_metadata", about("title"));
    assert_eq!(answer(&site, "get_column_metadata", about("title")), json!({"k": "v"}));
    answer(&site, "set_instance_metadata", json!({"key": "title", "value": "A site"}));
    assert_eq!(answer(&site, "get_instance_metadata", json!({}))["title"], "A site");
    answer(&site, "set_database_metadata", json!({"database": "library", "key": "title", "value": "Books"}));
    assert_eq!(answer(&site, "get_database_metadata", json!({"database": "library"}))["title"], "Books");
    answer(
        &site,
        "set_resource_metadata",
        json!({"database": "library", "resource": "books", "key": "title", "value": "B"}),
    );
    let books = json!({"database": "library", "resource": "books"});
    assert_eq!(answer(&site, "get_resource_metadata", books)["title"], "B");
}

#[test]
fn actions_and_tokens() {
    let site = site();
    assert_eq!(answer(&site, "get_action", json!({"name_or_abbr": "vt"}))["name"], "view-table");
    assert_eq!(answer(&site, "get_action", json!({"name_or_abbr": "nothing"})), Value::Null);
    let restrictions = json!({"r": {"library": {"books": ["view-table"]}}});
    let wanted = json!({"token": {"actor_id": "ann", "expires_after": 60, "restrictions": restrictions, "handler": "signed"}});
    let token = answer(&site, "create_token", wanted);
    let actor = answer(&site, "verify_token", json!({"token": token}));
    assert_eq!((&actor["id"], &actor["_r"]), (&json!("ann"), &json!({"r": {"library": {"books": ["vt"]}}})));
    assert_eq!(answer(&site, "verify_token", json!({"token": "something else"})), Value::Null);
    let unknown = json!({"token": {"actor_id": "ann", "restrictions": null, "handler": "nobody"}});
    assert_eq!(kind(&site, "create_token", unknown), "bad_request");
}

#[test]
fn addresses() {
    let site = setup().args(&["--setting", "base_url", "/pre/"]).start();
    let url = |service: &str, args: Value| {
        let args =
            percent_encoding::utf8_percent_encode(&args.to_string(), percent_encoding::NON_ALPHANUMERIC)
                .to_string();
        site.get(&format!("/pre/-/ask?service={service}&for=visitor&args={args}")).json()
    };
    let place = json!({"database": "library", "table": "b/c", "query": "stored", "row_path": ["x,y", "1"], "column": "d",
                       "path": "app.css", "plugin": "p", "format": null, "sql": "select 1"});
    for (service, expected) in [
        ("url_instance", "/pre/"),
        ("url_logout", "/pre/-/logout"),
        ("url_database", "/pre/library"),
        ("url_database_query", "/pre/library/-/query?sql=select+1"),
        ("url_table", "/pre/library/b~2Fc"),
        ("url_query", "/pre/library/stored"),
        ("url_row", "/pre/library/b~2Fc/x~2Cy,1"),
        ("url_row_blob", "/pre/library/b~2Fc/x~2Cy,1.blob?_blob_column=d"),
        ("url_static", "/pre/-/static/app.css"),
        ("url_static_plugins", "/pre/-/static-plugins/p/app.css"),
        ("url_path", "/pre/app.css"),
        ("absolute_url", "http://localhost/pre/app.css"),
    ] {
        let mut args = place.clone();
        if service == "absolute_url" {
            args["path"] = json!("/pre/app.css");
        }
        assert_eq!(url(service, args), expected, "{service}");
    }
    let mut json_table = place.clone();
    json_table["format"] = json!("json");
    assert_eq!(url("url_table", json_table.clone()), "/pre/library/b~2Fc.json");
    assert_eq!(url("url_database_query", json_table), "/pre/library/-/query.json?sql=select+1");
    let file = json!({"path": "app.css"});
    assert!(url("static_hash", file).as_str().unwrap().starts_with("/pre/-/static/app.css?_hash="));
}

#[test]
fn what_a_url_names_is_found() {
    let site = site();
    let database = site.get("/-/resolve/library").json();
    assert_eq!((&database["name"], &database["is_mutable"]), (&json!("library"), &json!(true)));
    let table = site.get("/-/resolve/library/cheap_books").json();
    assert_eq!((&table["table"], &table["is_view"]), (&json!("cheap_books"), &json!(true)));
    let row = site.get("/-/resolve/library/shelves/b~2Fsement,x~2Cy").json();
    assert_eq!((&row["pk_values"], &row["row"]["book_id"]), (&json!(["b/sement", "x,y"]), &json!(5)));
    assert_eq!(row["pks"], json!(["room", "slot"]));
    for target in ["/-/resolve/absent", "/-/resolve/library/absent", "/-/resolve/library/books/99"] {
        assert_eq!(site.get(target).status, 404, "{target}");
    }
    assert_eq!(kind(&site, "resolve_database", json!({})), "not_found");
}

#[test]
fn a_plugin_asks_the_site_itself() {
    let config = json!({"databases": {"library": {"tables": {"secrets": {"allow": {"id": "ann"}}}}}});
    let setup = Setup::new().database("library").config(&config);
    let site = setup.plugin("asking.so", &library::bytes("fixture-asking")).start();
    let path = "path=/library/secrets.json";
    assert_eq!(site.get(&format!("/-/ask-oneself?{path}")).json()["status"], 403);
    for more in ["as=ann", "skip=1"] {
        assert_eq!(site.get(&format!("/-/ask-oneself?{path}&{more}")).json()["status"], 200, "{more}");
    }
    let nested = "/-/ask-oneself?path=/-/ask%3Fservice%3Din_client%26args%3D%7B%7D";
    assert_eq!(site.get(nested).json()["body"], true);
    assert_eq!(answer(&site, "in_client", json!({})), false);
}

#[test]
fn messages_events_templates_and_traces() {
    let site = setup().args(&["--setting", "trace_debug", "1"]).start();
    let shown = ask(&site, "add_message", &json!({"message": "Hello there", "kind": 2}));
    let waiting = shown.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let page = site.connect().request("GET", "/", &format!("cookie: {waiting}\r\n"), b"");
    assert!(page.text().contains("Hello there"));
    let unknown = json!({"event": {"name": "no-such-event"}});
    assert_eq!(kind(&site, "track_event", unknown), "other");
    let error = answer(
        &site,
        "render_template",
        json!({"names": ["absent.html", "error.html"], "context": {"title": "Oh <b>"}}),
    );
    assert!(error.as_str().unwrap().contains("Oh &lt;b&gt;"), "{error}");
    let traced = site.get("/-/span?_trace=1").json();
    let span = traced["_trace"]["traces"]
        .as_array()
        .unwrap()
        .iter()
        .find(|trace| trace["type"] == "adding")
        .unwrap();
    assert_eq!((&traced["sum"], &span["terms"]), (&json!(2), &json!(2)));
    assert!(span["duration_ms"].as_f64().is_some());
    answer(&site, "trace", json!({"name": "measured", "duration_ms": 1.5, "details": {}}));
}
