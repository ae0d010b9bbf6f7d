//! Plugins for Datasette Native.
//!
//! A plugin is a crate of type `cdylib` with one dependency, this crate: a type, the hooks it cares about,
//! and one line that exports it.
//!
//! ```no_run
//! //! Greets: `select hello('you')` in SQL, and a page at `/-/hello`.
//!
//! use datasette_plugin_api::*;
//!
//! struct Hello;
//!
//! #[hookimpl]
//! impl Plugin for Hello {
//!     fn new(_host: Host) -> Result<Self> {
//!         Ok(Self)
//!     }
//!
//!     fn prepare_connection(&self, connection: &PrepareConnection<'_>) -> Result<()> {
//!         connection.registrar.scalar("hello", 1, |args| Ok(format!("Hello, {}!", args[0]).into()))
//!     }
//!
//!     fn register_routes(&self) -> Result<Vec<Route>> {
//!         Ok(vec![Route::new("^/-/hello$", |request| {
//!             let name = request.arg("name").unwrap_or("world");
//!             Ok(Response::html(format!("<h1>Hello, {}!</h1>", Html::escape(name))))
//!         })])
//!     }
//! }
//!
//! export_plugin!(Hello);
//! # fn main() {}
//! ```
//!
//! with this in its `Cargo.toml`:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib"]
//!
//! [dependencies]
//! datasette-plugin-api = "1"
//! ```
//!
//! `cargo build --release`, put the library into a folder, and start `datasette --plugins-dir FOLDER`.
//!
//! - [`Plugin`] lists every hook: when it is called, what it is given, what its error means.
//! - [`Host`] is what a plugin can ask of the server: its configuration, queries, signatures, URLs, ...
//! - [`testing`] drives a plugin in `cargo test`, without a server.
//!
//! # What to know
//!
//! - A plugin has statics, a `tracing`, a tokio of its own: the server's do not reach it. Log with
//!   [`Host::log`]; if you need async, start your own runtime.
//! - A panic is an error of the hook, with file and line in the server's log. Not so a stack overflow, a
//!   segmentation fault or an endless loop: these take the server along. `panic = "abort"` is refused.
//! - Don't bring an SQLite of your own to the server's files: closing a file there drops the server's
//!   locks on it. Ask the [`Host`].

#![warn(missing_docs)]
// The derive of abi_stable implements traits for its own types inside functions.
#![allow(non_local_definitions)]

extern crate self as datasette_plugin_api;

mod actor;
mod allow;
mod cookie;
mod error;
#[doc(hidden)]
pub mod ffi;
pub mod hooks;
pub mod host;
mod html;
pub mod multipart;
mod plugin;
mod registrar;
mod request;
mod response;
mod rows;
pub mod server;
mod stream;
pub mod testing;
mod upload;
mod value;

pub use actor::Actor;
pub use allow::actor_matches_allow;
pub use datasette_plugin_macros::hookimpl;
pub use error::{Error, ErrorKind, Result};
pub use ffi::args::{JsonText, Names, Sent};
#[doc(hidden)]
pub use ffi::hooks::HookSet;
pub use hooks::*;
pub use host::{Host, Level, QueryOptions, QueryResult, Resource};
pub use html::{Html, escaped};
pub use plugin::{EmbeddedFile, Plugin};
pub use registrar::{Aggregate, Registrar};
pub use request::{Form, Request};
pub use response::{Cookie, Response};
pub use rows::{Row, Rows};
pub use serde_json::{self, Value as Json, json};
pub use stream::BodyStream;
pub use upload::{BodyReader, UploadedFile};
pub use value::{Value, ValueRef};

/// A JSON object; keeps the order of its keys.
pub type Map = serde_json::Map<String, Json>;

/// The version of this crate, which is the version of the boundary.
pub const API_VERSION: &str = env!("CARGO_PKG_VERSION");
