//! Answers of plugins that are made while they are sent, forms and files that plugins take, cookies and redirects.

use serde_json::{Value, json};

use crate::support::{Answer, Setup, Site, library};

fn site(wrap: &str) -> Site {
    let config = json!({"plugins": {"fixture-streaming": {"wrap": wrap}}});
    let setup = Setup::new().database("library").config(&config);
    setup.plugin("streaming.so", &library::bytes("fixture-streaming")).start()
}

fn numbers(last: usize) -> String {
    (1..=last).map(|number| format!("{number}\n")).collect()
}

fn wait_for_drops(site: &Site, count: u64) {
    let started = std::time::Instant::now();
    while site.get("/-/dropped").json().as_u64() < Some(count) {
        assert!(started.elapsed().as_secs() < 30, "streams are still held");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn an_answer_is_sent_while_it_is_made() {
    let site = site("");
    let answer = site.get("/-/numbers?last=20000");
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert_eq!(answer.text(), numbers(20_000));
    assert_eq!(site.get("/-/reader").body, vec![b'x'; 200_000]);
    let packed = site.connect().request("GET", "/-/numbers?last=20000", "accept-encoding: gzip\r\n", b"");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < 100_000);
}

#[test]
fn nobody_makes_what_nobody_reads() {
    let site = site("");
    let mut connection = site.connect();
    let head = connection.request("HEAD", "/-/endless", "", b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    wait_for_drops(&site, 1);
    assert_eq!(connection.request("GET", "/-/numbers?last=1", "", b"").text(), "1\n");
    site.send_and_leave(b"GET /-/endless HTTP/1.1\r\nhost: localhost\r\n\r\n");
    wait_for_drops(&site, 3);
}

#[test]
fn an_answer_that_breaks_off_is_not_taken_for_a_whole_one() {
    let site = site("");
    for (target, logged) in [("/-/breaks", "hunter2"), ("/-/panics", "no piece like this")] {
        assert!(site.connect().try_request("GET", target.as_bytes(), "", b"").is_err(), "{target}");
        let log = site.wait_for_log(logged);
        assert!(log.contains("streaming.so"), "{log}");
    }
    assert!(site.log().contains("src/lib.rs:"), "{}", site.log());
    assert_eq!(site.get("/-/numbers?last=2").text(), "1\n2\n");
}

#[test]
fn streams_pass_through_wrappers() {
    let csv = "/library/numbers.csv?_stream=1";
    let looked = site("look");
    assert_eq!(looked.get("/-/numbers").header("x-streamed"), Some("yes"));
    assert_eq!(looked.get("/-/error").header("x-streamed"), Some("no"));
    let plain = looked.get(csv);
    assert_eq!(plain.header("x-streamed"), Some("yes"));
    assert!(plain.text().contains("\n250,one,125"), "{}", plain.text());
    looked.send_and_leave(b"GET /-/endless HTTP/1.1\r\nhost: localhost\r\n\r\n");
    wait_for_drops(&looked, 2);

    let collected = site("collect");
    assert_eq!(collected.get("/-/numbers").header("content-length"), Some("21"));
    assert_eq!(collected.get(csv).text(), plain.text());
    assert_eq!(collected.get("/-/breaks").status, 500, "what can't be made to its end is an error");

    let louder = site("louder");
    assert_eq!(louder.get(csv).text(), plain.text().to_uppercase());
    assert_eq!(louder.get("/-/numbers?last=3").text(), numbers(3));
}

#[test]
fn routes_cookies_redirects_and_errors() {
    let site = site("");
    assert_eq!(site.get("/-/of/1999/a%20b").json(), json!(["1999", "a b"]));
    assert_eq!(site.get("/-/of/99/a").status, 404);
    let cookies = site.get("/-/cookies");
    let set: Vec<&str> =
        cookies.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, it)| it.as_str()).collect();
    let expected = "all=\"v\\073 w\"; Domain=example.com; expires=Thu, 01 Jan 2099 00:00:00 GMT; HttpOnly; \
                    Max-Age=60; Path=/here; SameSite=strict; Secure";
    assert_eq!(set[0], expected);
    assert!(set[1].starts_with("old=") && set[1].contains("Max-Age=0"), "{set:?}");
    let moved = site.get("/-/elsewhere");
    assert_eq!((moved.status, moved.header("location")), (301, Some("/-/numbers")));
    let error = site.get("/-/error");
    assert_eq!((error.status, error.json()["errors"].clone()), (418, json!(["Out of luck"])));
}

