//! A `CREATE TABLE` statement taken apart, as far as it takes to write another one that loses nothing.

use crate::error::{Error, Result};
use crate::sqlite::quoted_length;

/// What SQLite's pragmas do not tell about a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Definition {
    pub(super) columns: Vec<ColumnDefinition>,
    /// Constraints of the whole table, without keys.
    pub(super) constraints: Vec<Constraint>,
    pub(super) autoincrement: bool,
    /// What follows the closing bracket, with a space before it.
    pub(super) options: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ColumnDefinition {
    pub(super) name: String,
    /// What stands behind `DEFAULT`, as it is written.
    pub(super) default: Option<String>,
    /// Constraints without keys, `NOT NULL` and `DEFAULT`.
    pub(super) rest: Vec<Constraint>,
}

/// A constraint as it is written, and the names in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Constraint {
    pub(super) sql: String,
    names: Vec<String>,
}

impl Constraint {
    /// Whether the column may be meant in it.
    pub(super) fn mentions(&self, column: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(column))
    }
}

impl Definition {
    pub(super) fn parse(sql: &str) -> Result<Self> {
        let tokens = tokens(sql);
        let unreadable =
            || Error::bad_request("The statement that made this table can't be read, so it can't be altered");
        let open = tokens.iter().position(|token| token.text == "(").ok_or_else(unreadable)?;
        let close = closing(&tokens, open).ok_or_else(unreadable)?;
        let body = tokens.get(open + 1..close).unwrap_or_default();
        let mut definition = Self::default();
        for part in split_at_commas(body) {
            definition.read(sql, part);
        }
        let after = tokens.get(close + 1..).unwrap_or_default();
        let options: Vec<&str> = after.iter().map(|token| token.text).filter(|text| *text != ";").collect();
        if !options.is_empty() {
            definition.options = format!(" {}", options.join(" ").replace(" ,", ","));
        }
        Ok(definition)
    }

