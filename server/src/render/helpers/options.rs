//! `{{options choices selected=value}}`: the options of a select element.
//!
//! A table page has one such list per filter, each with every column: this is why it isn't an `#each`.

use datasette_plugin_api::escaped;
use handlebars::{Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext};
use serde_json::Value;

pub(super) struct Options;

impl HelperDef for Options {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let choices = helper.param(0).and_then(|param| param.value().as_array());
        let selected = helper.hash_get("selected").and_then(|value| value.value().as_str());
        for choice in choices.into_iter().flatten() {
            let (value, label) = match choice {
                Value::String(text) => (text.as_str(), text.as_str()),
                other => (text_of(other, "value"), text_of(other, "label")),
            };
            out.write("<option")?;
            // Without it, the value is the label without surplus white space.
            if value != label || value.split(' ').any(str::is_empty) || value.contains(char::is_control) {
                out.write(" value=\"")?;
                out.write(&escaped(value))?;
                out.write("\"")?;
            }
            out.write(if selected == Some(value) { " selected>" } else { ">" })?;
            out.write(&escaped(label))?;
            out.write("</option>")?;
        }
        Ok(())
    }
}

fn text_of<'a>(choice: &'a Value, key: &str) -> &'a str {
    choice.get(key).and_then(Value::as_str).unwrap_or("")
}
