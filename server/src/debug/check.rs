//! `/-/check`: whether somebody may do something, and how the answer comes about.

use datasette_plugin_api::{Actor, Json, ResourceKind, json};

use super::{PERMISSION, Wrong, actor_from_text, choices, require, resource_path, tabs, wants_json};
use crate::app::App;
use crate::error::{Error, Result};
use crate::home::UNSTABLE;
use crate::permissions::{Asking, Explanation, Resource};
use crate::render::contexts::{CheckAnswer, CheckContext};
use crate::render::json::{pretty, to_vec};
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::urls::with_format;

pub(crate) fn check(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    require(app, request, PERMISSION)?;
    app.refresh_schemas(false)?;
    let verdict = asked(app, request)?;
    if wants_json(format)? {
        return Ok(match verdict {
            Ok(verdict) => Response::json(to_vec(&verdict.to_json())),
            Err(wrong) => wrong.to_response(),
        });
    }
    let json_url = with_format(&app.site_path(request), &request.query_string, "json", &[]);
    let (answer, error) = match verdict {
        Ok(verdict) => (Some(verdict.into_context(json_url)?), None),
        Err(wrong) => (None, request.args.contains("action").then_some(wrong.message)),
    };
    let own = || pretty(&request.actor.as_ref().map_or(Json::Null, Actor::as_json), 2);
    let arg = |name: &str| request.args.get(name).unwrap_or_default().to_owned();
    let chosen = page::choose(app, &["debug_check.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("permission_check"), crumbs, |base| CheckContext {
        base,
        tabs: tabs(app, request, "-/check"),
        form_action: app.urls.path("-/check"),
        actions: described(app),
        actor_input: request.args.non_empty("actor").map_or_else(own, str::to_owned),
        action: arg("action"),
        parent: arg("parent"),
        child: arg("child"),
        error,
        answer,
    })
}

/// The actions, each with what it means.
fn described(app: &App) -> Vec<crate::render::contexts::Choice> {
    let mut all = choices(app, &[]);
    for choice in &mut all {
        if let Some(action) = app.permissions.actions().get(&choice.value) {
            choice.label = format!("{} – {}", action.name, action.description);
        }
    }
    all
}

fn asked(app: &App, request: &Request) -> Result<Result<Verdict, Wrong>> {
    let Some(action) = request.args.non_empty("action") else {
        return Ok(Err(Wrong::new("action parameter is required")));
    };
    let actor = match request.args.get("actor") {
        None => request.actor.clone(),
        Some(text) => match actor_from_text(text) {
            Ok(actor) => actor,
            Err(wrong) => return Ok(Err(wrong)),
        },
    };
    let (parent, child) = (request.args.non_empty("parent"), request.args.non_empty("child"));
    Verdict::find(app, request, action, parent, child, actor)
}

/// An answer and its reasons.
pub(super) struct Verdict {
    action: String,
    parent: Option<String>,
    child: Option<String>,
    actor: Option<Actor>,
    allowed: bool,
    explanation: Explanation,
}

impl Verdict {
    pub(super) fn find(
        app: &App,
        request: &Request,
        action: &str,
        parent: Option<&str>,
        child: Option<&str>,
        actor: Option<Actor>,
    ) -> Result<Result<Self, Wrong>> {
        let Some(known) = app.permissions.actions().get(action) else {
            return Ok(Err(Wrong::unknown_action(action)));
        };
        if child.is_some() && parent.is_none() {
            return Ok(Err(Wrong::new("parent is required when child is provided")));
        }
        // What is more specific than the action does not matter to it.
        let resource = match known.resource {
            ResourceKind::Instance => Resource::Instance,
            ResourceKind::Database => Resource::of(known.resource, parent, None),
            ResourceKind::Table | ResourceKind::Query => Resource::of(known.resource, parent, child),
        };
        let asking = Asking { actor: actor.as_ref(), request: Some(request) };
        let allowed = app.permissions.allowed_as(Some(request), actor.as_ref(), action, resource)?;
        let explanation = app.permissions.explain(asking, action, resource)?;
        Ok(Ok(Self {
            action: action.to_owned(),
            parent: parent.map(str::to_owned),
            child: child.map(str::to_owned),
            actor,
            allowed,
            explanation,
        }))
    }

    fn path(&self) -> String {
        resource_path(self.parent.as_deref(), self.child.as_deref())
    }

    pub(super) fn to_json(&self) -> Json {
        let mut body = json!({
            "ok": true,
            "unstable": UNSTABLE,
            "action": self.action,
            "allowed": self.allowed,
            "actor": self.actor,
            "resource": {"parent": self.parent, "child": self.child, "path": self.path()},
            "explanation": self.explanation,
        });
        if let (Some(id), Json::Object(body)) =
            (self.actor.as_ref().and_then(|actor| actor.get("id")), &mut body)
        {
            body.insert("actor_id".to_owned(), id.clone());
        }
        body
    }

    fn into_context(self, json_url: String) -> Result<CheckAnswer> {
        let mut explanations = Vec::new();
        let mut next = Some(&self.explanation);
        while let Some(explanation) = next {
            let mut shown =
                serde_json::to_value(explanation).map_err(|error| Error::Internal(error.into()))?;
            if let Json::Object(shown) = &mut shown {
                shown.remove("required_actions");
            }
            explanations.push(shown);
            next = explanation.required_actions.first();
        }
        Ok(CheckAnswer { allowed: self.allowed, resource: self.path(), explanations, json_url })
    }
}
