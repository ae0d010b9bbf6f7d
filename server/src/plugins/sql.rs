//! SQL functions of plugins. Whatever opens connections implements [`SqlRegistrar`] for them; a function
//! that it gets is called once per row, so its arguments should be borrowed and its result moved.

pub(crate) use datasette_plugin_api::server::{
    AggregateFn, AggregateRun, CollationFn, ScalarFn, SqlRegistrar,
};
