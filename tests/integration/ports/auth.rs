//! `datasette-auth-passwords`: signing in, through the program and its cookies.

use serde_json::{Value, json};

use crate::support::{Answer, Setup, Site, library};

/// Of the password `secret`.
const HASH: &str = "pbkdf2_sha256$1000$salty$imBvJbHNIPG2OemW+ljTjYuZpnyIMfbTv3AYD+KaXEA=";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";

fn site(more: &Value) -> Setup {
    let mut plugin =
        json!({"ann_password_hash": {"$env": "ANN_HASH"}, "actors": {"ann": {"id": "ann", "name": "Ann"}}});
    plugin.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let config = json!({"allow": {"id": "*"}, "plugins": {"datasette-auth-passwords": plugin}});
    let setup = Setup::new().database("library").config(&config).env("ANN_HASH", HASH);
    setup.plugin("auth.so", &library::bytes("datasette-auth-passwords"))
}

fn log_in(site: &Site, headers: &str, body: &str) -> Answer {
    site.connect().request("POST", "/-/login", &format!("{FORM}{headers}"), body.as_bytes())
}

fn with(site: &Site, target: &str, headers: &str) -> Answer {
    site.connect().request("GET", target, headers, b"")
}

#[test]
fn a_password_opens_the_site() {
    let site = site(&json!({})).start();
    let page = with(&site, "/library/authors?born=1929", "accept: text/html\r\n");
    assert_eq!(page.header("location"), Some("/-/login?next=%2Flibrary%2Fauthors%3Fborn%3D1929"));
    assert_eq!(site.get("/library/authors.json").status, 403, "programs are told");

    let form = site.get("/-/login?next=/library/authors%3Fborn%3D1929").text();
    assert!(form.contains("name=\"next\" value=\"/library/authors?born=1929\""), "{form}");
    assert!(
        form.contains("<title>Log in</title>") && form.contains("autocomplete=\"current-password\""),
        "{form}"
    );

    let wrong = log_in(&site, "", "username=ann&password=wrong&next=/library");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (403, None));
    let right = log_in(&site, "", "username=ann&password=secret&next=/library/authors%3Fborn%3D1929");
    assert_eq!((right.status, right.header("location")), (302, Some("/library/authors?born=1929")));
    let cookie = right.header("set-cookie").unwrap();
    assert!(cookie.starts_with("ds_actor=") && cookie.contains("HttpOnly"), "{cookie}");
    let cookie = format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(with(&site, "/-/actor.json", &cookie).json()["actor"], json!({"id": "ann", "name": "Ann"}));
    let page = with(&site, "/library/authors", &cookie);
    assert!(page.status == 200 && page.text().contains("action=\"/-/logout\""));
    let out = site.connect().request("POST", "/-/logout", &format!("{FORM}{cookie}"), b"");
    assert!(out.header("set-cookie").unwrap().starts_with("ds_actor=;"));
}

#[test]
fn nobody_is_signed_in_from_another_site_or_sent_to_one() {
    let site = site(&json!({})).start();
    let origin = "origin: https://evil.example\r\nsec-fetch-site: cross-site\r\n";
    let answer = log_in(&site, origin, "username=ann&password=secret");
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{}", answer.text());
    for next in ["//evil.example", "%2F%5Cevil.example", "https%3A%2F%2Fevil.example", "/%09/evil.example"] {
        let answer = log_in(&site, "", &format!("username=ann&password=secret&next={next}"));
        assert_eq!(answer.header("location"), Some("/"), "{next}");
    }
    let form = site.get("/-/login?next=%22%3E%3Cscript%3E").text();
    assert!(!form.contains("<script>\""), "{form}");
}

#[test]
fn guesses_are_slowed_down() {
    let site = site(&json!({})).start();
    let statuses: Vec<u16> =
        (0..6).map(|_| log_in(&site, "", "username=ann&password=guess").status).collect();
    assert_eq!(statuses[..5], [403; 5]);
    let last = log_in(&site, "", "username=ann&password=secret");
    assert_eq!(last.status, 429, "{statuses:?}");
    assert!(last.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
}

#[test]
fn one_address_can_not_go_through_all_names() {
    let site = site(&json!({})).args(&["--forwarded-allow-ips", "127.0.0.1"]).start();
    let from = |address: &str, body: &str| {
        log_in(&site, &format!("x-forwarded-for: 203.0.113.9, {address}\r\n"), body).status
    };
    for number in 0..20 {
        assert_eq!(from("192.0.2.1", &format!("username=n{number}&password=guess")), 403);
    }
    assert_eq!(from("192.0.2.1", "username=ann&password=secret"), 429);
    assert_eq!(from("192.0.2.2", "username=ann&password=secret"), 302);
}

#[test]
fn a_hash_from_the_tool_goes_into_the_configuration() {
    let setup = Setup::new().plugin("auth.so", &library::bytes("datasette-auth-passwords"));
    let first = setup.start();
    assert!(first.get("/-/login").text().contains("There are no accounts yet"));
    let body = "password=correct+horse&password_again=correct+horse";
    let page = first.connect().request("POST", "/-/password-tool", FORM, body.as_bytes());
    assert_eq!(page.header("cache-control"), Some("private, no-store"));
    let text = page.text();
    let hash = text.split("value=\"$argon2id").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let hash = format!("$argon2id{}", hash.replace("&#x3D;", "=").replace("&#61;", "="));
    let second = site(&json!({"bob_password_hash": hash})).start();
    let answer = log_in(&second, "", "username=bob&password=correct+horse");
    assert_eq!(answer.status, 302, "{hash}: {}", answer.text());
}

#[test]
fn basic_authentication_guards_everything() {
    let site = site(&json!({"http_basic_auth": true, "http_basic_auth_realm": "Members"})).start();
    for target in ["/", "/library.json", "/-/static/app.css", "/-/login"] {
        let answer = site.get(target);
        assert_eq!(answer.status, 401, "{target}");
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Members\", charset=\"UTF-8\""));
    }
    // ann:secret, ann:wrong
    let right = "authorization: Basic YW5uOnNlY3JldA==\r\n";
    assert_eq!(with(&site, "/-/actor.json", right).json()["actor"]["name"], "Ann");
    assert_eq!(with(&site, "/library/authors", right).status, 200);
    assert_eq!(with(&site, "/library/authors", "authorization: Basic YW5uOndyb25n\r\n").status, 401);
}

#[test]
fn a_misspelt_option_ends_the_start() {
    let setup = site(&json!({"bob_pasword_hash": HASH}));
    setup.run(&["--get", "/"]).assert_refused(1, &["no option bob_pasword_hash"]);
}

#[test]
fn the_command_makes_hashes() {
    let setup = Setup::new();
    setup.write("installed/auth.so", &library::bytes("datasette-auth-passwords"));
    let folder = setup.path("installed");
    let setup = setup.env("DATASETTE_PLUGINS_DIR", folder);
    let help = setup.run(&["hash-password", "--help"]);
    assert!(help.out.contains("Usage: datasette hash-password"), "{help:?}");
    // Its input is empty.
    setup.run(&["hash-password"]).assert_refused(1, &["there is no password to hash"]);
}
