//! Who asks: signatures, the operator's first login, and logging out. Actors themselves come from
//! plugins.

pub(crate) mod sign;
mod root;
mod pages;

pub(crate) use pages::{auth_token, logout};
pub(crate) use root::RootLogin;
