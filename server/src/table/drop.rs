//! `POST /{database}/{table}/-/drop`: asks back, then drops the table.

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::{Database, Table, Writer, as_text, identifier, quoted};
use crate::writing::{Events, Verdict, is_true, parse_json, refuse};

pub(crate) fn drop_table(app: &App, request: &Request, database: &Database, table: &Table) -> Verdict {
    if table.is_view() {
        return Err(refuse(404, format!("Table not found: {}", table.name)));
    }
    if !app.permissions.allowed(request, "drop-table", Resource::Table(&database.name, &table.name))? {
        return Err(refuse(403, "Permission denied"));
    }
    if !database.is_mutable {
        return Err(refuse(403, "Database is immutable"));
    }
    // What can't be read confirms nothing.
    let body = parse_json(&request.body).unwrap_or(Json::Null);
    if !body.get("confirm").is_some_and(is_true) {
        let sql = format!("select count(*) from {}", identifier(&table.name));
        let count = app.read(request, database, |conn| {
            let limit = app.sql_time_limit();
            Ok(conn.limited(Some(limit), || conn.value(&sql, &[]))?)
        })?;
        let body = json!({
            "ok": true,
            "database": database.name,
            "table": table.name,
            "row_count": count.map(|count| count.to_json()),
            "message": "Pass \"confirm\": true to confirm",
        });
        return Ok(Response::json(to_vec(&body)));
    }
    // Also an index that the visitor may not see.
    let whole = database.read_whole(Some(&request.cancelled), |conn| {
        conn.unveiled(|| Ok(database.table(conn, &table.name)?))
    })?;
    let index = whole.and_then(|table| table.fts_table.clone());
    app.write(Some(request), database, |writer| remove(writer, &table.name, index.as_deref()))?;
    app.refresh_schemas(true)?;
    Events { app, request, database: &database.name }.drop_table(&table.name);
    let response = Response::json(to_vec(&json!({"ok": true})));
    request.messages.add(format!("Table {} dropped", table.name), MessageKind::Warning);
    Ok(response)
}

/// The table, with its full-text index and the triggers that kept that up to date.
fn remove(writer: &Writer<'_>, table: &str, fts_table: Option<&str>) -> Result<()> {
    if let Some(index) = fts_table.filter(|index| *index != table) {
        writer.script(&format!("DROP TABLE {}", quoted(index)))?;
        let sql =
            "select name, sql from sqlite_master where type = 'trigger' and tbl_name = :table collate nocase";
        let triggers = writer.rows(sql, &[("table".to_owned(), table.into())])?;
        for row in 0..triggers.len() {
            if mentions(&as_text(triggers.get(row, 1)), index) {
                writer
                    .script(&format!("DROP TRIGGER IF EXISTS {}", quoted(&as_text(triggers.get(row, 0)))))?;
            }
        }
    }
    Ok(writer.script(&format!("DROP TABLE {}", quoted(table)))?)
}

/// Whether the trigger writes to the index.
fn mentions(trigger: &str, index: &str) -> bool {
    let (trigger, index) = (trigger.to_lowercase(), index.to_lowercase());
    [
        format!("insert into [{index}]"),
        format!("insert into {}", quoted(&index)),
        format!("insert into {index}"),
    ]
    .iter()
    .any(|start| trigger.contains(start.as_str()))
}
