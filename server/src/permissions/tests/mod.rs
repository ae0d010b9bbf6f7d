//! What the whole engine promises, with rules as plugins write them.

mod listing;
mod made_tables;

use std::sync::atomic::Ordering;

use datasette_plugin_api::PermissionSql;

use super::fixture::{Site, actor, request};
use super::*;
use crate::error::Error;

const TABLE: Resource<'static> = Resource::Table("d", "t");

fn allow_all() -> Vec<PermissionSql> {
    vec![PermissionSql::allow("everybody")]
}

#[track_caller]
fn check(site: &Site, who: Option<&str>, action: &str, resource: Resource<'_>, expected: bool) {
    let request = request(who.map(actor));
    for _ in 0..2 {
        assert_eq!(
            site.permissions.allowed(&request, action, resource).unwrap(),
            expected,
            "{action} {resource:?}"
        );
    }
    let checker = site.permissions.checker(&request, action).unwrap();
    assert_eq!(
        checker.allows(resource.parent(), resource.child()).unwrap(),
        expected,
        "checker: {resource:?}"
    );
    let explained = site.permissions.explain(&request, action, resource).unwrap();
    assert_eq!(explained.allowed, expected, "{}", explained.summary);
}

#[test]
fn without_plugins_nobody_may_do_anything() {
    let site = Site::new(|_, _| Ok(vec![]));
    check(&site, Some("root"), "view-instance", Resource::Instance, false);
    check(&site, None, "view-table", TABLE, false);
}

#[test]
fn rules_of_all_plugins_count_together() {
    let site = Site::new(|_, _| {
        let mut said = allow_all();
        said.push(PermissionSql::rows("select 'd' as parent, null as child, 0 as allow, 'secret' as reason"));
        said.push(PermissionSql::rows("select 'd' as parent, 'T' as child, 1 as allow, 'open' as reason"));
        Ok(said)
    });
    check(&site, None, "view-table", TABLE, true);
    check(&site, None, "view-table", Resource::Table("d", "u"), false);
    check(&site, None, "view-table", Resource::Table("e", "u"), true);
    check(&site, None, "view-database", Resource::Database("d"), false);
    // Tables are the same in any case, queries are not.
    check(&site, None, "view-query", Resource::Query("d", "t"), false);
    check(&site, None, "view-query", Resource::Query("d", "T"), true);
}

#[test]
fn parameters_of_two_plugins_do_not_meet() {
    let site = Site::new(|_, _| {
        let rule = "select :parent as parent, null as child, :allow as allow, null as reason";
        Ok(vec![
            PermissionSql::rows(rule).param("parent", "d").param("allow", 1),
            PermissionSql::rows(rule).param("parent", "e").param("allow", 0),
        ])
    });
    check(&site, None, "view-database", Resource::Database("d"), true);
    check(&site, None, "view-database", Resource::Database("e"), false);
}

#[test]
fn rules_know_who_asks_for_what() {
    let site = Site::new(|_, _| {
        Ok(vec![PermissionSql::rows(
            "select null as parent, null as child, \
             :actor_id = 'ann' and :actor ->> 'id' = 'ann' and :action = 'view-table' as allow, '' as reason",
        )])
    });
    check(&site, Some("ann"), "view-table", TABLE, true);
    check(&site, Some("bob"), "view-table", TABLE, false);
    check(&site, None, "view-table", TABLE, false);
    check(&site, Some("ann"), "view-instance", Resource::Instance, false);
}

#[test]
fn only_a_plain_one_allows() {
    for value in ["null", "'1'", "1.0", "2", "-1", "'yes'"] {
        let sql = format!("select null as parent, null as child, {value} as allow, '' as reason");
        let site = Site::new(move |_, _| Ok(vec![PermissionSql::rows(sql.clone())]));
        check(&site, None, "view-instance", Resource::Instance, false);
    }
}

#[test]
fn what_an_action_requires_has_to_be_allowed_too() {
    let without = |missing: &'static str| {
        Site::new(move |_, action| Ok(if action == missing { vec![] } else { allow_all() }))
    };
    check(&without("nothing"), None, "store-query", Resource::Database("d"), true);
    for missing in ["store-query", "execute-sql", "view-database"] {
        check(&without(missing), None, "store-query", Resource::Database("d"), false);
    }
    check(&without("store-query"), None, "execute-sql", Resource::Database("d"), true);
}

