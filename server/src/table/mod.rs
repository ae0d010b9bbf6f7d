//! Tables and views: which rows, in which order, and everything around them.

mod operators;
mod filters;
mod query;
pub(crate) mod labels;
mod page;
mod facets;
mod cells;
mod extras;
mod csv;
mod ndjson;
mod html;
mod show;
mod token;
mod count;
mod fragment;
mod autocomplete;
mod set_column_type;
mod describe;
mod insert;
mod create;
mod drop;
mod alter;
mod foreign_keys;

pub(crate) use alter::alter;
pub(crate) use autocomplete::autocomplete;
pub(crate) use cells::{RenderedCells, render_cells, rendered_json};
pub(crate) use count::count;
pub(crate) use create::create;
pub(crate) use drop::drop_table;
pub(crate) use foreign_keys::{
    reference_targets, suggestions as foreign_key_suggestions, targets as foreign_key_targets,
};
pub(crate) use fragment::fragment;
pub(crate) use insert::{insert, upsert};
pub(crate) use page::Place;
pub(crate) use query::{Limits as QueryLimits, TableQuery, time_limit};
pub(crate) use set_column_type::{check_column_type, set_column_type};
pub(crate) use show::{place, renderer_urls, set_headers, show};