    fn read(&mut self, sql: &str, part: &[Token<'_>]) {
        let Some(first) = part.first() else { return };
        let is_constraint =
            ["constraint", "primary", "unique", "check", "foreign"].iter().any(|word| first.is(word));
        if !is_constraint {
            return self.read_column(sql, part);
        }
        let named = if first.is("constraint") { 2 } else { 0 };
        let is_key = part.get(named).is_some_and(|token| token.is("primary") || token.is("foreign"));
        if is_key {
            self.autoincrement |= part.iter().any(|token| token.is("autoincrement"));
        } else {
            self.constraints.push(constraint(sql, part));
        }
    }

    fn read_column(&mut self, sql: &str, part: &[Token<'_>]) {
        let mut column = ColumnDefinition {
            name: part.first().map(Token::name).unwrap_or_default(),
            ..ColumnDefinition::default()
        };
        for (word, piece) in pieces(part.get(1..).unwrap_or_default()) {
            match word {
                "primary" => self.autoincrement |= piece.iter().any(|token| token.is("autoincrement")),
                "not" | "null" | "references" => {}
                "default" => {
                    column.default =
                        piece.get(1..).filter(|rest| !rest.is_empty()).map(|rest| text(sql, rest))
                }
                _ => column.rest.push(constraint(sql, piece)),
            }
        }
        self.columns.push(column);
    }
}

/// The constraints of a column, each with the word that tells what it is.
fn pieces<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<(&'static str, &'t [Token<'s>])> {
    const STARTS: &[&str] =
        &["primary", "not", "null", "unique", "check", "default", "collate", "references", "generated", "as"];
    let mut found: Vec<(&'static str, usize)> = Vec::new();
    let mut depth = 0;
    let mut start = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth > 0 || token.text == ")" {
            continue;
        }
        if token.is("constraint") {
            start = Some(index);
            continue;
        }
        let Some(word) = STARTS.iter().find(|word| token.is(word)) else { continue };
        let previous = index.checked_sub(1).and_then(|before| tokens.get(before));
        let after = |word: &str| previous.is_some_and(|token| token.is(word));
        // Words that belong to what stands before them.
        let continues = match *word {
            "null" => after("not") || after("default") || after("set"),
            "default" => after("set"),
            "not" => tokens.get(index + 1).is_some_and(|next| next.is("deferrable")),
            "as" => after("always"),
            _ => false,
        };
        if !continues {
            found.push((word, start.take().unwrap_or(index)));
        }
    }
    let ends = found.iter().skip(1).map(|(_, start)| *start).chain([tokens.len()]);
    let pieces =
        found.iter().zip(ends).filter_map(|((word, start), end)| Some((*word, tokens.get(*start..end)?)));
    pieces.collect()
}

fn constraint(sql: &str, part: &[Token<'_>]) -> Constraint {
    Constraint { sql: text(sql, part), names: part.iter().map(Token::name).collect() }
}

/// As it is written, comments included.
fn text(sql: &str, part: &[Token<'_>]) -> String {
    let (Some(first), Some(last)) = (part.first(), part.last()) else { return String::new() };
    sql.get(first.at..last.at + last.text.len()).unwrap_or_default().to_owned()
}

fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

fn split_at_commas<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            match token.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            depth == 0 && token.text == ","
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    at: usize,
}

impl Token<'_> {
    /// Whether it is that word, not in quotes.
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Without its quotes.
    fn name(&self) -> String {
        let inner = |doubled: &str, single: &str| {
            let inner = self.text.get(1..self.text.len().saturating_sub(1)).unwrap_or_default();
            inner.replace(doubled, single)
        };
        match self.text.chars().next() {
            Some('"') => inner("\"\"", "\""),
            Some('`') => inner("``", "`"),
            Some('\'') => inner("''", "'"),
            Some('[') => inner("]", ""),
            _ => self.text.to_owned(),
        }
    }
}

/// Words, quoted names, texts and signs, without space and comments.
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
        let (length, kept) = match first {
            c if c.is_whitespace() => (c.len_utf8(), false),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), false),
            '"' | '`' | '\'' => (quoted_length(rest, first), true),
            '[' => (rest.find(']').map_or(rest.len(), |end| end + 1), true),
            c if is_word(c) => (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), true),
            c => (c.len_utf8(), true),
        };
        if kept {
            tokens.push(Token { text: rest.get(..length).unwrap_or(rest), at });
        }
        at += length.max(1);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let definition = Definition::parse(sql).unwrap();
        let column = |column: &ColumnDefinition| {
            let rest: Vec<&str> = column.rest.iter().map(|constraint| constraint.sql.as_str()).collect();
            format!("{}={}[{}]", column.name, column.default.as_deref().unwrap_or("-"), rest.join("; "))
        };
        let columns: Vec<String> = definition.columns.iter().map(column).collect();
        let constraints: Vec<&str> = definition.constraints.iter().map(|c| c.sql.as_str()).collect();
        let autoincrement = if definition.autoincrement { " auto" } else { "" };
        let found = format!(
            "{} | {}{autoincrement}{}",
            columns.join(" "),
            constraints.join("; "),
            definition.options
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn columns_keep_what_no_pragma_tells() {
        check("CREATE TABLE t (a, b INT DEFAULT 3)", "a=-[] b=3[] | ");
        check(
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL UNIQUE)",
            "id=-[] n=-[UNIQUE] |  auto",
        );
        check(
            "CREATE TABLE t (\"a b\" VARCHAR(10) COLLATE nocase CHECK (length(\"a b\") > (1)) DEFAULT 'it''s, )')",
            "a b='it''s, )'[COLLATE nocase; CHECK (length(\"a b\") > (1))] | ",
        );
        check(
            "create table t (a int default (1 + 2) not null, b default -5, c default null references x(y) on delete set null)",
            "a=(1 + 2)[] b=-5[] c=null[] | ",
        );
        check(
            "CREATE TABLE t (n INTEGER, d INTEGER GENERATED ALWAYS AS (n * 2) STORED, e AS (n) -- note\n)",
            "n=-[] d=-[GENERATED ALWAYS AS (n * 2) STORED] e=-[AS (n)] | ",
        );
    }

    #[test]
    fn constraints_of_the_table_and_its_options_are_kept() {
        check(
            "CREATE TABLE t (a, b, CONSTRAINT c UNIQUE (a, b), CHECK (a > b), PRIMARY KEY (a), FOREIGN KEY (a, b) \
             REFERENCES x(c, d)) STRICT, WITHOUT ROWID;",
            "a=-[] b=-[] | CONSTRAINT c UNIQUE (a, b); CHECK (a > b) STRICT, WITHOUT ROWID",
        );
    }

    #[test]
    fn names_in_constraints_are_known() {
        let definition = Definition::parse("CREATE TABLE t (a, \"b c\", CHECK (\"b c\" > 'a'))").unwrap();
        let constraint = definition.constraints.first().unwrap();
        assert!(constraint.mentions("B C") && !constraint.mentions("d"));
    }
}
