//! `/-/create-token`: somebody who is signed in makes a token that may do what they may, or less.

use datasette_plugin_api::{Actor, Event, Json, Map, ResourceKind, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::permissions::{Actions, List, takes_child, takes_parent};
use crate::render::contexts::{CreateTokenContext, TokenGroup};
use crate::render::json::pretty;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::tilde;

/// A form with every action for more tables than this would be of no use, and of many megabytes.
const MAX_TABLES: usize = 500;

pub(crate) fn create_token(app: &App, request: &Request) -> Result<Response> {
    let (actor, id) = signed_in(app, request)?;
    if request.method != "POST" {
        return show(app, request, actor, Vec::new(), None);
    }
    let form = Form::of(request)?;
    let expires_after = match lifetime(&form) {
        Ok(seconds) => seconds,
        Err(error) => return show(app, request, actor, vec![error], None),
    };
    let restrictions = Restrictions::of(&form);
    let token = app.plugins.create_token(Some("signed"), id, expires_after, &restrictions.to_json())?;
    let event = Event::new("create-token", Some(actor.clone()))
        .with("expires_after", expires_after)
        .with("restrict_all", restrictions.all.clone())
        .with("restrict_database", Json::Object(restrictions.database.clone()))
        .with("restrict_resource", Json::Object(restrictions.resource.clone()));
    app.plugins.track_event(event);
    show(app, request, actor, Vec::new(), Some(token))
}

/// Whoever may make tokens: only a person who came without one, and only for themselves.
fn signed_in<'a>(app: &App, request: &'a Request) -> Result<(&'a Actor, &'a str)> {
    if !app.settings().allow_signed_tokens {
        return Err(Error::forbidden("Signed tokens are not enabled for this Datasette instance"));
    }
    let Some(actor) = &request.actor else {
        return Err(Error::forbidden("You must be logged in to create a token"));
    };
    let has = |key: &str| actor.get(key).is_some_and(|value| !is_nothing(value));
    if !has("id") {
        return Err(Error::forbidden("You must be logged in as an actor with an ID to create a token"));
    }
    if has("token") {
        return Err(Error::forbidden("Token authentication cannot be used to create additional tokens"));
    }
    if actor.get("_r").is_some() {
        return Err(Error::forbidden("Restricted actors cannot create API tokens"));
    }
    // A token holds its actor's id as text, and the text 5 may be somebody else than the number 5.
    match actor.get("id").and_then(Json::as_str) {
        Some(id) => Ok((actor, id)),
        None => Err(Error::forbidden("Tokens can be created only for an actor whose ID is text")),
    }
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(list) => list.is_empty(),
        Json::Object(object) => object.is_empty(),
    }
}

/// Seconds until the token expires; `None` for a token that does not.
fn lifetime(form: &Form) -> std::result::Result<Option<i64>, &'static str> {
    let Some(unit) = form.non_empty("expire_type") else { return Ok(None) };
    let digits = form.get("expire_duration").unwrap_or_default();
    let number = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.and_then(|digits| digits.parse::<i64>().ok()).filter(|number| *number > 0);
    let number = number.ok_or("Invalid expire duration")?;
    let seconds = match unit {
        "minutes" => 60,
        "hours" => 60 * 60,
        "days" => 60 * 60 * 24,
        _ => return Err("Invalid expire duration unit"),
    };
    // Later than any clock of ours can show is as good as refused.
    number
        .checked_mul(seconds)
        .filter(|seconds| *seconds <= i64::from(u32::MAX))
        .map(Some)
        .ok_or("Invalid expire duration")
}

/// What the checkboxes of the form leave to the token.
#[derive(Debug, Default, PartialEq)]
struct Restrictions {
    all: Vec<Json>,
    database: Map,
    resource: Map,
}

