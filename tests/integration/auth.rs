//! Who asks: cookies, tokens, signing in and out, forms of other sites, and messages.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie, sign};
use crate::support::{Answer, Setup, Site};

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";

fn site(flags: &[&str]) -> Site {
    Setup::new().database("library").args(&["--secret", SECRET]).args(flags).start()
}

#[track_caller]
fn actor(site: &Site, headers: &str) -> Value {
    let answer = site.connect().request("GET", "/-/actor.json", headers, b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["actor"].clone()
}

fn post(site: &Site, target: &str, headers: &str, body: &str) -> Answer {
    site.connect().request("POST", target, headers, body.as_bytes())
}

/// Every cookie that is set, as it stands in its header.
fn cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect()
}

/// Seconds since 1970.
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn token(payload: &Value) -> String {
    format!("authorization: Bearer dstok_{}\r\n", sign(payload, "token"))
}

#[test]
fn a_cookie_of_the_reference_is_believed_and_a_forged_one_is_not() {
    let site = site(&[]);
    assert_eq!(
        actor(&site, &cookie(&json!({"id": "ann", "n": [1, null]}))),
        json!({"id": "ann", "n": [1, null]})
    );
    let signed = sign(&json!({"a": {"id": "root"}}), "actor");
    let (payload, signature) = signed.split_once('.').unwrap();
    let long = "x".repeat(7000);
    for forged in [
        "",
        "x",
        "a.b",
        "..",
        &signed[..signed.len() - 1],
        &format!("{payload}x.{signature}"),
        &format!(".{payload}.{signature}"),
        &sign(&json!({"a": {"id": "root"}}), "token"),
        &sign(&json!({"a": {"id": "root"}}), "messages"),
        &sign(&json!({"a": "root"}), "actor"),
        &sign(&json!(["root"]), "actor"),
        &sign(&json!({"a": {"id": "root"}, "e": "A"}), "actor"),
        &sign(&json!({"a": {"id": "root"}, "e": "?"}), "actor"),
        "\u{fffd}\u{ff}",
        &long,
    ] {
        assert_eq!(actor(&site, &format!("cookie: ds_actor={forged}\r\n")), Value::Null, "{forged}");
    }
    assert!(!site.log().contains(signature), "the log has a signature in it");
}

#[test]
fn a_token_is_believed_or_the_request_fails() {
    let site = site(&["--root"]);
    let found = actor(&site, &token(&json!({"a": "ann", "t": now(), "d": 60})));
    assert_eq!((&found["id"], &found["token"]), (&json!("ann"), &json!("dstok")));
    for (payload, message) in [
        (json!({"a": "root", "t": 1_000_000, "d": 5}), "Token has expired"),
        (json!({"a": "root"}), "Invalid token: no timestamp"),
        (json!({"a": "root", "t": "now"}), "Invalid token: invalid timestamp"),
        (json!({"a": "root", "t": now(), "d": "x"}), "Invalid token: invalid duration"),
        (json!([]), "Invalid token: no timestamp"),
    ] {
        check_rejected(&site, &token(&payload), message);
    }
    let wrong = sign(&json!({"a": "root", "t": now()}), "actor");
    for forged in ["", "x", ".", "a.b", &wrong, &"x".repeat(7000)] {
        check_rejected(
            &site,
            &format!("authorization: Bearer dstok_{forged}\r\n"),
            "Invalid token signature",
        );
    }
    // A cookie beside it does not help.
    let both = format!("authorization: Bearer dstok_x\r\n{}", cookie(&json!({"id": "root"})));
    check_rejected(&site, &both, "Invalid token signature");
    for other in ["Bearer other", "bearer dstok_x", "Bearer", "Basic cm9vdDpyb290"] {
        assert_eq!(actor(&site, &format!("authorization: {other}\r\n")), Value::Null);
    }
}

