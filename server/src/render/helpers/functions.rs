//! Pure functions from values to text. The engine escapes what they answer.

use std::fmt;
use std::sync::Arc;

use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, ScopedJson};
use serde_json::Value;

use super::super::escape::{css_class, css_string};
use super::super::number::{bytes_text, thousands};
use super::fail;
use crate::sqlite::identifier;
use crate::urls::{Urls, quote_plus};

/// What the functions need to know of the site.
pub(crate) struct Site {
    pub(crate) urls: Urls,
    /// URL of a static file, with its hash: `static_url("app.css", None)`, `static_url("x.js", Some(plugin))`.
    pub(crate) static_url: StaticUrl,
}

pub(crate) type StaticUrl = Box<dyn Fn(&str, Option<&str>) -> String + Send + Sync>;

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("urls", &self.urls).finish_non_exhaustive()
    }
}

type Function = fn(&Site, &[&Value]) -> Result<String, &'static str>;

/// Every function by the name templates call it. Names that Datasette has too mean the same here.
pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("static", static_file),
    ("url_path", url_path),
    ("url_database", url_database),
    ("url_table", url_table),
    ("url_query", url_table),
    ("url_row", url_row),
    ("to_css_class", |_, values| Ok(css_class(&text(values, 0)))),
    ("escape_css_string", |_, values| Ok(css_string(&text(values, 0)))),
    ("escape_sqlite", |_, values| Ok(identifier(&text(values, 0)).into_owned())),
    ("quote_plus", |_, values| Ok(quote_plus(&text(values, 0)))),
    ("format_bytes", format_bytes),
    ("format_number", format_number),
    ("json", |_, values| Ok(script_json(values.first().copied().unwrap_or(&Value::Null)))),
    ("join", join),
    ("add", add),
];

fn static_file(site: &Site, values: &[&Value]) -> Result<String, &'static str> {
    let path = values.first().and_then(|value| value.as_str()).ok_or("needs the name of a file")?;
    Ok((site.static_url)(path, values.get(1).and_then(|value| value.as_str())))
}

fn url_path(site: &Site, values: &[&Value]) -> Result<String, &'static str> {
    Ok(site.urls.path(&text(values, 0)))
}

fn url_database(site: &Site, values: &[&Value]) -> Result<String, &'static str> {
    match values {
        [database] => Ok(site.urls.database(&plain(database))),
        _ => Err("needs a database"),
    }
}

/// Tables, views and stored queries share their names.
fn url_table(site: &Site, values: &[&Value]) -> Result<String, &'static str> {
    match values {
        [database, name] => Ok(site.urls.table(&plain(database), &plain(name))),
        _ => Err("needs a database and a name"),
    }
}

/// The last argument is a row's path, which is encoded already: `row_path` of a row.
fn url_row(site: &Site, values: &[&Value]) -> Result<String, &'static str> {
    match values {
        [database, table, path] => Ok(site.urls.row(&plain(database), &plain(table), &plain(path))),
        _ => Err("needs a database, a table and the path of a row"),
    }
}

fn format_bytes(_: &Site, values: &[&Value]) -> Result<String, &'static str> {
    values.first().and_then(|value| value.as_u64()).map(bytes_text).ok_or("needs a number of bytes")
}

/// `1234` as `1,234`.
fn format_number(_: &Site, values: &[&Value]) -> Result<String, &'static str> {
    values.first().and_then(|value| value.as_i64()).map(thousands).ok_or("needs a whole number")
}

/// The value as JSON for a script element; print it with three braces.
fn script_json(value: &Value) -> String {
    // Inside of strings these are the same characters; outside of strings JSON has none of them.
    let json = value.to_string();
    json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e").replace('\'', "\\u0027")
}

/// `{{join list ", "}}`
fn join(_: &Site, values: &[&Value]) -> Result<String, &'static str> {
    let list = values.first().and_then(|value| value.as_array()).ok_or("needs a list")?;
    let separator = values.get(1).and_then(|value| value.as_str()).unwrap_or(", ");
    Ok(list.iter().map(plain).collect::<Vec<_>>().join(separator))
}

/// `{{add @index 1}}`
fn add(_: &Site, values: &[&Value]) -> Result<String, &'static str> {
    let sum = values.iter().try_fold(0_i64, |sum, value| sum.checked_add(value.as_i64()?));
    sum.map(|sum| sum.to_string()).ok_or("needs whole numbers")
}

fn text(values: &[&Value], index: usize) -> String {
    values.get(index).map(|value| plain(value)).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn register(registry: &mut Handlebars<'static>, site: &Arc<Site>) {
    for (name, function) in FUNCTIONS {
        registry.register_helper(name, Box::new(Call { site: Arc::clone(site), function: *function }));
    }
}

struct Call {
    site: Arc<Site>,
    function: Function,
}

impl HelperDef for Call {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let values = helper.params().iter().map(|param| param.value()).collect::<Vec<_>>();
        let answer = (self.function)(&self.site, &values);
        let text = answer.map_err(|message| fail(format!("{} {message}", helper.name())))?;
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, values: Value, expected: Result<&str, &str>) {
        let site = Site { urls: Urls::new("/prefix/"), static_url: Box::new(|path, _| format!("/s/{path}")) };
        let (_, function) = FUNCTIONS.iter().find(|(known, _)| *known == name).unwrap();
        let values = values.as_array().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(function(&site, &values).as_deref().map_err(|message| *message), expected);
    }

    #[test]
    fn urls_start_with_the_base_url() {
        check("url_path", serde_json::json!(["/-/jump"]), Ok("/prefix/-/jump"));
        check("url_table", serde_json::json!(["my db", "a/b"]), Ok("/prefix/my+db/a~2Fb"));
        check("url_row", serde_json::json!(["d", "t", "a~2Fb,1"]), Ok("/prefix/d/t/a~2Fb,1"));
        check("url_table", serde_json::json!(["d"]), Err("needs a database and a name"));
    }

    #[test]
    fn json_cannot_end_its_script() {
        check("json", serde_json::json!([{"a": "</script>"}]), Ok(r#"{"a":"\u003c/script\u003e"}"#));
    }

    #[test]
    fn values_are_quoted_as_in_query_strings() {
        check("quote_plus", serde_json::json!(["a b&c/é~"]), Ok("a+b%26c%2F%C3%A9~"));
    }
}
