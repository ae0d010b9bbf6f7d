//! Names in SQL. What is quoted and what is bare is visible to visitors, in `_extra=query` and in
//! "View and edit SQL" links, and follows Datasette.

use std::borrow::Cow;

/// The name as it stands in generated SQL: bare where that is safe, else in double quotes.
pub(crate) fn identifier(name: &str) -> Cow<'_, str> {
    if is_boring(name) && !is_reserved(name) { Cow::Borrowed(name) } else { Cow::Owned(quoted(name)) }
}

/// The name in double quotes, whatever it is.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How long what is quoted at the start of `text` is, up to its closing quote; a doubled one stands for itself.
pub(crate) fn quoted_length(text: &str, quote: char) -> usize {
    let mut at = 1;
    loop {
        match text.get(at..).and_then(|rest| rest.find(quote)) {
            None => return text.len(),
            Some(found) if text.get(at + found + 1..).is_some_and(|rest| rest.starts_with(quote)) => {
                at += found + 2
            }
            Some(found) => return at + found + 1,
        }
    }
}

fn is_boring(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_reserved(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    RESERVED.binary_search(&lower.as_str()).is_ok()
}

/// <https://www.sqlite.org/lang_keywords.html>, as of the set that Datasette quotes. Sorted.
const RESERVED: &[&str] = &[
    "abort",
    "action",
    "add",
    "after",
    "all",
    "alter",
    "analyze",
    "and",
    "as",
    "asc",
    "attach",
    "autoincrement",
    "before",
    "begin",
    "between",
    "by",
    "cascade",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "commit",
    "conflict",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "database",
    "default",
    "deferrable",
    "deferred",
    "delete",
    "desc",
    "detach",
    "distinct",
    "drop",
    "each",
    "else",
    "end",
    "escape",
    "except",
    "exclusive",
    "exists",
    "explain",
    "fail",
    "for",
    "foreign",
    "from",
    "full",
    "glob",
    "group",
    "having",
    "if",
    "ignore",
    "immediate",
    "in",
    "index",
    "indexed",
    "initially",
    "inner",
    "insert",
    "instead",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "key",
    "left",
    "like",
    "limit",
    "match",
    "natural",
    "no",
    "not",
    "notnull",
    "null",
    "of",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "plan",
    "pragma",
    "primary",
    "query",
    "raise",
    "recursive",
    "references",
    "regexp",
    "reindex",
    "release",
    "rename",
    "replace",
    "restrict",
    "right",
    "rollback",
    "row",
    "savepoint",
    "select",
    "set",
    "table",
    "temp",
    "temporary",
    "then",
    "to",
    "transaction",
    "trigger",
    "union",
    "unique",
    "update",
    "using",
    "vacuum",
    "values",
    "view",
    "virtual",
    "when",
    "where",
    "with",
    "without",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boring_names_stay_bare_and_others_are_quoted() {
        let names = ["pk", "_x1", "1a", "a b", "Order", "a\"b", "", "é"];
        let quoted: Vec<_> = names.iter().map(|n| identifier(n).into_owned()).collect();
        assert_eq!(quoted, ["pk", "_x1", "\"1a\"", "\"a b\"", "\"Order\"", "\"a\"\"b\"", "\"\"", "\"é\""]);
    }

    #[test]
    fn what_is_quoted_ends_where_the_quote_is_not_doubled() {
        let length = |text: &str| quoted_length(text, '\'');
        assert_eq!([length("'a' b"), length("'it''s'x"), length("''"), length("'open")], [3, 7, 2, 5]);
    }

    #[test]
    fn reserved_words_are_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
    }
}
