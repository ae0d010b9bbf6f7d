//! SQL that visitors write, and queries that the configuration keeps: running them, showing them.

mod rules;
mod parameters;
mod run;
mod extras;
mod csv;
mod html;
mod show;
mod permit;
mod analyze;
mod draft;
mod execute_stored;
mod execute_write;
mod fields;
mod store;
mod manage;
mod list;
mod stored;

pub(crate) use execute_stored::execute_stored;
pub(crate) use execute_write::{analyze_write, execute_write};
pub(crate) use list::{definition, list};
pub(crate) use manage::{delete, edit, update};
pub(crate) use parameters::{list as list_parameters, named_parameters};
pub(crate) use show::{show, show_stored};
pub(crate) use store::{analyze_query, store};
