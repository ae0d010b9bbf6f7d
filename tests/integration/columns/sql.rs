//! SQL that visitors write, and views.

use super::*;

#[test]
fn arbitrary_sql_is_denied_in_every_form() {
    let site = setup().start();
    for sql in [
        "select zq_mail from people",
        "select * from people",
        "select \"zq_mail\" from people",
        "select p.ZQ_MAIL from People p",
        "select main.people.zq_mail from main.people",
        "select host from people",
        "select id from (select * from people)",
        "with x as (select * from people) select id from x",
        "select id from people order by zq_pay",
        "select id from people where zq_pay > 31415921",
        "select sum(zq_pay) from people",
        "select id from people group by zq_pay having count(*) > 0",
        "select id, (select zq_mail from people x where x.id = p.id) from people p",
        "select id from plain where word in (select zq_mail from people)",
        "select * from everybody",
        "select id from everybody",
        "select id from nested",
        "select id from joined",
        "select count(*) from joined",
        "select people.id from people natural join (select 'ann@zebra.example' as zq_mail)",
        "select people.id from people join (select 'ann@zebra.example' as zq_mail) using (zq_mail)",
        "select people.id from people join plain on people.zq_mail = plain.word",
        "select rowid from people_fts where people_fts match 'zq_mail : ann'",
        "select rowid from people_fts('ann')",
        "select count(*) from people_fts",
        "select highlight(people_fts, 1, '<', '>') from people_fts",
        "select * from people_words",
        "select * from people_fts_data",
        "select * from people_fts_content",
        "select sql from sqlite_master",
        "select sql from sqlite_schema where name = 'people'",
        "select * from pragma_table_info('people')",
        "select * from pragma_table_xinfo('PEOPLE')",
        "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c",
        "select * from pragma_index_info('people_by_mail')",
        "select * from sqlite_stat4",
        // In the order of the index over what is hidden.
        "select id from people",
        "select id from people limit 1",
        "select id from people indexed by people_by_mail",
        "select id from plain where id = (select id from people limit 1)",
        "select zq_author from notes",
        "select * from notes",
        "explain select zq_mail from people",
        "explain query plan select zq_mail from people",
        "values ((select max(zq_mail) from people))",
    ] {
        let query = url(sql);
        // Prepared, run and remembered for root first.
        let first = get(&site, &format!("/people/-/query.json?sql={query}"), &root());
        for end in [".json", ".csv", ".ndjson", ""] {
            let target = format!("/people/-/query{end}?sql={query}");
            let answer = get(&site, &target, "");
            let text = answer.text();
            // What the visitor typed is in the form again.
            let is_quiet = end.is_empty()
                || (!text.contains("zebra") && !text.contains("zq_") && !text.contains("3141592"));
            let is_named = text.contains("may not see") || text.contains("with ON") || first.status != 200;
            let is_refused = answer.status == 400 || end.is_empty();
            assert!(is_refused && is_quiet && is_named, "{target} {}: {text}", answer.status);
        }
    }
    for sql in [
        "select id, name from people",
        "select id from people not indexed",
        "select count(*) from people",
        "select * from names",
        "select * from plain",
        "select zq_not from plain",
        "select text from notes",
        "select rowid from notes_fts where notes_fts match 'apples'",
        "select name, type from sqlite_master",
        "select * from pragma_table_info('plain')",
    ] {
        let answer = get(&site, &format!("/people/-/query.json?_shape=array&sql={}", url(sql)), "");
        assert_eq!(answer.status, 200, "{sql}: {}", answer.text());
    }
}

#[test]
fn tables_and_views_that_show_a_hidden_column_are_closed() {
    let site = setup().start();
    for name in
        ["everybody", "nested", "joined", "people_fts", "people_words", "people_fts_data", "people_fts_idx"]
    {
        for end in ["", ".json", ".csv", ".ndjson", "/-/schema", "/-/schema.json"] {
            let answer = get(&site, &format!("/people/{name}{end}"), "");
            assert_eq!(answer.status, 403, "{name}{end}: {}", answer.text());
            assert!(!shows(&answer));
        }
        let listed = |headers: &str| {
            let answer = get(&site, "/people.json", headers).json();
            let (tables, views) = (answer["tables"].to_string(), answer["views"].to_string());
            format!("{tables}{views}").contains(&format!("\"name\":\"{name}\""))
        };
        assert!(!listed(""), "{name} is in the list");
        // What an index is made of is nobody's business.
        let is_inner = name.starts_with("people_fts_") || name == "people_words";
        assert_eq!(listed(&root()), !is_inner, "{name} in root's list");
    }
    assert_eq!(get(&site, "/people/names.json", "").status, 200);
    assert_eq!(get(&site, "/people/everybody.json", &root()).status, 200);
    // The statement of the table names its columns.
    assert_eq!(get(&site, "/people/people/-/schema.json", "").status, 403);
    assert_eq!(get(&site, "/people/plain/-/schema.json", "").status, 200);
    // So does that of a table that refers to one.
    assert_eq!(get(&site, "/people/tells/-/schema.json", "").status, 403);
    assert_eq!(
        get(&site, "/people/tells.json?_extra=table_definition", "").json()["table_definition"],
        Value::Null
    );
    assert!(
        get(&site, "/people/plain.json?_extra=table_definition", "").json()["table_definition"].is_string()
    );
    let schema = get(&site, "/people/-/schema.json", "").json()["schema"].as_str().unwrap().to_owned();
    assert!(schema.contains("CREATE TABLE plain") && !schema.contains("CREATE TABLE people"), "{schema}");
    assert!(!schema.replace("zq_not", "").contains("zq_"), "{schema}");
}

#[test]
fn a_view_that_is_made_later_is_closed_as_well() {
    let site = setup().start();
    let made = post(
        &site,
        "/people/-/execute-write",
        &root(),
        &json!({"sql": "create view late as select * from people"}),
    );
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(get(&site, "/people/late.json", "").status, 403);
    assert_eq!(get(&site, "/people/late.json", &root()).status, 200);
    // A table that comes later is protected by a rule that waited for it.
    let mut config = config();
    config["databases"]["people"]["tables"]["later"] =
        json!({"columns": {"zq_x": {"allow": {"id": "root"}}}});
    let site = Setup::new().database("people").config(&config).args(&["--secret", SECRET]).start();
    let made = post(
        &site,
        "/people/-/create",
        "",
        &json!({"table": "later", "row": {"id": 1, "zq_x": "zebra"}, "pk": "id"}),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(get(&site, "/people/later.json?_shape=array", "").json(), json!([{"id": 1}]));
}