#[test]
fn restrictions_of_all_plugins_have_to_pass() {
    let site = Site::new(|_, _| {
        Ok(vec![
            PermissionSql::allow("everybody").restricted_to("select 'd' as parent, null as child"),
            PermissionSql::restriction("select 'd' as parent, 'T' as child union all select 'e', 't'"),
        ])
    });
    check(&site, None, "view-table", TABLE, true);
    check(&site, None, "view-table", Resource::Table("d", "u"), false);
    check(&site, None, "view-table", Resource::Table("e", "t"), false);
    check(&site, None, "view-instance", Resource::Instance, false);
}

#[test]
fn rules_from_tables_follow_the_tables() {
    let site = Site::new(|_, _| {
        Ok(vec![PermissionSql::rows(
            "select database_name as parent, name as child, 1 as allow, 'owner' as reason from queries \
             where owner_id = :actor_id",
        )])
    });
    let query = |owner: &str| crate::internal::StoredQuery {
        database: "d".into(),
        name: "q".into(),
        sql: "select 1".into(),
        source: "user".into(),
        owner_id: Some(owner.into()),
        ..Default::default()
    };
    let request = request(Some(actor("ann")));
    let mine = || site.permissions.allowed(&request, "view-query", Resource::Query("d", "q")).unwrap();
    assert!(!mine());
    site.internal.put_query(&query("ann")).unwrap();
    assert!(mine());
    check(&site, Some("bob"), "view-query", Resource::Query("d", "q"), false);
    check(&site, Some("ann"), "view-query", Resource::Query("d", "other"), false);
    site.internal.put_query(&query("bob")).unwrap();
    assert!(!mine());
}

#[test]
fn rules_over_the_catalogue_find_it_filled() {
    let site = Site::new(|_, _| {
        let mut said = allow_all();
        said.push(PermissionSql::rows(
            "select database_name as parent, table_name as child, 0 as allow, 'no' as reason \
             from catalog_tables where table_name = 'u'",
        ));
        Ok(said)
    });
    check(&site, None, "view-table", Resource::Table("d", "u"), false);
    check(&site, None, "view-table", TABLE, true);
}

#[test]
fn a_plugin_that_fails_forbids() {
    let failing = |_: Option<&Actor>, _: &str| {
        Err(Error::Plugin { plugin: "p".into(), hook: "permission_resources_sql", message: "boom".into() })
    };
    let site = Site::new(failing);
    assert!(site.permissions.allowed(&request(None), "view-table", TABLE).is_err());
    assert!(site.permissions.require(&request(None), "view-table", TABLE).is_err());
    assert!(site.permissions.visibility(&request(None), "view-table", TABLE).is_err());
    assert!(site.permissions.list(&request(None), List::of("view-table")).is_err());
}

#[test]
fn sql_that_fails_forbids_and_names_its_plugin() {
    for sql in [
        "select no_such_column",
        "nonsense",
        "select 1 as allow",
        "select :missing as parent",
        "select 1) --",
        "select 1;",
    ] {
        let site = Site::new(move |_, _| {
            Ok(vec![PermissionSql::allow("all"), PermissionSql::rows(sql).source("bad")])
        });
        let error = site.permissions.allowed(&request(None), "view-table", TABLE).unwrap_err();
        assert!(matches!(&error, Error::Plugin { plugin, .. } if plugin == "bad"), "{sql}: {error}");
    }
}

#[test]
fn rules_can_not_write() {
    let site = Site::new(|_, _| Ok(vec![PermissionSql::rows("delete from queries returning 1")]));
    assert!(site.permissions.allowed(&request(None), "view-table", TABLE).is_err());
}

#[test]
fn an_unknown_action_is_an_error() {
    let site = Site::new(|_, _| Ok(allow_all()));
    assert!(site.permissions.allowed(&request(None), "fly", TABLE).is_err());
    assert!(site.permissions.explain(&request(None), "fly", TABLE).is_err());
}

