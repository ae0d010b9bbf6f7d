//! From a file that somebody gave or that was fetched to a folder that is ready for the store. Nothing of the plugin runs
//! before its hash and its signature were looked at.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use url::Url;

use super::address::Location;
use super::descriptor::{self, Descriptor};
use super::error::{Error, Result};
use super::fetch::Limits;
use super::order::{Wanted, is_archive};
use super::resolve::{Chosen, Fit, fits_abi, our_abi};
use super::state::{Installed, Level, Source};
use super::store::{Staging, folder_of, hash_file, hashes};
use super::{Libraries, Sources, archive, editable, keys, target};

/// What an archive may have, packed.
const LARGEST: u64 = 256 * 1024 * 1024;

/// An archive or a library that was verified, as far as it can be.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) path: PathBuf,
    pub(super) sha256: String,
    pub(super) level: Level,
    pub(super) source: Source,
}

/// A plugin on its way into the store.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) installed: Installed,
    /// The staged folder. None: there is nothing to move.
    pub(super) tree: Option<PathBuf>,
    pub(super) archive: Option<PathBuf>,
}

/// A file of this machine.
pub(super) fn of_file(sources: &Sources<'_>, wanted: &Wanted, path: &Path) -> Result<Verified> {
    if !path.is_file() {
        let what = if path.exists() { "is no file" } else { "does not exist" };
        return Err(Error::usage(format!("'{}' {what}", path.display())));
    }
    let sha256 = hash_file(path)?;
    check_wanted(wanted, &path.display().to_string(), &sha256)?;
    let signature = std::fs::read_to_string(beside(path)).ok();
    let signed = match signature {
        Some(signature) => is_signed(sources, path, &signature)?,
        None => false,
    };
    let level = level(signed, !wanted.hashes.is_empty());
    let path = std::path::absolute(path).unwrap_or(path.to_owned());
    Ok(Verified { source: Source::Path { path: path.clone() }, path, sha256, level })
}

/// An archive at an address.
pub(super) fn of_url(
    sources: &Sources<'_>,
    staging: &Staging,
    wanted: &Wanted,
    url: &Url,
) -> Result<Verified> {
    let known = wanted.hashes.iter().find_map(|hash| Some((hash, from_cache(sources, hash)?)));
    let (path, sha256) = match known {
        Some((hash, path)) => (path, hash.clone()),
        None if sources.offline => {
            return Err(Error::unreachable(format!("{url} was never fetched, so it can't be had --offline")));
        }
        None => {
            let path = staging.path().join(format!("url-{}.tar.gz", staged_files(staging)));
            download(sources, url, &path, LARGEST, &file_name(url))?;
            let sha256 = hash_file(&path)?;
            check_wanted(wanted, url.as_str(), &sha256)?;
            (path, sha256)
        }
    };
    let signed = match signature_of(sources, url)? {
        Some(signature) => is_signed(sources, &path, &signature)?,
        None => false,
    };
    let level = level(signed, !wanted.hashes.is_empty());
    sources.cache.keep_archive(&sha256, &path);
    Ok(Verified { path, sha256, level, source: Source::Url { url: url.to_string() } })
}

/// The archive of a release.
pub(super) fn of_release(
    sources: &Sources<'_>,
    staging: &Staging,
    chosen: &Chosen,
    index: &super::index::Index,
    level_known: Level,
) -> Result<Verified> {
    let artifact = &chosen.artifact;
    let location = index.address.artefact(&artifact.url)?;
    let path = match from_cache(sources, &artifact.sha256) {
        Some(path) => path,
        None => {
            let path = staging.path().join(format!("{}-{}.tar.gz", chosen.name, chosen.version));
            fetch(sources, &location, artifact.size, &path, &format!("{} {}", chosen.name, chosen.version))?;
            let found = hash_file(&path)?;
            if !found.eq_ignore_ascii_case(&artifact.sha256) {
                return Err(Error::unverified(format!(
                    "{location} is not what the index says: its sha256 is {found}, expected {}. Nothing was installed.",
                    artifact.sha256
                )));
            }
            sources.cache.keep_archive(&found, &path);
            path
        }
    };
    let source = Source::Index { index: index.address.to_string(), url: location.to_string() };
    Ok(Verified { path, sha256: artifact.sha256.to_ascii_lowercase(), level: level_known, source })
}

