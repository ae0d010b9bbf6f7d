//! The library boundary. Authors never see this, servers see [`server`](crate::server).
//!
//! Everything that knows of `abi_stable` is in here, and everything that is `unsafe`: what authors write
//! would survive another way of crossing.

#![allow(missing_docs)]

#[doc(hidden)]
pub use abi_stable;

pub mod answer;
pub mod args;
pub mod callback;
pub mod cells;
pub mod export;
pub mod guard;
pub mod hooks;
pub mod host;
pub mod object;
pub mod raw;
pub mod remote;
pub mod request;
pub mod rows;
pub mod sql;
pub mod stream;

#[cfg(test)]
mod tests;
