//! What is in a database, as far as a visitor may see it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::error::Result;
use crate::permissions::List;
use crate::request::Request;
use crate::sqlite::{COUNT_LIMIT, Conn, Database, Kind, Link, Links, Schema};

/// One table of a database.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) primary_keys: Vec<String>,
    /// `None` where there was no time to count.
    pub(crate) count: Option<i64>,
    pub(crate) count_truncated: bool,
    pub(crate) hidden: bool,
    pub(crate) fts_table: Option<String>,
    pub(crate) links: Links,
    pub(crate) private: bool,
}

/// Tables and views that the visitor may see, with whether strangers may not.
pub(crate) fn visible_tables(app: &App, request: &Request, database: &str) -> Result<HashMap<String, bool>> {
    let list = List { parent: Some(database), include_private: true, ..List::of("view-table") };
    let resources = app.permissions.list_all(request, list)?;
    let visible =
        resources.into_iter().filter_map(|found| Some((found.child?, found.private.unwrap_or(false))));
    Ok(visible.collect())
}

/// Hidden by the schema's nature or by the configuration.
pub(crate) fn hidden_tables(
    app: &App,
    conn: &Conn,
    database: &Database,
    schema: &Schema,
) -> Result<HashSet<String>> {
    let mut hidden = schema.hidden(conn)?.clone();
    let configured = app.config.database(&database.name).tables().filter(|(_, table)| table.hidden);
    hidden.extend(configured.map(|(name, _)| name.to_owned()));
    Ok(hidden)
}

/// The tables, those that are hidden last. `limit` is the time for counting each.
pub(crate) fn list(
    app: &App,
    conn: &Conn,
    database: &Database,
    visible: &HashMap<String, bool>,
    limit: Duration,
) -> Result<Vec<Listed>> {
    let schema = database.schema(conn)?;
    let counts = database.table_counts(conn, limit)?;
    let hidden = hidden_tables(app, conn, database, &schema)?;
    let columns = schema.all_columns(conn)?;
    let links = schema.links(conn)?;
    let fts = schema.fts_tables();
    let mut listed: Vec<Listed> = schema
        .names(Kind::Table)
        .into_iter()
        .filter_map(|name| {
            let private = *visible.get(name)?;
            let columns = columns.get(name).map_or(&[][..], Vec::as_slice);
            let mut keys: Vec<_> = columns.iter().filter(|column| column.pk_position > 0).collect();
            keys.sort_by_key(|column| column.pk_position);
            let count = counts.get(name).copied().flatten();
            Some(Listed {
                name: name.to_owned(),
                columns: columns.iter().map(|column| column.name.clone()).collect(),
                primary_keys: keys.into_iter().map(|column| column.name.clone()).collect(),
                count,
                count_truncated: count == Some(COUNT_LIMIT + 1) && database.inspected_count(name).is_none(),
                hidden: hidden.contains(name),
                fts_table: fts.get(name).cloned(),
                links: links.get(name).cloned().unwrap_or_default(),
                private,
            })
        })
        .collect();
    listed.sort_by(|a, b| (a.hidden, &a.name).cmp(&(b.hidden, &b.name)));
    Ok(listed)
}

/// The first table of the list.
pub(crate) fn first_table(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
) -> Result<Option<String>> {
    let visible = visible_tables(app, request, &database.name)?;
    let schema = database.schema(conn)?;
    let hidden = hidden_tables(app, conn, database, &schema)?;
    let names = schema.names(Kind::Table).into_iter().filter(|name| visible.contains_key(*name));
    Ok(names.min_by_key(|name| (hidden.contains(*name), *name)).map(str::to_owned))
}

impl Listed {
    pub(crate) fn to_json(&self) -> Json {
        let link = |link: &Link| json!({"other_table": link.other_table, "column": link.column, "other_column": link.other_column});
        json!({
            "name": self.name,
            "columns": self.columns,
            "primary_keys": self.primary_keys,
            "count": self.count,
            "count_truncated": self.count_truncated,
            "hidden": self.hidden,
            "fts_table": self.fts_table,
            "foreign_keys": {
                "incoming": self.links.incoming.iter().map(link).collect::<Json>(),
                "outgoing": self.links.outgoing.iter().map(link).collect::<Json>(),
            },
            "private": self.private,
        })
    }
}

/// The databases that the visitor may see, by name, with whether strangers may not.
pub(crate) fn visible_databases(app: &App, request: &Request) -> Result<Vec<(Arc<Database>, bool)>> {
    use crate::permissions::Resource;
    let mut visible = Vec::new();
    for database in app.all_databases() {
        let found =
            app.permissions.visibility(request, "view-database", Resource::Database(&database.name))?;
        if found.visible {
            visible.push((database, found.private));
        }
    }
    visible.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    Ok(visible)
}
