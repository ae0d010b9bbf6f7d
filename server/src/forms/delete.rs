//! `/{database}/{table}/{primary key}/-/delete-form`: asks, then deletes a row.

use std::sync::Arc;

use datasette_plugin_api::{ValueRef, json};

use super::{Said, ask, done, editing, require, show};
use crate::app::App;
use crate::error::Result;
use crate::form::Form;
use crate::render::contexts::{Editing, NameValue, RowDeleteContext};
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::row::{self, Found};
use crate::sqlite::{Database, Table, as_text};
use crate::tilde;

/// Longer values are cut: the row only has to be known again.
const SHOWN: usize = 200;

pub(crate) fn delete(
    app: &App,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
    row_path: &str,
) -> Result<Response> {
    require(app, request, &["view-table", "delete-row"], database, table)?;
    let found = app.read(request, database, |conn| Found::find(app, request, conn, table, row_path))?;
    if request.is_get_or_head() {
        return confirm(app, request, database, table, &found, 200, Vec::new());
    }
    Form::of(request)?;
    let (db, name) = (tilde::encode(&database.route), tilde::encode(&table.name));
    let said = ask(request, "_redirect_to_table=1", &json!({}), |inner| {
        row::delete(app, inner, &db, &name, row_path)
    })?;
    match said {
        Said::Refused { status, errors } => confirm(app, request, database, table, &found, status, errors),
        Said::Done { message, .. } => {
            let location = app.urls.table(&database.route, &table.name);
            Ok(done(request, &location, message.as_deref().unwrap_or("Row deleted"), MessageKind::Info))
        }
    }
}

fn confirm(
    app: &App,
    request: &Request,
    database: &Database,
    table: &Table,
    found: &Found,
    status: u16,
    errors: Vec<String>,
) -> Result<Response> {
    let url = app.urls.row(&database.route, &table.name, &found.path());
    let heading = format!("Delete row {} of {}", found.key_values.join(", "), table.name);
    let editing = editing(app, database, &table.name, heading, format!("{url}/-/delete-form"));
    let editing = Editing { cancel_url: url, errors, ..editing };
    let cells = found.rows.columns.iter().enumerate();
    let cells = cells.map(|(index, name)| NameValue::new(name, text(found.rows.get(0, index)))).collect();
    show(app, request, database, Some(&table.name), "row_delete.html", status, |base| RowDeleteContext {
        base,
        editing,
        cells,
    })
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Blob(bytes) => crate::render::number::bytes_text(bytes.len() as u64),
        value => {
            let text = as_text(value);
            match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text.into_owned(),
            }
        }
    }
}
