//! `/{database}/-/create-form`: a new table.

use datasette_plugin_api::{Json, Map, json};

use super::column::{Choices, Draft, Target, fields};
use super::{Said, ask, done, editing, show};
use crate::app::App;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::internal::AssignedType;
use crate::permissions::Resource;
use crate::render::contexts::{ColumnField, Editing, TableFormContext};
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::Database;
use crate::table;

/// More of them are a list that is searched, once on the page and not once for each column.
pub(super) const MANY_REFERENCES: usize = 200;

pub(crate) fn create(app: &App, request: &Request, database: &Database) -> Result<Response> {
    if !app.permissions.allowed(request, "create-table", Resource::Database(&database.name))? {
        return Err(Error::forbidden("Permission denied: need create-table"));
    }
    if !database.is_mutable {
        return Err(Error::forbidden("Database is immutable"));
    }
    if request.is_get_or_head() {
        let key =
            Draft { name: "id".to_owned(), column_type: "integer".to_owned(), pk: true, ..Draft::default() };
        return respond(app, request, database, "", &[key], 2, (200, Vec::new()));
    }
    let form = Form::with_files(request)?;
    let name = form.get("table").unwrap_or_default().trim();
    let drafts = Draft::all_of(&form, &targets(app, request, database)?);
    if form.get("more").is_some() {
        return respond(app, request, database, name, &drafts, 3, (200, Vec::new()));
    }
    if drafts.is_empty() {
        let errors = vec!["The table needs at least one column".to_owned()];
        return respond(app, request, database, name, &drafts, 2, (400, errors));
    }
    // Making a table of that name again would look like success.
    let exists = app.read(request, database, |conn| Ok(database.schema(conn)?.entry(name).is_some()))?;
    if exists {
        let errors = vec![format!("There is a table or view {name} already")];
        return respond(app, request, database, name, &drafts, 1, (400, errors));
    }
    let said = ask(request, "", &body(name, &drafts), |inner| table::create(app, inner, database))?;
    match said {
        Said::Refused { status, errors } => {
            respond(app, request, database, name, &drafts, 1, (status, errors))
        }
        Said::Done { .. } => {
            assign_types(app, request, database, name, &drafts)?;
            let location = app.urls.table(&database.route, name);
            Ok(done(request, &location, &format!("Table {name} created"), MessageKind::Info))
        }
    }
}

/// What the API takes.
fn body(name: &str, drafts: &[Draft]) -> Json {
    let column = |draft: &Draft| {
        let mut column = Map::new();
        column.insert("name".to_owned(), draft.name.as_str().into());
        let column_type = if draft.column_type.is_empty() { "text" } else { &draft.column_type };
        column.insert("type".to_owned(), column_type.into());
        if draft.not_null {
            column.insert("not_null".to_owned(), true.into());
        }
        draft.put_default(&mut column);
        if let Some((table, other)) = &draft.reference {
            column.insert("fk_table".to_owned(), table.as_str().into());
            column.insert("fk_column".to_owned(), other.as_str().into());
        }
        Json::Object(column)
    };
    let mut body = json!({"table": name, "columns": drafts.iter().map(column).collect::<Json>()});
    let keys: Vec<&str> = drafts.iter().filter(|draft| draft.pk).map(|draft| draft.name.as_str()).collect();
    match keys.as_slice() {
        [] => {}
        [only] => body["pk"] = (*only).into(),
        several => body["pks"] = json!(several),
    }
    body
}

/// Types beyond SQLite's, as far as the visitor may assign them and they fit.
fn assign_types(
    app: &App,
    request: &Request,
    database: &Database,
    table: &str,
    drafts: &[Draft],
) -> Result<()> {
    let resource = Resource::Table(&database.name, table);
    if !app.permissions.allowed(request, "set-column-type", resource)? {
        return Ok(());
    }
    for draft in drafts.iter().filter(|draft| !draft.custom_type.is_empty()) {
        // An assignment that doesn't fit its column is not used, as with those of the configuration.
        if app.plugins.column_type(&draft.custom_type).is_some() {
            let assigned = AssignedType {
                column: draft.name.clone(),
                column_type: draft.custom_type.clone(),
                config: None,
            };
            app.internal.set_column_type(&database.name, table, &assigned)?;
        }
    }
    Ok(())
}

fn respond(
    app: &App,
    request: &Request,
    database: &Database,
    name: &str,
    drafts: &[Draft],
    blank: usize,
    (status, errors): (u16, Vec<String>),
) -> Result<Response> {
    let targets = targets(app, request, database)?;
    let choices = Choices::new(app, request, database, None, &targets)?;
    let mut columns = fields(drafts, &[]);
    for _ in 0..blank {
        let number = columns.len() + 1;
        columns.push(Draft { column_type: "text".to_owned(), ..Draft::default() }.field(number, None));
    }
    let action = format!("{}/-/create-form", app.urls.database(&database.route));
    let editing = editing(app, database, "", format!("Create a table in {}", database.name), action);
    show(app, request, database, None, "table_form.html", status, |base| TableFormContext {
        base,
        editing: Editing { errors, ..editing },
        mode: "create",
        submit_label: "Create table",
        name: name.to_owned(),
        columns,
        blank_column: blank_column(),
        type_choices: choices.types,
        default_choices: choices.defaults,
        many_references: choices.references.len() > MANY_REFERENCES,
        reference_choices: choices.references,
        custom_type_choices: choices.custom_types,
        drop_url: None,
    })
}

/// What columns of a new table can refer to.
fn targets(app: &App, request: &Request, database: &Database) -> Result<Vec<Target>> {
    app.read(request, database, |conn| table::reference_targets(app, request, conn, database, None))
}

/// A column for scripts to copy.
pub(super) fn blank_column() -> ColumnField {
    let blank = Draft { column_type: "text".to_owned(), ..Draft::default() };
    ColumnField { number: "N".to_owned(), position: String::new(), ..blank.field(0, None) }
}
