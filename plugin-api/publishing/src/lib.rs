//! For plugins that put databases somewhere else, together with a server: `datasette publish TARGET`.
//!
//! [`common_args`] and [`Publication::read`] are the options that all of them have; [`BuildFolder`] holds the databases, their metadata,
//! this very program with its plugins, and the plugins that were asked for; [`dockerfile`] makes an image of it.
//!
//! ```no_run
//! use datasette_plugin_api::*;
//! use datasette_plugin_publishing::{BuildFolder, Publication, common_args};
//!
//! fn target(host: Host) -> PublishTarget {
//!     PublishTarget::with_args("shelf", "Put it on the shelf", common_args(), move |given| {
//!         let publication = Publication::read(given, true)?;
//!         let folder = BuildFolder::make(&host, &publication, "shelf")?;
//!         println!("{} has {}", folder.path().display(), publication.serve_words().join(" "));
//!         Ok(0)
//!     })
//! }
//! ```

#![warn(missing_docs)]

mod build;
mod dockerfile;
mod metadata;
mod options;
mod programs;

pub use build::{BuildFolder, Installed};
pub use dockerfile::{Image, dockerfile};
pub use options::{Publication, common_args};
pub use programs::{Program, ask};
