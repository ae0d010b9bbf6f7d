//! What was answered with ok is in the file, and nothing is half done: whatever happens to the server, to its
//! client or to the disk.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::Connection as Sqlite;
use serde_json::{Value, json};

use crate::support::{Answer, Connection, Setup, Site};

const HEADERS: &str = "content-type: application/json\r\n";
const WRITERS: usize = 4;
/// Each write adds so many rows.
const ROWS: usize = 3;

/// A site that writes to that file, for anybody.
fn site(database: &Path) -> Setup {
    let permissions = json!({"insert-row": true, "update-row": true, "delete-row": true});
    Setup::new().config(&json!({"permissions": permissions})).args(&[&database.display().to_string()])
}

fn table(folder: &tempfile::TempDir, journal: &str) -> PathBuf {
    let path = folder.path().join("data.db");
    let database = Sqlite::open(&path).unwrap();
    database.pragma_update(None, "journal_mode", journal).unwrap();
    database
        .execute_batch("create table t (id integer primary key, batch text, part integer, filling text)")
        .unwrap();
    path
}

fn batch(name: &str, rows: usize, filling: &str) -> Value {
    let row = |part: usize| json!({"batch": name, "part": part, "filling": filling});
    json!({"rows": (0..rows).map(row).collect::<Value>()})
}

fn insert(site: &Site, body: &Value) -> Answer {
    let headers = format!("connection: close\r\n{HEADERS}");
    site.connect().request("POST", "/data/t/-/insert", &headers, body.to_string().as_bytes())
}

fn check_whole(path: &Path) {
    let database = Sqlite::open(path).unwrap();
    let checked: String = database.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(checked, "ok");
}

fn parts(path: &Path, name: &str) -> i64 {
    let database = Sqlite::open(path).unwrap();
    database.query_row("select count(*) from t where batch = ?", [name], |row| row.get(0)).unwrap()
}

/// Writes until the server is gone; the names of what it said was written.
fn write_until_the_end(port: u16, name: &str, stop: &AtomicBool) -> Vec<String> {
    let mut said = Vec::new();
    let mut connection = Connection::open(port);
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let name = format!("{name}-{number}");
        let body = batch(&name, ROWS, "x").to_string();
        match connection.try_request("POST", b"/data/t/-/insert", HEADERS, body.as_bytes()) {
            Ok(answer) if answer.status == 201 => said.push(name),
            Ok(answer) => panic!("{}", answer.text()),
            Err(_) => break,
        }
    }
    said
}

