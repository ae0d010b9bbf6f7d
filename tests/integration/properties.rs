//! What holds for every table, row and filter, tried on made-up ones.

use std::collections::BTreeSet;

use rusqlite::Connection as Sqlite;
use rusqlite::types::Value as Sql;
use serde_json::Value as Json;

use crate::support::{Connection, Dice, Setup, Site};

/// Every kind of key that rows can be told apart by. All tables have the columns `n` (its number), `a`, `b` and `c`.
const TABLES: &[(&str, &str)] = &[
    ("rowids", "create table rowids (n, a, b, c)"),
    ("numbers", "create table numbers (id integer primary key, n, a, b, c)"),
    ("texts", "create table texts (id text primary key, n, a, b, c)"),
    ("blobs", "create table blobs (id blob primary key, n, a, b, c)"),
    ("reals", "create table reals (id real primary key, n, a, b, c)"),
    ("pairs", "create table pairs (x text, y integer, n, a, b, c, primary key (x, y))"),
    ("reverse", "create table reverse (n, a, b, c, y integer, x text, primary key (x, y))"),
    ("without", "create table without (id text primary key, n, a, b, c) without rowid"),
    (
        "without_pair",
        "create table without_pair (x text, y blob, n, a, b, c, primary key (x, y)) without rowid",
    ),
];

const ROWS: usize = 60;

/// Text that needs care somewhere on its way: in URLs, tokens, SQL, JSON.
fn text(dice: &mut Dice) -> String {
    const PIECES: &[&str] = &[
        "a", "B", " ", ",", "~", "~7E", "%", "%20", "/", ".", "'", "\"", "$null", "é", "🌲", "\n", "1", "-",
        "+", "_",
    ];
    (0..dice.roll(5)).map(|_| dice.pick(PIECES)).collect()
}

/// A value that sorts anywhere; half of them are NULL or equal to others.
fn value(dice: &mut Dice) -> Sql {
    match dice.roll(6) {
        0 | 1 => Sql::Null,
        2 => Sql::Integer(i64::try_from(dice.roll(4)).unwrap() - 2),
        3 => Sql::Real([0.5, -1e300, f64::INFINITY, 2.0][dice.roll(4)]),
        4 => Sql::Blob(text(dice).into_bytes()),
        _ => Sql::Text(text(dice)),
    }
}

/// The key of row `n`, different for each.
fn key(column: &str, n: usize, dice: &mut Dice) -> Sql {
    let n = i64::try_from(n).unwrap();
    match column {
        "id integer" | "y integer" => Sql::Integer(n * 7 - 100),
        "id real" => Sql::Real(n as f64 / 3.0),
        "id blob" | "y blob" => {
            Sql::Blob([&[0xff, 0x27, 0x00], text(dice).as_bytes(), n.to_string().as_bytes()].concat())
        }
        "x text" => Sql::Text(["", "x", "x,y", "~"][dice.roll(4)].to_owned()),
        _ => Sql::Text(format!("{}{n}", text(dice))),
    }
}

fn fill(connection: &Sqlite, dice: &mut Dice) {
    for (name, sql) in TABLES {
        connection.execute_batch(sql).unwrap();
        let inside = sql.split_once('(').unwrap().1.rsplit_once(')').unwrap().0;
        let inside = inside.split(", primary key (").next().unwrap();
        let columns: Vec<&str> =
            inside.split(", ").map(|column| column.trim_end_matches(" primary key")).collect();
        let marks = vec!["?"; columns.len()].join(", ");
        for n in 0..ROWS {
            let values = columns.iter().map(|column| match *column {
                "n" => Sql::Integer(i64::try_from(n).unwrap()),
                "a" | "b" | "c" => value(dice),
                column => key(column, n, dice),
            });
            let values: Vec<Sql> = values.collect();
            let insert = format!("insert into {name} values ({marks})");
            connection.execute(&insert, rusqlite::params_from_iter(values)).unwrap();
        }
    }
    // An index has equal values in an order of its own.
    let indexes = "create index numbers_a on numbers (a); create index texts_b on texts (b desc); \
                   create index pairs_a on pairs (a);";
    connection.execute_batch(indexes).unwrap();
    connection.execute_batch("create view viewed as select * from numbers order by b, n").unwrap();
}

