//! What a database consists of, read once for each `PRAGMA schema_version`.
//!
//! The list of tables is read at once; what a single table looks like, when it is first asked for:
//! a site may serve thousands of tables of which a page needs one.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use datasette_plugin_api::{Value, ValueRef};
use parking_lot::RwLock;

use super::connection::Conn;
use super::error::SqlError;
use super::fts;
use super::identifier::identifier;
use super::rows::Rows;
use super::table::{Column, ForeignKey, Link, Links, Table};
use super::veil::Concealed;

/// A snapshot of a database's schema. What is under the connection's veil is left out of what it tells.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) version: i64,
    /// Tables and views in the order of `sqlite_master`.
    pub(crate) entries: Vec<Entry>,
    index: HashMap<String, usize>,
    tables: RwLock<HashMap<String, Arc<Table>>>,
    links: OnceLock<HashMap<String, Links>>,
    columns: OnceLock<HashMap<String, Vec<Column>>>,
    hidden: OnceLock<HashSet<String>>,
    fts: OnceLock<HashMap<String, String>>,
}

/// A line of `sqlite_master` about a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) rootpage: i64,
    pub(crate) sql: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Table,
    View,
}

impl Schema {
    pub(super) fn read(conn: &Conn, version: i64) -> Result<Self, SqlError> {
        let sql = "select name, type, rootpage, sql from sqlite_master where type in ('table', 'view')";
        let rows = conn.unveiled(|| conn.rows(sql, &[]))?;
        let entries: Vec<Entry> = (0..rows.len())
            .map(|row| Entry {
                name: text(&rows, row, 0),
                kind: if text(&rows, row, 1) == "view" { Kind::View } else { Kind::Table },
                rootpage: integer(&rows, row, 2),
                sql: optional(&rows, row, 3),
            })
            .collect();
        let index = entries.iter().enumerate().map(|(i, entry)| (entry.name.clone(), i)).collect();
        Ok(Self {
            version,
            entries,
            index,
            tables: RwLock::default(),
            links: OnceLock::new(),
            columns: OnceLock::new(),
            hidden: OnceLock::new(),
            fts: OnceLock::new(),
        })
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.index.get(name).and_then(|index| self.entries.get(*index))
    }

    /// Names sorted as Datasette lists them.
    pub(crate) fn names(&self, kind: Kind) -> Vec<&str> {
        let mut names: Vec<_> =
            self.entries.iter().filter(|e| e.kind == kind).map(|e| e.name.as_str()).collect();
        if kind == Kind::Table {
            names.sort_unstable();
        }
        names
    }

    /// The table or view of that name, or `None`.
    pub(crate) fn table(&self, conn: &Conn, name: &str) -> Result<Option<Arc<Table>>, SqlError> {
        let found = self.whole_table(conn, name)?;
        let veil = conn.veil();
        let Some(concealed) = veil.as_ref().and_then(|veil| veil.main()) else { return Ok(found) };
        Ok(found.map(|table| Arc::new(table.veiled(concealed))))
    }

    fn whole_table(&self, conn: &Conn, name: &str) -> Result<Option<Arc<Table>>, SqlError> {
        if let Some(table) = self.tables.read().get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        let Some(entry) = self.entry(name) else { return Ok(None) };
        let table = Arc::new(conn.unveiled(|| self.read_table(conn, entry))?);
        self.tables.write().insert(name.to_owned(), Arc::clone(&table));
        Ok(Some(table))
    }

    fn read_table(&self, conn: &Conn, entry: &Entry) -> Result<Table, SqlError> {
        let rows = conn.rows(&format!("PRAGMA table_xinfo({})", identifier(&entry.name)), &[])?;
        let columns: Vec<Column> = (0..rows.len()).map(|row| column(&rows, row, 1)).collect();
        let primary_keys = primary_keys(&columns);
        let label_column = label_column(conn, entry, &columns)?;
        let rows = conn.rows(&format!("PRAGMA foreign_key_list({})", identifier(&entry.name)), &[])?;
        Ok(Table {
            name: entry.name.clone(),
            kind: entry.kind,
            columns,
            primary_keys,
            foreign_keys: single_column_keys(&rows, 0),
            fts_table: self.fts_tables().get(&entry.name).cloned(),
            label_column,
            concealed: BTreeSet::new(),
        })
    }

