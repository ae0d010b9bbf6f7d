//! Columns that not everybody may see: every way in which they could be seen all the same.
//!
//! In `people.sql` their names begin with `zq_`, and their values have a zebra in them.

mod pages;
mod sql;
mod writing;

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

fn url(sql: &str) -> String {
    percent_encoding::utf8_percent_encode(sql, percent_encoding::NON_ALPHANUMERIC).to_string()
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
