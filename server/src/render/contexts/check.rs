//! `debug_check.html`: how a decision comes about.

use serde::Serialize;

use super::base::Base;
use super::parts::{Choice, DebugTab};

/// What `debug_check.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CheckContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The pages about permissions.
    pub(crate) tabs: Vec<DebugTab>,
    /// Where the form leads: this page.
    pub(crate) form_action: String,
    /// What can be chosen; the first is empty.
    pub(crate) actions: Vec<Choice>,
    /// The actor, as JSON.
    pub(crate) actor_input: String,
    /// The chosen action.
    pub(crate) action: String,
    /// The chosen database.
    pub(crate) parent: String,
    /// The chosen table or query.
    pub(crate) child: String,
    /// The form makes no sense: why.
    pub(crate) error: Option<String>,
    /// The answer, once an action is chosen.
    pub(crate) answer: Option<CheckAnswer>,
}

/// An answer and how it came about.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CheckAnswer {
    /// The actor may do it.
    pub(crate) allowed: bool,
    /// `/`, `/database` or `/database/table`.
    pub(crate) resource: String,
    /// The action's explanation first, then those of the actions it requires.
    pub(crate) explanations: Vec<serde_json::Value>,
    /// The same as JSON.
    pub(crate) json_url: String,
}
