//! Thousands of writes, good and bad, made up by dice: what was accepted is in the tables, what was refused
//! has left no trace. A model of the tables, here in the test, says which is which.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection as Sqlite;
use rusqlite::types::Value as Sql;
use serde_json::{Map, Value, json};

use crate::support::{Answer, Connection, Dice, Setup, tilde};

const REQUESTS: usize = 6000;
const HEADERS: &str = "content-type: application/json\r\n";
const TABLES: &[&str] =
    &["plain", "with space", "quo\"te", "select", "é/ü.x", "a~b+c%20", "1", "it's", "[b]"];
const COLUMNS: &[&str] = &["a", "b c", "quo\"te", "order", "é", "1", "it's", "x.y", "[z]"];
const TEXTS: &[&str] = &[
    "",
    "x",
    "'; drop table plain; --",
    "💥 zwölf",
    "line\nbreak",
    "\u{1}\t",
    "{\"a\": 1}",
    "%s ~ + &",
    "\"",
    "naïve",
];
const TYPES: &[&str] = &["text", "integer", "float", "blob"];

/// A table as it should be. Its key is `id`, an integer.
#[derive(Debug, Clone, Default, PartialEq)]
struct Table {
    /// Beside the key; with their types.
    columns: Vec<(String, &'static str)>,
    rows: BTreeMap<i64, BTreeMap<String, Sql>>,
}

type Model = BTreeMap<String, Table>;

/// A request, and what becomes of the tables if it is accepted; `None`: it has to be refused.
struct Wish {
    target: String,
    body: String,
    expected: Option<Model>,
}

impl Wish {
    fn new(target: String, body: &Value, expected: Option<Model>) -> Self {
        Self { target, body: body.to_string(), expected }
    }
}

/// How a column of that type stores the value.
fn stored(value: &Value, column_type: &str) -> Sql {
    let value = match value {
        Value::Null => Sql::Null,
        Value::Bool(value) => Sql::Integer(i64::from(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Sql::Integer(integer),
            None => Sql::Real(number.as_f64().unwrap()),
        },
        Value::String(text) => Sql::Text(text.clone()),
        Value::Object(object) if object.contains_key("$base64") => Sql::Blob(vec![0, 1]),
        other => Sql::Text(other.to_string().replace(',', ", ").replace(':', ": ")),
    };
    match (column_type, value) {
        ("text", Sql::Integer(value)) => Sql::Text(value.to_string()),
        ("text", Sql::Real(value)) => Sql::Text(format!("{value:?}")),
        ("float", Sql::Integer(value)) => Sql::Real(value as f64),
        ("integer", Sql::Real(value)) if value.fract() == 0.0 => Sql::Integer(value as i64),
        (_, value) => value,
    }
}

impl Table {
    fn column_type(&self, name: &str) -> Option<&'static str> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, column_type)| *column_type)
    }

    /// Puts the rows in; `None` if one of them can't be.
    fn insert(&mut self, rows: &[Map<String, Value>], how: &str) -> Option<()> {
        // Within one request a row has null where only others have a value.
        let names: Vec<&String> = rows.iter().flat_map(Map::keys).collect();
        for row in rows {
            let id = match row.get("id") {
                Some(Value::Number(id)) => id.as_i64()?,
                Some(Value::Bool(id)) => i64::from(*id),
                Some(Value::Null) | None => self.rows.keys().next_back().map_or(1, |last| last + 1),
                Some(_) => return None,
            };
            let taken = self.rows.contains_key(&id);
            let mut new = match (taken, how) {
                (true, "fail") => return None,
                (true, "ignore") => continue,
                (true, "upsert") => self.rows[&id].clone(),
                _ => self.columns.iter().map(|(name, _)| (name.clone(), Sql::Null)).collect(),
            };
            for name in names.iter().filter(|name| **name != "id") {
                let column_type = self.column_type(name)?;
                let value = row.get(*name).map_or(Sql::Null, |value| stored(value, column_type));
                new.insert((*name).clone(), value);
            }
            self.rows.insert(id, new);
        }
        Some(())
    }

    fn add_column(&mut self, name: &str, column_type: &'static str) {
        self.columns.push((name.to_owned(), column_type));
        for row in self.rows.values_mut() {
            row.insert(name.to_owned(), Sql::Null);
        }
    }
}

/// What is in the file.
fn look(path: &Path) -> Model {
    let database = Sqlite::open(path).unwrap();
    let mut names = database.prepare("select name from sqlite_master where type = 'table'").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let table = |name: &String| {
        let mut columns = database.prepare(&format!("pragma table_info({})", quoted(name))).unwrap();
        let columns = columns.query_map([], |row| Ok((row.get(1)?, row.get(2)?)));
        let columns: Vec<(String, String)> = columns.unwrap().map(Result::unwrap).collect();
        let api_type = |sql_type: &str| {
            TYPES
                .iter()
                .find(|known| known.eq_ignore_ascii_case(if sql_type == "REAL" { "float" } else { sql_type }))
        };
        let mut rows = database.prepare(&format!("select * from {}", quoted(name))).unwrap();
        let rows = rows.query_map([], |row| {
            let cells = columns.iter().enumerate().skip(1);
            let cells = cells.map(|(index, (name, _))| Ok((name.clone(), row.get(index)?)));
            Ok((row.get(0)?, cells.collect::<rusqlite::Result<_>>()?))
        });
        let rows = rows.unwrap().map(Result::unwrap).collect();
        let columns =
            columns.iter().skip(1).map(|(name, sql_type)| (name.clone(), *api_type(sql_type).unwrap()));
        (name.clone(), Table { columns: columns.collect(), rows })
    };
    names.iter().map(table).collect()
}

/// Makes up requests.
struct Author<'a> {
    dice: &'a mut Dice,
    model: &'a Model,
}

