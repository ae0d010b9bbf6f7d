//! SQL functions, aggregates and collations that plugins bring, registered on a connection.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex};

use datasette_plugin_api::{Error as PluginError, Result as PluginResult, ValueRef};
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value as SqlValue, ValueRef as Sql};
use rusqlite::{Connection, Error};

use super::error::SqlError;
use super::rows::to_sql;
use crate::plugins::{AggregateFn, AggregateRun, CollationFn, ScalarFn, SqlRegistrar};

/// More arguments than this are gathered in a list of their own.
const FEW: usize = 8;

/// A connection that is being made ready.
pub(crate) struct Registering<'a>(pub(super) &'a Connection);

impl SqlRegistrar for Registering<'_> {
    fn scalar(&self, name: &str, n_args: i32, deterministic: bool, function: ScalarFn) -> PluginResult<()> {
        let mut flags = FunctionFlags::SQLITE_UTF8;
        if deterministic {
            flags |= FunctionFlags::SQLITE_DETERMINISTIC;
        }
        let call = move |context: &Context<'_>| {
            let value = with_args(context, |args| function(args)).map_err(function_error)?;
            Ok(to_sql(&value))
        };
        self.0.create_scalar_function(name, n_args, flags, call).map_err(|error| refused(name, &error))
    }

    fn aggregate(&self, name: &str, n_args: i32, function: Box<dyn AggregateFn>) -> PluginResult<()> {
        let flags = FunctionFlags::SQLITE_UTF8;
        let made = self.0.create_aggregate_function(name, n_args, flags, Started(Arc::from(function)));
        made.map_err(|error| refused(name, &error))
    }

    fn collation(&self, name: &str, compare: CollationFn) -> PluginResult<()> {
        let compare = move |a: &str, b: &str| {
            // Whoever failed once is not asked again while the statement runs, which is lost anyway.
            if FAILED.with_borrow(Option::is_some) {
                return Ordering::Equal;
            }
            compare(a, b).unwrap_or_else(|error| {
                FAILED.set(Some(error.message));
                Ordering::Equal
            })
        };
        self.0.create_collation(name, compare).map_err(|error| refused(name, &error))
    }
}

thread_local! {
    /// Why a collation failed in the statement that this thread runs. SQLite knows no collations that fail.
    static FAILED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Prepares and runs a statement: an error if a collation failed in it, and the order of its rows means nothing.
/// Statements that run within others, because a function asks for something, are not mixed up with them.
pub(super) fn ordered<T>(run: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
    let outer = FAILED.take();
    let result = run();
    match FAILED.replace(outer) {
        Some(message) if result.is_ok() => Err(SqlError::Failed { message }),
        _ => result,
    }
}

fn refused(name: &str, error: &Error) -> PluginError {
    PluginError::new(format!("SQLite does not take the function {name}: {error}"))
}

fn function_error(error: PluginError) -> Error {
    Error::UserFunctionError(error.message.into())
}

/// Lends the arguments, without allocating for the usual few.
fn with_args<T>(context: &Context<'_>, work: impl FnOnce(&[ValueRef<'_>]) -> T) -> T {
    let count = context.len();
    if count <= FEW {
        let mut args = [ValueRef::Null; FEW];
        for (index, arg) in args.iter_mut().enumerate().take(count) {
            *arg = value(context.get_raw(index));
        }
        return work(args.get(..count).unwrap_or_default());
    }
    let args: Vec<ValueRef<'_>> = (0..count).map(|index| value(context.get_raw(index))).collect();
    work(&args)
}

fn value(sql: Sql<'_>) -> ValueRef<'_> {
    match sql {
        Sql::Null => ValueRef::Null,
        Sql::Integer(value) => ValueRef::Integer(value),
        Sql::Real(value) => ValueRef::Real(value),
        // Text that is not UTF-8 reaches functions as the bytes that it is.
        Sql::Text(text) => std::str::from_utf8(text).map_or(ValueRef::Blob(text), ValueRef::Text),
        Sql::Blob(blob) => ValueRef::Blob(blob),
    }
}

/// An aggregate function of a plugin.
struct Started(Arc<dyn AggregateFn>);

/// One run of it; a lock, because rusqlite wants to be sure that a panic leaves nothing half-done.
struct Run(Mutex<Option<Box<dyn AggregateRun>>>);

// The plugin's library catches its own panics and reports them as errors.
impl UnwindSafe for Started {}
impl RefUnwindSafe for Started {}
impl UnwindSafe for Run {}
impl RefUnwindSafe for Run {}

impl Run {
    fn take(&self) -> Option<Box<dyn AggregateRun>> {
        self.0.lock().ok().and_then(|mut run| run.take())
    }
}

impl Aggregate<Run, SqlValue> for Started {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Run> {
        Ok(Run(Mutex::new(Some(self.0.start().map_err(function_error)?))))
    }

    fn step(&self, context: &mut Context<'_>, run: &mut Run) -> rusqlite::Result<()> {
        let Ok(mut run) = run.0.lock() else { return Err(Error::InvalidQuery) };
        match run.as_mut() {
            Some(run) => with_args(context, |args| run.step(args)).map_err(function_error),
            None => Err(Error::InvalidQuery),
        }
    }

    fn finalize(&self, _: &mut Context<'_>, run: Option<Run>) -> rusqlite::Result<SqlValue> {
        let run = match run.and_then(|run| run.take()) {
            Some(run) => run,
            // No rows: the function says what nothing comes to.
            None => self.0.start().map_err(function_error)?,
        };
        Ok(to_sql(&run.finish().map_err(function_error)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection::Conn;
    use super::*;

    #[test]
    fn a_statement_fails_with_its_collation_and_the_next_one_does_not() {
        let connection = Connection::open_in_memory().unwrap();
        let boom: CollationFn = Box::new(|_, _| Err(PluginError::new("the collation boom failed")));
        Registering(&connection).collation("boom", boom).unwrap();
        let conn = Conn::new(connection).unwrap();
        let sorted = "select value from json_each('[\"b\", \"a\", \"c\"]') order by value collate boom";
        for _ in 0..2 {
            let error = conn.rows(sorted, &[]).unwrap_err();
            assert_eq!(error.message(), "the collation boom failed");
            assert_eq!(conn.rows("select 1", &[]).unwrap().len(), 1);
        }
    }

    #[test]
    fn a_statement_within_another_keeps_its_failures_apart() {
        let failed = || FAILED.set(Some("no order".to_owned()));
        let outer = ordered(|| {
            failed();
            assert_eq!(ordered(|| Ok(1)), Ok(1));
            Ok(2)
        });
        assert!(outer.is_err_and(|error| error.message() == "no order"));
        let outer = ordered(|| {
            let inner = ordered(|| {
                failed();
                Ok(1)
            });
            assert!(inner.is_err());
            Ok(2)
        });
        assert_eq!(outer, Ok(2));
    }
}
