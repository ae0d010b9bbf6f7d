//! Files that become tables: by `datasette insert`, and sent by a form.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection as Sqlite;
use serde_json::{Value, json};

use crate::support::{Answer, Setup, Site, sign};

const TREES: &[u8] = "id,name,height,code\n1,Esche,20.5,007\n2,\"Linde, alt\",,8\n".as_bytes();

#[track_caller]
fn dump(path: &std::path::Path, sql: &str) -> String {
    let database = Sqlite::open(path).unwrap();
    let mut statement = database.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column));
        let cells: rusqlite::Result<Vec<_>> = cells.collect();
        Ok(cells?.iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join(" "))
    });
    rows.unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap().join("; ")
}

#[test]
fn a_file_becomes_a_table_of_a_new_database() {
    let setup = Setup::new();
    setup.write("trees.csv", TREES);
    let done = setup.run_command(&["insert", "data.db", "trees", "trees.csv", "--pk", "id"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(done.err, "Inserted 2 rows into trees of data.db; the database is new\n");
    let rows = dump(&setup.path("data.db"), "select * from trees");
    assert_eq!(
        rows,
        "Integer(1) Text(\"Esche\") Real(20.5) Text(\"007\"); Integer(2) Text(\"Linde, alt\") Null Text(\"8\")"
    );
    let again = ["insert", "data.db", "trees", "trees.csv"];
    setup.run_command(&again).assert_refused(1, &["line 2: UNIQUE constraint failed: trees.id"]);
    let done = setup.run_command(&[&again[..], &["--ignore"]].concat());
    assert_eq!(done.err, "Inserted 0 rows into trees of data.db; 2 rows had a key that is taken\n");
    // It is served as any other.
    let served = setup.run(&["data.db", "--get", "/data/trees.json?_shape=array&name=Esche"]);
    assert!(served.out.contains("20.5"), "{served:?}");
}

#[test]
fn a_file_with_a_mistake_leaves_nothing() {
    let setup = Setup::new().database("library");
    setup.write("bad.csv", b"a,b\n1,2\n3\n");
    let refused = setup.run_command(&["insert", "new.db", "t", "bad.csv"]);
    refused.assert_refused(1, &["line 3 has 1 cell, the first line has 2"]);
    assert!(!setup.path("new.db").exists());
    let count = "select (select count(*) from authors), (select count(*) from sqlite_master)";
    let before = dump(&setup.path("library.db"), count);
    setup.write("authors.json", br#"[{"name": "New"}, {"name": "Other", "shoes": 43}]"#);
    let refused = setup.run_command(&["insert", "library.db", "authors", "authors.json", "--truncate"]);
    refused.assert_refused(1, &["row 2: the table authors has no column shoes"]);
    let refused = setup.run_command(&["insert", "library.db", "t", "bad.csv"]);
    refused.assert_refused(1, &["line 3"]);
    assert_eq!(dump(&setup.path("library.db"), count), before);
    setup.write("notes.txt", b"no database");
    let refused = setup.run_command(&["insert", "notes.txt", "t", "bad.csv"]);
    refused.assert_refused(2, &["notes.txt is not a SQLite database"]);
}

/// The command, with something to read from.
fn insert_from_pipe(setup: &Setup, table: &str) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_datasette"));
    let words = ["insert", "data.db", table, "-", "--format", "csv"];
    command.args(words).current_dir(setup.path("."));
    command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let setup = Setup::new();
    let mut running = insert_from_pipe(&setup, "trees");
    running.stdin.take().unwrap().write_all(TREES).unwrap();
    let done = running.wait_with_output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(
        dump(&setup.path("data.db"), "select sum(height), count(*) from trees"),
        "Real(20.5) Integer(2)"
    );
}

#[cfg(unix)]
#[test]
fn whoever_interrupts_an_insert_finds_the_table_as_it_was() {
    let setup = Setup::new();
    let database = Sqlite::open(setup.path("data.db")).unwrap();
    database.execute_batch("create table t (n); insert into t values (1)").unwrap();
    let mut running = insert_from_pipe(&setup, "t");
    let mut input = running.stdin.take().unwrap();
    input.write_all(b"n\n2\n").unwrap();
    // It has begun to write when nobody else may.
    while database.execute_batch("begin immediate; rollback").is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    let killed = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(killed.unwrap().success());
    std::thread::sleep(Duration::from_millis(100));
    let _ = input.write_all("3\n".repeat(5000).as_bytes());
    drop(input);
    let done = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!((done.status.code(), said.contains("Interrupted")), (Some(1), true), "{said}");
    assert_eq!(dump(&setup.path("data.db"), "select * from t"), "Integer(1)");
}

/// The body of a form.
fn form(fields: &[(&str, &str)], file: &str, content: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--sep\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let part = format!(
        "--sep\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{file}\"\r\ncontent-type: text/csv\r\n\r\n"
    );
    body.extend_from_slice(part.as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--sep--\r\n");
    body
}

const FORM: &str = "connection: close\r\ncontent-type: multipart/form-data; boundary=sep\r\n";

fn upload(site: &Site, headers: &str, fields: &[(&str, &str)], file: &str, content: &[u8]) -> Answer {
    let headers = format!("{FORM}{headers}");
    site.connect().request("POST", "/library/-/upload", &headers, &form(fields, file, content))
}

fn permissions(actions: &[&str]) -> Value {
    let allowed: serde_json::Map<String, Value> =
        actions.iter().map(|action| ((*action).to_owned(), json!(true))).collect();
    json!({"permissions": allowed})
}

fn open_site() -> Setup {
    Setup::new().database("library").config(&permissions(&[
        "create-table",
        "insert-row",
        "update-row",
        "alter-table",
    ]))
}

#[test]
fn a_form_puts_a_file_into_a_table() {
    let site = open_site().args(&["-s", "max_post_body_bytes", "500"]).start();
    let page = site.get("/library/-/upload").text();
    assert!(page.contains("multipart/form-data") && page.contains("Up to 1000 MB"), "{page}");
    assert!(site.get("/library").text().contains("/library/-/upload"));
    let mut large = TREES.to_vec();
    for number in 3..2000 {
        large.extend_from_slice(format!("{number},Baum,1.5,{number}\n").as_bytes());
    }
    let answer = upload(&site, "", &[("pk", "id")], "trees.csv", &large);
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some("/library/trees")),
        "{}",
        answer.text()
    );
    let rows = site.get("/library/trees.json?_size=2&_shape=array").json();
    let expected = json!([
        {"id": 1, "name": "Esche", "height": 20.5, "code": "007"},
        {"id": 2, "name": "Linde, alt", "height": null, "code": "8"},
    ]);
    assert_eq!(rows, expected);
    let answer = upload(
        &site,
        "accept: application/json\r\n",
        &[("table", "trees"), ("conflict", "ignore")],
        "x.csv",
        &large,
    );
    let said = answer.json();
    assert_eq!(
        (answer.status, &said["row_count"], &said["ignored_count"]),
        (201, &json!(1999), &json!(1999)),
        "{said}"
    );
    assert_eq!((&said["created"], &said["redirect"]), (&json!(false), &json!("/library/trees")));
    // A small one needs no file on the way.
    let answer = upload(&site, "", &[("table", "small"), ("format", "nl")], "x", b"{\"a\": 1}\n{\"b\": 2}\n");
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(
        site.get("/library/small.json?_shape=arrays").json()["rows"],
        json!([[1, 1, null], [2, null, 2]])
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said_on_the_page() {
    let site = open_site().start();
    let answer = upload(&site, "", &[("table", "t<b>")], "x.csv", b"a,b\n1\n");
    let page = answer.text();
    assert_eq!(answer.status, 400, "{page}");
    assert!(
        page.contains("line 2 has 1 cell, the first line has 2") && page.contains("t&lt;b&gt;"),
        "{page}"
    );
    let json = "accept: application/json\r\n";
    for (fields, file, content, message) in [
        (&[("table", "t")][..], "x", &b"a\n1\n"[..], "The name x does not tell a format; choose one"),
        (&[][..], "", b"", "Choose a file to upload"),
        (&[][..], "x.csv", b"", "The file is empty: there is no line that names the columns"),
        (&[("table", "sqlite_x")][..], "x.csv", b"a\n1\n", "sqlite_x can't be the name of a table"),
        (
            &[("table", "books_fts")][..],
            "x.csv",
            b"title\n1\n",
            "books_fts is a virtual table or part of one; rows go into ordinary tables",
        ),
    ] {
        let answer = upload(&site, json, fields, file, content);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(message)));
    }
    let body = b"--sep\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na\n1\n";
    let answer = site.connect().request("POST", "/library/-/upload", FORM, body);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("Truncated multipart body"), "{}", answer.text());
}

