//! From a request's arguments to the SQL of a table page. No SQL runs here.

use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::{FilterArguments, Value};

use super::filters::{Filters, push_param};
use super::token;
use crate::config::{Settings, Size, TableConfig};
use crate::error::{Error, Result};
use crate::request::Request;
use crate::sqlite::{Params, Rows, Table, identifier};

/// What the limits of the site are for pages of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) default_page_size: usize,
    pub(crate) max_returned_rows: usize,
}

/// Everything that decides which rows of a table are shown, and in which order.
#[derive(Debug, Clone)]
pub(crate) struct TableQuery {
    pub(crate) table: Arc<Table>,
    /// Columns of the SELECT, without `rowid`.
    pub(crate) columns: Vec<String>,
    pub(crate) filters: Filters,
    /// Descriptions of conditions that plugins added.
    pub(crate) descriptions: Vec<String>,
    conditions: Vec<String>,
    /// Parameters of `conditions` alone, for counting.
    pub(crate) filter_params: Params,
    /// Parameters of [`Self::sql`].
    pub(crate) params: Params,
    /// Conditions with the place in the pagination.
    page_conditions: Vec<String>,
    order_by: String,
    pub(crate) sort: Option<Sort>,
    pub(crate) page_size: usize,
    /// Rows that come before this page, of views.
    offset: Option<i64>,
    /// This is not the first page; `order_by` is complete.
    continues: bool,
    /// `_timelimit`; lowers the site's limit.
    pub(crate) time_limit: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) column: String,
    pub(crate) descending: bool,
}

impl Limits {
    pub(crate) fn of(settings: &Settings) -> Self {
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Self {
            default_page_size: number(settings.default_page_size),
            max_returned_rows: number(settings.max_returned_rows),
        }
    }
}

impl TableQuery {
    /// `next` is a pagination token; it is not taken from the request, so that streams can go on.
    pub(crate) fn parse(
        table: &Arc<Table>,
        request: &Request,
        config: &TableConfig,
        limits: Limits,
        from_plugins: Vec<FilterArguments>,
        next: Option<&str>,
    ) -> Result<Self> {
        let columns = selected_columns(table, request)?;
        let filters = Filters::parse(&request.args);
        let (mut conditions, mut params) = filters.conditions(table)?;
        let mut descriptions = Vec::new();
        for arguments in from_plugins {
            conditions.extend(arguments.where_clauses);
            params.extend(arguments.params);
            descriptions.extend(arguments.human_descriptions);
        }
        let sort = sort_order(table, request, config)?;
        let page_size = page_size(request, config, limits)?;
        let time_limit = time_limit(request)?;
        let mut query = Self {
            table: Arc::clone(table),
            columns,
            filters,
            descriptions,
            page_conditions: conditions.clone(),
            conditions,
            filter_params: params.clone(),
            params,
            order_by: first_order(table, sort.as_ref()),
            sort,
            page_size,
            offset: None,
            continues: false,
            time_limit,
        };
        if let Some(next) = next.filter(|next| !next.is_empty()) {
            query.continue_after(next)?;
        }
        Ok(query)
    }

    /// The rows of this page and one more, which tells whether there is another page.
    pub(crate) fn sql(&self) -> String {
        self.sql_in_order(&self.order_by)
    }

    /// Whether a first page may leave out rows: the last one, and the one behind it, are equal by the sort order.
    /// SQLite may have them in any order, that of an index backwards, say, and the next page goes on by their key.
    pub(super) fn may_end_within_equals(&self, rows: &Rows) -> bool {
        let Some(sort) = self.sort.as_ref().filter(|_| !self.table.is_view() && !self.continues) else {
            return false;
        };
        let Some(column) = rows.column_index(&sort.column) else { return true };
        rows.get(self.page_size.saturating_sub(1), column) == rows.get(self.page_size, column)
    }

    /// As [`Self::sql`], with equal rows in the order of their key.
    pub(crate) fn exact_sql(&self) -> String {
        self.sql_in_order(&format!("{}, {}", self.order_by, key_order(&self.table)))
    }

    fn sql_in_order(&self, order_by: &str) -> String {
        let order_by = if order_by.is_empty() { String::new() } else { format!("order by {order_by}") };
        let offset = self.offset.map(|offset| format!(" offset {offset}")).unwrap_or_default();
        format!(
            "select {} from {} {}{order_by} limit {}{offset}",
            self.selection(&self.columns),
            identifier(&self.table.name),
            where_clause(&self.page_conditions),
            self.page_size + 1,
        )
    }

