//! The way of an installation, from what is wanted to the state on the disk.

use std::path::Path;

use super::error::{Error, Result};
use super::indexes::Indexes;
use super::order::{Order, Wanted, What};
use super::place::Place;
use super::plan::{Plan, check_author, check_levels, plan};
use super::prepare::{self, Prepared};
use super::resolve::{self, Chosen, Question};
use super::state::{Installed, Level, Record, State};
use super::store::{self, Staging};
use super::turn::Turn;
use super::version::{self, Requirement};
use super::{Address, Libraries, Sources, quarantine, target};

/// What became of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) done: Done,
    pub(crate) version: String,
    /// Which version was there before.
    pub(crate) before: Option<String>,
    pub(crate) sha256: String,
    pub(crate) level: Level,
    /// From where, or where to.
    pub(crate) place: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Installed,
    Linked,
    /// It was there, and will do.
    Kept,
    Downloaded,
    /// Only said, because of `--dry-run`.
    Planned,
    RolledBack,
    Removed,
}

/// Installs what is wanted: everything or nothing.
pub(crate) fn install(
    place: &Place,
    libraries: &dyn Libraries,
    sources: &mut Sources<'_>,
    addresses: Vec<Address>,
    order: &Order,
) -> Result<Vec<Change>> {
    let only_looks = order.dry_run || order.download_only.is_some();
    let _turn = if only_looks { None } else { Some(Turn::take(place, sources.watcher)?) };
    let state = State::read(place)?;
    let staging = if only_looks { Staging::temporary()? } else { Staging::new(place)? };

    let mut prepared = brought(libraries, sources, &staging, order)?;
    let (chosen, indexes) = chosen(place, sources, addresses, &state, order, &prepared)?;
    if !order.dry_run {
        sources.remember(place);
    }
    let planned = plan(sources, &indexes, chosen, order)?;
    check_levels(sources, &prepared, &planned, order)?;
    let mut changes = kept(&state, order, &prepared, &planned);
    if order.dry_run {
        changes.extend(prepared.iter().map(|one| change(&state, one, Done::Planned)));
        changes.extend(planned.iter().map(|one| one.change(&state)));
        return Ok(sorted(changes));
    }

    for plan in &planned {
        let index = indexes.get(plan.chosen.index).ok_or_else(|| Error::failed("there is no such index"))?;
        let verified = prepare::of_release(sources, &staging, &plan.chosen, index, plan.level)?;
        if plan.by_author {
            check_author(sources, &plan.chosen, &verified.path)?;
        }
        let one = prepare::unpack(libraries, &staging, verified, &order.target)?;
        agrees(&plan.chosen, &one)?;
        prepared.push(one);
    }
    if let Some(folder) = &order.download_only {
        return download(folder, &state, &prepared);
    }
    for one in &prepared {
        try_out(libraries, one)?;
    }
    let mut new = state.clone();
    for one in &prepared {
        if let Some(tree) = &one.tree {
            store::take_in(place, tree, &one.installed.folder, &one.installed.files)?;
        }
        let done = if one.installed.is_editable() { Done::Linked } else { Done::Installed };
        changes.push(change(&state, one, done));
        enter(&mut new, one);
    }
    if !prepared.is_empty() {
        new.write(place)?;
        for one in &prepared {
            quarantine::release(place, &one.name)?;
        }
    }
    store::clean_up(place, &new);
    Ok(sorted(changes))
}

/// What comes from files, addresses and crates.
fn brought(
    libraries: &dyn Libraries,
    sources: &Sources<'_>,
    staging: &Staging,
    order: &Order,
) -> Result<Vec<Prepared>> {
    if order.locked && !order.editable.is_empty() {
        return Err(Error::usage("--locked wants a hash for everything, and what is linked has none"));
    }
    let mut prepared = Vec::new();
    for wanted in &order.wanted {
        if order.locked && wanted.hashes.is_empty() {
            return Err(Error::usage(format!(
                "--locked wants a hash for everything, and {} has none",
                shown(wanted)
            )));
        }
        let verified = match &wanted.what {
            What::Named(_) => continue,
            What::File(path) => prepare::of_file(sources, wanted, path)?,
            What::Url(url) => {
                if order.dry_run && wanted.hashes.is_empty() {
                    return Err(Error::usage(format!(
                        "What is at {url} can't be known without fetching it; leave out --dry-run, or use --download-only"
                    )));
                }
                prepare::of_url(sources, staging, wanted, url)?
            }
        };
        prepared.push(prepare::unpack(libraries, staging, verified, &order.target)?);
    }
    for path in &order.editable {
        prepared.push(prepare::link(libraries, path)?);
    }
    let mut names: Vec<&str> = prepared.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) =
        names.windows(2).find(|pair| pair.first() == pair.get(1)).and_then(|pair| pair.first())
    {
        return Err(Error::usage(format!("{twice} is asked for twice")));
    }
    Ok(prepared)
}

