//! `datasette create-token`: a signed API token, without a server running.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ArgAction;
use serde_json::{Map, Value as Json, json};

use crate::auth::sign::{Secret, Signer};
use crate::config::dumps_indented;
use crate::options::{ActionName, Machinery};

use super::error::{CliError, Result};
use super::{World, values};

/// Create a signed API token for an actor
///
/// The token may do what the actor may do: datasette create-token root --secret S
///
/// With --all, --database or --resource, each as often as needed, it may do nothing but what they name:
/// datasette create-token root --secret S --all view-instance --database data create-table
/// --resource data docs insert-row
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    /// Id of the actor
    id: String,

    /// The secret the server signs with [required] [env: DATASETTE_SECRET]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    secret: Option<String>,

    /// Seconds after which the token expires
    #[arg(short, long, value_name = "INTEGER", allow_hyphen_values = true)]
    expires_after: Option<String>,

    /// Allow this action everywhere
    #[arg(short, long, value_name = "ACTION")]
    all: Vec<String>,

    /// Allow this action on this database
    #[arg(short, long, num_args = 2, value_names = ["DB", "ACTION"], allow_hyphen_values = true)]
    database: Vec<String>,

    /// Allow this action on this table, view or stored query of this database
    #[arg(short, long, num_args = 3, value_names = ["DB", "RESOURCE", "ACTION"], allow_hyphen_values = true)]
    resource: Vec<String>,

    /// Show what is in the token
    #[arg(long)]
    debug: bool,

    /// Folder with plugins of your own: they may add actions
    #[arg(long, value_name = "DIRECTORY")]
    plugins_dir: Option<PathBuf>,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: Args) -> Result<u8> {
    let secret = args.secret.clone().or_else(|| world.var("DATASETTE_SECRET"));
    let secret = secret.ok_or_else(|| CliError::usage("create-token", "Missing option '--secret'."))?;
    let expires_after = args.expires_after.as_deref().map(seconds).transpose()?;
    let plugins_dir = values::folder("create-token", "'--plugins-dir'", args.plugins_dir.clone())?;

    let actions = world.machinery.actions(plugins_dir.as_deref())?;
    for action in named_actions(&args).filter(|name| !actions.iter().any(|known| known.name == *name)) {
        writeln!(world.err, "  Unknown permission: {action} ")?;
    }

    let mut token = Map::new();
    token.insert("a".to_owned(), json!(args.id));
    token.insert("t".to_owned(), json!(now()));
    if let Some(seconds) = expires_after {
        token.insert("d".to_owned(), json!(seconds));
    }
    let restrictions = restrictions(&args, &actions);
    if !restrictions.is_empty() {
        token.insert("_r".to_owned(), Json::Object(restrictions));
    }
    let token = Json::Object(token);
    writeln!(world.out, "dstok_{}", Signer::new(Secret::new(secret)).sign(&token, "token"))?;
    if args.debug {
        writeln!(world.out, "\nDecoded:\n\n{}", dumps_indented(&token, 2))?;
    }
    Ok(0)
}

fn seconds(text: &str) -> Result<u64> {
    let wrong = |reason: &str| CliError::value("create-token", "'-e' / '--expires-after'", reason);
    match text.parse::<i64>() {
        Ok(seconds) => u64::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds > 0)
            .ok_or_else(|| wrong(&format!("{text} is not a number of seconds from now"))),
        Err(_) => Err(wrong(&format!("'{text}' is not a valid integer."))),
    }
}

fn named_actions(args: &Args) -> impl Iterator<Item = &str> {
    let databases = args.database.chunks_exact(2).filter_map(<[String]>::last);
    let resources = args.resource.chunks_exact(3).filter_map(<[String]>::last);
    args.all.iter().chain(databases).chain(resources).map(String::as_str)
}

/// The `_r` of a token: actions by their short names, for everything, by database, and by resource.
fn restrictions(args: &Args, actions: &[ActionName]) -> Map<String, Json> {
    let short = |name: &String| {
        let known = actions.iter().find(|action| action.name == *name);
        Json::from(known.and_then(|action| action.abbr.clone()).unwrap_or_else(|| name.clone()))
    };
    let mut restrictions = Map::new();
    if !args.all.is_empty() {
        restrictions.insert("a".to_owned(), args.all.iter().map(short).collect());
    }
    for pair in args.database.chunks_exact(2) {
        if let [database, action] = pair {
            add(&mut restrictions, &["d", database], short(action));
        }
    }
    for triple in args.resource.chunks_exact(3) {
        if let [database, resource, action] = triple {
            add(&mut restrictions, &["r", database, resource], short(action));
        }
    }
    restrictions
}

/// Appends to the list at the path, which is made of objects.
fn add(map: &mut Map<String, Json>, path: &[&str], value: Json) {
    let [key, rest @ ..] = path else { return };
    let empty = if rest.is_empty() { json!([]) } else { json!({}) };
    match map.entry(*key).or_insert(empty) {
        Json::Array(items) => items.push(value),
        Json::Object(inner) => add(inner, rest, value),
        _ => {}
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
