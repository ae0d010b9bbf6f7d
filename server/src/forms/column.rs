//! Columns of a table as rows of fields: `name.1`, `type.1`, `pk.1` and so on.

use datasette_plugin_api::{Json, Map};

use crate::app::App;
use crate::column_types::ColumnTypes;
use crate::error::Result;
use crate::form::Form;
use crate::offers::{COLUMN_TYPES, expression_label};
use crate::permissions::Resource;
use crate::render::contexts::{Choice, ColumnField};
use crate::request::Request;
use crate::sqlite::{Column, Database, Table};
use crate::writing::{EXPRESSIONS, expression_name};

/// A column as it is, or as it is to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Draft {
    /// Its name so far; empty for a new one.
    pub(super) old_name: String,
    pub(super) name: String,
    /// As the API says it; empty keeps what was declared.
    pub(super) column_type: String,
    pub(super) pk: bool,
    pub(super) not_null: bool,
    pub(super) default: InitialValue,
    pub(super) reference: Option<Target>,
    pub(super) custom_type: String,
    pub(super) position: String,
    pub(super) drop: bool,
}

/// What a new row has in the column if nothing is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum InitialValue {
    #[default]
    None,
    Text(String),
    /// One of [`EXPRESSIONS`].
    Expression(String),
    /// SQL that no form can say, and that stays.
    Kept,
}

