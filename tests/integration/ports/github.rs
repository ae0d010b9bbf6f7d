//! `datasette-auth-github`: the whole way, with a GitHub of our own that has the documented endpoints.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::{Answer, Setup, Site, library};

/// A server that knows a few paths. It ends with the test program.
struct FakeGitHub {
    url: String,
    /// Request lines with their `authorization`, and bodies.
    heard: Arc<Mutex<Vec<String>>>,
}

impl FakeGitHub {
    fn start(answers: HashMap<&'static str, Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &answers, &ears);
            }
        });
        Self { url, heard }
    }
}

/// One request for each connection. What is not known is not there.
fn answer(stream: TcpStream, answers: &HashMap<&'static str, Value>, heard: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length, mut token) = (String::new(), 0, String::new());
    let _ = reader.read_line(&mut line);
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap_or(0) < 3 {
            break;
        }
        let (name, value) = header.trim().split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => token = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let target = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    heard.lock().push(format!("{target} {token}{}", String::from_utf8_lossy(&body)));
    let found = answers.get(target.as_str());
    let (status, text) = found.map_or((404, "{}".to_owned()), |value| (200, value.to_string()));
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n");
    let _ = write!(reader.get_mut(), "{head}content-length: {}\r\n\r\n{text}", text.len());
}

fn octocat() -> HashMap<&'static str, Value> {
    HashMap::from([
        ("POST /login/oauth/access_token", json!({"access_token": "t0ken", "token_type": "bearer"})),
        ("GET /user", json!({"id": 583_231, "login": "octocat", "name": "The Octocat", "email": null})),
        ("GET /user/memberships/orgs/demo", json!({"state": "active"})),
        ("GET /user/memberships/orgs/invited", json!({"state": "pending"})),
        ("GET /orgs/demo/teams/staff/memberships/octocat", json!({"state": "active"})),
    ])
}

fn site(github: &FakeGitHub) -> Site {
    let plugin = json!({
        "client_id": "id", "client_secret": {"$env": "GITHUB_SECRET"},
        "github_url": github.url, "api_url": github.url,
        "load_orgs": ["demo", "invited", "strangers"], "load_teams": ["demo/staff", "demo/boss"],
    });
    let config = json!({"plugins": {"datasette-auth-github": plugin}});
    let setup = Setup::new().database("library").config(&config).env("GITHUB_SECRET", "hush");
    setup.plugin("github.so", &library::bytes("datasette-auth-github")).start()
}

/// State and cookie.
fn leave(site: &Site) -> (String, String) {
    let away = site.get("/-/github-auth");
    let location = away.header("location").unwrap();
    let state = location.split("&state=").nth(1).unwrap().to_owned();
    (state, away.header("set-cookie").unwrap().split(';').next().unwrap().to_owned())
}

fn come_back(site: &Site, state: &str, cookie: &str) -> Answer {
    let target = format!("/-/github-auth-callback?code=c0de&state={state}");
    site.connect().request("GET", &target, &format!("cookie: {cookie}\r\n"), b"")
}

#[test]
fn somebody_signs_in_and_is_known_with_their_teams() {
    let github = FakeGitHub::start(octocat());
    let site = site(&github);
    let (state, cookie) = leave(&site);
    let back = come_back(&site, &state, &cookie);
    assert_eq!((back.status, back.header("location")), (302, Some("/")), "{} {}", back.text(), site.log());
    let set: Vec<&str> = back
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert!(set.iter().any(|cookie| cookie.starts_with("ds_github_auth=;")), "{set:?}");
    let actor = set.iter().find(|cookie| cookie.starts_with("ds_actor=")).unwrap().split(';').next().unwrap();
    let told = site.connect().request("GET", "/-/actor.json", &format!("cookie: {actor}\r\n"), b"").json();
    let expected = json!({
        "id": "github:583231", "display": "octocat", "gh_id": "583231", "gh_name": "The Octocat",
        "gh_login": "octocat", "gh_email": null, "gh_orgs": ["demo"], "gh_teams": ["demo/staff"],
    });
    assert_eq!(told["actor"], expected);
    let heard = github.heard.lock().clone();
    assert_eq!(heard[0], "POST /login/oauth/access_token client_id=id&client_secret=hush&code=c0de");
    assert!(heard[1..].iter().all(|line| line.ends_with(" Bearer t0ken")), "{heard:?}");
}

#[test]
fn a_forged_state_asks_nobody_anything() {
    let github = FakeGitHub::start(octocat());
    let site = site(&github);
    let (state, cookie) = leave(&site);
    let (other, _) = leave(&site);
    for (state, cookie) in
        [(state.as_str(), ""), (&other, &cookie), ("", &cookie), (&state, "ds_github_auth=x.y")]
    {
        let back = come_back(&site, state, cookie);
        assert_eq!(back.status, 403, "{state} {cookie}");
        assert!(back.header("set-cookie").is_none());
    }
    assert!(github.heard.lock().is_empty());
}

#[test]
fn a_code_that_github_does_not_know_signs_nobody_in() {
    let mut answers = octocat();
    answers.insert("POST /login/oauth/access_token", json!({"error": "bad_verification_code"}));
    let github = FakeGitHub::start(answers);
    let site = site(&github);
    let (state, cookie) = leave(&site);
    let back = come_back(&site, &state, &cookie);
    assert_eq!(back.status, 403);
    assert!(
        back.text().contains("did not confirm who you are") && !back.text().contains("bad_verification_code")
    );
    site.wait_for_log("bad_verification_code");
}
