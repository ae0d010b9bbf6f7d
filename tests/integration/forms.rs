//! The pages with forms that change rows and tables, as a browser without scripts uses them.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Answer, Setup, Site};

const URLENCODED: &str = "content-type: application/x-www-form-urlencoded\r\n";

/// Everybody may do what is named, in all of the library.
fn site(actions: &[&str]) -> Site {
    setup(actions).start()
}

fn setup(actions: &[&str]) -> Setup {
    let permissions: serde_json::Map<String, Value> =
        actions.iter().map(|action| ((*action).to_owned(), json!(true))).collect();
    let config = json!({
        "permissions": permissions,
        "databases": {"library": {"tables": {"books": {"column_types": {"site": "url"}}}}},
    });
    Setup::new().database("library").config(&config).args(&["--secret", SECRET])
}

const ALL: &[&str] = &[
    "insert-row",
    "update-row",
    "delete-row",
    "create-table",
    "alter-table",
    "drop-table",
    "set-column-type",
];

fn send(site: &Site, target: &str, body: &str) -> Answer {
    site.connect().request("POST", target, &format!("connection: close\r\n{URLENCODED}"), body.as_bytes())
}

/// The form was taken, and the next page says so.
#[track_caller]
fn check_done(site: &Site, target: &str, body: &str, location: &str, message: &str) {
    let answer = send(site, target, body);
    assert_eq!((answer.status, answer.header("location")), (302, Some(location)), "{}", answer.text());
    let cookies =
        answer.header("set-cookie").unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    let next = site.connect().request("GET", location, &format!("cookie: {cookies}\r\n"), b"").text();
    assert!(next.contains(&format!(" role=\"status\">{message}</p>")), "{message} is not on {next}");
}

/// The form came back, with that on it.
#[track_caller]
fn check_refused(site: &Site, target: &str, body: &str, status: u16, said: &str) {
    let answer = send(site, target, body);
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert!(
        text.contains("class=\"core panel edit-form\"") && text.contains(said),
        "{said} is not in {text}"
    );
}

#[track_caller]
fn rows(site: &Site, sql: &str) -> Value {
    let sql = sql.replace(' ', "+").replace('=', "%3D");
    site.get(&format!("/library/-/query.json?sql={sql}&_shape=arrays")).json()["rows"].clone()
}