impl Draft {
    /// The column as it is.
    pub(super) fn of(table: &Table, column: &Column, types: &ColumnTypes<'_>) -> Self {
        let key = table.foreign_keys.iter().find(|key| key.column == column.name);
        Self {
            old_name: column.name.clone(),
            name: column.name.clone(),
            column_type: exact_type(&column.declared_type).unwrap_or_default().to_owned(),
            pk: column.pk_position > 0,
            not_null: column.not_null,
            default: InitialValue::of_sql(column.default.as_deref()),
            reference: key.map(|key| (key.other_table.clone(), key.other_column.clone().unwrap_or_default())),
            custom_type: types.get(&column.name).map(|given| given.name.clone()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The columns of a form, in the order that it gives them. Empty rows are left out.
    pub(super) fn all_of(form: &Form, targets: &[Target]) -> Vec<Self> {
        let numbers = form.iter().filter_map(|(name, _)| name.strip_prefix("name."));
        let drafts = numbers.map(|number| {
            let get = |field: &str| form.get(&format!("{field}.{number}")).unwrap_or_default();
            let default = get("default");
            Self {
                old_name: get("old").to_owned(),
                name: get("name").trim().to_owned(),
                column_type: get("type").to_owned(),
                pk: !get("pk").is_empty(),
                not_null: !get("not_null").is_empty(),
                default: match get("default_kind") {
                    "" if default.is_empty() => InitialValue::None,
                    "" | "value" => InitialValue::Text(default.to_owned()),
                    "kept" => InitialValue::Kept,
                    name => InitialValue::Expression(name.to_owned()),
                },
                reference: reference_of(get("reference"), targets),
                custom_type: get("custom_type").to_owned(),
                position: get("position").to_owned(),
                drop: !get("drop").is_empty(),
            }
        });
        let mut drafts: Vec<Self> = drafts.filter(|draft| !draft.is_blank()).collect();
        // A place that is no number is the last one; equal places keep their order.
        let place = |draft: &Self| draft.position.trim().parse::<f64>().unwrap_or(f64::INFINITY);
        drafts.sort_by(|a, b| place(a).total_cmp(&place(b)));
        drafts
    }

    fn is_blank(&self) -> bool {
        self.old_name.is_empty() && self.name.is_empty()
    }

    /// As the form shows it.
    pub(super) fn field(&self, number: usize, column: Option<&Column>) -> ColumnField {
        let kept = column.and_then(|column| column.default.clone());
        let (default_kind, default) = match &self.default {
            InitialValue::None => ("", ""),
            InitialValue::Text(text) => ("value", text.as_str()),
            InitialValue::Expression(name) => (name.as_str(), ""),
            InitialValue::Kept => ("kept", ""),
        };
        let declared = column.map(|column| column.declared_type.clone());
        ColumnField {
            number: number.to_string(),
            position: number.to_string(),
            old_name: self.old_name.clone(),
            name: self.name.clone(),
            column_type: self.column_type.clone(),
            declared_type: declared.filter(|declared| exact_type(declared).is_none()),
            pk: self.pk,
            not_null: self.not_null,
            default_kind: default_kind.to_owned(),
            default_sql: kept.filter(|sql| InitialValue::of_sql(Some(sql)) == InitialValue::Kept),
            default: default.to_owned(),
            reference: self.reference.as_ref().map(|(t, c)| reference_value(t, c)).unwrap_or_default(),
            custom_type: self.custom_type.clone(),
            drop: self.drop,
            ..ColumnField::default()
        }
    }

    /// `default` or `default_expr` of the API.
    pub(super) fn put_default(&self, args: &mut Map) {
        match &self.default {
            InitialValue::Text(text) => args.insert("default".to_owned(), self.default_value(text)),
            InitialValue::Expression(name) => args.insert("default_expr".to_owned(), name.as_str().into()),
            InitialValue::None | InitialValue::Kept => None,
        };
    }

    /// In a column of numbers a number.
    fn default_value(&self, text: &str) -> Json {
        let number = match self.column_type.as_str() {
            "integer" => text.parse::<i64>().ok().map(Json::from),
            "float" => text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Json::Number),
            _ => None,
        };
        number.unwrap_or_else(|| text.into())
    }
}

impl InitialValue {
    fn of_sql(sql: Option<&str>) -> Self {
        let Some(sql) = sql.filter(|sql| !sql.eq_ignore_ascii_case("null")) else { return Self::None };
        if let Some(name) = expression_name(sql) {
            return Self::Expression(name.to_owned());
        }
        let quoted = sql.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        match quoted {
            // A quote that stands alone is the end of one text and the beginning of another.
            Some(text) if !text.replace("''", "").contains('\'') => Self::Text(text.replace("''", "'")),
            _ if sql.parse::<f64>().is_ok() => Self::Text(sql.to_owned()),
            _ => Self::Kept,
        }
    }
}

/// The type of the API that is declared in the same words.
fn exact_type(declared: &str) -> Option<&'static str> {
    match declared.to_ascii_uppercase().as_str() {
        "TEXT" => Some("text"),
        "INTEGER" => Some("integer"),
        "REAL" | "FLOAT" => Some("float"),
        "BLOB" => Some("blob"),
        _ => None,
    }
}

/// A table and its key.
pub(super) type Target = (String, String);

/// As people write it, and the form sends it.
pub(super) fn reference_value(table: &str, column: &str) -> String {
    format!("{table}.{column}")
}

/// Names may have dots in them: what is known is looked for first.
fn reference_of(value: &str, targets: &[Target]) -> Option<Target> {
    let value = value.trim();
    let known = targets.iter().find(|(table, column)| reference_value(table, column) == value);
    let split = || value.rsplit_once('.').map_or((value, ""), |(table, column)| (table, column));
    let unknown =
        || (!value.is_empty()).then(split).map(|(table, column)| (table.to_owned(), column.to_owned()));
    known.cloned().or_else(unknown)
}

/// What the select elements of the form offer.
pub(super) struct Choices {
    pub(super) types: Vec<Choice>,
    pub(super) defaults: Vec<Choice>,
    pub(super) references: Vec<String>,
    pub(super) custom_types: Vec<Choice>,
}

impl Choices {
    /// `targets` are tables with their keys.
    pub(super) fn new(
        app: &App,
        request: &Request,
        database: &Database,
        table: Option<&str>,
        targets: &[Target],
    ) -> Result<Self> {
        let resource = match table {
            Some(table) => Resource::Table(&database.name, table),
            None => Resource::Database(&database.name),
        };
        let may_assign = app.permissions.allowed(request, "set-column-type", resource)?;
        let custom = app.plugins.column_types().iter().filter(|_| may_assign);
        let expressions = EXPRESSIONS.iter().map(|(name, _)| Choice::new(*name, expression_label(name)));
        let value = Choice::new("value", "this value:");
        Ok(Self {
            types: COLUMN_TYPES.iter().map(|name| Choice::new(*name, *name)).collect(),
            defaults: std::iter::once(value).chain(expressions).collect(),
            references: targets.iter().map(|(table, column)| reference_value(table, column)).collect(),
            custom_types: custom.map(|known| Choice::new(known.name(), known.description())).collect(),
        })
    }
}

/// The fields of the drafts. `columns` are those that the table has.
pub(super) fn fields(drafts: &[Draft], columns: &[Column]) -> Vec<ColumnField> {
    let column = |draft: &Draft| columns.iter().find(|column| column.name == draft.old_name);
    drafts.iter().enumerate().map(|(index, draft)| draft.field(index + 1, column(draft))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasette_plugin_api::json;

    #[test]
    fn references_are_known_by_their_names() {
        let targets = [("a.b".to_owned(), "c".to_owned()), ("a".to_owned(), "b.d".to_owned())];
        let of = |value: &str| reference_of(value, &targets);
        assert_eq!(of("a.b.c"), Some(targets[0].clone()));
        assert_eq!(of("a.b.d"), Some(targets[1].clone()));
        assert_eq!(of(" x.y "), Some(("x".to_owned(), "y".to_owned())));
        assert_eq!(of("x."), Some(("x".to_owned(), String::new())));
        assert_eq!(of(""), None);
    }

    #[track_caller]
    fn check_default(sql: Option<&str>, expected: InitialValue) {
        assert_eq!(InitialValue::of_sql(sql), expected);
    }

    #[test]
    fn defaults_are_read_from_the_schema() {
        check_default(None, InitialValue::None);
        check_default(Some("NULL"), InitialValue::None);
        check_default(Some("'it''s'"), InitialValue::Text("it's".into()));
        check_default(Some("'a' || 'b'"), InitialValue::Kept);
        check_default(Some("-1.5"), InitialValue::Text("-1.5".into()));
        check_default(Some("CURRENT_DATE"), InitialValue::Expression("current_date".into()));
        check_default(Some("random()"), InitialValue::Kept);
    }

    fn form(body: &str) -> Form {
        let mut request = Request::new("POST", "/");
        request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        request.body = body.to_owned().into();
        Form::with_files(&request).unwrap()
    }

    #[test]
    fn columns_stand_in_the_order_of_their_places() {
        let drafts = Draft::all_of(
            &form(
                "name.1=a&position.1=2&name.2=b&position.2=1.5&name.3=&position.3=1&name.4=c&position.4=x&pk.4=1",
            ),
            &[],
        );
        let names: Vec<(&str, bool)> = drafts.iter().map(|draft| (draft.name.as_str(), draft.pk)).collect();
        assert_eq!(names, [("b", false), ("a", false), ("c", true)]);
    }

    #[test]
    fn numbers_are_defaults_of_number_columns() {
        let drafts =
            Draft::all_of(&form("name.1=a&type.1=integer&default.1=3&name.2=b&type.2=text&default.2=3"), &[]);
        let default = |draft: &Draft| {
            let mut args = Map::new();
            draft.put_default(&mut args);
            args.remove("default")
        };
        assert_eq!(drafts.iter().map(default).collect::<Vec<_>>(), [Some(json!(3)), Some(json!("3"))]);
    }
}
