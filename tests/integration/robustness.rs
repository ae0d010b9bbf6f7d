//! What must not bring the server down or make it slow: strange requests, slow queries, clients that
//! leave, other programs that write.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Connection, Dice, Setup, Site};

/// Counts for about as long as anybody would let it.
const ENDLESS: &str =
    "with+recursive+c(n)+as+(select+1+union+all+select+n%2B1+from+c)+select+count(*)+from+c";

const PIECES: &[&str] = &[
    "library",
    "books",
    "authors",
    "shelves",
    "cheap_books",
    "by",
    "1",
    "1,2",
    "-",
    "query",
    "insert",
    "schema",
    "static",
    "app.css",
    "..",
    ".",
    "",
    "~",
    "~2F",
    "~zz",
    "%",
    "%2e%2e",
    "%00",
    "%ff",
    "%zz",
    "%E2%82",
    "é",
    "😀",
    "books.json",
    "books.csv",
    "books.blob",
    "1.blob",
    "1.json",
    ".json",
    "x.y.z",
    "_memory",
    ":memory:",
    "'",
    "\"",
    ";",
    "versions.json",
    "plugins",
    "allowed.json",
    "permissions",
    "\\",
    "//",
    "a b",
    "attic,1",
];

const PARAMETERS: &[&str] = &[
    "_size",
    "_next",
    "_sort",
    "_sort_desc",
    "_facet",
    "_facet_array",
    "_facet_date",
    "_facet_size",
    "_shape",
    "_nl",
    "_search",
    "_search_title",
    "_where",
    "_through",
    "_col",
    "_nocol",
    "_labels",
    "_extra",
    "_timelimit",
    "_ttl",
    "_json",
    "_json_infinity",
    "_trace",
    "sql",
    "_stream",
    "_dl",
    "_header",
    "_blob_column",
    "id",
    "id__gt",
    "title__like",
    "title__in",
    "tags__arraycontains",
    "bought__date",
    "price__between",
    "x__y",
    "_",
    "__exact",
    "",
    "_filter_column",
    "_filter_op",
    "_filter_value",
    "_context",
    "_fts_table",
    "_fts_pk",
    "_searchmode",
];

const VALUES: &[&str] = &[
    "",
    "1",
    "-1",
    "0",
    "99999999999999999999",
    "1e309",
    "max",
    "on",
    "true",
    "null",
    "title",
    "nope",
    "tags",
    "id",
    "objects",
    "arrays",
    "array",
    "object",
    "arrayfirst",
    "%00",
    "%ff%fe",
    "%",
    "a,b,c",
    "$null,1",
    "1,1",
    "\"",
    "'",
    "(",
    "select+1",
    "select+:a",
    "select+1;",
    "drop+table+books",
    "%7B%22table%22:1%7D",
    "%7B",
    "[]",
    "count,query,nope",
    "facet_results",
    "raw",
    "*",
    "AND",
    "NEAR(",
    "~2C",
    "a%0d%0ab",
    "x%22y*",
    "2024-01-05",
    "{}",
];

/// Pages that are there, for parameters that are odd.
const PAGES: &[&str] = &[
    "/library/books.json",
    "/library/books",
    "/library/books.csv",
    "/library/shelves.json",
    "/library/cheap_books.json",
    "/library/extremes",
    "/library/numbers.json",
    "/library/books/1.json",
    "/library/files/1.blob",
    "/library/-/query.json",
    "/library/-/query",
    "/library/-/query.csv",
    "/library.json",
    "/.json",
];

fn target(dice: &mut Dice) -> Vec<u8> {
    let mut target = Vec::new();
    if dice.roll(4) == 0 {
        // Bytes as they come, without those that end a request line.
        target.push(b'/');
        for _ in 0..dice.roll(40) {
            let byte = u8::try_from(dice.roll(256)).unwrap_or(b'x');
            if !matches!(byte, b'\r' | b'\n' | b' ' | b'#') {
                target.push(byte);
            }
        }
        return target;
    }
    if dice.roll(3) > 0 {
        target.extend_from_slice(dice.pick(PAGES).as_bytes());
    } else {
        for _ in 0..=dice.roll(4) {
            target.push(b'/');
            target.extend_from_slice(dice.pick(PIECES).replace(' ', "+").as_bytes());
        }
    }
    for number in 0..dice.roll(4) {
        target.push(if number == 0 { b'?' } else { b'&' });
        let (name, value) = (dice.pick(PARAMETERS), dice.pick(VALUES));
        target.extend_from_slice(format!("{name}={value}").as_bytes());
    }
    target
}

#[test]
fn no_request_is_answered_with_500() {
    let site = Setup::new().database("library").args(&["-s", "sql_time_limit_ms", "200"]).start();
    let mut dice = Dice(20_260_101);
    let mut connection = site.connect();
    let mut answers = [0; 6];
    for _ in 0..4000 {
        let target = target(&mut dice);
        let shown = String::from_utf8_lossy(&target).into_owned();
        let answer = match connection.try_request("GET", &target, "", b"") {
            Ok(answer) => answer,
            // HTTP itself has limits: the connection may end, the server may not.
            Err(_) => {
                connection = site.connect();
                continue;
            }
        };
        assert!(answer.status < 500, "{shown}: {} {}\n{}", answer.status, answer.text(), site.log());
        answers[usize::from(answer.status / 100)] += 1;
        if answer.header("connection") == Some("close") {
            connection = site.connect();
        }
    }
    // The dice find pages, redirects and mistakes, or they prove nothing.
    assert!(answers[2] > 100 && answers[3] > 10 && answers[4] > 100, "{answers:?}");
    assert!(!site.log().contains("panicked"), "{}", site.log());
}

