//! API tokens: `dstok_` and a signed `{"a": actor id, "t": made at, "d": seconds to live, "_r": restrictions}`.

use std::time::{SystemTime, UNIX_EPOCH};

use datasette_plugin_api::*;

use crate::site::abbrs;

const PREFIX: &str = "dstok_";
const PURPOSE: &str = "token";
const NOT_ENABLED: &str = "Signed tokens are not enabled for this Datasette instance";

/// Asks all token handlers who sent a token, and is one of them.
pub(crate) struct Tokens {
    host: Host,
}

#[hookimpl]
impl Plugin for Tokens {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn actor_from_request(&self, args: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        let token = args.request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
        match token {
            Some(token) => self.host.verify_token(token),
            None => Ok(None),
        }
    }

    fn register_token_handler(&self) -> Result<Vec<Box<dyn TokenHandler>>> {
        Ok(vec![Box::new(SignedTokens { host: self.host.clone() })])
    }
}

/// Tokens that need no database: all there is to know is in them.
struct SignedTokens {
    host: Host,
}

impl TokenHandler for SignedTokens {
    fn name(&self) -> &str {
        "signed"
    }

    fn create(&self, token: &CreateToken<'_>) -> Result<String> {
        if !self.is_enabled()? {
            return Err(Error::forbidden(NOT_ENABLED));
        }
        let mut signed = Map::new();
        signed.insert("a".to_owned(), token.actor_id.into());
        signed.insert("t".to_owned(), Json::from(now_ms() / 1000));
        if let Some(duration) = token.expires_after.filter(|seconds| *seconds != 0) {
            signed.insert("d".to_owned(), duration.into());
        }
        if let Some(restrictions) = self.abbreviated(&token.restrictions)? {
            signed.insert("_r".to_owned(), Json::Object(restrictions));
        }
        let signed = self.host.sign(&Json::Object(signed).to_string(), PURPOSE)?;
        Ok(format!("{PREFIX}{signed}"))
    }

    fn verify(&self, token: &str) -> Result<Option<Actor>> {
        let Some(signed) = token.strip_prefix(PREFIX) else { return Ok(None) };
        if !self.is_enabled()? {
            return Err(Error::unauthorized(NOT_ENABLED));
        }
        let signed = self.host.unsign(signed, PURPOSE).map_err(|error| match error.kind {
            ErrorKind::BadRequest => Error::unauthorized("Invalid token signature"),
            _ => error,
        })?;
        let longest = self.host.setting("max_signed_tokens_ttl")?;
        let longest = longest.as_i64().ok_or("the server does not say how long tokens may live")?;
        actor(&signed, longest, now_ms()).map(Some).map_err(Error::unauthorized)
    }
}

impl SignedTokens {
    fn is_enabled(&self) -> Result<bool> {
        Ok(self.host.setting("allow_signed_tokens")?.as_bool().unwrap_or(false))
    }

    /// The restrictions with short forms for actions; `None` if they name nothing at all.
    fn abbreviated(&self, restrictions: &Json) -> Result<Option<Map>> {
        let given = match restrictions {
            Json::Null => return Ok(None),
            Json::Object(given) => given,
            _ => return Err(Error::bad_request("Restrictions have to be an object with a, d and r")),
        };
        if let Some(unknown) = given.keys().find(|key| !matches!(key.as_str(), "a" | "d" | "r")) {
            return Err(Error::bad_request(format!("Restrictions have a, d and r, not {unknown}")));
        }
        let abbrs = abbrs(&self.host)?;
        let mut short = Map::new();
        // Actions are at these depths: all, by database, by database and resource.
        for (key, depth) in [("a", 0), ("d", 1), ("r", 2)] {
            let Some(part) = given.get(key).filter(|part| !is_empty(part)) else { continue };
            let abbreviated = shorten(part, depth, &|action| abbrs.get(action).cloned());
            let abbreviated = abbreviated.ok_or_else(|| {
                Error::bad_request(format!("Restrictions under {key} have to be lists of actions"))
            })?;
            short.insert(key.to_owned(), abbreviated);
        }
        Ok((!short.is_empty()).then_some(short))
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(list) => list.is_empty(),
        Json::Object(object) => object.is_empty(),
        _ => false,
    }
}

fn shorten(value: &Json, depth: usize, abbr: &dyn Fn(&str) -> Option<String>) -> Option<Json> {
    if depth == 0 {
        let actions = value.as_array()?.iter().map(|action| {
            let action = action.as_str()?;
            Some(Json::String(abbr(action).unwrap_or_else(|| action.to_owned())))
        });
        return actions.collect();
    }
    let parts =
        value.as_object()?.iter().map(|(name, part)| Some((name.clone(), shorten(part, depth - 1, abbr)?)));
    parts.collect::<Option<Map>>().map(Json::Object)
}

