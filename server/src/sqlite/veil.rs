//! What one actor may not see of the databases on a connection: columns, and whole tables.
//!
//! A veil lies over a connection while somebody's request works with it. Whatever SQL is prepared
//! meanwhile, ours or a visitor's, can't read, write or describe what is under it: SQLite's authorizer
//! asks here. Who may see what is decided by `permissions`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::hooks::{AuthAction, AuthContext};

use super::token::{Token, tokens};

/// The databases of a connection, by SQLite's names for them.
#[derive(Debug, Default)]
pub(crate) struct Veil {
    schemas: BTreeMap<String, Arc<Concealed>>,
    /// Tells answers under this veil from others; equal veils have equal ones.
    pub(super) identity: String,
}

/// What is concealed of one database. Names are in lower case.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Concealed {
    columns: BTreeMap<String, BTreeSet<String>>,
    tables: BTreeSet<String>,
    /// First pages of the indexes that stand in the order of a concealed column.
    indexes: BTreeSet<i64>,
}

/// Pragmas that describe the table they are given.
const ABOUT_TABLES: &[&str] = &["table_info", "table_xinfo", "foreign_key_list", "index_list"];
/// Pragmas that describe an index: which table it belongs to, they don't say.
const ABOUT_INDEXES: &[&str] = &["index_info", "index_xinfo"];

impl Concealed {
    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.tables.is_empty()
    }

    pub(crate) fn add_column(&mut self, table: &str, column: &str) {
        self.columns.entry(fold(table)).or_default().insert(fold(column));
    }

    /// Conceals a whole table or view. Whether it was not concealed before.
    pub(crate) fn add_table(&mut self, table: &str) -> bool {
        self.tables.insert(fold(table))
    }

    /// Conceals the order of an index, by its first page.
    pub(crate) fn add_index(&mut self, rootpage: i64) {
        self.indexes.insert(rootpage);
    }

    /// Names of the tables of which columns are concealed, in lower case.
    pub(crate) fn tables_with_columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// The concealed columns of a table, in lower case.
    pub(crate) fn columns_of(&self, table: &str) -> Option<&BTreeSet<String>> {
        self.columns.get(&fold(table))
    }

    /// Nothing of it may be seen.
    pub(crate) fn hides_table(&self, table: &str) -> bool {
        self.tables.contains(&fold(table))
    }

    /// Something of it may not be seen.
    pub(crate) fn touches(&self, table: &str) -> bool {
        self.hides_table(table) || self.columns_of(table).is_some()
    }

    pub(crate) fn hides_column(&self, table: &str, column: &str) -> bool {
        self.columns_of(table).is_some_and(|columns| columns.contains(&fold(column)))
    }

    /// Nothing but that table.
    pub(crate) fn of_table(table: &str) -> Self {
        Self { tables: BTreeSet::from([fold(table)]), ..Self::default() }
    }

    /// Whether a statement of the schema tells of something concealed: it names the table, and the column
    /// if there is more to the table.
    pub(crate) fn is_told_by(&self, sql: &str) -> bool {
        let names: BTreeSet<String> = tokens(sql).iter().filter_map(Token::name).map(fold).collect();
        let tells = |(table, columns): (&String, &BTreeSet<String>)| {
            names.contains(table) && columns.iter().any(|column| names.contains(column))
        };
        self.tables.iter().any(|table| names.contains(table)) || self.columns.iter().any(tells)
    }

    /// Whether a statement of the schema names a table of which something is concealed.
    pub(crate) fn names_table_in(&self, sql: &str) -> bool {
        tokens(sql).iter().filter_map(Token::name).any(|name| self.touches(name))
    }
}

impl Veil {
    /// `main` is the connection's own database; the others are attached to it.
    pub(crate) fn new(
        main: Arc<Concealed>,
        attached: impl IntoIterator<Item = (String, Arc<Concealed>)>,
    ) -> Option<Self> {
        let own = std::iter::once(("main".to_owned(), main));
        let schemas: BTreeMap<_, _> = own
            .chain(attached)
            .filter(|(_, concealed)| !concealed.is_empty())
            .map(|(name, concealed)| (fold(&name), concealed))
            .collect();
        let identity = format!("{schemas:?}");
        (!schemas.is_empty()).then_some(Self { schemas, identity })
    }

