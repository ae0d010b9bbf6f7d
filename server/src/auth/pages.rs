//! Signing in with the link of `--root`, and signing out.

use std::time::{SystemTime, UNIX_EPOCH};

use datasette_plugin_api::{Actor, Event, Json, json};

use super::cookie;
use super::root::Attempt;
use super::sign::base62;
use crate::app::App;
use crate::error::{Error, Result};
use crate::render::contexts::LogoutContext;
use crate::render::page::{self, PageKind};
use crate::request::{MessageKind, Request};
use crate::response::Response;

const ACTOR_COOKIE: &str = "ds_actor";

/// `GET /-/auth-token?token=`
pub(crate) fn auth_token(app: &App, request: &Request) -> Result<Response> {
    let home = || Response::redirect(app.urls.instance());
    let is_root = request.actor.as_ref().and_then(Actor::id).as_deref() == Some("root");
    if is_root {
        return Ok(home());
    }
    match app.root_login.attempt(request.args.get("token").unwrap_or_default()) {
        Attempt::Wrong => Err(Error::forbidden("Invalid token")),
        Attempt::AlreadyUsed => Err(Error::forbidden("Root token has already been used")),
        Attempt::Accepted => {
            let mut response = home();
            cookie::set(&mut response, request, ACTOR_COOKIE, &actor_cookie(app, &root(), None));
            app.plugins.track_event(Event::new("login", Some(root())));
            Ok(response)
        }
    }
}

/// The value of the cookie that makes its visitor the actor, for so many seconds or for good.
pub(crate) fn actor_cookie(app: &App, actor: &Actor, expire_after: Option<u64>) -> String {
    let mut signed = json!({"a": actor.as_json()});
    if let (Some(seconds), Json::Object(signed)) = (expire_after, &mut signed) {
        // A clock before 1970 makes cookies that have expired already.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        signed.insert("e".to_owned(), base62(now.saturating_add(seconds)).into());
    }
    app.signer.sign(&signed, "actor")
}

fn root() -> Actor {
    Actor::with_id("root")
}

/// `/-/logout`: asks, and after a POST forgets who the visitor is.
pub(crate) fn logout(app: &App, request: &Request) -> Result<Response> {
    if request.method == "POST" {
        let mut response = Response::redirect(app.urls.instance());
        cookie::expire(&mut response, request, ACTOR_COOKIE);
        request.messages.add("You are now logged out", MessageKind::Warning);
        app.plugins.track_event(Event::new("logout", request.actor.clone()));
        return Ok(response);
    }
    if request.actor.is_none() {
        return Ok(Response::redirect(app.urls.instance()));
    }
    let chosen = page::choose(app, &["logout.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("logout"), crumbs, |base| LogoutContext { base })
}
