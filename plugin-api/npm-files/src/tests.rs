//! With a registry of our own that has one package.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha512};

use super::*;

fn archive() -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in [("package/dist/a.js", "let a;"), ("package/LICENSE", "MIT"), ("package/b.js", "no")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// Its address, and how often it was asked.
fn registry(archive: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mirror/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 1024];
            let length = stream.read(&mut head).unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            let found = head.starts_with("GET /mirror/@s/thing/-/thing-1.2.3.tgz ");
            let (status, body) =
                if found { ("200 OK", archive.as_slice()) } else { ("404 Not Found", &b""[..]) };
            let length = body.len();
            let _ =
                write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(body);
        }
    });
    (url, asked)
}

fn lock(folder: &Path, archive: &[u8]) -> PathBuf {
    let hash = BASE64_STANDARD.encode(Sha512::digest(archive));
    let path = folder.join("package-lock.json");
    let text = format!(
        r#"{{"packages": {{"node_modules/@s/thing": {{"version": "1.2.3", "integrity": "sha512-{hash}",
            "resolved": "https://registry.npmjs.org/@s/thing/-/thing-1.2.3.tgz"}}}}}}"#
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn files_are_fetched_once_and_only_those_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (url, asked) = registry(archive());
    let (lock, out) = (lock(folder.path(), &archive()), folder.path().join("out"));
    let files = ["@s/thing/dist/a.js", "@s/thing/LICENSE"];
    for _ in 0..2 {
        unpack_into(&lock, &out, Some(&url), &files).unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(fs::read_to_string(out.join("@s/thing/dist/a.js")).unwrap(), "let a;");
    assert!(out.join("@s/thing/LICENSE").is_file() && !out.join("@s/thing/b.js").exists());
    join_into(&lock, &out, Some(&url), "ALL.txt", &files).unwrap();
    let joined = fs::read_to_string(out.join("ALL.txt")).unwrap();
    assert_eq!(joined, "@s/thing\n\nlet a;\n\n\n@s/thing\n\nMIT\n\n\n");
    let missing = unpack_into(&lock, &out, Some(&url), &["@s/thing/c.js"]).unwrap_err();
    assert_eq!(missing.to_string(), "there is no c.js in @s/thing 1.2.3");
}

#[test]
fn nothing_of_another_archive_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = archive();
    other.push(0);
    let (url, _) = registry(other);
    let (lock, out) = (lock(folder.path(), &archive()), folder.path().join("out"));
    let failure = unpack_into(&lock, &out, Some(&url), &["@s/thing/LICENSE"]).unwrap_err().to_string();
    assert!(failure.contains("is not what package-lock.json says"), "{failure}");
    assert!(!out.exists());
}

#[test]
fn without_a_network_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (lock, out) = (lock(folder.path(), &archive()), folder.path().join("out"));
    let failure = unpack_into(&lock, &out, Some("http://127.0.0.1:1"), &["@s/thing/LICENSE"]).unwrap_err();
    let failure = failure.to_string();
    assert!(
        failure.contains("@s/thing 1.2.3 could not be fetched") && failure.contains("npm_config_registry"),
        "{failure}"
    );
    let failure = unpack_into(&lock, &out, None, &["other/a.js"]).unwrap_err().to_string();
    assert!(failure.contains("other: it is not in there"), "{failure}");
}

#[test]
fn names_stay_within_their_package() {
    for bad in ["leaflet", "leaflet/", "leaflet/../x", "/etc/passwd", "@s/thing", "a//b", "../a/b"] {
        assert!(lock::split(bad).is_err(), "{bad}");
    }
    assert_eq!(lock::split("@s/thing/a/b.js").unwrap(), ("@s/thing", "a/b.js"));
    assert_eq!(lock::split("leaflet/dist/leaflet.js").unwrap(), ("leaflet", "dist/leaflet.js"));
}
