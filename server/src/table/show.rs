//! `GET /{database}/{table}`: one page of rows, in the format the URL asks for.

use std::sync::Arc;

use datasette_plugin_api::{Json, Map};

use super::page::{Place, TablePage};
use super::{csv, extras, facets, filters, html, ndjson};
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::plugins::RenderQuestion;
use crate::render::shape::RowsAnswer;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Table};
use crate::urls;

/// Answers in the format: `None` is HTML.
pub(crate) fn show(
    app: &Arc<App>,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
    format: Option<&str>,
) -> Result<Response> {
    if !request.is_get_or_head() {
        return Ok(Response::text("Method not allowed")
            .with_status(405)
            .with_header("allow", "GET, HEAD")
            .with_header("referrer-policy", "no-referrer"));
    }
    let place = place(app, request, database, table)?;
    if let Some(location) = redirect(app, request) {
        return Ok(Response::redirect(location.clone())
            .with_header("link", format!("<{location}>; rel=preload"))
            .with_header("referrer-policy", "no-referrer"));
    }
    let mut response = if format == Some("csv") {
        csv::respond(app, request, &place)?
    } else if format == Some("ndjson") && !app.plugins.has_renderer("ndjson") {
        ndjson::respond(app, request, &place)?
    } else {
        let (page, gathered) = gather(app, request, &place, format)?;
        let mut response = match gathered {
            Gathered::Html(parts) => html::respond(app, request, &page, *parts)?,
            Gathered::Json(extras) => as_json(app, request, &page, extras)?,
            Gathered::Other(format) => in_plugin_format(app, request, &page, format)?,
        };
        if let Some(next_url) = &page.next_url {
            response.headers.push(("link".to_owned(), format!("<{next_url}>; rel=\"next\"")));
        }
        response
    };
    set_headers(app, request, &mut response, place.private);
    Ok(response)
}

/// What a format needs besides the rows.
enum Gathered<'a> {
    Html(Box<html::Parts>),
    Json(Vec<(&'static str, Json)>),
    Other(&'a str),
}

/// Everything that needs the database, so that its connection is free while the answer is written.
fn gather<'p, 'f>(
    app: &App,
    request: &Request,
    place: &Place<'p>,
    format: Option<&'f str>,
) -> Result<(TablePage<'p>, Gathered<'f>)> {
    app.read(request, &place.database, |conn| {
        let page = TablePage::load(app, request, conn, place, request.args.get("_next"), format.is_none())?;
        let gathered = match format {
            None => Gathered::Html(Box::new(html::Parts::gather(app, request, conn, &page)?)),
            Some("json") => Gathered::Json(extras::resolve(app, request, conn, &page)?),
            Some(format) => Gathered::Other(format),
        };
        Ok((page, gathered))
    })
}

/// The table, if the visitor may see it.
pub(crate) fn place<'a>(
    app: &'a App,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
) -> Result<Place<'a>> {
    let resource = Resource::Table(&database.name, &table.name);
    let visibility = app.permissions.visibility(request, "view-table", resource)?;
    if !visibility.visible {
        return Err(Error::forbidden("You do not have permission to view this table"));
    }
    Ok(Place {
        database: Arc::clone(database),
        table: Arc::clone(table),
        config: app.table_config(&database.name, table),
        private: visibility.private,
    })
}

/// Where a submitted form leads: the same page, with arguments that say it plainly.
fn redirect(app: &App, request: &Request) -> Option<String> {
    let changes = filters::submitted_form(request);
    let changes: Vec<(String, Option<String>)> = if !changes.is_empty() {
        changes
    } else if request.args.contains("_sort_by_desc") {
        let sort = request.args.get("_sort").map(str::to_owned);
        vec![("_sort_desc".to_owned(), sort), ("_sort_by_desc".to_owned(), None), ("_sort".to_owned(), None)]
    } else {
        return None;
    };
    let removed: Vec<&str> = changes.iter().filter(|(_, v)| v.is_none()).map(|(k, _)| k.as_str()).collect();
    let kept = request.args.iter().filter(|(k, v)| !v.is_empty() && !removed.contains(k));
    let added = changes.iter().filter_map(|(k, v)| Some((k.as_str(), v.as_deref()?)));
    let query = urls::encode_query(kept.chain(added));
    Some(crate::request::with_query(&app.site_path(request), &query))
}

