//! What will be fetched, and whether that may be installed as far as it is believed.

use std::path::Path;

use super::Sources;
use super::error::{Error, Result};
use super::index::Index;
use super::indexes::Indexes;
use super::install::{Change, Done};
use super::order::Order;
use super::prepare::{self, Prepared};
use super::resolve::Chosen;
use super::state::{Level, Source, State};

/// A release that will be fetched.
pub(super) struct Plan {
    pub(super) chosen: Chosen,
    pub(super) level: Level,
    /// The level holds only if the author's signature of the archive does.
    pub(super) by_author: bool,
    from: String,
}

impl Plan {
    /// What is said of it before it is done.
    pub(super) fn change(&self, state: &State) -> Change {
        let before = state.plugins.get(&self.chosen.name).map(|record| record.current.version.clone());
        Change {
            name: self.chosen.name.clone(),
            done: Done::Planned,
            version: self.chosen.version.to_string(),
            before,
            sha256: self.chosen.artifact.sha256.clone(),
            level: self.level,
            place: self.from.clone(),
        }
    }
}

/// What will be fetched, and how far it is believed.
pub(super) fn plan(
    sources: &Sources<'_>,
    indexes: &Indexes,
    chosen: Vec<Chosen>,
    order: &Order,
) -> Result<Vec<Plan>> {
    let hashed = order.locked || order.wanted.iter().any(|wanted| !wanted.hashes.is_empty());
    let keys = sources.trust.for_archives(sources.given_keys);
    let mut planned = Vec::new();
    for chosen in chosen {
        let index: &Index =
            indexes.get(chosen.index).ok_or_else(|| Error::failed("there is no such index"))?;
        let asked = order
            .wanted
            .iter()
            .find(|wanted| wanted.requirement().is_some_and(|requirement| requirement.name == chosen.name));
        let hashes = asked.map(|wanted| wanted.hashes.as_slice()).unwrap_or_default();
        if hashed && hashes.is_empty() {
            return Err(Error::unverified(format!(
                "{} {} has no --hash, and if one plugin has one all need one. Nothing was installed.",
                chosen.name, chosen.version
            )));
        }
        if asked.is_some_and(|wanted| !wanted.accepts_hash(&chosen.artifact.sha256)) {
            return Err(Error::unverified(format!(
                "The sha256 of {} {} is {} by the index, expected {}. Nothing was installed.",
                chosen.name,
                chosen.version,
                chosen.artifact.sha256,
                hashes.join(" or ")
            )));
        }
        let by_author = !index.level.is_signed() && chosen.artifact.minisig.is_some() && !keys.is_empty();
        let level = match (by_author, index.level, hashes.is_empty()) {
            (true, ..) => Level::SignedAuthor,
            (false, Level::Unverified, false) => Level::Sha256Only,
            (false, level, _) => level,
        };
        if chosen.yanked {
            let (name, version) = (&chosen.name, &chosen.version);
            sources.watcher.note(&format!("Warning: {name} {version} was taken back by its author"));
        }
        let from = index.address.artefact(&chosen.artifact.url)?.to_string();
        planned.push(Plan { chosen, level, by_author, from });
    }
    Ok(planned)
}

/// Whether the author's signature, on which the level rests, holds.
pub(super) fn check_author(sources: &Sources<'_>, chosen: &Chosen, archive: &Path) -> Result<()> {
    let signature = chosen.artifact.minisig.as_deref().unwrap_or_default();
    if prepare::is_signed(sources, archive, signature)? {
        return Ok(());
    }
    Err(Error::unverified(format!(
        "The author's signature of {} {} is by none of the trusted keys. Nothing was installed.",
        chosen.name, chosen.version
    )))
}

/// Whether what is believed of everything is enough.
pub(super) fn check_levels(
    sources: &Sources<'_>,
    prepared: &[Prepared],
    planned: &[Plan],
    order: &Order,
) -> Result<()> {
    let brought = prepared.iter().map(|one| (one.name.as_str(), one.installed.level, &one.installed));
    if order.require_signed {
        let unsigned = brought.clone().map(|(name, level, _)| (name, level));
        let mut all = unsigned.chain(planned.iter().map(|plan| (plan.chosen.name.as_str(), plan.level)));
        if let Some((name, level)) = all.find(|(_, level)| !level.is_signed()) {
            return Err(Error::unverified(format!(
                "{name} is {level}, and --require-signed was given. Nothing was installed."
            )));
        }
    }
    let from_web = brought.filter(|(_, level, installed)| {
        *level == Level::Unverified && matches!(installed.source, Source::Url { .. })
    });
    let from_web = from_web
        .map(|(name, _, installed)| format!("{name} {} (sha256 {})", installed.version, installed.sha256));
    let by_index = planned.iter().filter(|plan| plan.level == Level::Unverified);
    let by_index =
        by_index.map(|plan| format!("{} {} ({})", plan.chosen.name, plan.chosen.version, plan.from));
    for one in from_web.chain(by_index) {
        if !order.dry_run
            && !sources.watcher.confirm(&format!("Nothing vouches for {one}. Install it all the same?"))
        {
            return Err(Error::unverified(format!(
                "Nothing vouches for {one}. Give its hash with --sha256, a key with --index-key, or --yes if you \
                 checked it yourself. Nothing was installed."
            )));
        }
    }
    Ok(())
}
