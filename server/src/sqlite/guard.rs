//! What stops a statement: its time limit, a client that left, and rules for SQL from visitors.
//!
//! Both callbacks are installed once per connection and read shared cells, so that a query pays
//! for storing a deadline, not for installing a handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};

use super::analysis::Operation;
use super::veil::Veil;
use crate::request::Cancelled;

/// About 10 µs of work, so even a limit of one millisecond is kept well enough.
const INSTRUCTIONS_BETWEEN_CHECKS: i32 = 1000;

/// Table-valued pragma functions that a visitor's SQL may use.
pub(crate) const ALLOWED_PRAGMAS: &[&str] = &[
    "database_list",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "page_count",
    "max_page_count",
    "page_size",
    "schema_version",
    "table_info",
    "table_xinfo",
    "table_list",
];

#[derive(Debug)]
pub(super) struct Guard {
    started: Instant,
    /// Microseconds after `started`; `u64::MAX` for none.
    deadline: AtomicU64,
    cancelled: Mutex<Option<Cancelled>>,
    /// SQL that a visitor wrote is being prepared or run.
    untrusted: AtomicBool,
    /// What a statement that is prepared for analysis does, each thing once.
    heard: Mutex<Option<Vec<Operation>>>,
    /// A statement that was prepared since calls a function whose answer may change by itself.
    impure: AtomicBool,
    /// What the actor that the connection works for may not see.
    veil: Mutex<Option<Arc<Veil>>>,
}

/// Functions that depend on nothing but their arguments; dates do as long as nobody says "now". Sorted.
const PURE: &[&str] = &[
    "abs",
    "avg",
    "coalesce",
    "count",
    "date",
    "escape_fts",
    "glob",
    "group_concat",
    "ifnull",
    "instr",
    "json",
    "json_array_length",
    "json_each",
    "json_extract",
    "json_type",
    "json_valid",
    "length",
    "like",
    "lower",
    "ltrim",
    "match",
    "max",
    "min",
    "nullif",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "substr",
    "sum",
    "total",
    "trim",
    "typeof",
    "upper",
];

