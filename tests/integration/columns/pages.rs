//! Pages, files and search.

use super::*;

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