impl Author<'_> {
    fn one_in(&mut self, chances: usize) -> bool {
        self.dice.roll(chances) == 0
    }

    /// A table, mostly one that is there.
    fn table(&mut self) -> (String, Option<Table>) {
        let known: Vec<&String> = self.model.keys().collect();
        if known.is_empty() || self.one_in(15) {
            let name = self.dice.pick(TABLES).to_owned();
            let table = self.model.get(&name).cloned();
            return (name, table);
        }
        let name = known[self.dice.roll(known.len())].clone();
        let table = self.model.get(&name).cloned();
        (name, table)
    }

    fn text(&mut self) -> String {
        match self.dice.roll(12) {
            0 => "long ".repeat(60),
            _ => self.dice.pick(TEXTS).to_owned(),
        }
    }

    fn value(&mut self) -> Value {
        match self.dice.roll(12) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(self.dice.roll(1000) as i64 - 500),
            3 => json!(9_007_199_254_740_993_i64),
            4 => json!(self.dice.roll(1000) as f64 + 0.5),
            5 => json!(["x", 1, null]),
            6 => json!({"k": "v"}),
            7 => json!({"$base64": true, "encoded": "AAE="}),
            _ => json!(self.text()),
        }
    }

    fn id(&mut self, table: &Table) -> i64 {
        let known: Vec<i64> = table.rows.keys().copied().collect();
        if known.is_empty() || self.one_in(2) {
            self.dice.roll(200) as i64 - 20
        } else {
            known[self.dice.roll(known.len())]
        }
    }

    fn row(&mut self, table: &Table, with_id: usize) -> Map<String, Value> {
        let mut row = Map::new();
        if self.dice.roll(10) < with_id {
            row.insert("id".to_owned(), json!(self.id(table)));
        }
        for (name, _) in &table.columns {
            if !self.one_in(3) {
                row.insert(name.clone(), self.value());
            }
        }
        row
    }

    fn wish(&mut self) -> Wish {
        match self.dice.roll(20) {
            0..=6 => self.insert(),
            7..=9 => self.upsert(),
            10..=12 => self.update(),
            13..=14 => self.delete(),
            15..=16 => self.create(),
            17 => self.alter(),
            18 => self.drop(),
            _ => self.nonsense(),
        }
    }

    fn with(&self, name: &str, table: Option<Table>) -> Option<Model> {
        let mut model = self.model.clone();
        model.insert(name.to_owned(), table?);
        Some(model)
    }

    fn insert(&mut self) -> Wish {
        let (name, table) = self.table();
        let known = table.clone().unwrap_or_default();
        let count = if self.one_in(40) { 101 } else { 1 + self.dice.roll(4) };
        let mut rows: Vec<Map<String, Value>> = (0..count).map(|_| self.row(&known, 5)).collect();
        let (ignore, replace) = (self.one_in(4), self.one_in(4));
        let (alter, returns) = (self.one_in(5), self.one_in(3));
        let mut table = table;
        let new_column = self.dice.pick(COLUMNS).to_owned();
        let adds = self.one_in(4) && known.column_type(&new_column).is_none();
        if adds {
            rows[0].insert(new_column.clone(), json!("new"));
            match &mut table {
                Some(table) if alter && table.columns.len() < 12 => table.add_column(&new_column, "text"),
                _ => table = table.filter(|_| alter),
            }
            if known.columns.len() >= 12 {
                rows[0].remove(&new_column);
            }
        }
        if adds && known.columns.len() >= 12 {
            table = Some(known.clone()).filter(|_| self.model.contains_key(&name));
        }
        if self.one_in(25) {
            rows[0].insert("id".to_owned(), json!("text"));
        }
        let mut body = json!({"ignore": ignore, "replace": replace, "alter": alter, "return": returns});
        if rows.len() == 1 && self.one_in(2) {
            body["row"] = rows[0].clone().into();
        } else {
            body["rows"] = rows.iter().cloned().map(Value::Object).collect();
        }
        let how = if ignore {
            "ignore"
        } else if replace {
            "replace"
        } else {
            "fail"
        };
        let is_fine = rows.len() <= 100 && !(ignore && replace);
        let table = table.filter(|_| is_fine).and_then(|mut table| table.insert(&rows, how).map(|()| table));
        Wish::new(format!("/data/{}/-/insert", tilde(&name)), &body, self.with(&name, table))
    }

    fn upsert(&mut self) -> Wish {
        let (name, table) = self.table();
        let known = table.clone().unwrap_or_default();
        let with_id = if self.one_in(6) { 8 } else { 10 };
        let rows: Vec<Map<String, Value>> =
            (0..=self.dice.roll(3)).map(|_| self.row(&known, with_id)).collect();
        let body = json!({"rows": rows, "return": self.one_in(3)});
        let has_keys = rows.iter().all(|row| row.get("id").is_some_and(Value::is_i64));
        let table =
            table.filter(|_| has_keys).and_then(|mut table| table.insert(&rows, "upsert").map(|()| table));
        Wish::new(format!("/data/{}/-/upsert", tilde(&name)), &body, self.with(&name, table))
    }

    fn update(&mut self) -> Wish {
        let (name, table) = self.table();
        let known = table.clone().unwrap_or_default();
        let id = self.id(&known);
        let mut values = self.row(&known, 2);
        if self.one_in(10) {
            values.insert("no such column".to_owned(), json!(1));
        }
        let body = json!({"update": values, "return": self.one_in(2)});
        let table = table.and_then(|mut table| {
            let mut row = table.rows.remove(&id)?;
            let new = values.get("id").map_or(Some(id), Value::as_i64)?;
            for (name, value) in values.iter().filter(|(name, _)| *name != "id") {
                let column_type = table.column_type(name)?;
                row.insert(name.clone(), stored(value, column_type));
            }
            table.rows.insert(new, row).is_none().then_some(table)
        });
        Wish::new(format!("/data/{}/{id}/-/update", tilde(&name)), &body, self.with(&name, table))
    }

    fn delete(&mut self) -> Wish {
        let (name, table) = self.table();
        let id = self.id(&table.clone().unwrap_or_default());
        let table = table.and_then(|mut table| table.rows.remove(&id).map(|_| table));
        Wish::new(format!("/data/{}/{id}/-/delete", tilde(&name)), &json!({}), self.with(&name, table))
    }

    fn create(&mut self) -> Wish {
        let name = self.dice.pick(TABLES).to_owned();
        let mut table = Table::default();
        for column in COLUMNS {
            if self.one_in(2) {
                table.columns.push(((*column).to_owned(), TYPES[self.dice.roll(TYPES.len())]));
            }
        }
        let mut columns = vec![json!({"name": "id", "type": "integer"})];
        columns.extend(
            table.columns.iter().map(|(name, column_type)| json!({"name": name, "type": column_type})),
        );
        let mut is_fine = !self.model.contains_key(&name);
        match self.dice.roll(12) {
            0 => columns.push(json!({"name": "id"})),
            1 => columns.push(json!({"name": "z", "type": "nonsense"})),
            2 => columns.push(json!({"name": ""})),
            3 => columns.push(json!({"name": "z", "fk_table": "there is none"})),
            _ => columns.push(Value::Null),
        }
        match columns.last() {
            Some(Value::Null) => drop(columns.pop()),
            _ => is_fine = false,
        }
        let body = json!({"table": name, "columns": columns, "pk": "id"});
        Wish::new("/data/-/create".to_owned(), &body, self.with(&name, Some(table).filter(|_| is_fine)))
    }

    fn alter(&mut self) -> Wish {
        let (name, table) = self.table();
        let mut new_name = name.clone();
        let mut altered = table;
        let mut operations = Vec::new();
        for _ in 0..=self.dice.roll(2) {
            let column = self.dice.pick(COLUMNS).to_owned();
            let other = self.dice.pick(COLUMNS).to_owned();
            let known = altered.clone().unwrap_or_default();
            let (has, has_other) =
                (known.column_type(&column).is_some(), known.column_type(&other).is_some());
            match self.dice.roll(4) {
                0 => {
                    operations.push(json!({"op": "add_column", "args": {"name": column, "type": "text"}}));
                    altered = altered.filter(|_| !has);
                    if let Some(table) = &mut altered {
                        table.add_column(&column, "text");
                    }
                    break;
                }
                1 => {
                    operations.push(json!({"op": "rename_column", "args": {"name": column, "to": other}}));
                    // To itself is nothing, and to another one's name is none.
                    if column == other {
                        altered = altered.filter(|_| has);
                        break;
                    }
                    altered = altered.filter(|_| has && !has_other);
                    if let Some(table) = &mut altered {
                        for (name, _) in table.columns.iter_mut().filter(|(name, _)| *name == column) {
                            name.clone_from(&other);
                        }
                        for row in table.rows.values_mut() {
                            let value = row.remove(&column).unwrap();
                            row.insert(other.clone(), value);
                        }
                    }
                    break;
                }
                2 => {
                    operations.push(json!({"op": "drop_column", "args": {"name": column}}));
                    altered = altered.filter(|_| has);
                    if let Some(table) = &mut altered {
                        table.columns.retain(|(name, _)| *name != column);
                        table.rows.values_mut().for_each(|row| drop(row.remove(&column)));
                    }
                    break;
                }
                _ if operations.is_empty() => {
                    new_name = self.dice.pick(TABLES).to_owned();
                    let is_taken = new_name != name && self.model.contains_key(&new_name);
                    operations.push(json!({"op": "rename_table", "args": {"to": new_name}}));
                    altered = altered.filter(|_| !is_taken);
                }
                _ => break,
            }
        }
        let expected = altered.map(|table| {
            let mut model = self.model.clone();
            model.remove(&name);
            model.insert(new_name, table);
            model
        });
        Wish::new(format!("/data/{}/-/alter", tilde(&name)), &json!({"operations": operations}), expected)
    }

    fn drop(&mut self) -> Wish {
        let (name, table) = self.table();
        let confirm = self.one_in(2);
        let expected = table.map(|_| {
            let mut model = self.model.clone();
            if confirm {
                model.remove(&name);
            }
            model
        });
        Wish::new(format!("/data/{}/-/drop", tilde(&name)), &json!({"confirm": confirm}), expected)
    }

    fn nonsense(&mut self) -> Wish {
        let (name, _) = self.table();
        let action = self.dice.pick(&["insert", "upsert", "alter", "insert"]);
        let bodies = [
            "",
            "{",
            "[]",
            "null",
            "5",
            "\"x\"",
            "{}",
            r#"{"row": 5}"#,
            r#"{"rows": {}}"#,
            r#"{"rows": [5]}"#,
            r#"{"row": {}, "rows": []}"#,
            r#"{"rows": [], "nonsense": 1}"#,
            r#"{"operations": []}"#,
            r#"{"operations": [{"op": "explode", "args": {}}]}"#,
            r#"{"rows": [{"id": 1, "no such": 2}]}"#,
            r#"{"row": {"id": {"$base64": true, "encoded": "?"}}}"#,
            "\u{0}",
            "{\"row\": {\"a\": 1e999}}",
        ];
        let body = self.dice.pick(&bodies).to_owned();
        Wish { target: format!("/data/{}/-/{action}", tilde(&name)), body, expected: None }
    }
}

