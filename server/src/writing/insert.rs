//! Inserting and upserting rows of a request: the SQL, and the columns that are missing.

use datasette_plugin_api::{Value, ValueRef};

use super::values::{Record, suggest_types};
use crate::error::{Error, Result};
use crate::sqlite::{TableKind, Writer, quoted};

/// Rows that go into one statement; those of a batch share their columns.
const LONGEST_BATCH: usize = 100;
const MOST_COLUMNS: usize = 999;

/// What becomes of a row whose key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict<'a> {
    /// Nothing is written at all.
    Fail,
    Ignore,
    Replace,
    /// The columns of the row are updated; the columns of the key.
    Update(&'a [String]),
}

/// Rows on their way into a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) table: &'a str,
    pub(crate) rows: &'a [Record],
    pub(crate) conflict: Conflict<'a>,
    /// Columns that the table lacks are added.
    pub(crate) alter: bool,
}

impl Rows<'_> {
    /// Writes all rows. Within a batch a row has NULL where only others have a value.
    pub(crate) fn write(&self, writer: &Writer<'_>) -> Result<()> {
        let mut columns: Vec<&str> = Vec::new();
        for batch in self.rows.chunks(self.batch_size()?) {
            if columns.is_empty() {
                columns = names(batch);
                columns.sort_unstable();
            } else {
                let more: Vec<&str> =
                    names(batch).into_iter().filter(|name| !columns.contains(name)).collect();
                columns.extend(more);
            }
            if self.alter {
                add_missing_columns(writer, self.table, batch)?;
            }
            let sql = self.sql(&columns)?;
            writer.inserting(|inserting| {
                batch.iter().try_for_each(|row| inserting.row(&sql, values(row, &columns)).map(|_| ()))
            })?;
        }
        Ok(())
    }

    /// Writes row by row, each with its own columns, and tells where they are. A row that was ignored
    /// is where the row stands that was there before; `None` if nobody knows.
    pub(crate) fn write_each(
        &self,
        writer: &Writer<'_>,
        primary_keys: &[String],
    ) -> Result<Vec<Option<i64>>> {
        self.batch_size()?;
        let mut rowids = Vec::new();
        for row in self.rows {
            let mut columns = names(std::slice::from_ref(row));
            columns.sort_unstable();
            if self.alter {
                add_missing_columns(writer, self.table, std::slice::from_ref(row))?;
            }
            let values: Vec<Value> = values(row, &columns).map(ValueRef::to_owned).collect();
            let written = writer.run_positional(&self.sql(&columns)?, &values)?;
            rowids.push(if written.rowcount == 0 {
                self.existing(writer, row, primary_keys)?
            } else {
                Some(written.lastrowid)
            });
        }
        Ok(rowids)
    }

    fn batch_size(&self) -> Result<usize> {
        let columns = self.rows.first().map_or(0, Vec::len);
        if columns > MOST_COLUMNS {
            return Err(Error::bad_request(format!("Rows can have a maximum of {MOST_COLUMNS} columns")));
        }
        Ok(MOST_COLUMNS.checked_div(columns).map_or(1, |fitting| fitting.clamp(1, LONGEST_BATCH)))
    }

    fn sql(&self, columns: &[&str]) -> Result<String> {
        let or = match self.conflict {
            Conflict::Ignore => " OR IGNORE",
            Conflict::Replace => " OR REPLACE",
            Conflict::Fail | Conflict::Update(_) => "",
        };
        let table = quoted(self.table);
        if columns.is_empty() {
            return Ok(format!("INSERT{or} INTO {table} DEFAULT VALUES"));
        }
        let list = columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT{or} INTO {table} ({list}) VALUES ({places})");
        let Conflict::Update(keys) = self.conflict else { return Ok(insert) };
        let is_key = |column: &str| keys.iter().any(|key| key.eq_ignore_ascii_case(column));
        if let Some(missing) =
            keys.iter().find(|key| !columns.iter().any(|column| column.eq_ignore_ascii_case(key)))
        {
            let message = format!("upsert() requires a value for the primary key column: {missing}");
            return Err(Error::bad_request(message));
        }
        let target = keys.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(", ");
        let set = columns.iter().filter(|column| !is_key(column)).map(|column| {
            let column = quoted(column);
            format!("{column} = excluded.{column}")
        });
        let set = set.collect::<Vec<_>>().join(", ");
        let action = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {set}") };
        Ok(format!("{insert} ON CONFLICT({target}) DO {action}"))
    }

    fn existing(&self, writer: &Writer<'_>, row: &Record, primary_keys: &[String]) -> Result<Option<i64>> {
        let cell = |key: &String| row.iter().find(|(column, _)| column.eq_ignore_ascii_case(key));
        let keys: Option<Vec<Value>> =
            primary_keys.iter().map(|key| cell(key).map(|(_, cell)| cell.value().to_owned())).collect();
        let Some(keys) = keys.filter(|keys| !keys.is_empty()) else { return Ok(None) };
        let conditions = primary_keys.iter().map(|key| format!("{} = ?", quoted(key)));
        let conditions = conditions.collect::<Vec<_>>().join(" and ");
        let sql = format!("select rowid from {} where {conditions} limit 1", quoted(self.table));
        Ok(writer.run_positional(&sql, &keys)?.rows.first().and_then(|rowid| rowid.as_i64()))
    }
}

/// Names of the columns that appear in the rows.
fn names(rows: &[Record]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (column, _) in rows.iter().flatten() {
        if !names.contains(&column.as_str()) {
            names.push(column);
        }
    }
    names
}

fn values<'r>(row: &'r Record, columns: &[&str]) -> impl Iterator<Item = ValueRef<'r>> {
    columns.iter().map(|column| {
        let cell = row.iter().find(|(name, _)| name == column);
        cell.map_or(ValueRef::Null, |(_, cell)| cell.value())
    })
}

/// Adds the columns that the rows have and the table lacks. Names differ by more than upper and lower case.
pub(crate) fn add_missing_columns(writer: &Writer<'_>, table: &str, rows: &[Record]) -> Result<()> {
    let known = writer.rows(&format!("PRAGMA table_xinfo({})", quoted(table)), &[])?;
    let mut known: Vec<String> =
        (0..known.len()).map(|row| crate::sqlite::as_text(known.get(row, 1)).to_lowercase()).collect();
    // A table without this column still has it.
    known.push("rowid".to_owned());
    for (column, sql_type) in suggest_types(rows) {
        if !known.contains(&column.to_lowercase()) {
            writer.script(&format!(
                "ALTER TABLE {} ADD COLUMN {} {sql_type}",
                quoted(table),
                quoted(&column)
            ))?;
        }
    }
    Ok(())
}

/// Fails for what is no ordinary table: writing rows of a virtual table may mean anything, and shadow
/// tables belong to it. Whether there is anything of that name at all.
pub(crate) fn check_ordinary(writer: &Writer<'_>, table: &str) -> Result<bool> {
    match writer.conn().known_table(table)? {
        None => Ok(false),
        Some(known) if known.kind == Some(TableKind::Table) => Ok(true),
        Some(_) => Err(not_ordinary()),
    }
}

pub(super) fn not_ordinary() -> Error {
    Error::bad_request("Structured writes require an ordinary table")
}

/// The `CREATE TABLE` statement of a table as of now.
pub(crate) fn table_sql(writer: &Writer<'_>, table: &str) -> Result<Option<String>> {
    let known = writer.conn().known_table(table)?;
    let is_table = known.filter(|known| known.kind != Some(TableKind::View));
    Ok(is_table.map(|known| known.sql.clone()))
}
