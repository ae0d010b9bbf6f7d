//! Unpacks an archive that anybody may have made.
//!
//! Files and folders with plain relative paths, nothing else: no links, no devices, nothing twice. Every byte counts
//! against a limit before it is kept, so an archive that is a bomb fills neither memory nor disk.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::EntryType;

use super::error::{Error, Result, plain};

/// Unpacked, in bytes.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// How many times an archive may grow, beyond what small ones may in any case.
const MOST_GROWTH: u64 = 100;
const SMALL: u64 = 16 * 1024 * 1024;
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 16;
/// Remarks of other packers about a file.
const LARGEST_REMARK: u64 = 64 * 1024;

/// What may be in an archive beside the library, at the top.
const FOLDERS: [&str; 2] = ["static", "templates"];
const TEXTS: [&str; 5] = ["LICENSE", "LICENCE", "NOTICE", "README", "CHANGELOG"];

/// Unpacks into a folder that is empty. Returns the paths of the files.
pub(super) fn unpack(archive: &Path, into: &Path) -> Result<Vec<PathBuf>> {
    let file = File::open(archive).map_err(|error| Error::io("can't be read", archive, &error))?;
    let packed = file.metadata().map_err(|error| Error::io("can't be read", archive, &error))?.len();
    let limit = LARGEST.min(packed.saturating_mul(MOST_GROWTH).max(SMALL));
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    unpack_from(file, limit, into)
        .map_err(|why| Error::failed(format!("The archive {name} {why}. Nothing was installed.")))
}

/// The error goes on after the archive's name.
fn unpack_from(file: impl Read, limit: u64, into: &Path) -> std::result::Result<Vec<PathBuf>, String> {
    let counted = Counted { inner: GzDecoder::new(io::BufReader::new(file)), left: limit };
    let mut archive = tar::Archive::new(counted);
    let mut seen = BTreeSet::new();
    let mut entries = 0;
    // Raw: what stands in long names and remarks is not to be believed by whoever reads it for us.
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        entries += 1;
        if entries > MOST_FILES {
            return Err(format!("has more than {MOST_FILES} files"));
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XHeader | EntryType::XGlobalHeader => {
                harmless_remark(&mut entry)?;
                continue;
            }
            EntryType::Regular | EntryType::Directory | EntryType::Continuous => {}
            EntryType::Symlink | EntryType::Link => {
                let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                return Err(format!("contains the link {path:?}, and plugins have no links"));
            }
            EntryType::GNULongName | EntryType::GNULongLink => {
                return Err("contains a path that is too long for a plain archive".to_owned());
            }
            _ => {
                let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                return Err(format!("contains {path:?}, which is neither a file nor a folder"));
            }
        }
        let Some(path) = checked(&entry.path_bytes())? else { continue };
        let target = into.join(&path);
        let failed = |error: io::Error| format!("can't be unpacked: {}: {}", path.display(), plain(&error));
        if kind == EntryType::Directory {
            std::fs::create_dir_all(&target).map_err(failed)?;
            continue;
        }
        if !seen.insert(path.clone()) {
            return Err(format!("contains {} twice", path.display()));
        }
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        // Never over something that is there.
        let mut file = File::create_new(&target).map_err(failed)?;
        copy(&mut entry, &mut file).map_err(|error| match error {
            Copying::Reading(error) => damaged(error),
            Copying::Writing(error) => failed(error),
        })?;
        file.sync_all().map_err(failed)?;
    }
    Ok(seen.into_iter().collect())
}

enum Copying {
    Reading(io::Error),
    Writing(io::Error),
}

fn copy(from: &mut impl Read, to: &mut File) -> std::result::Result<(), Copying> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).map_err(Copying::Reading)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(buffer.get(..read).unwrap_or_default()).map_err(Copying::Writing)?;
    }
}

/// A path that stays where it is put, and that has its place in a plugin. `None` for the folder itself.
fn checked(bytes: &[u8]) -> std::result::Result<Option<PathBuf>, String> {
    let shown = String::from_utf8_lossy(bytes).into_owned();
    let text =
        std::str::from_utf8(bytes).map_err(|_| format!("contains a path that is no text: {shown:?}"))?;
    if text.contains(['\\', ':']) || text.chars().any(char::is_control) {
        return Err(format!("contains the path {shown:?}, which has characters that paths should not have"));
    }
    let mut path = PathBuf::new();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return Err(format!("contains the path {shown:?}, which leads out of it")),
        }
    }
    let depth = path.components().count();
    if depth == 0 {
        return Ok(None);
    }
    if depth > DEEPEST {
        return Err(format!("contains the path {shown:?}, which is too deep"));
    }
    if has_place(&path) {
        Ok(Some(path))
    } else {
        Err(format!("contains {shown:?}, which has no place in a plugin"))
    }
}

fn has_place(path: &Path) -> bool {
    let first = path.iter().next().unwrap_or_default().to_string_lossy();
    if FOLDERS.contains(&first.as_ref()) {
        return true;
    }
    let is_library =
        ["so", "dylib", "dll"].iter().any(|extension| path.extension().is_some_and(|e| e == *extension));
    let is_text = TEXTS.iter().any(|text| first.to_ascii_uppercase().starts_with(text));
    path.components().count() == 1 && (first == super::descriptor::FILE || is_library || is_text)
}

