//! Stored queries, for plugins.

use datasette_plugin_api::host::QueryFilter as Wanted;
use datasette_plugin_api::server::Hook;
use datasette_plugin_api::{Error, Json, Map, Result, json};

use super::args::Args;
use super::failed;
use crate::app::App;
use crate::internal::{QueryFilter, StoredQuery};
use crate::permissions::Resource;

/// Keys of the configuration that are called otherwise where queries are kept.
const OTHER_NAMES: [(&str, &str); 2] = [("write", "is_write"), ("params", "parameters")];

/// What may be said of a query; its database and name are how it is found.
fn changes(args: &Args) -> Result<Map> {
    let Json::Object(given) = args.get("query") else {
        return Err(Error::bad_request("a query is a JSON object, with sql among its keys"));
    };
    let known = StoredQuery::default().to_json();
    let mut changes = Map::new();
    for (key, value) in given {
        let name = OTHER_NAMES.iter().find(|(other, _)| other == key).map_or(key.as_str(), |(_, name)| name);
        if !known.contains_key(name) || ["database", "name"].contains(&name) {
            return Err(Error::bad_request(format!("a query has no {key:?}")));
        }
        changes.insert(name.to_owned(), value.clone());
    }
    Ok(changes)
}

/// The query with these changes.
fn changed(query: &StoredQuery, changes: Map) -> Result<StoredQuery> {
    let mut fields = query.to_json();
    fields.extend(changes);
    let query: StoredQuery = serde_json::from_value(Json::Object(fields))
        .map_err(|error| Error::bad_request(format!("this is no query: {error}")))?;
    if query.sql.trim().is_empty() {
        return Err(Error::bad_request("a query needs sql"));
    }
    Ok(query)
}

pub(super) fn add(app: &App, args: &Args) -> Result<Json> {
    let new = StoredQuery {
        database: args.text("database")?.to_owned(),
        name: args.text("name")?.to_owned(),
        source: "plugin".to_owned(),
        ..StoredQuery::default()
    };
    app.internal.put_query(&changed(&new, changes(args)?)?).map_err(failed)?;
    Ok(Json::Null)
}

pub(super) fn update(app: &App, args: &Args) -> Result<Json> {
    let (database, name) = (args.text("database")?, args.text("name")?);
    let missing = || Error::not_found(format!("there is no query {name} in {database}"));
    let before = app.internal.stored_query(database, name).map_err(failed)?.ok_or_else(missing)?;
    let changed = changed(&before, changes(args)?)?;
    let after = app.internal.update_query(database, name, |query| *query = changed).map_err(failed)?;
    after.map(|_| Json::Null).ok_or_else(missing)
}

pub(super) fn remove(app: &App, args: &Args) -> Result<Json> {
    let (database, name) = (args.text("database")?, args.text("name")?);
    app.internal.remove_query(database, name, args.optional("source")).map_err(failed)?;
    Ok(Json::Null)
}

pub(super) fn get(app: &App, args: &Args) -> Result<Json> {
    let (actor, database) = (args.actor()?, args.text("database")?);
    let query = app.stored_query(actor.as_ref(), database, args.text("name")?).map_err(failed)?;
    Ok(query.map_or(Json::Null, |query| Json::Object(query.to_json())))
}

/// Calls `work` with the filter that is asked for, and with what says which queries the actor may see.
fn filtered<T>(
    app: &App,
    args: &Args,
    work: impl FnOnce(QueryFilter<'_>, &dyn Fn(&str, &str) -> Seen) -> Result<T>,
) -> Result<T> {
    let actor = args.actor()?;
    let database = args.optional("database");
    let wanted: Wanted = args.read::<Option<Wanted>>("filter")?.unwrap_or_default();
    let brought = app.brought_queries(actor.as_ref(), database).map_err(failed)?;
    let filter = QueryFilter {
        database,
        q: wanted.q.as_deref(),
        is_write: wanted.is_write,
        is_private: wanted.is_private,
        is_trusted: None,
        source: wanted.source.as_deref(),
        owner_id: wanted.owner_id.as_deref(),
        brought: brought.as_deref(),
    };
    work(filter, &|database, name| {
        let resource = Resource::Query(database, name);
        Ok(app.permissions.allowed_as(None, actor.as_ref(), "view-query", resource)?.then_some(false))
    })
}

type Seen = crate::error::Result<Option<bool>>;

pub(super) fn list(app: &App, args: &Args) -> Result<Json> {
    filtered(app, args, |filter, verdict| {
        let mut queries = Vec::new();
        let mut next = None;
        loop {
            let page = app.internal.list_queries(filter, 1000, next.as_deref(), verdict).map_err(failed)?;
            queries.extend(page.queries.iter().map(|query| Json::Object(query.to_json())));
            next = page.next;
            if next.is_none() {
                return Ok(queries.into());
            }
        }
    })
}

pub(super) fn count(app: &App, args: &Args) -> Result<Json> {
    filtered(app, args, |filter, verdict| {
        Ok(app.internal.count_queries(filter, verdict).map_err(failed)?.into())
    })
}

/// Database and name of what plugins bring for an actor; for the server's own plugins, which rule on it.
pub(super) fn brought(app: &App, plugin: &str, args: &Args) -> Result<Json> {
    if !plugin.starts_with("datasette.") {
        return Err(Error::forbidden("only the server's own plugins may ask what others bring"));
    }
    if !app.plugins.has_hook(Hook::CannedQueries) {
        return Ok(Json::Array(Vec::new()));
    }
    let actor = args.actor()?;
    let mut names = Vec::new();
    for database in app.all_databases() {
        for query in app.plugins.canned_queries(&database.name, actor.as_ref()).map_err(failed)? {
            names.push(json!([database.name, query.name]));
        }
    }
    Ok(names.into())
}
