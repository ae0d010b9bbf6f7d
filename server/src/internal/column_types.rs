//! Which column has which type: what `/-/set-column-type` and the configuration assign.
//!
//! Whether such a type exists, and whether it fits the column, is up to the caller.

use std::collections::HashMap;
use std::sync::Arc;

use datasette_plugin_api::{Value, ValueRef};
use parking_lot::RwLock;
use serde_json::Value as Json;

use super::{Internal, named};
use crate::error::Result;
use crate::sqlite::{Params, as_text};

/// A type that was assigned to a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AssignedType {
    pub(crate) column: String,
    pub(crate) column_type: String,
    pub(crate) config: Option<Json>,
}

/// All assignments, by database and table. Every page asks for them, and few sites have any.
#[derive(Debug, Default)]
pub(super) struct Assignments {
    /// With the generation that they were read in.
    cached: RwLock<Option<(u64, Arc<ByTable>)>>,
}

type ByTable = HashMap<(String, String), Vec<AssignedType>>;

impl Internal {
    /// Types of a table's columns, in the order of their assignment.
    pub(crate) fn column_types(&self, database: &str, resource: &str) -> Result<Vec<AssignedType>> {
        let all = self.all_column_types()?;
        if all.is_empty() {
            return Ok(Vec::new());
        }
        Ok(all.get(&(database.to_owned(), resource.to_owned())).cloned().unwrap_or_default())
    }

    fn all_column_types(&self) -> Result<Arc<ByTable>> {
        let generation = self.generation();
        let cached = self.column_types.cached.read().clone();
        if let Some((_, all)) = cached.filter(|(read_in, _)| *read_in == generation && !self.is_shared()) {
            return Ok(all);
        }
        let sql = "select database_name, resource_name, column_name, column_type, config from column_types order by rowid";
        let rows = self.read(|conn| Ok(conn.rows(sql, &[])?))?;
        let text = |row, column| as_text(rows.get(row, column)).into_owned();
        let mut all = ByTable::new();
        for row in 0..rows.len() {
            let assigned = AssignedType {
                column: text(row, 2),
                column_type: text(row, 3),
                config: match rows.get(row, 4) {
                    ValueRef::Text(text) => serde_json::from_str(text).ok(),
                    _ => None,
                },
            };
            all.entry((text(row, 0), text(row, 1))).or_default().push(assigned);
        }
        let all = Arc::new(all);
        *self.column_types.cached.write() = Some((generation, Arc::clone(&all)));
        Ok(all)
    }

    /// Assigns a type in place of the one the column had.
    pub(crate) fn set_column_type(
        &self,
        database: &str,
        resource: &str,
        assigned: &AssignedType,
    ) -> Result<()> {
        self.set_column_types([(database, resource, assigned)])
    }

    /// Assigns many types at once.
    pub(crate) fn set_column_types<'a>(
        &self,
        all: impl IntoIterator<Item = (&'a str, &'a str, &'a AssignedType)>,
    ) -> Result<()> {
        let sql = "insert or replace into column_types \
                   (database_name, resource_name, column_name, column_type, config) \
                   values (:database, :resource, :column, :type, :config)";
        self.write(|writer| {
            for (database, resource, assigned) in all {
                // An empty configuration is none.
                let config = assigned.config.as_ref().filter(|config| !is_empty(config));
                let mut params = place(database, resource);
                params.extend([
                    named("column", assigned.column.as_str()),
                    named("type", assigned.column_type.as_str()),
                    named("config", config.map_or(Value::Null, |config| crate::config::dumps(config).into())),
                ]);
                writer.execute(sql, &params)?;
            }
            Ok(())
        })
    }

    /// Takes the type away; whether there was one.
    pub(crate) fn remove_column_type(&self, database: &str, resource: &str, column: &str) -> Result<bool> {
        let sql = "delete from column_types where database_name = :database and resource_name = :resource \
                   and column_name = :column";
        let mut params = place(database, resource);
        params.push(named("column", column));
        self.write(|writer| Ok(writer.execute(sql, &params)? > 0))
    }
}

fn place(database: &str, resource: &str) -> Params {
    vec![named("database", database), named("resource", resource)]
}

fn is_empty(config: &Json) -> bool {
    config.is_null() || config.as_object().is_some_and(serde_json::Map::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assigned(column: &str, column_type: &str, config: Option<Json>) -> AssignedType {
        AssignedType { column: column.into(), column_type: column_type.into(), config }
    }

    #[test]
    fn a_column_has_one_type() {
        let internal = Internal::open(None).unwrap();
        for column_type in ["url", "json"] {
            internal.set_column_type("d", "t", &assigned("c", column_type, Some(json!({"a": 1})))).unwrap();
        }
        assert_eq!(internal.column_types("d", "t").unwrap(), [assigned("c", "json", Some(json!({"a": 1})))]);
        assert!(internal.column_types("d", "other").unwrap().is_empty());
        assert!(internal.remove_column_type("d", "t", "c").unwrap());
        assert!(!internal.remove_column_type("d", "t", "c").unwrap());
    }

    #[test]
    fn an_empty_configuration_is_none() {
        let internal = Internal::open(None).unwrap();
        internal.set_column_type("d", "t", &assigned("c", "url", Some(json!({})))).unwrap();
        assert_eq!(internal.column_types("d", "t").unwrap(), [assigned("c", "url", None)]);
    }
}
