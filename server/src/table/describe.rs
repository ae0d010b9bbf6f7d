//! Descriptions of columns in requests: what they may say, and what is told about mistakes. The words
//! and places (`columns.0.not_null: ...`) are those of the library that Datasette reads them with.

use datasette_plugin_api::{Json, Map};

use crate::error::{Error, Result};
use crate::sqlite::{Writer, as_text, quoted};
use crate::writing::{EXPRESSIONS, Reference, Refused, literal, single_key};

/// What is wrong with a description; all of it is told at once.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Without a place.
    pub(super) fn bare(&mut self, message: &str) {
        self.0.push(message.to_owned());
    }

    pub(super) fn at(&mut self, place: &str, message: &str) {
        self.0.push(format!("{place}: {message}"));
    }

    pub(super) fn refuse(self) -> std::result::Result<(), Refused> {
        if self.0.is_empty() { Ok(()) } else { Err(Refused::Told { status: 400, errors: self.0 }) }
    }
}

/// The type that SQLite is told, for a type of the API.
pub(super) fn sql_type(name: &str) -> Option<&'static str> {
    match name {
        "text" => Some("TEXT"),
        "integer" => Some("INTEGER"),
        "float" => Some("REAL"),
        "blob" => Some("BLOB"),
        _ => None,
    }
}

pub(super) fn only_known(problems: &mut Problems, place: &str, object: &Map, known: &[&str]) {
    for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
        let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        problems.at(&place, "Extra inputs are not permitted");
    }
}

/// Text; a problem if it is missing.
pub(super) fn text(problems: &mut Problems, place: &str, value: Option<&Json>) -> String {
    match value {
        None => problems.at(place, "Field required"),
        Some(Json::String(text)) => return text.clone(),
        Some(_) => problems.at(place, "Input should be a valid string"),
    }
    String::new()
}

/// Text that says something, if there is any.
pub(super) fn optional_text(problems: &mut Problems, place: &str, value: Option<&Json>) -> Option<String> {
    match value {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
        Some(_) => {
            problems.at(place, "Input should be a valid string");
            None
        }
    }
}

/// A list of texts, not empty.
pub(super) fn texts(problems: &mut Problems, place: &str, value: Option<&Json>) -> Vec<String> {
    match value {
        None => problems.at(place, "Field required"),
        Some(Json::Array(items)) if items.is_empty() => {
            problems.at(place, "List should have at least 1 item after validation, not 0");
        }
        Some(Json::Array(items)) => {
            let places = items.iter().enumerate().map(|(index, item)| (format!("{place}.{index}"), item));
            return places.map(|(place, item)| text(problems, &place, Some(item))).collect();
        }
        Some(_) => problems.at(place, "Input should be a valid list"),
    }
    Vec::new()
}

/// True or false, or a word that means it; missing is false.
pub(super) fn flag(problems: &mut Problems, place: &str, value: Option<&Json>, nullable: bool) -> bool {
    let said = match value {
        None => return false,
        Some(Json::Null) if nullable => return false,
        Some(Json::Bool(value)) => Some(*value),
        Some(Json::Number(number)) => match number.as_f64() {
            Some(0.0) => Some(false),
            Some(1.0) => Some(true),
            _ => None,
        },
        Some(Json::String(word)) => match word.to_ascii_lowercase().as_str() {
            "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
            "0" | "false" | "f" | "no" | "n" | "off" => Some(false),
            _ => None,
        },
        Some(_) => None,
    };
    if said.is_none() {
        problems.at(place, "Input should be a valid boolean, unable to interpret input");
    }
    said.unwrap_or(false)
}

/// `default` and `default_expr` of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Defaults {
    /// Null takes a default away.
    pub(super) value: Option<Json>,
    /// SQL of the expression; `Some(None)` where it is null.
    pub(super) expression: Option<Option<&'static str>>,
}

impl Defaults {
    pub(super) fn read(problems: &mut Problems, place: &str, object: &Map) -> Self {
        let expression = object.get("default_expr").map(|name| {
            let known = EXPRESSIONS.iter().find(|(known, _)| name.as_str() == Some(known));
            if known.is_none() && !name.is_null() {
                let names: Vec<String> = EXPRESSIONS.iter().map(|(name, _)| format!("'{name}'")).collect();
                let (last, others) =
                    names.split_last().map_or(("", String::new()), |(l, o)| (l, o.join(", ")));
                let message = format!("Input should be {others} or {last}");
                problems.at(&format!("{place}.default_expr"), &message);
            }
            known.map(|(_, sql)| *sql)
        });
        Self { value: object.get("default").cloned(), expression }
    }

    pub(super) fn check(&self) -> std::result::Result<(), &'static str> {
        match (&self.value, self.expression) {
            (Some(_), Some(_)) => Err("Value error, default and default_expr cannot both be provided"),
            (_, Some(None)) => Err("Value error, default_expr cannot be null"),
            _ => Ok(()),
        }
    }

    /// As SQL; `None` without a default, or with null as one.
    pub(super) fn sql(&self) -> Result<Option<String>> {
        match (&self.value, self.expression) {
            (_, Some(Some(sql))) if sql.starts_with('(') => Ok(Some(format!("({sql})"))),
            (_, Some(Some(sql))) => Ok(Some(sql.to_owned())),
            (Some(value), _) if !value.is_null() => literal(value).map(Some),
            _ => Ok(None),
        }
    }
}

/// A foreign key to a table, checked: there is such a column.
pub(super) fn reference(writer: &Writer<'_>, table: &str, column: Option<&str>) -> Result<Reference> {
    let column = match column {
        None => single_key(writer, table)?,
        Some(column) => {
            let known = writer.rows(&format!("PRAGMA table_info({})", quoted(table)), &[])?;
            let mut names = (0..known.len()).map(|row| as_text(known.get(row, 1)).into_owned());
            match names.find(|name| name.eq_ignore_ascii_case(column)) {
                Some(name) => name,
                None if column == "rowid" => column.to_owned(),
                None => return Err(Error::bad_request(format!("No such column: {table}.{column}"))),
            }
        }
    };
    Ok(Reference { table: table.to_owned(), column, actions: String::new() })
}
