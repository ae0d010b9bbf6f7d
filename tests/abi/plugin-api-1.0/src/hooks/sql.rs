//! New connections.

use crate::ffi::args::arguments;
use crate::registrar::Registrar;

arguments! {
    /// A connection was opened.
    PrepareConnection {
        /// Takes functions, aggregates and collations.
        registrar: Registrar<'a> = registrar,
        /// The database.
        database: &'a str = database,
    }
}