    /// Foreign keys of all tables, by table.
    pub(crate) fn links(&self, conn: &Conn) -> Result<Cow<'_, HashMap<String, Links>>, SqlError> {
        let links = conn.unveiled(|| self.whole_links(conn))?;
        let veil = conn.veil();
        let Some(concealed) = veil.as_ref().and_then(|veil| veil.main()) else {
            return Ok(Cow::Borrowed(links));
        };
        let gone = |table: &str, column: &Option<String>| {
            column.as_deref().is_some_and(|column| concealed.hides_column(table, column))
        };
        let mut links = links.clone();
        for (table, links) in &mut links {
            for list in [&mut links.incoming, &mut links.outgoing] {
                list.retain(|link| {
                    !gone(table, &link.column) && !gone(&link.other_table, &link.other_column)
                });
            }
        }
        Ok(Cow::Owned(links))
    }

    fn whole_links(&self, conn: &Conn) -> Result<&HashMap<String, Links>, SqlError> {
        if let Some(links) = self.links.get() {
            return Ok(links);
        }
        let sql = "select m.name, f.id, f.seq, f.\"table\", f.\"from\", f.\"to\" from sqlite_master m \
                   join pragma_foreign_key_list(m.name) f where m.type = 'table' order by m.name";
        let rows = conn.rows(sql, &[])?;
        let mut links: HashMap<String, Links> =
            self.names(Kind::Table).into_iter().map(|name| (name.to_owned(), Links::default())).collect();
        let mut start = 0;
        while start < rows.len() {
            let table = text(&rows, start, 0);
            let end = (start..rows.len()).find(|row| text(&rows, *row, 0) != table).unwrap_or(rows.len());
            for key in single_column_keys_of(&rows, start..end) {
                if !links.contains_key(&key.other_table) {
                    continue;
                }
                let incoming = Link {
                    other_table: table.clone(),
                    column: key.other_column.clone(),
                    other_column: Some(key.column.clone()),
                };
                let outgoing = Link {
                    other_table: key.other_table.clone(),
                    column: Some(key.column),
                    other_column: key.other_column,
                };
                links.entry(key.other_table).or_default().incoming.push(incoming);
                links.entry(table.clone()).or_default().outgoing.push(outgoing);
            }
            start = end;
        }
        for links in links.values_mut() {
            links.incoming.sort();
            links.outgoing.sort();
        }
        Ok(self.links.get_or_init(|| links))
    }

    /// Columns of all tables and views, by name: one query instead of one for each table.
    pub(crate) fn all_columns(&self, conn: &Conn) -> Result<Cow<'_, HashMap<String, Vec<Column>>>, SqlError> {
        let columns = conn.unveiled(|| self.whole_columns(conn))?;
        let veil = conn.veil();
        let Some(concealed) = veil.as_ref().and_then(|veil| veil.main()) else {
            return Ok(Cow::Borrowed(columns));
        };
        let mut columns = columns.clone();
        for (table, columns) in &mut columns {
            columns.retain(|column| {
                !concealed.hides_table(table) && !concealed.hides_column(table, &column.name)
            });
        }
        Ok(Cow::Owned(columns))
    }

    fn whole_columns(&self, conn: &Conn) -> Result<&HashMap<String, Vec<Column>>, SqlError> {
        if let Some(columns) = self.columns.get() {
            return Ok(columns);
        }
        let sql = "select m.name, x.cid, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden \
                   from sqlite_master m join pragma_table_xinfo(m.name) x where m.type in ('table', 'view')";
        let mut columns: HashMap<String, Vec<Column>> = HashMap::new();
        match conn.rows(sql, &[]) {
            Ok(rows) => {
                for row in 0..rows.len() {
                    columns.entry(text(&rows, row, 0)).or_default().push(column(&rows, row, 2));
                }
            }
            // One view that refers to a missing table fails the whole query: ask one by one.
            Err(SqlError::Failed { .. }) => {
                for entry in &self.entries {
                    let sql = format!("PRAGMA table_xinfo({})", identifier(&entry.name));
                    if let Ok(rows) = conn.rows(&sql, &[]) {
                        let found = (0..rows.len()).map(|row| column(&rows, row, 1)).collect();
                        columns.insert(entry.name.clone(), found);
                    }
                }
            }
            Err(error) => return Err(error),
        }
        Ok(self.columns.get_or_init(|| columns))
    }

    /// The full-text table of each table that has one.
    pub(crate) fn fts_tables(&self) -> &HashMap<String, String> {
        self.fts.get_or_init(|| fts::tables(&self.entries))
    }

    /// Names of tables that are implementation rather than data. What the configuration hides is
    /// not in here.
    pub(crate) fn hidden(&self, conn: &Conn) -> Result<&HashSet<String>, SqlError> {
        if let Some(hidden) = self.hidden.get() {
            return Ok(hidden);
        }
        let sql = "select name from pragma_table_list where schema = 'main' and type = 'shadow'";
        let rows = conn.unveiled(|| conn.rows(sql, &[]))?;
        let mut hidden: HashSet<String> = (0..rows.len()).map(|row| text(&rows, row, 0)).collect();
        let spatialite = self.entry("geometry_columns").is_some();
        for entry in self.entries.iter().filter(|e| e.kind == Kind::Table) {
            let name = entry.name.as_str();
            let statistics =
                matches!(name, "sqlite_stat1" | "sqlite_stat2" | "sqlite_stat3" | "sqlite_stat4");
            let is_fts = entry.sql.as_deref().is_some_and(fts::has_content_option);
            let spatial = spatialite && (SPATIALITE_TABLES.contains(&name) || name.starts_with("idx_"));
            if statistics || name.starts_with('_') || is_fts || spatial {
                hidden.insert(name.to_owned());
            }
        }
        Ok(self.hidden.get_or_init(|| hidden))
    }

    /// `CREATE` statement of a table with those of its indexes, each ended by `;`. Where something of the
    /// table is concealed there is none: the statement names every column.
    pub(crate) fn definition(&self, conn: &Conn, name: &str) -> Result<Option<String>, SqlError> {
        let sql = self.entry(name).and_then(|entry| entry.sql.as_deref()).unwrap_or_default();
        let tells = |concealed: &Concealed| concealed.touches(name) || concealed.is_told_by(sql);
        if conn.veil().as_ref().and_then(|veil| veil.main()).is_some_and(tells) {
            return Ok(None);
        }
        conn.unveiled(|| self.whole_definition(conn, name))
    }

    fn whole_definition(&self, conn: &Conn, name: &str) -> Result<Option<String>, SqlError> {
        let Some(entry) = self.entry(name) else { return Ok(None) };
        let Some(sql) = &entry.sql else { return Ok(None) };
        let mut definition = format!("{sql};");
        if entry.kind == Kind::Table {
            let sql =
                "select sql from sqlite_master where tbl_name = :n and type = 'index' and sql is not null";
            let rows = conn.rows(sql, &[("n".to_owned(), Value::Text(name.to_owned()))])?;
            for row in 0..rows.len() {
                definition.push('\n');
                definition.push_str(&text(&rows, row, 0));
                definition.push(';');
            }
        }
        Ok(Some(definition))
    }
}

