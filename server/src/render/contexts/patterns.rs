//! `patterns.html`: the pieces that pages are made of.

use serde::Serialize;

use super::base::Base;

/// What `patterns.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PatternsContext {
    #[serde(flatten)]
    pub(crate) base: Base,
}
