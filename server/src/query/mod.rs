//! SQL that visitors write, and queries that the configuration keeps: running them, showing them.

mod rules;
mod parameters;
mod run;
mod extras;
mod csv;
mod html;
mod show;
mod list;

pub(crate) use list::{definition, list};
pub(crate) use parameters::{list as list_parameters, named_parameters};
pub(crate) use rules::check as check_sql;
pub(crate) use show::{show, show_stored};
