//! Checks the rules about columns against the databases: one that protects nothing has to be told.

use std::sync::Arc;

use crate::config::{Config, nearest};
use crate::error::Result;
use crate::permissions::ColumnRule;
use crate::sqlite::{Database, Table};

/// The configuration's rules about who may see which column. The error is a sentence for the operator.
pub(super) fn rules(
    config: &Config,
    databases: &[Arc<Database>],
) -> std::result::Result<Vec<ColumnRule>, String> {
    let mut rules = Vec::new();
    for (database, table, column, allow) in config.column_rules() {
        if let Some(attached) = databases.iter().find(|attached| attached.name == database) {
            let found = find(attached, table).map_err(|error| error.to_string())?;
            if let Some(reason) = found.and_then(|found| wrong(&found, column)) {
                let path = format!("databases.{database}.tables.{table}.columns.{column}");
                return Err(format!("Invalid configuration at {path}: {reason}"));
            }
        }
        let (database, table, column) = (database.to_owned(), table.to_owned(), column.to_owned());
        rules.push(ColumnRule { database, table, column, allow: allow.clone() });
    }
    Ok(rules)
}

/// The table, in whatever letters the configuration spells it. One that is not there may still come.
fn find(database: &Database, name: &str) -> Result<Option<Arc<Table>>> {
    database.read_whole(None, |conn| {
        let schema = database.schema(conn)?;
        match schema.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)) {
            Some(entry) => Ok(schema.table(conn, &entry.name)?),
            None => Ok(None),
        }
    })
}

fn wrong(table: &Table, column: &str) -> Option<String> {
    let Some(found) = table.columns.iter().find(|known| known.name.eq_ignore_ascii_case(column)) else {
        let names: Vec<String> = table.column_names();
        let hint = nearest(column, names.iter().map(String::as_str));
        let hint = hint.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
        return Some(format!("{} has no such column{hint}", table.name));
    };
    (found.pk_position > 0).then(|| {
        "the column is part of the primary key, which can't be hidden: rows are named by it".to_owned()
    })
}
