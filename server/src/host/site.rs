//! Configuration, metadata, databases, events: services about the site itself.

use datasette_plugin_api::{Error, Event, Json, Result, json};

use super::args::Args;
use super::failed;
use crate::app::{App, Facts};
use crate::config::Config;
use crate::internal::About;
use crate::sqlite::Database;

/// Settings, and what the command line said that plugins have to know.
pub(super) fn setting(config: &Config, facts: &Facts, args: &Args) -> Result<Json> {
    let name = args.text("name")?;
    Ok(match name {
        "root_enabled" => facts.root_enabled.into(),
        "default_deny" => facts.default_deny.into(),
        name => config.settings().get(name).unwrap_or(Json::Null),
    })
}

/// With `fallback` what is said nearest, else what is said just there.
pub(super) fn plugin_config(config: &Config, args: &Args, fallback: bool) -> Result<Json> {
    let (database, table) = (args.optional("database"), args.optional("table"));
    let config = config.plugin_config(args.text("plugin")?, database, table, fallback);
    Ok(config.map_err(|error| Error::new(error.to_string()))?.unwrap_or(Json::Null))
}

pub(super) fn table_config(app: &App, args: &Args) -> Result<Json> {
    let (database, name) = (args.text("database")?, args.text("table")?);
    let mut config = app.config.table_json(database, name).cloned().unwrap_or_default();
    if app.permissions.conceals_columns()
        && let Some(database) = app.database_named(database)
    {
        let read = |conn: &crate::sqlite::Conn| Ok(database.table(conn, name)?);
        let table = app.permissions.read_for_plugin(None, &database, read).map_err(failed)?;
        if let Some(table) = table.filter(|table| !table.concealed.is_empty()) {
            let is_left = app.table_config(&database.name, &table).fts_table.is_some();
            config.retain(|key, _| key != "columns" && (key != "fts_table" || is_left));
        }
    }
    Ok(Json::Object(config))
}

/// Which metadata is meant follows from the arguments that are there.
fn about(args: &Args) -> About<'_> {
    match (args.optional("database"), args.optional("resource"), args.optional("column")) {
        (Some(database), Some(resource), Some(column)) => About::Column(database, resource, column),
        (Some(database), Some(resource), None) => About::Resource(database, resource),
        (Some(database), None, _) => About::Database(database),
        _ => About::Instance,
    }
}

pub(super) fn get_metadata(app: &App, args: &Args) -> Result<Json> {
    Ok(Json::Object(app.internal.metadata(about(args)).map_err(failed)?))
}

pub(super) fn set_metadata(app: &App, args: &Args) -> Result<Json> {
    app.internal.set_metadata(about(args), args.text("key")?, args.text("value")?).map_err(failed)?;
    Ok(Json::Null)
}

pub(super) fn databases(app: &App) -> Result<Json> {
    Ok(app.all_databases().iter().map(|database| database_json(database)).collect())
}

/// A database, in the plugins' words.
pub(super) fn database_json(database: &Database) -> Json {
    json!({
        "name": database.name,
        "route": database.route,
        "path": database.shown_path(),
        "is_mutable": database.is_mutable,
        "is_memory": database.is_memory(),
        "hash": database.hash(),
        "size": database.size(),
    })
}

pub(super) fn track_event(app: &App, args: &Args) -> Result<Json> {
    let event: Event = args.read("event")?;
    if !app.plugins.event_types().iter().any(|(_, known)| known.name == event.name) {
        return Err(Error::new(format!("No plugin has registered events of the name {:?}", event.name)));
    }
    app.plugins.track_event(event);
    Ok(Json::Null)
}

pub(super) fn actors_from_ids(app: &App, args: &Args) -> Result<Json> {
    let ids: Vec<Json> = args.read("ids")?;
    Ok(Json::Object(app.plugins.actors_from_ids(&ids).map_err(failed)?))
}

pub(super) fn refresh_schemas(app: &App) -> Result<Json> {
    app.refresh_schemas(true).map_err(failed)?;
    Ok(Json::Null)
}

/// The configuration as it was given, secrets and all: only the server's own plugins may read it.
pub(super) fn site_config(app: &App, plugin: &str) -> Result<Json> {
    if !plugin.starts_with("datasette.") {
        return Err(Error::forbidden("only the server's own plugins may read the whole configuration"));
    }
    Ok(app.config.root().clone())
}

/// Every action that plugins registered.
pub(super) fn registered_actions(app: &App) -> Result<Json> {
    let actions: Vec<_> = app.plugins.actions().iter().map(|(_, action)| action).collect();
    Ok(serde_json::to_value(actions)?)
}
