//! Columns that not everybody may see: every way in which they could be seen all the same.
//!
//! In `people.sql` their names begin with `zq_`, and their values have a zebra in them.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Answer, Setup, Site};

const JSON: &str = "content-type: application/json\r\n";

fn config() -> Value {
    let root = json!({"id": "root"});
    json!({
        "databases": {"people": {
            "tables": {
                "people": {
                    "label_column": "zq_mail",
                    "sort_desc": "zq_pay",
                    "facets": ["zq_mail", {"date": "zq_pay"}, "boss_id"],
                    "columns": {
                        "name": "What people call them",
                        "ZQ_Mail": {"description": "zq_mail is for letters", "allow": root},
                        "zq_pay": {"allow": root},
                        "zq_photo": {"allow": {"id": ["root", "cy"]}},
                    },
                },
                "letters": {"columns": {"zq_weight": {"allow": root}, "zq_code": {"allow": root}}},
                "notes": {"columns": {
                    "zq_author": {"allow": root},
                    "zq_other_id": {"allow": root},
                }},
            },
        }},
        "permissions": {
            "insert-row": true, "update-row": true, "delete-row": true, "execute-write-sql": true,
            "alter-table": true, "create-view": true, "create-table": true, "set-column-type": true,
            "store-query": {"id": "*"}, "drop-table": true,
        },
        "settings": {"trace_debug": true, "max_returned_rows": 200},
    })
}

fn setup() -> Setup {
    Setup::new().database("people").config(&config()).args(&["--secret", SECRET])
}

fn root() -> String {
    cookie(&json!({"id": "root"}))
}

fn get(site: &Site, target: &str, headers: &str) -> Answer {
    site.connect().request("GET", target, headers, b"")
}

fn post(site: &Site, target: &str, headers: &str, body: &Value) -> Answer {
    let headers = format!("{JSON}{headers}");
    site.connect().request("POST", target, &headers, body.to_string().as_bytes())
}

/// Whether something of the hidden columns is in there.
fn shows(answer: &Answer) -> bool {
    let (mut text, asked) = (answer.text().to_lowercase(), "zq_not");
    text.push_str(&format!("{:?}", answer.headers).to_lowercase());
    text.replace(asked, "").contains("zq_") || text.contains("zebra") || text.contains("3141592")
}

/// Pages that show root something that a stranger may not see.
const TELLING: &[&str] = &[
    "/people/people",
    "/people/people.json",
    "/people/people.json?_shape=objects",
    "/people/people.json?_shape=array",
    "/people/people.json?_shape=object",
    "/people/people.json?_shape=arrays",
    "/people/people.json?_shape=arrayfirst&_nl=on&_col=zq_mail",
    "/people/people.json?_labels=on",
    "/people/people.json?_extra=columns,all_columns,primary_keys,column_details,display_columns,metadata",
    "/people/people.json?_extra=column_types,set_column_type_ui,render_cell,debug,query,count_sql",
    "/people/people.json?_extra=table_definition,expandable_columns,renderers,form_hidden_args",
    "/people/people.json?_extra=facet_results,sorted_facet_results,suggested_facets,human_description_en",
    "/people/people.json?_facet=name&_facet_size=max",
    "/people/people.csv",
    "/people/people.csv?_stream=1",
    "/people/people.csv?_labels=on",
    "/people/people.ndjson",
    "/people/people.ndjson?_stream=1",
    "/people/people?_trace=1",
    "/people/people.json?_trace=1&_extra=count,facet_results,suggested_facets",
    "/people/people/1",
    "/people/people/1.json",
    "/people/people/1.json?_extra=foreign_key_tables,columns,column_details,metadata,render_cell,query,debug",
    "/people/people/2.csv",
    "/people/people/-/fragment",
    "/people/people/-/fragment?_row=1",
    "/people/people/-/autocomplete?q=b",
    "/people/people/-/autocomplete?_initial=1",
    "/people/notes",
    "/people/notes.json?_labels=on",
    "/people/notes/1",
    "/people/notes/1.json",
    "/people/notes.csv?_labels=on",
    "/people",
    "/people.json",
    "/",
    "/.json?_sort=relationships",
    "/-/config.json",
    "/-/config",
    "/-/schema",
    "/-/schema.json",
    "/people/-/schema.json",
    "/people/-/schema.md",
    "/-/api",
    "/-/debug/autocomplete",
    "/-/debug/autocomplete?database=people&table=people",
    "/-/jump.json?q=e",
    "/-/jump.json?q=zq",
    "/people/-/query",
    "/people/-/foreign-key-targets",
    "/people/people/-/foreign-key-suggestions",
    "/people/letters",
    "/people/people/-/insert-form",
    "/people/people/1/-/update-form",
    "/people/people/1/-/delete-form",
    "/people/people/-/drop-form",
    "/people/notes/-/insert-form",
    "/people/letters/1/-/update-form",
    "/people/-/create-form",
    "/people/tells.json?_extra=table_definition,expandable_columns,column_details&_labels=on",
    "/people/tells/-/foreign-key-suggestions",
    "/people/names",
    "/people/names.json?_extra=view_definition,columns",
];

