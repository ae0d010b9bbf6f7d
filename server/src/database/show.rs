//! `GET /{database}`: tables, views and queries, as JSON and as a page.

use std::collections::HashMap;
use std::time::Duration;

use datasette_plugin_api::{Json, json};

use super::listing::{Listed, list, visible_tables};
use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::{About, QueryFilter, StoredQuery};
use crate::permissions::Resource;
use crate::render::contexts::{
    AttachedDatabase, Base, DatabaseContext, DatabaseTable, DatabaseView, Metadata, QueryLink,
};
use crate::render::escape::css_class;
use crate::render::json::to_vec;
use crate::render::number::{bytes_text, counted, thousands};
use crate::render::page::{self, PageKind, action_items};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Conn, Database, Kind, identifier};
use crate::{offers, tilde, urls};

/// Time for counting the rows of one table.
const COUNT_TIME: Duration = Duration::from_millis(100);
/// So many stored queries are listed.
const QUERIES_SHOWN: usize = 5;

pub(crate) fn show(
    app: &App,
    request: &Request,
    database: &Database,
    format: Option<&str>,
) -> Result<Response> {
    let visibility =
        app.permissions.visibility(request, "view-database", Resource::Database(&database.name))?;
    if !visibility.visible {
        return Err(Error::forbidden("You do not have permission to view this database"));
    }
    if request.args.get("sql").is_some_and(|sql| !sql.trim().is_empty()) {
        let path = app.urls.database_query(&database.route);
        let path = format.map_or_else(|| path.clone(), |format| urls::with_format(&path, "", format, &[]));
        return Ok(Response::redirect(crate::request::with_query(&path, &request.query_string)));
    }
    if !matches!(format, None | Some("json")) {
        return Err(Error::not_found(format!("Invalid format: {}", format.unwrap_or_default())));
    }
    app.read(request, database, |conn| {
        let contents = Contents::gather(app, request, conn, database, visibility.private)?;
        if format.is_some() {
            Ok(contents.as_json(app, database))
        } else {
            contents.into_html(app, request, conn, database)
        }
    })
}

/// Everything that both formats tell.
struct Contents {
    private: bool,
    tables: Vec<Listed>,
    views: Vec<(String, bool)>,
    queries: Vec<StoredQuery>,
    queries_count: usize,
    queries_more: bool,
    allow_execute_sql: bool,
    table_columns: Json,
    metadata: datasette_plugin_api::Map,
}

impl Contents {
    fn gather(app: &App, request: &Request, conn: &Conn, database: &Database, private: bool) -> Result<Self> {
        let visible = visible_tables(app, request, &database.name)?;
        let allow_execute_sql =
            app.permissions.allowed(request, "execute-sql", Resource::Database(&database.name))?;
        let table_columns = if allow_execute_sql { app.table_columns(conn, database)? } else { json!({}) };
        let brought = app.brought_queries(request.actor.as_ref(), Some(&database.name))?;
        let brought = brought.as_deref();
        let filter = QueryFilter { database: Some(&database.name), brought, ..QueryFilter::default() };
        let verdict = |db: &str, name: &str| {
            let found = app.permissions.visibility(request, "view-query", Resource::Query(db, name))?;
            Ok(found.visible.then_some(found.private))
        };
        let page = app.internal.list_queries(filter, QUERIES_SHOWN, None, verdict)?;
        let queries_more = page.next.is_some();
        let queries_count =
            if queries_more { app.internal.count_queries(filter, verdict)? } else { page.queries.len() };
        Ok(Self {
            private,
            tables: list(app, conn, database, &visible, COUNT_TIME)?,
            views: views(conn, database, &visible)?,
            queries: page.queries,
            queries_count,
            queries_more,
            allow_execute_sql,
            table_columns,
            metadata: app.internal.metadata(About::Database(&database.name))?,
        })
    }

    fn as_json(&self, app: &App, database: &Database) -> Response {
        let body = json!({
            "ok": true,
            "database": database.name,
            "private": self.private,
            "path": app.urls.database(&database.route),
            "size": database.size(),
            "tables": self.tables.iter().map(Listed::to_json).collect::<Json>(),
            "hidden_count": self.tables.iter().filter(|table| table.hidden).count(),
            "views": self.views.iter().map(|(name, private)| json!({"name": name, "private": private})).collect::<Json>(),
            "queries": self.queries.iter().map(|query| Json::Object(query.to_json())).collect::<Json>(),
            "queries_more": self.queries_more,
            "queries_count": self.queries_count,
            "allow_execute_sql": self.allow_execute_sql,
            "table_columns": self.table_columns,
            "metadata": self.metadata,
        });
        Response::json(to_vec(&body))
    }

