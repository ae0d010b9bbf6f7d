//! The plugin in a server that signs nothing.

use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

use super::*;

const SECRET: &str = "pbkdf2_sha256$1000$salty$imBvJbHNIPG2OemW+ljTjYuZpnyIMfbTv3AYD+KaXEA=";

fn host(config: Json) -> FakeHost {
    FakeHost::new()
        .named("datasette-auth-passwords")
        .config(config)
        .answer_with("url_path", |args| Ok(args["path"].clone()))
        .answer("url_instance", "/")
        .answer("actor_cookie", "signed")
        .answer("track_event", Json::Null)
        .answer_with("render_template", |args| Ok(args["context"].to_string().into()))
}

fn site() -> Harness<Passwords> {
    let actors = json!({"ann": {"id": "ann", "role": "staff"}});
    Harness::with(host(json!({"ann_password_hash": SECRET, "bob_password_hash": SECRET, "actors": actors})))
}

fn log_in(site: &Harness<Passwords>, body: &str) -> Response {
    site.get(&FakeRequest::post("/-/login", body)).unwrap()
}

#[test]
fn the_right_password_signs_in_and_is_announced() {
    let site = site();
    let response = log_in(&site, "username=ann&password=secret&next=%2Fdb%3Fa%3D1");
    assert_eq!((response.status, response.header("location")), (302, Some("/db?a=1")));
    assert_eq!(response.header("set-cookie"), Some("ds_actor=signed; HttpOnly; Path=/; SameSite=lax"));
    let asked = site.asked();
    let of = |method: &str| asked.iter().find(|(name, _)| name == method).map(|(_, args)| args.clone());
    assert_eq!(of("actor_cookie").unwrap()["actor"], json!({"id": "ann", "role": "staff"}));
    assert_eq!(of("track_event").unwrap()["event"]["name"], "login");
    assert_eq!(log_in(&site, "username=bob&password=secret").header("location"), Some("/"));
}

#[test]
fn wrong_and_unknown_are_told_the_same() {
    let site = site();
    let wrong = log_in(&site, "username=ann&password=x");
    let unknown = log_in(&site, "username=nobody&password=x");
    assert_eq!((wrong.status, unknown.status), (403, 403));
    assert_eq!(wrong.header("set-cookie"), None);
    assert_eq!(wrong.body_text().replace("ann", "nobody"), unknown.body_text());
    assert!(!site.asked().iter().any(|(method, _)| method == "track_event"));
}

#[test]
fn other_sites_are_not_followed_to() {
    let site = site();
    for next in
        ["//evil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "%2F%09%2Fevil.example"]
    {
        let response = log_in(&site, &format!("username=ann&password=secret&next={next}"));
        assert_eq!(response.header("location"), Some("/"), "{next}");
        let page = site.get(&FakeRequest::get(&format!("/-/login?next={next}"))).unwrap();
        assert!(!page.body_text().contains("evil"), "{}", page.body_text());
    }
}

#[test]
fn guessing_is_slowed_down_for_that_name_only() {
    let site = site();
    for _ in 0..5 {
        assert_eq!(log_in(&site, "username=ann&password=x").status, 403);
    }
    let response = log_in(&site, "username=ann&password=secret");
    assert_eq!((response.status, response.header("retry-after")), (429, Some("1")));
    assert_eq!(log_in(&site, "username=bob&password=secret").status, 302);
}

#[test]
fn the_tool_makes_hashes_that_work() {
    let site = site();
    let tool = |body: &str| site.get(&FakeRequest::post("/-/password-tool", body)).unwrap();
    assert!(tool("password=short&password_again=short").body_text().contains("8 characters"));
    assert!(tool("password=longenough&password_again=longEnough").body_text().contains("not the same"));
    let page: Json =
        serde_json::from_str(&tool("password=longenough&password_again=longenough").body_text()).unwrap();
    let stored = hash::Stored::parse(page["hash"].as_str().unwrap()).unwrap();
    assert!(stored.matches("longenough"));
}

#[test]
fn strangers_are_sent_to_the_form_and_programs_are_not() {
    let site = site();
    let forbidden = |request: FakeRequest| {
        let answer =
            site.forbidden(&hooks::Forbidden::new(request.view(), "view-database")).unwrap().unwrap();
        answer.map(|response| response.header("location").unwrap_or_default().to_owned())
    };
    let page = |target: &str| FakeRequest::get(target).header("accept", "text/html,*/*");
    assert_eq!(forbidden(page("/db?a=1")).as_deref(), Some("/-/login?next=%2Fdb%3Fa%3D1"));
    assert_eq!(forbidden(FakeRequest::get("/db")), None);
    assert_eq!(forbidden(page("/db.json")), None);
    assert_eq!(forbidden(page("/db").actor(Actor::with_id("ann"))), None);
    assert_eq!(forbidden(FakeRequest::post("/db", "").header("accept", "text/html")), None);
}

#[test]
fn basic_authentication_knows_actors() {
    let site: Harness<Passwords> = Harness::with(host(json!({
        "cas_password_hash": SECRET,
        "http_basic_auth": true,
        "http_basic_auth_realm": "Members",
    })));
    let actor = |header: &str| {
        let request = FakeRequest::get("/").header("authorization", header);
        site.actor_from_request(&ActorFromRequest::new(request.view())).unwrap().unwrap()
    };
    // cas:secret, twice, since the second time is another way; cas:wrong; nobody:secret
    assert_eq!(actor("Basic Y2FzOnNlY3JldA==").and_then(|actor| actor.id()).as_deref(), Some("cas"));
    assert!(actor("Basic Y2FzOnNlY3JldA==").is_some());
    assert!(actor("Basic Y2FzOndyb25n").is_none());
    assert!(actor("Basic bm9ib2R5OnNlY3JldA==").is_none());
    let request = FakeRequest::get("/").header("authorization", "Basic Y2FzOnNlY3JldA==");
    let form = self::site();
    assert!(form.actor_from_request(&ActorFromRequest::new(request.view())).unwrap().unwrap().is_none());
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let check = |config: Json, expected: &str| {
        let error = Harness::<Passwords>::start(host(config)).err().unwrap().message;
        assert!(error.contains(expected), "{error}");
    };
    check(json!({"ann_password_hash": "secret"}), "ann_password_hash: this is no hash");
    check(json!({"ann_password_hash": null}), "ann_password_hash has to be a text");
    check(json!({"ann_pasword_hash": SECRET}), "no option ann_pasword_hash");
    check(json!({"actors": {"ann": {"id": 1}}}), "there is no ann_password_hash");
    check(json!({"http_basic_auth": "yes"}), "true or false");
    check(json!({"http_basic_auth_realm": "x"}), "does nothing");
    assert!(Harness::<Passwords>::start(host(Json::Null)).is_ok(), "a server without configuration");
}
