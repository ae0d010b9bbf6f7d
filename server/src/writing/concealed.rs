//! Writes to tables of which the visitor may not see all columns: what they can't see they can't write.

use super::{Refused, Verdict, refuse};
use crate::error::Error;
use crate::sqlite::Table;

/// Refuses columns that the table doesn't have for this visitor, in the words in which SQLite refuses columns
/// that don't exist.
pub(crate) fn check_shown<'a>(table: &Table, columns: impl Iterator<Item = &'a str>) -> Verdict<()> {
    if table.concealed.is_empty() {
        return Ok(());
    }
    let is_shown = |column: &str| {
        let known = table.columns.iter().map(|column| column.name.as_str());
        known.chain(["rowid", "oid", "_rowid_"]).any(|name| name.eq_ignore_ascii_case(column))
    };
    for column in columns {
        if !is_shown(column) {
            return Err(refuse(400, format!("no such column: {column}")));
        }
    }
    Ok(())
}

/// Refuses to change the table itself: a new name would show the column that had the old one, and adding
/// columns would tell which there are.
pub(crate) fn check_alterable(table: &Table) -> Verdict<()> {
    if table.concealed.is_empty() { Ok(()) } else { Err(not_for_you("it can't be altered")) }
}

/// Refuses to add rows by creating a table that is there: the answer tells its statement.
pub(crate) fn check_creatable(table: &Table) -> Verdict<()> {
    if table.concealed.is_empty() {
        Ok(())
    } else {
        Err(not_for_you("rows can only be inserted and upserted"))
    }
}

/// Refuses to replace whole rows: it would empty the columns that nobody could give.
pub(crate) fn check_replaceable(table: &Table) -> Verdict<()> {
    if table.concealed.is_empty() { Ok(()) } else { Err(not_for_you("rows can't be replaced")) }
}

/// SQLite's words about a rule of the table that a row breaks may name columns, or say what the rule is.
pub(crate) fn discreet(table: &Table, error: Error) -> Error {
    let tells = |message: &str| {
        let message = message.to_ascii_lowercase();
        table.concealed.iter().any(|column| message.contains(column))
    };
    match error {
        Error::InvalidSql { message } if tells(&message) => {
            let message = "This breaks a rule of the table about something that you may not see".to_owned();
            Error::InvalidSql { message }
        }
        other => other,
    }
}

fn not_for_you(what: &str) -> Refused {
    refuse(403, format!("Permission denied: you may not see all columns of this table, so {what}"))
}
