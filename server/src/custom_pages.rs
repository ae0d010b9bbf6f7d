//! Pages that the site's owner adds: `pages/about.html` among the templates is `/about`, and
//! `pages/topic/{name}.html` every path below `/topic/`. They are asked only where nothing else answers.

use datasette_plugin_api::Map;
use serde::Serialize;

use crate::app::App;
use crate::error::{Error, Result};
use crate::render::contexts::Base;
use crate::render::helpers::{Effects, with_effects};
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;

/// What a custom page is given: what every page has, and a variable for each `{name}` in its path.
#[derive(Serialize)]
struct PageContext {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    variables: Map,
}

/// The page for this path; `None` if there is none.
pub(crate) fn answer(app: &App, request: &Request) -> Result<Option<Response>> {
    if !request.is_get_or_head() {
        return Ok(None);
    }
    let names = app.templates.page_names();
    let Some((name, variables)) = find(&names, &request.path) else { return Ok(None) };
    let chosen = page::choose(app, &[name.to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    let (rendered, effects) = with_effects(|| {
        let kind = PageKind::of("page");
        page::respond(app, request, &chosen, kind, crumbs, |base| PageContext { base, variables })
    });
    if let Some(message) = effects.not_found {
        return Err(Error::not_found(if message.is_empty() { "404".to_owned() } else { message }));
    }
    Ok(Some(apply(rendered?, effects)))
}

/// What the template asked for besides its text.
fn apply(mut response: Response, effects: Effects) -> Response {
    if let Some(status) = effects.status {
        response.status = status;
    }
    for (name, value) in effects.headers {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "content-type" | "location" => response.set_header(&name, value),
            _ => response.headers.push((name, value)),
        }
    }
    response
}

/// A page of exactly this path, else the first that fits with variables: those with fewer come first.
fn find<'a>(names: &'a [String], path: &str) -> Option<(&'a str, Map)> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
    let mut candidates: Vec<&str> = names.iter().map(String::as_str).collect();
    candidates.sort_by_key(|name| (name.matches('{').count(), *name));
    candidates.into_iter().find_map(|name| {
        let pattern = name.strip_prefix("pages/")?.strip_suffix(".html")?;
        Some((name, fit(pattern, &decoded)?))
    })
}

/// The variables of the pattern in the path; `None` if the path does not fit. A variable stops at `/`.
fn fit(pattern: &str, path: &str) -> Option<Map> {
    let Some((literal, rest)) = pattern.split_once('{') else {
        return (pattern == path).then(Map::new);
    };
    let path = path.strip_prefix(literal)?;
    let (name, rest) = rest.split_once('}')?;
    let segment = path.find('/').unwrap_or(path.len());
    // The longest value that leaves something for the rest of the pattern.
    (0..=segment).rev().filter(|end| path.is_char_boundary(*end)).find_map(|end| {
        let mut variables = fit(rest, path.get(end..)?)?;
        variables.insert(name.to_owned(), path.get(..end)?.into());
        Some(variables)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], path: &str, expected: &str) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let found = find(&names, path);
        let told = found.map(|(name, variables)| format!("{name} {}", serde_json::Value::Object(variables)));
        assert_eq!(told.as_deref().unwrap_or("none"), expected);
    }

    #[test]
    fn a_path_is_the_name_of_its_template() {
        check(&["pages/about.html", "pages/a/b.html"], "/about", "pages/about.html {}");
        check(&["pages/about.html", "pages/a/b.html"], "/a/b", "pages/a/b.html {}");
        check(&["pages/about.html"], "/about/us", "none");
        check(&["pages/.secret.html"], "/../pages/.secret", "none");
    }

    #[test]
    fn variables_take_one_piece_of_the_path() {
        let names = ["pages/topic/{topic}.html", "pages/topic/new.html", "pages/{a}/{b}.html"];
        check(&names, "/topic/new", "pages/topic/new.html {}");
        check(&names, "/topic/old", r#"pages/topic/{topic}.html {"topic":"old"}"#);
        check(&names, "/x/y", r#"pages/{a}/{b}.html {"b":"y","a":"x"}"#);
        check(&names, "/topic/a/b", "none");
        check(
            &["pages/v{major}.{minor}.html"],
            "/v1.20",
            r#"pages/v{major}.{minor}.html {"minor":"20","major":"1"}"#,
        );
    }
}
