//! Which tables a database has, told apart by where they begin in its file.

use std::collections::HashMap;
use std::sync::Arc;

use datasette_plugin_api::*;

/// Names of the tables, by root page: a table keeps its page when it is renamed.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<HashMap<i64, String>>);

/// Tables as of a version of the schema.
pub(crate) struct Snapshot {
    pub(crate) version: i64,
    pub(crate) names: Names,
}

impl Names {
    /// Old and new names, by old name.
    pub(crate) fn renamed(&self, after: &Self) -> Vec<(String, String)> {
        let changed = self.0.iter().filter_map(|(page, old)| {
            let new = after.0.get(page).filter(|new| *new != old)?;
            Some((old.clone(), new.clone()))
        });
        let mut renamed: Vec<_> = changed.collect();
        renamed.sort_unstable();
        renamed
    }
}

pub(crate) fn schema_version(write: &Write<'_>) -> Result<i64> {
    let result = write.query("PRAGMA schema_version", &[])?;
    Ok(result.single().and_then(Value::as_i64).unwrap_or_default())
}

pub(crate) fn names(write: &Write<'_>) -> Result<Names> {
    let sql = "select rootpage, name from sqlite_master where type = 'table' and rootpage <> 0";
    let rows = write.query(sql, &[])?.rows;
    let named = rows.iter().filter_map(|row| match row.as_slice() {
        [Value::Integer(page), Value::Text(name)] => Some((*page, name.clone())),
        _ => None,
    });
    Ok(Names(Arc::new(named.collect())))
}
