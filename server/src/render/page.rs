//! From a page's own context to its HTML: what every page has besides, and the plugins' share in it.

use std::time::Instant;

use datasette_plugin_api::{Html, Json, MenuItem, Partial, TemplateAdditions};
use serde::Serialize;

use super::contexts::{
    ActionItem, Asset, Base, BodyScript, Link, Message, MessageKind, NameValue, OrderedMap, RequestView, Urls,
};
use super::helpers;
use super::templates::{Additions, Chosen};
use crate::app::App;
use crate::error::{Error, Result};
use crate::plugins::PageQuestion;
use crate::request::{self, Request};
use crate::response::Response;

/// What plugins are told about a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageKind<'a> {
    /// `index`, `database`, `table`, `row`, `page`, ...
    pub(crate) view_name: &'a str,
    pub(crate) database: Option<&'a str>,
    pub(crate) table: Option<&'a str>,
    pub(crate) columns: &'a [String],
}

impl<'a> PageKind<'a> {
    pub(crate) fn of(view_name: &'a str) -> Self {
        Self { view_name, database: None, table: None, columns: &[] }
    }
}

/// The first of the templates that exists.
pub(crate) fn choose(app: &App, candidates: &[String]) -> Result<Chosen> {
    app.templates.choose(candidates).map_err(|error| Error::Internal(error.into()))
}

/// Renders `context`, built by `build` from what every page has.
pub(crate) fn respond<C: Serialize>(
    app: &App,
    request: &Request,
    chosen: &Chosen,
    kind: PageKind<'_>,
    crumbs: Vec<Link>,
    build: impl FnOnce(Base) -> C,
) -> Result<Response> {
    let question = PageQuestion {
        template: Some(chosen.name()),
        database: kind.database,
        table: kind.table,
        columns: kind.columns,
        view_name: kind.view_name,
        request,
    };
    let context = build(base(app, request, &question, crumbs));
    let extra = app.plugins.extra_template_vars(&question);
    render(app, request, chosen, &context, extra)
}

fn render<C: Serialize>(
    app: &App,
    request: &Request,
    chosen: &Chosen,
    context: &C,
    extra: Vec<(String, Json)>,
) -> Result<Response> {
    if app.settings().template_debug && request.args.get("_context") == Some("1") {
        return show_context(context, extra);
    }
    let brought = app.plugins.template_environment_from_request(request);
    let html = if brought.is_empty() {
        app.templates.render(chosen, context, extra)
    } else {
        app.templates.render_with(chosen, context, extra, additions(brought))
    };
    Ok(Response::html(html.map_err(|error| Error::Internal(error.into()))?))
}

/// Of equal names the first plugin's stays.
fn additions(brought: Vec<(String, TemplateAdditions)>) -> Additions {
    let mut all = Additions::default();
    for (_, brought) in brought {
        all.helpers.extend(brought.helpers.into_iter().map(helpers::of_plugin));
        for Partial { name, source } in brought.partials {
            if !all.partials.iter().any(|(known, _)| *known == name) {
                all.partials.push((name, source));
            }
        }
    }
    all
}

/// `?_context=1`: what the template would have been given.
fn show_context<C: Serialize>(context: &C, extra: Vec<(String, Json)>) -> Result<Response> {
    let mut context = serde_json::to_value(context).map_err(|error| Error::Internal(error.into()))?;
    if let Json::Object(object) = &mut context {
        object.extend(extra);
    }
    let text = Html::escape(&super::json::pretty(&context, 4));
    Ok(Response::html(format!("<pre>{text}</pre>")))
}

fn base(app: &App, request: &Request, question: &PageQuestion<'_>, crumbs: Vec<Link>) -> Base {
    let actor = request.actor.as_ref();
    let items = app.plugins.menu_links(request);
    Base {
        request: request_view(app, request),
        crumb_items: crumbs,
        urls: Urls {
            instance: app.urls.instance().to_owned(),
            logout: app.urls.path("-/logout"),
            jump: app.urls.path("-/jump"),
        },
        actor: actor.map(|actor| actor.as_json()),
        display_actor: actor.map(|actor| actor.display_name()),
        menu_links: items
            .into_iter()
            .map(|item| Link::new(item.href.unwrap_or_default(), item.label))
            .collect(),
        show_logout: actor.is_some() && request.cookie("ds_actor").is_some(),
        show_messages: request.messages.show().into_iter().map(message).collect(),
        extra_css_urls: assets(app, app.plugins.extra_css_urls(question), app.config.extra_css_urls()),
        extra_js_urls: assets(app, app.plugins.extra_js_urls(question), app.config.extra_js_urls()),
        body_scripts: app
            .plugins
            .extra_body_script(question)
            .into_iter()
            .map(|script| BodyScript { script: Html(script.script), module: script.module })
            .collect(),
        base_url: app.urls.instance().to_owned(),
        datasette_version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: app.settings().to_json(),
        ..Base::default()
    }
}

