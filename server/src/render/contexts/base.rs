//! What every page is given.

use datasette_plugin_api::Html;
use serde::Serialize;
use serde_json::{Map, Value};

use super::parts::{Link, OrderedMap};

/// Flattened into the context of each page. Rendering adds `select_templates`, the names of
/// the templates that were considered, with `*` before the one that was used.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Base {
    /// The request that is answered.
    pub(crate) request: RequestView,
    /// The way from the home page to this one.
    pub(crate) crumb_items: Vec<Link>,
    /// Pages that every page links to.
    pub(crate) urls: Urls,
    /// Who asks, as signed in; null if nobody is.
    pub(crate) actor: Option<Value>,
    /// The actor's name for people.
    pub(crate) display_actor: Option<String>,
    /// The menu's entries that plugins added.
    pub(crate) menu_links: Vec<Link>,
    /// The visitor is signed in by cookie, so that signing out is possible.
    pub(crate) show_logout: bool,
    /// Messages for this visitor; showing them uses them up.
    pub(crate) show_messages: Vec<Message>,
    /// Stylesheets of plugins and of the configuration, in order.
    pub(crate) extra_css_urls: Vec<Asset>,
    /// Scripts of plugins and of the configuration, in order.
    pub(crate) extra_js_urls: Vec<Asset>,
    /// Scripts that plugins put at the end of the page.
    pub(crate) body_scripts: Vec<BodyScript>,
    /// The `base_url` setting.
    pub(crate) base_url: String,
    /// The server's version.
    pub(crate) datasette_version: String,
    /// Absolute URL of this page as JSON, if there is one.
    pub(crate) alternate_url_json: Option<String>,
    /// Search engines are asked to leave this page out.
    pub(crate) noindex: bool,
    /// Milliseconds that the page's SQL took, such as `1.234`.
    pub(crate) query_ms: Option<String>,
    /// The server's settings by name.
    pub(crate) settings: Map<String, Value>,
}

/// The request, as far as templates may see it.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RequestView {
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// Scheme, host, path and query string.
    pub(crate) url: String,
    /// The path without query string.
    pub(crate) path: String,
    /// The path with query string.
    pub(crate) full_path: String,
    /// The query string without `?`.
    pub(crate) query_string: String,
    /// `http` or `https`.
    pub(crate) scheme: String,
    /// The Host header.
    pub(crate) host: String,
    /// The first value of each argument in the query string.
    pub(crate) args: OrderedMap,
    /// What the page's route named, decoded: `database`, `table`, …
    pub(crate) url_vars: OrderedMap,
}

/// Paths of this site, `base_url` included.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Urls {
    /// The home page.
    pub(crate) instance: String,
    /// Signing out.
    pub(crate) logout: String,
    /// The search that the menu's "Jump to" asks.
    pub(crate) jump: String,
}

/// A message that is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Message {
    /// What it says.
    pub(crate) text: String,
    /// `info`, `warning` or `error`; the class is `message-KIND`.
    pub(crate) kind: MessageKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MessageKind {
    Info,
    Warning,
    Error,
}

/// A stylesheet or script of a plugin or of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Asset {
    /// Where it is.
    pub(crate) url: String,
    /// Its hash for the `integrity` attribute.
    pub(crate) sri: Option<String>,
    /// A script that is a JavaScript module.
    pub(crate) module: bool,
}

/// A script that a plugin puts at the end of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct BodyScript {
    /// JavaScript, printed as it is.
    pub(crate) script: Html,
    /// It is a JavaScript module.
    pub(crate) module: bool,
}
