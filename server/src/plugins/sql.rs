//! SQL functions of plugins. Whatever opens connections implements [`SqlRegistrar`] for them; a function
//! that it gets is called once per row, so its arguments should be borrowed and its result moved.

use std::sync::Arc;

use datasette_plugin_api::{Error, ErrorKind, Result, Value, ValueRef};

pub(crate) use datasette_plugin_api::server::{
    AggregateFn, AggregateRun, CollationFn, ScalarFn, SqlRegistrar,
};

/// A connection that knows whose functions it takes: what goes wrong in them is for the log, and SQL that a visitor
/// wrote only says which function failed.
pub(super) struct Named<'a, R> {
    pub(super) plugin: &'a str,
    pub(super) connection: &'a R,
}

/// Errors that are meant for who wrote the SQL stay as they are.
fn shown(plugin: &str, function: &str, error: Error) -> Error {
    if error.kind != ErrorKind::Other {
        return error;
    }
    tracing::error!(plugin, function, "{}", error.message);
    Error::new(format!("the SQL function {function} failed"))
}

impl<R: SqlRegistrar> SqlRegistrar for Named<'_, R> {
    fn scalar(&self, name: &str, n_args: i32, deterministic: bool, function: ScalarFn) -> Result<()> {
        let (plugin, title) = (self.plugin.to_owned(), name.to_owned());
        let named =
            move |args: &[ValueRef<'_>]| function(args).map_err(|error| shown(&plugin, &title, error));
        self.connection.scalar(name, n_args, deterministic, Box::new(named))
    }

    fn aggregate(&self, name: &str, n_args: i32, function: Box<dyn AggregateFn>) -> Result<()> {
        let named = NamedAggregate { plugin: self.plugin.into(), name: name.into(), function };
        self.connection.aggregate(name, n_args, Box::new(named))
    }

    fn collation(&self, name: &str, compare: CollationFn) -> Result<()> {
        let (plugin, title) = (self.plugin.to_owned(), name.to_owned());
        let named = move |a: &str, b: &str| {
            compare(a, b).map_err(|error| {
                tracing::error!(plugin, collation = title, "{}", error.message);
                Error::new(format!("the collation {title} failed"))
            })
        };
        self.connection.collation(name, Box::new(named))
    }
}

struct NamedAggregate {
    plugin: Arc<str>,
    name: Arc<str>,
    function: Box<dyn AggregateFn>,
}

impl AggregateFn for NamedAggregate {
    fn start(&self) -> Result<Box<dyn AggregateRun>> {
        let run = self.function.start().map_err(|error| shown(&self.plugin, &self.name, error))?;
        Ok(Box::new(NamedRun { plugin: self.plugin.clone(), name: self.name.clone(), run }))
    }
}

struct NamedRun {
    plugin: Arc<str>,
    name: Arc<str>,
    run: Box<dyn AggregateRun>,
}

impl AggregateRun for NamedRun {
    fn step(&mut self, args: &[ValueRef<'_>]) -> Result<()> {
        self.run.step(args).map_err(|error| shown(&self.plugin, &self.name, error))
    }

    fn finish(self: Box<Self>) -> Result<Value> {
        let Self { plugin, name, run } = *self;
        run.finish().map_err(|error| shown(&plugin, &name, error))
    }
}
