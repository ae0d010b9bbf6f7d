//! What plugins can ask of the site about who may what, and who is who; and what they see of hidden columns.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Answer, Setup, Site, library};

fn site(config: &Value) -> Site {
    let setup = Setup::new().database("library").database("people").config(config);
    setup.args(&["--secret", SECRET]).plugin("asking.so", &library::bytes("fixture-asking")).start()
}

/// Asks for a service, as somebody.
fn ask(site: &Site, service: &str, args: &Value, more: &str, headers: &str) -> Answer {
    let args = args.to_string();
    let args = percent_encoding::utf8_percent_encode(&args, percent_encoding::NON_ALPHANUMERIC);
    site.connect().request("GET", &format!("/-/ask?service={service}&args={args}{more}"), headers, b"")
}

#[track_caller]
fn answer(site: &Site, service: &str, args: Value) -> Value {
    let answer = ask(site, service, &args, "", "");
    assert_eq!(answer.status, 200, "{service} {args}: {}", answer.text());
    answer.json()
}

fn table(name: &str) -> Value {
    json!({"database": "library", "resource": name})
}

fn closed() -> Value {
    json!({
        "databases": {"library": {"tables": {"books": {"allow": {"id": "ann"}}}}},
        "permissions": {"insert-row": {"id": "ann"}},
        "plugins": {"fixture-asking": {
            "actors": {"1": {"id": "1", "name": "One"}, "ann": {"id": "ann", "name": "Ann"}},
            "rules": {"drop-table": [
                {"sql": "select 'library' as parent, 'books' as child, 1 as allow, 'books may go' as reason"},
            ]},
        }},
    })
}

#[test]
fn one_action_or_several_are_answered_for_any_actor() {
    let site = site(&closed());
    let ann = json!({"id": "ann"});
    for (actor, allowed) in [(json!(null), false), (ann.clone(), true), (json!({"id": "bob"}), false)] {
        let args = json!({"action": "view-table", "resource": table("books"), "actor": actor});
        assert_eq!(answer(&site, "allowed", args.clone()), allowed);
        assert_eq!(answer(&site, "check_visibility", args.clone()), json!([allowed, allowed]), "{actor}");
        assert_eq!(ask(&site, "ensure_permission", &args, "", "").status, if allowed { 200 } else { 400 });
    }
    let open = json!({"action": "view-table", "resource": table("authors"), "actor": ann});
    assert_eq!(answer(&site, "check_visibility", open), json!([true, false]));
    let actions = json!(["view-table", "insert-row", "drop-table", "delete-row"]);
    let many = |actor: Value| {
        answer(&site, "allowed_many", json!({"actions": actions, "resource": table("books"), "actor": actor}))
    };
    let expected = |view: bool, insert: bool| json!({"view-table": view, "insert-row": insert, "drop-table": true, "delete-row": false});
    assert_eq!(many(ann), expected(true, true));
    assert_eq!(many(json!(null)), expected(false, false));
    let unknown = json!({"action": "no-such-action", "resource": table("books"), "actor": null});
    assert_eq!(ask(&site, "allowed", &unknown, "", "").status, 400);
}

#[test]
fn lists_come_in_pages_and_with_reasons() {
    let site = site(&closed());
    let mut names = Vec::new();
    let mut next = Value::Null;
    loop {
        let args = json!({"action": "view-table", "actor": {"id": "ann"}, "parent": "library", "limit": 2, "next": next});
        let page = answer(&site, "allowed_resources", args);
        let resources = page["resources"].as_array().unwrap().clone();
        assert!(resources.len() <= 2);
        names.extend(resources.iter().map(|item| item["resource"].as_str().unwrap().to_owned()));
        next = page["next"].clone();
        if next.is_null() {
            break;
        }
    }
    let all = answer(
        &site,
        "allowed_resources",
        json!({"action": "view-table", "actor": {"id": "ann"}, "parent": "library", "limit": 500}),
    );
    let all: Vec<&str> =
        all["resources"].as_array().unwrap().iter().map(|item| item["resource"].as_str().unwrap()).collect();
    assert_eq!(names, all);
    assert!(names.len() > 4 && names.is_sorted() && names.contains(&"books".to_owned()));
    let stranger =
        answer(&site, "allowed_resources", json!({"action": "view-table", "actor": null, "limit": 500}));
    assert!(!stranger["resources"].to_string().contains("\"books\""));

    let dropped =
        answer(&site, "explained_resources", json!({"action": "drop-table", "actor": null, "limit": 10}));
    assert_eq!(
        dropped,
        json!({"next": null, "resources": [{
            "database": "library", "resource": "books", "private": false, "reasons": ["asking.so: books may go"],
        }]})
    );
    let seen = answer(
        &site,
        "explained_resources",
        json!({"action": "view-table", "actor": {"id": "ann"}, "limit": 500}),
    );
    let books =
        seen["resources"].as_array().unwrap().iter().find(|item| item["resource"] == "books").unwrap();
    assert_eq!(books["private"], true);
    assert!(books["reasons"][0].as_str().unwrap().contains("allow"), "{books}");
}

