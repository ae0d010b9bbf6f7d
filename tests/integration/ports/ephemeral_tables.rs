//! `datasette-ephemeral-tables`: what comes goes, and nothing else.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Answer, Setup, Site, library};

fn setup(plugin: &serde_json::Value) -> Setup {
    let permissions =
        json!({"create-table": true, "insert-row": true, "drop-table": true, "execute-write-sql": true});
    let config = json!({"permissions": permissions, "plugins": {"datasette-ephemeral-tables": plugin}});
    Setup::new()
        .database("library")
        .config(&config)
        .plugin("e.so", &library::bytes("datasette-ephemeral-tables"))
}

fn create(site: &Site, table: &str) {
    create_in(site, "library", table);
}

fn create_in(site: &Site, database: &str, table: &str) {
    let body = json!({"table": table, "row": {"a": 1}}).to_string();
    let answer = post(site, &format!("/{database}/-/create"), &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn post(site: &Site, target: &str, body: &str) -> Answer {
    site.connect().request("POST", target, "content-type: application/json\r\n", body.as_bytes())
}

fn is_there(site: &Site, table: &str) -> bool {
    site.get(&format!("/library/{table}.json")).status == 200
}

#[test]
fn a_table_goes_when_its_time_has_come_and_others_stay() {
    let plugin = json!({"database": "library", "prefixes": ["tmp_", "auth"], "keep": ["tmp_kept"], "table_ttl": 1, "check_interval": 1});
    let site = setup(&plugin).start();
    for table in ["tmp_kept", "other", "tmp_first"] {
        create(&site, table);
    }
    let page = site.get("/library/tmp_first");
    assert!(
        page.status == 404 || page.text().contains("This table is temporary: it is dropped"),
        "{}",
        page.text()
    );
    let started = Instant::now();
    while is_there(&site, "tmp_first") {
        assert!(started.elapsed() < Duration::from_secs(60), "{}", site.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    // What was there at the start stays, even if its name would do.
    for table in ["authors", "books", "other", "tmp_kept"] {
        assert!(is_there(&site, table), "{table}");
    }
    assert!(!site.get("/library/authors").text().contains("temporary"));
}

#[test]
fn a_table_that_comes_anew_within_a_moment_is_new_and_records_outlive_the_server() {
    let plugin =
        json!({"database": "library", "prefixes": ["tmp_"], "table_ttl": 3600, "check_interval": 3600});
    let setup = setup(&plugin).args(&["--internal", "$D/internal.db"]);
    let internal = setup.path("internal.db");
    let age = |seconds: i64| {
        let sql = "update datasette_ephemeral_tables set created_at = created_at - ?";
        rusqlite::Connection::open(&internal).unwrap().execute(sql, [seconds]).unwrap()
    };
    let site = setup.start();
    create(&site, "tmp_a");
    assert!(
        site.get("/library/tmp_a").text().contains("it is dropped in an hour")
            || site.get("/library/tmp_a").text().contains("59 minutes")
    );
    assert_eq!(age(1800), 1);
    for sql in ["drop table tmp_a", "create table tmp_a (b)"] {
        let answer = post(&site, "/library/-/execute-write", &json!({"sql": sql}).to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let page = site.get("/library/tmp_a").text();
    assert!(page.contains("in an hour") || page.contains("in 59 minutes"), "{page}");
    let since: i64 = rusqlite::Connection::open(&internal)
        .unwrap()
        .query_row("select unixepoch() - created_at from datasette_ephemeral_tables", [], |row| row.get(0))
        .unwrap();
    assert!(since < 1000, "{since}");
}

#[test]
fn without_configuration_there_is_a_database_in_memory() {
    let site = setup(&json!({"table_ttl": 600})).start();
    assert!(site.get("/").text().contains("href=\"/ephemeral\""), "{}", site.log());
    create_in(&site, "ephemeral", "anything");
    let page = site.get("/ephemeral").text();
    assert!(page.contains("Tables that are created here are dropped after 10 minutes."), "{page}");
    assert!(site.get("/ephemeral/anything").text().contains("This table is temporary: it is dropped in"));
    assert!(!site.get("/library/authors").text().contains("temporary"));
}

#[test]
fn a_database_with_tables_is_not_emptied_by_mistake() {
    setup(&json!({"database": "library"}))
        .run(&["--get", "/"])
        .assert_refused(1, &["library", "name prefixes"]);
}
