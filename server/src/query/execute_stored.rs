//! `POST /{database}/{stored query}`: runs a query that writes, and says what came of it.

use std::cell::RefCell;

use datasette_plugin_api::{Json, Value, json};

use super::analyze;
use super::named_parameters;
use super::permit::denied;
use crate::app::App;
use crate::error::{Error, ErrorPage, Result};
use crate::internal::StoredQuery;
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::{Database, Params, Written};
use crate::table::set_headers;
use crate::writing::{TIME_LIMIT, Within, error_body, fields_of, parse_json, python_text, redirect};

/// Rows that a query returns are not shown; no more than these are fetched.
const RETURNED_ROWS: usize = 10;

pub(crate) fn execute_stored(
    app: &App,
    request: &Request,
    database: &Database,
    stored: &StoredQuery,
) -> Result<Response> {
    let mut response = execute(app, request, database, stored)?;
    set_headers(app, request, &mut response, false);
    Ok(response)
}

fn execute(app: &App, request: &Request, database: &Database, stored: &StoredQuery) -> Result<Response> {
    let resource = Resource::Query(&database.name, &stored.name);
    if !app.permissions.allowed(request, "view-query", resource)? {
        return Err(Error::forbidden("You do not have permission to view this query"));
    }
    if let Some(message) = refused(app, request, database, stored)? {
        if says_json(request, &[]) {
            return Ok(json_error(&message, 403, None));
        }
        let location = stored.on_error_redirect.as_deref().filter(|location| !location.is_empty());
        return Ok(redirect(request, location.unwrap_or(&request.full_path), &message, MessageKind::Error));
    }
    if !database.is_mutable {
        return Err(Error::forbidden("Database is immutable"));
    }
    let mut params = body_params(request)?;
    let wants_json = says_json(request, &params);
    for name in named_parameters(&stored.sql) {
        if let Some(value) = app.plugins.magic_value(&name, request) {
            params.retain(|(known, _)| *known != name);
            params.push((name, value?));
        }
    }
    let outcome = match run(app, request, database, stored, &params) {
        Ok(written) => succeeded(app, request, database, stored, &params, &written)?,
        Err(error) => failed(stored, error)?,
    };
    Ok(outcome.respond(app, request, wants_json))
}

/// Why the visitor may not run it, if that is told as a message. Queries of the site itself may do anything.
fn refused(
    app: &App,
    request: &Request,
    database: &Database,
    stored: &StoredQuery,
) -> Result<Option<String>> {
    if stored.is_trusted {
        return Ok(None);
    }
    if !stored.is_write {
        app.permissions.require(request, "execute-sql", Resource::Database(&database.name))?;
        return Ok(None);
    }
    app.permissions.require(request, "execute-write-sql", Resource::Database(&database.name))?;
    let params = analyze::blank(&named_parameters(&stored.sql));
    let operations = analyze::operations(app, request, database, &stored.sql, &params)?
        .map_err(|message| Error::forbidden(format!("Could not analyze query: {message}")))?;
    match denied(app, request, database, &operations)? {
        Some(denied) if denied.flash => Ok(Some(denied.message)),
        Some(denied) => Err(Error::forbidden(denied.message)),
        None => Ok(None),
    }
}

/// Values from a form, or from a JSON object; all of them are text.
fn body_params(request: &Request) -> Result<Params> {
    let body = String::from_utf8_lossy(&request.body);
    let body = body.trim();
    let fields = if body.starts_with('{') && body.ends_with('}') {
        match parse_json(body.as_bytes()) {
            Ok(Json::Object(fields)) => fields,
            Ok(_) => return Err(Error::bad_request("JSON must be a dictionary")),
            Err(error) => return Err(Error::bad_request(format!("Invalid JSON: {error}"))),
        }
    } else {
        fields_of(request).map_err(Error::bad_request)?
    };
    let param = |(name, value): (String, Json)| (name, Value::Text(python_text(&value)));
    Ok(fields.into_iter().filter(|(name, _)| name != "csrftoken").map(param).collect())
}

fn says_json(request: &Request, params: &[(String, Value)]) -> bool {
    request.header("accept") == Some("application/json")
        || request.args.non_empty("_json").is_some()
        || params.iter().any(|(name, value)| name == "_json" && value.as_str() != Some(""))
}

