//! Who asks: signatures, cookies, the operator's first login, tokens made in the browser, and logging out.
//! Actors themselves come from plugins.

pub(crate) mod sign;
pub(crate) mod cookie;
mod root;
mod pages;
mod create_token;

pub(crate) use create_token::create_token;
pub(crate) use pages::{actor_cookie, auth_token, logout};
pub(crate) use root::RootLogin;
