//! From a file to plugins that can be called.
//!
//! A file of somebody else's goes through all of it: look at its bytes, load it in a process that may
//! die, copy it to where nobody overwrites it, load the copy, compare the layouts, make the plugins.
//!
//! The server's own plugins skip the second and third step. They come from the same build as the server
//! and are replaced only together with it, and there are so many that a process for each would take
//! longer than all the rest of a start.

mod library;
mod manifest;
mod preflight;
mod probe;

use std::path::{Path, PathBuf};

use datasette_plugin_api::server::{RawHost, RemotePlugin};

pub(super) use library::PrivateCopies;
pub(super) use manifest::Manifest;
pub(super) use probe::load_for_probe;

/// Why a file gives no plugins, as a sentence that goes on after its name.
pub(super) type Reason = String;

/// A file of somebody else's that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) reason: Reason,
    /// As far as it could be read.
    pub(super) manifest: Option<Box<Manifest>>,
}

/// Loads one of the server's own plugins.
pub(super) fn built_in(path: &Path, host: RawHost) -> Result<Vec<RemotePlugin>, Reason> {
    preflight::quick(path)?;
    library::plugins(path, host)
}

/// What the file says about itself, without loading it.
pub(super) fn look_at(path: &Path) -> Result<Candidate, Refused> {
    let bytes = std::fs::read(path)
        .map_err(|error| Refused { reason: format!("can't be read: {error}"), manifest: None })?;
    let manifest = preflight::thorough(&bytes)?;
    Ok(Candidate { path: path.to_owned(), manifest, bytes })
}

/// What a library for any machine says about itself, without loading it.
pub(super) fn describe(bytes: &[u8]) -> Result<Manifest, Reason> {
    let manifest = preflight::of_any_machine(bytes)?;
    manifest.check()?;
    manifest.check_names()?;
    Ok(manifest)
}

/// A file that looks like a plugin.
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
    bytes: Vec<u8>,
}

impl Candidate {
    /// What it loses in this server, as a sentence that goes on after its name.
    pub(super) fn loses(&self) -> Option<String> {
        self.manifest.loses()
    }

    /// Loads it.
    pub(super) fn load(
        self,
        copies: &mut PrivateCopies,
        host: RawHost,
    ) -> Result<Vec<RemotePlugin>, Refused> {
        let plugins = self.try_load(copies, host);
        plugins.map_err(|reason| Refused { reason, manifest: Some(Box::new(self.manifest)) })
    }

    /// Of its bytes, in hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        probe::hash(&self.bytes)
    }

    /// Whether it could be loaded; it is tried in another process.
    pub(super) fn check(&self) -> Result<(), Reason> {
        self.manifest.check_names()?;
        probe::probe(&self.path, &self.bytes)
    }

    fn try_load(&self, copies: &mut PrivateCopies, host: RawHost) -> Result<Vec<RemotePlugin>, Reason> {
        self.check()?;
        let copy = copies.make(&self.path, &self.bytes)?;
        let plugins = library::plugins(copy.path(), host)?;
        self.manifest.check_announced(plugins.iter().map(|plugin| plugin.info().name.as_str()))?;
        Ok(plugins)
    }
}
