//! What the commands about installing have in common: where plugins are, where they come from, and what is said.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value as Json, json};

use crate::config::dumps_indented;
use crate::installing::{
    Address, Change, DEFAULT_INDEX, DEFAULT_INDEX_KEY, Done, Error, Key, Kind, Place, State, Watcher,
};
use crate::options::StartError;
use crate::plugins::installed_folder;

use super::World;
use super::error::{CliError, Result};

/// Where plugins come from.
#[derive(Debug, Default, clap::Args)]
pub(super) struct IndexArgs {
    /// Address or folder of an index of plugins. Again for mirrors: they are asked in that order
    /// [env: DATASETTE_PLUGINS_INDEX]
    #[arg(long = "index", value_name = "URL")]
    pub(super) indexes: Vec<String>,

    /// Public key that has to have signed the index, or a file with it. It is remembered for that index
    #[arg(long = "index-key", value_name = "KEY")]
    pub(super) index_keys: Vec<String>,

    /// Ask nobody: take what was fetched before
    #[arg(long)]
    pub(super) offline: bool,
}

/// Where plugins are.
#[derive(Debug, Default, clap::Args)]
pub(super) struct PlaceArgs {
    /// Folder of installed plugins [env: DATASETTE_PLUGINS_DIR]
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) plugins_dir: Option<PathBuf>,
}

impl PlaceArgs {
    pub(super) fn place<M>(&self, world: &World<'_, M>) -> Result<Place> {
        let folder =
            self.plugins_dir.clone().or_else(|| world.var("DATASETTE_PLUGINS_DIR").map(PathBuf::from));
        let folder = folder.or_else(installed_folder).ok_or_else(|| {
            CliError::failed("This user has no folder for data; say where plugins are with --plugins-dir")
        })?;
        Ok(Place::new(folder))
    }
}

