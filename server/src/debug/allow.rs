//! `/-/allow-debug`: whether an allow block lets an actor in. Nothing of this site is asked or shown.

use datasette_plugin_api::{Actor, Json, actor_matches_allow};

use super::{may_debug, parse_json, tabs};
use crate::app::App;
use crate::error::Result;
use crate::render::contexts::AllowDebugContext;
use crate::render::json::pretty;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;

pub(crate) fn allow_debug(app: &App, request: &Request) -> Result<Response> {
    let arg = |name: &str, example: &str| request.args.non_empty(name).unwrap_or(example).to_owned();
    let (mut actor_input, mut allow_input) =
        (arg("actor", r#"{"id": "root"}"#), arg("allow", r#"{"id": "*"}"#));
    let (actor, allow) = (parse_json(&actor_input), parse_json(&allow_input));
    for (json, input) in [(&actor, &mut actor_input), (&allow, &mut allow_input)] {
        if let Ok(json) = json {
            *input = pretty(json, 4);
        }
    }
    let (result, error) = match judge(actor, allow) {
        Ok(true) => (Some("allow"), None),
        Ok(false) => (Some("deny"), None),
        Err(errors) => (None, Some(errors.join("\n\n"))),
    };
    let tabs = if may_debug(app, request)? { tabs(app, request, "-/allow-debug") } else { Vec::new() };
    let chosen = page::choose(app, &["allow_debug.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("allow_debug"), crumbs, |base| AllowDebugContext {
        base,
        tabs,
        form_action: app.urls.path("-/allow-debug"),
        actor_input,
        allow_input,
        error,
        result,
    })
}

fn judge(actor: Result<Json, String>, allow: Result<Json, String>) -> Result<bool, Vec<String>> {
    let mut errors = Vec::new();
    if let Err(error) = &actor {
        errors.push(format!("Actor JSON error: {error}"));
    }
    if let Err(error) = &allow {
        errors.push(format!("Allow JSON error: {error}"));
    }
    let (Ok(actor), Ok(allow)) = (actor, allow) else { return Err(errors) };
    if !actor.is_null() && !actor.is_object() {
        return Err(vec![
            "The actor has to be a JSON object, or null for somebody who is not signed in".to_owned(),
        ]);
    }
    if !matches!(allow, Json::Null | Json::Bool(_) | Json::Object(_)) {
        return Err(vec!["The allow block has to be true, false or a JSON object".to_owned()]);
    }
    Ok(actor_matches_allow(Actor::from_json(actor).as_ref(), &allow))
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use super::*;

    #[test]
    fn nonsense_is_explained() {
        assert_eq!(judge(Ok(json!(null)), Ok(json!(null))), Ok(true));
        assert_eq!(judge(Ok(json!({"id": 1})), Ok(json!({"id": [1, 2]}))), Ok(true));
        assert_eq!(judge(Ok(json!({"id": 1})), Ok(json!({}))), Ok(false));
        assert!(judge(Ok(json!([])), Ok(json!({}))).is_err());
        assert!(judge(Ok(json!({})), Ok(json!("root"))).is_err());
        assert_eq!(judge(Err("x".into()), Err("y".into())).unwrap_err().len(), 2);
    }
}
