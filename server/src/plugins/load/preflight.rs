//! What can be known about a file without loading it. Loading is no way to find out: a truncated file
//! ends the process, and a foreign one is reported as missing.

use std::fs::File;
use std::path::Path;
use std::sync::LazyLock;

use object::read::ReadCache;
use object::{Architecture, BinaryFormat, Object, ObjectKind, ObjectSection, ObjectSegment, ReadRef};

use super::manifest::{Manifest, SECTIONS};
use super::{Reason, Refused};

/// For the server's own plugins: reads the headers and the manifest, and nothing else.
pub(super) fn quick(path: &Path) -> Result<Manifest, Reason> {
    let file = File::open(path).map_err(|error| format!("can't be read: {error}"))?;
    let length = file.metadata().map_err(|error| format!("can't be read: {error}"))?.len();
    let manifest = structure(&ReadCache::new(file), length)?;
    manifest.check()?;
    Ok(manifest)
}

/// For everybody else's: all of it.
pub(super) fn thorough(bytes: &[u8]) -> Result<Manifest, Refused> {
    let manifest =
        structure(bytes, bytes.len() as u64).map_err(|reason| Refused { reason, manifest: None })?;
    let checked = manifest.check().and_then(|()| own_sqlite(bytes, &manifest));
    match checked {
        Ok(()) => Ok(manifest),
        Err(reason) => Err(Refused { reason, manifest: Some(Box::new(manifest)) }),
    }
}

/// The manifest of a library that need not be for this machine.
pub(super) fn of_any_machine(bytes: &[u8]) -> Result<Manifest, Reason> {
    let file = parse(bytes)?;
    if file.kind() != ObjectKind::Dynamic {
        return Err("is not a shared library".to_owned());
    }
    manifest(&file, bytes.len() as u64)
}

fn structure<'data, R: ReadRef<'data>>(data: R, length: u64) -> Result<Manifest, Reason> {
    let file = parse(data)?;
    if file.format() != BinaryFormat::native_object() {
        return Err(format!("is a {:?} file, made for another operating system", file.format()));
    }
    if file.architecture() != native() {
        let theirs = file.architecture();
        return Err(format!("was built for {theirs:?}; this machine is {}", std::env::consts::ARCH));
    }
    if file.kind() != ObjectKind::Dynamic {
        return Err("is not a shared library".to_owned());
    }
    manifest(&file, length)
}

fn parse<'data, R: ReadRef<'data>>(data: R) -> Result<object::File<'data, R>, Reason> {
    object::File::parse(data).map_err(|error| match object::FileKind::parse(data) {
        // It begins like one.
        Ok(_) => format!("is truncated or damaged ({error})"),
        Err(_) => "is no library for this system".to_owned(),
    })
}

/// The manifest, of a file that is whole.
fn manifest<'data, R: ReadRef<'data>>(
    file: &object::File<'data, R>,
    length: u64,
) -> Result<Manifest, Reason> {
    let end = |(offset, size): (u64, u64)| offset.checked_add(size);
    let cut = |range: (u64, u64)| range.1 > 0 && end(range).is_none_or(|end| end > length);
    let segments = file.segments().map(|segment| segment.file_range());
    let sections = file.sections().filter_map(|section| section.file_range());
    if segments.chain(sections).any(cut) {
        return Err("is truncated".to_owned());
    }
    let section = SECTIONS.iter().find_map(|name| file.section_by_name(name));
    let section = section.ok_or("is not a datasette plugin: it has no manifest")?;
    Manifest::parse(section.data().map_err(|error| format!("has a damaged manifest: {error}"))?)
}

fn native() -> Architecture {
    match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        "x86" => Architecture::I386,
        "arm" => Architecture::Arm,
        "riscv64" => Architecture::Riscv64,
        "powerpc64" => Architecture::PowerPc64,
        "s390x" => Architecture::S390x,
        _ => Architecture::Unknown,
    }
}

/// Refuses a library that contains an SQLite without saying so: whoever opens and closes a file in a
/// second SQLite drops this process's locks on it, and writes are lost.
fn own_sqlite(bytes: &[u8], manifest: &Manifest) -> Result<(), Reason> {
    if manifest.own_sqlite || !contains_sqlite(bytes) {
        return Ok(());
    }
    Err("contains an SQLite of its own, which would break the locks on open databases; use the host's \
         queries, or export it with `own_sqlite = true` if it never opens a file of the server's"
        .to_owned())
}

fn contains_sqlite(bytes: &[u8]) -> bool {
    // `sqlite3_sourceid()`: a date and the hash of a check-in. The hash is looked at by hand: as an expression it takes
    // longer to prepare than all the rest.
    static DATE: LazyLock<Option<regex::bytes::Regex>> = LazyLock::new(|| {
        regex::bytes::Regex::new(r"(?-u)20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} ").ok()
    });
    let is_hash = |rest: &[u8]| {
        let digits = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        digits.take(HASH_LENGTH).count() == HASH_LENGTH
    };
    memchr::memmem::find(bytes, b"SQLite format 3\0").is_some()
        || DATE.as_ref().is_some_and(|date| {
            date.find_iter(bytes).any(|found| bytes.get(found.end()..).is_some_and(is_hash))
        })
}

/// Beginning of a hash that is as good as all of it.
const HASH_LENGTH: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_library_is_named_so() {
        let refused = thorough(b"#!/bin/sh").unwrap_err();
        assert!(refused.reason.contains("no library"), "{}", refused.reason);
    }

    #[test]
    fn the_program_itself_is_no_plugin_and_its_half_is_damaged() {
        let me = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let whole = thorough(&me).unwrap_err().reason;
        assert!(whole.contains("not a shared library") || whole.contains("no manifest"), "{whole}");
        assert!(thorough(&me[..me.len() / 2]).is_err());
    }

    #[test]
    fn an_sqlite_is_found_by_its_magic_or_its_source_id() {
        let manifest = Manifest::default();
        let hash = "a".repeat(64);
        assert!(own_sqlite(b"..SQLite format 3\0..", &manifest).is_err());
        assert!(own_sqlite(format!("\0{} {hash}\0", "2026-01-02 03:04:05").as_bytes(), &manifest).is_err());
        assert!(own_sqlite(b"SQLite is nice", &manifest).is_ok());
        let owned_up = Manifest::parse(b"{\"own_sqlite\": true}").unwrap();
        assert!(own_sqlite(b"SQLite format 3\0", &owned_up).is_ok());
    }
}
