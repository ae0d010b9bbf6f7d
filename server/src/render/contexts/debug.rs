//! The pages about permissions and messages: `debug_….html`, `allow_debug.html`, `messages_debug.html`.

use serde::Serialize;

use super::base::Base;
use super::parts::Choice;

/// A page about permissions, among the others.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DebugTab {
    /// Where it is.
    pub(crate) href: String,
    /// What it is called.
    pub(crate) label: &'static str,
    /// It is this page.
    pub(crate) current: bool,
}

/// What `debug_actions.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ActionsContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The pages about permissions.
    pub(crate) tabs: Vec<DebugTab>,
    /// Every action, by name.
    pub(crate) actions: Vec<ActionRow>,
    /// How many there are.
    pub(crate) count: usize,
}

/// An action.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ActionRow {
    /// Its name.
    pub(crate) name: String,
    /// Its short form in tokens.
    pub(crate) abbr: Option<String>,
    /// What may be done.
    pub(crate) description: String,
    /// What it is done to, as Datasette calls it.
    pub(crate) resource: Option<&'static str>,
    /// It is about a database, or something in it.
    pub(crate) takes_parent: bool,
    /// It is about a table or query.
    pub(crate) takes_child: bool,
    /// The action that has to be allowed as well.
    pub(crate) also_requires: Option<String>,
}

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

/// What `messages_debug.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct MessagesDebugContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Where the form leads: this page.
    pub(crate) form_action: String,
}
