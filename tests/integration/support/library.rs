//! Libraries of plugins: where they are, and how to spoil them.

use std::path::PathBuf;

/// The library of a crate, as `cargo test` built it.
#[track_caller]
pub(crate) fn path(krate: &str) -> PathBuf {
    let stem = krate.replace('-', "_");
    let file = format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path = super::program::libraries().join(file);
    assert!(path.is_file(), "{} is missing: is {krate} among the dev-dependencies?", path.display());
    path
}

#[track_caller]
pub(crate) fn bytes(krate: &str) -> Vec<u8> {
    std::fs::read(path(krate)).expect("libraries can be read")
}

/// The library with another word in its manifest. A shorter one is padded, which JSON does not mind.
#[track_caller]
pub(crate) fn with_manifest(mut bytes: Vec<u8>, old: &str, new: &str) -> Vec<u8> {
    assert!(new.len() <= old.len());
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, old).collect();
    assert!(!places.is_empty(), "{old} is not in the library");
    let padded = format!("{new:<length$}", length = old.len());
    for place in places {
        bytes[place..place + old.len()].copy_from_slice(padded.as_bytes());
    }
    bytes
}
