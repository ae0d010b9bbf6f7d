//! `/{database}/{table}/{primary key}`: one row, what refers to it, and changing it.

mod find;
mod links;
mod extras;
mod html;
mod show;
mod change;
mod update;
mod delete;

pub(crate) use delete::delete;
pub(crate) use find::Found;
pub(crate) use show::show;
pub(crate) use update::update;
