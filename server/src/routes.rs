//! Every URL of the site. Read from the top; the first match answers. Routes of plugins and static
//! files were tried before.
//!
//! Adding a page: one line here, one function in the module of its capability.

use std::sync::Arc;

use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::StoredQuery;
use crate::render::shape::json_errors;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Table};
use crate::writing::{self, Verdict};
use crate::{auth, database, debug, forms, home, query, row, table, tilde, upload};

/// Answers a request whose path has no plugin and no file behind it.
pub(crate) fn answer(app: &Arc<App>, request: &mut Request) -> Result<Response> {
    let path = request.path.clone();
    if let Some(rest) = path.strip_prefix("/:memory:") {
        let location = app.urls.path(&format!("/_memory{rest}"));
        return Ok(
            Response::redirect(crate::request::with_query(&location, &request.query_string)).with_status(301)
        );
    }
    let whole: Vec<&str> = path.strip_prefix('/').unwrap_or(&path).split('/').collect();
    let (segments, format) = split_format(&whole);
    let format = format.as_deref();
    // Pages of data may be asked for by the name of their usual format.
    let page_format = format.filter(|format| *format != "html");
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let Some(format) = format {
        request.url_vars.push(("format".to_owned(), format.to_owned()));
    }
    match (request.method.as_str(), segments.as_slice()) {
        (_, ["-"]) if format.is_none() => Ok(Response::redirect(app.urls.path("-/")).with_status(301)),
        (_, [""] | ["-", ""]) if matches!(format, None | Some("json")) => {
            page(request, |request| home::index(app, request, format, segments.len() == 2))
        }
        (_, ["-", "versions"]) => page(request, |request| home::versions(app, request, format)),
        (_, ["-", "plugins"]) => page(request, |request| home::plugins(app, request, format)),
        (_, ["-", "settings"]) => page(request, |request| home::settings(app, request, format)),
        (_, ["-", "config"]) => page(request, |request| home::config(app, request, format)),
        (_, ["-", "databases"]) => page(request, |request| home::databases(app, request, format)),
        (_, ["-", "actor"]) => page(request, |request| home::actor(app, request, format)),
        (_, ["-", "actions"]) => page(request, |request| debug::actions(app, request, format)),
        (_, ["-", "schema"]) => page(request, |request| database::show_instance_schema(app, request, format)),
        (_, ["-", "threads"]) => page(request, |request| home::threads(app, request, format)),
        (_, ["-", "tasks"]) => page(request, |request| home::tasks(app, request, format)),
        (_, ["-", "jump"]) if matches!(format, None | Some("json")) => {
            page(request, |request| home::jump(app, request))
        }
        (_, ["-", "tables"]) if matches!(format, None | Some("json")) => {
            page(request, |request| home::tables(app, request))
        }
        (_, ["-", "queries"]) => page(request, |request| query::list(app, request, None, format)),
        (_, ["-", "api"]) if format.is_none() => page(request, |request| home::api(app, request)),
        (_, ["-", "patterns"]) if format.is_none() => page(request, |request| home::patterns(app, request)),
        (_, ["-", "debug", "autocomplete"]) if format.is_none() => {
            page(request, |request| home::autocomplete(app, request))
        }
        (_, ["-", "auth-token"]) if format.is_none() => {
            page(request, |request| auth::auth_token(app, request))
        }
        (_, ["-", "logout"]) if format.is_none() => form(request, |request| auth::logout(app, request)),
        (_, ["-", "create-token"]) if format.is_none() => {
            form(request, |request| auth::create_token(app, request))
        }
        (_, ["-", "permissions"]) if format.is_none() => {
            form(request, |request| debug::permissions(app, request))
        }
        (_, ["-", "allowed"]) => page(request, |request| debug::allowed(app, request, format)),
        (_, ["-", "rules"]) => page(request, |request| debug::rules(app, request, format)),
        (_, ["-", "check"]) => page(request, |request| debug::check(app, request, format)),
        (_, ["-", "allow-debug"]) if format.is_none() => {
            page(request, |request| debug::allow_debug(app, request))
        }
        (_, ["-", "messages"]) if format.is_none() => form(request, |request| debug::messages(app, request)),

        (_, [db, "-", "foreign-key-targets"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            page(request, |request| writing::api(table::foreign_key_targets(app, request, &found)))
        }
        (_, [db, name, "-", "foreign-key-suggestions"]) if format.is_none() => {
            let found = table_at(app, request, db, name);
            page(request, |request| {
                writing::api(
                    found.map_err(Into::into).and_then(|(found, table)| {
                        table::foreign_key_suggestions(app, request, &found, &table)
                    }),
                )
            })
        }
        (_, [db, "-", "create-form"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            form(request, |request| forms::create(app, request, &found))
        }
        (_, [db, "-", "create"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            post(request, |request| table::create(app, request, &found))
        }
        (_, [db, "-", "upload"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            form(request, |request| upload::upload(app, request, &found))
        }
        (_, [db]) if format == Some("db") => {
            let found = database_at(app, request, db).map_err(|_| Error::not_found("Invalid database"))?;
            page(request, |request| database::download(app, request, &found))
        }
        (_, [db]) if !db.is_empty() => {
            let found = database_at(app, request, db)?;
            page(request, |request| database::show(app, request, &found, page_format))
        }
        (_, [db, "-", "schema"]) => database::missing_as_text(
            format,
            (|| {
                let found = database_at(app, request, db)?;
                page(request, |request| database::show_schema(app, request, &found, format))
            })(),
        ),
        (_, [db, "-", "query", "parameters"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            json_errors(page(request, |request| query::list_parameters(app, request, &found)))
        }
        (_, [db, "-", "queries", "analyze"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            page(request, |request| query::analyze_query(app, request, &found))
        }
        (_, [db, "-", "queries", "store"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            form(request, |request| query::store(app, request, &found))
        }
        (_, [db, "-", "execute-write"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            form(request, |request| query::execute_write(app, request, &found))
        }
        (_, [db, "-", "execute-write", "analyze"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            page(request, |request| query::analyze_write(app, request, &found))
        }
        (_, [db, "-", "query"]) => {
            let found = database_at(app, request, db)?;
            page(request, |request| query::show(app, request, &found, page_format))
        }
        (_, [db, "-", "queries"]) => {
            let found = database_at(app, request, db)?;
            page(request, |request| query::list(app, request, Some(&found), format))
        }
        (_, [db, name]) if !db.is_empty() && !name.is_empty() => {
            let found = database_at(app, request, db)?;
            // A browser asks this before a script of another site may read with a token.
            if request.method == "OPTIONS" {
                return page(request, |_| Ok(Response::text("")));
            }
            match resource_at(app, request, &found, name)? {
                Found::Table(found_table) => table::show(app, request, &found, &found_table, page_format),
                Found::Query(stored) if request.method == "POST" => {
                    query::execute_stored(app, request, &found, &stored)
                }
                Found::Query(stored) => query::show_stored(app, request, &found, &stored, page_format),
            }
        }
        (_, [db, name, "-", "schema"]) => database::missing_as_text(
            format,
            (|| {
                let (found, table) = table_at(app, request, db, name)?;
                page(request, |request| database::show_table_schema(app, request, &found, &table, format))
            })(),
        ),
        (_, [db, name, "-", "definition"]) if format.is_none() => json_errors((|| {
            let found = database_at(app, request, db)?;
            page(request, |request| query::definition(app, request, &found, &tilde::decode(name)))
        })()),
        (_, [db, name, "-", "count"]) if format.is_none() => json_errors((|| {
            let (found, table) = table_at(app, request, db, name)?;
            posted(request, |request| table::count(app, request, &found, &table))
        })()),
        (_, [db, name, "-", "set-column-type"]) if format.is_none() => json_errors((|| {
            let (found, table) = table_at(app, request, db, name)?;
            posted(request, |request| table::set_column_type(app, request, &found, &table))
        })()),
        (_, [db, name, "-", "fragment"]) if format.is_none() => {
            let (found, table) = table_at(app, request, db, name)?;
            page(request, |request| table::fragment(app, request, &found, &table))
        }
        (_, [db, name, "-", "autocomplete"]) if format.is_none() => {
            let (found, table) = table_at(app, request, db, name)?;
            page(request, |request| table::autocomplete(app, request, &found, &table))
        }
        (_, [db, name, "-", "update"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            post(request, |request| query::update(app, request, &found, &tilde::decode(name)))
        }
        (_, [db, name, "-", "edit"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            form(request, |request| writing::api(query::edit(app, request, &found, &tilde::decode(name))))
        }
        (_, [db, name, "-", "delete"]) if format.is_none() => {
            let found = database_at(app, request, db)?;
            form(request, |request| writing::api(query::delete(app, request, &found, &tilde::decode(name))))
        }
        (_, [db, name, "-", action @ ("insert" | "upsert" | "alter" | "drop")]) if format.is_none() => {
            // Those who write at the same time share a commit: they hear of it before this one reads.
            let is_short = request.method == "POST" && matches!(*action, "insert" | "upsert");
            let database = is_short.then(|| app.database_at(&tilde::decode(db)).ok()).flatten();
            let _announced = database.as_ref().map(Database::announce_write);
            let found = if request.method == "POST" { Some(table_at(app, request, db, name)) } else { None };
            post(request, |request| {
                let (found, table) = found.unwrap_or_else(|| Err(Error::NoSuchPage))?;
                match *action {
                    "insert" => table::insert(app, request, &found, &table),
                    "upsert" => table::upsert(app, request, &found, &table),
                    "alter" => table::alter(app, request, &found, &table),
                    _ => table::drop_table(app, request, &found, &table),
                }
            })
        }
        (_, [db, name, "-", action @ ("insert-form" | "alter-form" | "drop-form")]) if format.is_none() => {
            let (found, table) = table_at(app, request, db, name)?;
            form(request, |request| match *action {
                "insert-form" => forms::insert(app, request, &found, &table),
                "alter-form" => forms::alter(app, request, &found, &table),
                _ => forms::drop_table(app, request, &found, &table),
            })
        }
        (_, [db, name, key, "-", action @ ("update-form" | "delete-form")]) if format.is_none() => {
            let (found, table) = table_at(app, request, db, name)?;
            form(request, |request| match *action {
                "update-form" => forms::update(app, request, &found, &table, key),
                _ => forms::delete(app, request, &found, &table, key),
            })
        }
        (_, [db, name, key, "-", "update"]) if format.is_none() => {
            post(request, |request| row::update(app, request, db, name, key))
        }
        (_, [db, name, key, "-", "delete"]) if format.is_none() => {
            post(request, |request| row::delete(app, request, db, name, key))
        }
        (_, [db, name, key]) if ![*db, *name, *key].contains(&"") => {
            let (found, table) = table_at(app, request, db, name)?;
            request.url_vars.push(("pks".to_owned(), (*key).to_owned()));
            page(request, |request| row::show(app, request, &found, &table, key, page_format))
        }
        _ => Err(Error::NoSuchPage),
    }
}

/// Reading pages: HEAD is GET without its body (the edge leaves it out), OPTIONS says what there is.
fn page(request: &mut Request, show: impl FnOnce(&Request) -> Result<Response>) -> Result<Response> {
    match request.method.as_str() {
        "GET" | "HEAD" => show(request),
        "OPTIONS" => Ok(Response::text("ok").with_header("allow", "GET, HEAD")),
        _ => Err(Error::MethodNotAllowed { allow: "GET, HEAD" }),
    }
}

/// Requests of the JSON API that change something.
fn post(request: &mut Request, change: impl FnOnce(&Request) -> Verdict) -> Result<Response> {
    posted(request, |request| writing::api(change(request)))
}

/// Pages with a form that is sent to the page itself.
fn form(request: &mut Request, answer: impl FnOnce(&Request) -> Result<Response>) -> Result<Response> {
    match request.method.as_str() {
        "GET" | "HEAD" | "POST" => answer(request),
        "OPTIONS" => Ok(Response::text("ok").with_header("allow", "GET, HEAD, POST")),
        _ => Err(Error::MethodNotAllowed { allow: "GET, HEAD, POST" }),
    }
}

/// Endpoints that only take a body.
fn posted(request: &mut Request, answer: impl FnOnce(&Request) -> Result<Response>) -> Result<Response> {
    match request.method.as_str() {
        "POST" => answer(request),
        "OPTIONS" => Ok(Response::text("ok").with_header("allow", "POST")),
        _ => Err(Error::MethodNotAllowed { allow: "POST" }),
    }
}

/// The pieces of a path, with the format behind the last one's last dot taken off. Names have no
/// dots in URLs: those are tilde-encoded.
fn split_format(whole: &[&str]) -> (Vec<String>, Option<String>) {
    let mut segments: Vec<String> = whole.iter().map(|segment| (*segment).to_owned()).collect();
    let Some(last) = segments.last_mut() else { return (segments, None) };
    let split = last.rsplit_once('.').map(|(name, format)| (name.to_owned(), format.to_owned()));
    match split {
        // A row's key may be nothing but a dot and letters.
        Some((name, _)) if name.is_empty() && whole.len() > 2 => (segments, None),
        Some((name, format))
            if !format.is_empty() && format.chars().all(|c| c.is_alphanumeric() || c == '_') =>
        {
            *last = name;
            (segments, Some(format))
        }
        _ => (segments, None),
    }
}

fn no_dot(segment: &str) -> Result<&str> {
    if segment.contains('.') { Err(Error::NoSuchPage) } else { Ok(segment) }
}

fn database_at(app: &App, request: &mut Request, segment: &str) -> Result<Arc<Database>> {
    let route = tilde::decode(no_dot(segment)?);
    let database = app.database_at(&route)?;
    request.url_vars.push(("database".to_owned(), route));
    Ok(database)
}

/// What a name in a database stands for; tables win.
enum Found {
    Table(Arc<Table>),
    Query(Box<StoredQuery>),
}

fn resource_at(app: &App, request: &mut Request, database: &Database, segment: &str) -> Result<Found> {
    let name = tilde::decode(no_dot(segment)?);
    request.url_vars.push(("table".to_owned(), name.clone()));
    if let Some(table) = find_table(app, request, database, &name)? {
        return Ok(Found::Table(table));
    }
    match app.stored_query(request.actor.as_ref(), &database.name, &name)? {
        Some(stored) => Ok(Found::Query(Box::new(stored))),
        None => Err(Error::not_found("Table not found")),
    }
}

fn table_at(app: &App, request: &mut Request, db: &str, name: &str) -> Result<(Arc<Database>, Arc<Table>)> {
    let database = database_at(app, request, db)?;
    let name = tilde::decode(name);
    request.url_vars.push(("table".to_owned(), name.clone()));
    let table =
        find_table(app, request, &database, &name)?.ok_or_else(|| Error::not_found("Table not found"))?;
    Ok((database, table))
}

fn find_table(app: &App, request: &Request, database: &Database, name: &str) -> Result<Option<Arc<Table>>> {
    app.read(request, database, |conn| Ok(database.table(conn, name)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let whole: Vec<&str> = path.split('/').collect();
        let (segments, format) = split_format(&whole);
        assert_eq!(format!("{} | {}", segments.join("/"), format.unwrap_or_default()), expected);
    }

    #[test]
    fn the_format_stands_behind_the_last_dot() {
        check("db/table.json", "db/table | json");
        check("db/t/1.5.csv", "db/t/1.5 | csv");
        check("db/t/a.b-c", "db/t/a.b-c | ");
        check(".json", " | json");
        check("db/t.", "db/t. | ");
    }
}