#[track_caller]
fn check_rejected(site: &Site, headers: &str, message: &str) {
    for page in ["/-/actor.json", "/library/books", "/-/nope"] {
        let answer = site.connect().request("GET", page, headers, b"");
        assert_eq!(answer.status, 401, "{page}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        let expected = json!({"ok": false, "error": message, "errors": [message], "status": 401});
        assert_eq!(answer.json(), expected);
    }
}

#[test]
fn tokens_live_no_longer_than_the_site_allows_and_can_be_switched_off() {
    let limited = site(&["-s", "max_signed_tokens_ttl", "100"]);
    let made = now() - 50;
    let found = actor(&limited, &token(&json!({"a": "ann", "t": made})));
    assert_eq!(found["token_expires"], made + 100);
    check_rejected(&limited, &token(&json!({"a": "ann", "t": now() - 101, "d": 5000})), "Token has expired");
    let off = site(&["-s", "allow_signed_tokens", "off"]);
    let message = "Signed tokens are not enabled for this Datasette instance";
    check_rejected(&off, &token(&json!({"a": "ann", "t": now()})), message);
    let page = off.connect().request("GET", "/-/create-token", &cookie(&json!({"id": "ann"})), b"");
    assert!(page.status == 403 && page.text().contains(message));
}

#[test]
fn the_printed_link_signs_in_once() {
    let site = site(&["--root"]);
    let line = site.first_output_line();
    let link = &line[line.find("/-/auth-token?token=").expect("a link is printed")..];
    let wrong = site.get("/-/auth-token?token=x");
    assert!(wrong.status == 403 && cookies(&wrong).is_empty());
    let answer = site.get(link.trim());
    assert_eq!((answer.status, answer.header("location")), (302, Some("/")));
    let [set] = cookies(&answer)[..] else { panic!("one cookie is set") };
    assert!(set.starts_with("ds_actor=") && set.ends_with("; HttpOnly; Path=/; SameSite=lax"), "{set}");
    let value = set.split(';').next().unwrap();
    assert_eq!(actor(&site, &format!("cookie: {value}\r\n")), json!({"id": "root"}));
    let again = site.get(link.trim());
    assert!(again.status == 403 && again.text().contains("Root token has already been used"));
}

#[test]
fn over_https_cookies_are_secure() {
    let site = site(&["-s", "force_https_urls", "on"]);
    let answer = post(&site, "/-/logout", &format!("{FORM}{}", cookie(&json!({"id": "ann"}))), "");
    assert_eq!(answer.status, 302);
    let set = cookies(&answer);
    assert_eq!(set.len(), 2, "{set:?}");
    assert!(
        set.iter().all(|cookie| cookie.contains("; HttpOnly") && cookie.ends_with("; Secure")),
        "{set:?}"
    );
}

#[test]
fn the_page_makes_tokens_for_people_who_are_signed_in() {
    let site = site(&[]);
    let get = |actor: &Value| site.connect().request("GET", "/-/create-token", &cookie(actor), b"");
    for (who, message) in [
        (json!({"name": "x"}), "You must be logged in as an actor with an ID to create a token"),
        (json!({"id": ""}), "You must be logged in as an actor with an ID to create a token"),
        (json!({"id": "a", "token": "x"}), "Token authentication cannot be used to create additional tokens"),
        (json!({"id": "a", "_r": null}), "Restricted actors cannot create API tokens"),
        (json!({"id": 5}), "Tokens can be created only for an actor whose ID is text"),
    ] {
        let answer = get(&who);
        assert!(answer.status == 403 && answer.text().contains(message), "{who}: {}", answer.text());
    }
    let stranger = site.get("/-/create-token");
    assert!(stranger.status == 403 && stranger.text().contains("You must be logged in to create a token"));

    let ann = format!("{FORM}{}", cookie(&json!({"id": "ann"})));
    let body = "expire_type=hours&expire_duration=2&all:view-instance=1&resource:library:books:view-table=1";
    let answer = post(&site, "/-/create-token", &ann, body);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let text = answer.text();
    let token = text
        .split("value=\"dstok_")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a token is shown");
    let bearer = format!("authorization: Bearer dstok_{token}\r\n");
    let found = actor(&site, &bearer);
    assert_eq!(found["_r"], json!({"a": ["vi"], "r": {"library": {"books": ["vt"]}}}));
    assert!(found["token_expires"].as_u64().unwrap() > now() + 7000);
    let status = |target: &str| site.connect().request("GET", target, &bearer, b"").status;
    assert_eq!(
        (status("/library/books.json"), status("/library/authors.json"), status("/library.json")),
        (200, 403, 200)
    );

    for (body, message) in [
        ("expire_type=hours&expire_duration=x", "Invalid expire duration"),
        ("expire_type=years&expire_duration=1", "Invalid expire duration unit"),
    ] {
        let text = post(&site, "/-/create-token", &ann, body).text();
        assert!(text.contains(message) && !text.contains("dstok_"));
    }
}

#[test]
fn forms_of_other_sites_change_nothing() {
    let site = site(&["--root"]);
    let root = cookie(&json!({"id": "root"}));
    for header in [
        "sec-fetch-site: cross-site",
        "sec-fetch-site: same-site",
        "origin: http://evil.example",
        "origin: null",
    ] {
        for page in ["/-/logout", "/-/messages", "/-/create-token", "/-/permissions"] {
            let answer = post(&site, page, &format!("{FORM}{root}{header}\r\n"), "message=x");
            assert_eq!(answer.status, 403, "{page} with {header}");
            assert!(cookies(&answer).is_empty());
        }
    }
    for header in ["sec-fetch-site: same-origin", "sec-fetch-site: none", "origin: http://localhost", ""] {
        let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
        assert_eq!(
            post(&site, "/-/messages", &format!("{FORM}{root}{header}"), "message=x").status,
            302,
            "{header}"
        );
    }
}

#[test]
fn what_a_visitor_says_is_shown_to_them_once_and_escaped() {
    let site = site(&[]);
    let answer = post(&site, "/-/messages", FORM, "message=Hello+%3Cscript%3E&message_type=WARNING");
    assert_eq!((answer.status, answer.header("location")), (302, Some("/")));
    let set = cookies(&answer)[0].split(';').next().unwrap().to_owned();
    let headers = format!("cookie: {set}\r\n");
    // JSON shows no messages, so they wait on.
    let json = site.connect().request("GET", "/library.json", &headers, b"");
    assert!(cookies(&json)[0].starts_with(&set));
    let page = site.connect().request("GET", "/library", &headers, b"");
    assert!(page.text().contains("message-warning") && page.text().contains("Hello &lt;script&gt;"));
    assert!(cookies(&page)[0].starts_with("ds_messages=;") && cookies(&page)[0].contains("Max-Age=0"));
    for forged in ["x", "a.b", &sign(&json!([["<b>", 1]]), "actor"), &sign(&json!({"a": 1}), "messages")] {
        let page = site.connect().request("GET", "/", &format!("cookie: ds_messages={forged}\r\n"), b"");
        assert!(page.status == 200 && cookies(&page).is_empty() && !page.text().contains("message-info"));
    }
    assert_eq!(post(&site, "/-/messages", FORM, "message=x&message_type=NOTHING").status, 400);
    assert_eq!(post(&site, "/-/messages", "content-type: text/plain\r\n", "x").status, 400);
}

#[test]
fn answers_to_somebody_are_kept_by_nobody() {
    let site = site(&["--root"]);
    for headers in [
        cookie(&json!({"id": "root"})),
        "cookie: other=1\r\n".to_owned(),
        "authorization: Basic x\r\n".into(),
    ] {
        for page in
            ["/library/books", "/library/books.json?_ttl=60", "/library/books.csv", "/nope", "/-/permissions"]
        {
            let answer = site.connect().request("GET", page, &headers, b"");
            assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{page} {headers}");
            let vary = answer.header("vary").unwrap_or_default();
            assert!(vary.starts_with("Cookie, Authorization"), "{page}: {vary}");
        }
    }
    let public = site.get("/library/books.json?_ttl=60");
    assert_eq!(public.header("cache-control"), Some("max-age=60"));
}

#[test]
fn addresses_lead_to_no_other_site_and_write_no_headers() {
    let site = site(&[]);
    for target in [
        "//evil.example/",
        "/\\evil.example/",
        "/%5C%5Cevil.example/",
        "///evil.example//",
        "//evil.example/%2e%2e/",
    ] {
        let answer = site.get(target);
        if let Some(location) = answer.header("location") {
            let after = location.strip_prefix('/').expect("it stays on this site");
            assert!(!after.starts_with(['/', '\\']), "{target} leads to {location}");
        }
    }
    for target in [
        "/library/x%0d%0aset-cookie:%20a=1/",
        "/library/books/?a=%0d%0aset-cookie:%20a=1",
        "/library?sql=%0d%0aset-cookie:%20a=1",
    ] {
        let answer = site.get(target);
        assert!(cookies(&answer).is_empty(), "{target}");
    }
}

#[test]
fn what_is_not_found_is_not_repeated() {
    let site = site(&[]);
    for target in ["/evil~3Cb~3E", "/library/evil~3Cb~3E", "/library/books/evil~3Cb~3E", "/evil~3Cb~3E.json"]
    {
        let answer = site.connect().request("GET", target, "", b"");
        assert_eq!(answer.status, 404);
        assert!(!answer.text().contains("evil"), "{target}: {}", answer.text());
    }
}

#[test]
fn permission_tools_are_for_those_who_may_use_them() {
    let site = site(&["--root"]);
    let pages = [
        "/-/permissions",
        "/-/rules",
        "/-/rules.json?action=view-table",
        "/-/check",
        "/-/check.json?action=view-table",
        "/-/actions",
        "/-/actions.json",
        "/-/threads.json",
        "/-/tasks.json",
    ];
    for page in pages {
        for (headers, status) in [
            (String::new(), 403),
            (cookie(&json!({"id": "ann"})), 403),
            (cookie(&json!({"id": "root"})), 200),
        ] {
            let answer = site.connect().request("GET", page, &headers, b"");
            assert_eq!(answer.status, status, "{page} {headers}");
        }
    }
    // Everybody may see what they may do, and not why.
    let answer = site.get("/-/allowed.json?action=view-table&parent=library&child=books").json();
    let item = json!({"parent": "library", "child": "books", "resource": "/library/books"});
    assert_eq!(answer["items"], json!([item]));
    let simulated = post(
        &site,
        "/-/permissions",
        &format!("{FORM}{}", cookie(&json!({"id": "root"}))),
        "actor=%7B%22id%22%3A+%22ann%22%7D&permission=insert-row&resource_1=library&resource_2=books",
    );
    assert_eq!(
        (simulated.json()["allowed"].clone(), simulated.json()["actor_id"].clone()),
        (json!(false), json!("ann"))
    );
    for body in ["", "actor=x&permission=view-table", "actor=[]&permission=view-table", "actor=null"] {
        let headers = format!("{FORM}{}", cookie(&json!({"id": "root"})));
        assert_eq!(post(&site, "/-/permissions", &headers, body).status, 400, "{body}");
    }
}
