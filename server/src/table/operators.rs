//! The operators of column filters (`?column__op=value`), in the order in which forms offer them.

use datasette_plugin_api::{Json, Value};

use crate::error::{Error, Result};
use crate::render::json;
use crate::sqlite::{identifier, quoted};

/// One way to compare a column with a value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) key: &'static str,
    /// What a form shows for it.
    pub(crate) label: &'static str,
    kind: Kind,
    /// With `{c}`, `{v}` in their places.
    words: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// `"c" OP :p`, the value put between two pieces of text.
    Compare {
        sql: &'static str,
        before: &'static str,
        after: &'static str,
    },
    /// Like `Compare`; digits in the value are a number.
    Number {
        sql: &'static str,
    },
    /// `=` and `!=`: digits are described without quotes.
    Equal {
        sql: &'static str,
    },
    List {
        sql: &'static str,
    },
    /// The value is one of a JSON array in the column.
    Array {
        sql: &'static str,
    },
    Date,
    /// Needs no value; `{c}` stands for the column.
    Test {
        sql: &'static str,
    },
}

const fn operator(key: &'static str, label: &'static str, kind: Kind, words: &'static str) -> Operator {
    Operator { key, label, kind, words }
}

const fn like(sql: &'static str, before: &'static str, after: &'static str) -> Kind {
    Kind::Compare { sql, before, after }
}

pub(crate) const OPERATORS: &[Operator] = &[
    operator("exact", "=", Kind::Equal { sql: "=" }, "{c} = {v}"),
    operator("not", "!=", Kind::Equal { sql: "!=" }, "{c} != {v}"),
    operator("contains", "contains", like("like", "%", "%"), "{c} contains \"{v}\""),
    operator("notcontains", "does not contain", like("not like", "%", "%"), "{c} does not contain \"{v}\""),
    operator("endswith", "ends with", like("like", "%", ""), "{c} ends with \"{v}\""),
    operator("startswith", "starts with", like("like", "", "%"), "{c} starts with \"{v}\""),
    operator("gt", ">", Kind::Number { sql: ">" }, "{c} > {v}"),
    operator("gte", "≥", Kind::Number { sql: ">=" }, "{c} ≥ {v}"),
    operator("lt", "<", Kind::Number { sql: "<" }, "{c} < {v}"),
    operator("lte", "≤", Kind::Number { sql: "<=" }, "{c} ≤ {v}"),
    operator("like", "like", like("like", "", ""), "{c} like \"{v}\""),
    operator("notlike", "not like", like("not like", "", ""), "{c} not like \"{v}\""),
    operator("glob", "glob", like("glob", "", ""), "{c} glob \"{v}\""),
    operator("in", "in", Kind::List { sql: "in" }, "{c} in {v}"),
    operator("notin", "not in", Kind::List { sql: "not in" }, "{c} not in {v}"),
    operator("arraycontains", "array contains", Kind::Array { sql: "in" }, "{c} contains \"{v}\""),
    operator(
        "arraynotcontains",
        "array does not contain",
        Kind::Array { sql: "not in" },
        "{c} does not contain \"{v}\"",
    ),
    operator("date", "date", Kind::Date, "\"{c}\" is on date {v}"),
    operator("isnull", "is null", Kind::Test { sql: "{c} is null" }, "{c} is null"),
    operator("notnull", "is not null", Kind::Test { sql: "{c} is not null" }, "{c} is not null"),
    operator("isblank", "is blank", Kind::Test { sql: "({c} is null or {c} = '')" }, "{c} is blank"),
    operator(
        "notblank",
        "is not blank",
        Kind::Test { sql: "({c} is not null and {c} != '')" },
        "{c} is not blank",
    ),
];