fn send(connection: &mut Connection, wish: &Wish) -> Answer {
    connection.request("POST", &wish.target, HEADERS, wish.body.as_bytes())
}

/// The last of what there was to compare, so that a failure fits a screen.
fn differences(expected: &Model, found: &Model) -> String {
    let names = expected.keys().chain(found.keys());
    let of = |name: &String| (expected.get(name), found.get(name));
    let different = names.filter(|name| of(name).0 != of(name).1);
    different.map(|name| format!("{name}: expected {:?}\nfound {:?}\n", of(name).0, of(name).1)).collect()
}

#[test]
fn what_is_accepted_is_there_and_what_is_refused_leaves_no_trace() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    let setup = Setup::new();
    let path = setup.path("data.db");
    // What is not on the disk does not matter here, and waiting for it takes most of the time.
    Sqlite::open(&path).unwrap().execute_batch("pragma journal_mode = wal").unwrap();
    let actions = ["insert-row", "update-row", "delete-row", "create-table", "alter-table", "drop-table"];
    let allowed: Map<String, Value> =
        actions.iter().map(|action| ((*action).to_owned(), json!(true))).collect();
    let site = setup.config(&json!({"permissions": allowed})).args(&[&path.display().to_string()]).start();
    let mut connection = site.connect();
    let mut dice = Dice(seed);
    let mut model = Model::new();
    let (mut accepted, mut refused) = (0, 0);
    for number in 0..REQUESTS {
        let wish = Author { dice: &mut dice, model: &model }.wish();
        let answer = send(&mut connection, &wish);
        let what = || {
            format!(
                "SEED={seed}, request {number}: {} {}\n{} {}",
                wish.target,
                wish.body,
                answer.status,
                answer.text()
            )
        };
        let is_accepted = matches!(answer.status, 200 | 201);
        assert!(is_accepted || (400..500).contains(&answer.status), "{}", what());
        assert_eq!(is_accepted, wish.expected.is_some(), "{}", what());
        if !is_accepted {
            let said = answer.json();
            assert_eq!((&said["ok"], said["error"].is_string()), (&json!(false), true), "{}", what());
        }
        if is_accepted {
            accepted += 1
        } else {
            refused += 1
        }
        model = wish.expected.clone().unwrap_or(model);
        let found = look(&path);
        assert!(found == model, "{}\n{}", what(), differences(&model, &found));
    }
    assert!(accepted > 1500 && refused > 1000, "{accepted} accepted, {refused} refused");
}
