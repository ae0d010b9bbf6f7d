//! What a statement would do, without doing it: SQLite tells its authorizer while it prepares.

use datasette_plugin_api::{Value, ValueRef};

use super::connection::Conn;
use super::error::SqlError;
use super::identifier::quoted;
use super::rows::{Rows, as_text};
use super::writer::Writer;

/// One thing that a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// `read`, `insert`, `update`, `delete`, `create`, `drop`, `alter`, `select`, `function`, ...
    pub(crate) operation: &'static str,
    /// To what: `table`, `view`, `index`, `schema`, ...
    pub(crate) target_type: &'static str,
    /// SQLite's name of the database: `main`, `temp`, or that of an attached one.
    pub(crate) schema: Option<String>,
    /// The table it is about; of an index or trigger, the table it belongs to.
    pub(crate) table: Option<String>,
    pub(crate) target: Option<String>,
    /// The trigger or view in whose name it happens.
    pub(crate) source: Option<String>,
    /// What kind of table is read or written; `None` if there is none of that name.
    pub(crate) kind: Option<TableKind>,
    /// SQLite's own bookkeeping, which nobody asked for.
    pub(crate) internal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableKind {
    Table,
    View,
    Virtual,
    Shadow,
}

const ROW_OPERATIONS: &[&str] = &["read", "insert", "update", "delete"];

/// Functions that SQLite itself calls to change a schema.
const SCHEMA_FUNCTIONS: &[&str] = &[
    "length",
    "like",
    "printf",
    "sqlite_drop_column",
    "sqlite_rename_column",
    "sqlite_rename_quotefix",
    "sqlite_rename_table",
    "sqlite_rename_test",
    "substr",
];

impl Operation {
    /// As the authorizer hears of it.
    pub(super) fn heard(
        operation: &'static str,
        target_type: &'static str,
        target: Option<&str>,
        schema: Option<&str>,
        source: Option<&str>,
    ) -> Self {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let is_table = matches!(target_type, "table" | "view" | "virtual-table");
        Self {
            operation,
            target_type,
            schema: own(schema),
            table: own(target.filter(|_| is_table)),
            target: own(target),
            source: own(source),
            kind: None,
            internal: false,
        }
    }

    /// Of an index or trigger: the table it belongs to.
    pub(super) fn of_table(mut self, table: &str) -> Self {
        self.table = Some(table.to_owned());
        self
    }

    /// Whether it changes anything, or might.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.operation, "read" | "select" | "function")
    }

    fn is_about_rows(&self) -> bool {
        self.target_type == "table" && ROW_OPERATIONS.contains(&self.operation)
    }

    fn changes_schema(&self) -> bool {
        matches!(self.target_type, "table" | "index" | "view" | "trigger" | "virtual-table")
            && matches!(self.operation, "create" | "alter" | "drop")
    }
}

impl Conn {
    /// What the statement would do. Creating a view says nothing of what the view reads; see
    /// [`Writer::analyze`].
    pub(crate) fn analyze(&self, sql: &str, params: &[(String, Value)]) -> Result<Vec<Operation>, SqlError> {
        let explained = format!("EXPLAIN {sql}");
        let (rows, mut operations) = self.heard(&explained, params)?;
        if operations.is_empty() {
            operations.push(self.unheard(&rows)?);
        }
        for index in 0..operations.len() {
            let Some(operation) = operations.get(index).filter(|operation| operation.is_about_rows()) else {
                continue;
            };
            let kind =
                self.table_kind(operation.schema.as_deref(), operation.table.as_deref().unwrap_or_default())?;
            if let Some(operation) = operations.get_mut(index) {
                operation.kind = kind;
            }
        }
        mark_internal(&mut operations);
        Ok(operations)
    }

    /// A statement of which the authorizer is not told.
    fn unheard(&self, explained: &Rows) -> Result<Operation, SqlError> {
        let vacuum = (0..explained.len()).find(|row| explained.get(*row, 1) == ValueRef::Text("Vacuum"));
        let Some(row) = vacuum else {
            return Ok(Operation::heard("unknown", "statement", None, Some("main"), None));
        };
        let number = explained.get(row, 2).as_i64().unwrap_or_default();
        let databases = self.rows("PRAGMA database_list", &[])?;
        let named = (0..databases.len()).find(|row| databases.get(*row, 0).as_i64() == Some(number));
        let schema = named.map(|row| as_text(databases.get(row, 1)).into_owned());
        Ok(Operation::heard("vacuum", "database", schema.as_deref(), schema.as_deref(), None))
    }

