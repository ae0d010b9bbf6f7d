//! The home page, and the pages under `/-/` that tell about the site.

mod api;
mod autocomplete;
mod index;
mod introspection;
mod jump;
mod patterns;
mod versions;
mod work;

pub(crate) use api::api;
pub(crate) use autocomplete::autocomplete;
pub(crate) use index::show as index;
pub(crate) use introspection::{actor, config, databases, plugins, settings};
pub(crate) use jump::{jump, tables};
pub(crate) use patterns::patterns;
pub(crate) use versions::versions;
pub(crate) use work::{tasks, threads};

/// What the JSON of pages says that may still change.
pub(crate) const UNSTABLE: &str =
    "This API is not part of Datasette's stable interface and may change at any time";
