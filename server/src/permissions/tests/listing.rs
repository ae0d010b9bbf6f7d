//! Lists of what somebody may use.

use super::*;

/// `parent/child` of each, a star behind what is private.
fn names(items: &[AllowedResource]) -> String {
    let name = |item: &AllowedResource| {
        let parts = [item.parent.as_deref().unwrap_or("-"), item.child.as_deref().unwrap_or("-")];
        format!("{}{}", parts.join("/"), if item.private == Some(true) { "*" } else { "" })
    };
    items.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(site: &Site, who: Option<&str>, list: List<'_>, expected: &str) {
    let request = request(who.map(actor));
    assert_eq!(names(&site.permissions.list_all(&request, list).unwrap()), expected);
    // Pages of any size are the same list.
    for limit in 1..4 {
        let (mut all, mut next) = (Vec::new(), None::<String>);
        loop {
            let list = List { limit, next: next.as_deref(), ..list };
            let page = site.permissions.list(&request, list).unwrap();
            assert!(page.resources.len() <= limit);
            all.extend(page.resources);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(names(&all), expected, "in pages of {limit}");
    }
}

#[test]
fn tables_come_by_database_and_name() {
    let site = Site::new(|_, _| Ok(allow_all()));
    check(&site, None, List::of("view-table"), "d/t d/u e/t e/u");
    check(&site, None, List { parent: Some("e"), ..List::of("view-table") }, "e/t e/u");
    check(&site, None, List { parent: Some("nope"), ..List::of("view-table") }, "");
}

#[test]
fn other_kinds_are_listed_too() {
    let site = Site::new(|_, _| Ok(allow_all()));
    check(&site, None, List::of("view-database"), "d/- e/-");
    check(&site, None, List::of("store-query"), "d/- e/-");
    check(&site, None, List::of("view-instance"), "-/-");
    for (database, name) in [("d", "b"), ("d", "a"), ("gone", "c")] {
        let query = crate::internal::StoredQuery {
            database: database.into(),
            name: name.into(),
            source: "user".into(),
            ..Default::default()
        };
        site.internal.put_query(&query).unwrap();
    }
    check(&site, None, List::of("view-query"), "d/a d/b");
}

#[test]
fn a_new_table_is_listed_at_once() {
    let site = Site::new(|_, _| Ok(allow_all()));
    check(&site, None, List::of("view-table"), "d/t d/u e/t e/u");
    let database = site.databases.read().iter().find(|database| database.name == "d").cloned().unwrap();
    database
        .write(|writer| Ok(writer.script("create table \"New\" (a); create view v as select 1")?))
        .unwrap();
    check(&site, None, List::of("view-table"), "d/New d/t d/u d/v e/t e/u");
}

#[test]
fn lists_hold_what_single_checks_allow() {
    let site = Site::new(|actor, action| {
        let mut said = allow_all();
        said.push(PermissionSql::rows("select 'd' as parent, 'T' as child, 0 as allow, 'no' as reason"));
        if action == "view-table" && actor.is_some() {
            said.push(PermissionSql::rows("select 'e' as parent, null as child, 0 as allow, 'no' as reason"));
            said.push(PermissionSql::restriction(
                "select null as parent, 'u' as child union all select 'e', 't'",
            ));
        }
        Ok(said)
    });
    check(&site, None, List::of("view-table"), "d/u e/t e/u");
    check(&site, Some("ann"), List::of("view-table"), "d/u");
    check(&site, Some("ann"), List::of("see-more"), "d/u");
    let request = request(Some(actor("ann")));
    for (database, table) in [("d", "t"), ("d", "u"), ("e", "t"), ("e", "u")] {
        let resource = Resource::Table(database, table);
        let single = site.permissions.allowed(&request, "see-more", resource).unwrap();
        assert_eq!(single, (database, table) == ("d", "u"), "{database}/{table}");
    }
}

#[test]
fn what_strangers_do_not_see_is_private() {
    let site = Site::new(|actor, _| {
        let everybody = "select 'd' as parent, 't' as child, 1 as allow, 'open' as reason";
        Ok(if actor.is_some() { allow_all() } else { vec![PermissionSql::rows(everybody)] })
    });
    check(&site, Some("ann"), List { include_private: true, ..List::of("view-table") }, "d/t d/u* e/t* e/u*");
    check(&site, None, List { include_private: true, ..List::of("view-table") }, "d/t");
}

#[test]
fn restrictions_count_for_strangers_too() {
    let site = Site::new(|actor, _| {
        let mut said = allow_all();
        if actor.is_none() {
            said.push(PermissionSql::restriction("select 'd' as parent, null as child"));
        }
        Ok(said)
    });
    check(&site, Some("ann"), List { include_private: true, ..List::of("view-database") }, "d/- e/-*");
}

#[test]
fn reasons_are_those_of_the_rules_that_decide() {
    let site = Site::new(|_, _| {
        Ok(vec![
            PermissionSql::allow("everybody").source("defaults"),
            PermissionSql::rows("select 'd' as parent, 't' as child, 1 as allow, 'open' as reason")
                .source("config"),
            PermissionSql::rows("select 'd' as parent, 't' as child, 1 as allow, null as reason")
                .source("silent"),
        ])
    });
    let list = List { include_reasons: true, parent: Some("d"), ..List::of("view-table") };
    let page = site.permissions.list(&request(None), list).unwrap();
    let reasons: Vec<_> = page.resources.iter().map(|item| item.reasons.join("+")).collect();
    assert_eq!(reasons, ["config: open", "defaults: everybody"]);
}

#[test]
fn tokens_are_datasettes() {
    let site = Site::new(|_, _| Ok(allow_all()));
    site.add("a b", "create table \"x.y\" (a); create table z (a)");
    let next = |list: List<'_>| site.permissions.list(&request(None), list).unwrap().next;
    assert_eq!(next(List { limit: 1, ..List::of("view-table") }).as_deref(), Some("a+b,x~2Ey"));
    assert_eq!(next(List { limit: 1, ..List::of("view-database") }).as_deref(), Some("a+b,None"));
    let all = List { next: Some("nonsense"), ..List::of("view-database") };
    assert_eq!(site.permissions.list(&request(None), all).unwrap().resources.len(), 3);
}

#[test]
fn a_database_that_can_not_be_read_is_left_out() {
    let site = Site::new(|_, _| Ok(allow_all()));
    site.databases.write().push(crate::internal::fixture::missing("dd"));
    check(&site, None, List::of("view-table"), "d/t d/u e/t e/u");
}