#[test]
fn a_query_that_takes_too_long_is_ended_and_named() {
    let site = Setup::new().database("library").args(&["-s", "sql_time_limit_ms", "50"]).start();
    let started = Instant::now();
    let answer = site.get(&format!("/library/-/query.json?sql={ENDLESS}"));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("SQL query took too long"), "{}", answer.text());
    let page = site.get(&format!("/library/-/query?sql={ENDLESS}"));
    assert_eq!(page.status, 400);
    assert!(page.text().contains("SQL query took too long") && page.text().contains("SQL Interrupted"));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_client_that_leaves_takes_its_query_along() {
    let args = ["-s", "sql_time_limit_ms", "600000", "-s", "num_sql_threads", "1"];
    let site = Setup::new().database("library").args(&args).start();
    let request = format!("GET /library/-/query.json?sql={ENDLESS} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    for _ in 0..3 {
        site.send_and_leave(request.as_bytes());
    }
    // The only connection is free again, long before the time limit.
    let started = Instant::now();
    let answer = site.get("/library/-/query.json?sql=select+1+as+one&_shape=array");
    assert_eq!(answer.json(), json!([{"one": 1}]));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
#[cfg(unix)]
fn the_end_does_not_wait_for_an_endless_query() {
    let site = Setup::new().database("library").args(&["-s", "sql_time_limit_ms", "600000"]).start();
    let mut connection = site.connect();
    let asking = std::thread::spawn(move || {
        connection.try_request("GET", format!("/library/-/query.json?sql={ENDLESS}").as_bytes(), "", b"")
    });
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    let (code, log) = site.terminate();
    assert_eq!(code, Some(0), "{log}");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    drop(asking.join());
}

/// Writes as another program would, while the site is served.
#[track_caller]
fn check_writes_are_seen(journal: &str) {
    let setup = Setup::new().database("library");
    let path = setup.path("library.db");
    let writer = rusqlite::Connection::open(&path).unwrap();
    let mode: String =
        writer.query_row(&format!("PRAGMA journal_mode = {journal}"), [], |row| row.get(0)).unwrap();
    assert_eq!(mode, journal);
    let site = setup.start();
    let count = |site: &Site| {
        let page = site.get("/library/authors.json?_extra=count&_size=0").json();
        page["count"].as_i64().unwrap()
    };
    assert_eq!(count(&site), 4);
    for number in 1..=5 {
        writer.execute("INSERT INTO authors (name) VALUES ('new')", []).unwrap();
        assert_eq!(count(&site), 4 + number);
    }
    writer
        .execute_batch(
            "CREATE TABLE made (x); INSERT INTO made VALUES (1); ALTER TABLE authors ADD COLUMN died",
        )
        .unwrap();
    assert_eq!(site.get("/library/made.json?_shape=array").json(), json!([{"rowid": 1, "x": 1}]));
    let author = site.get("/library/authors.json?_size=1&_shape=array").json();
    assert!(author[0].as_object().unwrap().contains_key("died"), "{author}");
    writer.execute_batch("DROP TABLE made").unwrap();
    assert_eq!(site.get("/library/made.json").status, 404);
}

#[test]
fn what_others_write_to_a_wal_file_is_seen_at_once() {
    check_writes_are_seen("wal");
}

#[test]
fn what_others_write_to_a_rollback_file_is_seen_at_once() {
    check_writes_are_seen("delete");
}

#[test]
fn a_lock_of_another_program_delays_and_does_not_break() {
    let setup = Setup::new().database("library");
    let writer = rusqlite::Connection::open(setup.path("library.db")).unwrap();
    let site = setup.start();
    assert_eq!(site.get("/library/authors.json").status, 200);
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let port = site.port;
    let asking = std::thread::spawn(move || {
        Connection::open(port).request("GET", "/library/authors.json", "connection: close\r\n", b"")
    });
    std::thread::sleep(Duration::from_millis(300));
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(asking.join().unwrap().status, 200);
}

#[test]
fn five_hundred_tables_are_no_trouble() {
    let setup = Setup::new();
    let connection = rusqlite::Connection::open(setup.path("many.db")).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for number in 0..500 {
        let sql = format!(
            "CREATE TABLE t{number:03} (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t{number:03} VALUES (1, 'a')"
        );
        connection.execute_batch(&sql).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    drop(connection);
    let site = setup.args(&["$D/many.db"]).start();
    let started = Instant::now();
    for target in ["/", "/.json", "/many", "/many.json", "/many/t499", "/many/t000.json"] {
        assert_eq!(site.get(target).status, 200, "{target}");
    }
    let tables = site.get("/many.json").json();
    assert_eq!(tables["tables"].as_array().unwrap().len(), 500);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn many_ask_at_once() {
    let site = Site::library();
    let port = site.port;
    let clients = (0..16).map(|number| {
        std::thread::spawn(move || {
            let mut connection = Connection::open(port);
            (0..20).all(|turn| {
                let target =
                    format!("/library/numbers.json?_size=5&n__gt={}&_shape=array", number * 10 + turn % 3);
                connection.request("GET", &target, "", b"").json()[0]["n"] == number * 10 + turn % 3 + 1
            })
        })
    });
    let clients: Vec<_> = clients.collect();
    assert!(clients.into_iter().all(|client| client.join().unwrap()));
}

#[test]
fn bodies_have_a_limit() {
    let site = Setup::new().database("library").args(&["-s", "max_post_body_bytes", "1000"]).start();
    let body = vec![b'x'; 2000];
    let answer = site.connect().request(
        "POST",
        "/library/books/-/insert",
        "content-type: application/json\r\n",
        &body,
    );
    assert_eq!(answer.status, 413, "{}", answer.text());
}
