//! What a visitor may change, told to the scripts of a page: the objects that plugins for Datasette find in
//! `window._datasetteTableData` and `window._datasetteDatabaseData`. Pages print them as JSON.
//!
//! Only what is allowed is told. It is an offer: whether it is done is decided when it is asked for.

use std::sync::Arc;

use datasette_plugin_api::{Json, Map, json};

use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::request::Request;
use crate::sqlite::{Column, Conn, Database, ForeignKey, Table};
use crate::writing::{EXPRESSIONS, expression_name};

/// Types that columns can be given, as the API calls them.
pub(crate) const COLUMN_TYPES: &[&str] = &["text", "integer", "float", "blob"];

/// What may be done with the rows and columns of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    pub(crate) insert: bool,
    pub(crate) update: bool,
    pub(crate) delete: bool,
    pub(crate) alter: bool,
    pub(crate) drop: bool,
}

impl Allowed {
    /// Nothing for views and for databases that can't be changed.
    pub(crate) fn of(app: &App, request: &Request, database: &Database, table: &Table) -> Result<Self> {
        if table.is_view() || !database.is_mutable {
            return Ok(Self::default());
        }
        let resource = Resource::Table(&database.name, &table.name);
        let may = |action| app.permissions.allowed(request, action, resource);
        Ok(Self {
            insert: may("insert-row")?,
            update: may("update-row")?,
            delete: may("delete-row")?,
            alter: may("alter-table")?,
            drop: may("drop-table")?,
        })
    }
}

/// `window._datasetteTableData`
pub(crate) fn table(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
    table: &Table,
    allowed: Allowed,
) -> Result<Json> {
    let url = app.urls.table(&database.route, &table.name);
    let mut data = Map::new();
    let mut put = |name: &str, value: Json| data.insert(name.to_owned(), value);
    put("database", database.name.clone().into());
    put("table", table.name.clone().into());
    put("tableUrl", url.clone().into());
    if allowed.insert {
        put("insertRow", insert_row(app, database, table, allowed, &url)?);
    }
    if allowed.alter {
        put("alterTable", alter_table(app, database, table, allowed, &url)?);
    }
    put("updateRow", allowed.update.into());
    put("deleteRow", allowed.delete.into());
    let mut keys = Map::new();
    for key in &table.foreign_keys {
        if let Some(found) = referred(app, request, conn, database, key)? {
            let url = app.urls.table(&database.route, &found.name);
            keys.insert(key.column.clone(), format!("{url}/-/autocomplete").into());
        }
    }
    if !keys.is_empty() {
        data.insert("foreignKeys".to_owned(), Json::Object(keys));
    }
    Ok(Json::Object(data))
}

/// The table that a key refers to by its only primary key, if the visitor may see it.
pub(crate) fn referred(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
    key: &ForeignKey,
) -> Result<Option<Arc<Table>>> {
    let schema = database.schema(conn)?;
    let entry = schema.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(&key.other_table));
    let Some(entry) = entry else { return Ok(None) };
    let Some(other) = schema.table(conn, &entry.name)? else { return Ok(None) };
    let [only] = other.primary_keys.as_slice() else { return Ok(None) };
    if key.other_column.as_ref().is_some_and(|column| !column.eq_ignore_ascii_case(only)) {
        return Ok(None);
    }
    let resource = Resource::Table(&database.name, &other.name);
    Ok(app.permissions.allowed(request, "view-table", resource)?.then_some(other))
}

fn insert_row(app: &App, database: &Database, table: &Table, allowed: Allowed, url: &str) -> Result<Json> {
    let types = app.column_types(&database.name, table)?;
    let writable = table.columns.iter().filter(|column| column.hidden == 0);
    let describe = |column: &Column| {
        let given = types.get(&column.name);
        json!({
            "name": column.name,
            "sqlite_type": column.affinity(),
            "notnull": i64::from(column.not_null),
            "default": column.default,
            "has_default": column.default.is_some(),
            "is_pk": column.pk_position > 0,
            "is_auto_pk": is_automatic(table, column),
            "value_kind": if matches!(column.affinity(), "INTEGER" | "REAL") { "number" } else { "string" },
            "column_type": given.map(|given| json!({"type": given.name, "config": given.config})),
        })
    };
    let mut data = json!({
        "path": format!("{url}/-/insert"),
        "tableName": table.name,
        "columns": writable.clone().filter(|column| !is_automatic(table, column)).map(describe).collect::<Json>(),
        "bulkColumns": writable.map(describe).collect::<Json>(),
        "primaryKeys": table.primary_keys,
        "maxInsertRows": app.settings().max_insert_rows,
    });
    if allowed.update {
        data["upsertPath"] = format!("{url}/-/upsert").into();
    }
    Ok(data)
}

