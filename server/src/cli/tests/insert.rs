//! `datasette insert`, as far as its words go.

use super::*;
use crate::importing::{Format, Layout, OnConflict, TextEncoding};

fn run(words: &str) -> Outcome {
    let folder =
        folder_with(&[("a.csv", "x"), ("a.tsv", "x"), ("a.jsonl", "x"), ("a.json", "x"), ("a.dat", "x")]);
    let words: Vec<&str> = words.split(' ').collect();
    datasette_in(folder.path(), &words, &[])
}

#[track_caller]
fn inserts(words: &str) -> ImportOptions {
    let outcome = run(words);
    let said = "Inserted 1,230 rows into t of d.db; 4 rows had a key that is taken; the table is new\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (0, said));
    outcome.inserted.unwrap()
}

#[test]
fn a_file_that_is_inserted_says_what_it_is() {
    assert_eq!(inserts("insert d.db t $D/a.csv"), ImportOptions::new("t", Format::Csv));
    assert_eq!(inserts("insert d.db t $D/a.tsv"), ImportOptions::new("t", Format::Tsv));
    assert_eq!(inserts("insert d.db t $D/a.jsonl"), ImportOptions::new("t", Format::Lines));
    let said =
        inserts("insert d.db t $D/a.dat -f csv --delimiter ; --quotechar ' --no-headers --encoding latin-1");
    let encoding = TextEncoding::named("latin1").unwrap();
    let layout = Layout { delimiter: Some(b';'), quote: b'\'', has_headers: false, encoding };
    assert_eq!(said, ImportOptions { layout, ..ImportOptions::new("t", Format::Csv) });
    let said = inserts(
        "insert d.db t $D/a.csv --pk a --pk b --replace --alter --truncate --no-detect-types --empty-null --batch-size 9",
    );
    let expected = ImportOptions {
        primary_key: vec!["a".into(), "b".into()],
        on_conflict: OnConflict::Replace,
        alter: true,
        truncate: true,
        detect_types: false,
        empty_null: true,
        batch_size: Some(9),
        ..ImportOptions::new("t", Format::Csv)
    };
    assert_eq!(said, expected);
    assert!(inserts("insert d.db t $D/a.csv --no-detect-types --detect-types").detect_types);
}

#[test]
fn an_insert_that_makes_no_sense_is_refused() {
    for (words, reason) in [
        ("insert d.db t nope.csv", "Invalid value for 'FILE': File 'nope.csv' does not exist."),
        ("insert d.db t / --format csv", "Invalid value for 'FILE': File '/' is a directory."),
        ("insert d.db t $D/a.dat", "The name $D/a.dat does not tell a format; say it with --format"),
        (
            "insert d.db t $D/a.csv -f xml",
            "Invalid value for '-f' / '--format': 'xml' is not one of csv, tsv, json, nl.",
        ),
        ("insert d.db t $D/a.csv --replace --ignore", "Use either --replace or --ignore"),
        (
            "insert d.db t $D/a.json --no-headers",
            "--no-headers is about CSV and TSV, and JSON has its own ways",
        ),
        (
            "insert d.db t $D/a.csv --batch-size 0",
            "Invalid value for '--batch-size': '0' is not a number of rows",
        ),
        (
            "insert d.db t $D/a.csv --delimiter ab",
            "Invalid value for '--delimiter': 'ab' is not one ASCII character",
        ),
        (
            "insert d.db t $D/a.csv --encoding klingon",
            "Invalid value for '--encoding': 'klingon' is no encoding; utf-8, latin-1 and utf-16 are some",
        ),
        ("insert d.db t", "Missing argument 'FILE'."),
    ] {
        let outcome = run(words);
        let said = outcome.err.lines().last().unwrap_or_default().to_owned();
        assert_eq!((outcome.code, said), (2, format!("Error: {reason}")), "{words}");
        assert!(outcome.inserted.is_none());
    }
}
