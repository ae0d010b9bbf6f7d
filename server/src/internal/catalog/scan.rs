//! Reads a schema: all of it, or what differs from what is known.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use datasette_plugin_api::{Value, ValueRef};

use crate::error::Result;
use crate::sqlite::{Conn, Rows, SqlError, as_text, identifier};

/// Tables and views by name, each with a number that changes with its definition or its indexes'.
pub(super) type Fingerprints = HashMap<String, u64>;

/// Up to so many changed tables are asked about one by one; beyond that, one query about all of them is cheaper.
const FEW: usize = 50;

/// What has to be written.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Names that are gone or about to be written again.
    pub(super) outdated: Vec<String>,
    pub(super) tables: Vec<Entry>,
    pub(super) views: Vec<Entry>,
    /// By table; each row holds the values of one line of the catalogue's table, in its order.
    pub(super) columns: Vec<Detail>,
    pub(super) indexes: Vec<Detail>,
    pub(super) foreign_keys: Vec<Detail>,
}

/// A table or view.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) rootpage: Value,
    pub(super) sql: Value,
}

/// A line about something that belongs to a table.
#[derive(Debug)]
pub(super) struct Detail {
    pub(super) table: String,
    pub(super) values: Vec<Value>,
}

/// Reads what is not as in `known`; everything if that is `None`.
pub(super) fn scan(conn: &Conn, known: Option<&Fingerprints>) -> Result<(Contents, Fingerprints)> {
    let rows = conn
        .rows("select type, name, tbl_name, rootpage, sql from sqlite_master where type <> 'trigger'", &[])?;
    let entries = fingerprints(&rows);
    let is_changed = |name: &str| known.is_none_or(|known| known.get(name) != entries.get(name));

    let mut contents = Contents::default();
    let mut regular = Vec::new();
    let mut alone = Vec::new();
    for row in 0..rows.len() {
        let (kind, name) = (as_text(rows.get(row, 0)), as_text(rows.get(row, 1)));
        if kind == "index" || !is_changed(&name) {
            continue;
        }
        let entry = Entry {
            name: name.into_owned(),
            rootpage: rows.get(row, 3).into(),
            sql: rows.get(row, 4).into(),
        };
        if kind == "view" {
            contents.views.push(entry);
            continue;
        }
        // A virtual table's module may be missing or refuse: it is asked alone, so that it fails alone.
        let group = if entry.rootpage == Value::Integer(0) { &mut alone } else { &mut regular };
        group.push(entry.name.clone());
        contents.tables.push(entry);
    }
    if let Some(known) = known {
        contents.outdated = known.keys().filter(|name| is_changed(name)).cloned().collect();
    }
    for detail in [&COLUMNS, &INDEXES, &FOREIGN_KEYS] {
        let lines = detail.lines(&mut contents);
        if known.is_some() && regular.len() <= FEW {
            detail.read_each(conn, &regular, lines)?;
        } else {
            detail.read_all(conn, &regular, is_changed, lines)?;
        }
        detail.read_each(conn, &alone, lines)?;
    }
    Ok((contents, entries))
}

fn fingerprints(rows: &Rows) -> Fingerprints {
    let mut entries = Fingerprints::new();
    for row in 0..rows.len() {
        let mut hasher = DefaultHasher::new();
        for column in [0, 1, 3, 4] {
            match rows.get(row, column) {
                ValueRef::Integer(value) => value.hash(&mut hasher),
                value => value.as_str().hash(&mut hasher),
            }
        }
        // Indexes count for their table; the order in which they are listed does not matter.
        let table = as_text(rows.get(row, 2));
        let number = hasher.finish();
        match entries.get_mut(table.as_ref()) {
            Some(sum) => *sum = u64::wrapping_add(*sum, number),
            None => {
                entries.insert(table.into_owned(), number);
            }
        }
    }
    entries
}

/// One of SQLite's pragmas about a table.
struct Pragma {
    name: &'static str,
    /// Its columns, as an SQL list.
    columns: &'static str,
    /// Tables of which it can have anything to say, as a condition for `sqlite_master m`: asking costs
    /// more than looking.
    of: &'static str,
    lines: fn(&mut Contents) -> &mut Vec<Detail>,
}

const COLUMNS: Pragma = Pragma {
    name: "table_xinfo",
    columns: "p.cid, p.name, p.type, p.\"notnull\", p.dflt_value, p.pk, p.hidden",
    of: "1",
    lines: |contents| &mut contents.columns,
};

const INDEXES: Pragma = Pragma {
    name: "index_list",
    columns: "p.seq, p.name, p.\"unique\", p.origin, p.partial",
    of: "m.name in (select tbl_name from sqlite_master where type = 'index')",
    lines: |contents| &mut contents.indexes,
};

const FOREIGN_KEYS: Pragma = Pragma {
    name: "foreign_key_list",
    columns: "p.id, p.seq, p.\"table\", p.\"from\", p.\"to\", p.on_update, p.on_delete, p.\"match\"",
    of: "m.sql like '%references%'",
    lines: |contents| &mut contents.foreign_keys,
};

impl Pragma {
    fn lines<'a>(&self, contents: &'a mut Contents) -> &'a mut Vec<Detail> {
        (self.lines)(contents)
    }

    /// One query about all regular tables.
    fn read_all(
        &self,
        conn: &Conn,
        tables: &[String],
        is_wanted: impl Fn(&str) -> bool,
        lines: &mut Vec<Detail>,
    ) -> Result<()> {
        let sql = format!(
            "select m.name, {} from sqlite_master m join pragma_{}(m.name) p \
             where m.type = 'table' and m.rootpage <> 0 and {}",
            self.columns, self.name, self.of
        );
        match conn.rows(&sql, &[]) {
            Ok(rows) => {
                for row in 0..rows.len() {
                    let table = as_text(rows.get(row, 0));
                    if is_wanted(&table) {
                        lines.push(detail(&rows, row, table.into_owned(), 1));
                    }
                }
                Ok(())
            }
            // A table can have the pragma's name, and stands in its way then.
            Err(SqlError::Failed { .. }) => self.read_each(conn, tables, lines),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks about one after the other. A table that can't be read has no lines.
    fn read_each(&self, conn: &Conn, tables: &[String], lines: &mut Vec<Detail>) -> Result<()> {
        for table in tables {
            match conn.rows(&format!("PRAGMA {}({})", self.name, identifier(table)), &[]) {
                Ok(rows) => lines.extend((0..rows.len()).map(|row| detail(&rows, row, table.clone(), 0))),
                Err(SqlError::Failed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn detail(rows: &Rows, row: usize, table: String, from: usize) -> Detail {
    Detail { table, values: (from..rows.columns.len()).map(|column| rows.get(row, column).into()).collect() }
}