/// Whom the token stands for, or why it is not valid. `longest` is in seconds, 0 for no limit.
fn actor(signed: &str, longest: i64, now_ms: i64) -> Result<Actor, &'static str> {
    let signed: Map = serde_json::from_str(signed).map_err(|_| "Invalid token: no timestamp")?;
    let created = signed.get("t").ok_or("Invalid token: no timestamp")?;
    let created = created.as_i64().ok_or("Invalid token: invalid timestamp")?;
    let duration = match signed.get("d") {
        None | Some(Json::Null) => None,
        Some(duration) => Some(duration.as_i64().ok_or("Invalid token: invalid duration")?),
    };
    let duration = match duration {
        None if longest > 0 => Some(longest),
        Some(duration) if longest > 0 => Some(duration.min(longest)),
        duration => duration,
    };
    let duration = duration.filter(|seconds| *seconds != 0);
    let expires = duration.map(|seconds| created.saturating_add(seconds));
    if expires.is_some_and(|expires| now_ms > expires.saturating_mul(1000)) {
        return Err("Token has expired");
    }
    let id = signed.get("a").filter(|id| !id.is_null()).ok_or("Invalid token: no actor")?;

    let mut actor = Map::new();
    actor.insert("id".to_owned(), id.clone());
    actor.insert("token".to_owned(), "dstok".into());
    if let Some(restrictions) = signed.get("_r") {
        actor.insert("_r".to_owned(), restrictions.clone());
    }
    if let Some(expires) = expires {
        actor.insert("token_expires".to_owned(), expires.into());
    }
    Ok(Actor::new(actor))
}

