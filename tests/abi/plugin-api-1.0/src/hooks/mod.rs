//! What hooks are given and what they may answer, by family.
//!
//! Structs of arguments are read, never made, by plugins; they may gain fields. What a plugin answers has
//! constructors and public fields.

mod auth;
mod commands;
mod data;
mod menus;
mod pages;
mod queries;
mod rendering;
mod serving;
mod sql;
mod writes;

pub use auth::*;
pub use commands::*;
pub use data::*;
pub use menus::*;
pub use pages::*;
pub use queries::*;
pub use rendering::*;
pub use serving::*;
pub use sql::*;
pub use writes::*;
