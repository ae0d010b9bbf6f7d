//! Rows of a file become rows of a table, in the same way for `datasette insert` and for uploads.
//!
//! A file is read twice where that is needed: once to see its columns and what is in them ([`survey`]), once
//! to write. So a column gets the narrowest type that holds every value as it is, memory does not grow with
//! the file, and nobody else's write waits while a file is only looked at.
//!
//! Adding a format: a variant of [`Format`], a file that gives its rows, and a line where [`Format`] is
//! matched below.
//!
//! [`survey`]: Import::survey

mod options;
mod input;
mod kinds;
mod delimited;
mod objects;
mod target;

pub(crate) use input::Input;
pub(crate) use options::{Format, ImportOptions, Layout, OnConflict, TextEncoding};

use std::cell::Cell;

use crate::column_types::ColumnTypes;
use crate::error::{Error, Result};
use crate::sqlite::{Table, Writer};

use kinds::Seen;

/// Whoever waits is told of the progress after so many rows, and may have enough.
const ROWS_BETWEEN_LOOKS: u64 = 1000;

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The file is being written; before that it is only looked at.
    pub(crate) writes: bool,
    pub(crate) rows: u64,
    /// Of the file.
    pub(crate) bytes: u64,
    /// `None`: nobody knows.
    pub(crate) of_bytes: Option<u64>,
}

/// Hears of the progress; `false` stops the import, and nothing of it is kept.
pub(crate) type Watch<'a> = dyn Fn(Progress) -> bool + 'a;

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Imported {
    /// Rows of the file.
    pub(crate) rows: u64,
    /// Rows that were left out, because their keys were taken.
    pub(crate) ignored: u64,
    /// The table's statement before; `None` if there was no table.
    pub(crate) before: Option<String>,
    pub(crate) schema: String,
}

/// A file on its way into a table.
pub(crate) struct Import<'a> {
    options: &'a ImportOptions,
    input: Input,
    watch: &'a Watch<'a>,
    /// The columns of the file and what is in them, once it was looked through.
    surveyed: Option<Vec<(String, Seen)>>,
}

impl<'a> Import<'a> {
    /// Looks the file through, as far as that is needed. `existing` is the table as it is.
    pub(crate) fn survey(
        options: &'a ImportOptions,
        input: Input,
        existing: Option<&Table>,
        watch: &'a Watch<'a>,
    ) -> Result<Self> {
        let mut import = Self { options, input, watch, surveyed: None };
        let is_needed = match (options.format, existing) {
            // The first line says it all.
            (Format::Csv | Format::Tsv, None) => options.detect_types,
            (Format::Csv | Format::Tsv, Some(_)) => options.alter && options.detect_types,
            (Format::Json | Format::Lines, None) => true,
            (Format::Json | Format::Lines, Some(_)) => options.alter,
        };
        if is_needed {
            import.input = import.input.repeatable()?;
            import.surveyed = Some(match options.format {
                Format::Csv | Format::Tsv => delimited::survey(&mut import)?,
                Format::Json | Format::Lines => objects::survey(&mut import)?,
            });
        }
        Ok(import)
    }

    /// Writes all rows, in the transaction of the writer. `types` are those that were assigned to columns.
    pub(crate) fn write(&mut self, writer: &Writer<'_>, types: Option<&ColumnTypes<'_>>) -> Result<Imported> {
        match self.options.format {
            Format::Csv | Format::Tsv => delimited::write(self, writer, types),
            Format::Json | Format::Lines => objects::write(self, writer, types),
        }
    }
}

/// Counts rows while they pass, and lets whoever waits look.
struct Counter<'a> {
    watch: &'a Watch<'a>,
    writes: bool,
    rows: u64,
    bytes: &'a Cell<u64>,
    of_bytes: Option<u64>,
}

impl Counter<'_> {
    fn row(&mut self) -> Result<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_BETWEEN_LOOKS) { self.look() } else { Ok(()) }
    }

    fn look(&self) -> Result<()> {
        let (bytes, of_bytes) = (self.bytes.get(), self.of_bytes);
        let progress = Progress { writes: self.writes, rows: self.rows, bytes, of_bytes };
        if (self.watch)(progress) { Ok(()) } else { Err(Error::Cancelled) }
    }

    /// A row was written: time to commit, if it is to be done in batches.
    fn written(&mut self, writer: &Writer<'_>, options: &ImportOptions) -> Result<()> {
        self.row()?;
        if options.batch_size.is_some_and(|size| self.rows.is_multiple_of(size)) {
            writer.commit_and_go_on()?;
        }
        Ok(())
    }
}

/// Says where in the file it went wrong; what is our own fault stays as it is.
fn at(place: &str, error: Error) -> Error {
    match error {
        Error::BadRequest { message, .. } | Error::InvalidSql { message } => {
            Error::bad_request(format!("{place}: {message}"))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
