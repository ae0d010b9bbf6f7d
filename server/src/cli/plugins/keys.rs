//! `datasette plugins key`: whom to trust.

use std::path::PathBuf;

use clap::{ArgAction, Subcommand};
use serde_json::{Value as Json, json};

use crate::installing::{Address, Key, Trust, new_key};

use super::super::World;
use super::super::error::{CliError, Result};
use super::super::installing::{PlaceArgs, print_json, told};
use super::COMMAND;

/// Keys that sign indexes and plugins: those that are trusted, and new ones
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Trust a public key: indexes have to be signed by it
    #[command(disable_help_flag = true)]
    Add {
        /// The key, or a file with it
        key: String,

        /// The only index that it is for
        #[arg(long, value_name = "URL")]
        index: Option<String>,

        /// Whose it is
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        comment: String,

        #[command(flatten)]
        place: PlaceArgs,

        /// Show this message and exit
        #[arg(long, action = ArgAction::Help)]
        help: Option<bool>,
    },
    /// List the keys that are trusted, and the indexes that were seen
    #[command(disable_help_flag = true)]
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,

        #[command(flatten)]
        place: PlaceArgs,

        /// Show this message and exit
        #[arg(long, action = ArgAction::Help)]
        help: Option<bool>,
    },
    /// Trust a key no more, and forget the indexes that it signed
    #[command(disable_help_flag = true)]
    Remove {
        /// The key, or its number as listed
        key: String,

        #[command(flatten)]
        place: PlaceArgs,

        /// Show this message and exit
        #[arg(long, action = ArgAction::Help)]
        help: Option<bool>,
    },
    /// Make a pair of keys to sign with [env: DATASETTE_KEY_PASSWORD]
    #[command(disable_help_flag = true)]
    New {
        /// File for the secret key; the public one is put beside it, with .pub
        file: PathBuf,

        /// Show this message and exit
        #[arg(long, action = ArgAction::Help)]
        help: Option<bool>,
    },
}

pub(super) fn run<M>(world: &mut World<'_, M>, args: &Args) -> Result<u8> {
    let told = |error| told(COMMAND, error);
    match &args.action {
        Action::Add { key, index, comment, place, .. } => {
            let place = place.place(world)?;
            let key = Key::parse(key).map_err(told)?;
            let index = index.as_deref().map(Address::parse).transpose().map_err(told)?;
            let mut trust = Trust::read(&place).map_err(told)?;
            trust.add(&key, index.map(|index| index.to_string()), comment.clone());
            trust.write(&place).map_err(told)?;
            writeln!(world.out, "Trusted from now on: {}", key.id())?;
        }
        Action::List { json, place, .. } => {
            let trust = Trust::read(&place.place(world)?).map_err(told)?;
            list(world, &trust, *json)?;
        }
        Action::Remove { key, place, .. } => {
            let place = place.place(world)?;
            let mut trust = Trust::read(&place).map_err(told)?;
            if !trust.remove(key) {
                return Err(CliError::failed(format!(
                    "{key} is not among the keys; datasette plugins key list"
                )));
            }
            trust.write(&place).map_err(told)?;
            writeln!(world.out, "Trusted no more: {key}")?;
        }
        Action::New { file, .. } => {
            let (key, public) = new_key(file).map_err(told)?;
            writeln!(world.out, "Secret key: {}", file.display())?;
            writeln!(world.out, "Public key: {}", public.display())?;
            writeln!(world.out, "{}", key.text())?;
        }
    }
    Ok(0)
}

fn list<M>(world: &mut World<'_, M>, trust: &Trust, as_json: bool) -> Result<()> {
    if as_json {
        let value = serde_json::to_value(trust).unwrap_or(Json::Null);
        return print_json(world, &json!({"keys": value["keys"], "indexes": value["indexes"]}));
    }
    let mut rows = Vec::new();
    for key in &trust.keys {
        let index = key.index.clone().unwrap_or_else(|| "every index".to_owned());
        rows.push(vec![key.id.clone(), index, key.comment.clone()]);
    }
    for (index, seen) in &trust.indexes {
        let id = Key::parse(&seen.key).map(|key| key.id()).unwrap_or_default();
        rows.push(vec![id, index.clone(), format!("signed serial {}, seen here", seen.serial)]);
    }
    super::look::table(world, rows)
}
