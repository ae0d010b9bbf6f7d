//! Which permissions a statement needs, and what no permission allows: what SQL that somebody wrote may
//! do to a database.

use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::request::Request;
use crate::sqlite::{Database, Operation, TableKind};

/// What is to be done about an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// It needs nothing.
    Ignore,
    /// Nobody may do this in SQL of their own, for a reason of its own.
    Reject(&'static str),
    /// Nobody may do this; what it is.
    Unsupported(String),
    /// All of these actions, on the table, or on the database if there is no table.
    Require { actions: &'static [&'static str], table: Option<String> },
}

/// Writing rows may also replace and remove others.
const CHANGE_ROWS: &[&str] = &["insert-row", "update-row", "delete-row"];

pub(super) fn decide(operation: &Operation) -> Decision {
    let on_table = |actions| Decision::Require { actions, table: operation.table.clone() };
    let on_database = |actions| Decision::Require { actions, table: None };
    let (what, target) = (operation.operation, operation.target_type);
    if operation.internal || matches!(what, "select" | "function") {
        return Decision::Ignore;
    }
    let writes_rows = matches!(what, "insert" | "update" | "delete");
    let is_pragma =
        || operation.table.as_ref().is_some_and(|name| name.to_ascii_lowercase().starts_with("pragma_"));
    match (what, target, operation.kind) {
        ("vacuum", ..) => Decision::Reject("VACUUM is not allowed in user-supplied SQL"),
        (.., Some(TableKind::Virtual)) if writes_rows => {
            Decision::Reject("Writes to virtual tables are not allowed in user-supplied SQL")
        }
        (.., Some(TableKind::Shadow)) if writes_rows => {
            Decision::Reject("Writes to shadow tables are not allowed in user-supplied SQL")
        }
        // Pragma functions tell about tables that the visitor may not see, without a read of those.
        ("read", "table", None) if is_pragma() => unsupported(operation),
        _ if operation.schema.is_none() => unsupported(operation),
        ("read", "table", _) => on_table(&["view-table"]),
        ("insert" | "update", "table", _) => on_table(CHANGE_ROWS),
        ("delete", "table", _) => on_table(&["delete-row"]),
        ("create", "table", _) => on_database(&["create-table"]),
        ("create", "view", _) => on_database(&["create-view"]),
        ("drop", "view", _) => on_table(&["drop-view"]),
        ("alter", "table", _) | ("create" | "drop", "index", _) => on_table(&["alter-table"]),
        ("drop", "table", _) => on_table(&["drop-table"]),
        _ => unsupported(operation),
    }
}

fn unsupported(operation: &Operation) -> Decision {
    Decision::Unsupported(format!(
        "Unsupported SQL operation: {} {}",
        operation.operation, operation.target_type
    ))
}

/// The name of the database that an operation is about; attached ones keep SQLite's name.
pub(super) fn database_of<'a>(operation: &'a Operation, database: &'a Database) -> Option<&'a str> {
    operation.schema.as_deref().map(|schema| if schema == "main" { database.name.as_str() } else { schema })
}

/// Whether the visitor may do what an operation requires.
pub(super) fn first_denied(
    app: &App,
    request: &Request,
    database: &Database,
    operation: &Operation,
    actions: &[&'static str],
    table: Option<&str>,
) -> Result<Option<&'static str>> {
    let name = database_of(operation, database).unwrap_or_default();
    let resource = match table {
        Some(table) => Resource::Table(name, table),
        None => Resource::Database(name),
    };
    for action in actions {
        if !app.permissions.allowed(request, action, resource)? {
            return Ok(Some(action));
        }
    }
    Ok(None)
}

/// Why a statement may not be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) message: String,
    /// It is told as a message on the page, not as a problem of the SQL.
    pub(super) flash: bool,
}

/// What stands in the way of the statement, if anything.
pub(super) fn denied(
    app: &App,
    request: &Request,
    database: &Database,
    operations: &[Operation],
) -> Result<Option<Denied>> {
    for operation in operations {
        let (message, flash) = match decide(operation) {
            Decision::Ignore => continue,
            Decision::Reject(message) => (message.to_owned(), true),
            Decision::Unsupported(message) => (message, false),
            Decision::Require { actions, table } => {
                let name = database_of(operation, database);
                if name != Some(database.name.as_str()) {
                    ("Writable queries may not access attached databases".to_owned(), false)
                } else {
                    let table = table.as_deref();
                    let Some(action) = first_denied(app, request, database, operation, actions, table)?
                    else {
                        continue;
                    };
                    let slash = if table.is_some() { "/" } else { "" };
                    let resource = format!("{}{slash}{}", database.name, table.unwrap_or_default());
                    (format!("Permission denied: need {action} on {resource}"), false)
                }
            }
        };
        return Ok(Some(Denied { message, flash }));
    }
    Ok(None)
}
