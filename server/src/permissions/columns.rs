//! Columns that not everybody may see, as the configuration says, and what follows from them.
//!
//! A column is concealed from an actor whom its `allow` block does not let in. So is what would show it all
//! the same: generated columns, views that read it, full-text indexes over it. The result is a [`Veil`], laid
//! over every connection that works for that actor; see `sqlite/veil.rs`.
//!
//! *Invariant:* what is not understood is concealed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use datasette_plugin_api::{Json, actor_matches_allow};
use parking_lot::Mutex;

use super::derived::Facts;
use super::{Asking, Permissions};
use crate::error::Result;
use crate::sqlite::{Concealed, Conn, Database, Kind, Schema, SqlError, Veil, as_text, joins_by_name};

/// Who may see a column, as configured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnRule {
    pub(crate) database: String,
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) allow: Json,
}

/// All rules about columns.
#[derive(Debug, Default)]
pub(super) struct ColumnRules {
    databases: HashMap<String, Vec<ColumnRule>>,
    known: Mutex<HashMap<String, Vec<Known>>>,
}

/// What follows from some columns for a schema.
#[derive(Debug)]
struct Known {
    schema: Weak<Schema>,
    wanted: Concealed,
    concealed: Arc<Concealed>,
}

/// Of one database: so many actors' views are kept, then all are forgotten.
const MOST_KNOWN: usize = 64;

impl ColumnRules {
    pub(super) fn new(rules: Vec<ColumnRule>) -> Self {
        let mut databases: HashMap<String, Vec<ColumnRule>> = HashMap::new();
        for rule in rules {
            databases.entry(rule.database.clone()).or_default().push(rule);
        }
        Self { databases, known: Mutex::default() }
    }

    /// The columns of a database that the actor may not see, and nothing of what follows from them.
    fn wanted(&self, asking: Asking<'_>, database: &str) -> Concealed {
        let mut wanted = Concealed::default();
        if asking.skips_checks() {
            return wanted;
        }
        for rule in self.databases.get(database).into_iter().flatten() {
            if !actor_matches_allow(asking.actor, &rule.allow) {
                wanted.add_column(&rule.table, &rule.column);
            }
        }
        wanted
    }

    /// Columns that have a rule of their own.
    fn ruled(&self, database: &str) -> BTreeSet<(String, String)> {
        let rules = self.databases.get(database).into_iter().flatten();
        rules.map(|rule| (rule.table.to_ascii_lowercase(), rule.column.to_ascii_lowercase())).collect()
    }
}

impl Permissions {
    /// The rules of the configuration about columns.
    pub(crate) fn with_columns(mut self, rules: Vec<ColumnRule>) -> Self {
        self.columns = ColumnRules::new(rules);
        self
    }

    /// Whether there are columns that not everybody may see. Where there are none, nothing below costs anything.
    pub(crate) fn conceals_columns(&self) -> bool {
        !self.columns.databases.is_empty()
    }

