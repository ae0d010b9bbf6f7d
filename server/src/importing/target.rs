//! The table that is written to: made, given more columns, or found fitting.

use datasette_plugin_api::{Json, ValueRef};

use super::kinds::Seen;
use super::{ImportOptions, Imported, OnConflict};
use crate::column_types::ColumnTypes;
use crate::error::{Error, Result};
use crate::sqlite::{TableKind, Writer, affinity, as_text, quoted};
use crate::writing::{self, ColumnSql, TableSql};

/// A column that is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Made for what was seen.
    New(Seen),
    /// It was there before, and does with values what its type says.
    Old { affinity: &'static str },
}

/// The table, ready for rows.
#[derive(Debug)]
pub(super) struct Target<'o> {
    options: &'o ImportOptions,
    /// For each column of the file that of the table.
    pub(super) columns: Vec<(String, Column)>,
    /// All that the table has.
    known: Vec<String>,
    before: Option<String>,
}

/// A column as the table has it.
struct Existing {
    name: String,
    sql_type: String,
    key: i64,
    is_generated: bool,
}

impl<'o> Target<'o> {
    /// `is_named`: the file says how its columns are called; else they are those of the table, in their order.
    pub(super) fn prepare(
        writer: &Writer<'_>,
        options: &'o ImportOptions,
        columns: &[(String, Seen)],
        is_named: bool,
    ) -> Result<Self> {
        let table = options.table.as_str();
        let found = writer.conn().known_table(table)?;
        match found.as_ref().and_then(|found| found.kind) {
            None => Self::make(writer, options, columns),
            Some(TableKind::Table) => {
                let before = found.map(|found| found.sql.clone());
                Self::fit(writer, options, columns, is_named, before)
            }
            Some(TableKind::View) => {
                Err(Error::bad_request(format!("{table} is a view; rows go into tables")))
            }
            Some(_) => Err(Error::bad_request(format!(
                "{table} is a virtual table or part of one; rows go into ordinary tables"
            ))),
        }
    }

    fn make(writer: &Writer<'_>, options: &'o ImportOptions, columns: &[(String, Seen)]) -> Result<Self> {
        if columns.is_empty() {
            return Err(Error::bad_request("There are no rows, so there is nothing to make a table of"));
        }
        if !writing::is_table_name(&options.table) {
            return Err(Error::bad_request(format!("{} can't be the name of a table", options.table)));
        }
        for key in &options.primary_key {
            if !columns.iter().any(|(name, _)| same(name, key)) {
                return Err(missing_key(key, columns));
            }
        }
        let made = columns.iter().map(|(name, seen)| ColumnSql {
            name: name.clone(),
            sql_type: seen.sql_type().to_owned(),
            ..ColumnSql::default()
        });
        let sql = TableSql {
            name: options.table.clone(),
            columns: made.collect(),
            primary_key: options.primary_key.clone(),
            ..TableSql::default()
        };
        writer.script(&sql.sql())?;
        let known = columns.iter().map(|(name, _)| name.clone()).collect();
        let columns = columns.iter().map(|(name, seen)| (name.clone(), Column::New(*seen))).collect();
        Ok(Self { options, columns, known, before: None })
    }