fn site(seed: u64) -> Site {
    let setup = Setup::new();
    let path = setup.path("made.db");
    fill(&Sqlite::open(&path).unwrap(), &mut Dice(seed));
    setup.args(&[&path.display().to_string()]).start()
}

fn json(connection: &mut Connection, target: &str) -> Json {
    let answer = connection.request("GET", target, "", b"");
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}

/// Numbers of the rows that following `next_url` shows, in their order.
fn walk(connection: &mut Connection, first: &str) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut target = first.to_owned();
    for _ in 0..=ROWS {
        let page = json(connection, &target);
        seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["n"].as_i64().unwrap()));
        match page["next_url"].as_str() {
            Some(url) => target = url.split_once("localhost").unwrap().1.to_owned(),
            None => return seen,
        }
    }
    panic!("{first} has no end");
}

#[test]
fn pages_show_every_row_exactly_once() {
    let site = site(20_261);
    let mut connection = site.connect();
    let all: Vec<i64> = (0..i64::try_from(ROWS).unwrap()).collect();
    for (table, _) in TABLES.iter().chain(&[("viewed", "")]) {
        let sorts = ["", "_sort=a", "_sort_desc=a", "_sort=b", "_sort_desc=b", "_sort=c", "_sort_desc=n"];
        for (index, sort) in sorts.iter().enumerate() {
            for size in [1 + index, 13] {
                let target = format!("/made/{table}.json?{sort}&_size={size}");
                let mut seen = walk(&mut connection, &target);
                seen.sort_unstable();
                assert_eq!(seen, all, "{target}");
            }
        }
    }
}

#[test]
fn pages_are_in_the_order_that_sqlite_gives() {
    let site = site(4);
    let sqlite = Sqlite::open(site.path("made.db")).unwrap();
    let mut connection = site.connect();
    for (table, key) in
        [("numbers", "id"), ("texts", "id"), ("blobs", "id"), ("pairs", "x, y"), ("rowids", "rowid")]
    {
        for (arguments, order) in [
            ("", key.to_owned()),
            ("_sort=a&", format!("a, {key}")),
            ("_sort_desc=b&", format!("b desc, {key}")),
        ] {
            let sql = format!("select n from {table} order by {order}");
            let mut statement = sqlite.prepare(&sql).unwrap();
            let expected: Vec<i64> =
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            let seen = walk(&mut connection, &format!("/made/{table}.json?{arguments}_size=7"));
            assert_eq!(seen, expected, "{table} by {order}");
        }
    }
}

#[test]
fn every_row_has_a_page_of_its_own() {
    let site = site(99);
    let mut connection = site.connect();
    for (table, _) in TABLES {
        let page = connection.request("GET", &format!("/made/{table}?_size=max"), "", b"").text();
        let links: BTreeSet<&str> = page
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|link| link.starts_with(&format!("/made/{table}/")) && !link.contains("/-/"))
            .filter(|link| !link.contains(".blob") && !link.contains('?'))
            .collect();
        assert_eq!(links.len(), ROWS, "{table}");
        for link in links {
            let link = link.replace("&#x27;", "'").replace("&amp;", "&").replace("&quot;", "\"");
            let row = json(&mut connection, &format!("{link}.json"));
            assert_eq!(row["rows"].as_array().map(Vec::len), Some(1), "{link}");
        }
    }
}

