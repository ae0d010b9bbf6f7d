//! Which SQL a visitor may run at all. What it may touch is for the authorizer; here is said, in
//! words that help, what kind of statement is meant.

use std::sync::LazyLock;

use regex::Regex;

use crate::error::{Error, Result};
use crate::sqlite::{ALLOWED_PRAGMAS, quoted_length};

#[expect(clippy::expect_used, reason = "the pattern is a constant, and a test compiles it")]
static START: LazyLock<Regex> = LazyLock::new(|| {
    // White space and comments, then the words a reading statement begins with.
    Regex::new(
        r"(?is)\A(?:\s|--[^\n]*(?:\n|\z)|/\*.*?\*/)*(?:explain\s+(?:query\s+plan\s+)?)?(?:select|with)\b",
    )
    .expect("the pattern is correct")
});

#[expect(clippy::expect_used, reason = "the pattern is a constant, and a test compiles it")]
static PRAGMA_FUNCTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bpragma_?(\w*)").expect("the pattern is correct"));

/// Fails for everything that isn't a SELECT, and for pragmas that tell or change too much.
pub(crate) fn check(sql: &str) -> Result<()> {
    if !START.is_match(sql) {
        return Err(Error::invalid_sql("Statement must be a SELECT"));
    }
    for found in PRAGMA_FUNCTION.captures_iter(&without_literals(sql)) {
        let name = found.get(1).map_or("", |name| name.as_str()).to_ascii_lowercase();
        if !ALLOWED_PRAGMAS.contains(&name.as_str()) {
            let allowed = ALLOWED_PRAGMAS.iter().map(|name| format!("pragma_{name}()"));
            let allowed = allowed.collect::<Vec<_>>().join(", ");
            return Err(Error::invalid_sql(format!(
                "Statement contained a disallowed PRAGMA. Allowed pragma functions are {allowed}"
            )));
        }
    }
    Ok(())
}

/// The SQL with a space in place of each comment, string and quoted name.
pub(crate) fn without_literals(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => {
                rest.get(2..).and_then(|r| r.find("*/")).map_or(rest.len(), |at| at + 4)
            }
            '\'' | '"' | '`' => quoted_length(rest, first),
            '[' => rest.find(']').map_or(rest.len(), |at| at + 1),
            _ => {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            }
        };
        out.push(' ');
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(sql: &str, start: &str) {
        let error = check(sql).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }

    #[test]
    fn only_reading_statements_pass() {
        for sql in [
            "select 1",
            "  -- comment\n select 1",
            "/* a */ /* b */ WITH x as (select 1) select * from x",
            "explain select 1",
            "explain query plan with a as (select 1) select 1",
            "select * from pragma_table_info('x')",
            "select 'pragma'",
            "select \"pragma\" -- pragma",
        ] {
            check(sql).unwrap();
        }
        for sql in ["", "update t set a = 1", "pragma table_info(x)", "selectx", "explain update t set a = 1"]
        {
            refused(sql, "Statement must be a SELECT");
        }
    }

    #[test]
    fn telling_pragmas_are_refused() {
        refused("select * from pragma_user_version", "Statement contained a disallowed PRAGMA");
        refused("with a as (select 1) pragma foo", "Statement contained a disallowed PRAGMA");
    }

    #[test]
    fn literals_and_comments_are_blanked() {
        assert_eq!(without_literals("a 'it''s :x' [b:c] \"d\" -- :e\n:f/* :g */"), "a        \n:f ");
    }
}
