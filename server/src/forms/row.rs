//! `/{database}/{table}/-/insert-form` and `/{database}/{table}/{primary key}/-/update-form`: one row.

use std::collections::HashMap;
use std::sync::Arc;

use datasette_plugin_api::{Json, Map, Value, json};
use sha2::{Digest, Sha256};

use super::field::{Field, Wish};
use super::{Said, ask, done, editing, require, show};
use crate::app::App;
use crate::error::Result;
use crate::form::Form;
use crate::offers;
use crate::render::contexts::{Editing, RowField, RowFormContext};
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::row::Found;
use crate::sqlite::{Column, Conn, Database, Rows, Table, as_text, hex};
use crate::table::labels::{self, Labels};
use crate::{row, table, tilde};

/// A new row.
pub(crate) fn insert(
    app: &App,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
) -> Result<Response> {
    require(app, request, &["insert-row"], database, table)?;
    let page = RowPage::new(app, request, database, table, None)?;
    if request.is_get_or_head() {
        return page.show(None, Problems::default());
    }
    let form = Form::with_files(request)?;
    let values = match page.read(&form) {
        Ok(values) => values,
        Err(problems) => return page.show(Some(&form), problems),
    };
    let said = ask(request, "", &json!({"row": values}), |inner| table::insert(app, inner, database, table))?;
    match said {
        Said::Refused { status, errors } => page.show(Some(&form), page.sorted(status, errors)),
        Said::Done { body, .. } => {
            let (location, name) = page.inserted(&body["rows"][0]);
            let message = name.map_or_else(|| "Row added".to_owned(), |name| format!("Row {name} added"));
            Ok(done(request, &location, &message, MessageKind::Info))
        }
    }
}

/// Other values for a row.
pub(crate) fn update(
    app: &App,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
    row_path: &str,
) -> Result<Response> {
    // The form shows what is stored.
    require(app, request, &["view-table", "update-row"], database, table)?;
    let found = app.read(request, database, |conn| Found::find(app, request, conn, table, row_path))?;
    let page = RowPage::new(app, request, database, table, Some(&found))?;
    if request.is_get_or_head() {
        return page.show(None, Problems::default());
    }
    let form = Form::with_files(request)?;
    let values = match page.read(&form) {
        Ok(values) => values,
        Err(problems) => return page.show(Some(&form), problems),
    };
    if form.get("row_version").is_some_and(|version| version != version_of(&found.rows)) {
        let errors = vec![
            "Somebody else changed this row in the meantime. Save again to put your values in place of theirs."
                .to_owned(),
        ];
        return page.show(Some(&form), Problems { status: 409, errors, ..Problems::default() });
    }
    let location = app.urls.row(&database.route, &table.name, &found.path());
    if values.is_empty() {
        return Ok(done(request, &location, "Nothing was changed", MessageKind::Info));
    }
    let (db, name) = (tilde::encode(&database.route), tilde::encode(&table.name));
    let said = ask(request, "_message=1", &json!({"update": values}), |inner| {
        row::update(app, inner, &db, &name, row_path)
    })?;
    match said {
        Said::Refused { status, errors } => page.show(Some(&form), page.sorted(status, errors)),
        Said::Done { message, .. } => {
            Ok(done(request, &location, message.as_deref().unwrap_or("Row updated"), MessageKind::Info))
        }
    }
}

/// What is wrong with a form.
#[derive(Default)]
struct Problems {
    status: u16,
    errors: Vec<String>,
    /// By column.
    fields: HashMap<String, String>,
}

/// The form of one row.
struct RowPage<'a> {
    app: &'a App,
    request: &'a Request,
    database: &'a Database,
    table: &'a Table,
    found: Option<&'a Found>,
    /// What is stored, in the order of the columns.
    current: Vec<Option<Value>>,
    column_types: HashMap<String, (String, Option<Json>)>,
    descriptions: Map,
    labels: Labels,
    /// The tables that columns refer to.
    targets: HashMap<String, Arc<Table>>,
}

impl<'a> RowPage<'a> {
    fn new(
        app: &'a App,
        request: &'a Request,
        database: &'a Database,
        table: &'a Table,
        found: Option<&'a Found>,
    ) -> Result<Self> {
        let stored = |column: &Column| found.map(|found| found.rows.named(0, &column.name).into());
        let types = app.column_types(&database.name, table)?;
        let types = types
            .assigned()
            .map(|(column, given)| (column.to_owned(), (given.name.clone(), given.config.clone())));
        let mut page = Self {
            app,
            request,
            database,
            table,
            found,
            current: table.columns.iter().map(stored).collect(),
            column_types: types.collect(),
            descriptions: app.internal.column_descriptions(&database.name, &table.name)?,
            labels: Labels::default(),
            targets: HashMap::new(),
        };
        app.read(request, database, |conn| page.look_up_references(conn))?;
        Ok(page)
    }

    fn look_up_references(&mut self, conn: &Conn) -> Result<()> {
        for key in &self.table.foreign_keys {
            if let Some(target) = offers::referred(self.app, self.request, conn, self.database, key)? {
                self.targets.insert(key.column.clone(), target);
            }
        }
        if let Some(found) = self.found {
            let wanted: Vec<&str> = self.table.foreign_keys.iter().map(|key| key.column.as_str()).collect();
            self.labels =
                labels::fetch(self.app, self.request, conn, self.database, self.table, &found.rows, &wanted)?;
        }
        Ok(())
    }

