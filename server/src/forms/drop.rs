//! `/{database}/{table}/-/drop-form`: asks for the table's name, then drops it.

use datasette_plugin_api::json;

use super::{Said, ask, done, editing, require, show};
use crate::app::App;
use crate::error::Result;
use crate::form::Form;
use crate::render::contexts::{Editing, TableDropContext};
use crate::render::number::counted;
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::{Database, Table};
use crate::table;

pub(crate) fn drop_table(
    app: &App,
    request: &Request,
    database: &Database,
    table: &Table,
) -> Result<Response> {
    require(app, request, &["drop-table"], database, table)?;
    if request.is_get_or_head() {
        return confirm(app, request, database, table, 200, Vec::new());
    }
    let form = Form::of(request)?;
    if form.get("name").map(str::trim) != Some(&table.name) {
        let errors = vec![format!("That is not its name: type {} to drop the table", table.name)];
        return confirm(app, request, database, table, 400, errors);
    }
    let said =
        ask(request, "", &json!({"confirm": true}), |inner| table::drop_table(app, inner, database, table))?;
    match said {
        Said::Refused { status, errors } => confirm(app, request, database, table, status, errors),
        Said::Done { message, .. } => {
            let location = app.urls.database(&database.route);
            let message = message.unwrap_or_else(|| format!("Table {} dropped", table.name));
            Ok(done(request, &location, &message, MessageKind::Warning))
        }
    }
}

fn confirm(
    app: &App,
    request: &Request,
    database: &Database,
    table: &Table,
    status: u16,
    errors: Vec<String>,
) -> Result<Response> {
    // The API counts when it is asked without a confirmation. What takes too long is not told.
    let counted_rows =
        match ask(request, "", &json!({}), |inner| table::drop_table(app, inner, database, table))? {
            Said::Done { body, .. } => body["row_count"].as_i64(),
            Said::Refused { .. } => None,
        };
    let url = app.urls.table(&database.route, &table.name);
    let heading = format!("Drop table {}", table.name);
    let editing = editing(app, database, &table.name, heading, format!("{url}/-/drop-form"));
    show(app, request, database, Some(&table.name), "table_drop.html", status, |base| TableDropContext {
        base,
        editing: Editing { errors, ..editing },
        count_text: counted_rows.map(|count| counted(count, "row")),
    })
}
