//! The SQL that made the tables: of the instance, a database or a table; as page, JSON or Markdown.

use datasette_plugin_api::{Json, json};

use super::listing::{visible_databases, visible_tables};
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::contexts::{SchemaContext, SchemaItem};
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Table, as_text};

/// What is shown, in any format.
struct Shown {
    heading: String,
    title: String,
    table: Option<String>,
    database: Option<String>,
    schemas: Vec<SchemaItem>,
}

/// `GET /-/schema`: of all databases that the visitor may see.
pub(crate) fn show_instance(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    let mut schemas = Vec::new();
    for (database, _) in visible_databases(app, request)? {
        schemas.push(of_database(app, request, &database)?);
    }
    let shown = Shown {
        heading: "Schema for all databases".to_owned(),
        title: "Schema for all databases".to_owned(),
        table: None,
        database: None,
        schemas,
    };
    respond(app, request, shown, format)
}

/// `GET /{database}/-/schema`.
pub(crate) fn show_database(
    app: &App,
    request: &Request,
    database: &Database,
    format: Option<&str>,
) -> Result<Response> {
    app.permissions.require(request, "view-database", Resource::Database(&database.name))?;
    let shown = Shown {
        heading: format!("Schema for {}", database.name),
        title: format!("Schema for {}", database.name),
        table: None,
        database: Some(database.name.clone()),
        schemas: vec![of_database(app, request, database)?],
    };
    respond(app, request, shown, format)
}

/// `GET /{database}/{table}/-/schema`.
pub(crate) fn show_table(
    app: &App,
    request: &Request,
    database: &Database,
    table: &Table,
    format: Option<&str>,
) -> Result<Response> {
    app.permissions.require(request, "view-table", Resource::Table(&database.name, &table.name))?;
    let shown = Shown {
        heading: format!("Schema for {}", table.name),
        title: format!("Schema for {}.{}", database.name, table.name),
        table: Some(table.name.clone()),
        database: Some(database.name.clone()),
        schemas: vec![of_table(app, request, database, table)?],
    };
    respond(app, request, shown, format)
}

/// The CREATE statements of the tables that the visitor may see, with their indexes and triggers.
fn of_database(app: &App, request: &Request, database: &Database) -> Result<SchemaItem> {
    let visible = visible_tables(app, request, &database.name)?;
    let concealed = app.permissions.concealed(request, database)?;
    let schema = app.read(request, database, |conn| {
        let sql = "select tbl_name, sql from sqlite_master where sql is not null";
        let rows = conn.unveiled(|| conn.rows(sql, &[]))?;
        let text = |row, column| as_text(rows.get(row, column)).into_owned();
        // A statement names every column: what is about a table with hidden ones is left out.
        let shown = |row: &usize| {
            visible.contains_key(&text(*row, 0))
                && (concealed.is_empty()
                    || !(concealed.touches(&text(*row, 0)) || concealed.is_told_by(&text(*row, 1))))
        };
        let shown = (0..rows.len()).filter(shown);
        Ok(shown.map(|row| text(row, 1)).collect::<Vec<_>>().join(";\n"))
    })?;
    Ok(SchemaItem { database: database.name.clone(), color: database.color(), schema })
}

/// The CREATE statement of a table.
fn of_table(app: &App, request: &Request, database: &Database, table: &Table) -> Result<SchemaItem> {
    let concealed = app.permissions.concealed(request, database)?;
    let schema = app.read(request, database, |conn| {
        let schema = database.schema(conn)?;
        Ok(schema.entry(&table.name).and_then(|entry| entry.sql.clone()).unwrap_or_default())
    })?;
    if !concealed.is_empty() && (concealed.touches(&table.name) || concealed.is_told_by(&schema)) {
        let message = "You do not have permission to view the schema of this table, because it names columns \
                       that you may not see";
        return Err(Error::forbidden(message));
    }
    Ok(SchemaItem { database: database.name.clone(), color: database.color(), schema })
}

/// Programs that ask for a schema are told in a line of text that there is none.
pub(crate) fn missing_as_text(format: Option<&str>, answer: Result<Response>) -> Result<Response> {
    match answer {
        Err(Error::NotFound(message)) if matches!(format, None | Some("md")) => {
            Ok(Response::text(message.into_owned()).with_status(404))
        }
        answer => answer,
    }
}

fn respond(app: &App, request: &Request, shown: Shown, format: Option<&str>) -> Result<Response> {
    match format {
        None => as_html(app, request, shown),
        Some("json") => {
            let body = match (&shown.database, shown.schemas.first()) {
                (Some(database), Some(item)) => match &shown.table {
                    Some(table) => {
                        json!({"ok": true, "database": database, "table": table, "schema": item.schema})
                    }
                    None => json!({"ok": true, "database": database, "schema": item.schema}),
                },
                _ => {
                    let item = |item: &SchemaItem| json!({"database": item.database, "schema": item.schema});
                    json!({"ok": true, "schemas": shown.schemas.iter().map(item).collect::<Json>()})
                }
            };
            Ok(Response::json(to_vec(&body)))
        }
        Some("md") => {
            let part = |item: &SchemaItem| {
                let name = match &shown.table {
                    Some(table) => format!("{}.{table}", item.database),
                    None => item.database.clone(),
                };
                format!("# Schema for {name}\n\n```sql\n{}\n```", item.schema)
            };
            let mut text = shown.schemas.iter().map(part).collect::<Vec<_>>().join("\n\n");
            if shown.database.is_some() {
                text.push('\n');
            }
            Ok(Response::new(200, "text/plain; charset=utf-8", text))
        }
        Some(format) => Err(Error::not_found(format!("Invalid format: {format}"))),
    }
}

fn as_html(app: &App, request: &Request, shown: Shown) -> Result<Response> {
    let chosen = page::choose(app, &["schema.html".to_owned()])?;
    let kind = PageKind { database: shown.database.as_deref(), ..PageKind::of("schema") };
    let crumbs = page::crumbs(app, request, shown.database.as_deref(), shown.table.as_deref())?;
    page::respond(app, request, &chosen, kind, crumbs, |base| SchemaContext {
        base,
        title: shown.title.clone(),
        heading: shown.heading.clone(),
        is_instance: shown.database.is_none(),
        table_name: shown.table.clone(),
        schemas: shown.schemas.clone(),
    })
}