#[test]
fn no_page_tells_a_stranger_what_is_hidden() {
    let site = setup().start();
    let mut told = 0;
    for target in TELLING {
        // First somebody who may see it all, so that whatever is remembered is there.
        told += usize::from(shows(&get(&site, target, &root())));
        for headers in ["", &cookie(&json!({"id": "ann"}))] {
            let answer = get(&site, target, headers);
            // In the query string of the request itself it is no secret.
            let own = target.contains("zq_mail");
            assert!(own || answer.status == 200, "{target}: {} {}", answer.status, answer.text());
            let text = answer.text();
            assert!(if own { answer.status == 400 } else { !shows(&answer) }, "{target}: {text}");
        }
    }
    assert!(told > 30, "root sees it on {told} pages only: does this test look for the right words?");
}

#[test]
fn the_rest_of_the_table_is_as_it_was() {
    let site = setup().start();
    let answer = get(&site, "/people/people.json?_shape=array&_sort=id&_labels=off", "").json();
    assert_eq!(answer[0], json!({"id": 1, "name": "Ann", "boss_id": null}));
    let all = get(&site, "/people/people.json?_shape=array&_sort=id&_labels=off&_size=1", &root()).json();
    assert_eq!(all[0]["zq_mail"], "ann@zebra.example");
    assert_eq!(all[0]["host"], "zebra.example");
    // One of them is shown to somebody else.
    let some = get(&site, "/people/people.json?_shape=array&_sort=id&_size=1", &cookie(&json!({"id": "cy"})));
    let names: Vec<String> = some.json()[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["id", "name", "zq_photo", "boss_id"]);
    // Facets, counts, filters, sorting and paging go on working.
    let answer =
        get(&site, "/people/people.json?_facet=boss_id&_extra=count&name__contains=b&_sort_desc=name", "");
    assert_eq!((answer.status, &answer.json()["count"]), (200, &json!(1)));
    let page = get(&site, "/people/people.json?_size=1&_sort=name", "").json();
    let next = page["next_url"].as_str().unwrap().split_once("/people/people").unwrap().1.to_owned();
    let page = get(&site, &format!("/people/people{next}"), "").json();
    assert_eq!(page["rows"][0]["name"], "Bob");
    // Equal rows stand in the order of their key, not in that of an index over something hidden.
    let sql = get(&site, "/people/people.json?_sort=boss_id&_extra=query", "").json()["query"]["sql"].clone();
    assert!(sql.as_str().unwrap().contains("order by boss_id, id"), "{sql}");
    // The description of a column that is shown is shown.
    assert!(get(&site, "/people/people", "").text().contains("What people call them"));
}

