//! `/{database}/{query}/-/update`, `/-/edit` and `/-/delete`: saved queries, after they were saved.

use datasette_plugin_api::{Json, Map, json};

use super::fields::{self, as_bool};
use super::store::Draft;
use crate::app::App;
use crate::error::Result;
use crate::internal::StoredQuery;
use crate::permissions::Resource;
use crate::render::contexts::QueryDeleteContext;
use crate::render::escape::css_class;
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::Database;
use crate::writing::{self, Verdict, block_framing, is_true, payload, redirect, refuse};

/// The query of that name, or why it can't be changed.
fn find(app: &App, request: &Request, database: &Database, name: &str) -> Verdict<StoredQuery> {
    match app.internal.stored_query(&database.name, name)? {
        Some(kept) => Ok(kept),
        None if app.stored_query(request.actor.as_ref(), &database.name, name)?.is_some() => {
            Err(refuse(403, "This query comes from a plugin and can't be changed"))
        }
        None => Err(refuse(404, format!("Query not found: {name}"))),
    }
}

fn allowed(app: &App, request: &Request, action: &str, query: &StoredQuery) -> Result<bool> {
    app.permissions.allowed(request, action, Resource::Query(&query.database, &query.name))
}

/// `POST /{database}/{query}/-/update`
pub(crate) fn update(app: &App, request: &Request, database: &Database, name: &str) -> Verdict {
    let existing = find(app, request, database, name)?;
    if !allowed(app, request, "update-query", &existing)? {
        return Err(refuse(403, "Permission denied: need update-query"));
    }
    if existing.is_trusted {
        return Err(refuse(403, "Trusted queries cannot be updated using the API"));
    }
    let body = payload(request).map_err(|message| refuse(400, message))?;
    let Json::Object(data) = &body.data else { return Err(refuse(400, "JSON must be a dictionary")) };
    let unknown: Vec<&str> =
        data.keys().map(String::as_str).filter(|key| !["update", "return"].contains(key)).collect();
    if !unknown.is_empty() {
        return Err(refuse(400, format!("Invalid keys: {}", unknown.join(", "))));
    }
    let Some(Json::Object(changes)) = data.get("update") else {
        return Err(refuse(400, "JSON must contain an update dictionary"));
    };
    if changes.contains_key("sql") && !may_execute(app, request, database)? {
        return Err(refuse(403, "Permission denied: need execute-sql"));
    }
    let changed = fields::update(app, request, database, &existing, changes)?;
    let changed = changed.map_err(|invalid| refuse(invalid.status, invalid.message))?;
    let saved = app.internal.update_query(&database.name, name, |query| *query = changed)?;
    let mut body = json!({"ok": true});
    if data.get("return").is_some_and(is_true)
        && let (Some(saved), Some(body)) = (saved, body.as_object_mut())
    {
        body.insert("query".to_owned(), Json::Object(saved.to_json()));
    }
    Ok(Response::json(to_vec(&body)))
}

fn may_execute(app: &App, request: &Request, database: &Database) -> Result<bool> {
    app.permissions.allowed(request, "execute-sql", Resource::Database(&database.name))
}

