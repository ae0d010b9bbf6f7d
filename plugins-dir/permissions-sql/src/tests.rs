//! Rules, asked in a server whose queries answer by a function.

use datasette_plugin_api::testing::{FakeHost, Harness};

use super::*;

fn rows(rows: &Json) -> Json {
    let columns = rows[0].as_array().map_or(1, Vec::len);
    json!({"columns": vec!["c"; columns], "rows": rows})
}

/// `answer` gives the rows of a query, from its SQL and parameters.
fn site(config: Json, answer: fn(&str, &Json) -> Json) -> Harness<PermissionsSql> {
    let host = FakeHost::new()
        .config(config)
        .answer(
            "registered_actions",
            json!([
                {"name": "view-instance", "description": "", "resource": "instance"},
                {"name": "view-database", "description": "", "resource": "database"},
                {"name": "view-table", "description": "", "resource": "table"},
                {"name": "view-query", "description": "", "resource": "query"},
            ]),
        )
        .answer("databases", json!([{"name": "_memory", "is_memory": true}, {"name": "a"}, {"name": "b"}]))
        .answer_with("internal_query", |args| {
            let sql = args["sql"].as_str().unwrap_or_default();
            let found = if sql.contains("catalog_tables") {
                json!([["a", "t"], ["a", "u"], ["b", "t"]])
            } else if sql.contains("catalog_databases") {
                json!([["a", null], ["b", null]])
            } else {
                json!([["a", "q"]])
            };
            Ok(json!({"columns": ["p", "c"], "rows": found}))
        })
        .answer_with("query_with_hidden_columns", move |args| {
            let params: Map =
                serde_json::from_value::<Vec<(String, Json)>>(args["params"].clone())?.into_iter().collect();
            let sql = args["sql"].as_str().unwrap_or_default();
            if sql.contains("fail") {
                return Err(Error::bad_request("no such table: fail"));
            }
            Ok(rows(&answer(sql, &Json::Object(params))))
        });
    Harness::with(host)
}

/// `parent child allow` of every row.
fn said(site: &Harness<PermissionsSql>, action: &str, actor: Json) -> Vec<String> {
    let args = PermissionResourcesSql::new(Actor::from_json(actor), action);
    let answers = site.permission_resources_sql(&args).unwrap().unwrap();
    let rows = answers.first().map_or(json!([]), |said| said.params[0].1.clone());
    let name = |value: &Json| value.as_str().unwrap_or("*").to_owned();
    let line = |row: &Json| format!("{} {} {}", name(&row[0]), name(&row[1]), row[2]);
    rows.as_array().unwrap().iter().map(line).collect()
}

#[test]
fn rows_allow_and_none_forbid() {
    let config = json!([{"action": "view-query", "resource": ["a", "q"], "sql": "select * from staff where id = :actor_id"}]);
    let site = site(config, |_, params| if params["actor_id"] == 2 { json!([[1, 2]]) } else { json!([]) });
    assert_eq!(said(&site, "view-query", json!({"id": 2})), ["a q 1"]);
    assert_eq!(said(&site, "view-query", json!({"id": 3})), ["a q 0"]);
    assert_eq!(said(&site, "view-query", Json::Null), ["a q 0"]);
    assert!(said(&site, "view-table", json!({"id": 2})).is_empty(), "other actions are not its business");
}

#[test]
fn each_table_is_asked_about_if_the_query_looks_at_it() {
    let sql = "select 1 from access where user_id = :actor_id and d = :resource_1 and t = :resource_2";
    let site = site(json!([{"action": "view-table", "sql": sql}]), |_, params| {
        if params["resource_1"] == "a" && params["resource_2"] == "u" { json!([[1]]) } else { json!([]) }
    });
    // The last row closes tables that come into being.
    assert_eq!(said(&site, "view-table", json!({"id": 1})), ["a t 0", "a u 1", "b t 0", "* * 0"]);
    let queries = |site: &Harness<PermissionsSql>| {
        site.asked().iter().filter(|(method, _)| method == "query_with_hidden_columns").count()
    };
    assert_eq!(queries(&site), 3);
}

