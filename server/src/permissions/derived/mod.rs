//! Tables that hold parts of other tables: full-text indexes and what virtual tables keep their data in.

mod parse;

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use datasette_plugin_api::ValueRef;
use parking_lot::Mutex;

use super::resource::folded;
use super::{Asking, Permissions};
use crate::error::Result;
use crate::sqlite::{Conn, Kind, Schema, SqlError};

use parse::VirtualTable;

/// What permissions need to know of a schema.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Tables and views, sorted.
    pub(super) names: Vec<String>,
    /// Names in lower case: what is made from what.
    sources: HashMap<String, String>,
}

impl Facts {
    /// The table that this one is made from. One whose source can't be found is made from itself.
    pub(super) fn source_of(&self, table: &str) -> Option<&str> {
        self.sources.get(folded(table, true).as_ref()).map(String::as_str)
    }

    /// All tables that are made from others, each with its source; in lower case.
    pub(super) fn made_tables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources.iter().map(|(table, source)| (table.as_str(), source.as_str()))
    }

    fn read(conn: &Conn, schema: &Schema) -> Result<Self, SqlError> {
        let mut names: Vec<String> = schema.entries.iter().map(|entry| entry.name.clone()).collect();
        names.sort_unstable();
        let tables: HashMap<String, &str> = schema
            .entries
            .iter()
            .filter(|entry| entry.kind == Kind::Table)
            .map(|entry| (entry.name.to_ascii_lowercase(), entry.name.as_str()))
            .collect();

        let mut sources = HashMap::new();
        let mut unknown = Vec::new();
        for entry in &schema.entries {
            let Some(table) = entry.sql.as_deref().and_then(VirtualTable::parse) else { continue };
            let name = entry.name.to_ascii_lowercase();
            match table.shadow_suffixes() {
                Some(suffixes) => {
                    let shadows = suffixes.iter().map(|suffix| format!("{name}{suffix}"));
                    sources.extend(shadows.filter(|s| tables.contains_key(s)).map(|s| (s, name.clone())));
                }
                None => unknown.push(name.clone()),
            }
            if let Some(content) = table.content_table() {
                sources.insert(name, content.to_ascii_lowercase());
            } else if table.is_vocabulary() {
                let source = table.vocabulary_source().map(|source| source.to_ascii_lowercase());
                let source = source.filter(|source| tables.contains_key(source));
                sources.insert(name.clone(), source.unwrap_or(name));
            }
        }
        if !unknown.is_empty() {
            add_shadows(conn, &unknown, &mut sources)?;
        }
        Ok(Self { names, sources })
    }
}

/// Shadow tables of modules that we know nothing about, as SQLite sees them.
fn add_shadows(
    conn: &Conn,
    virtual_tables: &[String],
    sources: &mut HashMap<String, String>,
) -> Result<(), SqlError> {
    // The statement, not the function of that name, which a table could pose as.
    let rows = conn.rows("PRAGMA main.table_list", &[])?;
    for row in 0..rows.len() {
        let (ValueRef::Text(name), ValueRef::Text("shadow")) =
            (rows.named(row, "name"), rows.named(row, "type"))
        else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        let owns =
            |table: &&String| name.strip_prefix(table.as_str()).is_some_and(|rest| rest.starts_with('_'));
        if let Some(owner) = virtual_tables.iter().filter(owns).max_by_key(|table| table.len()) {
            sources.entry(name.clone()).or_insert_with(|| owner.clone());
        }
    }
    Ok(())
}

/// Facts about the schemas of all databases, read when they are needed.
#[derive(Debug, Default)]
pub(super) struct SchemaFacts(Mutex<HashMap<String, Known>>);

/// The schema that was read, and what was found in it.
type Known = (Weak<Schema>, Arc<Facts>);

impl Permissions {
    /// What is known about a database's schema as it is now; `None` if there is no such database.
    pub(super) fn facts(&self, asking: Asking<'_>, database: &str) -> Result<Option<Arc<Facts>>> {
        let Some(database) = self.attached.get(database) else { return Ok(None) };
        database.read_whole(asking.request.map(|request| &request.cancelled), |conn| {
            let schema = database.schema(conn)?;
            if let Some((known, facts)) = self.facts.0.lock().get(&database.name)
                && Weak::as_ptr(known) == Arc::as_ptr(&schema)
            {
                return Ok(Some(Arc::clone(facts)));
            }
            let facts = Arc::new(conn.unveiled(|| Facts::read(conn, &schema))?);
            // The weak reference keeps the address from being used again, not the schema alive.
            let entry = (Arc::downgrade(&schema), Arc::clone(&facts));
            self.facts.0.lock().insert(database.name.clone(), entry);
            Ok(Some(facts))
        })
    }
}
