//! A real server on a free port, a tiny site, and clients that behave well or badly.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{BoundAddress, EdgeOptions, Limits, Listen, Shutdown, Site, StartError, Tls, serve};
use crate::handover::ListeningSocket;
use crate::request::{Cancelled, Request};
use crate::response::{Body, Response, Sink};

#[cfg(unix)]
mod unix;
mod https;

const LONG: Duration = Duration::from_secs(20);

/// Answers by path; `release` lets `/wait` go on.
#[derive(Default)]
struct TinySite {
    options: EdgeOptions,
    release: AtomicBool,
    waiting: AtomicBool,
    saw_cancel: AtomicBool,
    saw_gone: AtomicBool,
    file: PathBuf,
}

impl TinySite {
    fn wait(&self, cancelled: &Cancelled) -> Response {
        self.waiting.store(true, Ordering::SeqCst);
        while !self.release.load(Ordering::SeqCst) {
            if cancelled.is_set() {
                self.saw_cancel.store(true, Ordering::SeqCst);
                return Response::text("cancelled").with_status(499);
            }
            sleep(Duration::from_millis(2));
        }
        Response::text("waited")
    }
}

struct Shared(Arc<TinySite>);

impl Site for Shared {
    fn answer(&self, request: Request) -> Response {
        let site = Arc::clone(&self.0);
        match request.path.as_str() {
            "/hello" => Response::text("hello"),
            "/wait" => site.wait(&request.cancelled),
            "/panic" => panic!("a bug"),
            "/rows" => stream(|sink| {
                for row in 0..100_000 {
                    if sink.write(Bytes::from(format!("{row}\n"))).is_err() {
                        return;
                    }
                }
            }),
            "/half" => stream(|sink| {
                let _ = sink.write(Bytes::from(vec![b'x'; 100_000]));
                panic!("a bug in the middle");
            }),
            "/endless" => stream(move |sink| {
                while sink.write(Bytes::from(vec![b'x'; 65_536])).is_ok() {}
                site.saw_gone.store(true, Ordering::SeqCst);
            }),
            "/file" => {
                let length = std::fs::metadata(&site.file).map_or(0, |metadata| metadata.len());
                let body = Body::File { path: site.file.clone(), length };
                Response { status: 200, headers: Vec::new(), body, is_static: false }
            }
            _ => Response::text(format!(
                "{} path={} full={} query={} args={:?} host={} scheme={} body={}",
                request.method,
                request.path,
                request.full_path,
                request.query_string,
                request.args.iter().collect::<Vec<_>>(),
                request.host,
                request.scheme,
                request.body.len(),
            )),
        }
    }

    fn options(&self) -> &EdgeOptions {
        &self.0.options
    }
}

fn stream(write: impl FnOnce(&mut dyn Sink) + Send + 'static) -> Response {
    let body = Body::Stream(Box::new(write));
    Response { status: 200, headers: Vec::new(), body, is_static: false }
}

struct Server {
    site: Arc<TinySite>,
    address: BoundAddress,
    shutdown: Shutdown,
    thread: Option<JoinHandle<Result<Option<ListeningSocket>, StartError>>>,
}

impl Server {
    fn start(options: EdgeOptions) -> Self {
        Self::listen(options, Listen::Tcp { host: "127.0.0.1".into(), port: 0 }, None, PathBuf::new())
    }

    fn listen(options: EdgeOptions, listen: Listen, tls: Option<Tls>, file: PathBuf) -> Self {
        let site = Arc::new(TinySite { options, file, ..TinySite::default() });
        let shutdown = Shutdown::default();
        let (ready, address) = mpsc::channel();
        let (served, stop) = (Arc::new(Shared(Arc::clone(&site))), shutdown.clone());
        let thread = std::thread::spawn(move || {
            serve(served, &listen, tls.as_ref(), &stop, |address| ready.send(address.clone()).unwrap())
        });
        Self { site, address: address.recv_timeout(LONG).unwrap(), shutdown, thread: Some(thread) }
    }

    fn port(&self) -> u16 {
        match &self.address {
            BoundAddress::Tcp { port, .. } => *port,
            BoundAddress::Uds(path) => panic!("{} has no port", path.display()),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port())).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    /// Sends the bytes and reads until the server closes the connection.
    fn raw(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        Answer::read(&mut stream)
    }

    fn get(&self, target: &str) -> Answer {
        self.raw(format!("GET {target} HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n"))
    }