    /// All columns of all rows that match, unordered: what facets are calculated on.
    pub(crate) fn sql_no_order_no_limit(&self) -> String {
        let columns = self.selection(&self.table.column_names());
        format!(
            "select {columns} from {} {}",
            identifier(&self.table.name),
            where_clause(&self.page_conditions)
        )
    }

    pub(crate) fn count_sql(&self) -> String {
        format!("select count(*) {}", self.source_sql())
    }

    /// Counts no further than `limit`.
    pub(crate) fn limited_count_sql(&self, limit: i64) -> String {
        format!(
            "select count(*) from (select {} {} limit {limit})",
            self.table.everything(),
            self.source_sql()
        )
    }

    /// Nothing but the table: its count may be known already.
    pub(crate) fn is_unfiltered(&self) -> bool {
        self.conditions.is_empty()
    }

    fn source_sql(&self) -> String {
        format!("from {} {}", identifier(&self.table.name), where_clause(&self.conditions))
    }

    fn selection(&self, columns: &[String]) -> String {
        let names = columns.iter().map(|c| identifier(c).into_owned());
        let names: Vec<String> =
            self.table.uses_rowid().then(|| "rowid".to_owned()).into_iter().chain(names).collect();
        names.join(", ")
    }

    /// `where state = "CA" sorted by created descending`.
    pub(crate) fn human_description(&self) -> String {
        let mut text = self.filters.describe(&self.descriptions);
        if let Some(sort) = &self.sort {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str("sorted by ");
            text.push_str(&sort.column);
            if sort.descending {
                text.push_str(" descending");
            }
        }
        text
    }

    /// Goes on behind the row that the token names: keyset pagination, an offset for views.
    fn continue_after(&mut self, next: &str) -> Result<()> {
        if self.table.is_view() {
            let offset = next.trim().parse().ok().filter(|offset| *offset >= 0);
            self.offset =
                Some(offset.ok_or_else(|| Error::bad_request("_next must be a whole number for a view"))?);
            return Ok(());
        }
        let mut values: Vec<Value> = next.split(',').map(token::value).collect();
        let sort_value = if self.sort.is_some() && values.len() > 1 { values.remove(0) } else { Value::Null };
        let by_key = self.after_key(&values);
        let Some(sort) = self.sort.clone() else {
            self.page_conditions.extend(by_key);
            return Ok(());
        };
        let key = by_key.ok_or_else(|| {
            Error::bad_request("_next does not fit this table and sort order; start again at the first page")
        })?;
        let column = identifier(&sort.column).into_owned();
        let condition = match sort_value {
            Value::Null if sort.descending => format!("({column} is null and {key})"),
            Value::Null => format!("({column} is not null or ({column} is null and {key}))"),
            value => {
                let p = push_param(&mut self.params, value);
                if sort.descending {
                    format!("({column} < :p{p} or {column} is null or ({column} = :p{p} and {key}))")
                } else {
                    format!("({column} > :p{p} or ({column} = :p{p} and {key}))")
                }
            }
        };
        self.page_conditions.push(condition);
        let keys = key_order(&self.table);
        self.order_by = format!("{}, {keys}", self.order_by);
        self.continues = true;
        Ok(())
    }

    /// Rows behind the one with these key values; `None` if there are too many or too few.
    fn after_key(&mut self, values: &[Value]) -> Option<String> {
        if self.table.uses_rowid() {
            let p = push_param(&mut self.params, values.first()?.clone());
            return Some(format!("rowid > :p{p}"));
        }
        let keys: Vec<String> =
            self.table.primary_keys.iter().map(|key| identifier(key).into_owned()).collect();
        if keys.len() != values.len() {
            return None;
        }
        let first = self.params.len();
        for value in values {
            push_param(&mut self.params, value.clone());
        }
        let alternatives: Vec<String> = (0..keys.len())
            .map(|last| {
                let equal =
                    keys.iter().take(last).enumerate().map(|(i, key)| format!("{key} = :p{}", first + i));
                let after = std::iter::once(format!("{} > :p{}", keys[last], first + last));
                format!("({})", equal.chain(after).collect::<Vec<_>>().join(" and "))
            })
            .collect();
        Some(format!("({})", alternatives.join("\n  or\n")))
    }
}

impl Sort {
    fn sql(&self) -> String {
        format!("{}{}", identifier(&self.column), if self.descending { " desc" } else { "" })
    }
}

