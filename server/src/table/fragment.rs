//! `GET /{database}/{table}/-/fragment`: nothing but the rows, as HTML, for scripts that bring a part of
//! a table page up to date. `_row=` asks for a single row.

use std::sync::Arc;

use super::html;
use super::page::TablePage;
use super::show::place;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::{Args, Request};
use crate::response::Response;
use crate::sqlite::{Database, Table};
use crate::{tilde, urls};

pub(crate) fn fragment(
    app: &App,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
) -> Result<Response> {
    let place = place(app, request, database, table)?;
    let of_row = for_row(request, table)?;
    let request = of_row.as_ref().unwrap_or(request);
    let (page, parts) = app.read(request, database, |conn| {
        let page = TablePage::load(app, request, conn, &place, request.args.get("_next"), true)?;
        let parts = html::Parts::gather(app, request, conn, &page)?;
        Ok((page, parts))
    })?;
    html::fragment(app, request, &page, parts)
}

/// The request with filters that leave only the row of `_row=`; `None` if there is no such argument.
fn for_row(request: &Request, table: &Table) -> Result<Option<Request>> {
    let Some(row) = request.args.non_empty("_row") else { return Ok(None) };
    if table.is_view() {
        return Err(Error::bad_request("_row is not supported for views"));
    }
    let rowid = ["rowid".to_owned()];
    let keys: &[String] = if table.uses_rowid() { &rowid } else { &table.primary_keys };
    let values: Vec<String> = row.split(',').map(tilde::decode).collect();
    if values.len() != keys.len() {
        return Err(Error::bad_request("_row does not match the primary key for this table"));
    }
    // A name that would be taken for something else says what it is.
    let filter = |key: &String| {
        if key.starts_with('_') || key.contains("__") { format!("{key}__exact") } else { key.clone() }
    };
    let filters: Vec<String> = keys.iter().map(filter).collect();
    let is_replaced = |name: &str| {
        matches!(name, "_row" | "_next" | "_nocount" | "_nofacet" | "_nosuggest")
            || keys.iter().any(|key| name == key || name.strip_suffix("__exact") == Some(key))
    };
    let kept = request.args.iter().filter(|(name, _)| !is_replaced(name));
    let row = filters.iter().map(String::as_str).zip(values.iter().map(String::as_str));
    let plain = [("_nocount", "1"), ("_nofacet", "1"), ("_nosuggest", "1")];
    let query_string = urls::encode_query(kept.chain(row).chain(plain));
    Ok(Some(Request { args: Args::parse(&query_string), query_string, ..request.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(keys: &[&str], query: &str, expected: &str) {
        let mut table = Table::for_test("t", &[]);
        table.primary_keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let found = for_row(&Request::new("GET", &format!("/d/t/-/fragment?{query}")), &table);
        let found = found.map(|request| request.map(|request| request.query_string).unwrap_or_default());
        assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected);
    }

    const PLAIN: &str = "_nocount=1&_nofacet=1&_nosuggest=1";

    #[test]
    fn a_row_is_a_filter_for_each_of_its_keys() {
        check(&["id"], "_row=5&_next=3&_size=2&id=7", &format!("_size=2&id=5&{PLAIN}"));
        check(&["a", "b"], "_row=x~2Fy,~2Cz", &format!("a=x%2Fy&b=%2Cz&{PLAIN}"));
        check(&[], "_row=5", &format!("rowid=5&{PLAIN}"));
        check(&["_id"], "_row=5", &format!("_id__exact=5&{PLAIN}"));
        check(&["id"], "_row=", "");
    }

    #[test]
    fn a_row_has_to_fit_the_key() {
        check(&["id"], "_row=1,2", "_row does not match the primary key for this table");
    }
}