impl Restrictions {
    fn of(form: &Form) -> Self {
        let mut found = Self::default();
        for (name, _) in form.iter() {
            match name.split(':').collect::<Vec<_>>().as_slice() {
                ["all", action] => found.all.push((*action).into()),
                ["database", database, action] => add(&mut found.database, &tilde::decode(database), action),
                ["resource", database, resource, action] => {
                    let inner = found.resource.entry(tilde::decode(database)).or_insert_with(|| json!({}));
                    if let Json::Object(inner) = inner {
                        add(inner, &tilde::decode(resource), action);
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// As in the `_r` of a token; parts that name nothing are left out by the token's maker.
    fn to_json(&self) -> Json {
        json!({"a": self.all, "d": self.database, "r": self.resource})
    }
}

fn add(map: &mut Map, name: &str, action: &str) {
    if let Json::Array(actions) = map.entry(name).or_insert_with(|| json!([])) {
        actions.push(action.into());
    }
}

fn show(
    app: &App,
    request: &Request,
    actor: &Actor,
    errors: Vec<&'static str>,
    token: Option<String>,
) -> Result<Response> {
    app.refresh_schemas(false)?;
    let (groups, more_tables) = groups(app, request)?;
    let chosen = page::choose(app, &["create_token.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    let signed = token.as_deref().and_then(|token| token.strip_prefix("dstok_"));
    let token_bits = signed.and_then(|signed| app.signer.unsign(signed, "token").ok());
    page::respond(app, request, &chosen, PageKind::of("create_token"), crumbs, |base| CreateTokenContext {
        base,
        form_action: app.urls.path("-/create-token"),
        actor_name: actor.display_name(),
        errors,
        token,
        token_bits: token_bits.map(|bits| pretty(&bits, 2)),
        groups,
        more_tables,
    })
}

/// Everything, and the databases that the actor sees with their tables.
fn groups(app: &App, request: &Request) -> Result<(Vec<TokenGroup>, bool)> {
    let actions = app.permissions.actions();
    let mut groups = vec![TokenGroup {
        label: "All databases and tables".to_owned(),
        prefix: "all".to_owned(),
        actions: names(actions, |_| true),
        groups: Vec::new(),
    }];
    let mut left = MAX_TABLES;
    let mut more = false;
    let tables = app.permissions.list_all(request, List::of("view-table"))?;
    for database in app.permissions.list_all(request, List::of("view-database"))? {
        // What is in memory is gone when the server stops, and a token may live longer.
        let Some(database) = database.parent.filter(|name| name != "_memory") else { continue };
        let own = tables.iter().filter(|table| table.parent.as_deref() == Some(database.as_str()));
        let mut inner = Vec::new();
        for table in own.filter_map(|table| table.child.as_deref()) {
            if left == 0 {
                more = true;
                break;
            }
            left -= 1;
            inner.push(TokenGroup {
                label: format!("{database}: {table}"),
                prefix: format!("resource:{}:{}", tilde::encode(&database), tilde::encode(table)),
                actions: names(actions, takes_child),
                groups: Vec::new(),
            });
        }
        groups.push(TokenGroup {
            label: format!("All tables in \"{database}\""),
            prefix: format!("database:{}", tilde::encode(&database)),
            actions: names(actions, takes_parent),
            groups: inner,
        });
    }
    Ok((groups, more))
}

fn names(actions: &Actions, fits: impl Fn(ResourceKind) -> bool) -> Vec<String> {
    actions.iter().filter(|action| fits(action.resource)).map(|action| action.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Form {
        let mut request = Request::new("POST", "/-/create-token");
        request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        request.body = body.to_owned().into();
        Form::of(&request).unwrap()
    }

    #[test]
    fn tokens_live_as_long_as_the_form_says() {
        let check = |body: &str, expected| assert_eq!(lifetime(&form(body)), expected, "{body}");
        check("", Ok(None));
        check("expire_type=&expire_duration=5", Ok(None));
        check("expire_type=minutes&expire_duration=5", Ok(Some(300)));
        check("expire_type=hours&expire_duration=5", Ok(Some(18_000)));
        check("expire_type=days&expire_duration=5", Ok(Some(432_000)));
        for duration in ["", "0", "-1", "x", "1.5", "%2B5", "99999999999999999999", "9999999999"] {
            check(&format!("expire_type=days&expire_duration={duration}"), Err("Invalid expire duration"));
        }
        check("expire_type=years&expire_duration=5", Err("Invalid expire duration unit"));
    }

    #[test]
    fn checkboxes_restrict_the_token() {
        let body = "all:view-instance=1&database:a~2Eb:vt=on&resource:d:t~2Fu:insert-row=1&resource:d:t~2Fu:vt=1&other=1&all:a:b=1&all=1";
        assert_eq!(
            Restrictions::of(&form(body)).to_json(),
            json!({"a": ["view-instance"], "d": {"a.b": ["vt"]}, "r": {"d": {"t/u": ["insert-row", "vt"]}}})
        );
    }
}