#[cfg(unix)]
fn check_kills(journal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = table(&folder, journal);
    let mut said = Vec::new();
    for round in 0..25 {
        let site = site(&path).start();
        let (port, stop) = (site.port, AtomicBool::new(false));
        said.extend(std::thread::scope(|scope| {
            let names = (0..WRITERS).map(|writer| format!("{round}-{writer}"));
            let stop = &stop;
            let writers: Vec<_> =
                names.map(|name| scope.spawn(move || write_until_the_end(port, &name, stop))).collect();
            // At another moment each time.
            std::thread::sleep(Duration::from_millis(20 + round * 7 % 60));
            site.signal("KILL");
            stop.store(true, Ordering::SeqCst);
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
        }));
    }
    assert!(said.len() > 50, "only {} writes in all", said.len());
    check_whole(&path);
    let database = Sqlite::open(&path).unwrap();
    let mut whole =
        database.prepare("select batch, count(*), count(distinct part) from t group by batch").unwrap();
    let rows = whole
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)));
    let found: Vec<(String, i64, i64)> = rows.unwrap().collect::<rusqlite::Result<_>>().unwrap();
    for (name, rows, distinct) in &found {
        assert_eq!((*rows, *distinct), (ROWS as i64, ROWS as i64), "{name} is half done");
    }
    let found: std::collections::HashSet<&String> = found.iter().map(|(name, ..)| name).collect();
    let lost: Vec<_> = said.iter().filter(|name| !found.contains(name)).collect();
    assert!(lost.is_empty(), "{lost:?} were said to be written");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_killed_has_kept_what_it_said() {
    check_kills("delete");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_killed_has_kept_what_it_said_in_a_wal_file_too() {
    check_kills("wal");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_harms_nothing() {
    for journal in ["delete", "wal"] {
        let folder = tempfile::tempdir().unwrap();
        let path = table(&folder, journal);
        let site = site(&path).limit_files("2000").start();
        let filling = "x".repeat(50_000);
        let mut written = Vec::new();
        let refused = loop {
            let name = format!("b{}", written.len());
            let answer = insert(&site, &batch(&name, 2, &filling));
            if answer.status != 201 {
                break answer;
            }
            written.push(name);
            assert!(written.len() < 200, "the disk is never full");
        };
        let said = refused.json();
        let message = "The disk is full: nothing was written. Make room and try again";
        assert_eq!((refused.status, said["error"].as_str()), (507, Some(message)), "{journal}: {said}");
        assert!(site.wait_for_log("disk is full").contains("disk is full"));
        let rows = "/data/-/query.json?sql=select+count(*)+from+t&_shape=arrays";
        assert_eq!(site.get(rows).json()["rows"], json!([[written.len() * 2]]), "{journal}");
        // Room is made, and writing goes on.
        let delete = |id: usize| {
            let headers = format!("connection: close\r\n{HEADERS}");
            site.connect().request("POST", &format!("/data/t/{id}/-/delete"), &headers, b"{}")
        };
        if journal == "delete" {
            for id in 1..=4 {
                assert_eq!(delete(id).status, 200, "{}", delete(id).text());
            }
            assert_eq!(insert(&site, &batch("later", 2, &filling)).status, 201);
        }
        drop(site);
        check_whole(&path);
        for (number, name) in written.iter().enumerate() {
            let expected = if journal == "delete" && number < 2 { 0 } else { 2 };
            assert_eq!(parts(&path, name), expected, "{journal}: {name}");
        }
    }
}

#[test]
fn a_write_whose_client_left_is_whole_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = table(&folder, "delete");
    let site = site(&path).start();
    for number in 0..20 {
        let body = batch(&format!("gone-{number}"), 100, &"x".repeat(1000)).to_string();
        let head = format!(
            "POST /data/t/-/insert HTTP/1.1\r\nhost: localhost\r\n{HEADERS}content-length: {}\r\n\r\n",
            body.len()
        );
        let bytes = [head.as_bytes(), body.as_bytes()].concat();
        // The whole of it, or all but the end.
        let sent = bytes.len() - if number % 4 == 3 { 10 } else { 0 };
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", site.port)).unwrap();
        std::io::Write::write_all(&mut stream, &bytes[..sent]).unwrap();
        std::thread::sleep(Duration::from_millis(number * 2));
        drop(stream);
    }
    // It comes after all of them.
    assert_eq!(insert(&site, &batch("last", 1, "x")).status, 201);
    drop(site);
    check_whole(&path);
    for number in 0..20 {
        let found = parts(&path, &format!("gone-{number}"));
        assert!(found == 0 || (found == 100 && number % 4 != 3), "{found} rows of {number}");
    }
}

#[test]
fn a_lock_of_another_program_is_waited_for_and_then_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = table(&folder, "delete");
    let site = site(&path).start();
    let other = Sqlite::open(&path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let refused = insert(&site, &batch("refused", 2, "x"));
    let message = "The database is locked by another process; try again in a moment";
    assert_eq!((refused.status, refused.json()["error"].as_str()), (503, Some(message)));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let waited = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| insert(&site, &batch("waited", 2, "x")).status);
        std::thread::sleep(Duration::from_millis(500));
        other.execute_batch("rollback").unwrap();
        waiting.join().unwrap()
    });
    assert_eq!((waited, parts(&path, "waited"), parts(&path, "refused")), (201, 2, 0));
}

/// A rollback journal as it is found after a program was killed in the middle of a write.
#[test]
fn what_another_program_left_half_done_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let path = table(&folder, "delete");
    let site = site(&path).start();
    assert_eq!(insert(&site, &batch("before", 2, &"x".repeat(20_000))).status, 201);
    let (copy, journal) = (folder.path().join("copy.db"), folder.path().join("data.db-journal"));
    let other = Sqlite::open(&path).unwrap();
    // Pages that do not fit into its memory are written before the end.
    other
        .execute_batch("pragma cache_size = 1; begin immediate; update t set filling = zeroblob(100000)")
        .unwrap();
    std::fs::copy(&path, &copy).unwrap();
    let left = std::fs::read(&journal).unwrap();
    other.execute_batch("rollback").unwrap();
    drop(other);
    std::fs::write(&path, std::fs::read(&copy).unwrap()).unwrap();
    std::fs::write(&journal, left).unwrap();
    let rows = || site.get("/data/-/query.json?sql=select+length(filling)+from+t&_shape=arrays");
    // Connections that read may not put it in order: the first one says to come back, and has it done.
    let first = rows();
    assert_eq!(first.status, 503, "{}", first.text());
    assert_eq!(rows().json()["rows"], json!([[20_000], [20_000]]));
    drop(site);
    check_whole(&path);
}
