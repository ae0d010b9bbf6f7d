//! Cells of requests: what JSON writes them as, and what SQLite stores.

use base64::Engine;
use datasette_plugin_api::{Json, Map, Value, ValueRef};

use super::Refused;
use super::refused::refuse;
use crate::app::App;
use crate::error::Result;
use crate::sqlite::{Rows, Table};

/// A row of a request, decoded: column and value, in their order.
pub(crate) type Record = Vec<(String, Cell)>;

/// A value on its way into a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Plain(Value),
    /// Stored as 1 or 0.
    Bool(bool),
    /// A list or an object, and its text, which is what is stored.
    Nested(Json, String),
}

impl Cell {
    /// What is stored.
    pub(crate) fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Plain(value) => value.as_ref(),
            Self::Bool(value) => ValueRef::Integer(i64::from(*value)),
            Self::Nested(_, text) => ValueRef::Text(text),
        }
    }

    /// The SQL type of a column that is made for such values.
    fn kind(&self) -> Kind {
        match self {
            Self::Plain(Value::Null) => Kind::Null,
            Self::Plain(Value::Integer(_)) | Self::Bool(_) => Kind::Integer,
            Self::Plain(Value::Real(_)) => Kind::Float,
            Self::Plain(Value::Text(_)) | Self::Nested(..) => Kind::Text,
            Self::Plain(Value::Blob(_)) => Kind::Bytes,
        }
    }

    /// As types of columns look at it.
    fn to_json(&self) -> Json {
        match self {
            Self::Plain(value) => value.to_json(),
            Self::Bool(value) => Json::Bool(*value),
            Self::Nested(json, _) => json.clone(),
        }
    }
}

impl From<Json> for Cell {
    fn from(json: Json) -> Self {
        Self::Plain(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => return Self::Bool(value),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => Value::Integer(integer),
                // SQLite has no room for it, and a floating point number would be another one.
                None if number.is_u64() => Value::Text(number.to_string()),
                None => Value::Real(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Value::Text(text),
            nested => {
                let text = to_text(&nested);
                return Self::Nested(nested, text);
            }
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Integer,
    Float,
    Text,
    Bytes,
}

/// The types of columns made for these rows, in the order of their first appearance.
pub(crate) fn suggest_types(rows: &[Record]) -> Vec<(String, &'static str)> {
    let mut seen: Vec<(&str, Vec<Kind>)> = Vec::new();
    for (column, cell) in rows.iter().flatten() {
        let kind = cell.kind();
        match seen.iter_mut().find(|(name, _)| name == column) {
            Some((_, kinds)) => kinds.push(kind),
            None => seen.push((column, vec![kind])),
        }
    }
    let suggested = seen.into_iter().map(|(column, mut kinds)| {
        kinds.retain(|kind| *kind != Kind::Null);
        let all = |wanted: &[Kind]| !kinds.is_empty() && kinds.iter().all(|kind| wanted.contains(kind));
        let sql_type = if all(&[Kind::Integer]) {
            "INTEGER"
        } else if all(&[Kind::Integer, Kind::Float]) {
            "REAL"
        } else if all(&[Kind::Bytes, Kind::Text]) && kinds.contains(&Kind::Bytes) {
            "BLOB"
        } else {
            "TEXT"
        };
        (column.to_owned(), sql_type)
    });
    suggested.collect()
}

/// The row as it will be written; `{"$raw": x}` stands for x.
pub(crate) fn decode_row(row: Map) -> Result<Record, Refused> {
    let mut record = Record::with_capacity(row.len());
    for (column, value) in row {
        record.push((column, decode(value)?));
    }
    Ok(record)
}

fn decode(value: Json) -> Result<Cell, Refused> {
    let Json::Object(mut object) = value else { return Ok(value.into()) };
    if object.len() == 1
        && let Some(raw) = object.remove("$raw")
    {
        return Ok(raw.into());
    }
    let is_base64 = object.len() == 2 && object.get("$base64") == Some(&Json::Bool(true));
    let Some(encoded) = object.get("encoded").filter(|_| is_base64) else {
        return Ok(Json::Object(object).into());
    };
    let Some(encoded) = encoded.as_str() else {
        return Err(refuse(400, "$base64 encoded value must be a string"));
    };
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded);
    let decoded = decoded.map_err(|_| refuse(400, "Invalid $base64 encoded value"))?;
    Ok(Cell::Plain(Value::Blob(decoded)))
}

/// What the types of the columns have against the values.
pub(crate) fn column_types_complain(
    app: &App,
    database: &str,
    table: &Table,
    rows: &[Record],
) -> Result<(), Refused> {
    let types = app.column_types(database, table)?;
    if types.is_empty() {
        return Ok(());
    }
    let mut errors = Vec::new();
    for row in rows {
        for (column, _) in types.assigned() {
            let Some((_, cell)) = row.iter().find(|(name, _)| name == column) else { continue };
            if let Some(complaint) = types.complaint(column, &cell.to_json())? {
                errors.push(format!("{column}: {complaint}"));
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Refused::Told { status: 400, errors }) }
}

/// A row of a result as an object. Of columns with the same name the last counts.
pub(crate) fn row_object(rows: &Rows, row: usize) -> Json {
    let cells = rows.columns.iter().enumerate();
    Json::Object(cells.map(|(column, name)| (name.clone(), rows.get(row, column).to_json())).collect())
}

/// `repr(list)` of texts, as some messages have it.
pub(crate) fn python_list(texts: &[String]) -> String {
    let quoted = |text: &String| {
        let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
        let mut out = String::from(quote);
        for c in text.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c == quote => out.extend(['\\', c]),
                c if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
                c => out.push(c),
            }
        }
        out.push(quote);
        out
    };
    format!("[{}]", texts.iter().map(quoted).collect::<Vec<_>>().join(", "))
}

/// `str(value)`, for values that have to be text.
pub(crate) fn python_text(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::String(text) => text.clone(),
        other => to_text(other),
    }
}

