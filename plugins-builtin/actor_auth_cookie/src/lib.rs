//! Who asks, from the signed cookie `ds_actor`.
//!
//! Hooks: `actor_from_request`. Config: none. Whoever sets the cookie signs it for the purpose `actor`.

mod base62;

use std::time::{SystemTime, UNIX_EPOCH};

use datasette_plugin_api::*;

struct ActorCookie {
    host: Host,
}

#[hookimpl]
impl Plugin for ActorCookie {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn actor_from_request(&self, args: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        let Some(cookie) = args.request.cookie("ds_actor") else { return Ok(None) };
        match self.host.unsign(&cookie, "actor") {
            Ok(signed) => Ok(actor(&signed, now())),
            Err(error) if error.kind == ErrorKind::BadRequest => Ok(None),
            Err(error) => Err(error),
        }
    }
}

export_plugin!(ActorCookie, name = "datasette.actor_auth_cookie", security = true);

/// The actor in the cookie, unless it has expired or is none.
fn actor(signed: &str, now: u64) -> Option<Actor> {
    let mut signed: Map = serde_json::from_str(signed).ok()?;
    let lives = match signed.get("e") {
        None | Some(Json::Null) => true,
        Some(Json::String(expiry)) if expiry.is_empty() => true,
        Some(Json::String(expiry)) => now <= base62::decode(expiry)?,
        Some(_) => false,
    };
    let actor = signed.remove("a").and_then(Actor::from_json);
    actor.filter(|_| lives)
}

fn now() -> u64 {
    // A clock before 1970 is wrong; with the latest time nothing that expires is valid.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    #[track_caller]
    fn check(signed: &str, expected: Option<&str>) {
        let found = actor(signed, 1_700_000_000).map(|actor| actor.as_text().to_owned());
        assert_eq!(found.as_deref(), expected);
    }

    fn ask(cookie: &str) -> Option<Actor> {
        let plugin = Harness::<ActorCookie>::with(FakeHost::new());
        let request = FakeRequest::get("/").header("Cookie", cookie);
        plugin.actor_from_request(&ActorFromRequest::new(request.view())).unwrap().unwrap()
    }

    #[test]
    fn a_signed_cookie_names_the_actor() {
        assert_eq!(
            ask("a=b; ds_actor={\"a\":{\"id\":\"root\"}}.signed-for-actor"),
            Some(Actor::with_id("root"))
        );
    }

    #[test]
    fn a_cookie_signed_for_something_else_names_nobody() {
        assert_eq!(ask("ds_actor={\"a\":{\"id\":\"root\"}}.signed-for-messages"), None);
        assert_eq!(ask("ds_actor={\"a\":{\"id\":\"root\"}}"), None);
        assert_eq!(ask("ds_actor="), None);
        assert_eq!(ask("other={\"a\":{\"id\":\"root\"}}.signed-for-actor"), None);
    }

    #[test]
    fn without_a_cookie_there_is_nobody() {
        let plugin = Harness::<ActorCookie>::with(FakeHost::new());
        let request = FakeRequest::get("/");
        assert_eq!(plugin.actor_from_request(&ActorFromRequest::new(request.view())).unwrap().unwrap(), None);
        assert!(plugin.asked().is_empty());
    }

    #[test]
    fn an_expired_actor_is_nobody() {
        // BrDBeq is 1700000000.
        check(r#"{"a":{"id":1},"e":"BrDBeq"}"#, Some(r#"{"id":1}"#));
        check(r#"{"a":{"id":1},"e":"BrDBer"}"#, Some(r#"{"id":1}"#));
        check(r#"{"a":{"id":1},"e":"BrDBep"}"#, None);
    }

    #[test]
    fn an_expiry_that_makes_no_sense_is_past() {
        for expiry in ["\"?\"", "1800000000", "true", "\"-BrDBeq\"", "\"zzzzzzzzzzzzzzzzzzzzzzzz\""] {
            check(&format!(r#"{{"a":{{"id":1}},"e":{expiry}}}"#), None);
        }
        check(r#"{"a":{"id":1},"e":null}"#, Some(r#"{"id":1}"#));
        check(r#"{"a":{"id":1},"e":""}"#, Some(r#"{"id":1}"#));
    }

    #[test]
    fn what_is_no_actor_is_nobody() {
        for signed in
            ["{}", "[]", "1", "nonsense", r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":["root"]}"#, r#"{"b":{}}"#]
        {
            check(signed, None);
        }
    }
}
