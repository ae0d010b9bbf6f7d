//! One page of a table or view: the rows, and what belongs to them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use datasette_plugin_api::{Value, ValueRef};

use super::labels::{self, Labels};
use super::query::{Limits, TableQuery};
use super::token;
use crate::app::App;
use crate::config::TableConfig;
use crate::error::Result;
use crate::request::Request;
use crate::sqlite::{COUNT_LIMIT, Conn, Database, Rows, SqlError, Table, as_text, identifier};
use crate::{tilde, urls};

/// A table or view that the visitor may see.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    pub(crate) database: Arc<Database>,
    pub(crate) table: Arc<Table>,
    pub(crate) config: Cow<'a, TableConfig>,
    /// Somebody who isn't signed in may not see it.
    pub(crate) private: bool,
}

/// The rows that a request asks for.
#[derive(Debug)]
pub(crate) struct TablePage<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) query: TableQuery,
    pub(crate) sql: String,
    pub(crate) rows: Rows,
    pub(crate) labels: Labels,
    /// Token of the next page.
    pub(crate) next: Option<String>,
    /// Absolute URL of the next page.
    pub(crate) next_url: Option<String>,
    /// When work on the page began.
    pub(crate) started: Instant,
}

impl<'a> TablePage<'a> {
    /// `next`: where to go on; `expand_all`: foreign keys get labels unless the request says otherwise.
    pub(crate) fn load(
        app: &App,
        request: &Request,
        conn: &Conn,
        place: &Place<'a>,
        next: Option<&str>,
        expand_all: bool,
    ) -> Result<Self> {
        let started = Instant::now();
        let Place { database, table, config, .. } = place;
        let from_plugins = app.plugins.filters_from_request(request, &database.name, &table.name)?;
        let limits = Limits::of(app.settings());
        let query = TableQuery::parse(table, request, config, limits, from_plugins, next)?;
        let sql = query.sql();
        let limit = app.sql_time_limit_or(query.time_limit);
        let run = |sql: &str| {
            check_order(conn, request, table, sql)?;
            conn.limited(Some(limit), || {
                database.remembered_if_slow(conn, sql, &query.params, query.page_size + 1)
            })
        };
        let mut rows = run(&sql)?;
        let mut more = query.page_size > 0 && rows.len() > query.page_size;
        if more && query.may_end_within_equals(&rows) {
            rows = run(&query.exact_sql())?;
            more = rows.len() > query.page_size;
        }
        rows.truncate(query.page_size);

        let wanted = labels::wanted(request, table, expand_all);
        let labels = labels::fetch(app, request, conn, database, table, &rows, &wanted)?;

        let next = if more { next_token(conn, &query, &rows, next)? } else { None };
        let next_url = next.as_deref().map(|token| {
            let mut changes = vec![("_next", Some(token))];
            if let Some(sort) = query.sort.as_ref().filter(|_| !table.is_view()) {
                changes.push((if sort.descending { "_sort_desc" } else { "_sort" }, Some(&sort.column)));
            }
            app.absolute_url(request, &urls::with_replaced(request, &app.site_path(request), &changes))
        });
        Ok(Self { place: place.clone(), query, sql, rows, labels, next, next_url, started })
    }

    pub(crate) fn table(&self) -> &Table {
        &self.place.table
    }

    /// Tilde-encoded primary key of a row, as in its URL.
    pub(crate) fn row_path(&self, row: usize) -> String {
        key_path(self.table(), &self.rows, row, true)
    }

    /// Primary key of a row for people.
    pub(crate) fn row_name(&self, row: usize) -> String {
        key_path(self.table(), &self.rows, row, false)
    }

