//! `create_token.html`: API tokens made in the browser.

use serde::Serialize;

use super::base::Base;

/// What `create_token.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CreateTokenContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Where the form leads: this page.
    pub(crate) form_action: String,
    /// The name of who asks.
    pub(crate) actor_name: String,
    /// What is wrong with the form.
    pub(crate) errors: Vec<&'static str>,
    /// The new token; it is shown this once.
    pub(crate) token: Option<String>,
    /// What is in it, as JSON.
    pub(crate) token_bits: Option<String>,
    /// What a token can be restricted to: one group for everything, one per database, one per table.
    pub(crate) groups: Vec<TokenGroup>,
    /// There are more tables than fit on this page.
    pub(crate) more_tables: bool,
}

/// Actions on one thing.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TokenGroup {
    /// What they are done to.
    pub(crate) label: String,
    /// How the names of its fields begin: `all`, `database:D` or `resource:D:T`.
    pub(crate) prefix: String,
    /// Names of the actions.
    pub(crate) actions: Vec<String>,
    /// Groups of what is inside.
    pub(crate) groups: Vec<TokenGroup>,
}
