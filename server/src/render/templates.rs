//! The site's templates: ours, those that replace them, and rendering with either.
//!
//! A template is found by name, in the user's `--template-dir`, then in the plugins' folders, then among
//! our own. `default:table.html` is always our own, so that a template can extend what it replaces. Files
//! are read again when they change. What a template can call is in `helpers`, what it is given in
//! `contexts`.

mod check;
mod files;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use handlebars::{Context, Handlebars};
use parking_lot::RwLock;
use serde::Serialize;
use serde_json::Value;

use super::helpers::{self, HelperFn, Site};
use crate::side_by_side::side_by_side;
use files::{Origin, Stamp};

/// Where templates come from and what they may call.
#[derive(Clone)]
pub(crate) struct Sources {
    /// `--template-dir`
    pub(crate) directory: Option<PathBuf>,
    /// The plugins' folders, in the order of the plugins.
    pub(crate) plugins: Vec<PathBuf>,
    /// Templates that plugins bring as text: name and source.
    pub(crate) partials: Vec<(String, String)>,
    /// Helpers of plugins.
    pub(crate) helpers: Vec<(String, HelperFn)>,
    /// Plugins bring more helpers with a request: what is unknown now may be known then.
    pub(crate) more_by_request: bool,
    pub(crate) site: Arc<Site>,
}

/// All templates, compiled.
pub(crate) struct Templates {
    sources: Sources,
    loaded: RwLock<Arc<Loaded>>,
}

/// What plugins bring for one request.
#[derive(Default)]
pub(crate) struct Additions {
    pub(crate) helpers: Vec<(String, HelperFn)>,
    /// Name and source; in place of any template of that name.
    pub(crate) partials: Vec<(String, String)>,
}

/// The templates as they were at one moment.
#[derive(Clone)]
struct Loaded {
    registry: Handlebars<'static>,
    /// Where each name was found, broken templates included.
    origins: Vec<(String, Origin)>,
    /// Templates that can't be used; never more than there were files.
    broken: Vec<TemplateError>,
    stamps: Vec<Stamp>,
}

/// The template that a page is rendered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    name: String,
    /// Every candidate, the chosen one with `*` before it.
    considered: Vec<String>,
    custom: bool,
}

