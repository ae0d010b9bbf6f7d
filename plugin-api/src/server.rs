//! The server's side of the boundary. Plugins need nothing of this.
//!
//! A server implements the traits for what it lends ([`RequestSource`], [`RowSource`], [`SqlRegistrar`],
//! [`NextStep`], [`WriteStep`], [`DataSource`], [`Services`]), makes views of it (`Request::over`,
//! `Rows::over`, ...), and calls the hooks of [`RemotePlugin`]s.

pub use crate::cookie::cookie;
pub use crate::ffi::callback::{DataSource, NextStep, WriteStep};
pub use crate::ffi::cells::Cells;
pub use crate::ffi::hooks::{Effect, HOOK_NAMES, Hook};
pub use crate::ffi::host::{Services, TaskFn};
pub use crate::ffi::raw::{RawHost, RawLibraryRef};
pub use crate::ffi::remote::{Info, RemotePlugin};
pub use crate::ffi::request::{RequestSource, read_from};
pub use crate::ffi::rows::RowSource;
pub use crate::ffi::sql::{AggregateFn, AggregateRun, CollationFn, ScalarFn, SqlRegistrar};
pub use crate::multipart;

/// The server's own request behind a view that a plugin handed back; `None` if it is not a `T`.
pub fn source<'a, T: RequestSource>(request: &crate::Request<'a>) -> Option<&'a T> {
    request.source()
}
