//! What a table, a column and a foreign key are: plain data, read by [`super::schema`].

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::identifier::identifier;
use super::schema::Kind;
use super::veil::Concealed;

/// One table or view, and what its columns are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) columns: Vec<Column>,
    /// In the order of the declared key; empty for rowid tables and views.
    pub(crate) primary_keys: Vec<String>,
    /// Single-column foreign keys, in SQLite's order.
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// The full-text table that indexes this one.
    pub(crate) fts_table: Option<String>,
    /// The column that names a row to people, as guessed from the schema.
    pub(crate) label_column: Option<String>,
    /// What was left out for this actor; names in lower case.
    pub(crate) concealed: BTreeSet<String>,
}

impl Table {
    /// With columns of no type and no key.
    #[cfg(test)]
    pub(crate) fn for_test(name: &str, columns: &[&str]) -> Self {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            declared_type: String::new(),
            not_null: false,
            default: None,
            pk_position: 0,
            hidden: 0,
        };
        Self {
            name: name.to_owned(),
            kind: Kind::Table,
            columns: columns.iter().map(column).collect(),
            primary_keys: Vec::new(),
            foreign_keys: Vec::new(),
            fts_table: None,
            label_column: None,
            concealed: BTreeSet::new(),
        }
    }

    pub(crate) fn is_view(&self) -> bool {
        self.kind == Kind::View
    }

    /// No declared key: rows are found by SQLite's own `rowid`.
    pub(crate) fn uses_rowid(&self) -> bool {
        self.primary_keys.is_empty() && !self.is_view()
    }

    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.name == name)
    }

    pub(crate) fn column_names(&self) -> Vec<String> {
        self.columns.iter().map(|c| c.name.clone()).collect()
    }

    /// The column exists, but not for this actor.
    pub(crate) fn conceals(&self, column: &str) -> bool {
        !self.concealed.is_empty() && self.concealed.contains(&column.to_ascii_lowercase())
    }

    /// What stands for "all columns" in a SELECT: `*`, or the names of those that the actor may see.
    pub(crate) fn everything(&self) -> Cow<'static, str> {
        if self.concealed.is_empty() {
            return Cow::Borrowed("*");
        }
        let shown = self.columns.iter().filter(|column| column.hidden != 1);
        Cow::Owned(shown.map(|column| identifier(&column.name)).collect::<Vec<_>>().join(", "))
    }

    /// As somebody sees it who may not see all of it.
    pub(super) fn veiled(&self, concealed: &Concealed) -> Self {
        let gone = |column: &str| concealed.hides_column(&self.name, column);
        let mut table = self.clone();
        table.concealed = concealed.columns_of(&self.name).cloned().unwrap_or_default();
        table.columns.retain(|column| !gone(&column.name));
        table.foreign_keys.retain(|key| {
            let other = key.other_column.as_deref();
            !gone(&key.column)
                && !other.is_some_and(|column| concealed.hides_column(&key.other_table, column))
        });
        table.fts_table = table.fts_table.filter(|name| !concealed.hides_table(name));
        table.label_column = table.label_column.filter(|column| !gone(column));
        table
    }
}

/// A row of `PRAGMA table_xinfo`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// As declared; may be empty.
    pub(crate) declared_type: String,
    pub(crate) not_null: bool,
    pub(crate) default: Option<String>,
    /// Place in the primary key from 1; 0 outside of it.
    pub(crate) pk_position: i64,
    /// 0 ordinary, 1 hidden column of a virtual table, 2 virtual and 3 stored generated column.
    pub(crate) hidden: i64,
}

impl Column {
    /// The affinity that SQLite derives from the declared type: <https://www.sqlite.org/datatype3.html>.
    pub(crate) fn affinity(&self) -> &'static str {
        affinity(&self.declared_type)
    }
}

/// The affinity of a declared type.
pub(crate) fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let has = |pieces: &[&str]| pieces.iter().any(|piece| declared.contains(piece));
    if has(&["INT"]) {
        "INTEGER"
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        "TEXT"
    } else if declared.is_empty() || has(&["BLOB"]) {
        "BLOB"
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "REAL"
    } else {
        "NUMERIC"
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) column: String,
    pub(crate) other_table: String,
    /// `None` where the declaration leaves it to the other table's primary key.
    pub(crate) other_column: Option<String>,
}

/// Foreign keys between tables, as they appear on a database page. In both lists `column` is the
/// column of the referenced table for incoming ones, of this table for outgoing ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Links {
    pub(crate) incoming: Vec<Link>,
    pub(crate) outgoing: Vec<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub(crate) other_table: String,
    pub(crate) column: Option<String>,
    pub(crate) other_column: Option<String>,
}
