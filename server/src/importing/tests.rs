//! Files in, tables out: what a table is afterwards, as SQL tells it.

use super::*;
use crate::sqlite::{Database, as_text};

const LOOK_ON: &Watch<'static> = &|_| true;

/// Imports the text into the database's table t. What was done, or why not.
fn import(database: &Database, options: &ImportOptions, text: &'static [u8]) -> Result<Imported, String> {
    let run = || {
        let existing = database.read_whole(None, |conn| Ok(database.table(conn, &options.table)?))?;
        let mut import = Import::survey(options, Input::stream(text), existing.as_deref(), LOOK_ON)?;
        database.write(|writer| import.write(writer, None))
    };
    run().map_err(|error: Error| error.to_string())
}

/// Each row of t with the types of its values.
fn dump(database: &Database) -> String {
    let read = database.read_whole(None, |conn| {
        let rows = conn.rows("select * from t", &[])?;
        let cell = |row, column| {
            let value = rows.get(row, column);
            let quote = if matches!(value, datasette_plugin_api::ValueRef::Text(_)) { "'" } else { "" };
            format!("{quote}{}{quote}", as_text(value))
        };
        let line =
            |row| (0..rows.columns.len()).map(|column| cell(row, column)).collect::<Vec<_>>().join(" ");
        Ok((0..rows.len()).map(line).collect::<Vec<_>>().join("; "))
    });
    read.unwrap_or_else(|error| format!("error: {error}"))
}

/// What becomes of t, if it is first what `before` makes it.
#[track_caller]
fn check(before: &str, options: ImportOptions, text: &'static [u8], expected: &str) {
    let (_folder, database) = Database::for_test(before);
    let found = match import(&database, &options, text) {
        Err(error) => {
            // Nothing is half done.
            let tables = database.read_whole(None, |conn| {
                conn.statements("select name from sqlite_master").map_err(Into::into)
            });
            assert_eq!(tables.unwrap().is_empty(), before.is_empty());
            format!("error: {error}")
        }
        Ok(imported) => {
            let columns = imported.schema.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
            let columns = columns.replace("   ", "").replace('\n', " ");
            format!("{} | {}", columns.trim(), dump(&database))
        }
    };
    assert_eq!(found, expected);
}

fn csv() -> ImportOptions {
    ImportOptions::new("t", Format::Csv)
}

fn json() -> ImportOptions {
    ImportOptions::new("t", Format::Json)
}

#[test]
fn columns_get_the_types_of_what_is_in_them() {
    check(
        "",
        csv(),
        b"id,name,price,code,note\n1,\"A, \"\"b\"\"\",1.50,007,\n2,\xc3\xa9,3,8,\n",
        "\"id\" INTEGER, \"name\" TEXT, \"price\" REAL, \"code\" TEXT, \"note\" TEXT | \
         1 'A, \"b\"' 1.5 '007' ''; 2 '\u{e9}' 3.0 '8' ''",
    );
    check("", csv(), b"a,b\n,x\n5,\n", "\"a\" INTEGER, \"b\" TEXT | None 'x'; 5 ''");
    check("", ImportOptions { empty_null: true, ..csv() }, b"a\n\"\"\nx\n", "\"a\" TEXT | None; 'x'");
    check("", ImportOptions { detect_types: false, ..csv() }, b"a\n1\n", "\"a\" TEXT | '1'");
    check("", csv(), b"a,b\n", "\"a\" TEXT, \"b\" TEXT | ");
}

#[test]
fn a_late_row_decides_as_much_as_an_early_one() {
    let mut text = b"n\n".to_vec();
    for number in 0..5000 {
        text.extend_from_slice(format!("{number}\n").as_bytes());
    }
    text.extend_from_slice(b"007\n");
    let (_folder, database) = Database::for_test("");
    let imported = import(&database, &csv(), text.leak()).unwrap();
    assert_eq!((imported.rows, imported.schema.contains("\"n\" TEXT")), (5001, true));
    assert!(dump(&database).ends_with("'4999'; '007'"));
}

