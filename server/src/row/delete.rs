//! `POST /{database}/{table}/{primary key}/-/delete`: one row less.

use datasette_plugin_api::{Value, json};

use super::change::Change;
use crate::app::App;
use crate::render::json::to_vec;
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::quoted;
use crate::writing::{Events, Verdict};

pub(crate) fn delete(app: &App, request: &Request, db: &str, table: &str, row_path: &str) -> Verdict {
    let change = Change::find(app, request, "delete-row", db, table, row_path)?;
    let (database, table) = (&change.database, &change.table);
    app.write_shared(request, database, |writer| {
        change.check(writer)?;
        let sql = format!("delete from {} where {}", quoted(&table.name), change.condition());
        let keys: Vec<Value> = change.found.key_values.iter().cloned().map(Value::Text).collect();
        Ok(writer.run_positional(&sql, &keys)?)
    })?;
    let events = Events { app, request, database: &database.name };
    events.delete_row(&table.name, &change.found.key_values);
    if request.args.non_empty("_redirect_to_table").is_none() {
        return Ok(Response::json(to_vec(&json!({"ok": true}))));
    }
    let url = app.urls.table(&database.route, &table.name);
    let response = Response::json(to_vec(&json!({"ok": true, "redirect": url})));
    let label = if change.allowed("view-table")? { change.label(&change.found.rows) } else { None };
    request.messages.add(change.message("Deleted", label), MessageKind::Info);
    Ok(response)
}
