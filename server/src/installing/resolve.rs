//! Which releases: of each plugin the newest that fits this server, this machine, and everybody who asks for it.

use std::collections::BTreeMap;

use super::Sources;
use super::error::{Error, Result};
use super::index::{Artifact, Page, Release};
use super::indexes::Indexes;
use super::python;
use super::state::State;
use super::version::{self, Requirement, Version};

/// Requirements that keep changing their mind are given up.
const MOST_ROUNDS: usize = 50;

/// A release to be installed.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) abi: String,
    pub(crate) requires: Vec<String>,
    pub(crate) artifact: Artifact,
    /// Which of the indexes.
    pub(crate) index: usize,
    pub(crate) yanked: bool,
}

/// What is asked for, and of whom.
pub(super) struct Question<'a> {
    pub(super) wanted: &'a [Requirement],
    /// Plugins that come from a file or an address in the same breath: name, version, what they require.
    pub(super) brought: &'a [(String, Version, Vec<String>)],
    pub(super) state: &'a State,
    pub(super) target: &'a str,
    /// Take the newest even where one is installed that would do.
    pub(super) upgrade: bool,
}

/// The releases to install, with those that they require. What is installed and will do is left out.
pub(super) fn resolve(
    sources: &mut Sources<'_>,
    indexes: &mut Indexes,
    question: &Question<'_>,
) -> Result<Vec<Chosen>> {
    let mut chosen: BTreeMap<String, Chosen> = BTreeMap::new();
    for _ in 0..MOST_ROUNDS {
        let asked = asked(question, &chosen)?;
        let mut next = BTreeMap::new();
        for (name, asking) in &asked {
            if let Some(release) = one(sources, indexes, question, name, asking)? {
                next.insert(name.clone(), release);
            }
        }
        let versions = |releases: &BTreeMap<String, Chosen>| -> Vec<(String, Version)> {
            releases.iter().map(|(name, release)| (name.clone(), release.version.clone())).collect()
        };
        if versions(&next) == versions(&chosen) {
            return Ok(chosen.into_values().collect());
        }
        chosen = next;
    }
    Err(Error::nothing_fits(
        "The plugins require each other in a way that nothing fits; name the versions yourself",
    ))
}

/// A requirement, and who has it: nobody but the person who asks.
type Asking = (Requirement, Option<String>);

/// Everything that is required of each plugin.
fn asked(
    question: &Question<'_>,
    chosen: &BTreeMap<String, Chosen>,
) -> Result<BTreeMap<String, Vec<Asking>>> {
    let mut asked: BTreeMap<String, Vec<Asking>> = BTreeMap::new();
    for requirement in question.wanted {
        asked.entry(requirement.name.clone()).or_default().push((requirement.clone(), None));
    }
    let brought =
        question.brought.iter().map(|(name, version, requires)| (name, version.to_string(), requires));
    let releases =
        chosen.values().map(|release| (&release.name, release.version.to_string(), &release.requires));
    for (name, version, requires) in brought.chain(releases) {
        for text in requires {
            let requirement = Requirement::parse(text).map_err(|error| {
                Error::nothing_fits(format!("{name} {version} requires something strange: {error}"))
            })?;
            asked
                .entry(requirement.name.clone())
                .or_default()
                .push((requirement, Some(format!("{name} {version}"))));
        }
    }
    // Who stays has a say in what changes.
    for (name, record) in &question.state.plugins {
        if asked.contains_key(name) || question.brought.iter().any(|(brought, ..)| brought == name) {
            continue;
        }
        for text in &record.current.requires {
            if let Ok(requirement) = Requirement::parse(text)
                && let Some(asking) = asked.get_mut(&requirement.name)
            {
                asking.push((requirement, Some(format!("{name} {}", record.current.version))));
            }
        }
    }
    Ok(asked)
}