fn as_json(
    app: &App,
    request: &Request,
    page: &TablePage<'_>,
    extras: Vec<(&'static str, Json)>,
) -> Result<Response> {
    let mut before =
        vec![("next", Json::from(page.next.clone())), ("next_url", Json::from(page.next_url.clone()))];
    before.extend(extras);
    let replaced = app.transformed_values(&page.place.database.name, page.table(), &page.rows)?;
    let answer = RowsAnswer {
        request,
        rows: &page.rows,
        labels: Some(&page.labels),
        replaced: Some(&replaced),
        before,
        after: Vec::new(),
        truncated: false,
        primary_keys: Some(&page.table().primary_keys),
        error: None,
    };
    Ok(answer.respond())
}

fn in_plugin_format(app: &App, request: &Request, page: &TablePage<'_>, format: &str) -> Result<Response> {
    facets::check_allowed(app, request)?;
    let data = || {
        let mut data = Map::new();
        data.insert("ok".to_owned(), true.into());
        data.insert("next".to_owned(), page.next.clone().into());
        data.insert("next_url".to_owned(), page.next_url.clone().into());
        Json::Object(data)
    };
    app.plugins.render_output(format, &question(request, page), false, None, &data)
}

fn question<'a>(request: &'a Request, page: &'a TablePage<'_>) -> RenderQuestion<'a> {
    RenderQuestion {
        request,
        rows: &page.rows,
        sql: Some(&page.sql),
        query_name: None,
        database: &page.place.database.name,
        table: Some(&page.table().name),
        view_name: "table",
    }
}

/// The page in each format that can show it: URLs by name.
pub(crate) fn renderers(app: &App, request: &Request, page: &TablePage<'_>, labels: bool) -> Result<Json> {
    let list = renderer_urls(app, request, &question(request, page), labels)?;
    Ok(Json::Object(list.into_iter().map(|(name, url)| (name, url.into())).collect()))
}

pub(crate) fn page_renderers(
    app: &App,
    request: &Request,
    page: &TablePage<'_>,
    labels: bool,
) -> Result<Vec<(String, String)>> {
    renderer_urls(app, request, &question(request, page), labels)
}

/// JSON first, then the formats of plugins that can render this.
pub(crate) fn renderer_urls(
    app: &App,
    request: &Request,
    question: &RenderQuestion<'_>,
    labels: bool,
) -> Result<Vec<(String, String)>> {
    let extra: &[(&str, &str)] = if labels { &[("_labels", "on")] } else { &[] };
    let url = |format: &str| urls::with_format(&app.site_path(request), &request.query_string, format, extra);
    let mut list = vec![("json".to_owned(), url("json"))];
    for format in app.plugins.renderers_for(question) {
        let address = url(&format);
        list.push((format, address));
    }
    Ok(list)
}

/// What caches may do with a table, a stored query or a row, and what the next site learns.
pub(crate) fn set_headers(app: &App, request: &Request, response: &mut Response, private: bool) {
    if response.status == 200 && app.facts.reloads {
        response.set_header("cache-control", "no-cache");
    } else if response.status == 200 {
        let asked =
            request.args.get("_ttl").filter(|ttl| !ttl.is_empty() && ttl.bytes().all(|b| b.is_ascii_digit()));
        let ttl = asked.map_or_else(|| app.settings().default_cache_ttl.to_string(), str::to_owned);
        let ttl = ttl.trim_start_matches('0');
        let rule = match ttl {
            _ if private => "private, no-store".to_owned(),
            "" => "no-cache".to_owned(),
            ttl => format!("max-age={ttl}"),
        };
        response.set_header("cache-control", rule);
    }
    response.set_header("referrer-policy", "no-referrer");
}
