//! Finding templates: ours are part of the program, the others are files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rust_embed::RustEmbed;

use super::Sources;

#[derive(RustEmbed)]
#[folder = "../templates"]
struct BuiltIn;

/// A template before it is compiled.
pub(super) struct File {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) source: Result<String, String>,
}

/// Where a template was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    BuiltIn,
    /// A plugin gave its text.
    Plugin,
    File(PathBuf),
}

impl Origin {
    pub(super) fn path(&self) -> Option<PathBuf> {
        if let Self::File(path) = self { Some(path.clone()) } else { None }
    }
}

/// A file and when it was changed. Two equal lists mean that nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    path: PathBuf,
    modified: Option<SystemTime>,
    size: u64,
}

/// What there is on disk now.
pub(super) fn stamps(sources: &Sources) -> Vec<Stamp> {
    let mut stamps = Vec::new();
    for directory in directories(sources) {
        for (path, metadata) in walk(directory) {
            stamps.push(Stamp { path, modified: metadata.modified().ok(), size: metadata.len() });
        }
    }
    stamps
}

/// Every template that can be reached by its name, and each of ours as `default:NAME` as well.
pub(super) fn all(sources: &Sources) -> Vec<File> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for directory in directories(sources) {
        for (path, _) in walk(directory) {
            let Some(name) = name_of(directory, &path) else { continue };
            if seen.insert(name.clone()) {
                let source = fs::read_to_string(&path).map_err(|error| format!("cannot be read: {error}"));
                files.push(File { name, origin: Origin::File(path), source });
            }
        }
    }
    for (name, source) in &sources.partials {
        if seen.insert(name.clone()) {
            files.push(File { name: name.clone(), origin: Origin::Plugin, source: Ok(source.clone()) });
        }
    }
    for name in BuiltIn::iter() {
        let Some(file) = BuiltIn::get(&name) else { continue };
        let source = String::from_utf8(file.data.into_owned()).map_err(|error| error.to_string());
        if seen.insert(name.to_string()) {
            files.push(File { name: name.to_string(), origin: Origin::BuiltIn, source: source.clone() });
        }
        files.push(File { name: format!("default:{name}"), origin: Origin::BuiltIn, source });
    }
    files
}

fn directories(sources: &Sources) -> impl Iterator<Item = &Path> {
    sources.directory.iter().chain(&sources.plugins).map(PathBuf::as_path)
}

/// Every `.html` file below, in a stable order. A folder that can't be read holds nothing.
fn walk(directory: &Path) -> Vec<(PathBuf, fs::Metadata)> {
    let mut found = Vec::new();
    let mut entries = fs::read_dir(directory).into_iter().flatten().flatten().collect::<Vec<_>>();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_dir() {
            // A link to a folder above would never end.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                found.extend(walk(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push((path, metadata));
        }
    }
    found
}

/// `pages/about.html`, whatever separates folders here.
fn name_of(directory: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(directory).ok()?.components();
    let parts = parts.map(|part| part.as_os_str().to_str()).collect::<Option<Vec<_>>>()?;
    Some(parts.join("/"))
}