impl Guard {
    pub(super) fn install(connection: &mut rusqlite::Connection) -> rusqlite::Result<Arc<Self>> {
        let guard = Arc::new(Self {
            started: Instant::now(),
            deadline: AtomicU64::new(u64::MAX),
            cancelled: Mutex::new(None),
            untrusted: AtomicBool::new(false),
            heard: Mutex::new(None),
            impure: AtomicBool::new(false),
            veil: Mutex::new(None),
        });
        let checked = Arc::clone(&guard);
        connection.progress_handler(INSTRUCTIONS_BETWEEN_CHECKS, Some(move || checked.must_stop()))?;
        let asked = Arc::clone(&guard);
        connection.authorizer(Some(move |context: AuthContext<'_>| asked.authorize(&context)))?;
        Ok(guard)
    }

    fn must_stop(&self) -> bool {
        self.now() >= self.deadline.load(Ordering::Relaxed) || self.is_cancelled()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.lock().as_ref().is_some_and(Cancelled::is_set)
    }

    /// Whom the connection works for, until the next call.
    pub(super) fn watch(&self, cancelled: Option<Cancelled>) {
        *self.cancelled.lock() = cancelled;
    }

    /// What is concealed from now on.
    pub(super) fn set_veil(&self, veil: Option<Arc<Veil>>) {
        *self.veil.lock() = veil;
    }

    /// Runs `work` under a time limit; an outer, earlier limit stays in force.
    pub(super) fn limited<T>(&self, limit: Option<Duration>, work: impl FnOnce() -> T) -> T {
        let outer = self.deadline.load(Ordering::Relaxed);
        let own = limit.map_or(u64::MAX, |limit| {
            self.now().saturating_add(u64::try_from(limit.as_micros()).unwrap_or(u64::MAX))
        });
        self.deadline.store(own.min(outer), Ordering::Relaxed);
        let result = work();
        self.deadline.store(outer, Ordering::Relaxed);
        result
    }

    /// Runs `work` with the rules for SQL from visitors.
    pub(super) fn untrusted<T>(&self, work: impl FnOnce() -> T) -> T {
        let outer = self.untrusted.swap(true, Ordering::Relaxed);
        let result = work();
        self.untrusted.store(outer, Ordering::Relaxed);
        result
    }

    /// Runs `work`, and tells what SQLite asked leave for meanwhile. Everything is allowed.
    pub(super) fn listening<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<Operation>) {
        *self.heard.lock() = Some(Vec::new());
        let result = work();
        let heard = self.heard.lock().take();
        (result, heard.unwrap_or_default())
    }

    /// Whether everything that `prepare` prepares gives the same whenever it runs on the same data.
    pub(super) fn is_pure(&self, prepare: impl FnOnce() -> bool) -> bool {
        self.impure.store(false, Ordering::Relaxed);
        prepare() && !self.impure.load(Ordering::Relaxed)
    }

    fn authorize(&self, context: &AuthContext<'_>) -> Authorization {
        // Ours or a visitor's, run or only looked at: nothing gets through a veil.
        if self.veil.lock().as_ref().is_some_and(|veil| veil.refuses(context)) {
            return Authorization::Deny;
        }
        if let Some(heard) = self.heard.lock().as_mut() {
            if let Some(operation) = heard_as(context)
                && !heard.contains(&operation)
            {
                heard.push(operation);
            }
            return Authorization::Allow;
        }
        if let AuthAction::Function { function_name } = context.action
            && PURE.binary_search(&function_name.to_ascii_lowercase().as_str()).is_err()
        {
            self.impure.store(true, Ordering::Relaxed);
        }
        if !self.untrusted.load(Ordering::Relaxed) {
            return Authorization::Allow;
        }
        let allowed = match context.action {
            AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
            // Refused before they run, in SQLite's own words: see `Conn::untrusted`.
            AuthAction::Insert { .. } | AuthAction::Update { .. } | AuthAction::Delete { .. } => true,
            AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
            AuthAction::Pragma { pragma_name, .. } => {
                let name = pragma_name.to_ascii_lowercase();
                // FTS5 asks for data_version on its own account while it is read.
                name == "data_version" || ALLOWED_PRAGMAS.contains(&name.as_str())
            }
            _ => false,
        };
        if allowed { Authorization::Allow } else { Authorization::Deny }
    }
}

/// What SQLite asks leave for, as an operation; recursion is none of its own.
fn heard_as(context: &AuthContext<'_>) -> Option<Operation> {
    let (schema, source) = (context.database_name, context.accessor);
    let of =
        |operation, target_type, target| Operation::heard(operation, target_type, target, schema, source);
    let nowhere =
        |operation, target_type, target| Operation::heard(operation, target_type, Some(target), None, source);
    let rows = |operation, table| {
        of(operation, if is_schema_table(table) { "schema" } else { "table" }, Some(table))
    };
    Some(match context.action {
        AuthAction::Read { table_name, .. } => rows("read", table_name),
        AuthAction::Insert { table_name } => rows("insert", table_name),
        AuthAction::Update { table_name, .. } => rows("update", table_name),
        AuthAction::Delete { table_name } => rows("delete", table_name),
        AuthAction::CreateTable { table_name } | AuthAction::CreateTempTable { table_name } => {
            of("create", "table", Some(table_name))
        }
        AuthAction::DropTable { table_name } | AuthAction::DropTempTable { table_name } => {
            of("drop", "table", Some(table_name))
        }
        AuthAction::CreateView { view_name } | AuthAction::CreateTempView { view_name } => {
            of("create", "view", Some(view_name))
        }
        AuthAction::DropView { view_name } | AuthAction::DropTempView { view_name } => {
            of("drop", "view", Some(view_name))
        }
        AuthAction::CreateVtable { table_name, .. } => of("create", "virtual-table", Some(table_name)),
        AuthAction::DropVtable { table_name, .. } => of("drop", "virtual-table", Some(table_name)),
        AuthAction::CreateIndex { index_name, table_name }
        | AuthAction::CreateTempIndex { index_name, table_name } => {
            of("create", "index", Some(index_name)).of_table(table_name)
        }
        AuthAction::DropIndex { index_name, table_name }
        | AuthAction::DropTempIndex { index_name, table_name } => {
            of("drop", "index", Some(index_name)).of_table(table_name)
        }
        AuthAction::CreateTrigger { trigger_name, table_name }
        | AuthAction::CreateTempTrigger { trigger_name, table_name } => {
            of("create", "trigger", Some(trigger_name)).of_table(table_name)
        }
        AuthAction::DropTrigger { trigger_name, table_name }
        | AuthAction::DropTempTrigger { trigger_name, table_name } => {
            of("drop", "trigger", Some(trigger_name)).of_table(table_name)
        }
        AuthAction::AlterTable { database_name, table_name } => {
            Operation::heard("alter", "table", Some(table_name), Some(database_name), source)
        }
        AuthAction::Transaction { operation } => match operation {
            TransactionOperation::Begin => nowhere("begin", "transaction", "BEGIN"),
            TransactionOperation::Release => nowhere("commit", "transaction", "COMMIT"),
            TransactionOperation::Rollback => nowhere("rollback", "transaction", "ROLLBACK"),
            _ => nowhere("commit", "transaction", "COMMIT"),
        },
        AuthAction::Savepoint { savepoint_name, .. } => of("savepoint", "transaction", Some(savepoint_name)),
        AuthAction::Attach { filename } => nowhere("attach", "database", filename),
        AuthAction::Detach { database_name } => nowhere("detach", "database", database_name),
        AuthAction::Pragma { pragma_name, .. } => of("pragma", "pragma", Some(pragma_name)),
        AuthAction::Analyze { table_name } => of("analyze", "table", Some(table_name)),
        AuthAction::Reindex { index_name } => of("reindex", "index", Some(index_name)),
        AuthAction::Select => of("select", "statement", None),
        AuthAction::Function { function_name } => of("function", "function", Some(function_name)),
        AuthAction::Recursive => return None,
        _ => of("unknown", "unknown", None),
    })
}

fn is_schema_table(name: &str) -> bool {
    matches!(name, "sqlite_master" | "sqlite_schema" | "sqlite_temp_master" | "sqlite_temp_schema")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pure_functions_are_sorted_for_the_search() {
        assert!(PURE.is_sorted());
    }
}