impl Chosen {
    /// It isn't one of ours, so it may read what we don't: `display_rows` and `rows` are needed.
    pub(crate) fn is_custom(&self) -> bool {
        self.custom
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// A template that can't be used, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template {name}{}: {reason}", place(.path, .position))]
pub(crate) struct TemplateError {
    pub(crate) name: String,
    pub(crate) path: Option<PathBuf>,
    /// Line and column, counted from 1.
    pub(crate) position: Option<(usize, usize)>,
    pub(crate) reason: String,
}

fn place(path: &Option<PathBuf>, position: &Option<(usize, usize)>) -> String {
    let path = path.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default();
    let position =
        position.map(|(line, column)| format!(", line {line}, column {column}")).unwrap_or_default();
    path + &position
}

impl Templates {
    /// Reads and compiles everything. The first broken template is the error.
    pub(crate) fn load(sources: Sources) -> Result<Self, TemplateError> {
        let loaded = Loaded::read(&sources, files::stamps(&sources));
        if let Some(error) = loaded.broken.first() {
            return Err(error.clone());
        }
        Ok(Self { sources, loaded: RwLock::new(Arc::new(loaded)) })
    }

    /// The first of the names that there is a template for. The last one has to be ours.
    pub(crate) fn choose<S: AsRef<str>>(&self, candidates: &[S]) -> Result<Chosen, TemplateError> {
        self.current().choose(candidates)
    }

    /// Names of the templates in `pages/`, which are pages of their own: `pages/about.html`.
    pub(crate) fn page_names(&self) -> Vec<String> {
        let names = self.current().origins.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        names.into_iter().filter(|name| name.starts_with("pages/") && name.ends_with(".html")).collect()
    }

    /// Renders a page. `extra` are the plugins' variables, which win over the page's own.
    pub(crate) fn render<C: Serialize>(
        &self,
        chosen: &Chosen,
        context: &C,
        extra: Vec<(String, Value)>,
    ) -> Result<String, TemplateError> {
        self.current().render(chosen, context, extra)
    }

    /// Renders a page with what plugins brought for its request. Compiled templates are copied for it, so it is
    /// for those who need it.
    pub(crate) fn render_with<C: Serialize>(
        &self,
        chosen: &Chosen,
        context: &C,
        extra: Vec<(String, Value)>,
        additions: Additions,
    ) -> Result<String, TemplateError> {
        let mut loaded = Loaded::clone(&self.current());
        helpers::register_plugins(&mut loaded.registry, &additions.helpers);
        for (name, source) in additions.partials {
            match check::compile(&name, &source, None) {
                Ok(template) => loaded.registry.register_template(&name, template),
                // It decorates: the page is made without it.
                Err((position, reason)) => {
                    let broken = TemplateError { name, path: None, position, reason };
                    tracing::error!("A plugin brought a template that can't be used: {broken}");
                }
            }
        }
        loaded.render(chosen, context, extra)
    }

    /// The templates, read again if a file changed.
    fn current(&self) -> Arc<Loaded> {
        let loaded = Arc::clone(&self.loaded.read());
        if !self.sources.has_files() {
            return loaded;
        }
        let stamps = files::stamps(&self.sources);
        if stamps == loaded.stamps {
            return loaded;
        }
        let fresh = Arc::new(Loaded::read(&self.sources, stamps));
        for error in &fresh.broken {
            tracing::warn!("{error}");
        }
        *self.loaded.write() = Arc::clone(&fresh);
        fresh
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("directory", &self.sources.directory).finish_non_exhaustive()
    }
}

impl Sources {
    /// Our own templates and nothing else.
    pub(crate) fn built_in(site: Arc<Site>) -> Self {
        let (plugins, partials, helpers) = (Vec::new(), Vec::new(), Vec::new());
        Self { directory: None, plugins, partials, helpers, more_by_request: false, site }
    }

    fn has_files(&self) -> bool {
        self.directory.is_some() || !self.plugins.is_empty()
    }
}

impl Loaded {
    fn read(sources: &Sources, stamps: Vec<Stamp>) -> Self {
        let mut registry = Handlebars::new();
        registry.register_escape_fn(|text| datasette_plugin_api::escaped(text).into_owned());
        // Indenting what a partial prints would change the text of <pre> and <textarea>.
        registry.set_prevent_indent(true);
        helpers::register(&mut registry, &sources.site, &sources.helpers);

        let mut loaded = Self { registry, origins: Vec::new(), broken: Vec::new(), stamps };
        let helpers =
            helpers::known().chain(sources.helpers.iter().map(|(name, _)| name.as_str())).collect::<Vec<_>>();
        let helpers = (!sources.more_by_request).then_some(helpers.as_slice());
        let compiled = side_by_side(files::all(sources), |file| {
            let source = file.source.map_err(|reason| (None, reason));
            let template = source.and_then(|source| check::compile(&file.name, &source, helpers));
            (file.name, file.origin, template)
        });
        for (name, origin, template) in compiled {
            match template {
                Ok(template) => loaded.registry.register_template(&name, template),
                Err((position, reason)) => {
                    let path = origin.path();
                    loaded.broken.push(TemplateError { name: name.clone(), path, position, reason });
                }
            }
            loaded.origins.push((name, origin));
        }
        loaded
    }

    fn choose<S: AsRef<str>>(&self, candidates: &[S]) -> Result<Chosen, TemplateError> {
        let find = |name: &str| self.origins.iter().find(|(known, _)| known == name);
        let found = candidates.iter().find_map(|name| find(name.as_ref()));
        let Some((name, origin)) = found else {
            let names = candidates.iter().map(AsRef::as_ref).collect::<Vec<_>>();
            return Err(TemplateError {
                name: names.join(", "),
                path: None,
                position: None,
                reason: "there is no template of that name".to_owned(),
            });
        };
        let mark = |candidate: &S| {
            let candidate = candidate.as_ref();
            if candidate == name { format!("*{candidate}") } else { candidate.to_owned() }
        };
        let considered = candidates.iter().map(mark).collect();
        Ok(Chosen { name: name.clone(), considered, custom: !matches!(origin, Origin::BuiltIn) })
    }

    fn render<C: Serialize>(
        &self,
        chosen: &Chosen,
        context: &C,
        extra: Vec<(String, Value)>,
    ) -> Result<String, TemplateError> {
        let mut context = Context::wraps(context).map_err(|error| self.failure(chosen, &error))?;
        if let Value::Object(fields) = context.data_mut() {
            let considered = chosen.considered.iter().cloned().map(Value::String).collect();
            fields.insert("select_templates".to_owned(), Value::Array(considered));
            fields.extend(extra);
        }
        let rendered = self.registry.render_with_context(&chosen.name, &context);
        rendered.map_err(|error| self.failure(chosen, &error))
    }

    /// What to tell the log. A template that could not be read is the likeliest reason of any failure.
    fn failure(&self, chosen: &Chosen, error: &handlebars::RenderError) -> TemplateError {
        if let Some(broken) = self.broken.first() {
            return broken.clone();
        }
        let name = error.template_name.clone().unwrap_or_else(|| chosen.name.clone());
        let origin = self.origins.iter().find(|(known, _)| *known == name);
        TemplateError {
            path: origin.and_then(|(_, origin)| origin.path()),
            position: error.line_no.zip(error.column_no),
            reason: error.reason().to_string(),
            name,
        }
    }
}

#[cfg(test)]
mod tests;
