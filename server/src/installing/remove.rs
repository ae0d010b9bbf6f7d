//! Taking plugins away, and back to what was there before.

use super::error::{Error, Result};
use super::install::{Change, Done};
use super::place::Place;
use super::state::{Installed, Record, State};
use super::turn::Turn;
use super::{Libraries, Watcher, quarantine, store};

/// Removes plugins: all of them or none. The state first, so that a crash leaves files too many, and never one too few.
pub(crate) fn remove(place: &Place, names: &[String], watcher: &dyn Watcher) -> Result<Vec<Change>> {
    let _turn = Turn::take(place, watcher)?;
    let mut state = State::read(place)?;
    let mut changes = Vec::new();
    for name in names {
        let Some(record) = state.plugins.remove(name) else {
            return Err(not_installed(name));
        };
        changes.push(change(name, Done::Removed, &record.current, None));
    }
    for name in names {
        if let Some((other, requirement)) = state.required_by(name).into_iter().next() {
            return Err(Error::failed(format!(
                "{other} requires {requirement}; remove both, or neither. Nothing was removed."
            )));
        }
    }
    state.write(place)?;
    for name in names {
        quarantine::release(place, name)?;
    }
    store::clean_up(place, &state);
    Ok(changes)
}

/// Puts the version before this one in its place, and the other way round the next time.
pub(crate) fn roll_back(
    place: &Place,
    libraries: &dyn Libraries,
    name: &str,
    watcher: &dyn Watcher,
) -> Result<Change> {
    let _turn = Turn::take(place, watcher)?;
    let mut state = State::read(place)?;
    let Some(record) = state.plugins.remove(name) else {
        return Err(not_installed(name));
    };
    let Some(previous) = record.previous else {
        return Err(Error::failed(format!(
            "There is no version of {name} before {}; install one: datasette install {name}==VERSION",
            record.current.version
        )));
    };
    let folder = place.folder().join(&previous.folder);
    if let Some(difference) = store::differences(&folder, &previous.files).into_iter().next() {
        return Err(Error::unverified(format!(
            "{name} {} is not as it was installed: {difference}. Nothing was changed.",
            previous.version
        )));
    }
    let fits = libraries.check(&folder.join(&previous.library));
    fits.map_err(|why| Error::failed(format!("{name} {} {why}. Nothing was changed.", previous.version)))?;
    let changed = change(name, Done::RolledBack, &previous, Some(record.current.version.clone()));
    state
        .plugins
        .insert(name.to_owned(), Record { current: *previous, previous: Some(Box::new(record.current)) });
    state.write(place)?;
    quarantine::release(place, name)?;
    Ok(changed)
}

fn not_installed(name: &str) -> Error {
    Error::failed(format!("{name} is not installed; datasette plugins lists what is"))
}

fn change(name: &str, done: Done, installed: &Installed, before: Option<String>) -> Change {
    Change {
        name: name.to_owned(),
        done,
        version: installed.version.clone(),
        before,
        sha256: installed.sha256.clone(),
        level: installed.level,
        place: String::new(),
    }
}