const FORM: &str = "content-type: multipart/form-data; boundary=x\r\n";

fn field(name: &str, value: &str) -> Vec<u8> {
    format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}.bin\"\r\n\
         Content-Type: application/x-test\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

fn send(site: &Site, target: &str, parts: &[Vec<u8>]) -> Answer {
    let body = [parts.concat(), b"--x--\r\n".to_vec()].concat();
    site.connect().request("POST", target, FORM, &body)
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

#[test]
fn a_plugin_reads_forms_in_either_encoding() {
    let site = site("");
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    let plain = site.connect().request("POST", "/-/form", kind, b"a=1+2&a=%C3%A9");
    assert_eq!(plain.json(), json!([["a", "1 2"], ["a", "é"]]));
    let parts = [field("a", "one"), file("f", b"bytes"), field("b", "two\r\nlines")];
    assert_eq!(send(&site, "/-/form", &parts).json(), json!([["a", "one"], ["b", "two\r\nlines"]]));
    assert_eq!(send(&site, "/-/form", &[b"--x\r\nbroken".to_vec()]).status, 400);
}

#[test]
fn a_plugin_takes_files_larger_than_memory_is_meant_for() {
    let site = site("");
    // One stays in memory, the other is kept in a file.
    for length in [70_000, 3_000_000] {
        let bytes: Vec<u8> = (0..length).map(|number| (number % 251) as u8).collect();
        let answer = send(&site, "/-/files", &[field("a", "1"), file("f", &bytes), file("g", b"")]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let expected = json!({"fields": [["a", "1"]], "files": [
            ["f", "f.bin", "application/x-test", length, sum(&bytes)],
            ["g", "g.bin", "application/x-test", 0, 0],
        ]});
        assert_eq!(answer.json(), expected);
    }
    let bytes = vec![7; 2_500_000];
    let put = site.connect().request("PUT", "/-/body", "content-type: application/x-test\r\n", &bytes);
    assert_eq!(put.json(), json!([2_500_000, 0, 17_500_000]));
    // Elsewhere such a body is too much.
    assert_eq!(send(&site, "/-/form", &[file("f", &bytes)]).status, 413);
}

#[test]
fn a_plugin_says_who_may_send_files_before_they_come() {
    let site = site("");
    let refused = send(&site, "/-/files?refuse=1", &[file("f", b"x")]);
    assert_eq!(refused.status, 403, "{}", refused.text());
    let elsewhere = format!("{FORM}origin: https://elsewhere.example\r\nsec-fetch-site: cross-site\r\n");
    let forged = site.connect().request("POST", "/-/files", &elsewhere, b"--x--\r\n");
    assert_eq!(forged.status, 403);
    // The client asks first: nothing is sent that is not wanted.
    let asks = format!("{FORM}expect: 100-continue\r\ncontent-length: {}\r\n", 100 * 1024 * 1024 + 1);
    let too_large = site.connect().request("PUT", "/-/files", &asks, b"");
    assert_eq!(too_large.status, 413, "{}", too_large.text());
}

#[test]
fn forms_have_an_end() {
    let site = site("");
    let check = |parts: &[Vec<u8>], expected: &str| {
        let answer = send(&site, "/-/files", parts);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.text().contains(expected), "{}", answer.text());
    };
    check(&vec![field("a", ""); 1001], "Too many fields");
    check(&vec![file("f", b""); 101], "Too many files");
    check(&[field("a", &"x".repeat(102_401))], "Field value too large");
    check(&[file("f", &vec![0; 50 * 1024 * 1024 + 1])], "File too large");
    let well: Value = send(&site, "/-/files", &[file("f", &vec![0; 50 * 1024 * 1024])]).json();
    assert_eq!(well["files"][0][3], 50 * 1024 * 1024);
}
