//! Looking after what is installed: what an index has, what is newer, what was changed, and the way back.

use clap::ArgAction;
use serde_json::{Value as Json, json};

use crate::installing::{self, Damage, PluginInfo, Sources, State, lock_lines, normal_name};
use crate::options::{Machinery, PluginSummary};

use super::super::World;
use super::super::error::{CliError, Result};
use super::super::installing::{IndexArgs, PlaceArgs, Terminal, print_changes, print_json, told, told_as};
use super::COMMAND;

/// Put the version of a plugin that was there before into its place again
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct RollbackArgs {
    /// The plugin
    name: String,

    #[command(flatten)]
    place: PlaceArgs,

    /// Write what was done as JSON
    #[arg(long)]
    json: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn rollback<M: Machinery>(world: &mut World<'_, M>, args: &RollbackArgs) -> Result<u8> {
    let place = args.place.place(world)?;
    let name = name(&args.name)?;
    let machinery = world.machinery;
    let outcome = {
        let terminal = Terminal::new(world.err, false);
        installing::roll_back(&place, machinery.libraries(), &name, &terminal)
    };
    let change = told_as(world, COMMAND, args.json, outcome)?;
    print_changes(world, &[change], args.json)?;
    Ok(0)
}

/// Compare every installed file with its hash; exit code 3 if one differs
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    place: PlaceArgs,

    /// Write what was found as JSON
    #[arg(long)]
    json: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn verify<M>(world: &mut World<'_, M>, args: &VerifyArgs) -> Result<u8> {
    let place = args.place.place(world)?;
    let (looked_at, damaged) = told_as(world, COMMAND, args.json, installing::verify(&place))?;
    if args.json {
        let one = |damage: &Damage| json!({"name": damage.name, "version": damage.version, "differences": damage.differences});
        let list: Vec<Json> = damaged.iter().map(one).collect();
        print_json(world, &json!({"ok": damaged.is_empty(), "plugins": looked_at, "damaged": list}))?;
    } else {
        for damage in &damaged {
            writeln!(world.out, "{} {}: {}", damage.name, damage.version, damage.differences.join(", "))?;
        }
    }
    if damaged.is_empty() {
        if !args.json {
            let plugins =
                crate::render::number::counted(i64::try_from(looked_at).unwrap_or(i64::MAX), "plugin");
            writeln!(world.out, "{plugins} as installed")?;
        }
        return Ok(0);
    }
    let error = installing::Error::unverified("Not everything is as it was installed; install it again");
    Err(told(COMMAND, error))
}

/// Look for plugins in an index
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct SearchArgs {
    /// Words that have to be in the name or the summary; without any, everything is listed
    #[arg(value_name = "TERM")]
    words: Vec<String>,

    #[command(flatten)]
    index: IndexArgs,

    #[command(flatten)]
    place: PlaceArgs,

    /// Write what was found as JSON
    #[arg(long)]
    json: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn search<M>(world: &mut World<'_, M>, args: &SearchArgs) -> Result<u8> {
    let place = args.place.place(world)?;
    let state = State::read(&place).map_err(|error| told(COMMAND, error))?;
    let all: Vec<String> = state.plugins.keys().cloned().collect();
    let addresses = args.index.addresses(world, COMMAND, &state, &all)?;
    let keys = args.index.keys(COMMAND)?;
    let outcome = {
        let terminal = Terminal::new(world.err, false);
        Sources::new(&place, &keys, args.index.offline, &terminal)
            .and_then(|mut sources| installing::search(&place, &mut sources, addresses, &args.words))
    };
    let found = told_as(world, COMMAND, args.json, outcome)?;
    if args.json {
        let list = found.iter().map(|one| {
            json!({"name": one.name, "version": one.version, "summary": one.summary, "index": one.index,
                   "installed": state.plugins.get(&one.name).map(|record| &record.current.version)})
        });
        print_json(world, &Json::Array(list.collect()))?;
        return Ok(0);
    }
    let rows = found.iter().map(|one| {
        let installed = if state.plugins.contains_key(&one.name) { " (installed)" } else { "" };
        let version = one.version.clone().unwrap_or_else(|| "none that fits".to_owned());
        vec![one.name.clone(), version, format!("{}{installed}", one.summary)]
    });
    table(world, rows.collect())?;
    if found.is_empty() {
        writeln!(world.err, "Nothing was found")?;
    }
    Ok(0)
}

/// Say what is known of a plugin: what is installed, and what the index has
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct InfoArgs {
    /// The plugin
    name: String,

    #[command(flatten)]
    index: IndexArgs,

    #[command(flatten)]
    place: PlaceArgs,

    /// Write it as JSON
    #[arg(long)]
    json: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn info<M>(world: &mut World<'_, M>, args: &InfoArgs) -> Result<u8> {
    let place = args.place.place(world)?;
    let name = name(&args.name)?;
    let state = State::read(&place).map_err(|error| told(COMMAND, error))?;
    let addresses = args.index.addresses(world, COMMAND, &state, std::slice::from_ref(&name))?;
    let keys = args.index.keys(COMMAND)?;
    let outcome = {
        let terminal = Terminal::new(world.err, false);
        Sources::new(&place, &keys, args.index.offline, &terminal)
            .and_then(|mut sources| installing::info(&place, &mut sources, addresses, &name))
    };
    let info = told_as(world, COMMAND, args.json, outcome)?;
    if args.json {
        let index = info.page.as_ref().map(|(index, level, page)| {
            json!({"address": index, "level": level.to_string(), "releases": page.releases})
        });
        let told = json!({"name": info.name, "summary": info.summary, "installed": info.installed,
            "previous": info.previous, "quarantined": info.quarantined, "newest": info.newest, "index": index});
        print_json(world, &told)?;
        return Ok(0);
    }
    let rows = lines(&info).into_iter().map(|(what, text)| vec![what.to_owned(), text]).collect();
    table(world, rows)?;
    Ok(0)
}

fn lines(info: &PluginInfo) -> Vec<(&'static str, String)> {
    let mut lines = vec![("name", info.name.clone())];
    if !info.summary.is_empty() {
        lines.push(("summary", info.summary.clone()));
    }
    match &info.installed {
        None => lines.push(("installed", "no".to_owned())),
        Some(installed) => {
            let kept = if info.quarantined { ", in quarantine" } else { "" };
            lines.push(("installed", format!("{} ({}){kept}", installed.version, installed.level)));
            lines.push(("sha256", installed.sha256.clone()));
            lines.push(("abi", installed.abi.clone()));
            if installed.security {
                lines.push(("security", "the server does not start without it".to_owned()));
            }
            if !installed.requires.is_empty() {
                lines.push(("requires", installed.requires.join(", ")));
            }
        }
    }
    if let Some(previous) = &info.previous {
        lines.push(("previous", previous.clone()));
    }
    if let Some((index, level, page)) = &info.page {
        lines.push(("index", format!("{index} ({level})")));
        lines.push(("newest", info.newest.clone().unwrap_or_else(|| "none that fits".to_owned())));
        for release in &page.releases {
            let targets: Vec<&str> = release.artifacts.keys().map(String::as_str).collect();
            let yanked = if release.yanked { ", taken back" } else { "" };
            let text =
                format!("{} (abi {}{yanked}) for {}", release.version, release.abi, targets.join(", "));
            lines.push(("release", text));
        }
    }
    lines
}

/// Write what is installed with its hashes, as install -r --locked reads it
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct LockArgs {
    #[command(flatten)]
    place: PlaceArgs,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn lock<M>(world: &mut World<'_, M>, args: &LockArgs) -> Result<u8> {
    let place = args.place.place(world)?;
    let state = State::read(&place).map_err(|error| told(COMMAND, error))?;
    let (lines, left_out) = lock_lines(&state);
    for line in lines {
        writeln!(world.out, "{line}")?;
    }
    for one in &left_out {
        writeln!(world.err, "Warning: left out {one}")?;
    }
    Ok(if left_out.is_empty() { 0 } else { 1 })
}

/// `datasette plugins --outdated`
pub(super) fn outdated<M>(
    world: &mut World<'_, M>,
    place: &PlaceArgs,
    index: &IndexArgs,
    as_json: bool,
) -> Result<u8> {
    let place = place.place(world)?;
    let state = State::read(&place).map_err(|error| told(COMMAND, error))?;
    let keys = index.keys(COMMAND)?;
    let given = index.addresses(world, COMMAND, &State::default(), &[])?;
    let outcome = {
        let terminal = Terminal::new(world.err, false);
        Sources::new(&place, &keys, index.offline, &terminal).and_then(|mut sources| {
            installing::outdated(&place, &mut sources, &|installed| match given.is_empty() {
                true => installed.index().map(installing::Address::parse).into_iter().collect(),
                false => Ok(given.clone()),
            })
        })
    };
    drop(state);
    let newer = told_as(world, COMMAND, as_json, outcome)?;
    if as_json {
        let list =
            newer.iter().map(|one| json!({"name": one.name, "version": one.installed, "newest": one.newest}));
        print_json(world, &Json::Array(list.collect()))?;
        return Ok(0);
    }
    let rows = newer.iter().map(|one| vec![one.name.clone(), one.installed.clone(), one.newest.clone()]);
    table(world, rows.collect())?;
    if newer.is_empty() {
        writeln!(world.err, "Nothing is outdated")?;
    }
    Ok(0)
}

/// `datasette plugins --check`: they were just loaded, as the server would.
pub(super) fn check<M>(world: &mut World<'_, M>, plugins: &[PluginSummary], as_json: bool) -> Result<u8> {
    let others = || plugins.iter().filter(|plugin| !plugin.is_builtin);
    let broken = others().filter(|plugin| plugin.skipped.is_some()).count();
    if as_json {
        let list = others().map(|plugin| {
            json!({"name": plugin.name, "version": plugin.version, "ok": plugin.skipped.is_none(),
                   "skipped": plugin.skipped})
        });
        print_json(world, &Json::Array(list.collect()))?;
    } else {
        for plugin in others() {
            let version = plugin.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
            match &plugin.skipped {
                None => writeln!(world.out, "{}{version}: ok", plugin.name)?,
                Some(reason) => writeln!(world.out, "{}: {reason}", plugin.name)?,
            }
        }
    }
    if broken > 0 {
        return Err(CliError::failed("Not every plugin can be loaded"));
    }
    Ok(0)
}

fn name(word: &str) -> Result<String> {
    normal_name(word).map_err(|why| CliError::usage(COMMAND, why))
}

/// Columns as wide as what is in them, but for the last.
pub(super) fn table<M>(world: &mut World<'_, M>, rows: Vec<Vec<String>>) -> Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        writeln!(world.out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}
