//! The home page, and the pages under `/-/` that tell about the site.

mod index;
mod introspection;
mod versions;

pub(crate) use index::show as index;
pub(crate) use introspection::{actor, config, databases, plugins, respond, settings};
pub(crate) use versions::versions;

/// What the JSON of pages says that may still change.
pub(crate) const UNSTABLE: &str =
    "This API is not part of Datasette's stable interface and may change at any time";