/// The release of one plugin; `None` if what is there will do.
fn one(
    sources: &mut Sources<'_>,
    indexes: &mut Indexes,
    question: &Question<'_>,
    name: &str,
    asking: &[Asking],
) -> Result<Option<Chosen>> {
    let accepts =
        |version: &Version, before: bool| asking.iter().all(|(asked, _)| asked.accepts(version, before));
    if let Some((_, version, _)) = question.brought.iter().find(|(brought, ..)| brought == name) {
        if accepts(version, true) {
            return Ok(None);
        }
        return Err(Error::nothing_fits(format!(
            "{name} {version} is not what is required: {}",
            who(asking)
        )));
    }
    let installed = question.state.plugins.get(name).map(|record| &record.current);
    let by_hand = question.wanted.iter().any(|requirement| requirement.name == name);
    if let Some(version) = installed.and_then(|installed| version::parse(&installed.version).ok())
        && accepts(&version, true)
        && !(question.upgrade && by_hand)
        && installed.is_some_and(|installed| installed.target == question.target)
    {
        return Ok(None);
    }
    let Some((index, page)) = indexes.page(sources, name)?.cloned() else {
        let whose = asking.iter().find_map(|(_, who)| who.as_ref());
        let whose = whose.map(|who| format!(", which {who} requires")).unwrap_or_default();
        return Err(Error::nothing_fits(format!(
            "There is no plugin {name} in {}{whose}.{}",
            indexes.names(),
            python::remark(name)
        )));
    };
    let pinned = asking.iter().any(|(asked, _)| asked.pins());
    let mut usable = usable(&page, question.target);
    usable.retain(|(_, release, _)| !release.yanked || pinned);
    let best = |before: bool| {
        usable.iter().filter(|(version, ..)| accepts(version, before)).max_by(|a, b| a.0.cmp(&b.0))
    };
    // Only where there is no release at all is one before its release taken.
    let Some((version, release, artifact)) = best(false).or_else(|| best(true)) else {
        return Err(nothing_fits(name, &page, asking, question.target));
    };
    if installed.is_some_and(|installed| installed.sha256.eq_ignore_ascii_case(&artifact.sha256)) {
        return Ok(None);
    }
    Ok(Some(Chosen {
        name: name.to_owned(),
        version: version.clone(),
        abi: release.abi.clone(),
        requires: release.requires.clone(),
        artifact: (*artifact).clone(),
        index,
        yanked: release.yanked,
    }))
}

/// The releases that this server can load on that machine.
pub(super) fn usable<'a>(page: &'a Page, target: &str) -> Vec<(Version, &'a Release, &'a Artifact)> {
    let fits = |release: &'a Release| {
        let version = version::parse(&release.version).ok()?;
        let artifact = release.artifacts.get(target)?;
        (fits_abi(&release.abi) == Fit::Fits).then_some((version, release, artifact))
    };
    page.releases.iter().filter_map(fits).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Fits,
    /// Needs a newer server.
    TooNew,
    /// Was built for a server before this one.
    TooOld,
}

/// Whether a plugin that was built with that version of the API can be loaded and gets all it may ask for.
pub(super) fn fits_abi(theirs: &str) -> Fit {
    let parts = |text: &str| {
        let mut numbers = text.split('.').map(|part| part.parse::<u64>().ok());
        Some((numbers.next()??, numbers.next().flatten().unwrap_or(0)))
    };
    let (Some(theirs), Some(ours)) = (parts(theirs), parts(datasette_plugin_api::API_VERSION)) else {
        return Fit::TooNew;
    };
    match (theirs.0.cmp(&ours.0), theirs.1 <= ours.1) {
        (std::cmp::Ordering::Equal, true) => Fit::Fits,
        (std::cmp::Ordering::Less, _) => Fit::TooOld,
        _ => Fit::TooNew,
    }
}

