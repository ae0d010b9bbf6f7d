//! Writing where something is hidden.

use super::*;

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