#[test]
fn a_query_that_does_not_look_is_asked_once() {
    let site = site(
        json!([{"sql": "select 1 where :actor_role = 'staff' and :action is not null"}]),
        |_, params| {
            if params["actor_role"] == "staff" { json!([[1]]) } else { json!([]) }
        },
    );
    assert_eq!(said(&site, "view-table", json!({"role": "staff"})), ["a t 1", "a u 1", "b t 1", "* * 0"]);
    let queries = site.asked().iter().filter(|(method, _)| method == "query_with_hidden_columns").count();
    assert_eq!(queries, 1);
    assert_eq!(said(&site, "view-database", Json::Null), ["a * 0", "b * 0", "* * 0"]);
    assert_eq!(said(&site, "view-instance", Json::Null), ["* * 0"]);
}

#[test]
fn in_fallback_mode_silence_is_no_opinion() {
    let rule = json!([{"action": "view-database", "fallback": true, "sql": "select :resource_1"}]);
    let site = site(rule, |_, params| match params["resource_1"].as_str() {
        Some("a") => json!([[-1]]),
        _ => json!([]),
    });
    assert_eq!(said(&site, "view-database", Json::Null), ["a * 0"]);
}

#[test]
fn values_of_a_single_cell_have_a_meaning() {
    let verdict = |value: Json, fallback: bool| {
        let rule = &Rule::list(&json!([{"sql": "s", "fallback": fallback}])).unwrap()[0];
        let host = FakeHost::new()
            .answer("databases", json!([{"name": "a"}]))
            .answer("query_with_hidden_columns", rows(&value));
        ask(rule, host)
    };
    use rules::Verdict::{Allow, Deny, NoOpinion};
    for (value, strict, fallback) in [
        (json!([[1]]), Allow, Allow),
        (json!([["x"]]), Allow, Allow),
        (json!([[-1]]), Deny, Deny),
        (json!([[0]]), Deny, Deny),
        (json!([[null]]), Deny, NoOpinion),
        (json!([]), Deny, NoOpinion),
        (json!([[-1, 1]]), Allow, Allow),
        (json!([[-1], [1]]), Allow, Allow),
    ] {
        assert_eq!(
            (verdict(value.clone(), false), verdict(value.clone(), true)),
            (strict, fallback),
            "{value}"
        );
    }
}

/// Asks a rule by way of a plugin that keeps the host it was given.
fn ask(rule: &Rule, host: FakeHost) -> rules::Verdict {
    use std::sync::Mutex;
    static HOST: Mutex<Option<Host>> = Mutex::new(None);
    struct Keeper;
    #[hookimpl]
    impl Plugin for Keeper {
        fn new(host: Host) -> Result<Self> {
            *HOST.lock().unwrap() = Some(host);
            Ok(Self)
        }
    }
    drop(Harness::<Keeper>::with(host));
    let host = HOST.lock().unwrap().take().unwrap();
    rule.ask(&host, "view-instance", None, None, None)
}

#[test]
fn the_first_rule_with_an_opinion_decides() {
    let rules = json!([
        {"action": "view-instance", "sql": "first", "fallback": true},
        {"action": "view-instance", "sql": "second"},
    ]);
    let site = site(rules, |sql, _| if sql == "second" { json!([[1]]) } else { json!([]) });
    assert_eq!(said(&site, "view-instance", Json::Null), ["* * 1"]);
}

#[test]
fn a_query_that_fails_forbids_even_in_fallback_mode() {
    let rule = json!([{"action": "view-database", "resource": "a", "fallback": true, "sql": "select fail"}]);
    let site = site(rule, |_, _| json!([[1]]));
    assert_eq!(said(&site, "view-database", json!({"id": "root"})), ["a * 0"]);
    assert!(site.logged()[0].contains("no such table: fail"), "{:?}", site.logged());
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let check = |config: Json, expected: &str| {
        let error = Harness::<PermissionsSql>::start(FakeHost::new().config(config)).err().unwrap().message;
        assert!(error.contains(expected), "{error}");
    };
    check(json!({}), "list of rules");
    check(json!([{"sql": "select 1"}, {}]), "rule 2 of datasette-permissions-sql: it needs sql");
    check(json!([{"sql": 1}]), "sql has to be a text");
    check(json!([{"sql": "s", "resources": []}]), "no option resources");
    check(json!([{"sql": "s", "resource": ["a", "b", "c"]}]), "resource has to be");
    check(json!([{"sql": "s", "resource": []}]), "resource has to be");
    check(json!([{"sql": "s", "fallback": 1}]), "true or false");
    assert!(Harness::<PermissionsSql>::start(FakeHost::new().config(Json::Null)).is_ok());
}