    /// Lends a read connection of the database to `work`, with what the actor may not see concealed.
    pub(crate) fn read<'a, T>(
        &self,
        asking: impl Into<Asking<'a>>,
        database: &Database,
        work: impl FnOnce(&Conn) -> Result<T>,
    ) -> Result<T> {
        let asking = asking.into();
        let cancelled = asking.request.map(|request| &request.cancelled);
        if !self.conceals_columns() {
            return database.read_whole(cancelled, work);
        }
        // Before there is a connection: who holds one doesn't wait for another database's.
        let attached = self.concealed_of_attached(asking, database)?;
        database.read_whole(cancelled, |conn| {
            let veil = Veil::new(self.concealed(asking, database)?, attached).map(Arc::new);
            conn.through(veil.as_ref(), || work(conn))
        })
    }

    fn concealed_of_attached(
        &self,
        asking: Asking<'_>,
        database: &Database,
    ) -> Result<Vec<(String, Arc<Concealed>)>> {
        let mut all = Vec::new();
        for name in database.attached() {
            if let Some(other) = self.attached.get(name) {
                all.push((name.to_owned(), self.concealed(asking, &other)?));
            }
        }
        Ok(all)
    }

    /// What the actor may not see of a database and of those attached to it; `None` if they may see all.
    pub(crate) fn veil<'a>(
        &self,
        asking: impl Into<Asking<'a>>,
        database: &Database,
    ) -> Result<Option<Arc<Veil>>> {
        if !self.conceals_columns() {
            return Ok(None);
        }
        let asking = asking.into();
        let attached = self.concealed_of_attached(asking, database)?;
        Ok(Veil::new(self.concealed(asking, database)?, attached).map(Arc::new))
    }

    /// Whether the actor may see nothing of that table, because of what it is made from.
    pub(super) fn hides_table(&self, asking: Asking<'_>, database: &str, table: &str) -> Result<bool> {
        if !self.columns.databases.contains_key(database) {
            return Ok(false);
        }
        let Some(database) = self.attached.get(database) else { return Ok(false) };
        Ok(self.concealed(asking, &database)?.hides_table(table))
    }

    /// The columns of a database, attached or not, that the actor may not see.
    pub(crate) fn wanted_concealed<'a>(&self, asking: impl Into<Asking<'a>>, database: &str) -> Concealed {
        self.columns.wanted(asking.into(), database)
    }

    /// What is concealed from the actor in this database.
    pub(crate) fn concealed<'a>(
        &self,
        asking: impl Into<Asking<'a>>,
        database: &Database,
    ) -> Result<Arc<Concealed>> {
        let asking = asking.into();
        let wanted = self.columns.wanted(asking, &database.name);
        if wanted.is_empty() {
            return Ok(Arc::default());
        }
        let Some(facts) = self.facts(asking, &database.name)? else { return Ok(Arc::new(wanted)) };
        let cancelled = asking.request.map(|request| &request.cancelled);
        database.read_whole(cancelled, |conn| {
            conn.unveiled(|| {
                let schema = database.schema(conn)?;
                if let Some(known) = self.columns.look_up(&database.name, &schema, &wanted) {
                    return Ok(known);
                }
                let ruled = self.columns.ruled(&database.name);
                let concealed = Arc::new(all_that_follows(conn, &schema, &facts, &wanted, &ruled)?);
                self.columns.keep(&database.name, &schema, wanted.clone(), &concealed);
                Ok(concealed)
            })
        })
    }
}

impl ColumnRules {
    fn look_up(&self, database: &str, schema: &Arc<Schema>, wanted: &Concealed) -> Option<Arc<Concealed>> {
        let known = self.known.lock();
        let is_it =
            |known: &&Known| Weak::as_ptr(&known.schema) == Arc::as_ptr(schema) && known.wanted == *wanted;
        known.get(database)?.iter().find(is_it).map(|known| Arc::clone(&known.concealed))
    }

    fn keep(&self, database: &str, schema: &Arc<Schema>, wanted: Concealed, concealed: &Arc<Concealed>) {
        let mut all = self.known.lock();
        let known = all.entry(database.to_owned()).or_default();
        known.retain(|known| Weak::as_ptr(&known.schema) == Arc::as_ptr(schema));
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        // The weak reference keeps the address from being used again, not the schema alive.
        let (schema, concealed) = (Arc::downgrade(schema), Arc::clone(concealed));
        known.push(Known { schema, wanted, concealed });
    }
}