/// `/{database}/{query}/-/edit`: the form.
pub(crate) fn edit(app: &App, request: &Request, database: &Database, name: &str) -> Verdict {
    let existing = find(app, request, database, name)?;
    if request.is_get_or_head() {
        let resource = Resource::Query(&existing.database, &existing.name);
        app.permissions.require(request, "update-query", resource).map_err(writing::Refused::Page)?;
    } else if !allowed(app, request, "update-query", &existing)? {
        return Err(refuse(403, "Permission denied: need update-query"));
    }
    if existing.is_trusted {
        return Err(refuse(403, "Trusted queries cannot be edited"));
    }
    let draft = Draft {
        name: existing.name.clone(),
        sql: existing.sql.clone(),
        title: existing.title.clone().unwrap_or_default(),
        description: existing.description.clone().unwrap_or_default(),
        is_private: existing.is_private,
        existing: Some(existing.clone()),
        problem: None,
    };
    if request.is_get_or_head() {
        return Ok(draft.respond(app, request, database)?);
    }
    let body = payload(request).map_err(|message| refuse(400, message))?;
    let Json::Object(data) = &body.data else { return Err(refuse(400, "Invalid form submission")) };
    let text = |field: &str| data.get(field).and_then(Json::as_str);
    let draft = Draft {
        sql: text("sql").map_or_else(|| existing.sql.clone(), |sql| sql.trim().to_owned()),
        title: text("title").unwrap_or_default().to_owned(),
        description: text("description").unwrap_or_default().to_owned(),
        is_private: data.get("is_private").is_some_and(as_bool),
        ..draft
    };
    let mut changes: Map = Map::new();
    changes.insert("title".to_owned(), draft.title.clone().into());
    changes.insert("description".to_owned(), draft.description.clone().into());
    changes.insert("is_private".to_owned(), draft.is_private.into());
    if draft.sql != existing.sql {
        if !may_execute(app, request, database)? {
            let message = "Permission denied: need execute-sql to change the SQL".to_owned();
            return Ok(Draft { problem: Some((message, 403)), ..draft }.respond(app, request, database)?);
        }
        changes.insert("sql".to_owned(), draft.sql.clone().into());
    }
    let changed = match fields::update(app, request, database, &existing, &changes)? {
        Ok(changed) => changed,
        Err(invalid) => {
            let problem = Some((invalid.message, invalid.status));
            return Ok(Draft { problem, ..draft }.respond(app, request, database)?);
        }
    };
    app.internal.update_query(&database.name, name, |query| *query = changed)?;
    let location = app.urls.table(&database.route, name);
    Ok(redirect(request, &location, "Query updated", MessageKind::Info))
}

/// `/{database}/{query}/-/delete`: asks, then forgets the query.
pub(crate) fn delete(app: &App, request: &Request, database: &Database, name: &str) -> Verdict {
    let query = find(app, request, database, name)?;
    if request.is_get_or_head() {
        let resource = Resource::Query(&query.database, &query.name);
        app.permissions.require(request, "delete-query", resource).map_err(writing::Refused::Page)?;
    } else if !allowed(app, request, "delete-query", &query)? {
        return Err(refuse(403, "Permission denied: need delete-query"));
    }
    if query.is_trusted {
        return Err(refuse(403, "Trusted queries cannot be deleted using the API"));
    }
    if request.is_get_or_head() {
        return Ok(block_framing(ask(app, request, database, &query)?));
    }
    let body = payload(request).map_err(|message| refuse(400, message))?;
    app.internal.remove_query(&database.name, name, None)?;
    if body.is_json {
        return Ok(Response::json(to_vec(&json!({"ok": true}))));
    }
    let label = query.title.as_ref().filter(|title| !title.is_empty()).unwrap_or(&query.name);
    let location = app.urls.database(&database.route);
    Ok(redirect(request, &location, &format!("Query “{label}” deleted"), MessageKind::Info))
}

fn ask(app: &App, request: &Request, database: &Database, query: &StoredQuery) -> Result<Response> {
    let chosen = page::choose(app, &["query_delete.html".to_owned()])?;
    let kind = PageKind { database: Some(&database.name), ..PageKind::of("query-delete") };
    let crumbs = page::crumbs(app, request, Some(&database.name), None)?;
    let url = app.urls.table(&database.route, &query.name);
    page::respond(app, request, &chosen, kind, crumbs, |base| QueryDeleteContext {
        base,
        database: database.name.clone(),
        database_class: css_class(&database.name),
        database_color: database.color(),
        name: query.name.clone(),
        heading: query.title.clone().filter(|title| !title.is_empty()).unwrap_or_else(|| query.name.clone()),
        description: query.description.clone(),
        sql: query.sql.clone(),
        form_action: format!("{url}/-/delete"),
        query_url: url,
    })
}
