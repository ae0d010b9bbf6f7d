//! From a file to plugins that can be called.
//!
//! A file of somebody else's goes through all of it: look at its bytes, load it in a process that may
//! die, copy it to where nobody overwrites it, load the copy, compare the layouts, make the plugins. The first two are
//! left out for files that went through them before.
//!
//! The server's own plugins skip the second and third step. They come from the same build as the server
//! and are replaced only together with it, and there are so many that a process for each would take
//! longer than all the rest of a start.

mod copies;
mod library;
mod manifest;
mod memory;
mod preflight;
mod probe;

use std::path::{Path, PathBuf};

use datasette_plugin_api::server::{RawHost, RemotePlugin};

pub(super) use copies::PrivateCopies;
use copies::PrivateCopy;
pub(super) use manifest::Manifest;
pub(super) use memory::Memory;
use memory::Stamp;
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
    let (bytes, stamp) = memory::contents(path)
        .map_err(|error| Refused { reason: format!("can't be read: {error}"), manifest: None })?;
    let manifest = preflight::thorough(&bytes)?;
    Ok(Candidate { path: path.to_owned(), manifest, content: Content::Read { bytes, stamp } })
}

/// The same; a file that was tried out before, and that nobody touched since, is not read again.
pub(super) fn look_at_again(path: &Path, memory: &Memory) -> Result<Candidate, Refused> {
    let known = memory.untouched(path).and_then(|stamp| Some((preflight::quick(path).ok()?, stamp)));
    match known {
        Some((manifest, stamp)) => {
            Ok(Candidate { path: path.to_owned(), manifest, content: Content::Untouched(stamp) })
        }
        None => look_at(path),
    }
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
    content: Content,
}

enum Content {
    /// The stamp is there if nobody has touched the file for a while.
    Read { bytes: Vec<u8>, stamp: Option<Stamp> },
    /// Still what was tried out before.
    Untouched(Stamp),
}

impl Candidate {
    /// Of its bytes, in hexadecimal digits; `None` if they were not read.
    pub(super) fn sha256(&self) -> Option<String> {
        match &self.content {
            Content::Read { bytes, .. } => Some(probe::hash(bytes)),
            Content::Untouched(_) => None,
        }
    }

    /// Whether it could be loaded; it is tried in another process, unless `memory` knows it.
    pub(super) fn check(&self, memory: &Memory) -> Result<(), Reason> {
        self.manifest.check_names()?;
        let Content::Read { bytes, stamp } = &self.content else { return Ok(()) };
        let hash = probe::hash(bytes);
        if probe::probe(&self.path, &hash, memory)? {
            memory.remember(hash, &self.path, stamp.clone());
        }
        Ok(())
    }

    /// Tries it out, and takes a copy.
    pub(super) fn prepare(self, copies: &PrivateCopies, memory: &Memory) -> Result<Prepared, Refused> {
        let copy = self.check(memory).and_then(|()| match &self.content {
            Content::Read { bytes, .. } => copies.of_bytes(&self.path, bytes).map(Some),
            Content::Untouched(stamp) => {
                let copy = copies.of_file(&self.path)?;
                let now = self.path.metadata().ok().and_then(|facts| Stamp::of(&facts));
                Ok(Some(copy).filter(|_| now.as_ref() == Some(stamp)))
            }
        });
        match copy {
            Ok(Some(copy)) => Ok(Prepared { path: self.path, manifest: self.manifest, copy }),
            // Somebody writes it just now: what was copied may be neither the old nor the new one.
            Ok(None) => look_at(&self.path)?.prepare(copies, memory),
            Err(reason) => Err(Refused { reason, manifest: Some(Box::new(self.manifest)) }),
        }
    }
}

/// A plugin that can be loaded.
pub(super) struct Prepared {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
    copy: PrivateCopy,
}

impl Prepared {
    /// Loads it.
    pub(super) fn load(self, host: RawHost) -> Result<Vec<RemotePlugin>, Refused> {
        let plugins = library::plugins(self.copy.path(), host).and_then(|plugins| {
            self.manifest.check_announced(plugins.iter().map(|plugin| plugin.info().name.as_str()))?;
            Ok(plugins)
        });
        plugins.map_err(|reason| Refused { reason, manifest: Some(Box::new(self.manifest)) })
    }
}