#[test]
fn a_hidden_column_is_answered_as_one_that_does_not_exist() {
    let site = setup().start();
    let milliseconds = regex::Regex::new(r"[0-9.]+ ?ms").unwrap();
    for query in [
        "COL=ann@x",
        "COL__exact=1",
        "COL__contains=ann",
        "COL__gt=1",
        "COL__in=1,2",
        "COL__notin=1",
        "COL__arraycontains=a",
        "COL__date=2020-01-01",
        "COL__isnull=1",
        "COL__notnull=1",
        "COL__isblank=1",
        "COL__like=a%25",
        "COL__glob=a*",
        "_sort=COL",
        "_sort_desc=COL",
        "_col=COL",
        "_nocol=COL",
        "_facet=COL",
        "_facet_array=COL",
        "_facet_date=COL",
        "_where=COL+like+'a%25'",
        "_where=people.COL=1",
        "_where=exists(select+COL+from+people)",
        "_search_COL=ann",
        "_label=COL",
        "_next=1&_sort=COL",
        "_filter_column=COL&_filter_op=exact&_filter_value=1",
    ] {
        for table in ["people", "notes"] {
            let (hidden, missing) = (if table == "people" { "zq_mail" } else { "zq_author" }, "zr_none");
            for end in [".json", "", ".csv"] {
                let ask = |column: &str| {
                    let extra = "_nosuggest=1&_extra=query,count,human_description_en,facet_results";
                    let extra = if end == ".json" { extra } else { "_nosuggest=1" };
                    let target = format!("/people/{table}{end}?{}&{extra}", query.replace("COL", column));
                    get(&site, &target, "");
                    let answer = get(&site, &target, "");
                    let text = answer.text().replace(column, "COL");
                    // How long it took is in there.
                    let text = milliseconds.replace_all(&text, "").into_owned();
                    (answer.status, text)
                };
                // Somebody who may ask has asked before.
                get(&site, &format!("/people/{table}{end}?{}", query.replace("COL", hidden)), &root());
                assert_eq!(ask(hidden), ask(missing), "{query} {end}");
            }
        }
    }
    let rows = get(&site, "/people/people.json?zq_mail__contains=ann", &root()).json();
    assert_eq!(rows["rows"].as_array().unwrap().len(), 1);
    let target = "/people/people.json?zq_mail__startswith=";
    let rows = |letter: &str| get(&site, &format!("{target}{letter}"), "").json()["rows"].clone();
    assert_eq!(rows("a"), rows("x"));
}

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

