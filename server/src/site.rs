//! The way of a request through the house: who asks, which page, and what becomes of errors.

use std::sync::Arc;

use datasette_plugin_api::server::Hook;

use crate::app::App;
use crate::edge::{self, EdgeOptions, caching, cors, csrf};
use crate::error::{Error, ErrorPage, Result};
use crate::messages;
use crate::render::contexts::ErrorContext;
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::render::shape::error_body;
use crate::request::Request;
use crate::response::Response;
use crate::{custom_pages, routes, traced, upload};

/// How large a body may be that a plugin's page takes.
const PLUGIN_UPLOAD_BYTES: u64 = 100 * 1024 * 1024;

/// The site behind the edge.
pub(crate) struct Site {
    app: Arc<App>,
    options: EdgeOptions,
}

impl Site {
    pub(crate) fn new(app: Arc<App>, options: EdgeOptions) -> Self {
        Self { app, options }
    }
}

impl edge::Site for Site {
    fn answer(&self, request: Request) -> Response {
        answer(&self.app, request)
    }

    fn options(&self) -> &EdgeOptions {
        &self.options
    }

    fn upload_limit(&self, request: &Request) -> Option<u64> {
        if self.app.plugins.takes_files(request) {
            return Some(PLUGIN_UPLOAD_BYTES);
        }
        upload::is_upload(request).then_some(self.options.max_upload_bytes)
    }

    fn admit_upload(&self, mut request: Request) -> Result<(), Response> {
        let app = &self.app;
        let admitted = identify(app, &mut request).and_then(|()| {
            app.permissions.on_behalf_of(&mut request, |request| match app.plugins.takes_files(request) {
                true => app.plugins.admit_files(request),
                false => upload::check(app, request),
            })
        });
        admitted.map_err(|error| {
            let mut response = failed(app, &request, error);
            caching::finish(&request, &mut response);
            response
        })
    }
}

/// Answers every request, whatever happens.
pub(crate) fn answer(app: &Arc<App>, request: Request) -> Response {
    if app.settings().trace_debug && traced::is_wanted(&request) {
        return traced::answer(|| answer_plainly(app, request));
    }
    answer_plainly(app, request)
}

fn answer_plainly(app: &Arc<App>, mut request: Request) -> Response {
    messages::receive(app, &request);
    let mut response = match pass(app, &mut request) {
        Ok(response) => response,
        Err(error) => failed(app, &request, error),
    };
    messages::send(app, &request, &mut response);
    if app.facts.cors && is_for_other_origins(&response) {
        cors::allow(&mut response);
    }
    caching::finish(&request, &mut response);
    response
}

/// Data and the pages that show it. Files are the same everywhere; where a page moved to, and that somebody may
/// not see it, is said to people alone.
fn is_for_other_origins(response: &Response) -> bool {
    let is_page = response.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let is_said = response.status == 403 || response.header("location").is_some();
    !(response.is_static || is_page && is_said)
}

/// The steps in their order; the first that has an answer ends it.
fn pass(app: &Arc<App>, request: &mut Request) -> Result<Response> {
    identify(app, request)?;
    app.permissions.on_behalf_of(request, |request| wrapped(app, request))
}

fn wrapped(app: &Arc<App>, request: &mut Request) -> Result<Response> {
    if app.plugins.has_hook(Hook::RequestWrapper) {
        let inner = |request: &Request| page_or_error(app, request.clone());
        return app.plugins.request_wrapper(request, &inner);
    }
    page_of(app, request)
}

/// Who asks, and that it is not another site in their name.
fn identify(app: &App, request: &mut Request) -> Result<()> {
    csrf_check(app, request)?;
    if request.actor.is_none() {
        request.actor = app.plugins.actor_from_request(request)?;
    }
    Ok(())
}

fn page_or_error(app: &Arc<App>, mut request: Request) -> Response {
    page_of(app, &mut request).unwrap_or_else(|error| failed(app, &request, error))
}

fn page_of(app: &Arc<App>, request: &mut Request) -> Result<Response> {
    if let Some(answered) = app.plugins.answer_route(request) {
        return answered;
    }
    if let Some(response) = app.statics.answer(request) {
        return Ok(response);
    }
    routes::answer(app, request)
}

fn csrf_check(app: &App, request: &Request) -> Result<()> {
    if request.skip_permission_checks || request.is_get_or_head() || request.method == "OPTIONS" {
        return Ok(());
    }
    match csrf::check(request, app.settings().force_https_urls) {
        Ok(()) => Ok(()),
        Err(_) if app.plugins.skip_csrf(request)? => Ok(()),
        Err(reason) => Err(Error::Csrf { reason }),
    }
}

/// Turns an error into an answer: another address, a custom page, a plugin's words, or the plain truth.
fn failed(app: &Arc<App>, request: &Request, error: Error) -> Response {
    log(request, &error);
    if matches!(error, Error::NotFound(_) | Error::NoSuchPage) {
        if let Some(location) = moved(app, request) {
            let mut response = Response::redirect(location);
            response.set_header("content-type", "text/html; charset=utf-8");
            return response;
        }
        match custom_pages::answer(app, request) {
            Ok(Some(response)) => return response,
            Ok(None) => {}
            Err(error) => {
                log(request, &error);
                return failed_page(app, request, &error);
            }
        }
    }
    failed_page(app, request, &error)
}

