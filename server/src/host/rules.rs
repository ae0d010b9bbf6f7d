//! Who may what, for plugins; and tokens.

use std::collections::BTreeMap;

use datasette_plugin_api::host::NewToken;
use datasette_plugin_api::{Action, Actor, Error, Json, Map, Resource as View, Result, json};
use xxhash_rust::xxh3::xxh3_64;

use super::args::Args;
use super::failed;
use crate::app::App;
use crate::auth;
use crate::permissions::{AllowedResource, List, Resource};
use crate::request::Request;

/// Borrowed from what the plugin sent; tables and queries are told apart by the action.
fn resource<'a>(app: &App, action: &str, view: &'a View) -> Result<Resource<'a>> {
    let Some(known) = app.permissions.actions().find(action) else {
        return Err(Error::not_found(format!("Unknown action: {action}")));
    };
    Ok(Resource::of(known.resource, view.database.as_deref(), view.resource.as_deref()))
}

fn asks(app: &App, args: &Args, request: Option<&Request>, action: &str) -> Result<bool> {
    let view: View = args.read("resource")?;
    let actor = args.actor()?;
    let resource = resource(app, action, &view)?;
    app.permissions.allowed_as(request, actor.as_ref(), action, resource).map_err(failed)
}

pub(super) fn allowed(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    Ok(asks(app, args, request, args.text("action")?)?.into())
}

pub(super) fn allowed_many(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let actions: Vec<String> = args.read("actions")?;
    let answers =
        actions.into_iter().map(|action| Ok((action.clone(), asks(app, args, request, &action)?.into())));
    Ok(Json::Object(answers.collect::<Result<Map>>()?))
}

pub(super) fn ensure_permission(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let action = args.text("action")?;
    if asks(app, args, request, action)? { Ok(Json::Null) } else { Err(Error::forbidden(action)) }
}

pub(super) fn check_visibility(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let action = args.text("action")?;
    let visible = asks(app, args, request, action)?;
    let view: View = args.read("resource")?;
    let anyone =
        app.permissions.allowed_as(request, None, action, resource(app, action, &view)?).map_err(failed)?;
    Ok(json!([visible, visible && !anyone]))
}

/// With `explained`, also what strangers may not see, and why each is allowed.
pub(super) fn allowed_resources(
    app: &App,
    args: &Args,
    request: Option<&Request>,
    explained: bool,
) -> Result<Json> {
    let actor = args.actor()?;
    let list = List {
        parent: args.optional("parent"),
        limit: args.read::<Option<usize>>("limit")?.unwrap_or(100),
        next: args.optional("next"),
        include_private: explained,
        include_reasons: explained,
        ..List::of(args.text("action")?)
    };
    let asking = crate::permissions::Asking { actor: actor.as_ref(), request };
    let page = app.permissions.list(asking, list).map_err(failed)?;
    let resource = |found: AllowedResource| {
        let mut resource = json!({"database": found.parent, "resource": found.child});
        if explained {
            resource["private"] = found.private.unwrap_or_default().into();
            resource["reasons"] = json!(found.reasons);
        }
        resource
    };
    let resources: Json = page.resources.into_iter().map(resource).collect();
    Ok(json!({"resources": resources, "next": page.next}))
}

/// Everything at once. The permissions were evaluated when the SQL is made; it carries the answer.
pub(super) fn allowed_resources_sql(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let actor = args.actor()?;
    let action = args.text("action")?;
    let explained = args.read::<Option<bool>>("explained")?.unwrap_or(false);
    let list = List {
        parent: args.optional("parent"),
        include_private: explained,
        include_reasons: explained,
        ..List::of(action)
    };
    let asking = crate::permissions::Asking { actor: actor.as_ref(), request };
    let found = app.permissions.list_all(asking, list).map_err(failed)?;
    // Letters, digits and underscores, whatever a plugin calls its actions.
    let name: String = action.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let (sql, value) = if explained { explained_rows(&found)? } else { plain_rows(&found)? };
    // A statement may have several of these in it, and the same answer makes the same statement.
    let name = format!("allowed_{name}_{:x}", xxh3_64(value.as_bytes()));
    Ok(json!({"sql": sql.replace(":allowed", &format!(":{name}")), "params": [[name, value]]}))
}

/// `{"database": ["table", ...]}`: names are read once for each row, however often they are asked for.
fn plain_rows(found: &[AllowedResource]) -> Result<(&'static str, String)> {
    if found.iter().all(|it| it.child.is_none()) {
        let parents: Vec<_> = found.iter().map(|it| &it.parent).collect();
        let sql = "select value as parent, null as child from json_each(:allowed)";
        return Ok((sql, serde_json::to_string(&parents)?));
    }
    let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in found {
        let (parent, child) =
            (it.parent.as_deref().unwrap_or_default(), it.child.as_deref().unwrap_or_default());
        children.entry(parent).or_default().push(child);
    }
    let sql = "select database.key as parent, resource.value as child from json_each(:allowed) as database, \
               json_each(database.value) as resource";
    Ok((sql, serde_json::to_string(&children)?))
}

/// `[["database", "table", ["reason", ...], is_private], ...]`
fn explained_rows(found: &[AllowedResource]) -> Result<(&'static str, String)> {
    let rows: Vec<_> =
        found.iter().map(|it| (&it.parent, &it.child, &it.reasons, it.private.unwrap_or_default())).collect();
    let sql = "select value ->> 0 as parent, value ->> 1 as child, value -> 2 as reason, value ->> 3 as is_private \
               from json_each(:allowed)";
    Ok((sql, serde_json::to_string(&rows)?))
}

/// By its name or its short form.
pub(super) fn get_action(app: &App, args: &Args) -> Result<Json> {
    let name = args.text("name_or_abbr")?;
    let is_it = |action: &Action| action.name == name || action.abbr.as_deref() == Some(name);
    let found = app.plugins.actions().iter().find(|(_, action)| is_it(action));
    Ok(found.map(|(_, action)| serde_json::to_value(action)).transpose()?.unwrap_or_default())
}

pub(super) fn create_token(app: &App, args: &Args) -> Result<Json> {
    let wanted: NewToken = args.read("token")?;
    let handler = wanted.handler.as_deref();
    let token =
        app.plugins.create_token(handler, &wanted.actor_id, wanted.expires_after, &wanted.restrictions);
    Ok(token.map_err(failed)?.into())
}

pub(super) fn verify_token(app: &App, args: &Args) -> Result<Json> {
    let token = args.text("token")?;
    let actor = app.plugins.verify_token(token).map_err(failed)?;
    Ok(actor.as_ref().map_or(Json::Null, Actor::as_json))
}

/// The value of a cookie that signs an actor in.
pub(super) fn actor_cookie(app: &App, args: &Args) -> Result<Json> {
    let actor = args.actor()?.ok_or_else(|| Error::new("a cookie signs somebody in, not nobody"))?;
    let expire_after: Option<u64> = args.read("expire_after")?;
    Ok(auth::actor_cookie(app, &actor, expire_after).into())
}