fn url(sql: &str) -> String {
    percent_encoding::utf8_percent_encode(sql, percent_encoding::NON_ALPHANUMERIC).to_string()
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
fn search_is_there_if_its_index_holds_nothing_hidden() {
    let site = setup().start();
    let count = |target: &str, headers: &str| {
        get(&site, &format!("{target}&_extra=count"), headers).json()["count"].clone()
    };
    assert_eq!(count("/people/people.json?_search=ann", &root()), 1);
    // Without the index there is no search, whatever is asked.
    for words in ["ann", "nobody", "zq_mail:ann", "{zq_mail}:ann*"] {
        for raw in ["", "&_searchmode=raw"] {
            let target = format!("/people/people.json?_search={}{raw}", url(words));
            assert_eq!(count(&target, ""), 3, "{target}");
        }
    }
    for query in ["_fts_table=people_fts&_search=ann", "_fts_table=people_fts&_fts_pk=id&_search=ann"] {
        assert_eq!(get(&site, &format!("/people/people.json?{query}"), "").status, 400);
    }
    assert!(!get(&site, "/people/people", "").text().contains("name=\"_search\""));
    assert!(get(&site, "/people/people", &root()).text().contains("name=\"_search\""));
    assert_eq!(count("/people/notes.json?_search=apples", ""), 1);
    // Through another table.
    let through = |column: &str, value: &str| {
        let through = json!({"table": "notes", "column": column, "value": value}).to_string();
        let answer = get(&site, &format!("/people/people.json?_through={}", url(&through)), "");
        (answer.status, answer.text().replace(column, "COL").replace(&url(column), "COL"))
    };
    assert_eq!(through("zq_author", "zebra one").0, 400);
    assert_eq!(through("zq_author", "zebra one"), through("zr_others", "zebra one"));
    assert_eq!(through("text", "Sold pears").0, 200);
}

#[test]
fn a_configured_index_that_holds_more_is_not_searched() {
    let mut config = config();
    config["databases"]["people"]["tables"]["notes"]["fts_table"] = json!("people_fts");
    let site = Setup::new().database("people").config(&config).args(&["--secret", SECRET]).start();
    // The table's own is.
    for (words, count) in [("ann", 0), ("apples", 1)] {
        let found = get(&site, &format!("/people/notes.json?_search={words}&_extra=count"), "");
        assert_eq!(found.json()["count"], count, "{}", found.text());
    }
}

#[test]
fn files_and_blobs_are_for_those_who_may_see_all_of_it() {
    let setup = Setup::new();
    let path = setup.path("people.db");
    crate::support::database(&path, "people");
    let immutable = path.display().to_string();
    let site = setup.config(&config()).args(&["-i", &immutable, "--secret", SECRET]).start();
    let answer = get(&site, "/people.db", "");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("you may not see all of it"), "{}", answer.text());
    let etag = format!("if-none-match: {}\r\n", get(&site, "/people.db", &root()).header("etag").unwrap());
    assert_eq!(get(&site, "/people.db", &root()).status, 200);
    assert_eq!(get(&site, "/people.db", &etag).status, 403);

    let blob = "/people/people/1.blob?_blob_column=zq_photo";
    let (seen, refused) = (get(&site, blob, &root()), get(&site, blob, ""));
    assert_eq!((seen.status, seen.text().as_str()), (200, "zebra"));
    let missing = get(&site, "/people/people/1.blob?_blob_column=zr_none", "");
    assert_eq!(
        (refused.status, refused.text().replace("zq_photo", "zr_none")),
        (missing.status, missing.text())
    );
    assert!(refused.status >= 400);
    // Counts of an immutable database are remembered, and say nothing about columns.
    let tables = get(&site, "/people.json", "").json()["tables"].clone();
    let people = tables.as_array().unwrap().iter().find(|table| table["name"] == "people").unwrap().clone();
    assert_eq!(people["count"], 3);
}

#[test]
fn what_is_remembered_for_one_is_not_told_to_another() {
    let setup = Setup::new();
    let path = setup.path("people.db");
    crate::support::database(&path, "people");
    let site = setup
        .config(&config())
        .args(&["-i", &path.display().to_string(), "--secret", SECRET, "--setting", "num_sql_threads", "1"])
        .start();
    for target in [
        "/people/people.json?_where=zq_mail+like+'ann%25'&_extra=count",
        "/people/people.json?_where=zq_pay%3E31415921&_extra=count,facet_results&_facet=name",
        "/people/people/-/count?_where=zq_pay%3E31415921",
        "/people/notes.json?_where=id=(select+id+from+people+limit+1)",
        "/people/notes.json?_facet=text&_where=id=(select+id+from+people+limit+1)",
        "/people/notes/-/count?_where=id=(select+id+from+people+limit+1)",
    ] {
        for _ in 0..3 {
            let method = if target.contains("/-/count") { "POST" } else { "GET" };
            let ask = |headers: &str| site.connect().request(method, target, headers, b"");
            let seen = ask(&root());
            assert_eq!(seen.status, 200, "{target}: {}", seen.text());
            let answer = ask("");
            assert_eq!(answer.status, 400, "{target}: {}", answer.text());
            assert!(answer.text().contains("may not see"));
        }
    }
    // One connection, by turns.
    for _ in 0..5 {
        let all = get(&site, "/people/-/query.json?sql=select+*+from+people&_shape=array", &root());
        assert!(all.text().contains("zebra"));
        assert_eq!(get(&site, "/people/-/query.json?sql=select+*+from+people", "").status, 400);
    }
}