    fn fit(
        writer: &Writer<'_>,
        options: &'o ImportOptions,
        columns: &[(String, Seen)],
        is_named: bool,
        before: Option<String>,
    ) -> Result<Self> {
        let existing = existing(writer, &options.table)?;
        check_key(options, &existing)?;
        let mut target = Self {
            options,
            columns: Vec::with_capacity(columns.len()),
            known: existing.iter().map(|column| column.name.clone()).collect(),
            before,
        };
        // A table without a column of that name still has it.
        let has_rowid = !target.has("rowid")
            && writer.rows(&format!("select rowid from {} limit 0", quoted(&options.table)), &[]).is_ok();
        if has_rowid {
            target.known.push("rowid".to_owned());
        }
        let mut in_order = existing.iter().filter(|column| !column.is_generated);
        for (name, seen) in columns {
            let found = match is_named {
                true => existing.iter().find(|column| same(&column.name, name)),
                false => in_order.next(),
            };
            let column = match found {
                Some(found) => (found.name.clone(), Column::Old { affinity: affinity(&found.sql_type) }),
                None if has_rowid && same(name, "rowid") => {
                    (name.clone(), Column::Old { affinity: "INTEGER" })
                }
                None if options.alter => {
                    let (table, column) = (quoted(&options.table), quoted(name));
                    writer.script(&format!("ALTER TABLE {table} ADD COLUMN {column} {}", seen.sql_type()))?;
                    target.known.push(name.clone());
                    (name.clone(), Column::New(*seen))
                }
                None if is_named => return Err(target.no_column(name)),
                None => {
                    let (has, given) = (target.columns.len(), columns.len());
                    let message =
                        format!("The file has {given} columns, and the table {} has {has}", options.table);
                    return Err(Error::bad_request(message));
                }
            };
            target.columns.push(column);
        }
        if options.truncate {
            writer.execute(&format!("DELETE FROM {}", quoted(&options.table)), &[])?;
        }
        Ok(target)
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.known.iter().any(|known| same(known, column))
    }

    pub(super) fn no_column(&self, name: &str) -> Error {
        let table = &self.options.table;
        Error::bad_request(format!(
            "the table {table} has no column {name}; missing columns are added if that is asked for (--alter)"
        ))
    }

    /// The statement for a row with these columns.
    pub(super) fn insert_sql(&self, columns: &[&str]) -> String {
        let or = match self.options.on_conflict {
            OnConflict::Fail => "",
            OnConflict::Ignore => " OR IGNORE",
            OnConflict::Replace => " OR REPLACE",
        };
        let table = quoted(&self.options.table);
        if columns.is_empty() {
            return format!("INSERT{or} INTO {table} DEFAULT VALUES");
        }
        let names = columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let places = vec!["?"; columns.len()].join(", ");
        format!("INSERT{or} INTO {table} ({names}) VALUES ({places})")
    }

    pub(super) fn finish(self, writer: &Writer<'_>, rows: u64, ignored: u64) -> Result<Imported> {
        let schema = writing::table_sql(writer, &self.options.table)?.unwrap_or_default();
        Ok(Imported { rows, ignored, before: self.before, schema })
    }
}

fn existing(writer: &Writer<'_>, table: &str) -> Result<Vec<Existing>> {
    let rows = writer.rows(&format!("PRAGMA table_xinfo({})", quoted(table)), &[])?;
    let number = |row: usize, column: &str| rows.named(row, column).as_i64().unwrap_or_default();
    let column = |row: usize| Existing {
        name: as_text(rows.named(row, "name")).into_owned(),
        sql_type: as_text(rows.named(row, "type")).into_owned(),
        key: number(row, "pk"),
        is_generated: number(row, "hidden") != 0,
    };
    Ok((0..rows.len()).map(column).collect())
}

/// The key of a table that is there already stays what it is.
fn check_key(options: &ImportOptions, existing: &[Existing]) -> Result<()> {
    let mut keys: Vec<&Existing> = existing.iter().filter(|column| column.key > 0).collect();
    keys.sort_by_key(|column| column.key);
    let given = &options.primary_key;
    let is_same =
        given.len() == keys.len() && given.iter().zip(&keys).all(|(given, key)| same(given, &key.name));
    if given.is_empty() || is_same {
        return Ok(());
    }
    let names: Vec<&str> = keys.iter().map(|column| column.name.as_str()).collect();
    let key = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let table = &options.table;
    Err(Error::bad_request(format!("The primary key of {table} is {key} and stays so; leave the key out")))
}

fn missing_key(key: &str, columns: &[(String, Seen)]) -> Error {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let columns = names.join(", ");
    Error::bad_request(format!("The primary key {key} is no column of the file, which has {columns}"))
}

/// What the types that were assigned to columns have against the values.
pub(super) fn check_types<'v>(
    types: &ColumnTypes<'_>,
    values: impl Iterator<Item = (&'v str, ValueRef<'v>)>,
) -> Result<()> {
    for (column, value) in values {
        let value: Json = value.to_json();
        if let Some(complaint) = types.complaint(column, &value)? {
            return Err(Error::bad_request(format!("{column}: {complaint}")));
        }
    }
    Ok(())
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
