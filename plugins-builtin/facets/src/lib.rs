//! Counts rows by the values of a column, by the elements of JSON arrays, and by day; suggests columns for
//! which that would be worth a look.
//!
//! Hooks: `register_facet_classes`. Config: none; the settings `default_facet_size`, `facet_time_limit_ms`,
//! `facet_suggest_time_limit_ms`, `suggest_facets`, and a table's `facets` and `facet_size`, reach it through
//! the server.
//!
//! Adding a kind of facet: a file with a [`FacetClass`], and a line below. Classes are asked in this order.

mod array;
mod choice;
mod column;
mod count;
mod date;
mod identifier;
mod sample;
#[cfg(test)]
mod testing;

use datasette_plugin_api::*;

use array::ArrayFacet;
use column::ColumnFacet;
use date::DateFacet;

struct Facets {
    host: Host,
}

#[hookimpl]
impl Plugin for Facets {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn register_facet_classes(&self) -> Result<Vec<Box<dyn FacetClass>>> {
        let host = || self.host.clone();
        Ok(vec![
            Box::new(ColumnFacet { host: host() }),
            Box::new(DateFacet { host: host() }),
            Box::new(ArrayFacet { host: host() }),
        ])
    }
}

export_plugin!(Facets, name = "datasette.facets");