const SPATIALITE_TABLES: &[&str] = &[
    "ElementaryGeometries",
    "SpatialIndex",
    "geometry_columns",
    "spatial_ref_sys",
    "spatialite_history",
    "sql_statements_log",
    "sqlite_sequence",
    "views_geometry_columns",
    "virts_geometry_columns",
    "data_licenses",
    "KNN",
    "KNN2",
];

fn primary_keys(columns: &[Column]) -> Vec<String> {
    let mut keys: Vec<&Column> = columns.iter().filter(|c| c.pk_position > 0).collect();
    keys.sort_by_key(|c| c.pk_position);
    keys.into_iter().map(|c| c.name.clone()).collect()
}

/// The only text column with a unique index of its own, else one called name or title, else the
/// other one of two columns of which one is `id` or `pk`.
fn label_column(conn: &Conn, entry: &Entry, columns: &[Column]) -> Result<Option<String>, SqlError> {
    let mut unique_text = Vec::new();
    if entry.kind == Kind::Table {
        let sql = "select l.name, (select group_concat(coalesce(i.name, ''), char(0)) from pragma_index_info(l.name) i) \
                   from pragma_index_list(:table) l where l.\"unique\" = 1";
        let rows = conn.rows(sql, &[("table".to_owned(), Value::Text(entry.name.clone()))])?;
        for row in 0..rows.len() {
            let name = text(&rows, row, 1);
            let is_text = columns.iter().any(|c| c.name == name && c.affinity() == "TEXT");
            if is_text && !unique_text.contains(&name) {
                unique_text.push(name);
            }
        }
    }
    if let [only] = unique_text.as_slice() {
        return Ok(Some(only.clone()));
    }
    let named = |c: &&Column| c.name.eq_ignore_ascii_case("name") || c.name.eq_ignore_ascii_case("title");
    if let Some(column) = columns.iter().find(named) {
        return Ok(Some(column.name.clone()));
    }
    let is_key = |name: &str| name == "id" || name == "pk";
    if let [a, b] = columns {
        return Ok(match (is_key(&a.name), is_key(&b.name)) {
            (true, false) => Some(b.name.clone()),
            (false, true) => Some(a.name.clone()),
            _ => None,
        });
    }
    Ok(None)
}

