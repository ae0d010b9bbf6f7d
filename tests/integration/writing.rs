//! Changing data: what is written, what is refused, and that a refusal leaves no trace.

use serde_json::{Value, json};

use crate::support::{Answer, Setup, Site, library};

/// Everybody may do everything.
fn open_site() -> Setup {
    let actions = [
        "insert-row",
        "update-row",
        "delete-row",
        "create-table",
        "alter-table",
        "drop-table",
        "create-view",
        "execute-write-sql",
        "store-query",
        "update-query",
        "delete-query",
    ];
    let permissions: serde_json::Map<String, Value> =
        actions.iter().map(|action| ((*action).to_owned(), json!(true))).collect();
    Setup::new().database("library").config(&json!({"permissions": permissions}))
}

#[track_caller]
fn post(site: &Site, target: &str, body: &Value) -> Answer {
    let headers = "connection: close\r\ncontent-type: application/json\r\n";
    site.connect().request("POST", target, headers, body.to_string().as_bytes())
}

#[track_caller]
fn refused(site: &Site, target: &str, body: &Value, status: u16, message: &str) {
    let answer = post(site, target, body);
    let said = answer.json();
    assert_eq!((answer.status, said["error"].as_str()), (status, Some(message)), "{said}");
    assert_eq!(
        (&said["ok"], &said["status"], said["errors"].is_array()),
        (&json!(false), &json!(status), true)
    );
}

#[track_caller]
fn query(site: &Site, sql: &str) -> Value {
    let sql = sql.replace(' ', "+").replace('=', "%3D");
    site.get(&format!("/library/-/query.json?sql={sql}&_shape=arrays")).json()["rows"].clone()
}