#[test]
fn files_come_from_those_who_may() {
    let config = json!({"databases": {"library": {"tables": {
        "empty": {"permissions": {"insert-row": {"id": "ann"}}},
    }}}});
    let site = Setup::new().database("library").config(&config).args(&["--secret", sign::SECRET]).start();
    assert_eq!(site.get("/library/-/upload").status, 403);
    assert!(!site.get("/library").text().contains("/-/upload"));
    // Refused before a byte of the file has come.
    let huge = format!("{FORM}content-length: 100000000\r\n");
    let request = format!("POST /library/-/upload HTTP/1.1\r\nhost: x\r\n{huge}\r\n");
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut line = [0; 12];
    std::io::Read::read_exact(&mut stream, &mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 403");

    let ann = sign::cookie(&json!({"id": "ann"}));
    let send = |target: &str, fields: &[(&str, &str)], content: &[u8]| {
        let headers = format!("{FORM}accept: application/json\r\n{ann}");
        site.connect().request("POST", target, &headers, &form(fields, "x.csv", content))
    };
    let target = "/library/-/upload?table=empty";
    assert_eq!(send("/library/-/upload", &[("table", "empty")], b"value\nx\n").status, 403);
    assert_eq!(send(target, &[("table", "empty")], b"value\nx\n").status, 201);
    for (fields, needed) in [
        (&[("table", "authors")][..], "insert-row"),
        (&[("table", "new")][..], "create-table"),
        (&[("table", "empty"), ("alter", "1")][..], "alter-table"),
        (&[("table", "empty"), ("conflict", "replace")][..], "update-row"),
    ] {
        let answer = send(target, fields, b"value\nx\n");
        let message = format!("Permission denied: need {needed}");
        assert_eq!((answer.status, answer.json()["error"].as_str()), (403, Some(message.as_str())));
    }
    // Another site's form, in her name.
    let foreign = format!("{FORM}origin: https://evil.example\r\n{ann}");
    let answer = site.connect().request(
        "POST",
        target,
        &foreign,
        &form(&[("table", "empty")], "x.csv", b"value\nx\n"),
    );
    assert_eq!(answer.status, 403);
    let count = site.get("/library/-/query.json?sql=select+count(*)+from+empty&_shape=arrays").json();
    assert_eq!(count["rows"], json!([[1]]));
}

#[test]
fn files_may_not_be_larger_than_the_setting_says() {
    let site = open_site().args(&["-s", "max_upload_mb", "1"]).start();
    let large = [b"a\n".to_vec(), b"12345678\n".repeat(200_000)].concat();
    let answer = upload(&site, "", &[("table", "t")], "t.csv", &large);
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("exceeded maximum size of 1048576 bytes"), "{}", answer.text());
    assert_eq!(site.get("/library/t.json").status, 404);
}

#[test]
fn types_of_columns_look_at_what_is_uploaded() {
    let config = json!({
        "permissions": {"insert-row": true, "create-table": true},
        "databases": {"library": {"tables": {"empty": {"column_types": {"value": "url"}}}}},
    });
    let site = Setup::new().database("library").config(&config).start();
    let json = "accept: application/json\r\n";
    let send = |content: &[u8]| upload(&site, json, &[("table", "empty")], "x.csv", content);
    let answer = send(b"value\nhttps://example.com/\nnonsense\n");
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("line 3: value: Invalid URL")));
    assert_eq!(send(b"value\nhttps://example.com/\n").status, 201);
}