/// Requests of this process may carry the prefix or not.
pub(crate) fn strip_base_url(app: &App, request: &mut Request) {
    let prefix = app.urls.instance().trim_end_matches('/');
    if let Some(rest) = request.path.strip_prefix(prefix)
        && rest.starts_with('/')
    {
        request.path = rest.to_owned();
    }
}

fn failed_page(app: &App, request: &Request, error: &Error) -> Response {
    let mut page = ErrorPage::from(error);
    match error {
        // Programs are told the number, as they always were; people get a sentence.
        Error::NoSuchPage if format(request) == "html" => {
            "There is no page at this address".clone_into(&mut page.message)
        }
        // Datasette's pages have these words, its JSON calls it a setting.
        Error::Interrupted { .. } if format(request) == "html" => {
            page.message = page.message.replace(" setting.", " configuration option.");
        }
        Error::MethodNotAllowed { allow } => return method_not_allowed(request, &page, allow),
        Error::Unauthorized { .. } => {
            return Response::json(to_vec(&error_body(&page.message, page.status)))
                .with_status(page.status)
                .with_header("www-authenticate", "Bearer error=\"invalid_token\"");
        }
        Error::Busy { .. } => {
            return plain(request, &page).with_header("retry-after", "1");
        }
        Error::Csrf { reason } => return csrf_page(app, request, reason),
        Error::InvalidSql { message } if is_query_json(request) => return invalid_sql(message),
        _ => {}
    }
    let answered = match error {
        Error::Forbidden(message) => app.plugins.forbidden(request, message),
        _ => app.plugins.handle_exception(request, &page, format(request), cause(error).as_deref()),
    };
    match answered {
        Ok(Some(response)) => response,
        Ok(None) => plain(request, &page),
        Err(error) => {
            tracing::error!("the answer to an error failed: {error}");
            plain(request, &ErrorPage::from(&error))
        }
    }
}

/// What an error is written as.
fn format(request: &Request) -> &'static str {
    if request.path.ends_with(".json") {
        "json"
    } else if request.path.ends_with(".csv") {
        "text"
    } else {
        "html"
    }
}

/// Where nobody else answers: the truth in the format asked for.
fn plain(request: &Request, page: &ErrorPage) -> Response {
    if request.path.ends_with(".json") {
        return Response::json(to_vec(&error_body(&page.message, page.status))).with_status(page.status);
    }
    Response::text(page.message.clone()).with_status(page.status)
}

fn method_not_allowed(request: &Request, page: &ErrorPage, allow: &str) -> Response {
    let is_json =
        request.path.ends_with(".json") || request.header("content-type") == Some("application/json");
    let response = if is_json {
        Response::json(to_vec(&error_body(&page.message, page.status)))
    } else {
        Response::text(page.message.clone())
    };
    response.with_status(page.status).with_header("allow", allow)
}

fn is_query_json(request: &Request) -> bool {
    request.path.ends_with("/-/query.json")
}

/// As a page of rows says it, so that clients find what they always find.
fn invalid_sql(message: &str) -> Response {
    Response::json(to_vec(&error_body(message, 400))).with_status(400)
}

fn csrf_page(app: &App, request: &Request, reason: &str) -> Response {
    let page = ErrorPage {
        status: 403,
        title: Some("Form origin check failed"),
        message: format!("This form was sent from another site, so it was not accepted. Reason: {reason}"),
        sql: None,
    };
    error_page(app, request, &["csrf_error.html".to_owned(), "error.html".to_owned()], &page)
        .unwrap_or_else(|_| plain(request, &page))
        .with_status(403)
}

/// A page of HTML about an error.
pub(crate) fn error_page(
    app: &App,
    request: &Request,
    candidates: &[String],
    error: &ErrorPage,
) -> Result<Response> {
    let chosen = page::choose(app, candidates)?;
    let crumbs = page::crumbs(app, request, None, None).unwrap_or_default();
    let response = page::respond(app, request, &chosen, PageKind::of("error"), crumbs, |base| {
        ErrorContext::new(base, error)
    })?;
    Ok(response.with_status(error.status))
}

/// Addresses that once worked or nearly do: percent-encoded names, and slashes at the end.
fn moved(app: &App, request: &Request) -> Option<String> {
    let path = if request.path.contains('%') {
        // Names are tilde-encoded; a browser or a person wrote them the usual way.
        request.path.replace('~', "~7E").replace('%', "~").replace('.', "~2E")
    } else if request.path.ends_with('/') && request.path.len() > 1 {
        request.path.trim_end_matches('/').to_owned()
    } else {
        return None;
    };
    // Several slashes at the front would lead to another site.
    let path = format!("/{}", path.trim_start_matches(['/', '\\']));
    Some(crate::request::with_query(&app.urls.path(&path), &request.query_string))
}

/// What is behind an error of which visitors learn nothing.
fn cause(error: &Error) -> Option<String> {
    match error {
        Error::Internal(cause) => Some(format!("{cause:#}")),
        Error::Plugin { .. } => Some(error.to_string()),
        _ => None,
    }
}

fn log(request: &Request, error: &Error) {
    match error {
        Error::Internal(cause) => tracing::error!("{} {}: {cause:#}", request.method, request.path),
        Error::Plugin { .. } | Error::Full => {
            tracing::error!("{} {}: {error}", request.method, request.path)
        }
        _ => tracing::debug!("{} {}: {error}", request.method, request.path),
    }
}
