//! What somebody may say about a query that is saved or changed, and the rules for it.

use datasette_plugin_api::{Json, Map};

use super::analyze::{self, Checked, Invalid};
use super::rules;
use crate::app::App;
use crate::error::Error;
use crate::internal::StoredQuery;
use crate::request::Request;
use crate::sqlite::Database;
use crate::writing::{is_true, python_text};

const FIELDS: &[&str] = &[
    "sql",
    "title",
    "description",
    "hide_sql",
    "fragment",
    "parameters",
    "is_private",
    "on_success_message",
    "on_success_redirect",
    "on_error_message",
    "on_error_redirect",
];

/// Fields that make sense for queries that write.
const WRITE_FIELDS: &[&str] =
    &["on_success_message", "on_success_redirect", "on_error_message", "on_error_redirect"];

/// A new query, not saved yet.
pub(super) fn create(app: &App, request: &Request, database: &Database, data: &Map) -> Checked<StoredQuery> {
    if let Err(invalid) = only_known(data, &["name", "mode", "csrftoken"]) {
        return Ok(Err(invalid));
    }
    let name = data.get("name").and_then(Json::as_str).unwrap_or_default();
    if let Some(invalid) = name_problem(app, request, database, name)? {
        return Ok(Err(invalid));
    }
    let sql = data.get("sql").and_then(Json::as_str).unwrap_or_default();
    let (is_write, derived) = match check_sql(app, request, database, sql)? {
        Ok(checked) => checked,
        Err(invalid) => return Ok(Err(invalid)),
    };
    let parameters =
        match write_fields(data, is_write).and_then(|()| parameters(data.get("parameters"), derived)) {
            Ok(parameters) => parameters,
            Err(invalid) => return Ok(Err(invalid)),
        };
    let mut query = StoredQuery {
        database: database.name.clone(),
        name: name.to_owned(),
        sql: sql.to_owned(),
        is_write,
        is_private: true,
        parameters,
        source: "user".to_owned(),
        owner_id: request.actor.as_ref().and_then(|actor| actor.id()),
        ..StoredQuery::default()
    };
    set(&mut query, data);
    Ok(Ok(query))
}

/// The query as it would be with the changes.
pub(super) fn update(
    app: &App,
    request: &Request,
    database: &Database,
    existing: &StoredQuery,
    data: &Map,
) -> Checked<StoredQuery> {
    if let Err(invalid) = only_known(data, &[]) {
        return Ok(Err(invalid));
    }
    let mut query = existing.clone();
    let new_sql = data.get("sql");
    if let Some(sql) = new_sql {
        query.sql = sql.as_str().unwrap_or_default().to_owned();
    }
    let mut derived = match analyze::parameters(&query.sql) {
        Ok(derived) => derived,
        Err(invalid) => return Ok(Err(invalid)),
    };
    if new_sql.is_some() {
        (query.is_write, derived) = match check_sql(app, request, database, &query.sql)? {
            Ok(checked) => checked,
            Err(invalid) => return Ok(Err(invalid)),
        };
        query.parameters.clone_from(&derived);
    }
    if let Some(given) = data.get("parameters") {
        query.parameters = match parameters(Some(given), derived) {
            Ok(parameters) => parameters,
            Err(invalid) => return Ok(Err(invalid)),
        };
    }
    if let Err(invalid) = write_fields(data, query.is_write) {
        return Ok(Err(invalid));
    }
    set(&mut query, data);
    Ok(Ok(query))
}

