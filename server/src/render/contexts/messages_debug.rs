//! `messages_debug.html`: tries out messages.

use serde::Serialize;

use super::base::Base;

/// What `messages_debug.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct MessagesDebugContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Where the form leads: this page.
    pub(crate) form_action: String,
}