const WRITES: &[(&str, &str)] = &[
    ("/library/empty/-/insert", r#"{"row": {"value": "x"}}"#),
    ("/library/empty/-/upsert", r#"{"rows": [{"id": 1}]}"#),
    ("/library/authors/1/-/update", r#"{"update": {"name": "x"}}"#),
    ("/library/authors/1/-/delete", "{}"),
    ("/library/-/create", r#"{"table": "x", "columns": [{"name": "a"}]}"#),
    ("/library/authors/-/alter", r#"{"operations": [{"op": "add_column", "args": {"name": "x"}}]}"#),
    ("/library/authors/-/drop", r#"{"confirm": true}"#),
    ("/library/-/execute-write", r#"{"sql": "delete from authors"}"#),
    ("/library/-/queries/store", r#"{"query": {"name": "q", "sql": "delete from authors"}}"#),
];

#[test]
fn nobody_writes_without_leave() {
    let site = Setup::new().database("library").start();
    let before = site.get("/library/-/schema.json").text();
    for (target, body) in WRITES {
        let answer = post(&site, target, &serde_json::from_str(body).unwrap());
        assert_eq!(answer.status, 403, "{target}: {}", answer.text());
        assert!(answer.text().contains("Permission denied"), "{target}: {}", answer.text());
    }
    assert_eq!(query(&site, "select count(*) from authors"), json!([[4]]));
    assert_eq!(site.get("/library/-/schema.json").text(), before);
}

#[test]
fn bodies_that_are_no_json_are_told_where() {
    let site = open_site().start();
    let message = "Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)";
    for (target, _) in
        WRITES.iter().filter(|(target, _)| !target.ends_with("/drop") && !target.ends_with("/delete"))
    {
        let headers = "connection: close\r\ncontent-type: application/json\r\n";
        let answer = site.connect().request("POST", target, headers, b"{bad");
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(message)), "{target}");
    }
}

#[test]
fn a_row_that_fails_takes_the_others_with_it() {
    let site = open_site().start();
    let rows = json!({"rows": [{"name": "New", "born": 1}, {"id": 1, "name": "Taken"}]});
    refused(&site, "/library/authors/-/insert", &rows, 400, "UNIQUE constraint failed: authors.id");
    let rows = json!({"rows": [{"name": "New", "extra": 1}, {"id": 1, "name": "Taken"}], "alter": true});
    refused(&site, "/library/authors/-/insert", &rows, 400, "UNIQUE constraint failed: authors.id");
    assert_eq!(query(&site, "select count(*), max(id) from authors"), json!([[4, 4]]));
    assert!(!site.get("/library/authors/-/schema.json").text().contains("extra"));
    // The next write is not part of what failed.
    let answer = post(&site, "/library/authors/-/insert", &json!({"row": {"name": "New"}}));
    assert_eq!((answer.status, &answer.json()["rows"][0]["id"]), (201, &json!(5)));
}

#[test]
fn rows_are_updated_upserted_and_deleted() {
    let site = open_site().start();
    let upsert = json!({"rows": [{"id": 1, "value": "a"}, {"id": 2, "value": "b"}], "return": true});
    for status in [200, 200] {
        let answer = post(&site, "/library/empty/-/upsert", &upsert);
        assert_eq!((answer.status, answer.json()["rows"].as_array().map(Vec::len)), (status, Some(2)));
    }
    // The key itself may change, and the row is found where it is now.
    let update = json!({"update": {"id": 9, "value": null}, "return": true});
    let answer = post(&site, "/library/empty/1/-/update", &update);
    assert_eq!(answer.json(), json!({"ok": true, "rows": [{"id": 9, "value": null}]}));
    refused(&site, "/library/empty/1/-/update", &update, 404, "Record not found: ['1']");
    refused(&site, "/library/empty/2/-/update", &json!({"update": {"nope": 1}}), 400, "no such column: nope");
    assert_eq!(post(&site, "/library/empty/9/-/delete", &json!({})).status, 200);
    refused(&site, "/library/empty/9/-/delete", &json!({}), 404, "Record not found: ['9']");
    assert_eq!(query(&site, "select * from empty"), json!([[2, "b"]]));
}

#[test]
fn tables_are_created_altered_and_dropped() {
    let site = open_site().start();
    let columns = json!([
        {"name": "id", "type": "integer"},
        {"name": "n", "type": "text", "not_null": true, "default": "it's"},
        {"name": "author", "type": "integer", "fk_table": "authors"},
    ]);
    let answer = post(&site, "/library/-/create", &json!({"table": "t", "columns": columns, "pk": "id"}));
    let schema = "CREATE TABLE \"t\" (\n   \"id\" INTEGER PRIMARY KEY,\n   \"n\" TEXT NOT NULL DEFAULT 'it''s',\n   \
                  \"author\" INTEGER REFERENCES \"authors\"(\"id\")\n)";
    assert_eq!((answer.status, answer.json()["schema"].as_str()), (201, Some(schema)));
    refused(
        &site,
        "/library/-/create",
        &json!({"table": "t", "columns": columns}),
        400,
        "table \"t\" already exists",
    );

    let rename = json!({"op": "rename_column", "args": {"name": "n", "to": "name"}});
    let taken = json!({"op": "rename_table", "args": {"to": "authors"}});
    refused(
        &site,
        "/library/t/-/alter",
        &json!({"operations": [rename, taken]}),
        400,
        "there is already another table or index with this name: authors",
    );
    assert_eq!(site.get("/library/t/-/schema.json").json()["schema"], schema);
    let free = json!({"op": "rename_table", "args": {"to": "u"}});
    let answer = post(&site, "/library/t/-/alter", &json!({"operations": [rename, free]})).json();
    assert_eq!((&answer["table"], &answer["altered"]), (&json!("u"), &json!(true)), "{answer}");
    assert!(
        answer["schema"].as_str().unwrap().contains("\"name\" TEXT NOT NULL DEFAULT 'it''s'"),
        "{answer}"
    );

    assert_eq!(post(&site, "/library/u/-/drop", &json!({})).json()["row_count"], 0);
    assert_eq!(post(&site, "/library/u/-/drop", &json!({"confirm": true})).json(), json!({"ok": true}));
    assert_eq!(site.get("/library/u.json").status, 404);
}

#[test]
fn a_rebuilt_table_keeps_what_belongs_to_it() {
    let site = open_site().start();
    for sql in [
        "create table t (id integer primary key autoincrement, a text collate nocase unique, \
         b integer check (b >= 0) default 7, c integer generated always as (b * 2))",
        "insert into t (a, b) values ('x', 1), ('y', 2)",
        "delete from t where a = 'y'",
        "create index t_b on t(b)",
    ] {
        let answer = post(&site, "/library/-/execute-write", &json!({"sql": sql}));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let operations = json!([{"op": "rename_column", "args": {"name": "a", "to": "z"}}]);
    let answer = post(&site, "/library/t/-/alter", &json!({"operations": operations})).json();
    let schema = answer["schema"].as_str().unwrap_or_default();
    for kept in ["AUTOINCREMENT", "collate nocase", "unique", "check (b >= 0)", "DEFAULT 7", "as (b * 2)"] {
        assert!(schema.contains(kept), "{kept} is not in {answer}");
    }
    assert_eq!(
        query(&site, "select sql from sqlite_master where name = 't_b'"),
        json!([["CREATE INDEX t_b on t(b)"]])
    );
    let answer = post(&site, "/library/t/-/insert", &json!({"row": {"z": "new"}})).json();
    assert_eq!(answer["rows"], json!([{"id": 3, "z": "new", "b": 7, "c": 14}]));
    refused(
        &site,
        "/library/t/-/insert",
        &json!({"row": {"z": "NEW"}}),
        400,
        "UNIQUE constraint failed: t.z",
    );
}

#[test]
fn sql_writes_to_tables_that_refer_to_others() {
    let site = open_site().start();
    for sql in ["insert into books (author_id) values (99)", "delete from authors where id = 1"] {
        let answer = post(&site, "/library/-/execute-write", &json!({"sql": sql}));
        assert_eq!(answer.json()["rowcount"], 1, "{}", answer.text());
    }
}

#[test]
fn sql_that_writes_needs_leave_for_everything_it_touches() {
    let config = json!({"permissions": {"execute-write-sql": true}, "databases": {"library": {"tables": {
        "empty": {"permissions": {"insert-row": true, "update-row": true, "delete-row": true}},
        "authors": {"allow": {"id": "ann"}},
    }}}});
    let site = Setup::new().database("library").config(&config).start();
    let run = |sql: &str| post(&site, "/library/-/execute-write", &json!({"sql": sql}));
    assert_eq!(run("insert into empty (value) values ('x')").json()["rowcount"], 1);
    for (sql, message) in [
        ("delete from books", "Permission denied: need delete-row on library/books"),
        (
            "insert into empty (value) select name from authors",
            "Permission denied: need view-table on library/authors",
        ),
        ("create table x (a)", "Permission denied: need create-table on library"),
        ("vacuum", "VACUUM is not allowed in user-supplied SQL"),
        ("attach 'x' as y", "Unsupported SQL operation: attach database"),
        ("pragma journal_mode = wal", "Unsupported SQL operation: pragma pragma"),
        (
            "insert into books_fts (title) values ('x')",
            "Writes to virtual tables are not allowed in user-supplied SQL",
        ),
        (
            "insert into empty (value) select name from pragma_table_info('authors')",
            "Unsupported SQL operation: read table",
        ),
    ] {
        let answer = run(sql);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (403, Some(message)), "{sql}");
    }
    assert_eq!(query(&site, "select count(*) from empty"), json!([[1]]));
}

#[test]
fn sql_that_sqlite_would_read_in_part_is_refused() {
    let site = open_site().start();
    let before = query(&site, "select count(*) from authors");
    let sql = "delete from authors\0 where id = 1";
    let answer = post(&site, "/library/-/execute-write", &json!({"sql": sql}));
    assert!(answer.status == 400 && answer.text().contains("null character"), "{}", answer.text());
    assert_eq!(query(&site, "select count(*) from authors"), before);
    for target in ["/library/-/query.json?sql=select+1%00+from+nowhere", "/library/authors.json?name%00=x"] {
        let answer = site.get(target);
        assert!(
            answer.status == 400 && answer.text().contains("null character"),
            "{target}: {}",
            answer.text()
        );
    }
}

#[test]
fn a_write_that_takes_too_long_is_stopped_and_undone() {
    let site = open_site().start();
    let sql = "insert into empty (value) with recursive c(n) as (select 1 union all select n + 1 from c) select n from c";
    let answer = post(&site, "/library/-/execute-write", &json!({"sql": sql}));
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.text().contains("took too long"), "{}", answer.text());
    assert_eq!(query(&site, "select count(*) from empty"), json!([[0]]));
}

#[test]
fn saved_queries_are_found_changed_and_deleted() {
    let site = open_site().start();
    let store = |name: &str, sql: &str| {
        let query = json!({"name": name, "sql": sql, "is_private": false});
        post(&site, "/library/-/queries/store", &json!({"query": query}))
    };
    assert_eq!(store("adds", "insert into empty (value) values (:v)").status, 201);
    assert_eq!(store("adds", "select 1").json()["error"], "Query already exists");
    assert_eq!(store("books", "select 1").json()["error"], "Query name conflicts with a table or view");
    assert_eq!(store("who", "select :_actor_id").json()["error"], "Magic parameters are not allowed");
    let headers = "connection: close\r\naccept: application/json\r\n";
    let answer = site.connect().request("POST", "/library/adds", headers, b"v=1");
    let expected = json!({"ok": true, "message": "Query executed, 1 row affected", "redirect": null});
    assert_eq!(answer.json(), expected);
    let update = json!({"update": {"on_success_message": "Done"}, "return": true});
    assert_eq!(post(&site, "/library/adds/-/update", &update).json()["query"]["on_success_message"], "Done");
    let answer = site.connect().request("POST", "/library/adds", "connection: close\r\n", b"v=2");
    assert_eq!((answer.status, answer.header("location")), (302, Some("/library/adds")));
    assert_eq!(query(&site, "select value from empty"), json!([["1"], ["2"]]));
    assert_eq!(post(&site, "/library/adds/-/delete", &json!({})).json(), json!({"ok": true}));
    assert_eq!(site.get("/library/adds.json").status, 404);
}

#[test]
fn immutable_databases_are_not_written() {
    let setup = open_site();
    let copy = setup.path("fixed.db");
    crate::support::database(&copy, "library");
    let site = setup.args(&["--immutable", &copy.display().to_string()]).start();
    for (target, body) in WRITES.iter().filter(|(target, _)| !target.ends_with("/store")) {
        let target = target.replace("/library/", "/fixed/");
        refused(&site, &target, &serde_json::from_str(body).unwrap(), 403, "Database is immutable");
    }
}

#[test]
fn a_plugin_that_panics_around_a_write_undoes_it() {
    let config = json!({
        "permissions": {"insert-row": true},
        "plugins": {"fixture-broken": {"fail": ["write_wrapper"]}},
    });
    let setup = Setup::new().database("library").config(&config);
    let site = setup.plugin("broken.so", &library::bytes("fixture-broken")).start();
    let answer = post(&site, "/library/empty/-/insert", &json!({"row": {"value": "x"}}));
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert_eq!(query(&site, "select count(*) from empty"), json!([[0]]));
    assert!(site.wait_for_log("no write like this").contains("write_wrapper"));
}

#[test]
fn many_clients_write_at_once_and_nothing_is_lost() {
    let site = open_site().start();
    std::thread::scope(|scope| {
        for client in 0..8 {
            let site = &site;
            scope.spawn(move || {
                for number in 0..20 {
                    let row = json!({"row": {"value": format!("{client}-{number}")}});
                    let answer = post(site, "/library/empty/-/insert", &row);
                    assert_eq!(answer.status, 201, "{}", answer.text());
                }
            });
        }
    });
    assert_eq!(query(&site, "select count(*), count(distinct value) from empty"), json!([[160, 160]]));
}

#[test]
fn forms_are_read_in_either_encoding() {
    let site = open_site().start();
    let adds = json!({"name": "adds", "sql": "insert into empty (value) values (:v)", "is_private": false});
    assert_eq!(post(&site, "/library/-/queries/store", &json!({"query": adds})).status, 201);
    let send = |target: &str, kind: &str, body: &str| {
        let headers = format!("connection: close\r\ncontent-type: {kind}\r\n");
        site.connect().request("POST", target, &headers, body.as_bytes()).status
    };
    assert_eq!(send("/library/adds", "application/x-www-form-urlencoded", "v=a+%26"), 302);
    let part = |name: &str, value: &str| {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = "multipart/form-data; boundary=x";
    assert_eq!(send("/library/adds", form, &format!("{}--x--\r\n", part("v", "b &"))), 302);
    let sql = part("sql", "insert into empty (value) values ('c')");
    assert_eq!(send("/library/-/execute-write", form, &format!("{sql}--x--\r\n")), 200);
    assert_eq!(send("/library/adds", form, &part("v", "cut off")), 400);
    assert_eq!(query(&site, "select value from empty"), json!([["a &"], ["b &"], ["c"]]));
}
