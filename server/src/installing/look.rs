//! Questions that change nothing: what an index has, what is newer, what was changed behind our back.

use std::collections::BTreeMap;

use super::error::{Error, Result};
use super::index::{Index, Page};
use super::indexes::Indexes;
use super::place::Place;
use super::resolve::usable;
use super::state::{Installed, Level, State};
use super::version::{self, Version};
use super::{Address, Sources, python, quarantine, store, target};

/// A plugin that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    /// The newest for this server; nothing if none fits.
    pub(crate) version: Option<String>,
    pub(crate) summary: String,
    pub(crate) index: String,
}

/// Plugins whose name or summary has the words in it, in whatever case.
pub(crate) fn search(
    place: &Place,
    sources: &mut Sources<'_>,
    addresses: Vec<Address>,
    words: &[String],
) -> Result<Vec<Found>> {
    let mut indexes = Indexes::new(needed(addresses)?);
    let opened = indexes.open_all(sources)?;
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let major = datasette_plugin_api::API_VERSION.split('.').next().unwrap_or_default();
    for index in opened {
        for (name, entry) in &index.file.plugins {
            let text = format!("{name} {}", entry.summary).to_lowercase();
            if words.iter().all(|word| text.contains(&word.to_lowercase())) {
                let one = Found {
                    name: name.clone(),
                    version: entry.latest.get(major).cloned(),
                    summary: entry.summary.clone(),
                    index: index.address.to_string(),
                };
                found.entry(name.clone()).or_insert(one);
            }
        }
    }
    sources.remember(place);
    Ok(found.into_values().collect())
}

/// Everything that is known of a plugin.
#[derive(Debug)]
pub(crate) struct PluginInfo {
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) installed: Option<Installed>,
    pub(crate) previous: Option<String>,
    pub(crate) quarantined: bool,
    /// What the index has, and how far it is believed.
    pub(crate) page: Option<(String, Level, Page)>,
    /// The newest that fits.
    pub(crate) newest: Option<String>,
}

/// What is installed of it, and what there is.
pub(crate) fn info(
    place: &Place,
    sources: &mut Sources<'_>,
    addresses: Vec<Address>,
    name: &str,
) -> Result<PluginInfo> {
    let state = State::read(place)?;
    let record = state.plugins.get(name);
    let mut indexes = Indexes::new(addresses.clone());
    let found = match addresses.is_empty() {
        true => None,
        false => indexes.find(sources, name)?,
    };
    sources.remember(place);
    if record.is_none() && found.is_none() {
        return Err(match addresses.is_empty() {
            true => needed(addresses).err().unwrap_or_else(|| Error::nothing_fits("")),
            false => Error::nothing_fits(format!(
                "There is no plugin {name}, neither installed nor in {}.{}",
                addresses.iter().map(Address::to_string).collect::<Vec<_>>().join(", "),
                python::remark(name)
            )),
        });
    }
    let newest = found.as_ref().and_then(|(_, page)| newest(page, false)).map(|version| version.to_string());
    let entry = found.as_ref().and_then(|(at, _)| indexes.get(*at)?.file.plugins.get(name));
    let summary = entry.map(|entry| entry.summary.clone()).unwrap_or_default();
    let page = found.and_then(|(at, page)| {
        let index: &Index = indexes.get(at)?;
        Some((index.address.to_string(), index.level, page))
    });
    Ok(PluginInfo {
        name: name.to_owned(),
        summary,
        installed: record.map(|record| record.current.clone()),
        previous: record.and_then(|record| Some(record.previous.as_ref()?.version.clone())),
        quarantined: record.is_some_and(|record| quarantine::is_held(place, name, &record.current.sha256)),
        page,
        newest,
    })
}

/// A plugin of which there is a newer version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newer {
    pub(crate) name: String,
    pub(crate) installed: String,
    pub(crate) newest: String,
}

/// What `install -U` would change. `addresses` asks for the indexes of a plugin.
pub(crate) fn outdated(
    place: &Place,
    sources: &mut Sources<'_>,
    addresses: &dyn Fn(&Installed) -> Result<Vec<Address>>,
) -> Result<Vec<Newer>> {
    let state = State::read(place)?;
    let mut newer = Vec::new();
    let mut opened: Vec<(Vec<Address>, Indexes)> = Vec::new();
    for (name, record) in state.plugins.iter().filter(|(_, record)| record.current.index().is_some()) {
        let addresses = addresses(&record.current)?;
        let at = opened.iter().position(|(known, _)| *known == addresses).unwrap_or_else(|| {
            opened.push((addresses.clone(), Indexes::new(addresses)));
            opened.len() - 1
        });
        let Some((_, indexes)) = opened.get_mut(at) else { continue };
        let Some((_, page)) = indexes.find(sources, name)? else { continue };
        let ours = version::parse(&record.current.version).map_err(Error::failed)?;
        if let Some(newest) = newest(&page, !ours.pre.is_empty()).filter(|newest| *newest > ours) {
            newer.push(Newer { name: name.clone(), installed: ours.to_string(), newest: newest.to_string() });
        }
    }
    sources.remember(place);
    Ok(newer)
}

fn newest(page: &Page, before_release: bool) -> Option<Version> {
    let usable = usable(page, &target::ours()).into_iter().filter(|(_, release, _)| !release.yanked);
    usable.map(|(version, ..)| version).filter(|version| before_release || version.pre.is_empty()).max()
}

/// A plugin that is not as it was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Each a file, and what is wrong with it.
    pub(crate) differences: Vec<String>,
}

/// Compares every installed file with its hash. Returns how many plugins were looked at, and those that differ.
pub(crate) fn verify(place: &Place) -> Result<(usize, Vec<Damage>)> {
    let state = State::read(place)?;
    let mut damaged = Vec::new();
    for (name, record) in &state.plugins {
        let versions = std::iter::once(&record.current).chain(record.previous.as_deref());
        for installed in versions {
            let folder = place.folder().join(&installed.folder);
            let mut differences = store::differences(&folder, &installed.files);
            if installed.is_editable() && !folder.join(&installed.library).is_file() {
                differences.push(format!("{} is missing", installed.library));
            }
            if !differences.is_empty() {
                damaged.push(Damage { name: name.clone(), version: installed.version.clone(), differences });
            }
        }
    }
    Ok((state.plugins.len(), damaged))
}

fn needed(addresses: Vec<Address>) -> Result<Vec<Address>> {
    if addresses.is_empty() {
        return Err(Error::usage(
            "There is no index to look into: give one with --index, or set DATASETTE_PLUGINS_INDEX",
        ));
    }
    Ok(addresses)
}