fn message(message: request::Message) -> Message {
    let kind = match message.kind {
        request::MessageKind::Info => MessageKind::Info,
        request::MessageKind::Warning => MessageKind::Warning,
        request::MessageKind::Error => MessageKind::Error,
    };
    Message { text: message.text, kind }
}

fn request_view(app: &App, request: &Request) -> RequestView {
    let args = request.args.keys().into_iter();
    RequestView {
        method: request.method.clone(),
        url: app.absolute_url(request, &request.target()),
        path: request.full_path.clone(),
        full_path: request.target(),
        query_string: request.query_string.clone(),
        scheme: request.scheme.to_owned(),
        host: request.host.clone(),
        args: OrderedMap(
            args.map(|key| (key.to_owned(), request.args.get(key).unwrap_or_default().to_owned())).collect(),
        ),
        url_vars: OrderedMap(request.url_vars.clone()),
    }
}

/// The plugins' first, then the configuration's; each URL once. Paths of this site get its prefix.
fn assets(
    app: &App,
    plugins: Vec<datasette_plugin_api::Asset>,
    config: &[crate::config::AssetUrl],
) -> Vec<Asset> {
    let plugins =
        plugins.into_iter().map(|asset| Asset { url: asset.url, sri: asset.sri, module: asset.module });
    let config = config.iter().map(|asset| Asset {
        url: asset.url.clone(),
        sri: asset.sri.clone(),
        module: asset.module,
    });
    let mut assets: Vec<Asset> = Vec::new();
    for mut asset in plugins.chain(config) {
        // A plugin that asked for the URL of its file has the prefix already.
        let is_whole = asset.url.starts_with("//") || asset.url.starts_with(app.urls.instance());
        if asset.url.starts_with('/') && !is_whole {
            asset.url = app.urls.path(&asset.url);
        }
        if !assets.iter().any(|known| known.url == asset.url) {
            assets.push(asset);
        }
    }
    assets
}

/// An entry of an action menu as the templates want it.
pub(crate) fn action_items(items: Vec<MenuItem>) -> Vec<ActionItem> {
    let item = |item: MenuItem| ActionItem {
        label: item.label,
        href: item.href,
        description: item.description,
        submits: item.button.iter().flatten().any(|(name, _)| name == "formaction"),
        attrs: item.button.into_iter().flatten().map(|(name, value)| NameValue::new(name, value)).collect(),
    };
    items.into_iter().map(item).collect()
}

/// The way to a page: only what the visitor may see.
pub(crate) fn crumbs(
    app: &App,
    request: &Request,
    database: Option<&str>,
    table: Option<&str>,
) -> Result<Vec<Link>> {
    use crate::permissions::Resource;
    let mut crumbs = Vec::new();
    if app.permissions.allowed(request, "view-instance", Resource::Instance)? {
        crumbs.push(Link::new(app.urls.instance(), "home"));
    }
    let Some(database) = database else { return Ok(crumbs) };
    let route = app.database_named(database).map_or_else(|| database.to_owned(), |db| db.route.clone());
    if app.permissions.allowed(request, "view-database", Resource::Database(database))? {
        crumbs.push(Link::new(app.urls.database(&route), database));
    }
    if let Some(table) = table
        && app.permissions.allowed(request, "view-table", Resource::Table(database, table))?
    {
        crumbs.push(Link::new(app.urls.table(&route, table), table));
    }
    Ok(crumbs)
}

/// Absolute URL of this page as JSON.
pub(crate) fn alternate_json(app: &App, request: &Request) -> String {
    let path = crate::urls::with_format(&app.site_path(request), &request.query_string, "json", &[]);
    app.absolute_url(request, &path)
}

/// Tells a browser's developer tools what the page itself does not, as then no two answers were the same.
pub(crate) fn with_timing(response: Response, started: Instant) -> Response {
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    response.with_header("server-timing", format!("page;dur={milliseconds:.3}"))
}

/// The header that names the page as JSON.
pub(crate) fn with_alternate(response: Response, url: &str) -> Response {
    response.with_header("link", format!("<{url}>; rel=\"alternate\"; type=\"application/json+datasette\""))
}
