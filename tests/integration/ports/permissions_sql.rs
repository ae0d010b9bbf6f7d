//! `datasette-permissions-sql`: rights that stand in a table.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Setup, Site, library};

fn site(rules: &Value) -> Site {
    let config = json!({
        "databases": {"library": {"allow_sql": {}}},
        "plugins": {"datasette-permissions-sql": rules},
    });
    let setup = Setup::new().database("library").config(&config).args(&["--secret", SECRET]);
    let file = setup.path("library.db");
    let sql = "create table access (user_id integer, tbl text); insert into access values (1, 'books'), (1, 'authors'), (2, 'books')";
    rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
    setup.plugin("permissions.so", &library::bytes("datasette-permissions-sql")).start()
}

fn status(site: &Site, target: &str, actor: Option<u32>) -> u16 {
    let headers = actor.map_or_else(String::new, |id| cookie(&json!({"id": id})));
    site.connect().request("GET", target, &headers, b"").status
}

fn tables(site: &Site, actor: u32) -> Vec<String> {
    let answer = site.connect().request("GET", "/library.json", &cookie(&json!({"id": actor})), b"").json();
    answer["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| table["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_table_says_who_sees_which_table() {
    let sql =
        "select 1 from access where user_id = :actor_id and tbl = :resource_2 and :resource_1 = 'library'";
    let site = site(&json!([{"action": "view-table", "sql": sql}]));
    assert_eq!(status(&site, "/library/authors.json", Some(1)), 200);
    assert_eq!(status(&site, "/library/authors.json", Some(2)), 403);
    assert_eq!(status(&site, "/library/books.json", Some(2)), 200);
    assert_eq!(status(&site, "/library/books.json", None), 403);
    assert_eq!(tables(&site, 1), ["authors", "books"]);
    assert_eq!(tables(&site, 2), ["books"]);
    // Rights change with the table, at once.
    let file = rusqlite::Connection::open(site.path("library.db")).unwrap();
    file.execute_batch("insert into access values (2, 'authors'); delete from access where user_id = 1; create table new (a)").unwrap();
    assert_eq!(status(&site, "/library/authors.json", Some(2)), 200);
    assert_eq!(status(&site, "/library/authors.json", Some(1)), 403);
    assert_eq!(status(&site, "/library/new.json", Some(2)), 403, "what is new is closed");
}

#[test]
fn fallback_only_takes_away_who_is_named() {
    let sql = "select -1 from access where user_id = :actor_id";
    let rule =
        json!([{"action": "view-table", "resource": ["library", "books"], "sql": sql, "fallback": true}]);
    let site = site(&rule);
    assert_eq!(status(&site, "/library/books.json", None), 200);
    assert_eq!(status(&site, "/library/books.json", Some(2)), 403);
    assert_eq!(status(&site, "/library/authors.json", Some(2)), 200);
}

#[test]
fn a_query_that_fails_forbids() {
    let rule = json!([{"action": "view-table", "resource": ["library", "books"], "sql": "select secret from nowhere", "fallback": true}]);
    let site = site(&rule);
    let answer = site.get("/library/books.json");
    assert_eq!(answer.status, 403);
    assert!(!answer.text().contains("secret"));
    assert_eq!(status(&site, "/library/authors.json", None), 200);
    site.wait_for_log("no such table: nowhere");
}