    fn into_html(self, app: &App, request: &Request, conn: &Conn, database: &Database) -> Result<Response> {
        let class = css_class(&database.name);
        let chosen = page::choose(app, &[format!("database-{class}.html"), "database.html".to_owned()])?;
        let attached = if database.is_memory() { attached_databases(app, conn)? } else { Vec::new() };
        let kind = PageKind { database: Some(&database.name), ..PageKind::of("database") };
        let actions = app.plugins.database_actions(request, &database.name);
        let top = app.plugins.top_database(request, &database.name);
        let page_data = offers::database(app, request, database)?;
        let crumbs = page::crumbs(app, request, Some(&database.name), None)?;
        let alternate = page::alternate_json(app, request);
        let response = page::respond(app, request, &chosen, kind, crumbs, |base| {
            let base = Base { alternate_url_json: Some(alternate.clone()), ..base };
            DatabaseContext {
                database_actions: action_items(actions),
                top_database: top,
                attached_databases: attached,
                database_class: class,
                create_form_url: page_data
                    .get("createTable")
                    .map(|_| format!("{}/-/create-form", app.urls.database(&database.route))),
                database_page_data: page_data,
                ..self.context(app, request, database, base)
            }
        })?;
        Ok(page::with_alternate(response, &alternate))
    }

    fn context(self, app: &App, request: &Request, database: &Database, base: Base) -> DatabaseContext {
        let path = app.urls.database(&database.route);
        let metadata = Metadata::from_map(self.metadata);
        let show_hidden = request.args.non_empty("_show_hidden").is_some();
        let hidden_count = self.tables.iter().filter(|table| table.hidden).count();
        let example = self.tables.first().map_or_else(
            || "select sqlite_version()".to_owned(),
            |table| format!("select * from {}", identifier(&table.name)),
        );
        let table = |table: Listed| DatabaseTable {
            path: app.urls.table(&database.route, &table.name),
            count_text: count_text(&table),
            name: table.name,
            columns: table.columns,
            primary_keys: table.primary_keys,
            count: table.count,
            count_truncated: table.count_truncated,
            hidden: table.hidden,
            private: table.private,
            fts_table: table.fts_table,
        };
        let view = |(name, private): (String, bool)| DatabaseView {
            path: app.urls.table(&database.route, &name),
            name,
            private,
        };
        let file_name = format!("{}.db", database.name);
        DatabaseContext {
            base,
            title: database.name.clone(),
            heading: metadata.title.clone().unwrap_or_else(|| database.name.clone()),
            database: database.name.clone(),
            database_color: database.color(),
            private: self.private,
            metadata,
            allow_execute_sql: self.allow_execute_sql,
            query_url: app.urls.database_query(&database.route),
            example_sql: example,
            table_columns: self.table_columns,
            queries: self.queries.into_iter().map(|query| query_link(app, database, query)).collect(),
            queries_more: self.queries_more,
            queries_more_text: format!(
                "View {} {}",
                thousands(i64::try_from(self.queries_count).unwrap_or(i64::MAX)),
                if self.queries_count == 1 { "query" } else { "queries" }
            ),
            queries_count: self.queries_count,
            queries_url: format!("{path}/-/queries"),
            tables: self.tables.into_iter().filter(|t| show_hidden || !t.hidden).map(table).collect(),
            hidden_count,
            hidden_text: (hidden_count > 0 && !show_hidden)
                .then(|| counted(i64::try_from(hidden_count).unwrap_or(i64::MAX), "hidden table")),
            show_hidden_url: format!("{path}?_show_hidden=1"),
            show_hidden,
            schema_url: format!("{path}/-/schema"),
            views: self.views.into_iter().map(view).collect(),
            allow_download: app.settings().allow_download && !database.is_mutable && !database.is_memory(),
            download_url: format!("{path}.db"),
            download_name: file_name,
            size: database.size(),
            size_text: bytes_text(database.size()),
            editable: database.is_mutable,
            path,
            ..DatabaseContext::default()
        }
    }
}

fn views(conn: &Conn, database: &Database, visible: &HashMap<String, bool>) -> Result<Vec<(String, bool)>> {
    let schema = database.schema(conn)?;
    let mut views: Vec<(String, bool)> = schema
        .names(Kind::View)
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), *visible.get(name)?)))
        .collect();
    views.sort();
    Ok(views)
}

fn count_text(table: &Listed) -> String {
    match table.count {
        None => "Many rows".to_owned(),
        Some(count) if table.count_truncated => format!(">{} rows", thousands(count - 1)),
        Some(count) => counted(count, "row"),
    }
}

fn query_link(app: &App, database: &Database, query: StoredQuery) -> QueryLink {
    let path = format!("{}/{}", app.urls.database(&database.route), tilde::encode(&query.name));
    QueryLink {
        path: query.fragment.as_ref().map_or_else(|| path.clone(), |fragment| format!("{path}#{fragment}")),
        label: query.title.clone().unwrap_or_else(|| query.name.clone()),
        description: query.description.clone().unwrap_or_else(|| query.sql.clone()),
        title: query.title,
        sql: query.sql,
        is_write: query.is_write,
        private: query.private.unwrap_or(false),
        name: query.name,
    }
}

/// Databases that SQL can reach from here, under `--crossdb`.
fn attached_databases(app: &App, conn: &Conn) -> Result<Vec<AttachedDatabase>> {
    let names = conn.attached()?;
    let attached = |name: String| {
        let sql = format!("select * from [{name}].sqlite_master where type='table'");
        let path = app.urls.database_query(&name);
        AttachedDatabase {
            tables_url: format!("{path}?{}", urls::encode_query([("sql", sql.as_str())])),
            name,
        }
    };
    Ok(names.into_iter().map(attached).collect())
}