fn run(
    app: &App,
    request: &Request,
    database: &Database,
    stored: &StoredQuery,
    params: &Params,
) -> Result<Written> {
    let within = if stored.is_trusted && is_vacuum(app, request, database, stored)? {
        Within::Nothing
    } else {
        Within::Transaction
    };
    // Kept outside, so that an error of the SQL itself can be told apart from one of a plugin.
    let written = RefCell::new(Written::default());
    // The owner of the site has seen to what a trusted query does.
    let veil = if stored.is_trusted { None } else { app.permissions.veil(request, database)? };
    app.write_within(Some(request), database, within, |writer| {
        let run = || writer.run_up_to(&stored.sql, params, RETURNED_ROWS);
        let run = || writer.conn().through(veil.as_ref(), run);
        *written.borrow_mut() = writer.limited(TIME_LIMIT, run)?;
        Ok(())
    })?;
    Ok(written.into_inner())
}

/// The one statement that SQLite refuses to run in a transaction.
fn is_vacuum(app: &App, request: &Request, database: &Database, stored: &StoredQuery) -> Result<bool> {
    let params = analyze::blank(&named_parameters(&stored.sql));
    let operations = analyze::operations(app, request, database, &stored.sql, &params)?;
    Ok(operations.is_ok_and(|operations| operations.iter().any(|operation| operation.operation == "vacuum")))
}

/// What is said, and where it leads.
struct Outcome {
    ok: bool,
    message: Json,
    kind: MessageKind,
    redirect: Option<String>,
}

fn succeeded(
    app: &App,
    request: &Request,
    database: &Database,
    stored: &StoredQuery,
    params: &Params,
    written: &Written,
) -> Result<Outcome> {
    let mut kind = MessageKind::Info;
    let mut message = Json::Null;
    if let Some(sql) = stored.on_success_message_sql.as_deref().filter(|sql| !sql.is_empty()) {
        match message_from(app, request, database, sql, params, stored.is_trusted) {
            Ok(found) => message = found,
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                kind = MessageKind::Error;
                message = format!("Error running on_success_message_sql: {error}").into();
            }
        }
    }
    if !crate::writing::is_true(&message) {
        let given = stored.on_success_message.clone().filter(|message| !message.is_empty());
        message = given.unwrap_or_else(|| executed(written)).into();
    }
    Ok(Outcome { ok: true, message, kind, redirect: stored.on_success_redirect.clone() })
}

/// `Query executed, 1 row affected`
pub(super) fn executed(written: &Written) -> String {
    match written.rowcount {
        count if count < 0 || written.rows.truncated => "Query executed".to_owned(),
        1 => "Query executed, 1 row affected".to_owned(),
        count => format!("Query executed, {count} rows affected"),
    }
}

fn message_from(
    app: &App,
    request: &Request,
    database: &Database,
    sql: &str,
    params: &Params,
    is_trusted: bool,
) -> Result<Json> {
    let limit = Some(app.sql_time_limit());
    let rows = app.read(request, database, |conn| {
        let run = || conn.limited(limit, || conn.visitors_own(sql, params, 1));
        Ok(if is_trusted { conn.unveiled(run) } else { run() }?)
    })?;
    Ok(rows.first().map_or(Json::Null, |value| value.to_json()))
}

/// Mistakes of the SQL or its values are told; what is our fault, or only for now, is not.
fn failed(stored: &StoredQuery, error: Error) -> Result<Outcome> {
    let told = match &error {
        Error::InvalidSql { .. } | Error::BadRequest { .. } | Error::Forbidden(_) | Error::NotFound(_) => {
            ErrorPage::from(&error).message
        }
        Error::Interrupted { .. } => "SQL query took too long; a write may take two seconds".to_owned(),
        _ => return Err(error),
    };
    let given = stored.on_error_message.clone().filter(|message| !message.is_empty());
    Ok(Outcome {
        ok: false,
        message: given.unwrap_or(told).into(),
        kind: MessageKind::Error,
        redirect: stored.on_error_redirect.clone(),
    })
}

impl Outcome {
    fn respond(self, _app: &App, request: &Request, wants_json: bool) -> Response {
        if !wants_json {
            let location = self.redirect.as_deref().filter(|location| !location.is_empty());
            let location = location.unwrap_or(&request.full_path);
            return redirect(request, location, &python_text(&self.message), self.kind);
        }
        if !self.ok {
            return json_error(&python_text(&self.message), 400, self.redirect.as_deref());
        }
        let body = json!({"ok": true, "message": self.message, "redirect": self.redirect});
        Response::json(to_vec(&body))
    }
}

fn json_error(message: &str, status: u16, redirect: Option<&str>) -> Response {
    let mut body = error_body(&[message.to_owned()], status);
    if let Some(body) = body.as_object_mut() {
        body.insert("redirect".to_owned(), redirect.into());
    }
    Response::json(to_vec(&body)).with_status(status)
}