    /// The pragma, not the table-valued function of that name: somebody may have made a table or view
    /// called so.
    pub(crate) fn table_kind(
        &self,
        schema: Option<&str>,
        table: &str,
    ) -> Result<Option<TableKind>, SqlError> {
        let sql = match schema {
            Some(schema) => format!("PRAGMA {}.table_list({})", quoted(schema), quoted(table)),
            None => format!("PRAGMA table_list({})", quoted(table)),
        };
        let rows = self.rows(&sql, &[])?;
        let found = (0..rows.len()).find(|row| {
            as_text(rows.named(*row, "name")) == table
                && schema.is_none_or(|schema| as_text(rows.named(*row, "schema")) == schema)
        });
        let kind = found.map(|row| as_text(rows.named(row, "type")).into_owned());
        Ok(match kind.as_deref() {
            Some("table") => Some(TableKind::Table),
            Some("view") => Some(TableKind::View),
            Some("virtual") => Some(TableKind::Virtual),
            Some("shadow") => Some(TableKind::Shadow),
            _ => None,
        })
    }
}

impl Writer<'_> {
    /// What the statement would do. A view is created for that, looked at, and undone.
    pub(crate) fn analyze(&self, sql: &str, params: &[(String, Value)]) -> Result<Vec<Operation>, SqlError> {
        let mut operations = self.conn().analyze(sql, params)?;
        if !creates_view(&operations) {
            return Ok(operations);
        }
        self.script("SAVEPOINT datasette_analyze_create_view")?;
        let read = self.read_by_view(sql, params, &operations);
        self.script("ROLLBACK TO datasette_analyze_create_view; RELEASE datasette_analyze_create_view")?;
        for operation in read? {
            if !operations.contains(&operation) {
                operations.push(operation);
            }
        }
        Ok(operations)
    }

    fn read_by_view(
        &self,
        sql: &str,
        params: &[(String, Value)],
        operations: &[Operation],
    ) -> Result<Vec<Operation>, SqlError> {
        self.run(sql, params)?;
        let mut read = Vec::new();
        for view in operations.iter().filter(|operation| is_new_view(operation)) {
            let (Some(schema), Some(name)) = (&view.schema, &view.table) else {
                let message = "Could not determine the created view name".to_owned();
                return Err(SqlError::Failed { message });
            };
            let select = format!("SELECT * FROM {}.{}", quoted(schema), quoted(name));
            let inner = self.conn().analyze(&select, &[])?;
            let is_view = |o: &Operation| o.schema == view.schema && o.table == view.table;
            read.extend(inner.into_iter().filter(|o| o.operation == "read" && !is_view(o)));
        }
        Ok(read)
    }
}

fn is_new_view(operation: &Operation) -> bool {
    operation.operation == "create" && operation.target_type == "view"
}

/// Whether what a view reads has to be found out as well.
pub(crate) fn creates_view(operations: &[Operation]) -> bool {
    operations.iter().any(is_new_view)
}

/// A change of the schema is also heard of as reads and writes of SQLite's own tables.
fn mark_internal(operations: &mut [Operation]) {
    if !operations.iter().any(Operation::changes_schema) {
        return;
    }
    let dropped: Vec<(Option<String>, Option<String>)> = operations
        .iter()
        .filter(|o| o.operation == "drop" && matches!(o.target_type, "table" | "view"))
        .map(|o| (o.schema.clone(), o.table.clone()))
        .collect();
    let empties_dropped = |o: &Operation| {
        o.operation == "delete"
            && o.target_type == "table"
            && dropped.iter().any(|(schema, table)| *schema == o.schema && *table == o.table)
    };
    let touches_rows = operations.iter().any(|o| o.is_about_rows() && !empties_dropped(o));
    for operation in operations {
        operation.internal = operation.target_type == "schema"
            || operation.operation == "reindex"
            || empties_dropped(operation)
            || (!touches_rows
                && operation.operation == "function"
                && operation.target.as_deref().is_some_and(|name| SCHEMA_FUNCTIONS.contains(&name)));
    }
}
