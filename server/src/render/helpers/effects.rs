//! What custom pages can do besides printing: another status, headers, another address, "not found".
//!
//! A helper can only print, so what it asks for is put aside on the thread that renders, and fetched
//! from there by whoever made the page render.

use std::cell::RefCell;

use handlebars::{Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError};
use serde_json::Value;

use super::fail;

/// The names of these helpers.
pub(super) const NAMES: &[&str] = &["custom_status", "custom_header", "custom_redirect", "raise_404"];

/// What a page asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    /// The page is not there after all, with a message that may be empty.
    pub(crate) not_found: Option<String>,
}

thread_local! {
    static ASKED: RefCell<Option<Effects>> = const { RefCell::new(None) };
}

/// Runs `render` and tells what the page asked for meanwhile.
pub(crate) fn with_effects<T>(render: impl FnOnce() -> T) -> (T, Effects) {
    let outer = ASKED.replace(Some(Effects::default()));
    let rendered = render();
    (rendered, ASKED.replace(outer).unwrap_or_default())
}

pub(super) fn register(registry: &mut Handlebars<'static>) {
    for name in NAMES {
        registry.register_helper(name, Box::new(Effect));
    }
}

struct Effect;

impl HelperDef for Effect {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        _: &mut dyn Output,
    ) -> HelperResult {
        let arguments: Vec<&Value> = helper.params().iter().map(|param| param.value()).collect();
        ASKED.with_borrow_mut(|asked| match asked {
            Some(effects) => ask(effects, helper.name(), &arguments),
            None => Err(fail(format!("{} is only for templates in pages/", helper.name()))),
        })
    }
}

fn ask(effects: &mut Effects, name: &str, arguments: &[&Value]) -> Result<(), RenderError> {
    let text = |index: usize| arguments.get(index).and_then(|value| value.as_str());
    match name {
        "custom_status" => effects.status = Some(status(arguments.first().copied())?),
        "custom_header" => {
            let (Some(name), Some(value)) = (text(0), arguments.get(1)) else {
                return Err(fail("custom_header needs a name and a value"));
            };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            effects.headers.push((name.to_owned(), value));
        }
        "custom_redirect" => {
            let location = text(0).ok_or_else(|| fail("custom_redirect needs an address"))?;
            effects.status = Some(match arguments.get(1) {
                Some(code) => status(Some(code))?,
                None => 302,
            });
            effects.headers.push(("location".to_owned(), location.to_owned()));
        }
        _ => {
            effects.not_found = Some(text(0).unwrap_or_default().to_owned());
            // Nothing of the page is wanted any more.
            return Err(fail("raise_404"));
        }
    }
    Ok(())
}

fn status(value: Option<&Value>) -> Result<u16, RenderError> {
    let number = value.and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
    number
        .filter(|number| (200..600).contains(number))
        .ok_or_else(|| fail("the status has to be a number from 200 to 599"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let mut registry = Handlebars::new();
        register(&mut registry);
        let (rendered, effects) = with_effects(|| registry.render_template(template, &json!({"n": 418})));
        let rendered = rendered.unwrap_or_else(|_| "failed".to_owned());
        let told = format!("{rendered} {:?} {:?} {:?}", effects.status, effects.headers, effects.not_found);
        assert_eq!(told, expected);
    }

    #[test]
    fn pages_ask_for_more_than_text() {
        check("a{{custom_status n}}b", "ab Some(418) [] None");
        check("{{custom_header \"x-a\" 5}}", " None [(\"x-a\", \"5\")] None");
        check("{{custom_redirect \"/x\"}}", " Some(302) [(\"location\", \"/x\")] None");
        check("{{custom_redirect \"/x\" 301}}", " Some(301) [(\"location\", \"/x\")] None");
        check("a{{raise_404 \"gone\"}}", "failed None [] Some(\"gone\")");
    }

    #[test]
    fn a_status_is_a_status() {
        check("{{custom_status 99}}", "failed None [] None");
        check("{{custom_status \"x\"}}", "failed None [] None");
    }
}
