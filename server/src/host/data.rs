//! What databases consist of, for plugins.

use std::sync::Arc;

use datasette_plugin_api::{Error, Json, Result, Value, json};

use super::args::Args;
use super::failed;
use crate::app::App;
use crate::request::Request;
use crate::sqlite::{Conn, Database, Kind, Schema, Table};
use crate::table::labels;

fn with_schema<T>(
    app: &App,
    args: &Args,
    work: impl FnOnce(&Conn, &Arc<Database>, &Schema) -> crate::error::Result<T>,
) -> Result<T> {
    let name = args.text("database")?;
    let database =
        app.database_named(name).ok_or_else(|| Error::not_found(format!("there is no database {name}")))?;
    app.permissions
        .read_for_plugin(None, &database, |conn| work(conn, &database, &*database.schema(conn)?))
        .map_err(failed)
}

fn with_table<T>(
    app: &App,
    args: &Args,
    work: impl FnOnce(&Conn, &Arc<Database>, &Table) -> crate::error::Result<T>,
) -> Result<T> {
    let name = args.text("table")?;
    with_schema(app, args, |conn, database, schema| match schema.table(conn, name)? {
        Some(table) => work(conn, database, &table),
        None => Err(crate::error::Error::not_found(format!("there is no table {name}"))),
    })
}

pub(super) fn tables(app: &App, args: &Args) -> Result<Json> {
    with_schema(app, args, |_, _, schema| Ok(json!(schema.names(Kind::Table))))
}

pub(super) fn views(app: &App, args: &Args) -> Result<Json> {
    with_schema(app, args, |_, _, schema| Ok(json!(schema.names(Kind::View))))
}

pub(super) fn hidden_tables(app: &App, args: &Args) -> Result<Json> {
    with_schema(app, args, |conn, database, schema| {
        let mut hidden: Vec<String> =
            crate::database::hidden_tables(app, conn, database, schema)?.into_iter().collect();
        hidden.sort_unstable();
        Ok(json!(hidden))
    })
}

pub(super) fn columns(app: &App, args: &Args) -> Result<Json> {
    with_table(app, args, |_, _, table| {
        let column = |(cid, column): (usize, &crate::sqlite::Column)| {
            json!({
                "cid": cid,
                "name": column.name,
                "type": column.declared_type,
                "notnull": column.not_null,
                "default_value": column.default,
                "is_pk": column.pk_position,
                "hidden": column.hidden,
            })
        };
        Ok(table.columns.iter().enumerate().map(column).collect())
    })
}

pub(super) fn primary_keys(app: &App, args: &Args) -> Result<Json> {
    with_table(app, args, |_, _, table| Ok(json!(table.primary_keys)))
}

pub(super) fn foreign_keys(app: &App, args: &Args) -> Result<Json> {
    with_table(app, args, |_, _, table| {
        let key = |key: &crate::sqlite::ForeignKey| {
            json!({
                "column": key.column,
                "other_table": key.other_table,
                "other_column": key.other_column.clone().unwrap_or_default(),
            })
        };
        Ok(table.foreign_keys.iter().map(key).collect())
    })
}

/// As configured, else as found in the schema.
pub(super) fn fts_table(app: &App, args: &Args) -> Result<Json> {
    with_table(app, args, |conn, database, table| {
        let configured = app.config.table(&database.name, &table.name).fts_table.clone();
        let configured = configured.filter(|name| !database_conceals(conn, name));
        Ok(json!(configured.or_else(|| table.fts_table.clone())))
    })
}

fn database_conceals(conn: &Conn, table: &str) -> bool {
    conn.veil().as_ref().and_then(|veil| veil.main()).is_some_and(|concealed| concealed.hides_table(table))
}

pub(super) fn label_column(app: &App, args: &Args) -> Result<Json> {
    with_table(app, args, |_, database, table| Ok(json!(labels::label_column(app, database, table))))
}

pub(super) fn table_definition(app: &App, args: &Args) -> Result<Json> {
    let name = args.text("table")?;
    with_schema(app, args, |conn, _, schema| Ok(json!(schema.definition(conn, name)?)))
}

/// Labels of a foreign key's values that the visitor may see, as pairs of value and label.
pub(super) fn expand_labels(app: &App, args: &Args, request: Option<&Request>) -> Result<Json> {
    let request = request.ok_or_else(|| Error::new("labels are looked up for a request"))?;
    let column = args.text("column")?;
    let values: Vec<Value> = args.read("values")?;
    with_table(app, args, |conn, database, table| {
        let Some(key) = table.foreign_keys.iter().find(|key| key.column == column) else {
            return Ok(json!([]));
        };
        let Some(labels) = labels::for_values(app, request, conn, database, key, &values)? else {
            return Ok(json!([]));
        };
        let pair = |value: &Value| {
            let label = labels.get(value.as_ref())?;
            Some(json!([value.as_ref().to_json(), label.as_ref().to_json()]))
        };
        Ok(values.iter().filter_map(pair).collect())
    })
}
