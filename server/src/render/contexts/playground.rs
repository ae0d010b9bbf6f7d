//! `debug_permissions_playground.html`: the last checks, and a form to try one.

use serde::Serialize;

use super::base::Base;
use super::parts::{Choice, DebugTab};

/// What `debug_permissions_playground.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PlaygroundContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The pages about permissions.
    pub(crate) tabs: Vec<DebugTab>,
    /// Where the form leads: this page.
    pub(crate) form_action: String,
    /// What can be tried.
    pub(crate) actions: Vec<Choice>,
    /// The three views of the list of checks.
    pub(crate) filters: Vec<DebugTab>,
    /// The last checks, newest first.
    pub(crate) checks: Vec<CheckRow>,
}

/// A check that was made.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CheckRow {
    /// When, in UTC.
    pub(crate) when: String,
    /// What was to be done.
    pub(crate) action: String,
    /// The database.
    pub(crate) parent: Option<String>,
    /// The table or query.
    pub(crate) child: Option<String>,
    /// By whom, as JSON; nobody is `null`.
    pub(crate) actor: String,
    /// It was allowed.
    pub(crate) allowed: bool,
}