impl Operator {
    pub(crate) fn find(key: &str) -> Option<&'static Self> {
        OPERATORS.iter().find(|operator| operator.key == key)
    }

    pub(crate) fn needs_value(&self) -> bool {
        !matches!(self.kind, Kind::Test { .. })
    }

    /// The condition, and the values of its parameters `:p{first}`, `:p{first + 1}`, ...
    ///
    /// `as_text`: the name in quotes is taken for a text, as SQLite does with a column that does not exist.
    pub(crate) fn condition(
        &self,
        table: &str,
        column: &str,
        as_text: bool,
        value: &str,
        first: usize,
    ) -> Result<(String, Vec<Value>)> {
        let c = if as_text { format!("'{}'", column.replace('\'', "''")) } else { quoted(column) };
        let text = || Value::Text(value.to_owned());
        Ok(match self.kind {
            Kind::Compare { sql, before, after } => {
                (format!("{c} {sql} :p{first}"), vec![Value::Text(format!("{before}{value}{after}"))])
            }
            Kind::Equal { sql } => (format!("{c} {sql} :p{first}"), vec![text()]),
            Kind::Number { sql } => {
                (format!("{c} {sql} :p{first}"), vec![number(value).unwrap_or_else(text)])
            }
            Kind::List { sql } => {
                let values: Vec<Value> = list(value)?.into_iter().map(bindable).collect();
                let names: Vec<_> = (0..values.len()).map(|index| format!(":p{}", first + index)).collect();
                (format!("{} {sql} ({})", identifier(column), names.join(", ")), values)
            }
            Kind::Array { sql } => (
                format!(
                    ":p{first} {sql} (select value from json_each({}.{}))",
                    quoted(table),
                    quoted(column)
                ),
                vec![text()],
            ),
            Kind::Date => (format!("date({c}) = :p{first}"), vec![text()]),
            Kind::Test { sql } => (sql.replace("{c}", &c), Vec::new()),
        })
    }

    /// The condition in English.
    pub(crate) fn describe(&self, column: &str, value: &str) -> String {
        let value = match self.kind {
            Kind::Equal { .. } if value.is_empty() || !value.chars().all(char::is_numeric) => {
                format!("\"{value}\"")
            }
            Kind::List { .. } => {
                list(value).map_or_else(|_| value.to_owned(), |list| json::to_string(&Json::Array(list)))
            }
            _ => value.to_owned(),
        };
        // In one pass, so that a column called "{v}" is not taken for the value's place.
        let mut words = String::new();
        let mut rest = self.words;
        while let Some(at) = rest.find('{') {
            words.push_str(&rest[..at]);
            words.push_str(if rest[at..].starts_with("{c}") { column } else { &value });
            rest = &rest[at + 3..];
        }
        words + rest
    }
}

/// A number as people write it: `7`, `-1`, ` 1_000 `, `1.5`, `1e3`. Infinite ones are no numbers here.
fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    let well_placed = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    if !well_placed || text.bytes().any(|b| !(b.is_ascii_digit() || b"+-_.eE".contains(&b))) {
        return None;
    }
    let plain = text.replace('_', "");
    if let Ok(integer) = plain.parse::<i64>() {
        return Some(Value::Integer(integer));
    }
    plain.parse::<f64>().ok().filter(|float| float.is_finite()).map(Value::Real)
}

/// `["a", 1]` as JSON, everything else at its commas.
fn list(value: &str) -> Result<Vec<Json>> {
    if value.starts_with('[') {
        let parsed: Json = serde_json::from_str(value)
            .map_err(|error| Error::bad_request(format!("The list is not valid JSON: {error}")))?;
        return match parsed {
            Json::Array(items) => Ok(items),
            _ => Err(Error::bad_request("The list must be a JSON array")),
        };
    }
    Ok(value.split(',').map(|piece| Json::String(piece.trim().to_owned())).collect())
}

fn bindable(value: Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Integer(flag.into()),
        Json::Number(number) => number
            .as_i64()
            .map(Value::Integer)
            .or_else(|| number.as_f64().map(Value::Real))
            .unwrap_or(Value::Null),
        Json::String(text) => Value::Text(text),
        other => Value::Text(json::to_string(&other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, value: &str, expected: &str) {
        let operator = Operator::find(key).unwrap();
        let (sql, values) = operator.condition("t", "c", false, value, 2).unwrap();
        assert_eq!(format!("{sql} {values:?} | {}", operator.describe("c", value)), expected);
    }

    #[test]
    fn conditions_are_sql_and_english() {
        check("exact", "5", "\"c\" = :p2 [Text(\"5\")] | c = 5");
        check("not", "x", "\"c\" != :p2 [Text(\"x\")] | c != \"x\"");
        check("contains", "a%", "\"c\" like :p2 [Text(\"%a%%\")] | c contains \"a%\"");
        check("gte", "-1_000", "\"c\" >= :p2 [Integer(-1000)] | c ≥ -1_000");
        check("lt", " 1.5 ", "\"c\" < :p2 [Real(1.5)] | c <  1.5 ");
        check("lt", "inf", "\"c\" < :p2 [Text(\"inf\")] | c < inf");
        check("in", "a, b", "c in (:p2, :p3) [Text(\"a\"), Text(\"b\")] | c in [\"a\", \"b\"]");
        check("notin", "[1,\"x\"]", "c not in (:p2, :p3) [Integer(1), Text(\"x\")] | c not in [1, \"x\"]");
        check(
            "arraycontains",
            "x",
            ":p2 in (select value from json_each(\"t\".\"c\")) [Text(\"x\")] | c contains \"x\"",
        );
        check("isblank", "1", "(\"c\" is null or \"c\" = '') [] | c is blank");
    }

    #[test]
    fn a_broken_list_is_a_bad_request() {
        let broken = Operator::find("in").unwrap().condition("t", "c", false, "[1", 0);
        assert!(matches!(broken, Err(Error::BadRequest { .. })));
    }
}
