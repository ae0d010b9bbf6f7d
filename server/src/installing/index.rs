//! An index of plugins: plain files on any web server, or in a folder.
//!
//! `v1/index.json` names every plugin with the hash of its page, `v1/p/NAME.json` every release with the hash of its
//! archives: one signature, `v1/index.json.minisig`, covers everything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::sqlite::hex;

use super::Sources;
use super::address::{Address, Location};
use super::error::{Error, Result};
use super::fetch::Limits;
use super::keys::{self, Key};
use super::state::Level;
use super::version::normal;

/// Where the files are, seen from the index's address.
pub(super) const INDEX: &str = "v1/index.json";
pub(super) const SIGNATURE: &str = "v1/index.json.minisig";

pub(super) fn page_file(name: &str) -> String {
    format!("v1/p/{name}.json")
}

const LARGEST_INDEX: u64 = 32 * 1024 * 1024;
const LARGEST_PAGE: u64 = 8 * 1024 * 1024;
const LARGEST_SIGNATURE: u64 = 16 * 1024;

/// `v1/index.json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IndexFile {
    /// Grows with every change.
    pub(crate) serial: u64,
    pub(crate) generated: String,
    /// Nobody believes it after that.
    pub(crate) expires: String,
    pub(crate) plugins: BTreeMap<String, Entry>,
}

/// What the index says about a plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The newest version for each major version of the plugin API.
    #[serde(default)]
    pub(crate) latest: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) summary: String,
    /// Of the plugin's page.
    pub(crate) sha256: String,
}

/// `v1/p/NAME.json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) releases: Vec<Release>,
}

/// A version of a plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Release {
    pub(crate) version: String,
    /// Major and minor version of the plugin API that it was built with.
    pub(crate) abi: String,
    /// Not to be installed any more, unless somebody asks for that very version.
    #[serde(default)]
    pub(crate) yanked: bool,
    /// Other plugins, as `name>=1`.
    #[serde(default)]
    pub(crate) requires: Vec<String>,
    /// By target.
    pub(crate) artifacts: BTreeMap<String, Artifact>,
}

/// An archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Artifact {
    /// An address, or a path from the index's own.
    pub(crate) url: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// The author's signature of the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minisig: Option<String>,
}

/// An index that was verified.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) address: Address,
    /// Of what it names the hash of.
    pub(crate) level: Level,
    pub(crate) file: IndexFile,
}

impl Index {
    /// Reads an index and verifies it: signature, date, serial number.
    pub(super) fn open(sources: &mut Sources<'_>, address: &Address) -> Result<Self> {
        let shown = address.to_string();
        let missing =
            |file: &str| Error::unreachable(format!("There is no index at {shown}: it has no {file}"));
        let bytes = read(sources, address, INDEX, LARGEST_INDEX)?.ok_or_else(|| missing(INDEX))?;
        let keys = sources.trust.for_index(&shown, sources.given_keys);
        let key = match keys.is_empty() {
            true => None,
            false => Some(signed_by(sources, address, &bytes, &keys)?),
        };
        let file: IndexFile = serde_json::from_slice(&bytes).map_err(|error| {
            Error::unreachable(format!("{INDEX} of {shown} is no index of plugins: {error}"))
        })?;
        check_date(&shown, &file.expires)?;
        if let Some(key) = &key {
            sources.trust.see(&shown, file.serial, &file.expires, key)?;
        }
        if !sources.offline {
            sources.cache.keep(&shown, INDEX, &bytes);
        }
        let level = match &key {
            Some(_) => Level::SignedIndex,
            None if address.is_private() => Level::Sha256Only,
            None => Level::Unverified,
        };
        Ok(Self { address: address.clone(), level, file })
    }

    /// What it knows of a plugin; `None` if it does not know it.
    pub(super) fn page(&self, sources: &Sources<'_>, name: &str) -> Result<Option<Page>> {
        let Some(entry) = self.file.plugins.get(name) else { return Ok(None) };
        let file = page_file(name);
        let bytes = read(sources, &self.address, &file, LARGEST_PAGE)?
            .ok_or_else(|| Error::unreachable(format!("The index {} has no {file}", self.address)))?;
        let found = hex(&Sha256::digest(&bytes));
        if !found.eq_ignore_ascii_case(&entry.sha256) {
            return Err(Error::unverified(format!(
                "{file} of {} is not what the index says: its sha256 is {found}, expected {}. Nothing was installed.",
                self.address, entry.sha256
            )));
        }
        let page: Page = serde_json::from_slice(&bytes).map_err(|error| {
            Error::unreachable(format!("{file} of {} can't be understood: {error}", self.address))
        })?;
        if normal(&page.name).ok().as_deref() != Some(name) {
            return Err(Error::unverified(format!("{file} of {} is about {}", self.address, page.name)));
        }
        if !sources.offline {
            sources.cache.keep(&self.address.to_string(), &file, &bytes);
        }
        Ok(Some(page))
    }
}

fn signed_by(sources: &Sources<'_>, address: &Address, bytes: &[u8], keys: &[Key]) -> Result<Key> {
    let ids = || keys.iter().map(Key::id).collect::<Vec<_>>().join(", ");
    let signature = read(sources, address, SIGNATURE, LARGEST_SIGNATURE)?.ok_or_else(|| {
        Error::unverified(format!(
            "The index {address} is not signed, and has to be, by {}. Nothing was installed.",
            ids()
        ))
    })?;
    let signature = String::from_utf8_lossy(&signature);
    let key = keys::signer(keys, bytes, &signature).ok_or_else(|| {
        Error::unverified(format!(
            "The signature of the index {address} is not by {}: it was changed, or the key is another one. \
             Nothing was installed.",
            ids()
        ))
    })?;
    if !sources.offline {
        sources.cache.keep(&address.to_string(), SIGNATURE, signature.as_bytes());
    }
    Ok(key.clone())
}

fn check_date(index: &str, expires: &str) -> Result<()> {
    let date: jiff::Timestamp = expires.parse().map_err(|_| {
        Error::unverified(format!(
            "The index {index} does not say until when it holds: {expires:?} is no date"
        ))
    })?;
    if date < jiff::Timestamp::now() {
        return Err(Error::unverified(format!(
            "The index {index} expired on {expires}. Whoever keeps it has to renew it; if it is newer than that, \
             somebody is showing an old one, or the clock of this machine is wrong. Nothing was installed."
        )));
    }
    Ok(())
}

fn read(sources: &Sources<'_>, address: &Address, file: &str, largest: u64) -> Result<Option<Vec<u8>>> {
    match address.file(file)? {
        Location::File(path) => match std::fs::metadata(&path) {
            Ok(meta) if meta.len() > largest => {
                Err(Error::unverified(format!("{} is larger than {largest} bytes", path.display())))
            }
            Ok(_) => {
                std::fs::read(&path).map(Some).map_err(|error| Error::io("can't be read", &path, &error))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("can't be read", &path, &error)),
        },
        Location::Web(_) if sources.offline => {
            let kept = sources.cache.read(&address.to_string(), file);
            // No signature is an answer, too; everything else has to have been there.
            if kept.is_none() && file != SIGNATURE {
                return Err(Error::unreachable(format!(
                    "{file} of {address} was never fetched, so there is nothing to be had --offline"
                )));
            }
            Ok(kept)
        }
        Location::Web(url) => sources.client()?.small(&url, Limits { size: largest, other_hosts: false }),
    }
}
