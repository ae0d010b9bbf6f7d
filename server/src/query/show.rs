//! `GET /{database}/-/query` and `GET /{database}/{stored query}`, in the format the URL asks for.

use datasette_plugin_api::{Json, Map};

use super::run::{Ran, required_sql};
use super::{csv, extras, html};
use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::StoredQuery;
use crate::permissions::Resource;
use crate::plugins::RenderQuestion;
use crate::render::ndjson;
use crate::render::shape::RowsAnswer;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Conn, Database};
use crate::table::set_headers;
use crate::tilde;

/// Custom SQL.
pub(crate) fn show(
    app: &App,
    request: &Request,
    database: &Database,
    format: Option<&str>,
) -> Result<Response> {
    let resource = Resource::Database(&database.name);
    let visibility = app.permissions.visibility(request, "execute-sql", resource)?;
    if !visibility.visible {
        return Err(Error::forbidden("execute-sql"));
    }
    let sql = match format {
        None => request.args.get("sql").unwrap_or_default(),
        Some(format) => {
            check_format(app, format)?;
            required_sql(request)?
        }
    };
    let page = Page { app, request, database, stored: None, private: visibility.private };
    app.read(request, database, |conn| {
        let ran = if sql.is_empty() {
            Ran::nothing(request, sql, None)
        } else {
            Ran::run(app, request, conn, sql, None)?
        };
        page.respond(conn, ran, format)
    })
}

/// A query that the configuration or a visitor stored.
pub(crate) fn show_stored(
    app: &App,
    request: &Request,
    database: &Database,
    stored: &StoredQuery,
    format: Option<&str>,
) -> Result<Response> {
    let resource = Resource::Query(&database.name, &stored.name);
    let visibility = app.permissions.visibility(request, "view-query", resource)?;
    if !visibility.visible {
        return Err(Error::forbidden("You do not have permission to view this query"));
    }
    if !stored.is_trusted {
        app.permissions.require(request, "execute-sql", Resource::Database(&database.name))?;
    }
    if !request.is_get_or_head() {
        return Err(Error::MethodNotAllowed { allow: "GET, HEAD" });
    }
    if let Some(format) = format {
        check_format(app, format)?;
    }
    let page = Page { app, request, database, stored: Some(stored), private: visibility.private };
    let mut response = app.read(request, database, |conn| {
        let ran = if stored.is_write {
            Ran::nothing(request, &stored.sql, Some(stored))
        } else {
            Ran::run(app, request, conn, &stored.sql, Some(stored))?
        };
        page.respond(conn, ran, format)
    })?;
    set_headers(app, request, &mut response, false);
    if stored.is_write && format.is_none() {
        // Nobody may lay this form under a page of their own.
        response.set_header("content-security-policy", "frame-ancestors 'none'");
        response.set_header("x-frame-options", "DENY");
    }
    Ok(response)
}

fn check_format(app: &App, format: &str) -> Result<()> {
    if matches!(format, "json" | "csv" | "ndjson") || app.plugins.has_renderer(format) {
        return Ok(());
    }
    Err(Error::not_found(format!("Invalid format: {format}")))
}

/// A query on its way to a format.
pub(super) struct Page<'a> {
    pub(super) app: &'a App,
    pub(super) request: &'a Request,
    pub(super) database: &'a Database,
    pub(super) stored: Option<&'a StoredQuery>,
    pub(super) private: bool,
}

impl Page<'_> {
    fn respond(&self, conn: &Conn, ran: Ran, format: Option<&str>) -> Result<Response> {
        match format {
            None => html::respond(self, conn, ran),
            Some("json") => self.as_json(&ran),
            Some("csv") => match &ran.error {
                Some(message) => Err(Error::invalid_sql(message.clone())),
                None => {
                    let name = self.stored.map_or(&self.database.name, |stored| &stored.name);
                    Ok(csv::respond(self.app, self.request, name, ran))
                }
            },
            Some("ndjson") if !self.app.plugins.has_renderer("ndjson") => match &ran.error {
                Some(message) => Err(Error::invalid_sql(message.clone())),
                None => Ok(self.as_lines(&ran)),
            },
            Some(format) => {
                let data =
                    || Json::Object([("ok".to_owned(), Json::Bool(true))].into_iter().collect::<Map>());
                let (truncated, error) = (ran.rows.truncated, ran.error.as_deref());
                self.app.plugins.render_output(format, &self.question(&ran), truncated, error, &data)
            }
        }
    }

    fn as_json(&self, ran: &Ran) -> Result<Response> {
        let extras = extras::resolve(self.app, self.request, self.database, ran, self.stored, self.private)?;
        let answer = RowsAnswer {
            request: self.request,
            rows: &ran.rows,
            labels: None,
            replaced: None,
            before: Vec::new(),
            after: extras,
            truncated: ran.rows.truncated,
            primary_keys: None,
            error: ran.error.as_deref(),
        };
        Ok(answer.respond())
    }

    fn as_lines(&self, ran: &Ran) -> Response {
        let answer = RowsAnswer {
            request: self.request,
            rows: &ran.rows,
            labels: None,
            replaced: None,
            before: Vec::new(),
            after: Vec::new(),
            truncated: false,
            primary_keys: None,
            error: None,
        };
        let lines = answer.lines();
        let name = self.stored.map_or(&self.database.name, |stored| &stored.name);
        let download = self.request.args.non_empty("_dl").is_some().then(|| tilde::encode(name));
        ndjson::response(download.as_deref(), move |sink| {
            // An error means that nobody reads any more.
            let _ = sink.write(lines.into());
        })
    }

    pub(super) fn question<'q>(&'q self, ran: &'q Ran) -> RenderQuestion<'q> {
        RenderQuestion {
            request: self.request,
            rows: &ran.rows,
            sql: Some(&ran.sql),
            query_name: self.stored.map(|stored| stored.name.as_str()),
            database: &self.database.name,
            table: None,
            view_name: "table",
        }
    }
}
