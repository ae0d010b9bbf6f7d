//! `POST /{database}/{table}/{primary key}/-/update`: other values in one row.

use datasette_plugin_api::{Json, Value, json};

use super::change::Change;
use crate::app::App;
use crate::render::json::to_vec;
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::{Writer, quoted};
use crate::writing::{
    self, Events, Record, Verdict, add_missing_columns, check_alterable, check_shown, column_types_complain,
    decode_row, is_true, parse_json, refuse, row_object,
};

pub(crate) fn update(app: &App, request: &Request, db: &str, table: &str, row_path: &str) -> Verdict {
    let change = Change::find(app, request, "update-row", db, table, row_path)?;
    let data = parse_json(&request.body).map_err(|error| refuse(400, format!("Invalid JSON: {error}")))?;
    let Json::Object(mut data) = data else { return Err(refuse(400, "JSON must be a dictionary")) };
    let Some(Json::Object(values)) = data.shift_remove("update") else {
        return Err(refuse(400, "JSON must contain an update dictionary"));
    };
    let known = ["return", "alter"];
    let unknown: Vec<&str> = data.keys().map(String::as_str).filter(|key| !known.contains(key)).collect();
    if !unknown.is_empty() {
        return Err(refuse(400, format!("Invalid keys: {}", unknown.join(", "))));
    }
    let values = decode_row(values)?;
    let database = &change.database;
    column_types_complain(app, &database.name, &change.table, std::slice::from_ref(&values))?;
    let flag = |name: &str| data.get(name).is_some_and(is_true);
    if flag("alter") {
        check_alterable(&change.table)?;
    }
    check_shown(&change.table, values.iter().map(|(column, _)| column.as_str()))?;
    if flag("alter") && !change.allowed("alter-table")? {
        return Err(refuse(403, "Permission denied for alter-table"));
    }
    let alter = flag("alter");
    let write = |writer: &Writer<'_>| write(writer, &change, &values, alter);
    let updated = match alter {
        true => app.write(Some(request), database, write),
        false => app.write_shared(request, database, write),
    };
    let updated = updated.map_err(|error| writing::discreet(&change.table, error))?;

    let events = Events { app, request, database: &database.name };
    events.update_row(&change.table.name, &change.found.key_values);
    if let Some((before, after)) = &updated.schemas {
        events.alter_table(&change.table.name, before, after);
        app.refresh_schemas(true)?;
    }
    let mut body = json!({"ok": true});
    let may_see = change.allowed("view-table")?;
    if flag("return")
        && may_see
        && let Some(body) = body.as_object_mut()
    {
        body.insert("rows".to_owned(), updated.row.iter().cloned().collect());
    }
    let response = Response::json(to_vec(&body));
    if request.args.non_empty("_message").is_some() {
        let label = updated.label.filter(|_| may_see);
        request.messages.add(change.message("Updated", label), MessageKind::Info);
    }
    Ok(response)
}

/// What the row is now.
struct Updated {
    row: Option<Json>,
    label: Option<String>,
    schemas: Option<(String, String)>,
}

fn write(
    writer: &Writer<'_>,
    change: &Change<'_>,
    values: &Record,
    alter: bool,
) -> crate::error::Result<Updated> {
    change.check(writer)?;
    let table = &change.table;
    let before = if alter { writing::table_sql(writer, &table.name)? } else { None };
    if alter {
        add_missing_columns(writer, &table.name, std::slice::from_ref(values))?;
    }
    let keys: Vec<Value> = change.found.key_values.iter().cloned().map(Value::Text).collect();
    if !values.is_empty() {
        let set = values.iter().map(|(column, _)| format!("{} = ?", quoted(column)));
        let set = set.collect::<Vec<_>>().join(", ");
        let sql = format!("update {} set {set} where {}", quoted(&table.name), change.condition());
        let mut all: Vec<Value> = values.iter().map(|(_, cell)| cell.value().to_owned()).collect();
        all.extend(keys);
        writer.run_positional(&sql, &all)?;
    }
    let after = if alter { writing::table_sql(writer, &table.name)? } else { None };
    // The key may be among the values: the row is where it is now.
    let keys = change.found.keys.iter().zip(&change.found.key_values).map(|(key, old)| {
        let new = values.iter().find(|(column, _)| column.eq_ignore_ascii_case(key));
        new.map_or_else(|| Value::Text(old.clone()), |(_, cell)| cell.value().to_owned())
    });
    let rowid = if table.uses_rowid() { "rowid, " } else { "" };
    let sql = format!(
        "select {rowid}{} from {} where {}",
        table.everything(),
        quoted(&table.name),
        change.condition()
    );
    let rows = writer.run_positional(&sql, &keys.collect::<Vec<_>>())?.rows;
    Ok(Updated {
        row: (!rows.is_empty()).then(|| row_object(&rows, 0)),
        label: change.label(&rows),
        schemas: before.zip(after).filter(|(before, after)| before != after),
    })
}
