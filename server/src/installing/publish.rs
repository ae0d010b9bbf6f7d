//! Makes an index of a folder of archives: plain files, which any web server can serve.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use minisign::SecretKey;
use sha2::{Digest, Sha256};

use crate::sqlite::hex;

use super::descriptor::{self, Descriptor};
use super::error::{Error, Result};
use super::index::{Artifact, Entry, INDEX, IndexFile, Page, Release, SIGNATURE, page_file};
use super::order::is_archive;
use super::place::write_whole;
use super::prepare::beside;
use super::signing::{id, secret_key, sign};
use super::store::{Staging, hash_file};
use super::version::{Requirement, Version};
use super::{Libraries, archive};

/// Releases that were taken back: a line `NAME==VERSION` each.
const YANKED: &str = "yanked.txt";

/// What `datasette plugins index build` was told.
#[derive(Debug, Clone)]
pub(crate) struct BuildOptions {
    /// With archives in it; the index is made there.
    pub(crate) folder: PathBuf,
    /// Secret key to sign it with.
    pub(crate) key: Option<PathBuf>,
    /// For how long anybody should believe it.
    pub(crate) days: u32,
    /// Releases to take back, as `NAME==VERSION`.
    pub(crate) yank: Vec<String>,
}

/// An index that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Built {
    pub(crate) serial: u64,
    pub(crate) expires: String,
    pub(crate) plugins: usize,
    pub(crate) archives: usize,
    /// Of the key that signed it.
    pub(crate) key: Option<String>,
}

/// Makes the index of the archives in a folder.
pub(crate) fn build_index(libraries: &dyn Libraries, options: &BuildOptions) -> Result<Built> {
    let folder = &options.folder;
    // First: a wrong password should not leave half an index.
    let key = options.key.as_deref().map(secret_key).transpose()?;
    let archives = archives(folder)?;
    if archives.is_empty() {
        return Err(Error::usage(format!(
            "There are no archives in {}; make some with datasette plugins pack",
            folder.display()
        )));
    }
    let yanked = yanked(folder, &options.yank)?;
    let mut plugins: BTreeMap<String, BTreeMap<Version, (Release, String)>> = BTreeMap::new();
    for file in &archives {
        let descriptor = describe(libraries, &folder.join(file))?;
        add(&mut plugins, folder, file, &descriptor)?;
    }
    let mut entries = BTreeMap::new();
    let pages = folder.join("v1").join("p");
    let failed = |error: std::io::Error| Error::io("can't be written", &pages, &error);
    std::fs::create_dir_all(&pages).map_err(failed)?;
    for (name, releases) in plugins {
        let is_yanked =
            |version: &Version| yanked.iter().any(|one| one.name == name && one.accepts(version, true));
        let summary = releases.values().next_back().map(|(_, summary)| summary.clone()).unwrap_or_default();
        let mut latest = BTreeMap::new();
        let mut page = Page { name: name.clone(), releases: Vec::new() };
        for (version, (mut release, _)) in releases {
            release.yanked = is_yanked(&version);
            if !release.yanked && version.pre.is_empty() {
                let major = release.abi.split('.').next().unwrap_or_default().to_owned();
                latest.insert(major, version.to_string());
            }
            page.releases.insert(0, release);
        }
        let text = to_json(&page)?;
        write_whole(&folder.join(page_file(&name)), &text).map_err(failed)?;
        entries.insert(name, Entry { latest, summary, sha256: hex(&Sha256::digest(&text)) });
    }
    forget_pages(&pages, &entries);
    finish(folder, options, key.as_ref(), entries, archives.len())
}

fn finish(
    folder: &Path,
    options: &BuildOptions,
    key: Option<&SecretKey>,
    plugins: BTreeMap<String, Entry>,
    archives: usize,
) -> Result<Built> {
    let now = jiff::Timestamp::now();
    let expires = now
        .checked_add(jiff::SignedDuration::from_hours(i64::from(options.days).saturating_mul(24)))
        .map_err(|_| Error::usage(format!("{} days are too many", options.days)))?;
    let second = |time: jiff::Timestamp| time.round(jiff::Unit::Second).unwrap_or(time).to_string();
    let file = IndexFile {
        serial: serial(folder)?.saturating_add(1),
        generated: second(now),
        expires: second(expires),
        plugins,
    };
    let text = to_json(&file)?;
    let path = folder.join(INDEX);
    let failed = |error: std::io::Error| Error::io("can't be written", &path, &error);
    let signature = folder.join(SIGNATURE);
    let key = match key {
        Some(key) => {
            let signed = sign(key, &text, &format!("serial {}", file.serial))?;
            write_whole(&path, &text).map_err(failed)?;
            write_whole(&signature, signed.as_bytes()).map_err(failed)?;
            Some(id(key)?)
        }
        None => {
            write_whole(&path, &text).map_err(failed)?;
            let _ = std::fs::remove_file(&signature);
            None
        }
    };
    Ok(Built { serial: file.serial, expires: file.expires, plugins: file.plugins.len(), archives, key })
}