#[test]
fn a_row_is_inserted_edited_and_deleted() {
    let site = site(ALL);
    let page = site.get("/library/books/-/insert-form").text();
    for part in [
        "name=\"value.title\"",
        "placeholder=\"next number\"",
        "type=\"url\"",
        "/library/authors/-/autocomplete",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let body = "value.id=&value.title=New&value.author_id=1&value.pages=&value.site=&empty.site=text";
    check_done(&site, "/library/books/-/insert-form", body, "/library/books/9", "Row 9 added");
    let sql = "select title, author_id, pages, price, site from books where id = 9";
    assert_eq!(rows(&site, sql), json!([["New", 1, null, null, ""]]));

    let page = site.get("/library/books/1/-/update-form").text();
    for part in [
        "value=\"The Dispossessed\"",
        "value=\"387\"",
        "<span class=\"reference-label\">Ursula K. Le Guin</span>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let body = "value.title=The+Dispossessed&value.pages=388&value.tags=";
    check_done(
        &site,
        "/library/books/1/-/update-form",
        body,
        "/library/books/1",
        "Updated row 1 (The Dispossessed)",
    );
    assert_eq!(
        rows(&site, "select title, pages, tags, price from books where id = 1"),
        json!([["The Dispossessed", 388, null, 9.99]])
    );

    assert!(site.get("/library/books/9/-/delete-form").text().contains("<dt>title</dt><dd>New</dd>"));
    check_done(&site, "/library/books/9/-/delete-form", "", "/library/books", "Deleted row 9 (New)");
    assert_eq!(rows(&site, "select count(*) from books"), json!([[8]]));
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_nothing_is_lost() {
    let site = site(ALL);
    let form = "/library/books/-/insert-form";
    check_refused(&site, form, "value.title=Kept&value.pages=many", 400, "This has to be a whole number");
    check_refused(&site, form, "value.title=Kept&value.pages=many", 400, "value=\"Kept\"");
    check_refused(&site, form, "value.site=httpx", 400, "<span class=\"field-error\">Invalid URL</span>");
    check_refused(&site, form, "value.id=1", 400, "Another row has this value, and no two may");
    check_refused(
        &site,
        "/library/authors/-/insert-form",
        "value.name=a%00&value.born=x",
        400,
        "whole number",
    );
    check_refused(
        &site,
        "/library/shelves/-/insert-form",
        "value.room=attic&value.slot=",
        400,
        "This can&#39;t be empty",
    );
    check_refused(
        &site,
        "/library/shelves/-/insert-form",
        "value.room=attic&value.slot=1",
        400,
        "UNIQUE constraint failed: shelves.room, shelves.slot",
    );
    assert_eq!(rows(&site, "select count(*) from books"), json!([[8]]));
    assert_eq!(send(&site, "/library/books/99/-/update-form", "").status, 404);
    assert_eq!(site.get("/library/nope/-/insert-form").status, 404);
    assert_eq!(site.get("/library/cheap_books/-/insert-form").status, 404);
    let headers = "connection: close\r\ncontent-type: text/plain\r\n";
    assert_eq!(site.connect().request("POST", form, headers, b"value.title=x").status, 400);
}

#[test]
fn odd_keys_and_names_have_forms_too() {
    let site = site(ALL);
    let odd = "/library/odd~2Ftable~2C+with+~27quotes~27";
    let page = site.get(&format!("{odd}/1/-/update-form"));
    assert!(page.text().contains("name=\"value.sel&#34;ect\""), "{}", page.text());
    check_done(
        &site,
        &format!("{odd}/1/-/update-form"),
        "value.sel%22ect=d&value._under=e",
        &format!("{odd}/1"),
        "Updated row 1",
    );
    assert_eq!(site.get(&format!("{odd}.json?_shape=array")).json()[0]["sel\"ect"], "d");
    let shelf = "/library/shelves/b~2Fsement,x~2Cy";
    check_done(
        &site,
        &format!("{shelf}/-/update-form"),
        "value.book_id=1",
        shelf,
        "Updated row b/sement, x,y",
    );
    check_done(&site, "/library/no_key/2/-/update-form", "value.n=7", "/library/no_key/2", "Updated row 2");
    check_done(&site, "/library/no_key/-/insert-form", "value.n=8", "/library/no_key", "Row added");
    assert_eq!(rows(&site, "select rowid, n from no_key"), json!([[1, 1], [2, 7], [3, 3], [4, 8]]));
}

#[test]
fn files_are_stored_kept_and_removed() {
    let site = site(ALL);
    let upload = |target: &str, parts: &str| {
        let headers = "connection: close\r\ncontent-type: multipart/form-data; boundary=x\r\n";
        site.connect().request("POST", target, headers, format!("{parts}--x--\r\n").as_bytes())
    };
    let file =
        "--x\r\ncontent-disposition: form-data; name=\"file.data\"; filename=\"a\"\r\n\r\n\u{1}\r\n\0\r\n";
    assert_eq!(upload("/library/files/-/insert-form", file).header("location"), Some("/library/files/5"));
    assert_eq!(rows(&site, "select hex(data), name from files where id = 5"), json!([["010D0A00", null]]));
    let page = site.get("/library/files/1/-/update-form").text();
    assert!(
        page.contains("/library/files/1.blob?_blob_column=data") && page.contains("4 bytes stored"),
        "{page}"
    );
    let name = "--x\r\ncontent-disposition: form-data; name=\"value.name\"\r\n\r\nnew\r\n";
    let none = "--x\r\ncontent-disposition: form-data; name=\"file.data\"; filename=\"\"\r\n\r\n\r\n";
    assert_eq!(upload("/library/files/1/-/update-form", &format!("{name}{none}")).status, 302);
    assert_eq!(rows(&site, "select hex(data), name from files where id = 1"), json!([["CAFE00FF", "new"]]));
    assert_eq!(send(&site, "/library/files/1/-/update-form", "clear.data=1").status, 302);
    assert_eq!(rows(&site, "select data from files where id = 1"), json!([[null]]));
}

#[test]
fn what_somebody_else_changed_is_not_written_over_unseen() {
    let site = site(ALL);
    let version = |page: &str| {
        let after = page.split("name=\"row_version\" value=\"").nth(1).unwrap();
        after.split('"').next().unwrap().to_owned()
    };
    let seen = version(&site.get("/library/authors/1/-/update-form").text());
    let form = "/library/authors/1/-/update-form";
    assert_eq!(send(&site, form, &format!("row_version={seen}&value.name=First")).status, 302);
    let answer = send(&site, form, &format!("row_version={seen}&value.name=Second"));
    let text = answer.text();
    assert!(
        answer.status == 409 && text.contains("Somebody else changed this row") && text.contains("Second"),
        "{text}"
    );
    assert_eq!(rows(&site, "select name from authors where id = 1"), json!([["First"]]));
    let body = format!("row_version={}&value.name=Second", version(&text));
    assert_eq!(send(&site, form, &body).status, 302);
}

#[test]
fn a_table_is_created_altered_and_dropped() {
    let site = site(ALL);
    let form = "/library/-/create-form";
    assert!(site.get(form).text().contains("name=\"name.1\" value=\"id\""));
    let body = "table=t&name.1=id&type.1=integer&pk.1=1&name.2=a&type.2=text&not_null.2=1&default.2=it's\
                &name.3=r&type.3=integer&reference.3=authors.id&name.4=&type.4=text\
                &name.5=made&type.5=text&default_kind.5=current_date&name.6=u&type.6=text&custom_type.6=url";
    check_refused(&site, form, &format!("{body}&more=1"), 200, "name=\"name.8\"");
    check_done(&site, form, body, "/library/t", "Table t created");
    let schema = site.get("/library/t/-/schema.json").json()["schema"].to_string();
    for part in [
        "PRIMARY KEY",
        "NOT NULL DEFAULT 'it''s'",
        "REFERENCES \\\"authors\\\"(\\\"id\\\")",
        "DEFAULT CURRENT_DATE",
    ] {
        assert!(schema.contains(part), "{part} is not in {schema}");
    }
    check_refused(&site, form, body, 400, "There is a table or view t already");
    check_refused(&site, form, "table=x", 400, "at least one column");
    check_refused(&site, form, "table=&name.1=a", 400, "Table is required");
    let types = |table: &str| {
        site.get(&format!("/library/{table}.json?_extra=column_types")).json()["column_types"].clone()
    };
    assert_eq!(types("t")["u"]["type"], "url");

    let form = "/library/t/-/alter-form";
    let page = site.get(form).text();
    for part in ["value=\"it&#39;s\"", "<option selected>authors.id</option>", "/library/t/-/drop-form"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let same = "table=t&old.1=id&name.1=id&type.1=integer&pk.1=1&position.1=1\
                &old.2=a&name.2=a&type.2=text&not_null.2=1&default_kind.2=value&default.2=it's&position.2=2\
                &old.3=r&name.3=r&type.3=integer&reference.3=authors.id&position.3=3\
                &old.4=made&name.4=made&type.4=text&default_kind.4=current_date&position.4=4\
                &old.5=u&name.5=u&type.5=text&custom_type.5=url&position.5=5";
    check_refused(&site, form, same, 400, "Nothing is changed yet");
    let changed = same
        .replace("name.5=u", "name.5=site")
        .replace("table=t", "table=t2")
        .replace("&position.2=2", "&position.2=9&drop.4=1");
    let answer = send(&site, form, &changed).text();
    for part in [
        "<li>Rename column u to site</li>",
        "<li>Drop column made with everything in it</li>",
        "<li>Put the columns in this order: id, r, site, a</li>",
        "<li>Rename the table from t to t2</li>",
        "gone for good",
    ] {
        assert!(answer.contains(part), "{part} is not in {answer}");
    }
    assert!(site.get("/library/t/-/schema.json").text().contains("made"), "asking changed something");
    check_done(&site, form, &format!("{changed}&confirm=1"), "/library/t2", "Table t2 altered");
    assert_eq!(
        site.get("/library/t2.json?_extra=columns").json()["columns"],
        json!(["id", "r", "site", "a"])
    );
    assert_eq!(types("t2")["site"]["type"], "url");

    let form = "/library/t2/-/drop-form";
    assert!(site.get(form).text().contains("<strong>0 rows</strong>"));
    check_refused(&site, form, "name=t", 400, "That is not its name: type t2 to drop the table");
    check_done(&site, form, "name=t2", "/library", "Table t2 dropped");
    assert_eq!(site.get("/library/t2").status, 404);
}

const FORMS: &[(&str, &str)] = &[
    ("/library/books/-/insert-form", "value.title=x"),
    ("/library/books/1/-/update-form", "value.title=x"),
    ("/library/books/1/-/delete-form", ""),
    ("/library/-/create-form", "table=x&name.1=a"),
    ("/library/books/-/alter-form", "confirm=1&table=x"),
    ("/library/books/-/drop-form", "name=books"),
];

#[test]
fn forms_are_for_whoever_may_and_only_on_pages_of_the_site() {
    let site = site(&[]);
    let before = site.get("/library/-/schema.json").text();
    for (form, body) in FORMS {
        assert_eq!(site.get(form).status, 403, "{form}");
        assert_eq!(send(&site, form, body).status, 403, "{form}");
    }
    let open = self::site(ALL);
    for (form, body) in FORMS {
        let page = open.get(form);
        assert_eq!((page.status, page.header("x-frame-options")), (200, Some("DENY")), "{form}");
        let headers = format!("connection: close\r\norigin: http://evil.example\r\n{URLENCODED}");
        assert_eq!(open.connect().request("POST", form, &headers, body.as_bytes()).status, 403, "{form}");
        assert_eq!(open.connect().request("PUT", form, "connection: close\r\n", b"").status, 405, "{form}");
    }
    for site in [&site, &open] {
        assert_eq!(site.get("/library/-/schema.json").text(), before);
        assert_eq!(rows(site, "select title from books where id = 1"), json!([["The Dispossessed"]]));
    }
}

#[test]
fn what_an_actor_may_do_is_offered_and_nothing_else() {
    let config = json!({"databases": {"library": {
        "tables": {"books": {"permissions": {"update-row": {"id": "ann"}, "insert-row": {"id": ["ann", "bob"]}}}},
        "permissions": {"create-table": {"id": "ann"}},
    }}});
    let site = Setup::new().database("library").config(&config).args(&["--secret", SECRET]).start();
    let get = |path: &str, name: &str| {
        site.connect().request("GET", path, &cookie(&json!({"id": name})), b"").text()
    };
    let check = |path: &str, name: &str, offered: &[&str], not: &[&str]| {
        let page = get(path, name);
        offered.iter().for_each(|part| assert!(page.contains(part), "{part} is not on {path} for {name}"));
        not.iter().for_each(|part| assert!(!page.contains(part), "{part} is on {path} for {name}"));
    };
    check(
        "/library/books",
        "ann",
        &["books/-/insert-form", "\"updateRow\":true", "upsertPath"],
        &["alterTable", "\"deleteRow\":true"],
    );
    check("/library/books", "bob", &["books/-/insert-form", "\"updateRow\":false"], &["upsertPath"]);
    check("/library/books", "eve", &["\"updateRow\":false"], &["-form", "insertRow"]);
    check("/library/books/1", "ann", &["books/1/-/update-form"], &["delete-form"]);
    check("/library/books/1", "bob", &[], &["update-form", "delete-form"]);
    check("/library", "ann", &["/library/-/create-form", "createTable"], &[]);
    check("/library", "bob", &[], &["create-form", "createTable"]);
}

#[test]
fn scripts_are_told_where_to_go_on() {
    let site = site(ALL);
    let send = |headers: &str, body: &str| {
        let headers = format!("connection: close\r\naccept: application/json\r\n{headers}{URLENCODED}");
        site.connect().request("POST", "/library/authors/-/insert-form", &headers, body.as_bytes())
    };
    let answer = send("", "value.name=Ann");
    assert_eq!(
        answer.json(),
        json!({"ok": true, "redirect": "/library/authors/5", "message": "Row 5 added"})
    );
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.starts_with("ds_messages=")));
    let answer = send("x-stays-on-page: 1\r\n", "value.name=Ben");
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
    let refused = send("", "value.name=Cem&value.born=x");
    assert_eq!((refused.status, refused.header("content-type")), (400, Some("text/html; charset=utf-8")));
}

#[test]
fn what_cannot_be_changed_has_no_forms() {
    let file = Setup::new().database("library");
    let permissions: serde_json::Map<String, Value> =
        ALL.iter().map(|action| ((*action).to_owned(), json!(true))).collect();
    let path = file.path("library.db").display().to_string();
    let site = Setup::new().config(&json!({"permissions": permissions})).args(&["-i", &path]).start();
    for (form, body) in FORMS {
        assert_eq!((site.get(form).status, send(&site, form, body).status), (403, 403), "{form}");
    }
    let page = site.get("/library/books").text();
    assert!(!page.contains("-form\"") && !page.contains("insertRow"), "{page}");
}

#[test]
fn many_tables_are_listed_once_for_all_columns() {
    let site = site(ALL);
    for number in 0..200 {
        let body = json!({"table": format!("t{number}"), "columns": [{"name": "id", "type": "integer"}], "pk": "id"});
        let headers = "connection: close\r\ncontent-type: application/json\r\n";
        let made = site.connect().request("POST", "/library/-/create", headers, body.to_string().as_bytes());
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let page = site.get("/library/books/-/alter-form").text();
    assert_eq!(page.matches("<option>t199.id</option>").count(), 1, "{page}");
    assert!(page.contains("value=\"authors.id\" list=\"reference-choices\""), "{page}");
    let answer = send(
        &site,
        "/library/shelves/-/alter-form",
        "table=shelves&old.1=room&name.1=room&type.1=text&pk.1=1\
        &old.2=slot&name.2=slot&type.2=text&pk.2=1&old.3=book_id&name.3=book_id&type.3=integer&reference.3=t7.id",
    );
    assert!(answer.text().contains("<li>Let column book_id refer to t7.id</li>"), "{}", answer.text());
}
