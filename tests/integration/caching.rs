//! What is not sent again, and what is sent compressed.

use std::io::Read as _;

use rusqlite::Connection as Sqlite;

use crate::support::{Answer, Setup, Site};

/// One of each kind of answer about a database.
const DATA: &[&str] = &[
    "/",
    "/.json",
    "/library",
    "/library.json",
    "/library/books",
    "/library/books?_facet=author_id&_sort_desc=title",
    "/library/books.json",
    "/library/books.json?_shape=array&_extra=count,columns",
    "/library/books.csv",
    "/library/books.csv?_stream=1",
    "/library/books.ndjson",
    "/library/books.ndjson?_stream=1",
    "/library/books/1",
    "/library/books/1.json",
    "/library/books/1.csv",
    "/library/cheap_books",
    "/library/-/query?sql=select+1",
    "/library/-/query.json?sql=select+1",
    "/library/-/query.csv?sql=select+1",
    "/library/-/schema.json",
    "/-/static/app.css",
    "/-/jump.json?q=books",
];

fn ask(site: &Site, method: &str, target: &str, headers: &str) -> Answer {
    site.connect().request(method, target, &format!("{headers}connection: close\r\n"), b"")
}

fn ask_again(site: &Site, target: &str, etag: &str) -> Answer {
    ask(site, "GET", target, &format!("if-none-match: {etag}\r\n"))
}

#[track_caller]
fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("no etag: {answer:?}")).to_owned()
}

#[test]
fn nothing_about_an_immutable_database_is_sent_twice() {
    let setup = Setup::new();
    let path = setup.path("library.db");
    crate::support::database(&path, "library");
    let site = setup.args(&["-i", &path.display().to_string()]).start();
    for target in DATA.iter().chain(&["/library.db"]) {
        let first = ask(&site, "GET", target, "");
        assert_eq!(first.status, 200, "{target}");
        let etag = etag(&first);
        let again = ask_again(&site, target, &etag);
        assert_eq!((again.status, again.header("etag")), (304, Some(etag.as_str())), "{target}");
        assert_eq!(again.header("vary").is_some(), first.header("vary").is_some(), "{target}");
        let head = ask(&site, "HEAD", target, &format!("if-none-match: {etag}\r\n"));
        assert_eq!(head.status, 304, "{target}");
        assert_eq!(ask_again(&site, target, "\"another\"").status, 200, "{target}");
    }
}

#[test]
fn what_another_program_writes_is_seen_at_once() {
    let site = Site::library();
    let writer = Sqlite::open(site.path("library.db")).unwrap();
    for target in DATA {
        let first = ask(&site, "GET", target, "");
        // A stream of a database that may change has no tag: nobody knows it before it is sent.
        assert_eq!(first.header("etag").is_none(), target.contains("_stream"), "{target}");
    }
    for target in ["/library/books.json", "/library/books", "/library/books.csv", "/library/books/1.json"] {
        let first = etag(&ask(&site, "GET", target, ""));
        assert_eq!(ask_again(&site, target, &first).status, 304, "{target}");
        writer.execute("update books set title = title || '!' where id = 1", []).unwrap();
        let changed = ask_again(&site, target, &first);
        assert_eq!(changed.status, 200, "{target}");
        assert!(changed.text().contains('!'), "{target}");
    }
}

#[test]
fn nothing_for_somebody_is_kept() {
    let site = Site::library();
    let answer = ask(&site, "GET", "/library/books.json", "cookie: a=1\r\n");
    assert_eq!((answer.header("cache-control"), answer.header("etag")), (Some("private, no-store"), None));
}

#[test]
fn every_coding_says_the_same() {
    let site = Site::library();
    for target in ["/library/books", "/library/books.csv?_stream=1", "/-/static/app.css"] {
        let plain = ask(&site, "GET", target, "");
        assert_eq!(plain.header("content-encoding"), None);
        for coding in ["gzip", "br", "zstd"] {
            let sent = ask(&site, "GET", target, &format!("accept-encoding: {coding}\r\n"));
            assert_eq!(sent.header("content-encoding"), Some(coding), "{target}");
            assert!(sent.header("vary").is_some_and(|vary| vary.contains("Accept-Encoding")), "{target}");
            let mut body = Vec::new();
            match coding {
                "gzip" => flate2::read::GzDecoder::new(&sent.body[..]).read_to_end(&mut body).unwrap(),
                "br" => brotli::Decompressor::new(&sent.body[..], 4096).read_to_end(&mut body).unwrap(),
                _ => {
                    zstd::stream::read::Decoder::new(&sent.body[..]).unwrap().read_to_end(&mut body).unwrap()
                }
            };
            assert!(body == plain.body, "{target} {coding}");
            let Some(plain_etag) = plain.header("etag") else { continue };
            let etag = etag(&sent);
            assert_ne!(etag, plain_etag, "other bytes have another strong tag");
            let headers = format!("accept-encoding: {coding}\r\nif-none-match: {etag}\r\n");
            let again = ask(&site, "GET", target, &headers);
            assert_eq!((again.status, again.header("etag")), (304, Some(etag.as_str())), "{target}");
        }
    }
}

#[test]
fn a_trusted_proxy_says_how_the_request_came() {
    let next_url = |site: &Site| {
        let answer = ask(site, "GET", "/library/books.json?_size=1", "x-forwarded-proto: https\r\n");
        answer.json()["next_url"].as_str().unwrap().to_owned()
    };
    assert!(next_url(&Site::library()).starts_with("http://"));
    let trusting =
        |list: &str| Setup::new().database("library").args(&["--forwarded-allow-ips", list]).start();
    assert!(next_url(&trusting("127.0.0.1")).starts_with("https://"));
    assert!(next_url(&trusting("10.0.0.0/8")).starts_with("http://"));
    let wrong = Setup::new().run(&["--forwarded-allow-ips", "my-proxy"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("my-proxy is no address or network"), "{}", wrong.err);
}