fn who(asking: &[Asking]) -> String {
    let one = |(asked, who): &Asking| match who {
        Some(who) => format!("{asked} (by {who})"),
        None => asked.to_string(),
    };
    asking.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Says what there is instead, newest first.
fn nothing_fits(name: &str, page: &Page, asking: &[Asking], target: &str) -> Error {
    let mut releases: Vec<(Version, &Release)> = page
        .releases
        .iter()
        .filter_map(|release| Some((version::parse(&release.version).ok()?, release)))
        .collect();
    releases.sort_by(|a, b| b.0.cmp(&a.0));
    if releases.is_empty() {
        return Error::nothing_fits(format!("There is no release of {name}"));
    }
    let line = |(version, release): &(Version, &Release)| {
        let mut why = Vec::new();
        let refused = asking.iter().find(|(asked, _)| !asked.accepts(version, true));
        match fits_abi(&release.abi) {
            Fit::TooNew => why.push(format!("needs abi {}, this datasette has {}", release.abi, our_abi())),
            Fit::TooOld => {
                why.push(format!("was built for abi {}, this datasette has {}", release.abi, our_abi()))
            }
            Fit::Fits => {}
        }
        if !release.artifacts.contains_key(target) {
            let targets: Vec<&str> = release.artifacts.keys().map(String::as_str).collect();
            why.push(format!("is not built for {target}, only for {}", targets.join(", ")));
        }
        if release.yanked {
            why.push("was taken back".to_owned());
        }
        if let Some((asked, who)) = refused {
            let by = who.as_ref().map(|who| format!(" by {who}")).unwrap_or_default();
            why.push(format!("is not {asked}, as asked for{by}"));
        }
        format!("  {version} {}", why.join("; "))
    };
    let table: Vec<String> = releases.iter().take(10).map(line).collect();
    let newest = usable(page, target)
        .into_iter()
        .filter(|(_, release, _)| !release.yanked)
        .max_by(|a, b| a.0.cmp(&b.0));
    let hint = match newest {
        Some((version, ..)) => {
            format!("\nThe newest that fits: {version} → datasette install {name}=={version}")
        }
        None => String::new(),
    };
    Error::nothing_fits(format!("No release of {name} fits {}:\n{}{hint}", who(asking), table.join("\n")))
}

/// Major and minor version.
pub(super) fn our_abi() -> String {
    datasette_plugin_api::API_VERSION.split('.').take(2).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(releases: &[(&str, &str, bool, &str)]) -> Page {
        let artifact = Artifact { url: "x".into(), size: 1, sha256: "a".into(), minisig: None };
        let release = |(version, abi, yanked, target): &(&str, &str, bool, &str)| Release {
            version: (*version).to_owned(),
            abi: (*abi).to_owned(),
            yanked: *yanked,
            requires: Vec::new(),
            artifacts: BTreeMap::from([((*target).to_owned(), artifact.clone())]),
        };
        Page { name: "x".to_owned(), releases: releases.iter().map(release).collect() }
    }

    #[test]
    fn the_major_version_has_to_be_ours_and_the_minor_not_above() {
        assert_eq!(fits_abi("1.0"), Fit::Fits);
        assert_eq!(fits_abi("1.999"), Fit::TooNew);
        assert_eq!(fits_abi("2.0"), Fit::TooNew);
        assert_eq!(fits_abi("0.9"), Fit::TooOld);
        assert_eq!(fits_abi("rubbish"), Fit::TooNew);
    }

    #[test]
    fn when_nothing_fits_there_is_a_table_and_a_way_out() {
        let page = page(&[
            ("0.3.1", "2.0", false, "t-t-t"),
            ("0.2.9", "1.0", false, "t-t-t"),
            ("0.2.8", "1.0", true, "o-o-o"),
        ]);
        let asking = [(Requirement::parse("x>=0.3").unwrap(), None)];
        let error = nothing_fits("x", &page, &asking, "t-t-t").message;
        for word in [
            "0.3.1 needs abi 2.0",
            "0.2.9 is not x>=0.3",
            "not built for t-t-t, only for o-o-o",
            "taken back",
            "datasette install x==0.2.9",
        ] {
            assert!(error.contains(word), "{word:?} is not in {error}");
        }
    }
}