#[test]
fn a_request_may_be_exempt() {
    let site = Site::new(|_, _| Ok(vec![]));
    let mut request = request(None);
    request.skip_permission_checks = true;
    assert!(site.permissions.allowed(&request, "view-table", TABLE).unwrap());
    let all = site.permissions.list(&request, List::of("view-table")).unwrap();
    assert_eq!(all.resources.len(), 4);
    assert!(site.permissions.explain(&request, "store-query", Resource::Database("d")).unwrap().allowed);
    // What it was told is not told to the request when it is not exempt any more.
    request.skip_permission_checks = false;
    assert!(!site.permissions.allowed(&request, "view-table", TABLE).unwrap());
}

#[test]
fn require_says_what_was_missing() {
    let site = Site::new(|_, _| Ok(vec![]));
    let error = site.permissions.require(&request(None), "view-table", TABLE).unwrap_err();
    assert!(matches!(error, Error::Forbidden(message) if message == "view-table"));
}

#[test]
fn visibility_tells_what_strangers_do_not_see() {
    let site = Site::new(|actor, _| Ok(if actor.is_some() { allow_all() } else { vec![] }));
    let see = |who: Option<&str>| {
        let visibility = site.permissions.visibility(&request(who.map(actor)), "view-table", TABLE).unwrap();
        (visibility.visible, visibility.private)
    };
    assert_eq!(see(Some("ann")), (true, true));
    assert_eq!(see(None), (false, false));
    let open = Site::new(|_, _| Ok(allow_all()));
    let visibility = open.permissions.visibility(&request(Some(actor("ann"))), "view-table", TABLE).unwrap();
    assert_eq!(visibility, Visibility { visible: true, private: false });
}

#[test]
fn plugins_are_asked_once_per_request_actor_and_action() {
    let site = Site::new(|_, _| Ok(allow_all()));
    let first = request(Some(actor("ann")));
    for table in ["t", "u", "v"] {
        site.permissions.visibility(&first, "view-table", Resource::Table("d", table)).unwrap();
    }
    assert_eq!(site.rules.asked.load(Ordering::Relaxed), 2);
    let second = request(Some(actor("ann")));
    site.permissions.allowed(&second, "view-table", TABLE).unwrap();
    assert_eq!(site.rules.asked.load(Ordering::Relaxed), 3);
}

#[test]
fn answers_for_one_actor_are_not_answers_for_another() {
    let site = Site::new(|actor, _| {
        Ok(if actor.and_then(Actor::id).as_deref() == Some("ann") { allow_all() } else { vec![] })
    });
    let mut request = request(Some(actor("ann")));
    assert!(site.permissions.allowed(&request, "view-table", TABLE).unwrap());
    request.actor = Some(actor("bob"));
    assert!(!site.permissions.allowed(&request, "view-table", TABLE).unwrap());
    request.actor = None;
    assert!(!site.permissions.allowed(&request, "view-table", TABLE).unwrap());
}

#[test]
fn questions_within_questions_end() {
    use std::sync::OnceLock;
    static SITE: OnceLock<Site> = OnceLock::new();
    let site = SITE.get_or_init(|| {
        Site::new(|actor, action| {
            let Some(site) = SITE.get() else { return Ok(vec![]) };
            site.permissions.allowed_as(None, actor, action, TABLE)?;
            Ok(allow_all())
        })
    });
    assert!(site.permissions.allowed(&request(None), "view-table", TABLE).is_err());
}

#[test]
fn checks_are_kept_with_what_they_required_first() {
    let site = Site::new(|_, _| Ok(allow_all()));
    site.permissions.allowed(&request(None), "execute-sql", Resource::Database("d")).unwrap();
    let checks = site.permissions.recent_checks();
    let actions: Vec<_> = checks.iter().map(|check| (check.action.as_str(), check.result)).collect();
    assert_eq!(actions, [("execute-sql", true), ("view-database", true)]);
    for _ in 0..300 {
        site.permissions.allowed(&request(None), "view-instance", Resource::Instance).unwrap();
    }
    assert_eq!(site.permissions.recent_checks().len(), 200);
}