fn only_known(data: &Map, more: &[&str]) -> Result<(), Invalid> {
    let is_known = |key: &&str| FIELDS.contains(key) || more.contains(key);
    let mut unknown: Vec<&str> = data.keys().map(String::as_str).filter(|key| !is_known(key)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort_unstable();
    Err(Invalid::new(format!("Invalid keys: {}", unknown.join(", "))))
}

fn name_problem(
    app: &App,
    request: &Request,
    database: &Database,
    name: &str,
) -> crate::error::Result<Option<Invalid>> {
    if name.is_empty() {
        return Ok(Some(Invalid::new("Query name is required")));
    }
    if name.contains(['/', '.', '\n']) {
        return Ok(Some(Invalid::new("Invalid query name")));
    }
    let table = app.read(request, database, |conn| Ok(database.table(conn, name)?))?;
    if table.is_some() {
        return Ok(Some(Invalid::new("Query name conflicts with a table or view")));
    }
    let exists = app.stored_query(request.actor.as_ref(), &database.name, name)?.is_some();
    Ok(exists.then(|| Invalid::new("Query already exists")))
}

/// Whether the SQL writes, and its parameters; or why this visitor may not save it.
fn check_sql(app: &App, request: &Request, database: &Database, sql: &str) -> Checked<(bool, Vec<String>)> {
    if sql.is_empty() {
        return Ok(Err(Invalid::new("SQL is required")));
    }
    let names = match analyze::parameters(sql) {
        Ok(names) => names,
        Err(invalid) => return Ok(Err(invalid)),
    };
    let operations = match analyze::checked_operations(app, request, database, sql, &analyze::blank(&names))?
    {
        Ok(operations) => operations,
        Err(invalid) => return Ok(Err(invalid)),
    };
    let is_write = analyze::is_write(&operations);
    let checked = if is_write {
        analyze::permitted(app, request, database, &operations)?
    } else {
        match rules::check(sql) {
            Ok(()) => Ok(()),
            Err(Error::InvalidSql { message }) => Err(Invalid::new(message)),
            Err(error) => return Err(error),
        }
    };
    Ok(checked.map(|()| (is_write, names)))
}

fn write_fields(data: &Map, is_write: bool) -> Result<(), Invalid> {
    if !is_write && WRITE_FIELDS.iter().any(|field| data.get(*field).is_some_and(is_true)) {
        return Err(Invalid::new("Writable query fields require writable SQL"));
    }
    Ok(())
}

/// The parameters in the order that somebody chose; they have to be those of the SQL.
fn parameters(given: Option<&Json>, derived: Vec<String>) -> Result<Vec<String>, Invalid> {
    let not_texts = || Invalid::new("parameters must be a list of strings");
    let names: Vec<String> = match given {
        None | Some(Json::Null) => return Ok(derived),
        Some(Json::String(text)) => {
            let names = text.split(|c: char| c.is_whitespace() || c == ',');
            names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
        }
        Some(Json::Array(names)) => {
            let names: Option<Vec<String>> =
                names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
            names.ok_or_else(not_texts)?
        }
        Some(_) => return Err(not_texts()),
    };
    if names.iter().any(|name| name.starts_with('_')) {
        return Err(Invalid::new("Magic parameters are not allowed"));
    }
    let same =
        names.iter().all(|name| derived.contains(name)) && derived.iter().all(|name| names.contains(name));
    if same { Ok(names) } else { Err(Invalid::new("parameters must match SQL named parameters")) }
}

fn set(query: &mut StoredQuery, data: &Map) {
    let text = |name: &str, field: &mut Option<String>| {
        if let Some(value) = data.get(name) {
            *field = (!value.is_null()).then(|| python_text(value));
        }
    };
    text("title", &mut query.title);
    text("description", &mut query.description);
    text("fragment", &mut query.fragment);
    text("on_success_message", &mut query.on_success_message);
    text("on_success_redirect", &mut query.on_success_redirect);
    text("on_error_message", &mut query.on_error_message);
    text("on_error_redirect", &mut query.on_error_redirect);
    if let Some(value) = data.get("hide_sql") {
        query.hide_sql = as_bool(value);
    }
    if let Some(value) = data.get("is_private") {
        query.is_private = as_bool(value);
    }
}

/// What forms and programs say for true.
pub(super) fn as_bool(value: &Json) -> bool {
    match value {
        Json::String(word) => matches!(word.to_lowercase().as_str(), "1" | "true" | "t" | "yes" | "on"),
        other => is_true(other),
    }
}