#[test]
fn lines_may_be_laid_out_in_other_ways() {
    let layout = Layout { delimiter: Some(b';'), quote: b'\'', ..Layout::default() };
    check("", ImportOptions { layout, ..csv() }, b"a;b\n'x;y';\"\n", "\"a\" TEXT, \"b\" TEXT | 'x;y' '\"'");
    let tsv = ImportOptions::new("t", Format::Tsv);
    check("", tsv, b"a\tb\r\n1\t2\r\n\r\n", "\"a\" INTEGER, \"b\" INTEGER | 1 2");
    let bare = ImportOptions { layout: Layout { has_headers: false, ..Layout::default() }, ..csv() };
    check("", bare.clone(), b"x,1\ny,2\n", "\"column_1\" TEXT, \"column_2\" INTEGER | 'x' 1; 'y' 2");
    check(
        "create table t (b, c as (b) stored, a)",
        bare.clone(),
        b"x,1\n",
        "b, c as (b) stored, a | 'x' 'x' 1",
    );
    check("create table t (a)", bare, b"x,1\n", "error: The file has 2 columns, and the table t has 1");
}

#[test]
fn encodings_are_said_or_say_so_themselves() {
    let with = |name: &str| {
        let encoding = TextEncoding::named(name).unwrap();
        ImportOptions { layout: Layout { encoding, ..Layout::default() }, ..csv() }
    };
    check("", csv(), b"\xef\xbb\xbfa\n\xc3\xa9\n", "\"a\" TEXT | '\u{e9}'");
    check("", with("utf-8-sig"), b"\xef\xbb\xbfa\n1\n", "\"a\" INTEGER | 1");
    check("", with("latin-1"), b"a\n\xe9\n", "\"a\" TEXT | '\u{e9}'");
    check("", with("utf-16"), b"\xff\xfea\0\n\0\xe9\0\n\0", "\"a\" TEXT | '\u{e9}'");
    check("", with("utf-16be"), b"\0a\0\n\x01\x02\0\n", "\"a\" TEXT | '\u{102}'");
    check(
        "",
        csv(),
        b"a,b\n1,x\n2,\xe9\n",
        "error: line 3, column 2 (b): this is not UTF-8; say which encoding it is, such as latin-1",
    );
    assert!(TextEncoding::named("klingon").is_none());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    check("", csv(), b"", "error: The file is empty: there is no line that names the columns");
    check("", csv(), b"a,b\n1,2\n3\n", "error: line 3 has 1 cell, the first line has 2");
    check(
        "",
        csv(),
        b"a,b,A\n",
        "error: line 1: columns 1 and 3 are both called A; give each a name of its own",
    );
    let key = ImportOptions { primary_key: vec!["id".into()], ..csv() };
    check("", key.clone(), b"id,n\n1,a\n1,b\n", "error: line 3: UNIQUE constraint failed: t.id");
    check("", key, b"n\n1\n", "error: The primary key id is no column of the file, which has n");
    check("", json(), b"[{\"a\": 1}, {\"a\": ]", "error: line 1, column 18: expected value");
    check("", json(), b"[{\"a\": 1}, 5]", "error: row 2 is no object");
    check("", json(), b"[]", "error: There are no rows, so there is nothing to make a table of");
    check(
        "",
        json(),
        b"{\"a\": 1}\n{\"a\": 2}",
        "error: line 2, column 1: trailing characters; if there is an object on each line, the format is nl",
    );
    let lines = ImportOptions::new("t", Format::Lines);
    check("", lines.clone(), b"{\"a\": 1}\n\n{\"a\": x}", "error: line 3, column 7: expected value");
    check("", lines, b"{\"a\": 1}\n[1]", "error: line 2 is no object");
    check(
        "create table t (a)",
        json(),
        b"[{\"a\": 1}, {\"b\": 1}]",
        "error: row 2: the table t has no column b; \
        missing columns are added if that is asked for (--alter)",
    );
}

