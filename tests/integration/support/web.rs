//! A web server of files that can be told to misbehave.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

/// What happens to requests for a path that ends in some word.
#[derive(Debug, Clone)]
pub(crate) enum Mischief {
    Status(u16),
    Redirect(String),
    /// The length is that of the file, the body is half of it.
    CutOff,
    /// Other bytes than the file's.
    Instead(Vec<u8>),
}

/// Serves a folder on loopback. Ends with the test, as far as anybody notices.
pub(crate) struct Web {
    pub(crate) port: u16,
    mischief: Arc<Mutex<Vec<(String, Mischief)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    pub(crate) fn serve(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
        let port = listener.local_addr().expect("it listens").port();
        let web = Self { port, mischief: Arc::default(), asked: Arc::default() };
        let (folder, mischief, asked) =
            (folder.to_owned(), Arc::clone(&web.mischief), Arc::clone(&web.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, mischief, asked) = (folder.clone(), Arc::clone(&mischief), Arc::clone(&asked));
                std::thread::spawn(move || drop(answer(stream, &folder, &mischief, &asked)));
            }
        });
        web
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// From now on, for paths that end so.
    pub(crate) fn misbehave(&self, end: &str, how: Mischief) {
        self.mischief.lock().push((end.to_owned(), how));
    }

    /// The paths that were asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock())
    }
}

fn answer(
    mut stream: TcpStream,
    folder: &Path,
    mischief: &Mutex<Vec<(String, Mischief)>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
    }
    asked.lock().push(path.clone());
    let how =
        mischief.lock().iter().find(|(end, _)| path.ends_with(end.as_str())).map(|(_, how)| how.clone());
    let file = std::fs::read(folder.join(path.trim_start_matches('/')));
    let mut send = |head: String, body: &[u8]| {
        stream.write_all(format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").as_bytes())?;
        stream.write_all(body)
    };
    let whole = |bytes: &[u8]| format!("200 OK\r\ncontent-length: {}", bytes.len());
    match (how, file) {
        (Some(Mischief::Status(status)), _) => send(format!("{status} Well\r\ncontent-length: 0"), b""),
        (Some(Mischief::Redirect(to)), _) => {
            send(format!("302 Found\r\nlocation: {to}\r\ncontent-length: 0"), b"")
        }
        (Some(Mischief::CutOff), Ok(bytes)) => send(whole(&bytes), &bytes[..bytes.len() / 2]),
        (Some(Mischief::Instead(bytes)), _) => send(whole(&bytes), &bytes),
        (None, Ok(bytes)) => send(whole(&bytes), &bytes),
        (_, Err(_)) => send("404 Not Found\r\ncontent-length: 0".to_owned(), b""),
    }
}