fn now_ms() -> i64 {
    // A clock that can't be read is at the end of time: nothing that expires is valid.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    const NOW: i64 = 1_000_000;

    #[track_caller]
    fn check(signed: Json, longest: i64, expected: Result<Json, &str>) {
        assert_eq!(
            actor(&signed.to_string(), longest, NOW * 1000).map(Actor::into_json),
            expected,
            "{signed}"
        );
    }

    fn host(enabled: bool) -> FakeHost {
        let settings = move |args: &Json| match args["name"].as_str() {
            Some("allow_signed_tokens") => Ok(json!(enabled)),
            Some("max_signed_tokens_ttl") => Ok(json!(0)),
            _ => Err(Error::new("no such setting")),
        };
        let actions = json!([{"name": "view-table", "abbr": "vt", "description": "", "resource": "table"},
                             {"name": "fly", "description": "", "resource": "instance"}]);
        FakeHost::new().answer_with("setting", settings).answer("registered_actions", actions)
    }

    fn handler(host: FakeHost) -> Box<dyn TokenHandler> {
        let plugin = Harness::<Tokens>::with(host);
        // The handler holds the host, which lives as long as the program.
        plugin.register_token_handler().unwrap().unwrap().remove(0)
    }

    #[test]
    fn a_token_stands_for_its_actor() {
        check(json!({"a": "ann", "t": NOW}), 0, Ok(json!({"id": "ann", "token": "dstok"})));
        check(json!({"a": 5, "t": NOW}), 0, Ok(json!({"id": 5, "token": "dstok"})));
        check(
            json!({"a": "ann", "t": NOW, "d": 60, "_r": {"a": ["vi"]}}),
            0,
            Ok(json!({"id": "ann", "token": "dstok", "_r": {"a": ["vi"]}, "token_expires": NOW + 60})),
        );
    }

    #[test]
    fn tokens_expire() {
        check(json!({"a": "ann", "t": NOW - 61, "d": 60}), 0, Err("Token has expired"));
        check(
            json!({"a": "ann", "t": NOW - 60, "d": 60}),
            0,
            Ok(json!({"id": "ann", "token": "dstok", "token_expires": NOW})),
        );
        check(json!({"a": "ann", "t": NOW, "d": -5}), 0, Err("Token has expired"));
        check(json!({"a": "ann", "t": 0, "d": 0}), 0, Ok(json!({"id": "ann", "token": "dstok"})));
        check(json!({"a": "ann", "t": i64::MIN, "d": i64::MIN}), 0, Err("Token has expired"));
    }

    #[test]
    fn the_site_limits_how_long_they_live() {
        let lives = |expires: i64| Ok(json!({"id": "ann", "token": "dstok", "token_expires": expires}));
        check(json!({"a": "ann", "t": NOW}), 50, lives(NOW + 50));
        check(json!({"a": "ann", "t": NOW, "d": 5000}), 50, lives(NOW + 50));
        check(json!({"a": "ann", "t": NOW, "d": 10}), 50, lives(NOW + 10));
        check(json!({"a": "ann", "t": NOW - 51}), 50, Err("Token has expired"));
    }

    #[test]
    fn malformed_tokens_are_refused() {
        check(json!({"a": "ann"}), 0, Err("Invalid token: no timestamp"));
        for time in [json!("soon"), json!(1.5), json!(null), json!(true)] {
            check(json!({"a": "ann", "t": time}), 0, Err("Invalid token: invalid timestamp"));
        }
        for duration in [json!("abc"), json!(1.5), json!([1])] {
            check(json!({"a": "ann", "t": NOW, "d": duration}), 0, Err("Invalid token: invalid duration"));
        }
        check(json!({"t": NOW}), 0, Err("Invalid token: no actor"));
        check(json!({"a": null, "t": NOW}), 0, Err("Invalid token: no actor"));
        for signed in [json!([]), json!("x"), json!(1), json!(null)] {
            check(signed, 0, Err("Invalid token: no timestamp"));
        }
    }

    #[test]
    fn a_token_that_was_made_is_accepted() {
        let handler = handler(host(true));
        let restrictions =
            json!({"a": ["fly"], "d": {"d": ["view-table", "vt"]}, "r": {"d": {"t": ["view-table"]}}});
        let token = handler.create(&CreateToken::new("ann", Some(60), restrictions.into())).unwrap();
        assert!(token.starts_with("dstok_"));
        let actor = handler.verify(&token).unwrap().unwrap();
        assert_eq!(actor.get("id"), Some(&json!("ann")));
        assert_eq!(
            actor.get("_r"),
            Some(&json!({"a": ["fly"], "d": {"d": ["vt", "vt"]}, "r": {"d": {"t": ["vt"]}}}))
        );
        assert!(actor.get("token_expires").is_some());
    }

    #[test]
    fn restrictions_that_name_nothing_are_none() {
        let handler = handler(host(true));
        for restrictions in [json!(null), json!({}), json!({"a": [], "d": {}, "r": null})] {
            let token = handler.create(&CreateToken::new("ann", None, restrictions.into())).unwrap();
            assert_eq!(handler.verify(&token).unwrap().unwrap().get("_r"), None);
        }
        // Here somebody meant to restrict.
        let token = handler.create(&CreateToken::new("ann", None, json!({"d": {"d": []}}).into())).unwrap();
        assert_eq!(handler.verify(&token).unwrap().unwrap().get("_r"), Some(&json!({"d": {"d": []}})));
    }

    #[test]
    fn malformed_restrictions_make_no_token() {
        let handler = handler(host(true));
        for restrictions in [
            json!("vt"),
            json!(["vt"]),
            json!({"a": "vt"}),
            json!({"d": ["vt"]}),
            json!({"r": {"d": ["vt"]}}),
            json!({"x": []}),
            json!({"a": [1]}),
        ] {
            let error = handler.create(&CreateToken::new("ann", None, restrictions.into())).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadRequest);
        }
    }

    #[test]
    fn other_tokens_are_left_to_others() {
        let handler = handler(host(true));
        assert_eq!(handler.verify("other_1").unwrap(), None);
        assert_eq!(handler.verify("").unwrap(), None);
        assert_eq!(handler.verify("DSTOK_x").unwrap(), None);
    }

    #[test]
    fn a_bad_signature_ends_the_request() {
        let handler = handler(host(true));
        for token in ["dstok_", "dstok_abc", "dstok_{\"a\":\"root\",\"t\":0}.signed-for-actor"] {
            let error = handler.verify(token).unwrap_err();
            assert_eq!(
                (error.kind, error.message.as_str()),
                (ErrorKind::Unauthorized, "Invalid token signature")
            );
        }
    }

    #[test]
    fn a_site_may_do_without_signed_tokens() {
        let handler = handler(host(false));
        assert_eq!(handler.verify("dstok_abc").unwrap_err(), Error::unauthorized(NOT_ENABLED));
        let error = handler.create(&CreateToken::new("ann", None, json!(null).into())).unwrap_err();
        assert_eq!(error, Error::forbidden(NOT_ENABLED));
    }

    #[test]
    fn tokens_come_in_the_authorization_header() {
        let ask = |header: Option<&str>| {
            let plugin =
                Harness::<Tokens>::with(FakeHost::new().answer("verify_token", json!({"id": "ann"})));
            let request = header
                .map_or_else(|| FakeRequest::get("/"), |h| FakeRequest::get("/").header("Authorization", h));
            let actor = plugin.actor_from_request(&ActorFromRequest::new(request.view())).unwrap().unwrap();
            (actor.is_some(), plugin.asked().len())
        };
        assert_eq!(ask(Some("Bearer dstok_x")), (true, 1));
        for header in [None, Some("bearer dstok_x"), Some("Bearer"), Some("Basic x"), Some("Token x")] {
            assert_eq!(ask(header), (false, 0));
        }
    }

    #[test]
    fn a_rejected_token_is_an_error_of_the_hook() {
        let reject = |_: &Json| Err(Error::unauthorized("Token has expired"));
        let plugin = Harness::<Tokens>::with(FakeHost::new().answer_with("verify_token", reject));
        let request = FakeRequest::get("/").header("Authorization", "Bearer dstok_x");
        let error = plugin.actor_from_request(&ActorFromRequest::new(request.view())).unwrap().unwrap_err();
        assert_eq!(error, Error::unauthorized("Token has expired"));
    }
}
