//! `allow_debug.html`: whether an allow block lets an actor in.

use serde::Serialize;

use super::base::Base;
use super::parts::DebugTab;

/// What `allow_debug.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct AllowDebugContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The pages about permissions; empty for those who may not see them.
    pub(crate) tabs: Vec<DebugTab>,
    /// Where the form leads: this page.
    pub(crate) form_action: String,
    /// The actor, as JSON.
    pub(crate) actor_input: String,
    /// The allow block, as JSON.
    pub(crate) allow_input: String,
    /// What is wrong with either.
    pub(crate) error: Option<String>,
    /// `allow` or `deny`, if nothing is wrong.
    pub(crate) result: Option<&'static str>,
}
