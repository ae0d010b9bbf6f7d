//! `GET /`: the databases, and the most interesting tables of each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::{Json, json};

use super::UNSTABLE;
use crate::app::App;
use crate::database::{hidden_tables, visible_databases, visible_tables};
use crate::error::Result;
use crate::internal::About;
use crate::permissions::Resource;
use crate::render::contexts::{Base, IndexContext, IndexDatabase, IndexTable, Metadata};
use crate::render::json::to_vec;
use crate::render::number::{counted, thousands};
use crate::render::page::{self, PageKind, action_items};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Column, Conn, Database, Kind, SqlError};

/// So many tables and views of a database are shown.
const SHOWN: usize = 5;
/// Time for counting the rows of one table.
const COUNT_TIME: Duration = Duration::from_millis(10);
/// Rows of mutable databases from this size on are not counted here.
const COUNTED_SIZE: u64 = 100 * 1024 * 1024;

/// `default_page`: the site's own page even if a template replaces it (`/-/`).
pub(crate) fn show(
    app: &App,
    request: &Request,
    format: Option<&str>,
    default_page: bool,
) -> Result<Response> {
    app.permissions.require(request, "view-instance", Resource::Instance)?;
    let by_relationships = request.args.get("_sort") == Some("relationships");
    let mut summaries = Vec::new();
    for (database, private) in visible_databases(app, request)? {
        let visible = visible_tables(app, request, &database.name)?;
        let summary = app.read(request, &database, |conn| {
            Summary::of(app, conn, &database, private, &visible, by_relationships)
        })?;
        summaries.push((database, summary));
    }
    let metadata = app.internal.metadata(About::Instance)?;
    if format.is_some() {
        let databases: Json =
            summaries.iter().map(|(database, summary)| summary.to_json(app, database)).collect();
        let body = json!({"ok": true, "unstable": UNSTABLE, "databases": databases, "metadata": metadata});
        return Ok(Response::json(to_vec(&body)));
    }
    let name = if default_page { "default:index.html" } else { "index.html" };
    let chosen = page::choose(app, &[name.to_owned()])?;
    let private = !app.permissions.allowed_as(Some(request), None, "view-instance", Resource::Instance)?;
    let actions = app.plugins.homepage_actions(request);
    let top_homepage = app.plugins.top_homepage(request);
    let metadata = Metadata::from_map(metadata);
    let heading = metadata.title.clone().unwrap_or_else(|| "Datasette".to_owned());
    let names: Vec<&str> = summaries.iter().map(|(database, _)| database.name.as_str()).collect();
    let title = format!("{heading}: {}", names.join(", "));
    let alternate = page::alternate_json(app, request);
    let crumbs = page::crumbs(app, request, None, None)?;
    let response =
        page::respond(app, request, &chosen, PageKind::of("index"), crumbs, |base| IndexContext {
            base: Base { noindex: default_page, alternate_url_json: Some(alternate.clone()), ..base },
            title,
            heading,
            private,
            metadata,
            homepage_actions: action_items(actions),
            top_homepage,
            databases: summaries
                .iter()
                .map(|(database, summary)| summary.to_context(app, database))
                .collect(),
        })?;
    Ok(page::with_alternate(response, &alternate))
}

/// A database in short.
struct Summary {
    private: bool,
    shown: Vec<Shown>,
    more: bool,
    tables: usize,
    rows: i64,
    counted: bool,
    hidden_rows: i64,
    hidden: usize,
    views: usize,
}

/// A table, or with nothing but its name a view.
struct Shown {
    name: String,
    private: bool,
    table: Option<ShownTable>,
}

struct ShownTable {
    columns: Vec<String>,
    primary_keys: Vec<String>,
    count: Option<i64>,
    fts_table: Option<String>,
    relationships: usize,
}

