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
mod html;
mod show;
mod describe;
mod insert;
mod create;
mod drop;

pub(crate) use cells::{RenderedCells, render_cells, rendered_json};
pub(crate) use create::create;
pub(crate) use drop::drop_table;
pub(crate) use insert::{insert, upsert};
pub(crate) use page::Place;
pub(crate) use query::time_limit;
pub(crate) use show::{place, renderer_urls, set_headers, show};