/// The columns, and whatever would show what is in them.
fn all_that_follows(
    conn: &Conn,
    schema: &Schema,
    facts: &Facts,
    wanted: &Concealed,
    ruled: &BTreeSet<(String, String)>,
) -> std::result::Result<Concealed, SqlError> {
    let mut concealed = wanted.clone();
    let columns = schema.all_columns(conn)?;
    let columns: BTreeMap<String, _> =
        columns.iter().map(|(table, columns)| (table.to_ascii_lowercase(), columns)).collect();
    let tables: Vec<String> = wanted.tables_with_columns().map(str::to_owned).collect();
    for table in &tables {
        for column in columns.get(table).into_iter().flat_map(|columns| columns.iter()) {
            let name = (table.clone(), column.name.to_ascii_lowercase());
            // Calculated from others, who knows from which. The configuration may say otherwise.
            if matches!(column.hidden, 2 | 3) && !ruled.contains(&name) {
                concealed.add_column(table, &column.name);
            }
            // A row can't be named without its key.
            if column.pk_position > 0 && concealed.hides_column(table, &column.name) {
                concealed.add_table(table);
            }
        }
    }
    for rootpage in orders(conn, &concealed)? {
        concealed.add_index(rootpage);
    }
    for entry in schema.entries.iter().filter(|entry| entry.kind == Kind::Table && entry.rootpage == 0) {
        // A virtual table gives its contents away in more ways than by its columns.
        if concealed.columns_of(&entry.name).is_some() {
            concealed.add_table(&entry.name);
        }
    }
    // Views are made from tables and views, indexes from either: again and again until nothing is added.
    loop {
        let mut added = false;
        for (table, source) in facts.made_tables() {
            added |= !concealed.hides_table(table)
                && shows_concealed(table, source, &concealed, &columns)
                && concealed.add_table(table);
        }
        for entry in schema.entries.iter().filter(|entry| entry.kind == Kind::View) {
            added |= !concealed.hides_table(&entry.name)
                && view_shows_concealed(conn, schema, &entry.name, entry.sql.as_deref(), &concealed)
                && concealed.add_table(&entry.name);
        }
        if !added {
            return Ok(concealed);
        }
    }
}

/// First pages of the indexes over concealed columns, or over expressions, which may be of them.
fn orders(conn: &Conn, concealed: &Concealed) -> std::result::Result<Vec<i64>, SqlError> {
    let sql = "select m.tbl_name, m.rootpage, m.sql, x.cid, x.name from sqlite_master m \
               join pragma_index_xinfo(m.name) x where m.type = 'index'";
    let rows = conn.rows(sql, &[])?;
    let is_one = |row: &usize| {
        let (table, column) = (as_text(rows.get(*row, 0)), as_text(rows.get(*row, 4)));
        let is_expression = rows.get(*row, 3).as_i64() == Some(-2);
        concealed.columns_of(&table).is_some()
            && (is_expression
                || concealed.hides_column(&table, &column)
                || concealed.is_told_by(&as_text(rows.get(*row, 2))))
    };
    Ok((0..rows.len()).filter(is_one).filter_map(|row| rows.get(row, 1).as_i64()).collect())
}

/// Of a table that is made from another: a full-text index over a concealed column, what a concealed table
/// keeps its data in.
fn shows_concealed(
    table: &str,
    source: &str,
    concealed: &Concealed,
    columns: &BTreeMap<String, &Vec<crate::sqlite::Column>>,
) -> bool {
    if concealed.hides_table(source) {
        return true;
    }
    let Some(hidden) = concealed.columns_of(source) else { return false };
    match columns.get(table) {
        Some(columns) => columns.iter().any(|column| hidden.contains(&column.name.to_ascii_lowercase())),
        None => true,
    }
}

fn view_shows_concealed(
    conn: &Conn,
    schema: &Schema,
    name: &str,
    sql: Option<&str>,
    concealed: &Concealed,
) -> bool {
    // SQLite does not ask about columns that such joins compare.
    let Some(sql) = sql else { return true };
    if joins_by_name(sql) {
        let views = schema.names(Kind::View);
        return concealed.names_table_in(sql)
            || views.iter().any(|view| *view != name && Concealed::of_table(view).names_table_in(sql));
    }
    let Some(veil) = Veil::new(Arc::new(concealed.clone()), []) else { return false };
    let sql = format!("select * from {}", crate::sqlite::quoted(name));
    !conn.through(Some(&Arc::new(veil)), || conn.reads_nothing_concealed(&sql))
}
