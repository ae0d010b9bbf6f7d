//! `/-/api`: tries out the JSON API, with an example of everything that the visitor may do.

use datasette_plugin_api::{Json, Map, json};

use crate::app::App;
use crate::database::visible_databases;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::contexts::{ApiContext, ApiDatabase, ApiLink, ApiTable};
use crate::render::json::pretty;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Conn, Database, Kind, Table};
use crate::urls;

/// A site may have any number of tables; a page has room for so many of each database.
const SHOWN_TABLES: usize = 200;

pub(crate) fn api(app: &App, request: &Request) -> Result<Response> {
    let visibility = app.permissions.visibility(request, "view-instance", Resource::Instance)?;
    if !visibility.visible {
        return Err(Error::forbidden("You do not have permission to view this instance"));
    }
    let mut examples = Vec::new();
    for (database, _) in visible_databases(app, request)? {
        let example = app.read(request, &database, |conn| of_database(app, request, conn, &database))?;
        if !(example.links.is_empty() && example.tables.is_empty()) {
            examples.push((!database.is_mutable, example));
        }
    }
    // A stable sort: within each half they stay in their order.
    examples.sort_by_key(|(is_immutable, _)| *is_immutable);
    let chosen = page::choose(app, &["api_explorer.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("api_explorer"), crumbs, |base| ApiContext {
        base,
        private: visibility.private,
        api_path: app.urls.path("-/api"),
        example_links: examples.into_iter().map(|(_, example)| example).collect(),
    })
}

fn of_database(app: &App, request: &Request, conn: &Conn, database: &Database) -> Result<ApiDatabase> {
    let schema = database.schema(conn)?;
    let mut tables = Vec::new();
    for name in schema.names(Kind::Table) {
        if tables.len() >= SHOWN_TABLES {
            break;
        }
        if !app.permissions.allowed(request, "view-table", Resource::Table(&database.name, name))? {
            continue;
        }
        if let Some(table) = schema.table(conn, name)? {
            tables.push(ApiTable { name: name.to_owned(), links: of_table(app, request, database, &table)? });
        }
    }
    let mut links = Vec::new();
    let resource = Resource::Database(&database.name);
    if database.is_mutable && app.permissions.allowed(request, "create-table", resource)? {
        let body = json!({
            "table": "new_table",
            "columns": [{"name": "id", "type": "integer"}, {"name": "name", "type": "text"}],
            "pk": "id",
        });
        let path = format!("{}/-/create", app.urls.database(&database.route));
        links.push(post(app, format!("Create table in {}", database.name), path, &body));
    }
    Ok(ApiDatabase { name: database.name.clone(), links, tables })
}

fn of_table(app: &App, request: &Request, database: &Database, table: &Table) -> Result<Vec<ApiLink>> {
    let path = app.urls.table(&database.route, &table.name);
    let mut links =
        vec![link(app, "GET", format!("Get rows for {}", table.name), format!("{path}.json"), None)];
    if !database.is_mutable {
        return Ok(links);
    }
    let resource = Resource::Table(&database.name, &table.name);
    if app.permissions.allowed(request, "insert-row", resource)? {
        let keys = &table.primary_keys;
        let row = table.columns.iter().filter(|column| !keys.contains(&column.name));
        let row: Map = row.map(|column| (column.name.clone(), Json::Null)).collect();
        let label = format!("Insert rows into {}", table.name);
        links.push(post(app, label, format!("{path}/-/insert"), &json!({"rows": [row]})));
        if app.permissions.allowed(request, "update-row", resource)? {
            let label = format!("Upsert rows into {}", table.name);
            links.push(post(app, label, format!("{path}/-/upsert"), &json!({"rows": [upserted(table)]})));
        }
    }
    if app.permissions.allowed(request, "alter-table", resource)? {
        let label = format!("Alter table {}", table.name);
        let operation = json!({"op": "add_column", "args": {"name": "new_column", "type": "text"}});
        links.push(post(app, label, format!("{path}/-/alter"), &json!({"operations": [operation]})));
    }
    if app.permissions.allowed(request, "drop-table", resource)? {
        let label = format!("Drop table {}", table.name);
        links.push(post(app, label, format!("{path}/-/drop"), &json!({"confirm": false})));
    }
    Ok(links)
}

/// A row with the name of each column as its value, keys marked.
fn upserted(table: &Table) -> Map {
    let rowid = table.uses_rowid().then_some("rowid");
    let names = rowid.into_iter().chain(table.columns.iter().map(|column| column.name.as_str()));
    let value = |name: &str| {
        let is_key = rowid == Some(name) || table.primary_keys.iter().any(|key| key == name);
        format!("<{name}{}>", if is_key { " (primary key)" } else { "" })
    };
    names.map(|name| (name.to_owned(), value(name).into())).collect()
}

fn post(app: &App, label: String, path: String, body: &Json) -> ApiLink {
    link(app, "POST", label, path, Some(pretty(body, 2)))
}

fn link(app: &App, method: &'static str, label: String, path: String, body: Option<String>) -> ApiLink {
    let pairs = [("path", Some(path.as_str())), ("method", Some(method)), ("json", body.as_deref())];
    let query = urls::encode_query(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))));
    ApiLink { label, method, href: format!("{}#{query}", app.urls.path("-/api")), path }
}