    fn post(&self, target: &str, body: &str) -> Answer {
        let length = body.len();
        self.raw(format!(
            "POST {target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }

    fn stop(mut self) -> Result<(), StartError> {
        self.shutdown.request();
        self.thread.take().unwrap().join().unwrap().map(|socket| assert!(socket.is_none()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.request();
        self.site.release.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
    /// The connection broke off instead of closing.
    broken: bool,
}

impl Answer {
    fn read(stream: &mut impl Read) -> Self {
        let mut bytes = Vec::new();
        let broken = stream.read_to_end(&mut bytes).is_err();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head, body: bytes.get(end + 4..).unwrap_or_default().to_vec(), broken }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

#[track_caller]
fn eventually(flag: &AtomicBool) {
    let started = Instant::now();
    while !flag.load(Ordering::SeqCst) {
        assert!(started.elapsed() < LONG, "it never happened");
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_answer_has_length_date_and_server() {
    let answer = Server::start(EdgeOptions::default()).get("/hello");
    assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
    assert_eq!(answer.header("content-length"), Some("5"));
    assert_eq!(answer.header("server"), Some("datasette"));
    assert!(answer.header("date").is_some());
}

#[test]
fn paths_and_queries_arrive_as_sent() {
    let options = EdgeOptions { base_url: "/pre/".into(), ..EdgeOptions::default() };
    let server = Server::start(options);
    let answer = server.get("/pre/a%2Fb/~2E?x=%41&y").text();
    assert_eq!(
        answer,
        "GET path=/a%2Fb/~2E full=/pre/a%2Fb/~2E query=x=%41&y args=[(\"x\", \"A\"), (\"y\", \"\")] \
         host=example.com scheme=http body=0"
    );
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start(EdgeOptions::default());
    for (path, length) in [("/hello", Some("5")), ("/rows", None)] {
        let answer = server.raw(format!("HEAD {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"));
        assert_eq!(
            (answer.status, answer.header("content-length"), answer.body.len()),
            (200, length, 0),
            "{path}"
        );
    }
}

#[test]
fn a_connection_serves_several_requests() {
    let server = Server::start(EdgeOptions::default());
    let one = "GET /hello HTTP/1.1\r\nhost: h\r\n\r\n";
    let last = "GET /hello HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    let answer = server.raw([one, one, last].concat());
    assert_eq!(answer.text().matches("hello").count() + 1, 4);
}

#[test]
fn odd_requests_are_answered_or_refused_but_never_break_the_server() {
    let server = Server::start(EdgeOptions::default());
    let long = "a".repeat(200_000);
    let odd: [(Vec<u8>, &[u16]); 14] = [
        (b"GET /%zz%ff%00?%ff=%&&= HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".to_vec(), &[200]),
        (b"GET /\xff\xfe HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".to_vec(), &[400]),
        ("GET /\u{e9} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".into(), &[200, 400]),
        (b"GET /\0 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".to_vec(), &[400]),
        (b"GET /x HTTP/1.1\r\nhost: h\r\nx: \xff\xfe\r\nconnection: close\r\n\r\n".to_vec(), &[200]),
        (b"GET /x HTTP/1.1\r\nhost: \xff\r\nconnection: close\r\n\r\n".to_vec(), &[200, 400]),
        (b"GET /x HTTP/1.1\r\nhost: h\r\nx: \0\r\nconnection: close\r\n\r\n".to_vec(), &[400]),
        (b"GET /x HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec(), &[200, 400]),
        (b"GET http://other/x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".to_vec(), &[200]),
        (b"OPTIONS * HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".to_vec(), &[200]),
        (b"CONNECT h:80 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".to_vec(), &[405]),
        (b"FOO /x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".to_vec(), &[200]),
        (b"\x16\x03\x01garbage\r\n\r\n".to_vec(), &[400]),
        (format!("GET /{long} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").into_bytes(), &[414, 431]),
    ];
    for (bytes, expected) in odd {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let status = server.raw(bytes).status;
        assert!(expected.contains(&status), "{status} for {shown}");
    }
    let many = "x: y\r\n".repeat(500);
    assert_eq!(server.raw(format!("GET / HTTP/1.1\r\nhost: h\r\n{many}\r\n")).status, 431);
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn bodies_up_to_the_limit_are_read() {
    let server = Server::start(EdgeOptions { max_post_body_bytes: 10, ..EdgeOptions::default() });
    assert!(server.post("/x", "0123456789").text().ends_with("body=10"));
    let answer = server.post("/x", "0123456789+");
    let message = "Request body exceeded maximum size of 10 bytes";
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.text(),
        format!("{{\"ok\":false,\"error\":\"{message}\",\"errors\":[\"{message}\"],\"status\":413}}")
    );
    let chunked = "POST /x HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(server.raw(format!("{chunked}6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n")).status, 413);
    assert!(server.raw(format!("{chunked}6\r\n012345\r\n0\r\n\r\n")).text().ends_with("body=6"));
    assert_eq!(server.raw(format!("{chunked}zz\r\n")).status, 400);
    // One that waits for permission is told before it sends.
    let expecting = "POST /x HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 99\r\nexpect: 100-continue\r\n\r\n";
    assert_eq!(server.raw(expecting).status, 413);
}

#[test]
fn a_large_body_that_is_too_large_still_gets_its_answer() {
    let server = Server::start(EdgeOptions { max_post_body_bytes: 10, ..EdgeOptions::default() });
    let answer = server.post("/x", &"x".repeat(5_000_000));
    assert_eq!((answer.status, answer.broken), (413, false));
}

#[test]
fn without_a_limit_bodies_may_be_large() {
    let server = Server::start(EdgeOptions { max_post_body_bytes: 0, ..EdgeOptions::default() });
    assert!(server.post("/x", &"x".repeat(5_000_000)).text().ends_with("body=5000000"));
}

#[test]
fn a_panic_is_one_answer_without_its_reason() {
    let server = Server::start(EdgeOptions::default());
    let answer = server.get("/panic");
    assert_eq!(answer.status, 500);
    assert!(!answer.text().contains("bug"));
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn a_streamed_body_arrives_complete() {
    let answer = Server::start(EdgeOptions::default()).raw("GET /rows HTTP/1.0\r\n\r\n");
    let expected: String = (0..100_000).map(|row| format!("{row}\n")).collect();
    assert!(answer.text() == expected);
}

#[test]
fn a_streamed_body_that_fails_is_not_taken_for_complete() {
    // How much of it arrives before the connection breaks off is a matter of luck.
    let answer = Server::start(EdgeOptions::default()).get("/half");
    assert!(!answer.body.ends_with(b"0\r\n\r\n"), "the end of the body was sent");
}

#[test]
fn a_file_is_sent_in_chunks() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let contents: Vec<u8> = (0..1_000_003u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(file.path(), &contents).unwrap();
    let listen = Listen::Tcp { host: "127.0.0.1".into(), port: 0 };
    let server = Server::listen(EdgeOptions::default(), listen, None, file.path().to_owned());
    let answer = server.get("/file");
    assert_eq!(answer.header("content-length"), Some("1000003"));
    assert!(answer.body == contents);
    drop(file);
    assert_eq!(server.get("/file").status, 500);
}

#[test]
fn a_client_that_leaves_cancels_its_request() {
    let server = Server::start(EdgeOptions::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /wait HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    eventually(&server.site.waiting);
    assert!(!server.site.saw_cancel.load(Ordering::SeqCst));
    drop(stream);
    eventually(&server.site.saw_cancel);
}

#[test]
fn a_client_that_leaves_ends_its_stream() {
    let server = Server::start(EdgeOptions::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /endless HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 4096]).unwrap();
    drop(stream);
    eventually(&server.site.saw_gone);
}

#[test]
fn a_client_that_stops_reading_does_not_keep_its_thread() {
    let limits = Limits { stalled: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(EdgeOptions { limits, threads: 1, ..EdgeOptions::default() });
    let mut stream = server.connect();
    stream.write_all(b"GET /endless HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    eventually(&server.site.saw_gone);
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn a_full_queue_asks_to_come_back() {
    let server = Server::start(EdgeOptions { threads: 1, queue: 1, ..EdgeOptions::default() });
    let mut waiting: Vec<TcpStream> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut waiting {
        stream.write_all(b"GET /wait HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    }
    // One is answered; the other can be seen by nobody while it waits for the thread.
    eventually(&server.site.waiting);
    sleep(Duration::from_millis(300));
    let refused = server.get("/hello.json");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    server.site.release.store(true, Ordering::SeqCst);
    for mut stream in waiting {
        assert_eq!(Answer::read(&mut stream).text(), "waited");
    }
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn silent_and_slow_clients_are_sent_away() {
    let brief = Duration::from_millis(200);
    let limits = Limits { idle: brief, stalled: brief, ..Limits::default() };
    let server = Server::start(EdgeOptions { limits, ..EdgeOptions::default() });
    // Nothing at all, part of the HTTP/2 greeting, part of the headers: the connection just ends.
    for begun in ["", "PRI * HT", "GET / HTTP/1.1\r\nx: "] {
        assert_eq!(server.raw(begun).status, 0, "{begun}");
    }
    // A complete head without its body gets an answer.
    let answer = server.raw("POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nx");
    assert_eq!(answer.status, 408);
}

#[test]
fn a_slow_answer_is_not_an_idle_connection() {
    let limits = Limits { idle: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(EdgeOptions { limits, ..EdgeOptions::default() });
    let mut stream = server.connect();
    stream.write_all(b"GET /wait HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    eventually(&server.site.waiting);
    sleep(Duration::from_millis(400));
    server.site.release.store(true, Ordering::SeqCst);
    assert_eq!(Answer::read(&mut stream).text(), "waited");
}

#[test]
fn running_requests_are_finished_before_the_end() {
    let server = Server::start(EdgeOptions::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /wait HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    let idle = server.connect();
    eventually(&server.site.waiting);
    server.shutdown.request();
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", server.port())).is_ok() {
        assert!(started.elapsed() < LONG, "it still accepts connections");
        sleep(Duration::from_millis(2));
    }
    server.site.release.store(true, Ordering::SeqCst);
    assert_eq!(Answer::read(&mut stream).text(), "waited");
    server.stop().unwrap();
    drop(idle);
}

#[test]
fn requests_that_run_too_long_are_cancelled_at_the_end() {
    let limits = Limits { grace: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(EdgeOptions { limits, ..EdgeOptions::default() });
    let mut stream = server.connect();
    stream.write_all(b"GET /wait HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    eventually(&server.site.waiting);
    let site = Arc::clone(&server.site);
    server.stop().unwrap();
    assert!(site.saw_cancel.load(Ordering::SeqCst));
}

#[test]
fn a_port_in_use_is_said_so() {
    let server = Server::start(EdgeOptions::default());
    let port = server.port();
    let site = Arc::new(Shared(Arc::default()));
    let listen = Listen::Tcp { host: "127.0.0.1".into(), port };
    let error = serve(site, &listen, None, &Shutdown::default(), |_| panic!("it started")).unwrap_err();
    let expected = format!(
        "Port {port} on 127.0.0.1 is in use; stop the program that uses it or choose another with --port"
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_socket_that_is_handed_over_refuses_nobody() {
    let mut first = Server::start(EdgeOptions::default());
    let port = first.port();
    first.shutdown.hand_over();
    let socket = first.thread.take().unwrap().join().unwrap().unwrap().expect("it was asked for");
    // Between the two servers.
    let mut early = first.connect();
    early.write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let address = Listen::Tcp { host: "127.0.0.1".into(), port };
    let listen = Listen::Inherited(Arc::new(socket), Box::new(address));
    let second = Server::listen(EdgeOptions::default(), listen, None, PathBuf::new());
    assert_eq!(second.port(), port);
    let mut answer = String::new();
    early.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
}

#[test]
fn who_is_connected_when_a_server_stops_may_still_ask() {
    for hands_over in [false, true] {
        let mut server = Server::start(EdgeOptions::default());
        let mut early = server.connect();
        // Connections are taken in their order.
        assert_eq!(server.get("/hello").status, 200);
        if hands_over {
            server.shutdown.hand_over();
        } else {
            server.shutdown.request();
        }
        sleep(Duration::from_millis(20));
        early.write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let answer = Answer::read(&mut early);
        assert_eq!((answer.status, answer.broken), (200, false), "{}", answer.head);
        server.thread.take().unwrap().join().unwrap().unwrap();
    }
}

#[test]
fn who_never_asks_does_not_hold_up_the_end() {
    let server = Server::start(EdgeOptions::default());
    let (silent, mut slow) = (server.connect(), server.connect());
    assert_eq!(server.get("/hello").status, 200);
    let started = Instant::now();
    let slowly = std::thread::spawn(move || {
        // A request that never ends, from after the end on.
        while slow.write_all(b"G").is_ok() && started.elapsed() < LONG {
            sleep(Duration::from_millis(50));
        }
    });
    server.stop().unwrap();
    assert!(started.elapsed() < Limits::default().grace, "it waited {:?}", started.elapsed());
    slowly.join().unwrap();
    drop(silent);
}

#[test]
fn whoever_stops_a_server_that_hands_over_stops_it() {
    let mut server = Server::start(EdgeOptions::default());
    server.shutdown.hand_over();
    server.shutdown.request();
    assert!(server.thread.take().unwrap().join().unwrap().unwrap().is_none());
}