#[test]
fn json_keeps_its_types_and_lists_become_text() {
    check(
        "",
        json(),
        b"[{\"i\": 1, \"f\": 1.5, \"s\": \"007\", \"n\": null}, {\"l\": [1, \"\\u00e9\"], \"i\": true, \"f\": 2, \
          \"b\": {\"$base64\": true, \"encoded\": \"AAE=\"}}, {\"i\": 18446744073709551615}]",
        "\"i\" TEXT, \"f\" REAL, \"s\" TEXT, \"n\" TEXT, \"l\" TEXT, \"b\" BLOB | \
         '1' 1.5 '007' None None None; '1' 2.0 None None '[1, \"\u{e9}\"]' b'\\x00\\x01'; \
         '18446744073709551615' None None None None None",
    );
    check("", json(), b" {\"a\": 1} ", "\"a\" INTEGER | 1");
    check(
        "create table t (a, b default 7)",
        json(),
        b"[{\"a\": 1}, {}, {\"B\": 2}]",
        "a, b default 7 | 1 7; None 7; None 2",
    );
}

#[test]
fn a_table_that_is_there_decides_what_it_does_with_values() {
    let table =
        "create table t (id integer primary key, n integer, x, s text); insert into t values (1, 1, 1, 'a')";
    let shape = "id integer primary key, n integer, x, s text";
    check(
        table,
        csv(),
        b"S,n,x\n5,,007\n6,7,8\n",
        &format!("{shape} | 1 1 1 'a'; 2 None '007' '5'; 3 7 8 '6'"),
    );
    check(table, csv(), b"rowid,n\n9,1\n", &format!("{shape} | 1 1 1 'a'; 9 1 None None"));
    check(table, csv(), b"id,n\n5,1\n1,2\n", "error: line 3: UNIQUE constraint failed: t.id");
    let ignore = ImportOptions { on_conflict: OnConflict::Ignore, ..csv() };
    check(table, ignore, b"id,n\n5,1\n1,2\n", &format!("{shape} | 1 1 1 'a'; 5 1 None None"));
    let replace = ImportOptions { on_conflict: OnConflict::Replace, ..csv() };
    check(table, replace, b"id,n\n5,1\n1,2\n", &format!("{shape} | 1 2 None None; 5 1 None None"));
    let truncate = ImportOptions { truncate: true, ..csv() };
    check(table, truncate, b"n\n5\n", &format!("{shape} | 1 5 None None"));
    let alter = ImportOptions { alter: true, ..csv() };
    let altered = format!("{shape}, \"new\" REAL | 1 1 1 'a' None; 2 2 None None 1.5");
    check(table, alter, b"n,new\n2,1.5\n", &altered);
    check(
        table,
        ImportOptions { primary_key: vec!["n".into()], ..csv() },
        b"n\n5\n",
        "error: The primary key of t is id and stays so; leave the key out",
    );
    check("create view t as select 1 as a", csv(), b"a\n1\n", "error: t is a view; rows go into tables");
}

#[test]
fn keys_may_have_several_columns() {
    let keys = ImportOptions { primary_key: vec!["a".into(), "b".into()], ..csv() };
    check(
        "",
        keys,
        b"a,b\n1,x\n1,y\n",
        "\"a\" INTEGER, \"b\" TEXT, PRIMARY KEY (\"a\", \"b\") | 1 'x'; 1 'y'",
    );
}

#[test]
fn who_has_enough_leaves_nothing_behind_but_finished_batches() {
    let mut text = b"n\n".to_vec();
    text.extend_from_slice("1\n".repeat(3000).as_bytes());
    let text: &'static [u8] = text.leak();
    for (batch_size, expected) in [(None, ""), (Some(1500), "1")] {
        let (_folder, database) = Database::for_test("");
        let options = ImportOptions { batch_size, ..csv() };
        let watch = |progress: Progress| !(progress.writes && progress.rows >= 2000);
        let mut import = Import::survey(&options, Input::stream(text), None, &watch).unwrap();
        let stopped = database.write(|writer| import.write(writer, None));
        assert!(matches!(stopped, Err(Error::Cancelled)));
        let sql = "select count(*) from sqlite_master";
        let tables =
            database.read_whole(None, |conn| conn.value(sql, &[]).map_err(Into::into)).unwrap().unwrap();
        assert_eq!(tables.as_i64(), Some(expected.len() as i64));
        if !expected.is_empty() {
            assert_eq!(dump(&database).matches('1').count(), 1500);
        }
    }
}
