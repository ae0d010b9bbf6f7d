//! What answers look like: JSON, CSV, HTML. Decisions were made before; here they are written down.

pub(crate) mod cells;
pub(crate) mod contexts;
pub(crate) mod csv;
pub(crate) mod escape;
pub(crate) mod helpers;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod ndjson;
pub(crate) mod number;
pub(crate) mod page;
pub(crate) mod shape;
pub(crate) mod templates;
