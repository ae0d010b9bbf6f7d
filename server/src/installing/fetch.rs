//! Asks web servers, and believes them nothing: sizes, times and redirects have limits.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::Url;

use super::address::{is_loopback, is_private};
use super::error::{Error, Result};

/// How long a server may take.
struct Patience {
    connect: Duration,
    /// Until the first line of an answer, and between two pieces of it.
    silence: Duration,
    whole: Duration,
}

const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(10),
    silence: Duration::from_secs(30),
    whole: Duration::from_secs(20 * 60),
};
const MOST_REDIRECTS: usize = 5;

/// Asks for files.
pub(super) struct Client {
    agent: Agent,
}

/// What may become of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes.
    pub(super) size: u64,
    /// Whether another server may be asked instead. Only for what has a known hash.
    pub(super) other_hosts: bool,
}

impl Client {
    pub(super) fn new() -> Result<Self> {
        Self::with(&PATIENCE)
    }

    fn with(patience: &Patience) -> Result<Self> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.silence))
            .timeout_per_read(Some(patience.silence))
            .timeout_global(Some(patience.whole))
            .user_agent(concat!("datasette/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls()?);
        Ok(Self { agent: config.build().into() })
    }

    /// A small file as a whole; `None` if there is none.
    pub(super) fn small(&self, url: &Url, limits: Limits) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let length = self.download(url, limits, &mut bytes, &mut |_, _| ())?;
        Ok(length.map(|_| bytes))
    }

    /// Writes a file to `sink`; `None` if there is none. `watch` hears how far it is, and of how much if that is known.
    pub(super) fn download(
        &self,
        url: &Url,
        limits: Limits,
        sink: &mut dyn Write,
        watch: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Option<u64>> {
        let mut at = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut answer = self.ask(&at)?;
            let status = answer.status();
            match status.as_u16() {
                200 => {
                    let length = answer.body().content_length();
                    return pour(&at, length, answer.body_mut().as_reader(), limits, sink, watch).map(Some);
                }
                301 | 302 | 303 | 307 | 308 => {
                    let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
                    at = redirected(&at, location, limits)?;
                }
                404 | 410 => return Ok(None),
                _ => {
                    return Err(Error::unreachable(format!(
                        "{at} could not be fetched: the server answers {status}"
                    )));
                }
            }
        }
        Err(Error::unreachable(format!(
            "{url} could not be fetched: it leads from one address to the next without end"
        )))
    }

    fn ask(&self, url: &Url) -> Result<ureq::http::Response<ureq::Body>> {
        let request = self.agent.get(url.as_str());
        // What is on this machine is not asked of a proxy.
        let request = if is_loopback(url) { request.config().proxy(None).build() } else { request };
        request
            .call()
            .map_err(|error| Error::unreachable(format!("{url} could not be fetched: {}", reason(&error))))
    }
}

fn redirected(from: &Url, location: Option<&str>, limits: Limits) -> Result<Url> {
    let to = location.and_then(|location| from.join(location).ok());
    let to = to.filter(|to| matches!(to.scheme(), "http" | "https"));
    let Some(to) = to else {
        return Err(Error::unreachable(format!("{from} leads to nowhere: its redirect has no address")));
    };
    let same = (from.host_str(), from.port_or_known_default()) == (to.host_str(), to.port_or_known_default());
    if !same && !limits.other_hosts {
        return Err(Error::unverified(format!(
            "{from} leads to another server, {to}. An index is only believed where it was looked for; if that is the \
             right one, give it with --index."
        )));
    }
    if is_private(from) && !is_private(&to) {
        return Err(Error::unverified(format!(
            "{from} leads away from https, to {to}; nothing was fetched from there"
        )));
    }
    Ok(to)
}

