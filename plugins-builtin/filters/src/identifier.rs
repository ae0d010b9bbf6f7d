//! Names in SQL. Visitors see this SQL, in `_extra=query` and in traces: what is bare and what is quoted
//! follows Datasette.

use std::borrow::Cow;

/// The name as it stands in SQL: bare where that is safe, else in double quotes.
pub(crate) fn identifier(name: &str) -> Cow<'_, str> {
    if is_bare(name) { Cow::Borrowed(name) } else { Cow::Owned(format!("\"{}\"", name.replace('"', "\"\""))) }
}

fn is_bare(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && RESERVED.binary_search(&name.to_ascii_lowercase().as_str()).is_err()
}

/// The words that Datasette quotes. Sorted.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "abort", "action", "add", "after", "all", "alter", "analyze", "and", "as", "asc", "attach", "autoincrement",
    "before", "begin", "between", "by", "cascade", "case", "cast", "check", "collate", "column", "commit",
    "conflict", "constraint", "create", "cross", "current_date", "current_time", "current_timestamp", "database",
    "default", "deferrable", "deferred", "delete", "desc", "detach", "distinct", "drop", "each", "else", "end",
    "escape", "except", "exclusive", "exists", "explain", "fail", "for", "foreign", "from", "full", "glob", "group",
    "having", "if", "ignore", "immediate", "in", "index", "indexed", "initially", "inner", "insert", "instead",
    "intersect", "into", "is", "isnull", "join", "key", "left", "like", "limit", "match", "natural", "no", "not",
    "notnull", "null", "of", "offset", "on", "or", "order", "outer", "plan", "pragma", "primary", "query", "raise",
    "recursive", "references", "regexp", "reindex", "release", "rename", "replace", "restrict", "right",
    "rollback", "row", "savepoint", "select", "set", "table", "temp", "temporary", "then", "to", "transaction",
    "trigger", "union", "unique", "update", "using", "vacuum", "values", "view", "virtual", "when", "where", "with",
    "without",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_names_stay_bare_and_others_are_quoted() {
        let names = ["pk", "_x1", "1a", "a b", "Order", "a\"b", ""];
        let quoted: Vec<_> = names.iter().map(|name| identifier(name).into_owned()).collect();
        assert_eq!(quoted, ["pk", "_x1", "\"1a\"", "\"a b\"", "\"Order\"", "\"a\"\"b\"", "\"\""]);
    }

    #[test]
    fn reserved_words_are_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
    }
}
