//! CSV and TSV: lines of cells, all of them text.

use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use datasette_plugin_api::ValueRef;

use super::input::unreadable;
use super::kinds::{self, Seen};
use super::target::{Column, Target};
use super::{Counter, Format, Import, ImportOptions, Imported, at};
use crate::column_types::ColumnTypes;
use crate::error::{Error, Result};
use crate::sqlite::Writer;

const BUFFER_BYTES: usize = 256 * 1024;

/// A file whose header was read.
struct Lines {
    reader: Reader<Box<dyn Read>>,
    /// Without a header line, names for as many columns as the first line has.
    columns: Vec<String>,
    is_named: bool,
    /// The first line, if it is a row already.
    first: Option<StringRecord>,
}

impl Lines {
    fn open(import: &mut Import<'_>, bytes: &Rc<Cell<u64>>) -> Result<Self> {
        let options = import.options;
        let layout = &options.layout;
        let usual = if options.format == Format::Tsv { b'\t' } else { b',' };
        let mut reader = ReaderBuilder::new()
            .delimiter(layout.delimiter.unwrap_or(usual))
            .quote(layout.quote)
            .has_headers(false)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(import.input.text(layout.encoding, bytes)?);
        let mut line = StringRecord::new();
        if !reader.read_record(&mut line).map_err(|error| told(error, &[]))? {
            return Err(Error::bad_request("The file is empty: there is no line that names the columns"));
        }
        if layout.has_headers {
            return Ok(Self { reader, columns: header(&line)?, is_named: true, first: None });
        }
        let columns = (1..=line.len()).map(|number| format!("column_{number}")).collect();
        Ok(Self { reader, columns, is_named: false, first: Some(line) })
    }

    /// Reads the next row; whether there was one.
    fn next(&mut self, row: &mut StringRecord) -> Result<bool> {
        if let Some(first) = self.first.take() {
            *row = first;
            return Ok(true);
        }
        self.reader.read_record(row).map_err(|error| told(error, &self.columns))
    }
}

/// Names of columns, as tables take them.
fn header(line: &StringRecord) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(line.len());
    for (index, cell) in line.iter().enumerate() {
        let name = cell.trim();
        let name = if name.is_empty() { format!("column_{}", index + 1) } else { name.to_owned() };
        if let Some(first) = names.iter().position(|known| known.to_lowercase() == name.to_lowercase()) {
            return Err(Error::bad_request(format!(
                "line 1: columns {} and {} are both called {name}; give each a name of its own",
                first + 1,
                index + 1
            )));
        }
        names.push(name);
    }
    Ok(names)
}

/// With the line, and the column where that is known.
fn told(error: csv::Error, columns: &[String]) -> Error {
    let message = match error.kind() {
        ErrorKind::Io(error) => return unreadable(error),
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            let cells = |count: u64| if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
            format!("line {line} has {}, the first line has {expected_len}", cells(*len))
        }
        ErrorKind::Utf8 { pos, err } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            let name = columns.get(err.field()).map(|name| format!(" ({name})")).unwrap_or_default();
            let column = err.field() + 1;
            format!(
                "line {line}, column {column}{name}: this is not UTF-8; say which encoding it is, such as latin-1"
            )
        }
        _ => error.to_string(),
    };
    Error::bad_request(message)
}

/// The columns, and what is in them.
pub(super) fn survey(import: &mut Import<'_>) -> Result<Vec<(String, Seen)>> {
    let bytes = Rc::new(Cell::new(0));
    let mut lines = Lines::open(import, &bytes)?;
    let (watch, of_bytes) = (import.watch, import.input.length());
    let mut counter = Counter { watch, writes: false, rows: 0, bytes: &bytes, of_bytes };
    let mut seen = vec![Seen::Nothing; lines.columns.len()];
    let mut row = StringRecord::new();
    while lines.next(&mut row)? {
        for (seen, cell) in seen.iter_mut().zip(&row) {
            // There is nothing wider in a text.
            if *seen != Seen::Text {
                *seen = seen.and(kinds::look(cell));
            }
        }
        counter.row()?;
    }
    Ok(lines.columns.into_iter().zip(seen).collect())
}

/// How the cells of a column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Text,
    Integer,
    Real,
    /// The column makes numbers of text by itself.
    AsColumn,
    /// The column takes everything as it is.
    AsSeen,
}

impl Stored {
    fn of(column: &Column, options: &ImportOptions) -> Self {
        match column {
            _ if !options.detect_types => Self::Text,
            Column::New(Seen::Integer | Seen::LargeInteger) => Self::Integer,
            Column::New(Seen::Real) => Self::Real,
            Column::New(_) => Self::Text,
            Column::Old { affinity: "INTEGER" | "REAL" | "NUMERIC" } => Self::AsColumn,
            Column::Old { affinity: "TEXT" } => Self::Text,
            Column::Old { .. } => Self::AsSeen,
        }
    }

    fn value(self, cell: &str, empty_null: bool) -> ValueRef<'_> {
        let text = ValueRef::Text(cell);
        match self {
            Self::Text | Self::AsSeen if cell.is_empty() => {
                if empty_null {
                    ValueRef::Null
                } else {
                    text
                }
            }
            _ if cell.is_empty() => ValueRef::Null,
            Self::Text | Self::AsColumn => text,
            Self::Integer => cell.parse().map_or(text, ValueRef::Integer),
            Self::Real => match cell.parse::<f64>() {
                Ok(value) if value.is_finite() => ValueRef::Real(value),
                _ => text,
            },
            Self::AsSeen => kinds::number(cell).unwrap_or(text),
        }
    }
}

pub(super) fn write(
    import: &mut Import<'_>,
    writer: &Writer<'_>,
    types: Option<&ColumnTypes<'_>>,
) -> Result<Imported> {
    let options = import.options;
    let bytes = Rc::new(Cell::new(0));
    let mut lines = Lines::open(import, &bytes)?;
    let columns = match import.surveyed.take() {
        Some(columns) => columns,
        None => lines.columns.iter().map(|name| (name.clone(), Seen::Text)).collect(),
    };
    let target = Target::prepare(writer, options, &columns, lines.is_named)?;
    let stored: Vec<Stored> = target.columns.iter().map(|(_, column)| Stored::of(column, options)).collect();
    let names: Vec<&str> = target.columns.iter().map(|(name, _)| name.as_str()).collect();
    let sql = target.insert_sql(&names);
    let (watch, of_bytes) = (import.watch, import.input.length());
    let mut counter = Counter { watch, writes: true, rows: 0, bytes: &bytes, of_bytes };
    counter.look()?;
    let mut ignored = 0;
    let mut row = StringRecord::new();
    writer.inserting(|inserting| {
        while lines.next(&mut row)? {
            let cells =
                || row.iter().zip(&stored).map(|(cell, stored)| stored.value(cell, options.empty_null));
            let place = || format!("line {}", row.position().map_or(0, csv::Position::line));
            if let Some(types) = types {
                let values = names.iter().copied().zip(cells());
                super::target::check_types(types, values).map_err(|error| at(&place(), error))?;
            }
            let inserted = inserting.row(&sql, cells()).map_err(|error| at(&place(), error.into()))?;
            ignored += u64::from(!inserted);
            counter.written(writer, options)?;
        }
        Ok::<(), Error>(())
    })?;
    counter.look()?;
    target.finish(writer, counter.rows, ignored)
}
