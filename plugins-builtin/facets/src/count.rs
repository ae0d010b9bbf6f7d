//! Counts the rows of a page, one query for each facet that is wanted.

use datasette_plugin_api::*;

use crate::identifier::identifier;

/// What the query for one facet found.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) column: String,
    pub(crate) source: FacetSource,
    /// Values and numbers of rows, no more than the facet shows.
    pub(crate) values: Vec<(Value, i64)>,
    /// Whether there are more.
    pub(crate) truncated: bool,
}

/// The columns whose facets were counted, and the names of those that took too long.
pub(crate) type Counts = (Vec<Counted>, Vec<String>);

/// Counts what `context.configs` want. `sql` writes the query, for the column's name as it stands in SQL and
/// for the number of values to ask for; its answer has columns `value` and `count`.
pub(crate) fn count(
    host: &Host,
    context: &FacetContext<'_>,
    sql: impl Fn(&str, usize) -> String,
) -> Result<Counts> {
    let options = QueryOptions { time_limit_ms: Some(context.time_limit_ms), max_rows: None, remember: true };
    let limit = context.facet_size.saturating_add(1);
    let (mut counted, mut timed_out) = (Vec::new(), Vec::new());
    for config in context.configs.iter() {
        let column = column_of(config, context)?;
        let sql = sql(&identifier(&column), limit);
        match host.query(context.database, &sql, &context.params, &options) {
            Ok(result) => counted.push(Counted::new(column, config.source, result, context.facet_size)),
            Err(error) if error.is_interrupted() => timed_out.push(column),
            Err(error) => return Err(explained(error, &column)),
        }
    }
    Ok((counted, timed_out))
}

impl Counted {
    fn new(column: String, source: FacetSource, result: QueryResult, size: usize) -> Self {
        // Where the facet is as large as the server's limit for rows, the row too many is cut by the server.
        let truncated = result.truncated || result.rows.len() > size;
        let pair = |row: Vec<Value>| {
            let mut cells = row.into_iter();
            let value = cells.next().unwrap_or_default();
            let count = cells.next().and_then(|count| count.as_i64()).unwrap_or_default();
            (value, count)
        };
        let values = result.rows.into_iter().take(size).map(pair).collect();
        Self { column, source, values, truncated }
    }
}

/// The column of a facet. It is checked here, because SQLite takes an unknown name in quotes for a text.
fn column_of(config: &FacetConfig, context: &FacetContext<'_>) -> Result<String> {
    let Some(column) = &config.column else {
        return Err(Error::bad_request("A facet needs a column: {\"column\": \"...\"}"));
    };
    // Tables without a key of their own can be counted by rowid, which is not among their columns.
    let known = context.columns.iter().chain(["rowid"]).any(|known| known.eq_ignore_ascii_case(column));
    if known { Ok(column.clone()) } else { Err(Error::bad_request(format!("no such column: {column}"))) }
}

/// The only mistake of a visitor that SQLite finds: counting elements of what isn't JSON.
fn explained(error: Error, column: &str) -> Error {
    if error.message.contains("malformed JSON") {
        return Error::bad_request(format!("_facet_array={column}: not every value of this column is JSON"));
    }
    error
}
