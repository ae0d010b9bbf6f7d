//! Column filters of a request, and the redirect that turns a submitted form into them.

use datasette_plugin_api::Value;

use super::operators::Operator;
use crate::error::Result;
use crate::request::{Args, Request};
use crate::sqlite::{Params, Table};

/// Conditions on columns, in the order in which they stand in the SQL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    selections: Vec<Selection>,
}

/// One `column__op=value` of the query string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) column: String,
    pub(crate) op: String,
    pub(crate) value: String,
}

impl Filters {
    /// Arguments that start with `_` and contain no `__` are for other purposes.
    pub(crate) fn parse(args: &Args) -> Self {
        let mut pairs: Vec<_> =
            args.iter().filter(|(key, _)| !key.starts_with('_') || key.contains("__")).collect();
        pairs.sort_unstable();
        let selections = pairs.into_iter().map(|(key, value)| {
            let (column, op) = key.rsplit_once("__").unwrap_or((key, "exact"));
            Selection { column: column.to_owned(), op: op.to_owned(), value: value.to_owned() }
        });
        Self { selections: selections.collect() }
    }

    pub(crate) fn selections(&self) -> &[Selection] {
        &self.selections
    }

    /// SQL conditions with their parameters `:p0`, `:p1`, ...; unknown operators are left out.
    ///
    /// Where columns of the table are concealed, they and columns that do not exist look the same.
    pub(crate) fn conditions(&self, table: &Table) -> Result<(Vec<String>, Params)> {
        let mut clauses = Vec::new();
        let mut params: Params = Vec::new();
        for Selection { column, op, value } in &self.selections {
            let Some(operator) = Operator::find(op) else { continue };
            let (clause, values) =
                operator.condition(&table.name, column, !may_name(table, column), value, params.len())?;
            clauses.push(clause);
            for value in values {
                params.push((format!("p{}", params.len()), value));
            }
        }
        Ok((clauses, params))
    }

    /// `where a = 1, b > 2 and c is null`; `extra` comes first. Empty without conditions.
    pub(crate) fn describe(&self, extra: &[String]) -> String {
        let own =
            self.selections.iter().filter_map(|s| Some(Operator::find(&s.op)?.describe(&s.column, &s.value)));
        let mut pieces: Vec<String> = extra.iter().cloned().chain(own).collect();
        match (pieces.pop(), pieces.is_empty()) {
            (None, _) => String::new(),
            (Some(last), true) => format!("where {last}"),
            (Some(last), false) => format!("where {} and {last}", pieces.join(", ")),
        }
    }
}

/// Whether SQLite may look for a column of that name.
fn may_name(table: &Table, column: &str) -> bool {
    table.concealed.is_empty()
        || table.columns.iter().any(|known| known.name.eq_ignore_ascii_case(column))
        || ["rowid", "_rowid_", "oid"].iter().any(|name| name.eq_ignore_ascii_case(column))
}

/// Pairs to set (and, without a value, to remove) where a filter form was submitted; empty where not.
pub(crate) fn submitted_form(request: &Request) -> Vec<(String, Option<String>)> {
    let args = &request.args;
    let mut changes = Vec::new();
    let column = args.non_empty("_filter_column");
    if let Some(column) = column {
        let op = args.get("_filter_op").unwrap_or_default();
        changes.push(change(column, op, args.get("_filter_value").unwrap_or_default()));
    }
    for name in ["_filter_column", "_filter_op", "_filter_value"] {
        if args.contains(name) {
            changes.push((name.to_owned(), None));
        }
    }
    for name in args.keys() {
        let Some(number) = name.strip_prefix("_filter_column_") else { continue };
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let named = |what: &str| format!("_filter_{what}_{number}");
        if let Some(column) = args.non_empty(name) {
            let op = args.non_empty(&named("op")).unwrap_or("exact").to_owned();
            let value = args.get(&named("value")).unwrap_or_default().to_owned();
            changes.push(change(column, &op, &value));
        }
        changes.extend(["column", "op", "value"].map(|what| (named(what), None)));
    }
    changes
}

/// `isnull__1` carries its value with it.
fn change(column: &str, op: &str, value: &str) -> (String, Option<String>) {
    let (op, value) = op.split_once("__").unwrap_or((op, value));
    (format!("{column}__{op}"), Some(value.to_owned()))
}

/// Adds `:pN` parameters behind those that are there.
pub(crate) fn push_param(params: &mut Params, value: Value) -> usize {
    let index = params.len();
    params.push((format!("p{index}"), value));
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &str) {
        check_for(&Table::for_test("t", &["a", "b"]), query, expected);
    }

    #[track_caller]
    fn check_for(table: &Table, query: &str, expected: &str) {
        let filters = Filters::parse(&Args::parse(query));
        let (clauses, params) = filters.conditions(table).unwrap();
        let names: Vec<_> = params.into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            format!("{} [{}] {}", clauses.join(" and "), names.join(" "), filters.describe(&[])),
            expected
        );
    }

    #[test]
    fn filters_are_sorted_and_numbered() {
        check("b=2&a__gt=1&_size=5", "\"a\" > :p0 and \"b\" = :p1 [p0 p1] where a > 1 and b = 2");
    }

    #[test]
    fn a_concealed_column_looks_like_one_that_does_not_exist() {
        let mut table = Table::for_test("t", &["a"]);
        table.concealed.insert("b".to_owned());
        check_for(&table, "A=1", "\"A\" = :p0 [p0] where A = 1");
        check_for(&table, "rowid=1", "\"rowid\" = :p0 [p0] where rowid = 1");
        check_for(&table, "b=1", "'b' = :p0 [p0] where b = 1");
        check_for(&table, "c=1", "'c' = :p0 [p0] where c = 1");
        check_for(&table, "c'd__isnull=1", "'c''d' is null [] where c'd is null");
    }

    #[test]
    fn the_last_double_underscore_starts_the_operator() {
        check("a__b__exact=2", "\"a__b\" = :p0 [p0] where a__b = 2");
        check("_x__exact=2", "\"_x\" = :p0 [p0] where _x = 2");
    }

    #[test]
    fn unknown_operators_are_ignored() {
        check("a__bogus=2", " [] ");
    }

    #[test]
    fn a_submitted_form_becomes_filters() {
        let request = Request::new("GET", "/d/t?_filter_column_1=a&_filter_op_1=isnull__1&_filter_value_1=x");
        let changes = submitted_form(&request);
        assert_eq!(changes[0], ("a__isnull".to_owned(), Some("1".to_owned())));
        assert_eq!(changes.len(), 4);
    }
}