fn column(rows: &Rows, row: usize, from: usize) -> Column {
    Column {
        name: text(rows, row, from),
        declared_type: text(rows, row, from + 1),
        not_null: integer(rows, row, from + 2) != 0,
        default: optional(rows, row, from + 3),
        pk_position: integer(rows, row, from + 4),
        hidden: integer(rows, row, from + 5),
    }
}

/// Columns from `from`: id, seq, table, from, to. Compound keys are left out.
fn single_column_keys(rows: &Rows, from: usize) -> Vec<ForeignKey> {
    keys(rows, from, 0..rows.len())
}

fn single_column_keys_of(rows: &Rows, range: std::ops::Range<usize>) -> Vec<ForeignKey> {
    keys(rows, 1, range)
}

fn keys(rows: &Rows, from: usize, range: std::ops::Range<usize>) -> Vec<ForeignKey> {
    let ids: Vec<i64> = range.clone().map(|row| integer(rows, row, from)).collect();
    range
        .filter(|row| ids.iter().filter(|id| **id == integer(rows, *row, from)).count() == 1)
        .map(|row| ForeignKey {
            other_table: text(rows, row, from + 2),
            column: text(rows, row, from + 3),
            other_column: optional(rows, row, from + 4),
        })
        .collect()
}

pub(super) fn text(rows: &Rows, row: usize, column: usize) -> String {
    optional(rows, row, column).unwrap_or_default()
}

fn optional(rows: &Rows, row: usize, column: usize) -> Option<String> {
    match rows.get(row, column) {
        ValueRef::Text(text) => Some(text.to_owned()),
        ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(value.to_string()),
        ValueRef::Null => None,
    }
}

fn integer(rows: &Rows, row: usize, column: usize) -> i64 {
    match rows.get(row, column) {
        ValueRef::Integer(value) => value,
        _ => 0,
    }
}