#[test]
fn trusted_queries_show_what_their_owner_chose_and_others_what_the_visitor_may_see() {
    let mut config = config();
    config["databases"]["people"]["queries"] = json!({
        "trusted": "select zq_mail from people",
        "add": {"sql": "insert into people (id, name, zq_mail) values (50, 'Zoe', 'z')", "write": true},
    });
    let site = Setup::new().database("people").config(&config).args(&["--secret", SECRET]).start();
    let trusted = get(&site, "/people/trusted.json?_shape=array", "").json();
    assert_eq!(trusted[0], json!({"zq_mail": "ann@zebra.example"}));
    // Root saves one; somebody else runs it.
    let save = |headers: &str, name: &str, sql: &str| {
        let body = json!({"query": {"name": name, "sql": sql, "is_private": false}});
        post(&site, "/people/-/queries/store", headers, &body)
    };
    let saved = save(&root(), "mails", "select zq_mail from people");
    assert!(saved.status < 300, "{}", saved.text());
    assert_eq!(get(&site, "/people/mails.json", &root()).status, 200);
    let answer = get(&site, "/people/mails.json", "");
    assert!(answer.status == 400 && !answer.text().contains("zebra"), "{}", answer.text());
    // Who may not see the column can't save a query over it.
    let refused = save(&cookie(&json!({"id": "ann"})), "more", "select zq_mail from people");
    assert!(refused.status >= 400 && refused.text().contains("may not see"), "{}", refused.text());
    // A trusted query may also write.
    let done = post(&site, "/people/add?_json=1", "", &json!({}));
    assert_eq!(done.json()["ok"], true, "{}", done.text());
}

#[test]
fn databases_that_are_joined_keep_their_secrets() {
    let site = setup().args(&["--crossdb"]).start();
    let ask = |sql: &str, headers: &str| {
        get(&site, &format!("/_memory/-/query.json?_shape=array&sql={}", url(sql)), headers)
    };
    let sql = "select zq_mail from people.people";
    assert!(ask(sql, &root()).text().contains("zebra"));
    let answer = ask(sql, "");
    assert!(answer.status == 400 && !answer.text().contains("zebra"), "{}", answer.text());
    assert_eq!(ask("select sql from people.sqlite_master", "").status, 400);
    assert_eq!(ask("select name from people.people", "").status, 200);
}

