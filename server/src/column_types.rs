//! Types that were assigned to columns, beyond what SQLite knows: URLs, e-mail addresses, JSON.
//! The types come from plugins, the assignments from the internal database.

use std::collections::HashMap;

use datasette_plugin_api::{Json, Map, json};

use crate::app::App;
use crate::error::Result;
use crate::plugins::{ColumnTypeInUse, RegisteredColumnType};
use crate::sqlite::{Rows, Table};

/// The types of a table's columns.
#[derive(Default)]
pub(crate) struct ColumnTypes<'a> {
    assigned: Vec<(String, ColumnTypeInUse)>,
    /// All types that plugins know.
    known: &'a [RegisteredColumnType],
}

/// Assignments of unknown or unsuitable types are left out.
pub(crate) fn of_table<'a>(app: &'a App, database: &str, table: &Table) -> Result<ColumnTypes<'a>> {
    let known = app.plugins.column_types();
    if known.is_empty() {
        return Ok(ColumnTypes::default());
    }
    let mut assigned = Vec::new();
    for assignment in app.internal.column_types(database, &table.name)? {
        let Some(column) = table.columns.iter().find(|column| column.name == assignment.column) else {
            continue;
        };
        let found = known.iter().find(|found| found.name() == assignment.column_type);
        if found.is_some_and(|found| applies(found, column.affinity())) {
            assigned
                .push((assignment.column, ColumnTypeInUse::new(assignment.column_type, assignment.config)));
        }
    }
    Ok(ColumnTypes { assigned, known })
}

fn applies(column_type: &RegisteredColumnType, affinity: &str) -> bool {
    let types = column_type.sqlite_types();
    types.is_empty() || types.contains(&affinity)
}

impl ColumnTypes<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.assigned.is_empty()
    }

    pub(crate) fn get(&self, column: &str) -> Option<&ColumnTypeInUse> {
        self.assigned.iter().find(|(name, _)| name == column).map(|(_, column_type)| column_type)
    }

    /// What the type of the column has against the value.
    pub(crate) fn complaint(&self, column: &str, value: &Json) -> Result<Option<String>> {
        let Some(given) = self.get(column) else { return Ok(None) };
        let Some(known) = self.known.iter().find(|known| known.name() == given.name) else { return Ok(None) };
        known.validate(value, given.config.as_ref().unwrap_or(&Json::Null))
    }

    /// Columns with their types, in the order of their assignment.
    pub(crate) fn assigned(&self) -> impl Iterator<Item = (&str, &ColumnTypeInUse)> {
        self.assigned.iter().map(|(column, given)| (column.as_str(), given))
    }

    /// `_extra=column_types`
    pub(crate) fn to_json(&self) -> Json {
        let entry = |(column, given): &(String, ColumnTypeInUse)| {
            (column.clone(), json!({"type": given.name, "config": given.config}))
        };
        Json::Object(self.assigned.iter().map(entry).collect::<Map>())
    }

    /// For each column what it is and what it could be.
    pub(crate) fn choices(&self, table: &Table) -> Json {
        let columns = table.columns.iter().map(|column| {
            let current = self.get(&column.name);
            let current = current.map_or(Json::Null, |given| json!({"type": given.name, "config": given.config}));
            let mut fitting: Vec<_> =
                self.known.iter().filter(|known| applies(known, column.affinity())).collect();
            fitting.sort_by_key(|known| known.name().to_owned());
            let option = |known: &RegisteredColumnType| json!({"name": known.name(), "description": known.description()});
            let options: Json = fitting.into_iter().map(option).collect();
            (column.name.clone(), json!({"current": current, "options": options}))
        });
        Json::Object(columns.collect::<Map>())
    }

    /// Values that a type shows in another way, by row and column.
    pub(crate) fn transformed(&self, rows: &Rows) -> Result<HashMap<(usize, usize), Json>> {
        let mut transformed = HashMap::new();
        for (column, given) in &self.assigned {
            let Some(index) = rows.column_index(column) else { continue };
            let Some(known) = self.known.iter().find(|known| known.name() == given.name) else { continue };
            let config = given.config.clone().unwrap_or(Json::Null);
            for row in 0..rows.len() {
                let value = rows.get(row, index).to_json();
                if let Some(shown) = known.transform_value(&value, &config)? {
                    transformed.insert((row, index), shown);
                }
            }
        }
        Ok(transformed)
    }
}