    /// Columns that can be written; SQLite calculates the others.
    fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let columns = self.table.columns.iter().zip(&self.current).filter(|(column, _)| column.hidden == 0);
        columns.map(|(column, current)| Field {
            table: self.table,
            column,
            current: current.as_ref(),
            column_type: self.column_types.get(&column.name).map(|(name, _)| name.as_str()),
            refers: self.table.foreign_keys.iter().any(|key| key.column == column.name),
        })
    }

    fn read(&self, form: &Form) -> Result<Map, Problems> {
        let mut values = Map::new();
        let mut problems = Problems { status: 400, ..Problems::default() };
        for field in self.fields() {
            let column = field.column.name.clone();
            match field.read(form) {
                Wish::Nothing => {}
                // Anything else that looks like a note to the API is a text of the visitor's.
                Wish::Value(value) => drop(values.insert(column, value)),
                Wish::Wrong(message) => drop(problems.fields.insert(column, message)),
            }
        }
        if problems.fields.is_empty() { Ok(values) } else { Err(problems) }
    }

    /// Errors of the API, those about a column beside its field: `email: Invalid email address`,
    /// `UNIQUE constraint failed: t.name`.
    fn sorted(&self, status: u16, errors: Vec<String>) -> Problems {
        let mut problems = Problems { status, ..Problems::default() };
        for error in errors {
            let of_type = error.split_once(": ").filter(|(column, _)| self.table.has_column(column));
            let constraint = error.split_once(" constraint failed: ").and_then(|(kind, place)| {
                let column = place.strip_prefix(&self.table.name)?.strip_prefix('.')?;
                self.table.has_column(column).then_some((kind, column))
            });
            let (column, message) = match (of_type, constraint) {
                (Some((column, message)), _) => (column.to_owned(), message.to_owned()),
                (None, Some(("NOT NULL", column))) => (column.to_owned(), "This can't be empty".to_owned()),
                (None, Some(("UNIQUE", column))) => {
                    (column.to_owned(), "Another row has this value, and no two may".to_owned())
                }
                _ => {
                    problems.errors.push(error);
                    continue;
                }
            };
            problems.fields.insert(column, message);
        }
        problems
    }

    fn show(&self, sent: Option<&Form>, mut problems: Problems) -> Result<Response> {
        let errors = std::mem::take(&mut problems.errors);
        let fields = self.fields().enumerate();
        let fields: Vec<RowField> =
            fields.map(|(index, field)| self.field(index + 1, &field, sent, &mut problems)).collect();
        let url = self.app.urls.table(&self.database.route, &self.table.name);
        let (heading, action, cancel_url) = match self.found {
            None => (format!("Insert row into {}", self.table.name), format!("{url}/-/insert-form"), url),
            Some(found) => {
                let row = self.app.urls.row(&self.database.route, &self.table.name, &found.path());
                let heading = format!("Edit row {} of {}", found.key_values.join(", "), self.table.name);
                (heading, format!("{row}/-/update-form"), row)
            }
        };
        let editing = editing(self.app, self.database, &self.table.name, heading, action);
        let editing = Editing { cancel_url, errors, ..editing };
        let status = if problems.status == 0 { 200 } else { problems.status };
        let is_new = self.found.is_none();
        show(self.app, self.request, self.database, Some(&self.table.name), "row_form.html", status, |base| {
            RowFormContext {
                base,
                editing,
                mode: if is_new { "insert" } else { "edit" },
                submit_label: if is_new { "Insert row" } else { "Save" },
                fields,
                row_version: self.found.map(|found| version_of(&found.rows)),
            }
        })
    }

    fn field(
        &self,
        number: usize,
        field: &Field<'_>,
        sent: Option<&Form>,
        problems: &mut Problems,
    ) -> RowField {
        let name = &field.column.name;
        let target = self
            .targets
            .get(name)
            .map(|target| (target, self.app.urls.table(&self.database.route, &target.name)));
        let label = self.found.and_then(|found| {
            let index = found.rows.column_index(name)?;
            let label = self.labels.get(index, found.rows.get(0, index))?;
            Some(as_text(label.as_ref()).into_owned())
        });
        let config = self.column_types.get(name).and_then(|(_, config)| config.as_ref());
        let shown = field.show(number, sent, problems.fields.remove(name));
        let download_url = match (self.found, &shown.size_text) {
            (Some(found), Some(_)) => {
                let urls = &self.app.urls;
                Some(urls.row_blob(&self.database.route, &self.table.name, &found.path(), name))
            }
            _ => None,
        };
        RowField {
            column_type_config: config.map(Json::to_string),
            description: self.descriptions.get(name).and_then(Json::as_str).map(str::to_owned),
            autocomplete_url: target.as_ref().map(|(_, url)| format!("{url}/-/autocomplete")),
            other_table: target.as_ref().map(|(target, _)| target.name.clone()),
            other_table_url: target.map(|(_, url)| url),
            label: label.filter(|label| *label != shown.value),
            download_url,
            ..shown
        }
    }

    /// Page and name of a row that was made, as far as the visitor may know them.
    fn inserted(&self, row: &Json) -> (String, Option<String>) {
        let keys: Vec<String> =
            self.table.primary_keys.iter().filter_map(|key| row.get(key)).map(plain).collect();
        if keys.is_empty() || keys.len() != self.table.primary_keys.len() {
            return (self.app.urls.table(&self.database.route, &self.table.name), None);
        }
        let path = keys.iter().map(|key| tilde::encode(key)).collect::<Vec<_>>().join(",");
        (self.app.urls.row(&self.database.route, &self.table.name, &path), Some(keys.join(", ")))
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Differs when any value of the row does.
fn version_of(rows: &Rows) -> String {
    let mut hash = Sha256::new();
    for column in 0..rows.columns.len() {
        hash.update(format!("{:?}\n", rows.get(0, column)).as_bytes());
    }
    hex(hash.finalize().get(..8).unwrap_or_default())
}