#[test]
fn what_one_can_t_see_one_can_t_write() {
    let site = setup().start();
    let path = |rest: &str| format!("/people/people{rest}");
    let refused = |rest: &str, body: Value, status: u16| {
        let answer = post(&site, &path(rest), "", &body);
        assert_eq!(answer.status, status, "{rest} {body}: {}", answer.text());
        assert!(!answer.text().contains("zebra"), "{}", answer.text());
        answer.text()
    };
    let text = refused("/-/insert", json!({"row": {"id": 10, "zq_mail": "x"}}), 400);
    assert_eq!(
        text.replace("zq_mail", "zr_none"),
        refused("/-/insert", json!({"row": {"id": 10, "zr_none": "x"}}), 400)
    );
    refused("/-/insert", json!({"row": {"id": 10, "ZQ_MAIL": "x"}}), 400);
    refused("/-/insert", json!({"row": {"id": 10, "zq_mail": "x"}, "alter": true}), 403);
    refused("/-/insert", json!({"row": {"id": 1, "name": "x"}, "replace": true}), 403);
    refused("/-/upsert", json!({"rows": [{"id": 1, "zq_mail": "x"}]}), 400);
    refused("/-/upsert", json!({"rows": [{"id": 1, "zq_mail": "x"}], "alter": true}), 403);
    let text = refused("/1/-/update", json!({"update": {"zq_mail": "x"}}), 400);
    assert_eq!(
        text.replace("zq_mail", "zr_none"),
        refused("/1/-/update", json!({"update": {"zr_none": "x"}}), 400)
    );
    refused("/1/-/update", json!({"update": {"Zq_Pay": 1}}), 400);
    refused("/1/-/update", json!({"update": {"zq_mail": "x"}, "alter": true}), 403);
    refused(
        "/-/alter",
        json!({"operations": [{"op": "rename_column", "args": {"name": "zq_mail", "to": "mail"}}]}),
        403,
    );
    refused("/-/alter", json!({"operations": [{"op": "rename_table", "args": {"to": "persons"}}]}), 403);
    refused("/-/set-column-type", json!({"column": "zq_mail", "column_type": {"type": "email"}}), 400);
    let create = json!({"table": "people", "row": {"id": 11, "zq_mail": "x"}});
    assert_eq!(post(&site, "/people/-/create", "", &create).status, 403);

    assert_eq!(get(&site, "/people/people/-/alter-form", "").status, 403);
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    site.connect().request("POST", "/people/people/1/-/update-form", form, b"value_1=x&zq_mail=x&zq_pay=1");

    let form = "content-type: multipart/form-data; boundary=x\r\n";
    let part = |name: &str, value: &str| {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\nid,zq_mail\n60,x\r\n--x--\r\n";
    let body = format!("{}{file}", part("table", "people"));
    let sent = site.connect().request("POST", "/people/-/upload", form, body.as_bytes());
    assert!(
        sent.status == 403 && sent.text().contains("you may not see all columns"),
        "{} {}",
        sent.status,
        sent.text()
    );

    // The rest can be written, and comes back without what is hidden.
    for (rest, body) in [
        ("/-/insert", json!({"row": {"id": 20, "name": "Di"}, "return": true})),
        ("/-/insert", json!({"rows": [{"id": 21, "name": "Ed"}], "return": true, "ignore": true})),
        ("/-/upsert", json!({"rows": [{"id": 1, "name": "Anna"}], "return": true})),
        ("/1/-/update", json!({"update": {"name": "Ann"}, "return": true})),
    ] {
        let answer = post(&site, &path(rest), "", &body);
        assert!(answer.status < 300, "{rest}: {}", answer.text());
        assert!(answer.json()["rows"][0]["name"].is_string() && !shows(&answer), "{}", answer.text());
    }
    let ann = get(&site, "/people/people/1.json?_shape=array", &root()).json();
    assert_eq!((&ann[0]["zq_mail"], &ann[0]["zq_pay"]), (&json!("ann@zebra.example"), &json!(31_415_921)));
    // A rule of the table that is broken is not told.
    for row in [json!({"id": 2, "address": "y"}), json!({"id": 3, "address": "zq_weight"})] {
        let answer = post(&site, "/people/letters/-/insert", "", &json!({"row": row}));
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(!answer.text().replace("\"zq_weight\"", "").contains("zq_"), "{}", answer.text());
    }
    let answer = post(&site, "/people/letters/1/-/update", "", &json!({"update": {"address": "zq_weight"}}));
    assert!(answer.status == 400 && !answer.text().contains("zq_"), "{}", answer.text());
    // Whoever may see it may write it.
    let answer =
        post(&site, &path("/2/-/update"), &root(), &json!({"update": {"zq_pay": 5}, "return": true}));
    assert_eq!(answer.json()["rows"][0]["zq_pay"], 5, "{}", answer.text());
}

#[test]
fn writing_sql_touches_nothing_hidden() {
    let site = setup().start();
    let run =
        |sql: &str, headers: &str| post(&site, "/people/-/execute-write", headers, &json!({"sql": sql}));
    for sql in [
        "update people set zq_mail = 'x'",
        "update people set name = zq_mail",
        "update people set name = host",
        "update people set name = 'x' where zq_pay > 31415921",
        "update people set name = 'x' where id = 1 returning *",
        "update plain set word = (select zq_mail from people)",
        "update plain set word = zq_mail from people",
        "insert into people (id, name) values (30, 'x')",
        "insert into people values (30, 'x', 'y', 1, null, null)",
        "insert into plain select id + 10, zq_mail, name from people",
        "insert into plain (id) values (9) returning (select zq_mail from people)",
        "insert into plain (id) select id + 10 from people",
        "delete from people where zq_pay = 31415923",
        "delete from people where id = 3 returning zq_mail",
        "create table copy as select * from people",
        "create view peek as select zq_mail from people",
        "alter table people rename to persons",
        "alter table people rename column zq_mail to mail",
        "alter table people drop column zq_pay",
        "create index i on people (zq_mail)",
        "create trigger tr after update on plain begin update plain set word = (select zq_mail from people); end",
        "create virtual table leak using fts5(zq_mail, content='people')",
    ] {
        let answer = run(sql, "");
        let text = answer.text();
        assert!(
            matches!(answer.status, 400 | 403) && !text.contains("zebra"),
            "{sql}: {} {text}",
            answer.status
        );
        let analyzed = get(&site, &format!("/people/-/execute-write/analyze?sql={}", url(sql)), "");
        assert!(!analyzed.text().contains("zebra"), "{sql}: {}", analyzed.text());
    }
    let all = get(&site, "/people/people.json?_shape=array&_sort=id", &root()).json();
    assert_eq!((&all[0]["zq_mail"], &all[0]["name"]), (&json!("ann@zebra.example"), &json!("Ann")));
    assert_eq!(all.as_array().unwrap().len(), 3);
    let done = run("update people set name = 'Anna' where id = 1", "");
    assert_eq!(done.status, 200, "{}", done.text());
    let done = run("update people set zq_pay = 8 where id = 1", &root());
    assert_eq!(done.status, 200, "{}", done.text());
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

#[test]
fn rules_that_can_t_be_kept_stop_the_start() {
    let check = |columns: Value, words: &[&str]| {
        let config = json!({"databases": {"people": {"tables": {"people": {"columns": columns}}}}});
        Setup::new().database("people").config(&config).run(&["--get", "/"]).assert_refused(1, words);
    };
    let path = "databases.people.tables.people.columns";
    check(json!({"id": {"allow": {"id": "root"}}}), &[&format!("{path}.id"), "primary key"]);
    check(json!({"ID": {"allow": false}}), &[&format!("{path}.ID"), "primary key"]);
    check(json!({"zq_mial": {"allow": false}}), &[&format!("{path}.zq_mial"), "no such column"]);
    check(json!({"zq_mail": {"alow": false}}), &[&format!("{path}.zq_mail.alow"), "nothing else"]);
    check(json!({"zq_mail": {"allow": "root"}}), &[&format!("{path}.zq_mail.allow"), "expected true, false"]);
    check(json!({"zq_mail": 5}), &[&format!("{path}.zq_mail"), "expected a description"]);
}

#[test]
fn a_generated_column_may_have_a_rule_of_its_own() {
    let mut config = config();
    config["databases"]["people"]["tables"]["people"]["columns"]["host"] = json!({"allow": true});
    let site = Setup::new().database("people").config(&config).args(&["--secret", SECRET]).start();
    let row = get(&site, "/people/people.json?_shape=array&_sort=id", "").json()[0].clone();
    assert_eq!((&row["host"], &row["zq_mail"]), (&json!("zebra.example"), &Value::Null));
}

#[test]
fn metadata_may_say_who_sees_a_column() {
    let setup = Setup::new().database("people").args(&["--secret", SECRET]);
    let metadata = json!({"databases": {"people": {"tables": {"people": {"columns": {
        "name": "Their name", "zq_mail": {"description": "zq_mail", "allow": {"id": "root"}}}}}}}});
    let path = setup.write("metadata.json", metadata.to_string().as_bytes());
    let site = setup.args(&["-m", &path.display().to_string()]).start();
    let extra = "/people/people.json?_shape=objects&_extra=metadata&_size=1&_col=name";
    assert_eq!(get(&site, extra, "").json()["metadata"]["columns"], json!({"name": "Their name"}));
    let all = get(&site, extra, &root()).json();
    assert_eq!(all["metadata"]["columns"], json!({"name": "Their name", "zq_mail": "zq_mail"}));
}