/// Remarks about times and owners are passed over; those that say another name or size are lies.
fn harmless_remark(entry: &mut impl Read) -> std::result::Result<(), String> {
    let mut text = Vec::new();
    entry.take(LARGEST_REMARK + 1).read_to_end(&mut text).map_err(damaged)?;
    let says = |word: &[u8]| memchr::memmem::find(&text, word).is_some();
    if text.len() as u64 > LARGEST_REMARK
        || [&b" path="[..], b" linkpath=", b" size=", b"GNU.sparse"].into_iter().any(says)
    {
        return Err("contains a path that is too long or too strange for a plain archive".to_owned());
    }
    Ok(())
}

fn damaged(error: io::Error) -> String {
    if error.kind() == io::ErrorKind::FileTooLarge {
        return "unpacks to more than anybody would pack".to_owned();
    }
    format!("is damaged or cut off: {error}")
}

/// Ends with an error after so many bytes.
struct Counted<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "too large"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tar::{Builder, Header};

    use super::*;

    type Packing<'a> = Builder<GzEncoder<&'a mut Vec<u8>>>;

    fn packed(fill: impl FnOnce(&mut Packing<'_>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut builder = Builder::new(GzEncoder::new(&mut bytes, Compression::fast()));
        fill(&mut builder);
        builder.into_inner().unwrap().finish().unwrap();
        bytes
    }

    /// An entry with a path that the packer would not let through.
    fn add(builder: &mut Packing<'_>, path: &[u8], kind: EntryType, content: &[u8]) {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path);
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        if kind == EntryType::Symlink || kind == EntryType::Link {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }

    #[track_caller]
    fn check(fill: impl FnOnce(&mut Packing<'_>), expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        let bytes = packed(fill);
        let found = unpack_from(bytes.as_slice(), 1024 * 1024, &inside);
        match found {
            Ok(files) => {
                let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
                assert_eq!(files.join(" "), expected);
            }
            Err(why) => assert!(why.contains(expected), "{why}"),
        }
        let outside = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(outside, 1, "nothing is outside of the folder");
    }

    #[test]
    fn an_honest_archive_is_unpacked() {
        let fill = |builder: &mut Packing<'_>| {
            add(builder, b"./", EntryType::Directory, b"");
            add(builder, b"./plugin.toml", EntryType::Regular, b"x");
            add(builder, b"libx.so", EntryType::Regular, b"x");
            add(builder, b"static/js/x.js", EntryType::Regular, b"x");
            add(builder, b"LICENSE-MIT", EntryType::Regular, b"x");
        };
        check(fill, "LICENSE-MIT libx.so plugin.toml static/js/x.js");
    }

    #[test]
    fn hostile_paths_are_refused() {
        for path in [&b"../x.so"[..], b"static/../../x", b"/etc/x.so", b"static/..", b"a/../../x.so"] {
            check(|builder| add(builder, path, EntryType::Regular, b"x"), "leads out of it");
        }
        check(|builder| add(builder, b"static\\..\\x", EntryType::Regular, b"x"), "characters");
        check(|builder| add(builder, b"static/\x1b[2J", EntryType::Regular, b"x"), "characters");
        check(|builder| add(builder, b"static/\xff", EntryType::Regular, b"x"), "no text");
        check(|builder| add(builder, b"bin/x", EntryType::Regular, b"x"), "no place");
        check(
            |builder| add(builder, "static/a/".repeat(9).as_bytes(), EntryType::Directory, b""),
            "too deep",
        );
    }

    #[test]
    fn links_and_devices_are_refused() {
        for kind in [EntryType::Symlink, EntryType::Link] {
            check(|builder| add(builder, b"static/x", kind, b""), "no links");
        }
        for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse] {
            check(|builder| add(builder, b"static/x", kind, b""), "neither a file nor a folder");
        }
    }

    #[test]
    fn nothing_is_there_twice() {
        let fill = |builder: &mut Packing<'_>| {
            add(builder, b"libx.so", EntryType::Regular, b"good");
            add(builder, b"./libx.so", EntryType::Regular, b"bad");
        };
        check(fill, "twice");
    }

    #[test]
    fn a_bomb_is_put_out() {
        let zeros = vec![0; 4 * 1024 * 1024];
        check(
            |builder| add(builder, b"static/x", EntryType::Regular, &zeros),
            "more than anybody would pack",
        );
        let many = |builder: &mut Packing<'_>| {
            for number in 0..=MOST_FILES {
                add(builder, format!("static/{number}").as_bytes(), EntryType::Directory, b"");
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let why = unpack_from(packed(many).as_slice(), u64::MAX, folder.path()).unwrap_err();
        assert!(why.contains("more than 10000 files"), "{why}");
    }

    #[test]
    fn remarks_that_lie_are_refused() {
        let remark = |text: &'static [u8]| {
            move |builder: &mut Packing<'_>| add(builder, b"x", EntryType::XHeader, text)
        };
        check(remark(b"30 mtime=1350244992.023960108\n"), "");
        check(remark(b"20 path=../../evil\n"), "too strange");
        check(|builder| add(builder, b"././@LongLink", EntryType::GNULongName, b"../evil"), "too long");
    }

    #[test]
    fn half_an_archive_is_none() {
        let bytes = packed(|builder| add(builder, b"libx.so", EntryType::Regular, &[7; 5000]));
        let folder = tempfile::tempdir().unwrap();
        let why = unpack_from(&bytes[..bytes.len() / 2], u64::MAX, folder.path()).unwrap_err();
        assert!(why.contains("damaged or cut off"), "{why}");
        let why = unpack_from(&b"no archive"[..], u64::MAX, folder.path()).unwrap_err();
        assert!(why.contains("damaged"), "{why}");
    }
}
