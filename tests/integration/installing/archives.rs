//! Archives that are not what they should be.

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::{greeting, installed, refused};
use crate::support::shop::hello;
use crate::support::web::Mischief;
use crate::support::{Setup, Shop, library};

/// An archive of these entries: path, kind, content.
fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, kind, content) in entries {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// An honest index vouches for that archive.
#[track_caller]
fn check(bytes: &[u8], code: i32, said: &[&str]) {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.replace_archive("hello", bytes);
    refused(&setup, &shop, &["hello"], code, said);
    for outside in ["evil", "DATASETTE_PLUGINS_DIR/evil", "DATASETTE_PLUGINS_DIR/store/hello"] {
        assert!(!setup.path(outside).exists(), "{outside}");
    }
    assert_eq!(greeting(&setup), None);
}

#[test]
fn hostile_archives_are_refused() {
    let library = library::bytes("hello");
    let with = |path: &str, kind: EntryType| {
        archive(&[("libhello.so", EntryType::Regular, &library), (path, kind, b"")])
    };
    check(&with("../../evil", EntryType::Regular), 1, &["leads out of it"]);
    check(&with("/tmp/evil", EntryType::Regular), 1, &["leads out of it"]);
    check(&with("static/link", EntryType::Symlink), 1, &["no links"]);
    check(&with("static/link", EntryType::Link), 1, &["no links"]);
    check(&with("static/null", EntryType::Char), 1, &["neither a file nor a folder"]);
    check(&with("bin/evil", EntryType::Regular), 1, &["no place in a plugin"]);
    let zeros = vec![0; 64 * 1024 * 1024];
    check(&archive(&[("static/bomb", EntryType::Regular, &zeros)]), 1, &["more than anybody would pack"]);
    check(b"rubbish", 1, &["damaged"]);
    check(&archive(&[("libhello.so", EntryType::Regular, &library)]), 1, &["no plugin.toml"]);
}

#[test]
fn an_archive_has_to_be_what_the_index_announced() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    // Another version in the place of the one that is named.
    let other = Shop::new();
    let archive = other.add(&hello("0.2.0", "Howdy"), &[]);
    shop.replace_archive("hello", &std::fs::read(other.path(&archive)).unwrap());
    refused(&setup, &shop, &["hello"], 3, &["index says hello 0.1.0", "the archive is hello 0.2.0"]);
}

#[test]
fn a_library_that_is_not_what_its_archive_says_is_refused() {
    let library = library::bytes("hello");
    let toml = |version: &str, library: &str| {
        format!(
            "schema = 1\nname = \"hello\"\nversion = \"{version}\"\nabi = \"1.0\"\ntarget = \"{}\"\nlibrary = \"{library}\"\n",
            target()
        )
    };
    let packed = |toml: &str, files: &[(&str, &[u8])]| {
        let mut entries = vec![("plugin.toml", EntryType::Regular, toml.as_bytes())];
        entries.extend(files.iter().map(|(path, bytes)| (*path, EntryType::Regular, *bytes)));
        archive(&entries)
    };
    let good = toml("0.1.0", "libhello.so");
    check(&packed(&toml("0.2.0", "libhello.so"), &[("libhello.so", &library)]), 1, &["says version 0.2.0"]);
    check(&packed(&good, &[("libother.so", &library)]), 1, &["one library, libhello.so"]);
    check(&packed(&good, &[("libhello.so", &library), ("libother.so", &library)]), 1, &["and has 2"]);
    check(&packed(&good, &[("libhello.so", b"text")]), 1, &["no library for this system"]);
    check(&packed(&good, &[("libhello.so", &library[..library.len() / 2])]), 1, &["truncated"]);
    check(&packed("nonsense", &[("libhello.so", &library)]), 1, &["plugin.toml can't be understood"]);
    let impostor = library::bytes("fixture-impostor");
    check(&packed(&good, &[("libhello.so", &impostor)]), 1, &["the server's own"]);
}

/// The triple of the machine that runs the tests, from what an archive of it is called.
fn target() -> String {
    let shop = Shop::new();
    let name = shop.add(&library::bytes("hello"), &[]);
    name.trim_start_matches("hello-0.1.0-abi1-").trim_end_matches(".tar.gz").to_owned()
}

#[test]
fn other_bytes_than_the_index_names_are_refused() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    let archive = std::fs::read_dir(shop.path("")).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|end| end == "gz").then_some(path)
    });
    let mut bytes = std::fs::read(archive.unwrap()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    shop.web.misbehave(".tar.gz", Mischief::Instead(bytes.clone()));
    refused(&setup, &shop, &["hello"], 3, &["not what the index says", "expected"]);
    bytes.push(0);
    let shop = Shop::with_hello();
    shop.web.misbehave(".tar.gz", Mischief::Instead(bytes));
    refused(&setup, &shop, &["hello"], 3, &["is larger than"]);
}

#[test]
fn a_download_that_fails_is_named() {
    for (mischief, code, said) in [
        (Mischief::CutOff, 5, "cut off"),
        (Mischief::Status(404), 5, "no such file"),
        (Mischief::Status(500), 5, "answers 500"),
        (Mischief::Redirect("/loop.tar.gz".to_owned()), 5, "without end"),
        (Mischief::Instead(b"short".to_vec()), 5, "cut off after 5 of"),
    ] {
        let (setup, shop) = (Setup::new(), Shop::with_hello());
        shop.web.misbehave(".tar.gz", mischief);
        refused(&setup, &shop, &["hello"], code, &[said]);
    }
}

#[test]
fn an_archive_with_a_known_hash_may_come_from_another_server() {
    let (setup, shop, other) = (Setup::new(), Shop::with_hello(), Shop::new());
    let archive = other.add(&library::bytes("hello"), &[]);
    shop.web.misbehave(".tar.gz", Mischief::Redirect(format!("{}{archive}", other.url())));
    assert!(installed(&setup, &shop, &["hello"]).contains("signed-index"));
}
