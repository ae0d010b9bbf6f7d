//! `serve --reload`: another server takes the place of the one that runs.

#![cfg(unix)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{Connection, Setup, Site, library};

/// What a server says when it listens; once more for each that takes its place.
const RUNNING: &str = "Datasette is running on";

fn titled(title: &str) -> Vec<u8> {
    format!("title: {title}\n").into_bytes()
}

fn start() -> Site {
    let setup = Setup::new().database("library");
    setup.write("metadata.yaml", &titled("Before"));
    setup.args(&["-m", "$D/metadata.yaml", "--reload"]).start()
}

fn write(site: &Site, name: &str, bytes: &[u8]) {
    std::fs::write(site.path(name), bytes).unwrap();
}

#[test]
fn a_change_of_metadata_is_on_the_pages_and_nobody_is_refused() {
    let site = start();
    let page = site.get("/library/books");
    assert_eq!(page.header("cache-control"), Some("no-cache"), "nothing is kept of what changes");
    assert!(site.get("/").text().contains("Before"));

    let (port, done) = (site.port, Arc::new(AtomicBool::new(false)));
    let is_done = Arc::clone(&done);
    let visitor = std::thread::spawn(move || {
        let mut answers = 0;
        while !is_done.load(Ordering::SeqCst) {
            let answer = Connection::open(port).request("GET", "/library.json", "connection: close\r\n", b"");
            assert_eq!(answer.status, 200);
            answers += 1;
        }
        answers
    });
    for round in 1..=2 {
        write(&site, "metadata.yaml", &titled(&format!("After {round}")));
        site.wait_for_log_times(RUNNING, round + 1);
        assert!(site.get("/").text().contains(&format!("After {round}")), "{}", site.log());
    }
    done.store(true, Ordering::SeqCst);
    assert!(visitor.join().expect("everybody was answered") > 0);
    assert!(site.log().contains("Changed: "), "{}", site.log());
    assert_eq!(site.terminate().0, Some(0));
}

#[test]
fn a_mistake_leaves_the_server_as_it_was() {
    let site = start();
    write(&site, "metadata.yaml", b"title: [\n");
    let log = site.wait_for_log("Still serving what was there before.");
    assert!(log.contains("Error: ") && log.contains("metadata.yaml"), "{log}");
    assert!(site.get("/").text().contains("Before"));
    write(&site, "metadata.yaml", &titled("Mended"));
    site.wait_for_log_times(RUNNING, 2);
    assert!(site.get("/").text().contains("Mended"));
}

#[test]
fn a_library_that_is_built_anew_is_loaded() {
    let setup = Setup::new().plugin("mine.so", &library::bytes("fixture-commands"));
    let site = setup.args(&["--reload"]).start();
    assert_eq!(site.get("/-/hello").status, 404);
    write(&site, "plugins/mine.so", &library::bytes("hello"));
    site.wait_for_log_times(RUNNING, 2);
    assert_eq!(site.get("/-/hello").status, 200, "{}", site.log());
    // One more, in a folder that the server looks into.
    write(&site, "plugins/every.so", &library::bytes("fixture-every-hook"));
    site.wait_for_log_times(RUNNING, 3);
    assert_eq!(site.get("/-/hooks").status, 200);
}

#[test]
fn requests_that_run_are_finished_first() {
    let setup = Setup::new().database("library").args(&["-s", "sql_time_limit_ms", "20000", "--reload"]);
    setup.write("metadata.yaml", &titled("Before"));
    let site = setup.args(&["-m", "$D/metadata.yaml"]).start();
    let sql = "with+recursive+c(n)+as+(select+1+union+all+select+n%2B1+from+c+where+n+%3C+6000000)+select+count(*)+from+c";
    let mut connection = site.connect();
    let asking = std::thread::spawn(move || {
        connection.request("GET", &format!("/library/-/query.json?sql={sql}&_shape=arrays"), "", b"")
    });
    write(&site, "metadata.yaml", &titled("After"));
    site.wait_for_log_times(RUNNING, 2);
    assert_eq!(asking.join().unwrap().status, 200, "{}", site.log());
}

#[test]
fn whoever_is_signed_in_stays_so() {
    let setup = Setup::new().database("library").args(&["--root", "--reload"]);
    setup.write("site/templates/_footer.html", b"<p>Before</p>");
    let site = setup.args(&["--template-dir", "$D/site/templates"]).start();
    let link = site.first_output_line();
    let signed_in = site.get(&link[link.find("/-/auth-token").unwrap()..]);
    let cookie =
        signed_in.header("set-cookie").unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    write(&site, "site/templates/_footer.html", b"<p>After</p>");
    site.wait_for_log_times(RUNNING, 2);
    let who = site.connect().request("GET", "/-/actor.json", &format!("cookie: {cookie}\r\n"), b"");
    assert_eq!(who.json()["actor"]["id"], "root");
    assert!(site.get("/").text().contains("After"));
}

#[test]
fn a_socket_file_is_handed_over() {
    use std::os::unix::net::UnixStream;

    let setup = Setup::new().args(&["--uds", "$D/site.sock", "--reload", "-m", "$D/metadata.yaml"]);
    setup.write("metadata.yaml", &titled("Before"));
    let site = setup.start_elsewhere();
    let path = site.path("site.sock");
    write(&site, "metadata.yaml", &titled("After"));
    site.wait_for_log_times(RUNNING, 2);
    let mut connection = Connection::over(UnixStream::connect(&path).unwrap());
    let answer = connection.request("GET", "/", "connection: close\r\n", b"");
    assert!(answer.text().contains("After"));
    drop(connection);
    let folder = site.folder().to_owned();
    assert_eq!(site.terminate().0, Some(0));
    assert!(!folder.join("site.sock").exists());
}
