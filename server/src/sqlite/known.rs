//! What a writing connection knows of tables, so that a write need not ask again.

use std::collections::HashMap;
use std::sync::Arc;

use datasette_plugin_api::Value;

use super::analysis::TableKind;
use super::connection::Conn;
use super::error::SqlError;
use super::rows::as_text;

/// Tables by the name they were asked for, as of one version of the schema.
#[derive(Debug, Default)]
pub(super) struct KnownTables {
    version: i64,
    tables: HashMap<String, Option<Arc<KnownTable>>>,
}

/// What is called so, upper and lower case aside.
#[derive(Debug)]
pub(crate) struct KnownTable {
    pub(crate) kind: Option<TableKind>,
    /// Its `CREATE` statement.
    pub(crate) sql: String,
}

impl Conn {
    /// The table or view of that name in the database itself, as of now.
    pub(crate) fn known_table(&self, name: &str) -> Result<Option<Arc<KnownTable>>, SqlError> {
        let version = self.schema_version_now()?;
        {
            let mut known = self.tables.borrow_mut();
            if known.version != version {
                *known = KnownTables { version, tables: HashMap::new() };
            }
            if let Some(table) = known.tables.get(name) {
                return Ok(table.clone());
            }
        }
        let table = self.look_up(name)?.map(Arc::new);
        self.tables.borrow_mut().tables.insert(name.to_owned(), table.clone());
        Ok(table)
    }

    fn look_up(&self, name: &str) -> Result<Option<KnownTable>, SqlError> {
        let sql = "select name, sql from main.sqlite_master \
                   where name = :name collate nocase and type in ('table', 'view')";
        let found = self.rows(sql, &[("name".to_owned(), Value::Text(name.to_owned()))])?;
        if found.is_empty() {
            return Ok(None);
        }
        let kind = self.table_kind(Some("main"), &as_text(found.get(0, 0)))?;
        Ok(Some(KnownTable { kind, sql: as_text(found.get(0, 1)).into_owned() }))
    }

    /// After something was undone: the version of the schema may come again for another schema.
    pub(super) fn forget_tables(&self) {
        *self.tables.borrow_mut() = KnownTables::default();
    }
}