    /// How many rows match; `None` if that takes too long or was not wanted. Up to
    /// [`COUNT_LIMIT`] + 1, unless it was known already.
    pub(crate) fn count(&self, app: &App, request: &Request, conn: &Conn) -> Result<Option<i64>> {
        if let Some(known) = self.known_count() {
            return Ok(Some(known));
        }
        let shape = request.args.get("_shape");
        if request.args.non_empty("_nocount").is_some() || matches!(shape, Some("array" | "object")) {
            return Ok(None);
        }
        let sql = self.query.limited_count_sql(COUNT_LIMIT + 1);
        let counted = conn.limited(Some(app.sql_time_limit()), || {
            self.place.database.remembered(conn, &sql, &self.query.filter_params, 1)
        });
        match counted {
            Ok(rows) => Ok(match rows.first() {
                Some(ValueRef::Integer(count)) => Some(count),
                _ => None,
            }),
            Err(SqlError::Interrupted { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// From the inspect file, for the whole table.
    fn known_count(&self) -> Option<i64> {
        if !self.query.is_unfiltered() {
            return None;
        }
        self.place.database.inspected_count(&self.table().name)
    }

    /// `count` is where counting stopped, not how many rows there are.
    pub(crate) fn count_is_truncated(&self, count: Option<i64>) -> bool {
        count == Some(COUNT_LIMIT + 1) && self.known_count().is_none()
    }
}

/// Our own SQL gives the rows of a table an order. That of a view, or a query within a condition of the visitor's,
/// may leave it to an index.
pub(super) fn check_order(
    conn: &Conn,
    request: &Request,
    table: &Table,
    sql: &str,
) -> std::result::Result<(), SqlError> {
    if table.is_view() || request.args.contains("_where") { conn.in_no_concealed_order(sql) } else { Ok(()) }
}

fn key_path(table: &Table, rows: &Rows, row: usize, encode: bool) -> String {
    let rowid = ["rowid".to_owned()];
    let keys: &[String] = if table.uses_rowid() { &rowid } else { &table.primary_keys };
    let mut path = String::new();
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            path.push(',');
        }
        let text = as_text(rows.named(row, key));
        if encode {
            path.push_str(&tilde::encode(&text));
        } else {
            path.push_str(&text);
        }
    }
    path
}

/// Names the last row of the page: its sort value, if any, and its primary key.
fn next_token(
    conn: &Conn,
    query: &TableQuery,
    rows: &Rows,
    previous: Option<&str>,
) -> Result<Option<String>> {
    let table = &query.table;
    if table.is_view() {
        let offset: i64 = previous.and_then(|p| p.trim().parse().ok()).unwrap_or(0);
        return Ok(Some((offset + i64::try_from(query.page_size).unwrap_or(i64::MAX)).to_string()));
    }
    let last = rows.len().saturating_sub(1);
    let key = token::key(table, rows, last);
    let Some(sort) = &query.sort else { return Ok(Some(key)) };
    let value: Value = match rows.column_index(&sort.column) {
        Some(column) => rows.get(last, column).into(),
        None => sort_value(conn, query, &sort.column, rows, last)?,
    };
    Ok(Some(format!("{},{key}", token::component(table, &sort.column, value.as_ref()))))
}

/// The value that the row is sorted by, where it is not among the columns of the page.
fn sort_value(conn: &Conn, query: &TableQuery, column: &str, rows: &Rows, row: usize) -> Result<Value> {
    let table = &query.table;
    let rowid = ["rowid".to_owned()];
    let keys: &[String] = if table.uses_rowid() { &rowid } else { &table.primary_keys };
    let conditions: Vec<String> =
        keys.iter().enumerate().map(|(i, key)| format!("{} = :k{i}", identifier(key))).collect();
    let params: Vec<(String, Value)> =
        keys.iter().enumerate().map(|(i, key)| (format!("k{i}"), rows.named(row, key).into())).collect();
    let sql = format!(
        "select {} from {} where {}",
        identifier(column),
        identifier(&table.name),
        conditions.join(" and ")
    );
    Ok(conn.value(&sql, &params)?.unwrap_or(Value::Null))
}
