//! Databases that plugins add to the site, and take away from it.

use std::path::PathBuf;
use std::sync::Arc;

use datasette_plugin_api::{Error, Json, Result};

use super::args::Args;
use super::failed;
use super::site::database_json;
use crate::app::App;
use crate::sqlite::{Database, Source, free_name, name_for};

/// The database of that name; without a name the first.
pub(super) fn get_database(app: &App, args: &Args) -> Result<Json> {
    let database = match args.optional("name") {
        Some(name) => app.database_named(name),
        None => app.all_databases().into_iter().next(),
    };
    let missing = || match args.optional("name") {
        Some(name) => Error::not_found(format!("there is no database {name}")),
        None => Error::not_found("there is no database"),
    };
    Ok(database_json(&*database.ok_or_else(missing)?))
}

pub(super) fn add_database(app: &App, args: &Args) -> Result<Json> {
    let path = PathBuf::from(args.text("path")?);
    if !path.is_file() {
        return Err(Error::not_found(format!("there is no file {}", path.display())));
    }
    let stem = args.optional("name").map_or_else(|| name_for(&path), str::to_owned);
    let is_mutable = args.read::<Option<bool>>("is_mutable")?.unwrap_or(true);
    let route = args.optional("route").map(str::to_owned);
    add(app, stem, route, Source::File(path), is_mutable)
}

pub(super) fn add_memory_database(app: &App, args: &Args) -> Result<Json> {
    let memory = args.text("memory_name")?;
    if memory.is_empty() || !memory.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) {
        return Err(Error::bad_request(
            "the name of a database in memory is made of letters, digits, - and _",
        ));
    }
    let stem = args.optional("name").unwrap_or(memory).to_owned();
    // Every process has names of its own, and so have those that the server gives.
    let name = format!("_plugin_{memory}");
    add(app, stem, None, Source::Memory { name, attach: Vec::new() }, true)
}

fn add(app: &App, stem: String, route: Option<String>, source: Source, is_mutable: bool) -> Result<Json> {
    if route.as_deref() == Some("") {
        return Err(Error::bad_request("the name in URLs can't be empty"));
    }
    let threads = usize::try_from(app.settings().num_sql_threads).unwrap_or(usize::MAX).max(1);
    let make = |name| Database::new(name, source, is_mutable, threads, Arc::clone(&app.open_options), None);
    let added = {
        let mut databases = app.databases.write();
        let mut database = make(free_name(&databases, stem));
        if let Some(route) = route {
            database.route = route;
        }
        if databases.iter().any(|other| other.route == database.route) {
            return Err(Error::bad_request(format!("there is a database at /{} already", database.route)));
        }
        let database = Arc::new(database);
        databases.push(Arc::clone(&database));
        database
    };
    // Opened while nobody is kept waiting for the list; who asks for it meanwhile finds the same fault.
    if let Err(sentence) = added.check() {
        app.databases.write().retain(|database| !Arc::ptr_eq(database, &added));
        return Err(Error::bad_request(sentence));
    }
    app.refresh_schemas(true).map_err(failed)?;
    Ok(database_json(&added))
}

pub(super) fn remove_database(app: &App, args: &Args) -> Result<Json> {
    let name = args.text("name")?;
    let before = app.all_databases().len();
    app.databases.write().retain(|database| database.name != name);
    if app.all_databases().len() == before {
        return Err(Error::not_found(format!("there is no database {name}")));
    }
    app.refresh_schemas(true).map_err(failed)?;
    Ok(Json::Null)
}
