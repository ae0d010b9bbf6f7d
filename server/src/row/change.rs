//! What updating and deleting a row have in common: may they, and which row is it.

use std::sync::Arc;

use super::Found;
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::request::Request;
use crate::sqlite::{AnnouncedWrite, Database, Rows, Table, Writer, as_text, quoted};
use crate::table::labels::label_column;
use crate::tilde;
use crate::writing::{self, Refused, python_list, refuse};

/// Labels in messages are cut to this length.
const LONGEST_LABEL: usize = 80;

/// A row that may be changed.
pub(super) struct Change<'a> {
    app: &'a App,
    request: &'a Request,
    pub(super) database: Arc<Database>,
    pub(super) table: Arc<Table>,
    pub(super) found: Found,
    _announced: AnnouncedWrite,
}

impl<'a> Change<'a> {
    /// The permission first: who lacks it must not learn which rows there are.
    pub(super) fn find(
        app: &'a App,
        request: &'a Request,
        action: &str,
        db: &str,
        table: &str,
        row_path: &str,
    ) -> Result<Self, Refused> {
        let (route, name) = (tilde::decode(db), tilde::decode(table));
        let Ok(database) = app.database_at(&route) else {
            return Err(refuse(404, format!("Database not found: {route}")));
        };
        if !app.permissions.allowed(request, action, Resource::Table(&database.name, &name))? {
            return Err(refuse(403, "Permission denied"));
        }
        let announced = database.announce_write();
        let Some(table) = app.read(request, &database, |conn| Ok(database.table(conn, &name)?))? else {
            return Err(refuse(404, format!("Table not found: {name}")));
        };
        let found = app.read(request, &database, |conn| Found::find(app, request, conn, &table, row_path));
        let found = match found {
            Ok(found) => found,
            Err(Error::NotFound(_)) => {
                let keys: Vec<String> = row_path.split(',').map(tilde::decode).collect();
                return Err(refuse(404, format!("Record not found: {}", python_list(&keys))));
            }
            Err(error) => return Err(Refused::Page(error)),
        };
        if !database.is_mutable {
            return Err(refuse(403, "Database is immutable"));
        }
        Ok(Self { app, request, database, table, found, _announced: announced })
    }

    pub(super) fn allowed(&self, action: &str) -> Result<bool> {
        let resource = Resource::Table(&self.database.name, &self.table.name);
        self.app.permissions.allowed(self.request, action, resource)
    }

    /// Whether it is a table whose rows can be written at all.
    pub(super) fn check(&self, writer: &Writer<'_>) -> Result<()> {
        if writing::check_ordinary(writer, &self.table.name)? {
            return Ok(());
        }
        Err(Error::bad_request("Structured writes require an ordinary table"))
    }

    /// `"a" = ? and "b" = ?` for the key.
    pub(super) fn condition(&self) -> String {
        let conditions = self.found.keys.iter().map(|key| format!("{} = ?", quoted(key)));
        conditions.collect::<Vec<_>>().join(" and ")
    }

    /// What people call the row, if it says so.
    pub(super) fn label(&self, rows: &Rows) -> Option<String> {
        let column = label_column(self.app, &self.database, &self.table)?;
        let value = Some(rows.named(0, &column)).filter(|value| !value.is_null() && !rows.is_empty())?;
        let words = as_text(value);
        let label = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if label.chars().count() <= LONGEST_LABEL {
            return Some(label).filter(|label| !label.is_empty());
        }
        Some(label.chars().take(LONGEST_LABEL - 1).chain(['…']).collect())
    }

    /// For the visitor's next page: `Updated row 1 (label)`.
    pub(super) fn message(&self, done: &str, label: Option<String>) -> String {
        let key = self.found.key_values.join(", ");
        match label.filter(|label| *label != key) {
            Some(label) => format!("{done} row {key} ({label})"),
            None => format!("{done} row {key}"),
        }
    }
}