impl Summary {
    fn of(
        app: &App,
        conn: &Conn,
        database: &Database,
        private: bool,
        visible: &HashMap<String, bool>,
        by_relationships: bool,
    ) -> Result<Self> {
        let schema = database.schema(conn)?;
        let hidden = hidden_tables(app, conn, database, &schema)?;
        let counts = if !database.is_mutable || database.size() < COUNTED_SIZE {
            database.table_counts(conn, COUNT_TIME)?
        } else {
            Arc::default()
        };
        // One table that took too long makes all sums meaningless.
        let counts = if counts.values().any(Option::is_none) { Arc::default() } else { counts };
        let count = |name: &str| counts.get(name).copied().flatten();
        let tables: Vec<&str> =
            schema.names(Kind::Table).into_iter().filter(|name| visible.contains_key(*name)).collect();
        let (hidden, shown): (Vec<&str>, Vec<&str>) =
            tables.into_iter().partition(|name| hidden.contains(*name));
        let links = schema.links(conn)?;
        let relationships = |name: &str| match links.get(name) {
            Some(links) if by_relationships || counts.is_empty() => {
                links.incoming.len() + links.outgoing.len()
            }
            _ => 0,
        };
        let mut sorted = shown.clone();
        sorted.sort_by_key(|name| std::cmp::Reverse((relationships(name), count(name).unwrap_or(0), *name)));
        let fts = schema.fts_tables();
        let mut listed = Vec::new();
        for name in sorted.into_iter().take(SHOWN) {
            let columns = match schema.table(conn, name) {
                Ok(table) => table.map(|table| table.columns.clone()).unwrap_or_default(),
                // A virtual table without its module can be named, and nothing else.
                Err(SqlError::Failed { .. }) => Vec::new(),
                Err(error) => return Err(error.into()),
            };
            listed.push(Shown {
                name: name.to_owned(),
                private: visible.get(name).copied().unwrap_or(false),
                table: Some(ShownTable {
                    columns: names(&columns),
                    primary_keys: keys(&columns),
                    count: count(name),
                    fts_table: fts.get(name).cloned(),
                    relationships: relationships(name),
                }),
            });
        }
        let mut views: Vec<&str> =
            schema.names(Kind::View).into_iter().filter(|name| visible.contains_key(*name)).collect();
        views.sort_unstable();
        for view in views.iter().take(SHOWN.saturating_sub(listed.len())) {
            let private = visible.get(*view).copied().unwrap_or(false);
            listed.push(Shown { name: (*view).to_owned(), private, table: None });
        }
        Ok(Self {
            private,
            shown: listed,
            more: shown.len() + views.len() > SHOWN,
            tables: shown.len(),
            rows: shown.iter().filter_map(|name| count(name)).sum(),
            counted: !counts.is_empty(),
            hidden_rows: hidden.iter().filter_map(|name| count(name)).sum(),
            hidden: hidden.len(),
            views: views.len(),
        })
    }

    fn to_json(&self, app: &App, database: &Database) -> Json {
        let shown = |shown: &Shown| match &shown.table {
            None => json!({"name": shown.name, "private": shown.private}),
            Some(table) => json!({
                "name": shown.name,
                "columns": table.columns,
                "primary_keys": table.primary_keys,
                "count": table.count,
                "hidden": false,
                "fts_table": table.fts_table,
                "num_relationships_for_sorting": table.relationships,
                "private": shown.private,
            }),
        };
        json!({
            "name": database.name,
            "hash": database.hash(),
            "color": database.color(),
            "path": app.urls.database(&database.route),
            "tables_and_views_truncated": self.shown.iter().map(shown).collect::<Json>(),
            "tables_and_views_more": self.more,
            "tables_count": self.tables,
            "table_rows_sum": self.rows,
            "show_table_row_counts": self.counted,
            "hidden_table_rows_sum": self.hidden_rows,
            "hidden_tables_count": self.hidden,
            "views_count": self.views,
            "private": self.private,
        })
    }

    fn to_context(&self, app: &App, database: &Database) -> IndexDatabase {
        let shown = |shown: &Shown| IndexTable {
            path: app.urls.table(&database.route, &shown.name),
            name: shown.name.clone(),
            private: shown.private,
            count_text: shown.table.as_ref().and_then(|table| table.count).map(|count| counted(count, "row")),
        };
        IndexDatabase {
            name: database.name.clone(),
            path: app.urls.database(&database.route),
            color: database.color(),
            private: self.private,
            summary: self.text(),
            tables_count: self.tables,
            hidden_tables_count: self.hidden,
            views_count: self.views,
            table_rows_sum: self.counted.then_some(self.rows),
            hidden_table_rows_sum: self.counted.then_some(self.hidden_rows),
            tables_and_views_truncated: self.shown.iter().map(shown).collect(),
            tables_and_views_more: self.more,
        }
    }

    /// `1,234 rows in 3 tables, 10 rows in 2 hidden tables, 1 view`.
    fn text(&self) -> String {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let rows =
            |rows: i64| if self.counted { format!("{} rows in ", thousands(rows)) } else { String::new() };
        let mut text = format!("{}{}", rows(self.rows), counted(number(self.tables), "table"));
        if self.hidden > 0 {
            text += &format!(", {}{}", rows(self.hidden_rows), counted(number(self.hidden), "hidden table"));
        }
        if self.views > 0 {
            text += &format!(", {}", counted(number(self.views), "view"));
        }
        text
    }
}

fn names(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.name.clone()).collect()
}

fn keys(columns: &[Column]) -> Vec<String> {
    let mut keys: Vec<&Column> = columns.iter().filter(|column| column.pk_position > 0).collect();
    keys.sort_by_key(|column| column.pk_position);
    keys.into_iter().map(|column| column.name.clone()).collect()
}
