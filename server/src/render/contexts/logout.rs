//! `logout.html`: asks before signing out.

use serde::Serialize;

use super::base::Base;

/// What `logout.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct LogoutContext {
    #[serde(flatten)]
    pub(crate) base: Base,
}
