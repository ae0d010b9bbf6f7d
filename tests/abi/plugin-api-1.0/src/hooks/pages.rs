//! What a page is made of beside its data: variables, styles, scripts, template helpers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ffi::args::{Names, arguments};
use crate::{Html, Json, Map, Request, Result};

arguments! {
    /// A page is about to be made.
    PageContext {
        /// Name of its template.
        template: Option<&'a str> = template,
        /// The database it is about.
        database: Option<&'a str> = database,
        /// The table or view it is about.
        table: Option<&'a str> = table,
        /// Names of the columns it shows.
        columns: Names<'a> = columns,
        /// What makes it: `index`, `database`, `table`, `row`, `query`, ...
        view_name: &'a str = view_name,
        /// The request, if there is one.
        request: Option<Request<'a>> = request,
    }

    /// The server makes its template engine.
    PrepareTemplateEnvironment {
        /// Version of the server.
        version: &'a str = version,
    }

    /// A page is about to be made: does it need helpers that others don't?
    TemplateEnvironmentFromRequest {
        /// The request.
        request: Request<'a> = request,
    }
}

/// A style sheet or script to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asset {
    /// Where it is; a path that starts with `/` is within the site.
    pub url: String,
    /// Its hash (subresource integrity).
    #[serde(default)]
    pub sri: Option<String>,
    /// For scripts: a JavaScript module.
    #[serde(default)]
    pub module: bool,
}

impl Asset {
    /// What is at this URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), sri: None, module: false }
    }

    /// With that hash.
    #[must_use]
    pub fn sri(mut self, hash: impl Into<String>) -> Self {
        self.sri = Some(hash.into());
        self
    }

    /// As a JavaScript module.
    #[must_use]
    pub fn module(mut self) -> Self {
        self.module = true;
        self
    }
}

/// JavaScript to run at the end of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BodyScript {
    /// The code.
    pub script: String,
    /// As a JavaScript module.
    #[serde(default)]
    pub module: bool,
}

impl BodyScript {
    /// A classic script.
    pub fn new(script: impl Into<String>) -> Self {
        Self { script: script.into(), module: false }
    }

    /// A JavaScript module.
    pub fn module(script: impl Into<String>) -> Self {
        Self { script: script.into(), module: true }
    }
}

/// Helpers and partials for templates.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct TemplateAdditions {
    /// Helpers.
    pub helpers: Vec<TemplateHelper>,
    /// Partials.
    pub partials: Vec<Partial>,
}

impl TemplateAdditions {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a helper.
    #[must_use]
    pub fn helper(mut self, helper: TemplateHelper) -> Self {
        self.helpers.push(helper);
        self
    }

    /// With a partial.
    #[must_use]
    pub fn partial(mut self, name: impl Into<String>, source: impl Into<String>) -> Self {
        self.partials.push(Partial { name: name.into(), source: source.into() });
        self
    }
}

/// A function that templates can call: `{{name argument key=value}}`.
pub struct TemplateHelper {
    /// Its name.
    pub name: String,
    /// The function: positional arguments, named arguments.
    pub call: HelperFn,
}

/// What a template helper does.
pub type HelperFn = Box<dyn Fn(&[Json], &Map) -> Result<Output> + Send + Sync>;

impl TemplateHelper {
    /// `TemplateHelper::new("shout", |args, _| Ok(args[0].to_string().to_uppercase().into()))`
    pub fn new(
        name: impl Into<String>,
        call: impl Fn(&[Json], &Map) -> Result<Output> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), call: Box::new(call) }
    }
}

impl fmt::Debug for TemplateHelper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TemplateHelper({})", self.name)
    }
}

/// What a template helper puts into the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Text, which the template escapes.
    Text(String),
    /// Markup, which it does not.
    Html(Html),
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Output {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Html> for Output {
    fn from(html: Html) -> Self {
        Self::Html(html)
    }
}

/// A piece of template that others include: `{{> name}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// Its name.
    pub name: String,
    /// Its source.
    pub source: String,
}
