//! What templates can call: how pages are put together, and pure functions from values to text.
//!
//! Adding a function: one line in `FUNCTIONS`, one function below it.

mod effects;
mod functions;
mod layout;
mod options;

use std::sync::Arc;

use datasette_plugin_api::{Html, Output as PluginOutput, TemplateHelper};
use handlebars::{Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext};
use handlebars::{RenderError, RenderErrorReason, ScopedJson};
use serde_json::{Map, Value};

pub(crate) use effects::{Effects, with_effects};
pub(crate) use functions::Site;

/// What a helper of a plugin answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HelperAnswer {
    /// Escaped by the template that prints it.
    Text(String),
    /// Printed as it is.
    Html(Html),
}

/// A helper of a plugin: positional arguments, named arguments, and an answer or what went wrong.
pub(crate) type HelperFn =
    Arc<dyn Fn(&[Value], &Map<String, Value>) -> Result<HelperAnswer, String> + Send + Sync>;

/// Names that templates can call, apart from those of plugins. Handlebars' own come first.
pub(super) fn known<'a>() -> impl Iterator<Item = &'a str> {
    const ENGINE: &[&str] = &[
        "if", "unless", "each", "with", "lookup", "raw", "log", "eq", "ne", "gt", "gte", "lt", "lte", "and",
        "or", "not", "len", "inline",
    ];
    const LAYOUT: &[&str] = &["extends", "block", "super", "include", "options"];
    ENGINE
        .iter()
        .chain(LAYOUT)
        .chain(effects::NAMES)
        .copied()
        .chain(functions::FUNCTIONS.iter().map(|(name, _)| *name))
}

/// Makes everything available to the templates of `registry`.
pub(super) fn register(registry: &mut Handlebars<'static>, site: &Arc<Site>, plugins: &[(String, HelperFn)]) {
    layout::register(registry);
    effects::register(registry);
    registry.register_helper("options", Box::new(options::Options));
    functions::register(registry, site);
    register_plugins(registry, plugins);
}

/// Makes the helpers of plugins available. Of equal names the first stays.
pub(super) fn register_plugins(registry: &mut Handlebars<'static>, plugins: &[(String, HelperFn)]) {
    for (name, function) in plugins.iter().rev() {
        registry.register_helper(name, Box::new(PluginHelper(Arc::clone(function))));
    }
}

/// A plugin's helper, as templates call it.
pub(crate) fn of_plugin(helper: TemplateHelper) -> (String, HelperFn) {
    let call = helper.call;
    let function = move |args: &[Value], named: &Map<String, Value>| match call(args, named) {
        Ok(PluginOutput::Html(html)) => Ok(HelperAnswer::Html(html)),
        Ok(PluginOutput::Text(text)) => Ok(HelperAnswer::Text(text)),
        Err(error) => Err(error.message),
    };
    (helper.name, Arc::new(function))
}

struct PluginHelper(HelperFn);

impl PluginHelper {
    fn answer(&self, helper: &Helper<'_>) -> Result<HelperAnswer, RenderError> {
        let arguments = helper.params().iter().map(|param| param.value().clone()).collect::<Vec<_>>();
        let named =
            helper.hash().iter().map(|(name, value)| ((*name).to_owned(), value.value().clone())).collect();
        (self.0)(&arguments, &named).map_err(|message| fail(format!("{}: {message}", helper.name())))
    }
}

impl HelperDef for PluginHelper {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        _: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        match self.answer(helper)? {
            HelperAnswer::Html(html) => out.write(html.as_str())?,
            HelperAnswer::Text(text) if rc.is_disable_escape() => out.write(&text)?,
            HelperAnswer::Text(text) => out.write(&registry.get_escape_fn()(&text))?,
        }
        Ok(())
    }

    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let text = match self.answer(helper)? {
            HelperAnswer::Html(html) => html.0,
            HelperAnswer::Text(text) => text,
        };
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}

fn fail(message: impl Into<String>) -> RenderError {
    RenderErrorReason::Other(message.into()).into()
}

/// The first argument, which has to be text.
fn text_argument<'a>(helper: &'a Helper<'_>, what: &str) -> Result<&'a str, RenderError> {
    let value = helper.param(0).and_then(|param| param.value().as_str());
    value.ok_or_else(|| fail(format!("{} needs {what} in quotes", helper.name())))
}
