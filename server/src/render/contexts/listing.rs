//! `debug_allowed.html` and `debug_rules.html`: what an action may be done to, and the rules about it.

use serde::Serialize;

use super::base::Base;
use super::parts::{Choice, DebugTab};

/// What `debug_allowed.html` and `debug_rules.html` are given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ListingContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The pages about permissions.
    pub(crate) tabs: Vec<DebugTab>,
    /// Where the form leads: this page.
    pub(crate) form_action: String,
    /// What can be chosen; the first is empty.
    pub(crate) actions: Vec<Choice>,
    /// The chosen action.
    pub(crate) action: String,
    /// The chosen database.
    pub(crate) parent: String,
    /// The chosen table or query.
    pub(crate) child: String,
    /// How many are shown at once.
    pub(crate) size: String,
    /// The form makes no sense: why.
    pub(crate) error: Option<String>,
    /// What was found, once an action is chosen.
    pub(crate) listing: Option<Listing>,
}

/// A page of what was found.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Listing {
    /// `3 resources`
    pub(crate) summary: String,
    /// The same as JSON.
    pub(crate) json_url: String,
    /// The rows.
    pub(crate) items: Vec<ListingRow>,
    /// Rules are listed, or resources with reasons.
    pub(crate) with_reasons: bool,
    /// The page before.
    pub(crate) previous_url: Option<String>,
    /// The page after.
    pub(crate) next_url: Option<String>,
}

/// A resource or a rule.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ListingRow {
    /// `/`, `/database` or `/database/table`.
    pub(crate) resource: String,
    /// The database.
    pub(crate) parent: Option<String>,
    /// The table or query.
    pub(crate) child: Option<String>,
    /// A rule that allows; `None` for resources.
    pub(crate) allow: Option<bool>,
    /// Why.
    pub(crate) reasons: Vec<String>,
    /// The plugin that made the rule.
    pub(crate) source: Option<String>,
}