    /// What is concealed of the connection's own database.
    pub(crate) fn main(&self) -> Option<&Concealed> {
        self.schemas.get("main").map(AsRef::as_ref)
    }

    /// Whether rows could come in the order of something concealed; see [`Conn::in_no_concealed_order`].
    ///
    /// [`Conn::in_no_concealed_order`]: super::Conn::in_no_concealed_order
    pub(super) fn conceals_orders(&self) -> bool {
        self.schemas.values().any(|concealed| !concealed.indexes.is_empty())
    }

    /// In any of the databases: that two have an index at the same page does no harm.
    pub(super) fn conceals_order_of(&self, rootpage: i64) -> bool {
        self.schemas.values().any(|concealed| concealed.indexes.contains(&rootpage))
    }

    /// Whether the authorizer has to refuse. Where SQLite doesn't say which database it is about, it may be any.
    pub(super) fn refuses(&self, context: &AuthContext<'_>) -> bool {
        let schema = context.database_name;
        // In the name of a view that is concealed nothing is read at all, be it only counted.
        if context.accessor.is_some_and(|view| self.any(schema, |concealed| concealed.hides_table(view))) {
            return true;
        }
        match context.action {
            AuthAction::Read { table_name, column_name } => {
                self.any(schema, |concealed| conceals_read(concealed, table_name, column_name))
            }
            AuthAction::Update { table_name, column_name } => self.any(schema, |concealed| {
                concealed.hides_table(table_name) || concealed.hides_column(table_name, column_name)
            }),
            // SQLite doesn't say into which columns.
            AuthAction::Insert { table_name }
            | AuthAction::CreateIndex { table_name, .. }
            | AuthAction::CreateTempIndex { table_name, .. } => {
                self.any(schema, |concealed| concealed.touches(table_name))
            }
            // Under another name its columns would not be concealed any more.
            AuthAction::AlterTable { database_name, table_name } => {
                self.any(Some(database_name), |concealed| concealed.touches(table_name))
            }
            AuthAction::Delete { table_name } => {
                self.any(schema, |concealed| concealed.hides_table(table_name))
            }
            // They work later, for others, who may see more.
            AuthAction::CreateTrigger { .. }
            | AuthAction::CreateTempTrigger { .. }
            | AuthAction::CreateVtable { .. } => true,
            AuthAction::Pragma { pragma_name, pragma_value } => {
                let is_one_of = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(pragma_name));
                let touches = || {
                    pragma_value
                        .is_none_or(|table| self.schemas.values().any(|concealed| concealed.touches(table)))
                };
                is_one_of(ABOUT_INDEXES) || (is_one_of(ABOUT_TABLES) && touches())
            }
            _ => false,
        }
    }

    fn any(&self, schema: Option<&str>, conceals: impl Fn(&Concealed) -> bool) -> bool {
        match schema.map(fold) {
            // Views and triggers of `temp` may be about any database.
            None => self.schemas.values().any(|concealed| conceals(concealed)),
            Some(schema) if schema == "temp" => self.schemas.values().any(|concealed| conceals(concealed)),
            Some(schema) => self.schemas.get(&schema).is_some_and(|concealed| conceals(concealed)),
        }
    }
}

fn conceals_read(concealed: &Concealed, table: &str, column: &str) -> bool {
    if concealed.hides_table(table) || concealed.hides_column(table, column) {
        return true;
    }
    match fold(table).as_str() {
        // The text of the statements names every column.
        "sqlite_master" | "sqlite_schema" | "sqlite_temp_master" | "sqlite_temp_schema" => {
            column.eq_ignore_ascii_case("sql")
        }
        // Samples of the values of indexed columns.
        "sqlite_stat3" | "sqlite_stat4" => true,
        _ => false,
    }
}

/// Whether tables might be joined by the names of their columns. SQLite compares those columns without
/// asking the authorizer, so nobody may do it under a veil. The words are looked for in strings and comments
/// too: who writes the SQL must not be able to make us see a string where SQLite sees none.
pub(crate) fn joins_by_name(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
    sql.split(|c| !is_word(c)).any(|word| matches!(word, "natural" | "using"))
}

/// As SQLite compares names.
fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod interference;
#[cfg(test)]
mod tests;
