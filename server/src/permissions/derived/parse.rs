//! Reads `CREATE VIRTUAL TABLE`, as far as it tells which tables belong together.

use crate::sqlite::{Token, tokens};

/// A virtual table by its statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct VirtualTable {
    /// In lower case.
    module: String,
    /// Each as its tokens.
    args: Vec<Vec<Token>>,
}

impl VirtualTable {
    /// `None` if it is another statement.
    pub(super) fn parse(sql: &str) -> Option<Self> {
        let start = sql.trim_start().get(..6)?;
        if !start.eq_ignore_ascii_case("create") {
            return None;
        }
        let mut tokens = tokens(sql).into_iter().peekable();
        for word in ["create", "virtual", "table"] {
            tokens.next().filter(|token| token.is_word(word))?;
        }
        // Names may be any word, so what stands before USING is skipped by its shape, not by its words.
        if tokens.next_if(|token| token.is_word("if")).is_some() {
            tokens.next_if(|token| token.is_word("not"));
            tokens.next_if(|token| token.is_word("exists"));
        }
        tokens.next()?.name()?;
        if tokens.next_if_eq(&Token::Sign('.')).is_some() {
            tokens.next()?.name()?;
        }
        tokens.next().filter(|token| token.is_word("using"))?;
        let module = tokens.next()?.name()?.to_ascii_lowercase();
        Some(Self { module, args: arguments(tokens) })
    }

    /// What the names of its shadow tables end in; `None` if the module is not known.
    pub(super) fn shadow_suffixes(&self) -> Option<&'static [&'static str]> {
        Some(match self.module.as_str() {
            "fts3" | "fts4" => &["_content", "_segdir", "_segments", "_stat", "_docsize"],
            "fts5" => &["_data", "_idx", "_docsize", "_content", "_config"],
            "rtree" | "rtree_i32" | "geopoly" => &["_node", "_parent", "_rowid"],
            "spellfix1" => &["_vocab"],
            "fts5vocab" | "fts4aux" | "fts3tokenize" => &[],
            _ => return None,
        })
    }

    /// The table whose text a full-text table shows: that of its option `content`.
    pub(super) fn content_table(&self) -> Option<&str> {
        if !matches!(self.module.as_str(), "fts3" | "fts4" | "fts5") {
            return None;
        }
        self.args.iter().find_map(|arg| match arg.as_slice() {
            [key, Token::Sign('='), value, ..] if key.is_word("content") => {
                value.name().filter(|n| !n.is_empty())
            }
            _ => None,
        })
    }

    /// It lists the words of a full-text table.
    pub(super) fn is_vocabulary(&self) -> bool {
        matches!(self.module.as_str(), "fts5vocab" | "fts4aux")
    }

    /// The full-text table whose words it lists, if that is in the same database.
    pub(super) fn vocabulary_source(&self) -> Option<&str> {
        let names: Option<Vec<&str>> = self
            .args
            .iter()
            .map(|arg| match arg.as_slice() {
                [token] => token.name(),
                _ => None,
            })
            .collect();
        match (self.module.as_str(), names?.as_slice()) {
            ("fts5vocab", [table, _]) | ("fts4aux", [table]) => Some(table),
            ("fts5vocab", [database, table, _]) | ("fts4aux", [database, table])
                if database.eq_ignore_ascii_case("main") =>
            {
                Some(table)
            }
            _ => None,
        }
    }
}

/// What stands between the parentheses, split at commas outside of inner ones.
fn arguments(tokens: impl Iterator<Item = Token>) -> Vec<Vec<Token>> {
    let mut args = vec![Vec::new()];
    let mut depth = 0;
    for token in tokens {
        match token {
            Token::Sign('(') => {
                depth += 1;
                if depth == 1 {
                    continue;
                }
            }
            Token::Sign(')') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            Token::Sign(',') if depth == 1 => {
                args.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = args.last_mut() {
            last.push(token);
        }
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Module, content table, source of a vocabulary.
    #[track_caller]
    fn check(sql: &str, expected: Option<(&str, Option<&str>, Option<&str>)>) {
        let table = VirtualTable::parse(sql);
        let found = table.as_ref().map(|t| (t.module.as_str(), t.content_table(), t.vocabulary_source()));
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn full_text_tables_may_show_another_table() {
        check(
            r#"CREATE VIRTUAL TABLE "t_fts" USING FTS5 (a, content="t", content_rowid="id")"#,
            Some(("fts5", Some("t"), None)),
        );
        check(
            "create virtual table f using fts4(a, content=[my table], tokenize=porter)",
            Some(("fts4", Some("my table"), None)),
        );
        check("CREATE VIRTUAL TABLE f USING fts5(a, content = 'it''s')", Some(("fts5", Some("it's"), None)));
        check("CREATE VIRTUAL TABLE f USING fts5(a, content=t)", Some(("fts5", Some("t"), None)));
        check("CREATE VIRTUAL TABLE f USING fts5(a, content='')", Some(("fts5", None, None)));
        check("CREATE VIRTUAL TABLE f USING fts5(content, b)", Some(("fts5", None, None)));
        check("CREATE VIRTUAL TABLE f USING fts5(a, tokenize='content=x')", Some(("fts5", None, None)));
    }

    #[test]
    fn names_may_be_anything() {
        check(
            "CREATE VIRTUAL TABLE \"using fts3(\" USING fts5(a, content=t)",
            Some(("fts5", Some("t"), None)),
        );
        check("CREATE VIRTUAL TABLE IF NOT EXISTS main.[a b] USING \"FTS5\"(a)", Some(("fts5", None, None)));
        check(
            "CREATE VIRTUAL TABLE f /* using x */ USING fts5(a, -- content=no\n content=yes)",
            Some(("fts5", Some("yes"), None)),
        );
        check("CREATE VIRTUAL TABLE f USING echo", Some(("echo", None, None)));
    }

    #[test]
    fn vocabularies_name_their_table() {
        check("CREATE VIRTUAL TABLE v USING fts5vocab(f, 'row')", Some(("fts5vocab", None, Some("f"))));
        check(
            "CREATE VIRTUAL TABLE v USING fts5vocab('main', \"f\", row)",
            Some(("fts5vocab", None, Some("f"))),
        );
        check("CREATE VIRTUAL TABLE v USING fts5vocab(temp, f, row)", Some(("fts5vocab", None, None)));
        check("CREATE VIRTUAL TABLE v USING fts4aux(f)", Some(("fts4aux", None, Some("f"))));
        check("CREATE VIRTUAL TABLE v USING fts4aux(main, f)", Some(("fts4aux", None, Some("f"))));
    }

    #[test]
    fn other_statements_are_not_virtual_tables() {
        check("CREATE TABLE virtual (a)", None);
        check("CREATE VIEW v AS SELECT 'CREATE VIRTUAL TABLE x USING fts5(a)'", None);
        check("create", None);
        check("", None);
        check("é", None);
    }

    #[test]
    fn half_a_statement_is_survived() {
        for sql in [
            "create virtual table",
            "create virtual table 'a",
            "create virtual table a using f((",
            "create virtual table a using f(,,)",
        ] {
            let _ = VirtualTable::parse(sql);
        }
    }
}