fn where_clause(conditions: &[String]) -> String {
    if conditions.is_empty() { String::new() } else { format!("where {} ", conditions.join(" and ")) }
}

/// The order of a first page. Equal rows stand as SQLite finds them, unless that tells in which order they stand by
/// something that is concealed.
fn first_order(table: &Table, sort: Option<&Sort>) -> String {
    match sort {
        None => key_order(table),
        Some(sort) if table.concealed.is_empty() || table.is_view() => sort.sql(),
        Some(sort) => format!("{}, {}", sort.sql(), key_order(table)),
    }
}

/// The order in which rows stand without any other wish; views have none.
fn key_order(table: &Table) -> String {
    if table.uses_rowid() {
        return "rowid".to_owned();
    }
    table.primary_keys.iter().map(|key| identifier(key).into_owned()).collect::<Vec<_>>().join(", ")
}

/// `_col` (the primary key comes first) less `_nocol`.
fn selected_columns(table: &Table, request: &Request) -> Result<Vec<String>> {
    let args = &request.args;
    let invalid = |name: &str, bad: Vec<&str>| {
        if bad.is_empty() {
            Ok(())
        } else {
            Err(Error::bad_request(format!("{name}={} - invalid columns", bad.join(", "))))
        }
    };
    let mut columns = table.column_names();
    if args.contains("_col") {
        invalid("_col", args.all("_col").filter(|c| !table.has_column(c)).collect())?;
        columns = table.primary_keys.clone();
        for column in args.all("_col") {
            if !columns.iter().any(|c| c == column) {
                columns.push(column.to_owned());
            }
        }
    }
    let is_key = |column: &str| table.primary_keys.iter().any(|key| key == column);
    invalid("_nocol", args.all("_nocol").filter(|c| !table.has_column(c) || is_key(c)).collect())?;
    columns.retain(|column| !args.all("_nocol").any(|no| no == column));
    // A view has no key that would be left.
    if columns.is_empty() && table.is_view() {
        return Err(Error::bad_request("_nocol= leaves no column to show"));
    }
    Ok(columns)
}

/// The columns that rows may be sorted by.
pub(crate) fn is_sortable(table: &Table, config: &TableConfig, column: &str) -> bool {
    if column == "rowid" && table.uses_rowid() {
        return true;
    }
    match &config.sortable_columns {
        Some(columns) => columns.iter().any(|c| c == column),
        None => table.has_column(column),
    }
}

fn sort_order(table: &Table, request: &Request, config: &TableConfig) -> Result<Option<Sort>> {
    let (mut up, mut down) = (request.args.non_empty("_sort"), request.args.non_empty("_sort_desc"));
    if up.is_none() && down.is_none() {
        (up, down) = (config.sort.as_deref(), config.sort_desc.as_deref());
    }
    let (column, descending) = match (up, down) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(Error::bad_request("Cannot use _sort and _sort_desc at the same time"));
        }
        (Some(column), None) => (column, false),
        (None, Some(column)) => (column, true),
    };
    if !is_sortable(table, config, column) {
        return Err(Error::bad_request(format!("Cannot sort table by {column}")));
    }
    Ok(Some(Sort { column: column.to_owned(), descending }))
}

fn page_size(request: &Request, config: &TableConfig, limits: Limits) -> Result<usize> {
    let asked = match (request.args.non_empty("_size"), config.size) {
        (Some("max"), _) | (None, Some(Size::Max)) => return Ok(limits.max_returned_rows),
        (Some(asked), _) => asked.trim().parse().ok(),
        (None, Some(Size::Exactly(size))) => usize::try_from(size).ok(),
        (None, None) => return Ok(limits.default_page_size),
    };
    let size = asked.ok_or_else(|| Error::bad_request("_size must be a positive integer"))?;
    if size > limits.max_returned_rows {
        return Err(Error::bad_request(format!("_size must be <= {}", limits.max_returned_rows)));
    }
    Ok(size)
}

/// `_timelimit` in milliseconds.
pub(crate) fn time_limit(request: &Request) -> Result<Option<Duration>> {
    let Some(asked) = request.args.non_empty("_timelimit") else { return Ok(None) };
    let millis = asked
        .trim()
        .parse()
        .map_err(|_| Error::bad_request("_timelimit must be a whole number of milliseconds"))?;
    Ok(Some(Duration::from_millis(millis)))
}