fn fetch(sources: &Sources<'_>, location: &Location, size: u64, to: &Path, what: &str) -> Result<()> {
    if size > LARGEST {
        return Err(Error::unverified(format!("{location} would have {size} bytes, more than any plugin")));
    }
    match location {
        Location::File(from) => {
            std::fs::copy(from, to).map_err(|error| Error::io("can't be copied", from, &error))?;
            Ok(())
        }
        Location::Web(_) if sources.offline => {
            Err(Error::unreachable(format!("{what} was never fetched, so it can't be had --offline")))
        }
        Location::Web(url) => {
            let got = download(sources, url, to, size, what)?;
            if got == size {
                return Ok(());
            }
            Err(Error::unreachable(format!("{url} was cut off after {got} of {size} bytes")))
        }
    }
}

fn download(sources: &Sources<'_>, url: &Url, to: &Path, size: u64, what: &str) -> Result<u64> {
    let mut file = File::create(to).map_err(|error| Error::io("can't be written", to, &error))?;
    let limits = Limits { size, other_hosts: true };
    let mut watch = |done, of| sources.watcher.progress(what, done, of);
    let got = sources.client()?.download(url, limits, &mut file, &mut watch);
    sources.watcher.finished();
    let got =
        got?.ok_or_else(|| Error::unreachable(format!("{url} could not be fetched: there is no such file")))?;
    file.sync_all().map_err(|error| Error::io("can't be written", to, &error))?;
    Ok(got)
}

/// An archive that was fetched before, if it is still the same.
fn from_cache(sources: &Sources<'_>, sha256: &str) -> Option<PathBuf> {
    let path = sources.cache.archive(&sha256.to_ascii_lowercase())?;
    let same = hash_file(&path).is_ok_and(|found| found.eq_ignore_ascii_case(sha256));
    same.then_some(path)
}

