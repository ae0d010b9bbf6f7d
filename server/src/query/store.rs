//! `/{database}/-/queries/store`: saving a query, from a form or by JSON.

use datasette_plugin_api::{Json, Map, json};

use super::analyze::{self, Invalid, Report};
use super::draft::draft;
use super::execute_write::refused;
use super::fields::{self, as_bool};
use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::StoredQuery;
use crate::permissions::Resource;
use crate::render::contexts::SavedQueryContext;
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::Database;
use crate::writing::{self, block_framing, payload, redirect, refuse};

/// The form, or the query that it became.
pub(crate) fn store(app: &App, request: &Request, database: &Database) -> Result<Response> {
    match request.method.as_str() {
        "GET" | "HEAD" => {
            let resource = Resource::Database(&database.name);
            app.permissions.require(request, "execute-sql", resource)?;
            app.permissions.require(request, "store-query", resource)?;
            let sql = request.args.get("sql").unwrap_or_default().to_owned();
            Draft { sql, is_private: true, ..Draft::default() }.respond(app, request, database)
        }
        "POST" => post(app, request, database),
        _ => Err(Error::MethodNotAllowed { allow: "GET, HEAD, POST" }),
    }
}

/// `GET /{database}/-/queries/analyze?sql=`
pub(crate) fn analyze_query(app: &App, request: &Request, database: &Database) -> Result<Response> {
    if let Some(action) = missing_permission(app, request, database)? {
        return refused(403, &format!("Permission denied: need {action}"));
    }
    let sql = match analyze::sql_argument(request) {
        Ok(sql) => sql,
        Err(invalid) => return refused(invalid.status, &invalid.message),
    };
    let report = Report::about(app, request, database, sql, false)?;
    Ok(block_framing(Response::json(to_vec(&analyze::save_json(&report, sql)))))
}

/// Saving takes both.
fn missing_permission(app: &App, request: &Request, database: &Database) -> Result<Option<&'static str>> {
    for action in ["execute-sql", "store-query"] {
        if !app.permissions.allowed(request, action, Resource::Database(&database.name))? {
            return Ok(Some(action));
        }
    }
    Ok(None)
}

fn post(app: &App, request: &Request, database: &Database) -> Result<Response> {
    let refuse_json = |status: u16, message: &str| writing::api(Err(refuse(status, message)));
    if let Some(action) = missing_permission(app, request, database)? {
        return refuse_json(403, &format!("Permission denied: need {action}"));
    }
    let body = match payload(request) {
        Ok(body) => body,
        Err(message) => return refuse_json(400, &message),
    };
    let Json::Object(data) = &body.data else { return refuse_json(400, "JSON must be a dictionary") };
    let data = match (body.is_json, data.get("query")) {
        (false, _) => data,
        (true, Some(Json::Object(query))) => query,
        (true, _) => return refuse_json(400, "JSON must contain a query dictionary"),
    };
    let query = match fields::create(app, request, database, data)? {
        Ok(query) => query,
        Err(invalid) if body.is_json => return refuse_json(invalid.status, &invalid.message),
        Err(invalid) => return Draft::of_form(data, &invalid).respond(app, request, database),
    };
    if !app.internal.add_query(&query)? {
        let invalid = Invalid::new("Query already exists");
        if body.is_json {
            return refuse_json(400, &invalid.message);
        }
        return Draft::of_form(data, &invalid).respond(app, request, database);
    }
    if body.is_json {
        let body = json!({"ok": true, "unstable": crate::home::UNSTABLE, "query": query.to_json()});
        return Ok(Response::json(to_vec(&body)).with_status(201));
    }
    let location = app.urls.table(&database.route, &query.name);
    Ok(redirect(request, &location, "Query saved", MessageKind::Info))
}

/// A query in one of the forms. `existing`: it is there already.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) existing: Option<StoredQuery>,
    pub(super) name: String,
    pub(super) sql: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) is_private: bool,
    /// What is wrong with it, and the status for that.
    pub(super) problem: Option<(String, u16)>,
}

impl Draft {
    fn of_form(data: &Map, invalid: &Invalid) -> Self {
        let text = |name: &str| data.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        // The form calls the name a URL.
        let message = match invalid.message.as_str() {
            "Query name is required" => "URL is required",
            "Invalid query name" => "Invalid URL",
            "Query name conflicts with a table or view" => "URL conflicts with an existing table or view",
            "Query already exists" => "A query already exists at that URL",
            other => other,
        };
        Self {
            existing: None,
            name: text("name"),
            sql: text("sql"),
            title: text("title"),
            description: text("description"),
            is_private: data.get("is_private").is_none_or(as_bool),
            problem: Some((message.to_owned(), invalid.status)),
        }
    }

    pub(super) fn respond(self, app: &App, request: &Request, database: &Database) -> Result<Response> {
        let report = Report::about(app, request, database, &self.sql, false)?;
        let (template, view, path) = match &self.existing {
            None => ("query_create.html", "query-create", "/-/queries/store".to_owned()),
            Some(query) => {
                ("query_edit.html", "query-edit", format!("/{}/-/edit", crate::tilde::encode(&query.name)))
            }
        };
        let chosen = page::choose(app, &[template.to_owned()])?;
        let kind = PageKind { database: Some(&database.name), ..PageKind::of(view) };
        let crumbs = page::crumbs(app, request, Some(&database.name), None)?;
        let draft = draft(app, database, &path, "/-/queries/analyze", &self.sql, &report, &Map::new());
        let save_disabled = report.save_disabled(&self.sql);
        let status = self.problem.as_ref().map_or(200, |(_, status)| *status);
        let heading = if self.title.is_empty() { self.name.clone() } else { self.title.clone() };
        let query_url = self.existing.as_ref().map(|query| app.urls.table(&database.route, &query.name));
        if let Some((text, _)) = self.problem {
            request.messages.add(text, MessageKind::Error);
        }
        let response = page::respond(app, request, &chosen, kind, crumbs, |base| SavedQueryContext {
            base,
            draft,
            name: self.name,
            url_prefix: format!("{}/", app.urls.database(&database.route)),
            query_url,
            heading,
            query_title: self.title,
            description: self.description,
            is_private: self.is_private,
            save_disabled,
        })?;
        Ok(block_framing(response.with_status(status)))
    }
}
