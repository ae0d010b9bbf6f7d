//! Text that is nearly the same: edit distances, similarities and phonetic codes as SQL functions, under the
//! names of Python's jellyfish library.
//!
//! Hooks: `prepare_connection`. Config: none.
//!
//! Adding a function: one line in `COMPARISONS` or `CODES`.

mod distance;
mod letters;
mod match_rating;
mod metaphone;
mod nysiis;
mod soundex;

use std::borrow::Cow;

use datasette_plugin_api::*;

/// Comparing takes as many steps as the product of both lengths: this many characters each take a second.
const LONGEST: usize = 10_000;

type Comparison = fn(&str, &str) -> Value;
type Code = fn(&str) -> Value;

/// Functions of two texts.
const COMPARISONS: &[(&str, Comparison)] = &[
    ("levenshtein_distance", distance::levenshtein),
    ("damerau_levenshtein_distance", distance::damerau_levenshtein),
    ("hamming_distance", distance::hamming),
    ("jaro_similarity", distance::jaro),
    ("jaro_winkler_similarity", distance::jaro_winkler),
    ("match_rating_comparison", |a, b| match_rating::comparison(a, b).into()),
    // As they were called before jellyfish 0.8.
    ("jaro_distance", distance::jaro),
    ("jaro_winkler", distance::jaro_winkler),
];

/// Functions of one text.
const CODES: &[(&str, Code)] = &[
    ("soundex", |text| soundex::code(text).into()),
    ("metaphone", |text| metaphone::code(text).into()),
    ("nysiis", |text| nysiis::code(text).into()),
    ("match_rating_codex", |text| match_rating::codex(text).into()),
];

struct Jellyfish;

#[hookimpl]
impl Plugin for Jellyfish {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn prepare_connection(&self, connection: &PrepareConnection<'_>) -> Result<()> {
        for &(name, compare) in COMPARISONS {
            connection.registrar.scalar(name, 2, move |args| match args {
                [ValueRef::Null, _] | [_, ValueRef::Null] => Ok(Value::Null),
                [a, b] => Ok(compare(&text(name, *a)?, &text(name, *b)?)),
                _ => Err(Error::bad_request(format!("{name}: it takes two texts"))),
            })?;
        }
        for &(name, encode) in CODES {
            connection.registrar.scalar(name, 1, move |args| match args {
                [ValueRef::Null] => Ok(Value::Null),
                [word] => Ok(encode(&text(name, *word)?)),
                _ => Err(Error::bad_request(format!("{name}: it takes one text"))),
            })?;
        }
        Ok(())
    }
}

export_plugin!(Jellyfish);

/// Numbers are compared as they are printed.
fn text<'a>(function: &str, value: ValueRef<'a>) -> Result<Cow<'a, str>> {
    let text = match value {
        ValueRef::Text(text) => Cow::Borrowed(text),
        ValueRef::Blob(_) => return Err(Error::bad_request(format!("{function}: a BLOB is not text"))),
        number => Cow::Owned(number.to_string()),
    };
    // No text has more characters than bytes: nearly all are settled by the first question.
    if text.len() > LONGEST && text.chars().count() > LONGEST {
        return Err(Error::bad_request(format!("{function}: texts may have {LONGEST} characters at most")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeConnection, Harness};

    use super::*;

    fn sql() -> FakeConnection {
        Harness::<Jellyfish>::new().sql().unwrap()
    }

    #[track_caller]
    fn check(function: &str, args: &[&str], expected: impl Into<Value>) {
        let args: Vec<Value> = args.iter().map(|arg| Value::from(*arg)).collect();
        assert_eq!(sql().call(function, &args).unwrap(), expected.into(), "{function} of {args:?}");
    }

    #[test]
    fn codes_are_those_of_the_python_library() {
        check("soundex", &["hello"], "H400");
        check("metaphone", &["hello"], "HL");
        check("nysiis", &["hello"], "HAL");
        check("match_rating_codex", &["hello"], "HL");
    }

    #[test]
    fn distances_are_those_of_the_python_library() {
        let texts = ["hello", "hello world"];
        check("levenshtein_distance", &texts, 6);
        check("damerau_levenshtein_distance", &texts, 6);
        check("hamming_distance", &texts, 6);
        check("jaro_similarity", &texts, 0.818_181_818_181_818_2);
        check("jaro_winkler_similarity", &texts, 0.890_909_090_909_091);
        check("match_rating_comparison", &["hello", "helloo"], 1);
        check("match_rating_comparison", &["Michael", "Mike"], 0);
        check("match_rating_comparison", &["Tim", "Timothy"], Value::Null);
    }

    #[test]
    fn older_names_work() {
        check("jaro_distance", &["hello", "hello world"], 0.818_181_818_181_818_2);
        check("jaro_winkler", &["hello", "hello world"], 0.890_909_090_909_091);
    }

    #[test]
    fn null_gives_null() {
        for (name, _) in COMPARISONS {
            for args in [[Value::Null, "a".into()], ["a".into(), Value::Null], [Value::Null, Value::Null]] {
                assert_eq!(sql().call(name, &args).unwrap(), Value::Null, "{name}");
            }
        }
        for (name, _) in CODES {
            assert_eq!(sql().call(name, &[Value::Null]).unwrap(), Value::Null, "{name}");
        }
    }

    #[test]
    fn numbers_are_text_and_blobs_are_not() {
        let numbers = [Value::from(1234), Value::from(1243)];
        assert_eq!(sql().call("damerau_levenshtein_distance", &numbers).unwrap(), 1.into());
        let error = sql().call("soundex", &[Value::Blob(vec![65])]).unwrap_err();
        assert_eq!(error.message, "soundex: a BLOB is not text");
    }

    #[test]
    fn long_texts_are_an_error() {
        let long = Value::from("é".repeat(LONGEST + 1));
        for (name, _) in COMPARISONS {
            let error = sql().call(name, &["a".into(), long.clone()]).unwrap_err();
            assert!(error.message.contains("10000 characters at most"), "{}", error.message);
        }
        for (name, _) in CODES {
            assert!(sql().call(name, std::slice::from_ref(&long)).is_err(), "{name}");
        }
        let just_fits = Value::from("é".repeat(LONGEST));
        assert_eq!(sql().call("hamming_distance", &[just_fits, "".into()]).unwrap(), 10_000.into());
    }

    #[test]
    fn no_text_breaks_a_function() {
        let odd = [
            "",
            " ",
            "\0",
            "日本語",
            "👩‍👩‍👧",
            "e\u{301}\u{301}",
            "\u{202e}abc",
            "ß",
            "ﬁ",
            "İ",
            "'",
            "A1",
            "GH",
            "KN",
            "SCH",
        ];
        for a in odd {
            for (name, _) in CODES {
                sql().call(name, &[a.into()]).unwrap();
            }
            for b in odd {
                for (name, _) in COMPARISONS {
                    sql().call(name, &[a.into(), b.into()]).unwrap();
                }
            }
        }
    }
}
