//! Named parameters of SQL, and their values.

use std::sync::LazyLock;

use datasette_plugin_api::{Value, json};
use regex::Regex;

use super::rules::without_literals;
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Params};

#[expect(clippy::expect_used, reason = "the pattern is a constant, and a test compiles it")]
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r":(\w+)").expect("the pattern is correct"));

/// Names of the `:parameters` in the order in which they stand; each once.
pub(crate) fn named_parameters(sql: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for found in PARAMETER.captures_iter(&without_literals(sql)) {
        if let Some(name) = found.get(1)
            && !names.iter().any(|known| known == name.as_str())
        {
            names.push(name.as_str().to_owned());
        }
    }
    names
}

/// Values from the query string; parameters without one are empty text. Magic ones, whose names
/// begin with `_`, are left to plugins.
pub(crate) fn values(request: &Request, names: &[String]) -> Params {
    let mut params: Params = Vec::new();
    for key in request.args.keys() {
        if key != "sql" {
            params.push((key.to_owned(), Value::Text(request.args.get(key).unwrap_or_default().to_owned())));
        }
    }
    for name in names.iter().filter(|name| !name.starts_with('_')) {
        if !params.iter().any(|(known, _)| known == name) {
            params.push((name.clone(), Value::Text(String::new())));
        }
    }
    params
}

/// The values that a form shows and an export link carries.
pub(crate) fn shown(names: &[String], params: &Params) -> Vec<(String, String)> {
    let value = |name: &String| {
        let value = params.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        (name.clone(), value.and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    names.iter().filter(|name| !name.starts_with('_')).map(value).collect()
}

/// `GET /{database}/-/query/parameters?sql=`: the parameters of some SQL.
pub(crate) fn list(app: &App, request: &Request, database: &Database) -> Result<Response> {
    if !app.permissions.allowed(request, "execute-sql", Resource::Database(&database.name))? {
        return Err(Error::forbidden("Permission denied: need execute-sql"));
    }
    let mut unknown: Vec<&str> = request.args.keys().into_iter().filter(|key| *key != "sql").collect();
    if !unknown.is_empty() {
        unknown.sort_unstable();
        return Err(Error::bad_request(format!("Invalid keys: {}", unknown.join(", "))));
    }
    let names = named_parameters(request.args.get("sql").unwrap_or_default());
    if names.iter().any(|name| name.starts_with('_')) {
        return Err(Error::bad_request("Magic parameters are not allowed"));
    }
    let body = json!({"ok": true, "unstable": crate::home::UNSTABLE, "parameters": names});
    Ok(Response::json(to_vec(&body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_outside_of_literals() {
        assert_eq!(named_parameters("select :a, ':b', [:c], :d -- :e\n, :a"), ["a", "d"]);
    }
}