/// The signature beside an archive on the web. Only looked for if somebody is trusted.
fn signature_of(sources: &Sources<'_>, url: &Url) -> Result<Option<String>> {
    if sources.offline || sources.trust.for_archives(sources.given_keys).is_empty() {
        return Ok(None);
    }
    let mut url = url.clone();
    let path = format!("{}.minisig", url.path());
    url.set_path(&path);
    let bytes = sources.client()?.small(&url, Limits { size: 16 * 1024, other_hosts: true })?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether a trusted key signed the file.
pub(super) fn is_signed(sources: &Sources<'_>, path: &Path, signature: &str) -> Result<bool> {
    let keys = sources.trust.for_archives(sources.given_keys);
    Ok(keys::signer_of_file(&keys, path, signature)?.is_some())
}

fn level(signed: bool, has_hash: bool) -> Level {
    match (signed, has_hash) {
        (true, _) => Level::SignedAuthor,
        (false, true) => Level::Sha256Only,
        (false, false) => Level::Unverified,
    }
}

fn check_wanted(wanted: &Wanted, what: &str, sha256: &str) -> Result<()> {
    if wanted.accepts_hash(sha256) {
        return Ok(());
    }
    Err(Error::unverified(format!(
        "The sha256 of {what} is {sha256}, expected {}. Nothing was installed.",
        wanted.hashes.join(" or ")
    )))
}

/// Unpacks it and looks at what is in it, without running any of it.
pub(super) fn unpack(
    libraries: &dyn Libraries,
    staging: &Staging,
    verified: Verified,
    for_target: &str,
) -> Result<Prepared> {
    let tree = staging.folder(&format!("tree-{}", staged_files(staging)))?;
    let shown = verified.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let of_shown = |error: Error| Error { kind: error.kind, message: format!("{shown}: {error}") };
    let ours = target::ours() == for_target;
    let (descriptor, files) = if is_archive(&shown) {
        let files = archive::unpack(&verified.path, &tree)?;
        let text = std::fs::read_to_string(tree.join(descriptor::FILE)).map_err(|_| {
            Error::failed(format!("{shown} has no {}, so it is no archive of a plugin", descriptor::FILE))
        })?;
        (Descriptor::parse(&text).map_err(of_shown)?, files)
    } else {
        // A library by itself.
        let facts = described(libraries, &verified.path, &shown)?;
        let copy = tree.join(&shown);
        std::fs::copy(&verified.path, &copy)
            .map_err(|error| Error::io("can't be copied", &verified.path, &error))?;
        let descriptor = Descriptor::new(&facts, &target::ours(), &shown).map_err(of_shown)?;
        (descriptor, vec![PathBuf::from(&shown)])
    };
    let libs = files.iter().filter(|file| is_library(file)).count();
    if libs != 1 || !files.iter().any(|file| file == Path::new(&descriptor.library)) {
        return Err(Error::failed(format!(
            "{shown} has to have one library, {}, and has {libs}",
            descriptor.library
        )));
    }
    if descriptor.target != for_target {
        return Err(Error::nothing_fits(format!(
            "{shown} is for {}, and this is {for_target}",
            descriptor.target
        )));
    }
    let library = tree.join(&descriptor.library);
    let facts = match ours {
        true => libraries.check(&library).map_err(|why| Error::failed(format!("{shown} {why}")))?,
        false => described(libraries, &library, &shown)?,
    };
    descriptor.check(&facts).map_err(of_shown)?;
    if fits_abi(&descriptor.abi) == Fit::TooOld {
        return Err(Error::nothing_fits(format!(
            "{shown} was built for abi {}, this datasette has {}",
            descriptor.abi,
            our_abi()
        )));
    }
    let installed = Installed {
        version: descriptor.version.clone(),
        abi: descriptor.abi.clone(),
        target: descriptor.target.clone(),
        folder: folder_of(&descriptor.name, &descriptor.version, &verified.sha256),
        sha256: verified.sha256,
        source: verified.source,
        level: verified.level,
        library: descriptor.library.clone(),
        files: hashes(&tree, &files)?,
        requires: descriptor.requires.clone(),
        security: facts.security,
        plugins: facts.plugins,
        installed: jiff::Timestamp::now().to_string(),
    };
    Ok(Prepared { name: descriptor.name, installed, tree: Some(tree), archive: Some(verified.path) })
}

/// A library that stays where cargo puts it.
pub(super) fn link(libraries: &dyn Libraries, path: &Path) -> Result<Prepared> {
    let linked = editable::find(path)?;
    let shown = linked.library.display().to_string();
    let facts = libraries.check(&linked.library).map_err(|why| Error::failed(format!("{shown} {why}")))?;
    let folder = linked.library.parent().unwrap_or(Path::new("/")).to_owned();
    let installed = Installed {
        version: facts.version.clone(),
        abi: facts.abi(),
        target: target::ours(),
        sha256: hash_file(&linked.library)?,
        source: Source::Editable { path: linked.path },
        level: Level::Unverified,
        folder,
        library: linked.library.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        files: BTreeMap::new(),
        requires: Vec::new(),
        security: facts.security,
        plugins: facts.plugins.clone(),
        installed: jiff::Timestamp::now().to_string(),
    };
    Ok(Prepared { name: facts.normal_name()?, installed, tree: None, archive: None })
}

fn described(libraries: &dyn Libraries, library: &Path, shown: &str) -> Result<super::LibraryFacts> {
    let bytes = std::fs::read(library).map_err(|error| Error::io("can't be read", library, &error))?;
    libraries.describe(&bytes).map_err(|why| Error::failed(format!("{shown} {why}")))
}

fn is_library(file: &Path) -> bool {
    file.components().count() == 1
        && file.extension().is_some_and(|end| ["so", "dylib", "dll"].iter().any(|known| end == *known))
}

/// `x.tar.gz.minisig`
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".minisig");
    path.with_file_name(name)
}

fn file_name(url: &Url) -> String {
    url.path().rsplit('/').next().unwrap_or_default().to_owned()
}

/// So that nothing is staged under a name that is taken.
fn staged_files(staging: &Staging) -> usize {
    std::fs::read_dir(staging.path()).map(Iterator::count).unwrap_or_default()
}
