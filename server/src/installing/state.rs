//! `installed.json`: what is installed. It is the lock file as well: everything needed to install the same again.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::{Error, Result};
use super::place::{Place, write_whole};

/// Of the file's format.
const SCHEMA: u32 = 1;

/// Everything that is installed, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    schema: u32,
    pub(crate) plugins: BTreeMap<String, Record>,
}

/// A plugin, and what was there before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(crate) current: Installed,
    /// Kept for `rollback`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<Box<Installed>>,
}

/// One version of a plugin, as it was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Installed {
    pub(crate) version: String,
    /// Of the plugin API that it was built with.
    pub(crate) abi: String,
    pub(crate) target: String,
    /// Of what was installed: the archive, or the library itself.
    pub(crate) sha256: String,
    pub(crate) source: Source,
    pub(crate) level: Level,
    /// Seen from the folder of plugins; absolute for one that is only linked.
    pub(crate) folder: PathBuf,
    /// The library's file in it.
    pub(crate) library: String,
    /// Hashes of all files. Empty for one that is only linked, and changes with each build.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) requires: Vec<String>,
    /// The site must not run without it.
    #[serde(default)]
    pub(crate) security: bool,
    /// The plugins in the library.
    #[serde(default)]
    pub(crate) plugins: Vec<String>,
    pub(crate) installed: String,
}

/// Where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Source {
    Index { index: String, url: String },
    Url { url: String },
    Path { path: PathBuf },
    Editable { path: PathBuf },
}

/// How much is known about where a plugin comes from, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    /// A trusted key signed the index that names its hash.
    SignedIndex,
    /// A trusted key signed the archive.
    SignedAuthor,
    /// It is what somebody said it is.
    Sha256Only,
    Unverified,
}

impl Level {
    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Self::SignedIndex | Self::SignedAuthor)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::SignedIndex => "signed-index",
            Self::SignedAuthor => "signed-author",
            Self::Sha256Only => "sha256-only",
            Self::Unverified => "unverified",
        })
    }
}

impl Installed {
    pub(crate) fn is_editable(&self) -> bool {
        matches!(self.source, Source::Editable { .. })
    }

    /// The index that it came from.
    pub(crate) fn index(&self) -> Option<&str> {
        match &self.source {
            Source::Index { index, .. } => Some(index),
            _ => None,
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self { schema: SCHEMA, plugins: BTreeMap::new() }
    }
}

impl State {
    pub(crate) fn read(place: &Place) -> Result<Self> {
        let path = place.state();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            // Nothing was ever installed. A file in the way is found by whoever wants to write.
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(Self::default());
            }
            Err(error) => return Err(Error::io("can't be read", &path, &error)),
        };
        let damaged = |error: serde_json::Error| {
            Error::failed(format!(
                "{} is damaged ({error}); restore it, or remove it and install the plugins again",
                path.display()
            ))
        };
        let state: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        if state.schema > SCHEMA {
            return Err(Error::failed(format!(
                "{} was written by a newer datasette; use that",
                path.display()
            )));
        }
        // Names become paths.
        for (name, record) in &state.plugins {
            let current = &record.current;
            let plain = super::version::normal(name).is_ok_and(|normal| normal == *name)
                && (current.is_editable() || is_inside(&current.folder))
                && !current.library.contains(['/', '\\']);
            if !plain {
                return Err(Error::failed(format!(
                    "{} is damaged (the entry {name:?} leads out of the folder); restore it",
                    path.display()
                )));
            }
        }
        Ok(state)
    }

    /// Replaces the file as a whole: after a crash it is either the old or the new one.
    pub(super) fn write(&self, place: &Place) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::failed(format!("the state can't be written as JSON: {error}")))?;
        write_whole(&place.state(), &text).map_err(|error| place.not_writable(&error))
    }

    /// What installed plugins ask of that one.
    pub(super) fn required_by(&self, name: &str) -> Vec<(String, String)> {
        let asks = |(other, record): (&String, &Record)| {
            let requires = record.current.requires.iter();
            let about = requires.filter(|text| {
                super::version::Requirement::parse(text).is_ok_and(|requirement| requirement.name == name)
            });
            about.map(|text| (other.clone(), text.clone())).collect::<Vec<_>>()
        };
        self.plugins.iter().flat_map(asks).collect()
    }
}

fn is_inside(path: &std::path::Path) -> bool {
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::installing) fn installed(version: &str) -> Installed {
        Installed {
            version: version.to_owned(),
            abi: "1.0".to_owned(),
            target: super::super::target::ours(),
            sha256: "ab".repeat(32),
            source: Source::Path { path: "/tmp/x.tar.gz".into() },
            level: Level::Unverified,
            folder: format!("store/x/{version}-abababab").into(),
            library: "libx.so".to_owned(),
            files: BTreeMap::new(),
            requires: Vec::new(),
            security: false,
            plugins: vec!["x".to_owned()],
            installed: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    #[test]
    fn the_state_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        let mut state = State::read(&place).unwrap();
        assert!(state.plugins.is_empty());
        let record = Record { current: installed("1.0.0"), previous: Some(Box::new(installed("0.9.0"))) };
        state.plugins.insert("x".to_owned(), record.clone());
        state.write(&place).unwrap();
        assert_eq!(State::read(&place).unwrap().plugins["x"], record);
    }

    #[test]
    fn a_damaged_state_says_so_and_newer_ones_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        let check = |text: &str, word: &str| {
            std::fs::write(place.state(), text).unwrap();
            let error = State::read(&place).unwrap_err();
            assert!(error.message.contains(word), "{error}");
        };
        check("{", "damaged");
        check("{\"schema\": 2, \"plugins\": {}}", "newer datasette");
        let mut out = State::default();
        let mut elsewhere = installed("1.0.0");
        elsewhere.folder = "../../etc".into();
        out.plugins.insert("x".to_owned(), Record { current: elsewhere, previous: None });
        check(&serde_json::to_string(&out).unwrap(), "leads out");
    }
}
