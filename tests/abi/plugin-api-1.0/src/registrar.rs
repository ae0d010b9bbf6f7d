//! SQL functions, aggregates and collations for the server's connections.

use std::cmp::Ordering;

use crate::ffi::raw::RawRegistrar;
use crate::ffi::sql;
use crate::{Result, Value, ValueRef};

/// Takes functions for one connection. The connection itself stays with the server.
///
/// ```
/// # use datasette_plugin_api::{Registrar, Result, Value, ValueRef};
/// fn register(registrar: &Registrar<'_>) -> Result<()> {
///     registrar.scalar("shout", 1, |args| match args {
///         [ValueRef::Text(text)] => Ok(text.to_uppercase().into()),
///         _ => Ok(Value::Null),
///     })?;
///     registrar.collation("by_length", |a, b| a.len().cmp(&b.len()))
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Registrar<'a> {
    pub(crate) raw: RawRegistrar<'a>,
}

impl Registrar<'_> {
    /// A function of `n_args` arguments (-1: any number) whose result depends on nothing else.
    pub fn scalar<F>(&self, name: &str, n_args: i32, function: F) -> Result<()>
    where
        F: Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync + 'static,
    {
        sql::scalar(self.raw, name, n_args, true, function)
    }

    /// A function whose result may differ from call to call.
    pub fn volatile_scalar<F>(&self, name: &str, n_args: i32, function: F) -> Result<()>
    where
        F: Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync + 'static,
    {
        sql::scalar(self.raw, name, n_args, false, function)
    }

    /// A function over many rows: `start` makes an [`Aggregate`] for each group.
    pub fn aggregate<A, F>(&self, name: &str, n_args: i32, start: F) -> Result<()>
    where
        A: Aggregate,
        F: Fn() -> A + Send + Sync + 'static,
    {
        sql::aggregate(self.raw, name, n_args, start)
    }

    /// An order of texts. Texts that panic it are equal.
    pub fn collation<F>(&self, name: &str, compare: F) -> Result<()>
    where
        F: Fn(&str, &str) -> Ordering + Send + Sync + 'static,
    {
        sql::collation(self.raw, name, compare)
    }
}

impl std::fmt::Debug for Registrar<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registrar")
    }
}

/// One run of an aggregate function.
pub trait Aggregate: Send + 'static {
    /// Another row.
    fn step(&mut self, args: &[ValueRef<'_>]) -> Result<()>;

    /// What they come to.
    fn finish(self) -> Result<Value>
    where
        Self: Sized;
}