fn pour(
    url: &Url,
    length: Option<u64>,
    mut body: impl Read,
    limits: Limits,
    sink: &mut dyn Write,
    watch: &mut dyn FnMut(u64, Option<u64>),
) -> Result<u64> {
    let too_large =
        || Error::unverified(format!("{url} is larger than the {} bytes that it may have", limits.size));
    if length.is_some_and(|length| length > limits.size) {
        return Err(too_large());
    }
    let mut buffer = vec![0; 64 * 1024];
    let mut done = 0;
    loop {
        let read = body.read(&mut buffer).map_err(|error| {
            let of = length.map(|length| format!(" of {length}")).unwrap_or_default();
            Error::unreachable(format!("{url} was cut off after {done}{of} bytes: {error}"))
        })?;
        if read == 0 {
            break;
        }
        done += read as u64;
        if done > limits.size {
            return Err(too_large());
        }
        sink.write_all(buffer.get(..read).unwrap_or_default()).map_err(|error| {
            Error::failed(format!("{url} can't be kept: {}", super::error::plain(&error)))
        })?;
        watch(done, length);
    }
    if length.is_some_and(|length| length != done) {
        return Err(Error::unreachable(format!(
            "{url} was cut off after {done} of {} bytes",
            length.unwrap_or_default()
        )));
    }
    Ok(done)
}

/// In one sentence without the names of Rust.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "the server does not answer in time".to_owned(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::ConnectionFailed => "nobody answers there".to_owned(),
        ureq::Error::Io(error) => super::error::plain(error),
        error => error.to_string(),
    }
}

/// The usual authorities; instead of them those in `SSL_CERT_FILE`, for networks with an authority of their own.
fn tls() -> Result<TlsConfig> {
    let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) else {
        return Ok(TlsConfig::builder().root_certs(RootCerts::WebPki).build());
    };
    let wrong = |why: String| {
        Error::failed(format!("The certificates of SSL_CERT_FILE, {}, can't be read: {why}", path.display()))
    };
    let found = CertificateDer::pem_file_iter(&path).map_err(|error| wrong(error.to_string()))?;
    let found: Vec<_> =
        found.collect::<std::result::Result<_, _>>().map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() {
        return Err(wrong("there are none in it".to_owned()));
    }
    let certificates = found.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    Ok(TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(certificates))).build())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[track_caller]
    fn check(from: &str, location: &str, other_hosts: bool, expected: Result<&str, &str>) {
        let limits = Limits { size: 1, other_hosts };
        match (redirected(&Url::parse(from).unwrap(), Some(location), limits), expected) {
            (Ok(to), Ok(expected)) => assert_eq!(to.as_str(), expected),
            (Err(error), Err(word)) => assert!(error.message.contains(word), "{error}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn an_index_stays_on_its_server_and_nothing_leaves_https() {
        check("https://a.example/x/y", "z", false, Ok("https://a.example/x/z"));
        check("https://a.example/x", "https://b.example/x", false, Err("another server"));
        check("https://a.example/x", "https://b.example/x", true, Ok("https://b.example/x"));
        check("https://a.example/x", "http://a.example/x", true, Err("away from https"));
        check("http://127.0.0.1:1/x", "http://127.0.0.1:2/x", false, Err("another server"));
        check("https://a.example/x", "file:///etc/passwd", true, Err("leads to nowhere"));
    }

    #[test]
    fn what_is_too_large_is_not_read_to_its_end() {
        let url = Url::parse("http://a.example/").unwrap();
        let limits = Limits { size: 10, other_hosts: false };
        let poured = |length, body: &[u8]| pour(&url, length, body, limits, &mut Vec::new(), &mut |_, _| ());
        assert_eq!(poured(None, b"0123456789").unwrap(), 10);
        assert!(poured(None, b"0123456789a").unwrap_err().message.contains("larger"));
        assert!(poured(Some(11), b"").unwrap_err().message.contains("larger"));
        assert!(poured(Some(5), b"012").unwrap_err().message.contains("cut off after 3 of 5"));
    }

    /// What becomes of a download from a server that sends `said`, and then keeps the line open and silent.
    fn from_a_silent_server(said: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/x", listener.local_addr().unwrap())).unwrap();
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(said.as_bytes()).unwrap();
            let _ = wait.recv();
        });
        let soon = Duration::from_millis(200);
        let patience = Patience { connect: soon, silence: soon, ..PATIENCE };
        let limits = Limits { size: 1000, other_hosts: false };
        let client = Client::with(&patience).unwrap();
        let error = client.small(&url, limits).unwrap_err().message;
        drop(done);
        server.join().unwrap();
        error
    }

    #[test]
    fn a_server_that_falls_silent_is_given_up() {
        let silent = from_a_silent_server("");
        assert!(silent.contains("does not answer in time"), "{silent}");
        let half = from_a_silent_server("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234");
        assert!(half.contains("was cut off after 5 of 10 bytes"), "{half}");
    }
}
