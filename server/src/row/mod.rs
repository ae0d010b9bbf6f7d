//! `GET /{database}/{table}/{primary key}`: one row, and what refers to it.

mod find;
mod links;
mod extras;
mod html;
mod show;

pub(crate) use find::Found;
pub(crate) use show::show;