fn chosen(
    place: &Place,
    sources: &mut Sources<'_>,
    addresses: Vec<Address>,
    state: &State,
    order: &Order,
    prepared: &[Prepared],
) -> Result<(Vec<Chosen>, Indexes)> {
    let wanted: Vec<Requirement> =
        order.wanted.iter().filter_map(|wanted| wanted.requirement().cloned()).collect();
    if order.locked
        && let Some(loose) = wanted.iter().find(|requirement| !requirement.pins())
    {
        return Err(Error::usage(format!(
            "--locked wants one version of everything, as in {}==1.2.3",
            loose.name
        )));
    }
    let versions: Result<Vec<_>> = prepared
        .iter()
        .map(|one| {
            let version = version::parse(&one.installed.version).map_err(Error::failed)?;
            Ok((one.name.clone(), version, one.installed.requires.clone()))
        })
        .collect();
    // What is broken is as good as not there, if somebody asks for it.
    let mut there = state.clone();
    if order.download_only.is_some() {
        there = State::default();
    }
    for requirement in &wanted {
        let broken = state.plugins.get(&requirement.name).is_some_and(|record| {
            is_broken(place, &record.current)
                || quarantine::is_held(place, &requirement.name, &record.current.sha256)
        });
        if broken {
            there.plugins.remove(&requirement.name);
        }
    }
    let question = Question {
        wanted: &wanted,
        brought: &versions?,
        state: &there,
        target: &order.target,
        upgrade: order.upgrade,
    };
    let mut indexes = Indexes::new(addresses).with_origins(state);
    let chosen = resolve::resolve(sources, &mut indexes, &question)?;
    Ok((chosen, indexes))
}

fn is_broken(place: &Place, installed: &Installed) -> bool {
    !store::differences(&place.folder().join(&installed.folder), &installed.files).is_empty()
}

/// What was asked for by name and is there.
fn kept(state: &State, order: &Order, prepared: &[Prepared], planned: &[Plan]) -> Vec<Change> {
    let mut kept = Vec::new();
    for name in order.wanted.iter().filter_map(|wanted| Some(&wanted.requirement()?.name)) {
        let changes = planned.iter().any(|plan| plan.chosen.name == *name)
            || prepared.iter().any(|one| one.name == *name);
        let Some(record) = state.plugins.get(name).filter(|_| !changes) else { continue };
        if kept.iter().any(|change: &Change| change.name == *name) {
            continue;
        }
        kept.push(Change {
            name: name.clone(),
            done: Done::Kept,
            version: record.current.version.clone(),
            before: Some(record.current.version.clone()),
            sha256: record.current.sha256.clone(),
            level: record.current.level,
            place: String::new(),
        });
    }
    kept
}

/// Whether the archive holds what the index announced.
fn agrees(chosen: &Chosen, one: &Prepared) -> Result<()> {
    let version = version::parse(&one.installed.version).ok();
    if one.name == chosen.name && version.as_ref() == Some(&chosen.version) && one.installed.abi == chosen.abi
    {
        return Ok(());
    }
    Err(Error::unverified(format!(
        "The index says {} {} (abi {}), the archive is {} {} (abi {}). Nothing was installed.",
        chosen.name, chosen.version, chosen.abi, one.name, one.installed.version, one.installed.abi
    )))
}

fn try_out(libraries: &dyn Libraries, one: &Prepared) -> Result<()> {
    let folder = one.tree.as_deref().unwrap_or(&one.installed.folder);
    libraries.try_out(&folder.join(&one.installed.library)).map_err(|why| {
        Error::failed(format!("{} {} {why}. Nothing was installed.", one.name, one.installed.version))
    })
}

fn download(folder: &Path, state: &State, prepared: &[Prepared]) -> Result<Vec<Change>> {
    std::fs::create_dir_all(folder).map_err(|error| Error::io("can't be made", folder, &error))?;
    let mut changes = Vec::new();
    for one in prepared {
        let Some(archive) = &one.archive else {
            return Err(Error::usage(format!("{} is linked, and there is nothing to download", one.name)));
        };
        let installed = &one.installed;
        let major = installed.abi.split('.').next().unwrap_or_default();
        let file =
            folder.join(format!("{}-{}-abi{major}-{}.tar.gz", one.name, installed.version, installed.target));
        std::fs::copy(archive, &file).map_err(|error| Error::io("can't be written", &file, &error))?;
        changes.push(Change { place: file.display().to_string(), ..change(state, one, Done::Downloaded) });
    }
    Ok(sorted(changes))
}

/// Puts it into the state; what was there is kept for `rollback`.
fn enter(state: &mut State, one: &Prepared) {
    let old = state.plugins.remove(&one.name);
    let previous = old.and_then(|old| match old.current.sha256 == one.installed.sha256 {
        true => old.previous,
        false => Some(Box::new(old.current)),
    });
    state.plugins.insert(one.name.clone(), Record { current: one.installed.clone(), previous });
}

fn change(state: &State, one: &Prepared, done: Done) -> Change {
    let installed = &one.installed;
    let place = match &installed.source {
        super::state::Source::Index { url, .. } | super::state::Source::Url { url } => url.clone(),
        super::state::Source::Path { path } | super::state::Source::Editable { path } => {
            path.display().to_string()
        }
    };
    Change {
        name: one.name.clone(),
        done,
        version: installed.version.clone(),
        before: state.plugins.get(&one.name).map(|record| record.current.version.clone()),
        sha256: installed.sha256.clone(),
        level: installed.level,
        place,
    }
}

fn sorted(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    changes
}

fn shown(wanted: &Wanted) -> String {
    match &wanted.what {
        What::Named(requirement) => requirement.to_string(),
        What::File(path) => path.display().to_string(),
        What::Url(url) => url.to_string(),
    }
}

/// Everything that came from an index, for `-U` without a name. The second: what did not.
pub(crate) fn upgradable(state: &State) -> (Vec<Wanted>, Vec<String>) {
    let mut wanted = Vec::new();
    let mut others = Vec::new();
    for (name, record) in &state.plugins {
        match (record.current.index(), Requirement::parse(name)) {
            (Some(_), Ok(requirement)) => {
                wanted.push(Wanted { what: What::Named(requirement), hashes: Vec::new() })
            }
            _ => others.push(name.clone()),
        }
    }
    (wanted, others)
}

/// Whether that is the machine that this runs on.
pub(crate) fn is_our_target(target: &str) -> bool {
    target == target::ours()
}