/// SQLite numbers the rows of such a key itself.
pub(crate) fn is_automatic(table: &Table, column: &Column) -> bool {
    column.pk_position > 0 && table.primary_keys.len() == 1 && column.affinity() == "INTEGER"
}

fn alter_table(app: &App, database: &Database, table: &Table, allowed: Allowed, url: &str) -> Result<Json> {
    let types = app.column_types(&database.name, table)?;
    let describe = |column: &Column| {
        let given = types.get(&column.name);
        let key = table.foreign_keys.iter().find(|key| key.column == column.name);
        let mut data = json!({
            "name": column.name,
            "type": api_type(column.affinity()),
            "sqlite_type": column.affinity(),
            "notnull": i64::from(column.not_null),
            "default": column.default,
            "has_default": column.default.is_some(),
            "is_pk": column.pk_position > 0,
            "column_type": given.map(|given| json!({"type": given.name, "config": given.config})),
            "foreign_key": key.map(|key| json!({"fk_table": key.other_table, "fk_column": key.other_column})),
        });
        if let Some(name) = column.default.as_deref().and_then(expression_name) {
            data["default"] = Json::Null;
            data["default_expr"] = name.into();
        }
        data
    };
    let mut data = json!({
        "path": format!("{url}/-/alter"),
        "tableName": table.name,
        "columns": table.columns.iter().filter(|column| column.hidden == 0).map(describe).collect::<Json>(),
        "primaryKeys": table.primary_keys,
        "columnTypes": COLUMN_TYPES,
        "defaultExpressions": default_expressions(),
        "customColumnTypes": custom_types(app),
        "foreignKeyTargetsPath": format!(
            "{}/-/foreign-key-targets?{}",
            app.urls.database(&database.route),
            crate::urls::encode_query([("table", table.name.as_str())])
        ),
    });
    if allowed.drop {
        data["dropPath"] = format!("{url}/-/drop").into();
    }
    Ok(data)
}

/// The type of the API that keeps values as the affinity does.
pub(crate) fn api_type(affinity: &str) -> &'static str {
    match affinity {
        "INTEGER" => "integer",
        "REAL" | "NUMERIC" => "float",
        "BLOB" => "blob",
        _ => "text",
    }
}

/// `window._datasetteDatabaseData`: what is needed to make a table; empty if the visitor may not.
pub(crate) fn database(app: &App, request: &Request, database: &Database) -> Result<Json> {
    let resource = Resource::Database(&database.name);
    if !database.is_mutable || !app.permissions.allowed(request, "create-table", resource)? {
        return Ok(json!({}));
    }
    let url = app.urls.database(&database.route);
    let may_insert = app.permissions.allowed(request, "insert-row", resource)?;
    Ok(json!({"createTable": {
        "path": format!("{url}/-/create"),
        "foreignKeyTargetsPath": format!("{url}/-/foreign-key-targets"),
        "databaseName": database.name,
        "columnTypes": COLUMN_TYPES,
        "defaultExpressions": default_expressions(),
        "canInsertRows": may_insert,
        "maxInsertRows": app.settings().max_insert_rows,
        "customColumnTypes": custom_types(app),
    }}))
}

/// What a default expression gives, for people.
pub(crate) fn expression_label(name: &str) -> &'static str {
    match name {
        "current_timestamp" => "now, as date and time (UTC)",
        "current_date" => "today's date (UTC)",
        "current_time" => "the time of day (UTC)",
        "current_unixtime" => "now, in seconds since 1970",
        "current_unixtime_ms" => "now, in milliseconds since 1970",
        _ => "an expression",
    }
}

fn default_expressions() -> Json {
    let entry = |(name, _): &(&str, &str)| {
        let sqlite_type = if name.contains("unixtime") { "integer" } else { "text" };
        json!({"value": name, "label": expression_label(name), "sqliteType": sqlite_type})
    };
    EXPRESSIONS.iter().map(entry).collect()
}

/// Types beyond SQLite's that plugins know, with the types of the API that they go with.
fn custom_types(app: &App) -> Json {
    let mut known: Vec<_> = app.plugins.column_types().iter().collect();
    known.sort_by_key(|known| known.name().to_owned());
    let entry = |known: &crate::plugins::RegisteredColumnType| {
        let types: Vec<&str> = known.sqlite_types().iter().map(|affinity| api_type(affinity)).collect();
        let mut data = json!({"name": known.name(), "description": known.description()});
        data["sqliteTypes"] = if types.is_empty() { json!(COLUMN_TYPES) } else { json!(types) };
        if let [only] = types.as_slice() {
            data["fixedSqliteType"] = (*only).into();
        }
        data
    };
    known.into_iter().map(entry).collect()
}
