//! A column of a row as a field of a form: which control it gets, what is in it, and what it meant when the
//! form comes back.

use base64::Engine;
use datasette_plugin_api::{Json, Value, json};

use crate::form::Form;
use crate::offers::is_automatic;
use crate::render::contexts::{Choice, RowField};
use crate::render::number::bytes_text;
use crate::sqlite::{Column, Table, as_text};

/// Longer text gets a field with several lines.
const LONG_LINE: usize = 80;

/// A column, and what is stored in it.
pub(super) struct Field<'a> {
    pub(super) table: &'a Table,
    pub(super) column: &'a Column,
    /// `None` in a row that is still to be made.
    pub(super) current: Option<&'a Value>,
    pub(super) column_type: Option<&'a str>,
    pub(super) refers: bool,
}

/// What the visitor wants to be stored.
#[derive(Debug, PartialEq)]
pub(super) enum Wish {
    /// What is there already, or what SQLite puts there by itself.
    Nothing,
    Value(Json),
    Wrong(String),
}

impl Field<'_> {
    /// Bytes, and text that no browser would send back as it is.
    pub(super) fn is_file(&self) -> bool {
        match self.current {
            Some(Value::Blob(_)) => true,
            Some(Value::Text(text)) => text.contains('\0'),
            None | Some(Value::Null) => {
                self.column.affinity() == "BLOB" && !self.column.declared_type.is_empty()
            }
            Some(_) => false,
        }
    }

    /// A row keeps its key: its address depends on it.
    fn is_fixed(&self) -> bool {
        self.current.is_some() && self.column.pk_position > 0
    }

    fn is_number(&self) -> bool {
        matches!(self.column.affinity(), "INTEGER" | "REAL")
    }

    /// What may be stored if the field stays empty; the first is what is usually meant.
    fn empties(&self) -> Vec<Empty> {
        let column = self.column;
        let is_empty_now = self.current == Some(&Value::Text(String::new()));
        let mut choices = Vec::new();
        if self.current.is_none() && is_automatic(self.table, column) {
            return vec![Empty::Automatic];
        }
        if self.current.is_none() && column.default.is_some() {
            choices.push(Empty::Default);
        }
        if !column.not_null && column.pk_position == 0 {
            choices.push(Empty::Null);
        }
        if is_empty_now || !(self.is_number() || self.refers || column.pk_position > 0 || self.is_file()) {
            choices.push(Empty::Text);
        }
        choices
    }

    /// The field as the form shows it. `sent` is what the visitor sent before, if it was refused.
    pub(super) fn show(&self, number: usize, sent: Option<&Form>, error: Option<String>) -> RowField {
        let stored = self.current.filter(|value| !self.is_file() && **value != Value::Null);
        let stored = stored.map_or_else(String::new, |value| as_text(value.as_ref()).into_owned());
        let name = |kind: &str| format!("{kind}.{}", self.column.name);
        let value =
            sent.and_then(|form| form.get(&name("value"))).map_or_else(|| stored.clone(), str::to_owned);
        let choices = self.empties();
        let is_empty_now = self.current == Some(&Value::Text(String::new()));
        let chosen = sent.and_then(|form| form.get(&name("empty"))).and_then(Empty::named);
        let chosen = chosen.or(is_empty_now.then_some(Empty::Text)).or(choices.first().copied());
        let affinity = self.column.affinity();
        RowField {
            column: self.column.name.clone(),
            number,
            kind: match () {
                () if self.is_fixed() => "fixed",
                () if self.is_file() => "file",
                () if self.is_long(&value) => "text",
                () => "line",
            },
            input_type: match self.column_type {
                // A browser would refuse to send what is wrong already.
                Some("url") if value.is_empty() || value.starts_with("http") => "url",
                Some("email") if value.is_empty() || value.contains('@') => "email",
                _ => "text",
            },
            input_mode: match affinity {
                "INTEGER" if !self.refers => "numeric",
                "REAL" => "decimal",
                _ => "",
            },
            lines: (value.lines().count() + 1).clamp(3, 20),
            placeholder: chosen.map_or_else(String::new, |empty| empty.placeholder(self.column)),
            automatic: choices == [Empty::Automatic],
            required: choices.is_empty() && !self.is_fixed(),
            empty_choice: chosen.map(|empty| empty.name().to_owned()),
            empty_choices: if choices.len() > 1 && !self.is_file() {
                choices.iter().map(|empty| Choice::new(empty.name(), empty.label(self.column))).collect()
            } else {
                Vec::new()
            },
            value,
            declared_type: self.column.declared_type.to_lowercase(),
            sqlite_type: affinity,
            column_type: self.column_type.map(str::to_owned),
            is_pk: self.column.pk_position > 0,
            not_null: self.column.not_null,
            default_expression: self.column.default.clone(),
            size_text: match self.current {
                Some(Value::Blob(bytes)) => Some(bytes_text(bytes.len() as u64)),
                Some(Value::Text(text)) if self.is_file() => Some(bytes_text(text.len() as u64)),
                _ => None,
            },
            error,
            ..RowField::default()
        }
    }

    fn is_long(&self, value: &str) -> bool {
        value.contains('\n')
            || value.chars().count() > LONG_LINE
            || matches!(self.column_type, Some("textarea" | "json"))
    }

    /// What the form that came back means for this column.
    pub(super) fn read(&self, form: &Form) -> Wish {
        if self.is_fixed() {
            return Wish::Nothing;
        }
        if self.is_file() {
            return self.read_file(form);
        }
        // A form may leave out columns.
        let Some(sent) = form.get(&format!("value.{}", self.column.name)) else { return Wish::Nothing };
        let text = self.line_ends(sent);
        if text.is_empty() {
            return self.read_empty(form);
        }
        if self
            .current
            .is_some_and(|value| *value != Value::Null && self.line_ends(&as_text(value.as_ref())) == text)
        {
            return Wish::Nothing;
        }
        if self.is_number() && number(&text).is_none() {
            let kind = if self.column.affinity() == "INTEGER" { "a whole number" } else { "a number" };
            return Wish::Wrong(format!("This has to be {kind}"));
        }
        // Where the column has a type SQLite makes a number of it, as exactly as it can. Without one,
        // what looks like a number is one.
        if self.column.declared_type.is_empty() {
            return Wish::Value(number(&text).unwrap_or_else(|| text.into()));
        }
        Wish::Value(text.into())
    }

    fn read_empty(&self, form: &Form) -> Wish {
        let choices = self.empties();
        let chosen = form.get(&format!("empty.{}", self.column.name)).and_then(Empty::named);
        let chosen = chosen.filter(|empty| choices.contains(empty)).or(choices.first().copied());
        let wanted = match chosen {
            None => return Wish::Wrong("This can't be empty".to_owned()),
            Some(Empty::Automatic | Empty::Default) => return Wish::Nothing,
            Some(Empty::Null) => Value::Null,
            Some(Empty::Text) => Value::Text(String::new()),
        };
        if self.current == Some(&wanted) { Wish::Nothing } else { Wish::Value(wanted.to_json()) }
    }

    fn read_file(&self, form: &Form) -> Wish {
        if let Some(bytes) = form.file(&format!("file.{}", self.column.name)) {
            let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
            return Wish::Value(json!({"$base64": true, "encoded": encoded}));
        }
        let is_there = self.current.is_some_and(|value| *value != Value::Null);
        if is_there && form.get(&format!("clear.{}", self.column.name)).is_some() {
            return match self.column.not_null {
                true => Wish::Wrong("This can't be empty".to_owned()),
                false => Wish::Value(Json::Null),
            };
        }
        if self.current.is_none() && self.empties().is_empty() {
            return Wish::Wrong("This can't be empty".to_owned());
        }
        Wish::Nothing
    }

    /// Browsers send every line end as CR LF; it becomes what the stored text has.
    fn line_ends(&self, sent: &str) -> String {
        let plain = sent.replace("\r\n", "\n");
        match self.current {
            Some(Value::Text(text)) if text.contains("\r\n") => plain.replace('\n', "\r\n"),
            _ => plain,
        }
    }
}