/// JSON as it is stored in a cell: as Python writes it, but with letters as they are.
pub(crate) fn to_text(value: &Json) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Json) {
    match value {
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write(out, item);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_text(out, name);
                out.push_str(": ");
                write(out, value);
            }
            out.push('}');
        }
        Json::String(text) => write_text(out, text),
        // The same in both: numbers and words.
        other => out.push_str(&crate::render::json::to_string(other)),
    }
}

fn write_text(out: &mut String, text: &str) {
    // The same escapes in both.
    out.push_str(&Json::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Json) -> Record {
        decode_row(value.as_object().unwrap().clone()).unwrap_or_default()
    }

    #[test]
    fn cells_are_stored_as_sqlite_knows_them() {
        let cells = row(json!({
            "n": null, "t": true, "i": 5, "f": 1.0, "s": "é", "l": [1, {"é": "\u{1}\""}],
            "r": {"$raw": {"$raw": 1}}, "b": {"$base64": true, "encoded": "AAE="}, "x": {"$base64": false, "encoded": ""},
        }));
        let values: Vec<Value> = cells.iter().map(|(_, cell)| cell.value().to_owned()).collect();
        let expected = [
            Value::Null,
            Value::Integer(1),
            Value::Integer(5),
            Value::Real(1.0),
            "é".into(),
            "[1, {\"é\": \"\\u0001\\\"\"}]".into(),
            "{\"$raw\": 1}".into(),
            Value::Blob(vec![0, 1]),
            "{\"$base64\": false, \"encoded\": \"\"}".into(),
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn lists_of_texts_are_written_as_python_writes_them() {
        let texts = ["999", "it's", "a\"'b", "\n\\é"].map(str::to_owned);
        assert_eq!(python_list(&texts), r#"['999', "it's", 'a"\'b', '\n\\é']"#);
    }

    #[test]
    fn encoded_bytes_have_to_be_encoded() {
        for (cell, message) in [
            (json!({"$base64": true, "encoded": "not base64!"}), "Invalid $base64 encoded value"),
            (json!({"$base64": true, "encoded": 5}), "$base64 encoded value must be a string"),
        ] {
            match decode(cell) {
                Err(Refused::Told { status: 400, errors }) => assert_eq!(errors, [message]),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn types_of_new_columns_hold_all_of_their_values() {
        let rows = [
            row(
                json!({"i": 1, "f": 1, "m": "a", "n": null, "t": [1], "b": {"$base64": true, "encoded": ""}}),
            ),
            row(json!({"i": true, "f": 1.5, "m": 1, "late": 2.5})),
        ];
        let types: Vec<String> =
            suggest_types(&rows).into_iter().map(|(name, sql_type)| format!("{name} {sql_type}")).collect();
        assert_eq!(types.join(", "), "i INTEGER, f REAL, m TEXT, n TEXT, t TEXT, b BLOB, late REAL");
    }
}
