//! What databases consist of, for plugins.

use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::{Error, Json, Result, Value, json};

use super::args::Args;
use super::failed;
use crate::app::App;
use crate::internal::AssignedType;
use crate::request::Request;
use crate::sqlite::{Conn, Database, Kind, Link, Schema, Table};
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

/// Of a table or a view, each by its own service.
pub(super) fn definition(app: &App, args: &Args, key: &str, kind: Kind) -> Result<Json> {
    let name = args.text(key)?;
    with_schema(app, args, |conn, _, schema| match schema.entry(name) {
        Some(entry) if entry.kind == kind => Ok(json!(schema.definition(conn, name)?)),
        _ => Ok(Json::Null),
    })
}

pub(super) fn exists(app: &App, args: &Args, key: &str, kind: Kind) -> Result<Json> {
    let name = args.text(key)?;
    with_schema(app, args, |_, _, schema| {
        Ok(schema.entry(name).is_some_and(|entry| entry.kind == kind).into())
    })
}

pub(super) fn table_counts(app: &App, args: &Args) -> Result<Json> {
    let limit = Duration::from_millis(args.read("time_limit_ms")?);
    with_schema(app, args, |conn, database, schema| {
        let counts = database.table_counts(conn, limit)?;
        let count = |name: &str| (name.to_owned(), counts.get(name).copied().flatten().into());
        Ok(Json::Object(schema.names(Kind::Table).into_iter().map(count).collect()))
    })
}

pub(super) fn all_foreign_keys(app: &App, args: &Args) -> Result<Json> {
    with_schema(app, args, |conn, _, schema| {
        let links = schema.links(conn)?;
        let key = |link: &Link| {
            json!({
                "column": link.column.clone().unwrap_or_default(),
                "other_table": link.other_table,
                "other_column": link.other_column.clone().unwrap_or_default(),
            })
        };
        let all = |links: &[Link]| links.iter().map(key).collect::<Json>();
        let of_table = |name: &str| {
            let found = links.get(name);
            let incoming = found.map_or_else(|| json!([]), |links| all(&links.incoming));
            let outgoing = found.map_or_else(|| json!([]), |links| all(&links.outgoing));
            (name.to_owned(), json!({"incoming": incoming, "outgoing": outgoing}))
        };
        Ok(Json::Object(schema.names(Kind::Table).into_iter().map(of_table).collect()))
    })
}

pub(super) fn get_column_types(app: &App, args: &Args) -> Result<Json> {
    let types = app.internal.column_types(args.text("database")?, args.text("table")?).map_err(failed)?;
    let entry =
        |given: AssignedType| (given.column, json!({"name": given.column_type, "config": given.config}));
    Ok(Json::Object(types.into_iter().map(entry).collect()))
}

pub(super) fn get_column_type(app: &App, args: &Args) -> Result<Json> {
    let types = get_column_types(app, args)?;
    Ok(types.get(args.text("column")?).cloned().unwrap_or_default())
}

pub(super) fn set_column_type(app: &App, args: &Args) -> Result<Json> {
    let (column, name) = (args.text("column")?, args.text("name")?);
    let config = match args.get("config") {
        Json::Null => None,
        config @ Json::Object(_) => Some(config.clone()),
        _ => return Err(Error::bad_request("the configuration of a column type is a JSON object")),
    };
    with_table(app, args, |_, database, table| {
        let found = table.columns.iter().find(|known| known.name == column);
        let missing = || crate::error::Error::not_found(format!("there is no column {column}"));
        crate::table::check_column_type(app, database, table, found.ok_or_else(missing)?, name)?;
        let assigned = AssignedType { column: column.to_owned(), column_type: name.to_owned(), config };
        app.internal.set_column_type(&database.name, &table.name, &assigned)?;
        Ok(Json::Null)
    })
}

pub(super) fn remove_column_type(app: &App, args: &Args) -> Result<Json> {
    let (database, table) = (args.text("database")?, args.text("table")?);
    app.internal.remove_column_type(database, table, args.text("column")?).map_err(failed)?;
    Ok(Json::Null)
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
