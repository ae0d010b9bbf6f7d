//! `datasette-haversine` and `datasette-jellyfish`.

use serde_json::{Value, json};

use super::site::{quoted, sql, with};

#[test]
fn distances_are_sql() {
    let site = with(&["datasette-haversine"]).start();
    let from_lyon = |unit: &str| {
        let distance = format!("haversine(45.7597, 4.8422, latitude, longitude{unit})");
        let rows = sql(&site, &format!("select json_group_array({distance}) from places"));
        serde_json::from_str::<Value>(rows.as_str().unwrap()).unwrap()
    };
    let kilometers = from_lyon("");
    assert_eq!((&kilometers[0], &kilometers[2]), (&json!(0.0), &Value::Null));
    assert!((kilometers[1].as_f64().unwrap() - 392.217_259_5).abs() < 1e-6, "{kilometers}");
    let miles = from_lyon(", 'mi'");
    assert!((miles[1].as_f64().unwrap() - 243.712_506).abs() < 1e-6, "{miles}");
}

#[test]
fn a_wrong_unit_is_a_400_that_names_the_units() {
    let site = with(&["datasette-haversine"]).start();
    let answer =
        site.get(&format!("/ports/-/query.json?sql={}", quoted("select haversine(1, 2, 3, 4, 'miles')")));
    assert_eq!(answer.status, 400);
    let error = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("\"miles\" is no unit; there are km, m, mi, nmi, ft, in"), "{error}");
}

#[test]
fn words_that_sound_alike_are_found_in_sql() {
    let site = with(&["datasette-jellyfish"]).start();
    for (query, expected) in [
        ("levenshtein_distance(name, 'Pariss') from places where name like 'P%'", json!(1)),
        ("damerau_levenshtein_distance('fish', 'ifsh')", json!(1)),
        ("hamming_distance('karolin', 'kathrin')", json!(3)),
        ("round(jaro_similarity('MARTHA', 'MARHTA'), 3)", json!(0.944)),
        ("round(jaro_winkler_similarity('MARTHA', 'MARHTA'), 3)", json!(0.961)),
        ("match_rating_comparison('Smith', 'Smyth')", json!(1)),
        ("match_rating_comparison('Tim', 'Timothy')", Value::Null),
        ("soundex('Robert') || soundex('Rupert')", json!("R163R163")),
        ("metaphone('Knuth')", json!("N0")),
        ("nysiis('Knight')", json!("NAGT")),
        ("match_rating_codex('Catherine')", json!("CTHRN")),
        ("soundex(null)", Value::Null),
    ] {
        assert_eq!(sql(&site, &format!("select {query}")), expected, "{query}");
    }
}

#[test]
fn text_without_end_is_a_400() {
    let site = with(&["datasette-jellyfish"]).start();
    let query = "select levenshtein_distance(hex(zeroblob(100000)), 'a')";
    let answer = site.get(&format!("/ports/-/query.json?sql={}", quoted(query)));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("10000 characters at most"), "{}", answer.text());
}