/// What the SQL of `allowed_resources_sql` finds in the internal database.
fn selected(site: &Site, args: Value) -> Value {
    let select = answer(site, "allowed_resources_sql", args);
    answer(site, "internal_query", json!({"sql": select["sql"], "params": select["params"]}))["rows"].clone()
}

#[test]
fn lists_come_as_sql_for_the_internal_database() {
    let site = site(&closed());
    let all =
        |actor: Value| selected(&site, json!({"action": "view-table", "actor": actor, "parent": "library"}));
    let (ann, stranger) = (all(json!({"id": "ann"})).to_string(), all(json!(null)).to_string());
    assert!(ann.contains("books") && !stranger.contains("\"books\""), "{ann} {stranger}");
    assert!(stranger.contains("authors"), "{stranger}");
    let databases = selected(&site, json!({"action": "view-database", "actor": null})).to_string();
    assert!(databases.contains("library") && databases.contains("people"), "{databases}");
    let site_itself = selected(&site, json!({"action": "view-instance", "actor": null}));
    assert_eq!(site_itself.as_array().map(Vec::len), Some(1), "{site_itself}");
    let dropped =
        selected(&site, json!({"action": "drop-table", "actor": null, "explained": true})).to_string();
    assert!(dropped.contains("books may go"), "{dropped}");
}

#[test]
fn actors_are_known_by_their_ids() {
    let site = site(&closed());
    assert_eq!(
        answer(&site, "actors_from_ids", json!({"ids": [1, "ann", "nobody"]})),
        json!({"1": {"id": "1", "name": "One"}, "ann": {"id": "ann", "name": "Ann"}})
    );
    // Where no plugin knows more, an actor is its id.
    let site = self::site(&json!({}));
    assert_eq!(
        answer(&site, "actors_from_ids", json!({"ids": [1, "ann"]})),
        json!({"1": {"id": 1}, "ann": {"id": "ann"}})
    );
}

#[test]
fn a_plugin_signs_people_in_and_out() {
    let site = site(&json!({}));
    let set = |target: &str| site.get(target).header("set-cookie").unwrap().to_owned();
    let value = |cookie: &str| cookie.split(';').next().unwrap().to_owned();
    let signed = set("/-/sign-in?id=ann");
    assert!(signed.starts_with("ds_actor=") && signed.to_lowercase().contains("httponly"), "{signed}");
    let who = |cookie: &str| {
        let headers = format!("cookie: {}\r\n", value(cookie));
        site.connect().request("GET", "/-/actor.json", &headers, b"").json()["actor"].clone()
    };
    assert_eq!(who(&signed), json!({"id": "ann"}));
    assert_eq!(who(&set("/-/sign-in?id=ann&expire_after=60")), json!({"id": "ann"}));
    let out = set("/-/sign-out");
    assert!(out.starts_with("ds_actor=") && out.contains("Max-Age=0"), "{out}");
    assert_eq!(who(&out), Value::Null);
}

#[test]
fn a_plugin_sees_what_the_visitor_sees_unless_it_says_so() {
    let config = json!({"databases": {"people": {"tables": {"people": {
        "fts_table": "people_fts", "columns": {"zq_mail": {"allow": {"id": "root"}}},
    }}}}});
    let site = site(&config);
    let root = cookie(&json!({"id": "root"}));
    let sql = json!({"database": "people", "sql": "select zq_mail from people", "params": [], "options": {}});
    for more in ["", "&for=visitor"] {
        assert!(ask(&site, "query", &sql, more, &root).text().contains("zebra"));
        let refused = ask(&site, "query", &sql, more, "");
        assert!(refused.status == 400 && !refused.text().contains("zebra"), "{}", refused.text());
        let seen = ask(&site, "query_with_hidden_columns", &sql, more, "");
        assert!(seen.text().contains("zebra"), "{}", seen.text());
    }
    let people = json!({"database": "people", "table": "people", "column": "boss_id", "values": [1]});
    for service in
        ["columns", "table_definition", "table_config", "fts_table", "label_column", "foreign_keys"]
    {
        let seen = ask(&site, service, &people, "", "").text();
        assert!(!seen.contains("zq_mail") && !seen.contains("people_fts"), "{service}: {seen}");
    }
    assert!(ask(&site, "columns", &people, "", &root).text().contains("zq_mail"));
}