impl IndexArgs {
    /// Where to look. Without a word about it: where the installed plugins of these names came from.
    pub(super) fn addresses<M>(
        &self,
        world: &World<'_, M>,
        command: &'static str,
        state: &State,
        names: &[String],
    ) -> Result<Vec<Address>> {
        let from_env = world.var("DATASETTE_PLUGINS_INDEX").filter(|_| self.indexes.is_empty());
        let from_env = from_env.iter().flat_map(|list| list.split_whitespace()).map(str::to_owned);
        let mut texts: Vec<String> = self.indexes.iter().cloned().chain(from_env).collect();
        if texts.is_empty() {
            let installed = names.iter().filter_map(|name| state.plugins.get(name)?.current.index());
            texts.extend(installed.map(str::to_owned));
            texts.extend(DEFAULT_INDEX.filter(|index| !index.is_empty()).map(str::to_owned));
        }
        let mut addresses: Vec<Address> = Vec::new();
        for text in texts {
            let address = Address::parse(&text).map_err(|error| told(command, error))?;
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }

    pub(super) fn keys(&self, command: &'static str) -> Result<Vec<Key>> {
        let given = self.index_keys.iter().map(String::as_str);
        let own = DEFAULT_INDEX_KEY.filter(|key| !key.is_empty() && self.indexes.is_empty());
        given.chain(own).map(|text| Key::parse(text).map_err(|error| told(command, error))).collect()
    }
}

/// An error of an installation as one of a command.
pub(super) fn told(command: &'static str, error: Error) -> CliError {
    match error.kind {
        Kind::Usage => CliError::usage(command, error.message),
        kind => CliError::Failed(StartError { exit_code: kind.exit_code(), message: error.message }),
    }
}

/// The same, and with `--json` for machines as well: on standard output.
pub(super) fn told_as<T, M>(
    world: &mut World<'_, M>,
    command: &'static str,
    as_json: bool,
    outcome: Result<T, Error>,
) -> Result<T> {
    if let (Err(error), true) = (&outcome, as_json) {
        print_json(
            world,
            &json!({"ok": false, "error": error.message, "exit_code": error.kind.exit_code()}),
        )?;
    }
    outcome.map_err(|error| told(command, error))
}

pub(super) fn print_json<M>(world: &mut World<'_, M>, value: &Json) -> Result<()> {
    Ok(writeln!(world.out, "{}", dumps_indented(value, 2))?)
}

/// Says what became of plugins.
pub(super) fn print_changes<M>(world: &mut World<'_, M>, changes: &[Change], as_json: bool) -> Result<()> {
    if as_json {
        let changes: Vec<Json> = changes.iter().map(change_json).collect();
        return print_json(world, &json!({"ok": true, "changes": changes}));
    }
    for change in changes {
        writeln!(world.out, "{}", sentence(change))?;
    }
    let counts = |done| matches!(done, Done::Installed | Done::Linked | Done::RolledBack | Done::Removed);
    if changes.iter().any(|change| counts(change.done)) {
        writeln!(world.err, "A server that runs has to be restarted to notice.")?;
    }
    Ok(())
}

fn sentence(change: &Change) -> String {
    let Change { name, version, level, sha256, place, .. } = change;
    let vouched = format!("({level}, sha256 {sha256})");
    match (change.done, change.before.as_deref()) {
        (Done::Installed, Some(before)) if before != version => {
            format!("Installed {name} {version} instead of {before} {vouched}")
        }
        (Done::Installed, _) => format!("Installed {name} {version} {vouched}"),
        (Done::Linked, _) => format!("Linked {name} {version} to {place}"),
        (Done::Kept, _) => format!("{name} {version} is installed already"),
        (Done::Downloaded, _) => format!("Downloaded {name} {version} to {place} {vouched}"),
        (Done::Planned, Some(before)) => {
            format!("Would install {name} {version} instead of {before} from {place} {vouched}")
        }
        (Done::Planned, None) => format!("Would install {name} {version} from {place} {vouched}"),
        (Done::RolledBack, before) => {
            format!("{name} is {version} again, instead of {}", before.unwrap_or_default())
        }
        (Done::Removed, _) => format!("Removed {name} {version}"),
    }
}

fn change_json(change: &Change) -> Json {
    let done = match change.done {
        Done::Installed => "installed",
        Done::Linked => "linked",
        Done::Kept => "kept",
        Done::Downloaded => "downloaded",
        Done::Planned => "planned",
        Done::RolledBack => "rolled-back",
        Done::Removed => "removed",
    };
    json!({
        "name": change.name,
        "done": done,
        "version": change.version,
        "before": change.before,
        "sha256": change.sha256,
        "level": change.level.to_string(),
        "place": change.place,
    })
}

/// The person who waits.
pub(super) struct Terminal<'a> {
    err: RefCell<&'a mut dyn Write>,
    bar: RefCell<Option<ProgressBar>>,
    yes: bool,
}

impl<'a> Terminal<'a> {
    /// `yes` is the answer to everything.
    pub(super) fn new(err: &'a mut dyn Write, yes: bool) -> Self {
        Self { err: RefCell::new(err), bar: RefCell::new(None), yes }
    }
}

impl Watcher for Terminal<'_> {
    fn note(&self, line: &str) {
        // Nobody reads it: then nobody has to be told.
        let _ = writeln!(self.err.borrow_mut(), "{line}");
    }

    fn progress(&self, what: &str, done: u64, of: Option<u64>) {
        let mut bar = self.bar.borrow_mut();
        let bar = bar.get_or_insert_with(|| bar_for(what, of));
        bar.set_position(done);
    }

    fn finished(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }

    fn confirm(&self, question: &str) -> bool {
        if self.yes {
            return true;
        }
        if !io::stdin().is_terminal() {
            return false;
        }
        let mut err = self.err.borrow_mut();
        let _ = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}

/// Hidden unless standard error is a terminal.
fn bar_for(what: &str, of: Option<u64>) -> ProgressBar {
    let target = ProgressDrawTarget::stderr();
    let template = match of {
        Some(_) => "{msg} {bar:40} {percent}% {bytes} of {total_bytes}",
        None => "{msg} {spinner} {bytes}",
    };
    let bar = ProgressBar::with_draw_target(of, target).with_message(what.to_owned());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
