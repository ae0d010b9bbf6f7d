//! What needs no GitHub: the configuration, leaving, and coming back with what is not right. The whole way
//! is walked by the tests of the server.

use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

use super::*;

fn host(config: Json) -> FakeHost {
    FakeHost::new()
        .named("datasette-auth-github")
        .config(config)
        .answer_with("url_path", |args| Ok(args["path"].clone()))
        .answer("url_instance", "/")
}

fn site() -> Harness<AuthGitHub> {
    // Nobody listens on port 1.
    let config = json!({
        "client_id": "a b", "client_secret": "s",
        "github_url": "http://127.0.0.1:1", "api_url": "http://127.0.0.1:1",
    });
    Harness::with(host(config))
}

/// The state and the cookie of somebody who was sent to GitHub.
fn leave(site: &Harness<AuthGitHub>) -> (String, String) {
    let response = site.get(&FakeRequest::get("/-/github-auth")).unwrap();
    let location = response.header("location").unwrap();
    let (url, state) = location.split_once("&state=").unwrap();
    assert_eq!(url, "http://127.0.0.1:1/login/oauth/authorize?client_id=a%20b&scope=user%3Aemail");
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly; Max-Age=600; Path=/; SameSite=lax"), "{cookie}");
    (state.to_owned(), cookie.split(';').next().unwrap().to_owned())
}

fn come_back(site: &Harness<AuthGitHub>, query: &str, cookie: &str) -> Error {
    let request = FakeRequest::get(&format!("/-/github-auth-callback?{query}")).header("cookie", cookie);
    site.get(&request).unwrap_err()
}

#[test]
fn a_state_is_made_for_everybody_anew() {
    let site = site();
    let ((first, _), (second, _)) = (leave(&site), leave(&site));
    assert_eq!(first.len(), 64);
    assert_ne!(first, second);
    assert_eq!(site.get(&FakeRequest::get("/-/github-auth-start")).unwrap().status, 302);
}

#[test]
fn nobody_comes_back_who_did_not_leave() {
    let site = site();
    let (state, cookie) = leave(&site);
    let (other, _) = leave(&site);
    let forged = cookie.replace("datasette-auth-github-state", "actor");
    for (query, cookie) in [
        (format!("code=1&state={state}"), ""),
        (format!("code=1&state={other}"), cookie.as_str()),
        ("code=1&state=".to_owned(), &cookie),
        ("code=1".to_owned(), &cookie),
        (format!("code=1&state={state}"), &forged),
        (format!("code=1&state={state}"), "ds_github_auth=x"),
    ] {
        let error = come_back(&site, &query, cookie);
        assert_eq!(error.kind, ErrorKind::Forbidden, "{query} {cookie}");
        assert!(error.message.contains("not started in this browser"), "{}", error.message);
    }
}

#[test]
fn a_state_is_good_for_ten_minutes() {
    let site = site();
    let cookie = "ds_github_auth=1000-abc.signed-for-datasette-auth-github-state";
    assert_eq!(come_back(&site, "code=1&state=abc", cookie).kind, ErrorKind::Forbidden);
}

#[test]
fn what_github_says_is_told_and_what_happened_is_not() {
    let site = site();
    let error = come_back(&site, "error=access_denied&error_description=You+declined", "");
    assert_eq!((error.kind, error.message.contains("You declined")), (ErrorKind::Forbidden, true));
    let (state, cookie) = leave(&site);
    assert_eq!(come_back(&site, &format!("state={state}"), &cookie).kind, ErrorKind::BadRequest);
    let error = come_back(&site, &format!("code=1&state={state}"), &cookie);
    assert_eq!(error.message, "GitHub did not confirm who you are. Please sign in again.");
    assert_eq!(site.logged().len(), 1, "the operator learns why");
}

#[test]
fn strangers_get_a_link() {
    let site = site();
    let links = |request: FakeRequest| {
        site.menu_links(&MenuLinks::new(request.who(), request.view())).unwrap().unwrap().len()
    };
    assert_eq!(links(FakeRequest::get("/")), 1);
    assert_eq!(links(FakeRequest::get("/").actor(Actor::with_id("ann"))), 0);
}

#[test]
fn addresses_follow_from_the_host() {
    let read = |more: Json| {
        let mut config = json!({"client_id": "a", "client_secret": "b"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let config = Config::read(&config).unwrap();
        (config.github_url.clone(), config.api_url.clone(), config.scope())
    };
    let plain = ("https://github.com".to_owned(), "https://api.github.com".to_owned(), "user:email");
    assert_eq!(read(json!({})), plain);
    let (github, api, scope) = read(json!({"host": "git.example.com", "load_orgs": ["o"]}));
    assert_eq!(
        (github.as_str(), api.as_str()),
        ("https://git.example.com", "https://git.example.com/api/v3")
    );
    assert_eq!(scope, "read:org user:email");
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let check = |more: Json, expected: &str| {
        let mut config = json!({"client_id": "a", "client_secret": "b"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let error = Harness::<AuthGitHub>::start(host(config)).err().unwrap().message;
        assert!(error.contains(expected), "{error}");
    };
    check(json!({"client_secret": ""}), "client_secret has to be a text");
    check(json!({"load_orgs": "o"}), "load_orgs has to be a list");
    check(json!({"load_teams": ["staff"]}), "ORGANIZATION/TEAM");
    check(json!({"api_url": "http://api.example.com"}), "https://");
    check(json!({"api_url": "http://127.0.0.1.example.com"}), "https://");
    check(json!({"client": 1}), "no option client");
    assert!(Harness::<AuthGitHub>::start(host(json!({"client_id": "a"}))).is_err());
    assert!(Harness::<AuthGitHub>::start(host(Json::Null)).is_ok(), "a server without configuration");
}