/// The archives in the folder and in folders in it, by their paths from there.
fn archives(folder: &Path) -> Result<Vec<String>> {
    let list = |folder: &Path| -> Result<Vec<PathBuf>> {
        let entries =
            std::fs::read_dir(folder).map_err(|error| Error::io("can't be read", folder, &error))?;
        Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
    };
    let mut found = Vec::new();
    for path in list(folder)? {
        let inside = if path.is_dir() { list(&path)? } else { vec![path] };
        for file in inside.into_iter().filter(|file| file.is_file()) {
            let Ok(relative) = file.strip_prefix(folder) else { continue };
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            if is_archive(parts.last().map(AsRef::as_ref).unwrap_or_default()) {
                found.push(parts.join("/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn describe(libraries: &dyn Libraries, path: &Path) -> Result<Descriptor> {
    let staging = Staging::temporary()?;
    let tree = staging.folder("tree")?;
    archive::unpack(path, &tree)?;
    let shown = path.display();
    let text = std::fs::read_to_string(tree.join(descriptor::FILE))
        .map_err(|_| Error::failed(format!("{shown} has no {}", descriptor::FILE)))?;
    let descriptor = Descriptor::parse(&text)?;
    let library = tree.join(&descriptor.library);
    let bytes = std::fs::read(&library)
        .map_err(|_| Error::failed(format!("{shown} has no library {}", descriptor.library)))?;
    let facts = libraries.describe(&bytes).map_err(|why| Error::failed(format!("{shown} {why}")))?;
    descriptor.check(&facts).map_err(|error| Error::failed(format!("{shown}: {error}")))?;
    Ok(descriptor)
}

fn add(
    plugins: &mut BTreeMap<String, BTreeMap<Version, (Release, String)>>,
    folder: &Path,
    file: &str,
    descriptor: &Descriptor,
) -> Result<()> {
    let path = folder.join(file);
    let (release, summary) =
        plugins.entry(descriptor.name.clone()).or_default().entry(descriptor.version()?).or_insert_with(
            || {
                let release = Release {
                    version: descriptor.version.clone(),
                    abi: descriptor.abi.clone(),
                    yanked: false,
                    requires: descriptor.requires.clone(),
                    artifacts: BTreeMap::new(),
                };
                (release, descriptor.summary.clone())
            },
        );
    if release.abi != descriptor.abi || release.requires != descriptor.requires {
        return Err(Error::failed(format!(
            "{file} differs from other archives of {} {} in what it requires; a release is one thing on all machines",
            descriptor.name, descriptor.version
        )));
    }
    if summary.is_empty() {
        summary.clone_from(&descriptor.summary);
    }
    let artifact = Artifact {
        url: address(file),
        size: std::fs::metadata(&path).map_err(|error| Error::io("can't be read", &path, &error))?.len(),
        sha256: hash_file(&path)?,
        minisig: std::fs::read_to_string(beside(&path)).ok(),
    };
    if release.artifacts.insert(descriptor.target.clone(), artifact).is_some() {
        return Err(Error::failed(format!(
            "There are two archives of {} {} for {}; {file} is one of them",
            descriptor.name, descriptor.version, descriptor.target
        )));
    }
    Ok(())
}

/// A path as it stands in an address.
fn address(file: &str) -> String {
    const UNSAFE: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'/')
        .remove(b'+');
    percent_encoding::utf8_percent_encode(file, UNSAFE).to_string()
}

fn yanked(folder: &Path, more: &[String]) -> Result<Vec<Requirement>> {
    let path = folder.join(YANKED);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    for one in more {
        let requirement = Requirement::parse(one).map_err(Error::usage)?;
        if !requirement.pins() {
            return Err(Error::usage(format!("'{one}' names no version to take back, as NAME==1.2.3 does")));
        }
        if !lines.contains(one) {
            lines.push(one.clone());
        }
    }
    let parse = |line: &&String| {
        Requirement::parse(line).map_err(|why| Error::failed(format!("{}: {why}", path.display())))
    };
    let requirements = lines
        .iter()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| parse(&line))
        .collect();
    if !more.is_empty() {
        let text = lines.join("\n") + "\n";
        write_whole(&path, text.as_bytes()).map_err(|error| Error::io("can't be written", &path, &error))?;
    }
    requirements
}

/// Of the index that is there.
fn serial(folder: &Path) -> Result<u64> {
    let path = folder.join(INDEX);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let file: IndexFile = serde_json::from_slice(&bytes).map_err(|error| {
                // Who starts again at 1 locks out everybody who saw a higher number.
                Error::failed(format!(
                    "{} is damaged ({error}), and its serial number has to go on",
                    path.display()
                ))
            })?;
            Ok(file.serial)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(Error::io("can't be read", &path, &error)),
    }
}

/// Pages of plugins that are there no more.
fn forget_pages(pages: &Path, entries: &BTreeMap<String, Entry>) {
    for path in std::fs::read_dir(pages).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|end| end == "json") && !entries.contains_key(&stem) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::failed(format!("no JSON can be made: {error}")))?;
    text.push(b'\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_no_spaces_and_yanked_lines_name_a_version() {
        assert_eq!(address("a b/x-1+2.tar.gz"), "a%20b/x-1+2.tar.gz");
        let folder = tempfile::tempdir().unwrap();
        assert!(yanked(folder.path(), &["x".to_owned()]).unwrap_err().message.contains("no version"));
        yanked(folder.path(), &["x==1.0.0".to_owned()]).unwrap();
        assert_eq!(yanked(folder.path(), &[]).unwrap().len(), 1);
    }
}
