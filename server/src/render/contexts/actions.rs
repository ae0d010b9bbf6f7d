//! `debug_actions.html`: what permissions are about.

use serde::Serialize;

use super::base::Base;
use super::parts::DebugTab;

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
