//! Addresses, templates, and requests to the site itself, for plugins.

use std::cell::Cell;
use std::sync::Arc;

use datasette_plugin_api::host::ClientOptions;
use datasette_plugin_api::{Error, Json, Map, Result, Value, json};

use super::args::Args;
use super::failed;
use crate::app::App;
use crate::render::page::{self, PageKind};
use crate::request::{MessageKind, Request};
use crate::response::Body;
use crate::{tilde, urls};

pub(super) fn url(app: &App, method: &str, args: &Args) -> Result<Json> {
    let route = || -> Result<String> {
        let name = args.text("database")?;
        Ok(app.database_named(name).map_or_else(|| name.to_owned(), |database| database.route.clone()))
    };
    let row_path = || -> Result<String> {
        let parts: Vec<String> = args.read("row_path")?;
        Ok(parts.iter().map(|part| tilde::encode(part)).collect::<Vec<_>>().join(","))
    };
    let path = match method {
        "url_instance" => app.urls.instance().to_owned(),
        "url_logout" => app.urls.path("-/logout"),
        "url_database" => app.urls.database(&route()?),
        "url_database_query" => {
            let path = app.urls.database_query(&route()?);
            let sql = args.optional("sql").map(|sql| urls::encode_query([("sql", sql)]));
            return Ok(match args.optional("format") {
                Some(format) => urls::with_format(&path, &sql.unwrap_or_default(), format, &[]).into(),
                None => crate::request::with_query(&path, &sql.unwrap_or_default()).into(),
            });
        }
        "url_table" => app.urls.table(&route()?, args.text("table")?),
        "url_query" => app.urls.table(&route()?, args.text("query")?),
        "url_row" => app.urls.row(&route()?, args.text("table")?, &row_path()?),
        "url_row_blob" => {
            app.urls.row_blob(&route()?, args.text("table")?, &row_path()?, args.text("column")?)
        }
        "url_static" => app.urls.path(&format!("-/static/{}", args.text("path")?)),
        "url_static_plugins" => {
            app.urls.path(&format!("-/static-plugins/{}/{}", args.text("plugin")?, args.text("path")?))
        }
        "static_hash" => {
            let path = match args.optional("plugin") {
                Some(plugin) => format!("/-/static-plugins/{plugin}/{}", args.text("path")?),
                None => format!("/-/static/{}", args.text("path")?),
            };
            app.urls.path(&app.statics.hashed(&path))
        }
        _ => app.urls.path(args.text("path")?),
    };
    Ok(match args.optional("format") {
        Some(format) => urls::with_format(&path, "", format, &[]).into(),
        None => path.into(),
    })
}

pub(super) fn absolute_url(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let request = request.ok_or_else(|| Error::new("an absolute URL needs a request"))?;
    Ok(app.absolute_url(request, args.text("path")?).into())
}

/// Shows a message on the visitor's next page.
pub(super) fn add_message(args: &Args, request: Option<&Request>) -> Result<Json> {
    let request = request.ok_or_else(|| Error::new("a message needs a request whose answer carries it"))?;
    let kind = MessageKind::from_number(args.read("kind")?);
    request.messages.add(args.text("message")?, kind);
    Ok(Json::Null)
}

/// The first of the templates that exists, with what every page has and the plugin's variables.
pub(super) fn render_template(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let names: Vec<String> = args.read("names")?;
    let context: Map = args.read("context")?;
    let anonymous;
    let request = match request {
        Some(request) => request,
        None => {
            anonymous = Request::new("GET", "/");
            &anonymous
        }
    };
    let chosen = page::choose(app, &names).map_err(failed)?;
    // An error page can't say that its own crumbs failed: it goes without.
    let crumbs = page::crumbs(app, request, None, None).unwrap_or_default();
    let response = page::respond(app, request, &chosen, PageKind::of("plugin"), crumbs, |base| WithBase {
        base,
        context,
    });
    match response.map_err(failed)?.body {
        Body::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned().into()),
        _ => Err(Error::new("a template made something that is no text")),
    }
}

#[derive(serde::Serialize)]
struct WithBase {
    #[serde(flatten)]
    base: crate::render::contexts::Base,
    #[serde(flatten)]
    context: Map,
}

thread_local! {
    /// How many requests of plugins this thread is answering.
    static WITHIN: Cell<u32> = const { Cell::new(0) };
}

/// One request less, however it ended.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        WITHIN.set(WITHIN.get().saturating_sub(1));
    }
}

/// Whether a request of a plugin is being answered on this thread.
pub(super) fn in_client() -> bool {
    WITHIN.get() > 0
}

/// Asks the site itself, without a network.
pub(super) fn client(app: &Arc<App>, args: &Args) -> Result<Json> {
    let options: ClientOptions = args.read("options")?;
    let mut request = Request::new(args.text("method")?, args.text("path")?);
    crate::site::strip_base_url(app, &mut request);
    request.headers =
        options.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    request.body = options.body.into();
    request.actor = options.actor;
    request.skip_permission_checks = options.skip_permission_checks;
    WITHIN.set(WITHIN.get() + 1);
    let _leave = Leave;
    let response = crate::site::answer(app, request);
    let body = response.body.collect().map_err(|error| Error::new(error.to_string()))?;
    let body = match String::from_utf8(body.into()) {
        Ok(text) => Value::Text(text),
        Err(error) => Value::Blob(error.into_bytes()),
    };
    Ok(json!({"status": response.status, "headers": response.headers, "body": body}))
}
