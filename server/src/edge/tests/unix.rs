//! Sockets that are files.

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use super::*;

fn start_error(path: &Path) -> String {
    let site = Arc::new(Shared(Arc::default()));
    let listen = Listen::Uds(path.to_owned());
    serve(site, &listen, None, &Shutdown::default(), |_| panic!("it started")).unwrap_err().to_string()
}

fn get(path: &Path) -> Answer {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(b"GET /hello HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    Answer::read(&mut stream)
}

#[test]
fn a_unix_socket_is_served_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let server = Server::listen(EdgeOptions::default(), Listen::Uds(path.clone()), None, PathBuf::new());
    assert_eq!(get(&path).text(), "hello");
    assert!(start_error(&path).contains("is in use by another program"));
    server.stop().unwrap();
    assert!(!path.exists());
}

#[test]
fn a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let _server = Server::listen(EdgeOptions::default(), Listen::Uds(path.clone()), None, PathBuf::new());
    assert_eq!(get(&path).status, 200);
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(start_error(file.path()).contains("exists and is not a socket"));
    assert!(file.path().exists());
}