/// The number, if the text is nothing else. What JSON can't say stays text: leading zeros, too many digits.
fn number(text: &str) -> Option<Json> {
    let trimmed = text.trim();
    if let Ok(integer) = trimmed.parse::<i64>() {
        return Some(if integer.to_string() == trimmed { integer.into() } else { text.into() });
    }
    let looks_like_one =
        trimmed.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    let float = trimmed.parse::<f64>().ok().filter(|float| looks_like_one && float.is_finite())?;
    Some(serde_json::Number::from_f64(float).map_or_else(|| text.into(), Json::Number))
}

/// What an empty field stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// The next free number.
    Automatic,
    Default,
    Null,
    Text,
}

impl Empty {
    fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Default => "default",
            Self::Null => "null",
            Self::Text => "text",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Automatic, Self::Default, Self::Null, Self::Text]
            .into_iter()
            .find(|empty| empty.name() == name)
    }

    fn label(self, column: &Column) -> String {
        match self {
            Self::Automatic => "next number".to_owned(),
            Self::Default => format!("default: {}", column.default.as_deref().unwrap_or_default()),
            Self::Null => "NULL".to_owned(),
            Self::Text => "empty text".to_owned(),
        }
    }

    fn placeholder(self, column: &Column) -> String {
        match self {
            Self::Text => String::new(),
            _ => self.label(column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    fn form(body: &str) -> Form {
        let mut request = Request::new("POST", "/");
        request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        request.body = body.to_owned().into();
        Form::with_files(&request).unwrap()
    }

    /// The column is `declared` as `"INTEGER"`, `"TEXT not null"`, `"TEXT default"` or `"INTEGER key"`.
    #[track_caller]
    fn check(declared: &str, current: Option<Value>, sent: &str, expected: Wish) {
        let (declared_type, rest) = declared.split_once(' ').unwrap_or((declared, ""));
        let column = Column {
            name: "c".to_owned(),
            declared_type: declared_type.to_owned(),
            not_null: rest == "not null",
            default: (rest == "default").then(|| "'x'".to_owned()),
            pk_position: i64::from(rest == "key"),
            hidden: 0,
        };
        let mut table = Table::for_test("t", &[]);
        table.columns.push(column.clone());
        table.primary_keys = if rest == "key" { vec!["c".to_owned()] } else { Vec::new() };
        let field = Field {
            table: &table,
            column: &column,
            current: current.as_ref(),
            column_type: None,
            refers: false,
        };
        assert_eq!(field.read(&form(sent)), expected);
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn what_is_empty_is_null_unless_it_is_said() {
        check("TEXT", None, "value.c=", Wish::Value(Json::Null));
        check("TEXT", None, "value.c=&empty.c=text", Wish::Value("".into()));
        check("INTEGER", None, "value.c=&empty.c=text", Wish::Value(Json::Null));
        check("TEXT not null", None, "value.c=", Wish::Value("".into()));
        check("INTEGER not null", None, "value.c=", Wish::Wrong("This can't be empty".into()));
        check("TEXT key", None, "value.c=", Wish::Wrong("This can't be empty".into()));
    }

    #[test]
    fn defaults_and_keys_are_left_to_sqlite() {
        check("TEXT default", None, "value.c=", Wish::Nothing);
        check("TEXT default", None, "value.c=&empty.c=null", Wish::Value(Json::Null));
        check("INTEGER key", None, "value.c=", Wish::Nothing);
        check("INTEGER key", None, "value.c=7", Wish::Value("7".into()));
        check("INTEGER key", Some(Value::Integer(1)), "value.c=7", Wish::Nothing);
    }

    #[test]
    fn what_stays_the_same_is_not_written() {
        check("TEXT", Some(text("a\nb")), "value.c=a%0D%0Ab", Wish::Nothing);
        check("TEXT", Some(text("a\r\nb")), "value.c=a%0D%0Ab", Wish::Nothing);
        check("TEXT", Some(text("a\r\nb")), "value.c=a%0D%0Ac", Wish::Value("a\r\nc".into()));
        check("TEXT", Some(text("")), "value.c=&empty.c=text", Wish::Nothing);
        check("TEXT", Some(Value::Null), "value.c=&empty.c=null", Wish::Nothing);
        check("INTEGER", Some(text("")), "value.c=&empty.c=text", Wish::Nothing);
        check("INTEGER", Some(text("odd")), "value.c=odd", Wish::Nothing);
        check("REAL", Some(Value::Real(1.5)), "value.c=1.5", Wish::Nothing);
        check("TEXT", Some(text("x")), "", Wish::Nothing);
    }

    #[test]
    fn numbers_are_numbers() {
        check("INTEGER", None, "value.c=12", Wish::Value("12".into()));
        check("INTEGER", None, "value.c=twelve", Wish::Wrong("This has to be a whole number".into()));
        check("REAL", None, "value.c=infinity", Wish::Wrong("This has to be a number".into()));
        check("", None, "value.c=12", Wish::Value(json!(12)));
        check("", None, "value.c=007", Wish::Value("007".into()));
        check("", None, "value.c=1.5", Wish::Value(json!(1.5)));
        check("DATE", None, "value.c=2024-01-01", Wish::Value("2024-01-01".into()));
    }

    #[test]
    fn bytes_stay_unless_they_are_replaced_or_cleared() {
        let bytes = || Some(Value::Blob(vec![1]));
        check("BLOB", bytes(), "", Wish::Nothing);
        check("BLOB", bytes(), "clear.c=1", Wish::Value(Json::Null));
        check("BLOB not null", bytes(), "clear.c=1", Wish::Wrong("This can't be empty".into()));
        check("TEXT", bytes(), "value.c=x", Wish::Nothing);
        check("BLOB", None, "", Wish::Nothing);
        check("BLOB not null", None, "", Wish::Wrong("This can't be empty".into()));
    }
}
