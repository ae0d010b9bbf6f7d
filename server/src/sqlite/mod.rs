//! Databases: alone in knowing SQLite's library. Pages get [`Conn`], [`Rows`] and [`Schema`].
//!
//! Not here: which SQL to run (each capability's `query.rs`) and who may run it.

mod identifier;
mod token;
mod error;
mod rows;
mod veil;
mod guard;
mod connection;
mod open;
mod pool;
mod fts;
mod table;
mod schema;
mod writer;
mod turns;
mod bulk;
mod known;
mod analysis;
mod remembered;
mod database;
mod functions;

use std::sync::LazyLock;

pub(crate) use analysis::{Operation, TableKind, creates_view};
pub(crate) use connection::{Conn, Params};
pub(crate) use database::{AnnouncedWrite, Database};
pub(crate) use database::{COUNT_LIMIT, Inspected, create_file, free_name, hex, name_for};
pub(crate) use error::SqlError;
pub(crate) use guard::ALLOWED_PRAGMAS;
pub(crate) use identifier::{identifier, quoted, quoted_length};
pub(crate) use open::{OpenOptions, Source};
pub(crate) use rows::{Rows, as_text, parse_python_bytes};
pub(crate) use schema::{Entry, Kind, Schema};
pub(crate) use table::{Column, ForeignKey, Link, Links, Table, affinity};
pub(crate) use token::{Token, tokens};
pub(crate) use veil::{Concealed, Veil, joins_by_name};
pub(crate) use writer::{Writer, Written};

/// What the SQLite that is built in can do.
pub(crate) struct BuildFacts {
    pub(crate) version: &'static str,
    pub(crate) compile_options: Vec<String>,
}

/// What SQLite says about itself. The error is a sentence.
pub(crate) fn build_facts() -> Result<&'static BuildFacts, &'static str> {
    static FACTS: LazyLock<Result<BuildFacts, String>> = LazyLock::new(|| {
        let options = || -> rusqlite::Result<Vec<String>> {
            let connection = rusqlite::Connection::open_in_memory()?;
            let mut statement = connection.prepare("pragma compile_options")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        let compile_options =
            options().map_err(|error| format!("SQLite does not tell its compile options: {error}"))?;
        Ok(BuildFacts { version: rusqlite::version(), compile_options })
    });
    FACTS.as_ref().map_err(String::as_str)
}
