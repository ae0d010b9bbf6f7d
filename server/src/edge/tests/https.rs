//! Certificates, and what a client gets through them.

use std::path::Path;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;

fn fixture(name: &str) -> PathBuf {
    // The crate stands beside the tests folder.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/tls").join(name)
}

fn tls() -> Tls {
    Tls { certfile: fixture("cert.pem"), keyfile: Some(fixture("key.pem")) }
}

fn connect(server: &Server, protocols: &[&str]) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(fixture("cert.pem")).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), server.connect())
}

fn start(tls: Tls) -> Server {
    let listen = Listen::Tcp { host: "127.0.0.1".into(), port: 0 };
    Server::listen(EdgeOptions::default(), listen, Some(tls), PathBuf::new())
}

#[test]
fn requests_over_tls_are_https() {
    let server = start(tls());
    assert!(server.address.to_string().starts_with("https://127.0.0.1:"));
    let mut stream = connect(&server, &["http/1.1"]);
    stream.write_all(b"GET /x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    assert!(Answer::read(&mut stream).text().contains("scheme=https"));
    // Somebody who speaks no TLS does no harm.
    assert_eq!(server.get("/hello").status, 0);
}

#[test]
fn browsers_get_http2() {
    let server = start(tls());
    let mut stream = connect(&server, &["h2", "http/1.1"]);
    stream.flush().unwrap();
    stream.conn.complete_io(&mut stream.sock).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(b"h2".as_slice()));
}

#[track_caller]
fn check_refused(tls: &Tls, expected: &str) {
    let site = Arc::new(Shared(Arc::default()));
    let listen = Listen::Tcp { host: "127.0.0.1".into(), port: 0 };
    let error = serve(site, &listen, Some(tls), &Shutdown::default(), |_| panic!("it started")).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn unusable_certificates_are_named() {
    let missing = fixture("nope.pem");
    check_refused(&Tls { certfile: missing.clone(), ..tls() }, "nope.pem");
    check_refused(&Tls { certfile: fixture("key.pem"), ..tls() }, "has no certificate in it");
    check_refused(&Tls { keyfile: Some(fixture("cert.pem")), ..tls() }, "has no usable private key");
    check_refused(&Tls { keyfile: None, ..tls() }, "has no usable private key");
    check_refused(&Tls { keyfile: Some(missing), ..tls() }, "check --ssl-certfile and --ssl-keyfile");
}