/// What a filter means, said without SQL. `cell` is text, a whole number or NULL.
fn holds(cell: &Sql, operator: &str, value: &str) -> bool {
    let shown = match cell {
        Sql::Text(text) => text.clone(),
        Sql::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    let is_null = *cell == Sql::Null;
    let lower = |text: &str| text.to_ascii_lowercase();
    match operator {
        "isnull" => return is_null,
        "notnull" => return !is_null,
        "isblank" => return is_null || shown.is_empty(),
        "notblank" => return !is_null && !shown.is_empty(),
        _ if is_null => return false,
        _ => {}
    }
    // A column of numbers compares numbers with numbers, and has every number before every text.
    let order = match (cell, value.parse::<i64>()) {
        (Sql::Integer(number), Ok(value)) => number.cmp(&value),
        (Sql::Integer(_), Err(_)) => std::cmp::Ordering::Less,
        _ => shown.as_str().cmp(value),
    };
    match operator {
        "exact" => order.is_eq(),
        "not" => order.is_ne(),
        "gt" => order.is_gt(),
        "gte" => order.is_ge(),
        "lt" => order.is_lt(),
        "lte" => order.is_le(),
        "contains" => lower(&shown).contains(&lower(value)),
        "notcontains" => !lower(&shown).contains(&lower(value)),
        "startswith" => lower(&shown).starts_with(&lower(value)),
        "endswith" => lower(&shown).ends_with(&lower(value)),
        "in" => value.split(',').any(|item| holds(cell, "exact", item.trim())),
        "notin" => !value.split(',').any(|item| holds(cell, "exact", item.trim())),
        _ => panic!("{operator} has no meaning here"),
    }
}

#[test]
fn filters_find_what_their_words_say() {
    const WORDS: &[&str] =
        &["", "a", "A", "ab", "b c", "1", "2", "-3", "'", "\"", "é", "🌲x", "a'b", "~", "x&y", "="];
    const OPERATORS: &[&str] = &[
        "exact",
        "not",
        "gt",
        "gte",
        "lt",
        "lte",
        "contains",
        "notcontains",
        "startswith",
        "endswith",
        "in",
        "notin",
        "isnull",
        "notnull",
        "isblank",
        "notblank",
    ];
    let mut dice = Dice(77);
    let setup = Setup::new();
    let path = setup.path("made.db");
    let sqlite = Sqlite::open(&path).unwrap();
    sqlite.execute_batch("create table t (id integer primary key, w text, i integer)").unwrap();
    let mut rows: Vec<(i64, Sql, Sql)> = Vec::new();
    for id in 0..80 {
        let word = if dice.roll(5) == 0 { Sql::Null } else { Sql::Text(dice.pick(WORDS).to_owned()) };
        let number = if dice.roll(5) == 0 {
            Sql::Null
        } else {
            Sql::Integer(i64::try_from(dice.roll(7)).unwrap() - 3)
        };
        sqlite.execute("insert into t values (?, ?, ?)", rusqlite::params![id, word, number]).unwrap();
        rows.push((id, word, number));
    }
    let site = setup.args(&[&path.display().to_string()]).start();
    let mut connection = site.connect();
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    let encode = |text: &str| -> String {
        let byte = |b: &u8| if is_plain(*b as char) { (*b as char).to_string() } else { format!("%{b:02X}") };
        text.as_bytes().iter().map(byte).collect()
    };
    for round in 0..600 {
        let mut query = String::new();
        let mut filters = Vec::new();
        for _ in 0..=dice.roll(2) {
            let column = dice.pick(&["w", "i"]);
            let operator = dice.pick(OPERATORS);
            let word = dice.pick(WORDS).to_owned();
            // Nothing to look for is no filter, and one operator is given once.
            let has_no_value = operator.ends_with("null") || operator.ends_with("blank");
            let word = if has_no_value || word.is_empty() { "1".to_owned() } else { word };
            if filters.iter().any(|(c, o, _)| *c == column && *o == operator) {
                continue;
            }
            query += &format!("{column}__{operator}={}&", encode(&word));
            filters.push((column, operator, word));
        }
        let expected: Vec<i64> = rows
            .iter()
            .filter(|(_, word, number)| {
                filters.iter().all(|(column, operator, value)| {
                    holds(if *column == "w" { word } else { number }, operator, value)
                })
            })
            .map(|(id, _, _)| *id)
            .collect();
        let page = json(&mut connection, &format!("/made/t.json?{query}_size=max"));
        let found: Vec<i64> =
            page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!(found, expected, "round {round}: {query} {filters:?}");
    }
}