#[test]
fn an_answer_is_explained() {
    let site = Site::new(|_, _| {
        Ok(vec![
            PermissionSql::allow("everybody").source("defaults"),
            PermissionSql::rows("select 'd' as parent, null as child, 0 as allow, 'closed' as reason")
                .source("config"),
            PermissionSql::rows("select 'd' as parent, null as child, 1 as allow, 'open' as reason")
                .source("other"),
            PermissionSql::restriction("select 'e' as parent, null as child").source("token"),
        ])
    });
    let explained = site.permissions.explain(&request(None), "execute-sql", Resource::Database("d")).unwrap();
    let rules: Vec<_> = explained
        .matched_rules
        .iter()
        .map(|rule| format!("{} {} {} {:?}", rule.scope, rule.effect, rule.source, rule.ignored_because))
        .collect();
    assert_eq!(
        rules,
        [
            "parent deny config None",
            "parent allow other Some(\"A deny rule matched at the same scope\")",
            "global allow defaults Some(\"A more specific rule matched\")",
        ]
    );
    assert_eq!(explained.restrictions.len(), 1);
    assert!(!explained.restrictions[0].allowed && !explained.restriction_allowed);
    assert_eq!(
        explained.summary,
        "Denied because execute-sql also requires view-database, which was denied."
    );
    assert!(explained.required_actions[0].summary.starts_with("Denied by a parent-level rule."));
    let keys = serde_json::to_value(&explained).unwrap();
    let keys: Vec<_> = keys.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys.join(" "),
        "action rule_allowed restriction_allowed winning_scope matched_rules restrictions required_actions allowed summary"
    );
}

#[test]
fn rules_are_listed_with_those_that_allow_first() {
    let site = Site::new(|_, _| {
        Ok(vec![
            PermissionSql::rows("select null as parent, 'x' as child, 0 as allow, 'never' as reason"),
            PermissionSql::rows("select 'd' as parent, 't' as child, 1 as allow, 'yes' as reason"),
            PermissionSql::allow("all"),
        ])
    });
    let rules = site.permissions.rules(&request(None), "view-table").unwrap();
    let rules: Vec<_> = rules.iter().map(|r| (r.parent.as_deref(), r.child.as_deref(), r.allow)).collect();
    let expected = [
        (None, None, true),
        (Some("d"), Some("t"), true),
        (Some("d"), Some("x"), false),
        (Some("e"), Some("x"), false),
    ];
    assert_eq!(rules, expected);
}

#[test]
#[ignore = "a measurement: cargo test --release -- --ignored --nocapture how_fast"]
fn how_fast() {
    use std::time::Instant;
    let tables: String = (0..4_000).map(|n| format!("create table t{n} (a);")).collect();
    let rows: Vec<_> = (0..100).map(|n| serde_json::json!(["d", format!("t{n}"), 1, "config"])).collect();
    let rows = serde_json::json!(rows).to_string();
    let site = Site::empty(move |_, _| {
        Ok(vec![
            PermissionSql::allow("everybody"),
            PermissionSql::rows(
                "select value ->> 0 as parent, value ->> 1 as child, value ->> 2 as allow, value ->> 3 as reason \
                 from json_each(:rows)",
            )
            .param("rows", rows.clone()),
            PermissionSql::rows(
                "select database_name as parent, name as child, 1 as allow, '' as reason from queries \
                 where owner_id = :actor_id",
            ),
        ])
    });
    site.add("d", &tables);
    let who = request(Some(actor("ann")));
    let timed = |what: &str, times: u32, work: &dyn Fn()| {
        let started = Instant::now();
        (0..times).for_each(|_| work());
        println!("{what}: {:?}", started.elapsed() / times);
    };
    let ask = |request: &Request, table: &str| {
        assert!(site.permissions.allowed(request, "view-table", Resource::Table("d", table)).unwrap());
    };
    timed("first question ever", 1, &|| ask(&who, "t1"));
    timed("the same again", 10_000, &|| ask(&who, "t1"));
    let names: Vec<String> = (0..1000).map(|n| format!("t{n}")).collect();
    timed("1000 other tables of the request", 1, &|| names.iter().for_each(|name| ask(&who, name)));
    timed("first question of a request", 1_000, &|| ask(&request(Some(actor("ann"))), "t1"));
    let list = List { include_private: true, include_reasons: true, limit: 1_000, ..List::of("view-table") };
    timed("list of 4000", 20, &|| {
        assert_eq!(site.permissions.list_all(&who, list).unwrap().len(), 4_000);
    });
    timed("page of 1000", 20, &|| {
        assert_eq!(site.permissions.list(&who, list).unwrap().resources.len(), 1_000);
    });
}
