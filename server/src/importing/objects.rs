//! JSON: one object, a list of objects, or an object on each line. Values have types already.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::rc::Rc;

use datasette_plugin_api::{Json, Map, ValueRef};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::input::unreadable;
use super::kinds::Seen;
use super::target::{Target, check_types};
use super::{Counter, Format, Import, Imported, at};
use crate::column_types::ColumnTypes;
use crate::error::{Error, Result};
use crate::sqlite::Writer;
use crate::writing::{Cell as Decoded, Refused, decode_row};

const BUFFER_BYTES: usize = 256 * 1024;

/// Hears of each object, with the words for its place.
type Visit<'v> = dyn FnMut(&dyn Fn() -> String, Map) -> Result<()> + 'v;

/// Gives each object to `visit`.
fn each(import: &mut Import<'_>, bytes: &Rc<Cell<u64>>, visit: &mut Visit<'_>) -> Result<()> {
    let text = import.input.text(import.options.layout.encoding, bytes)?;
    let reader = BufReader::with_capacity(BUFFER_BYTES, text);
    if import.options.format == Format::Lines {
        each_line(reader, visit)
    } else {
        each_of_list(reader, visit)
    }
}

fn each_line(mut reader: impl BufRead, visit: &mut Visit<'_>) -> Result<()> {
    let mut line = Vec::new();
    let mut number = 0u64;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(|error| unreadable(&error))? == 0 {
            return Ok(());
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let object: Json = serde_json::from_slice(&line).map_err(|error| {
            let what = without_place(&error);
            Error::bad_request(format!("line {number}, column {}: {what}", error.column()))
        })?;
        let Json::Object(object) = object else {
            return Err(Error::bad_request(format!("line {number} is no object")));
        };
        visit(&|| format!("line {number}"), object)?;
    }
}

fn each_of_list(reader: impl BufRead, visit: &mut Visit<'_>) -> Result<()> {
    let mut failed = None;
    let mut json = serde_json::Deserializer::from_reader(reader);
    let read = Objects { visit, failed: &mut failed }.deserialize(&mut json).and_then(|()| json.end());
    match (failed, read) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => {
            let hint = if error.to_string().starts_with("trailing characters") {
                "; if there is an object on each line, the format is nl"
            } else {
                ""
            };
            let (line, column, what) = (error.line(), error.column(), without_place(&error));
            Err(Error::bad_request(format!("line {line}, column {column}: {what}{hint}")))
        }
    }
}

fn without_place(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    whole.split(" at line ").next().unwrap_or(&whole).to_owned()
}

/// Visits objects while they are read. What `visit` says is wrong is kept aside: a parser can't carry it.
struct Objects<'a, 'v> {
    visit: &'a mut Visit<'v>,
    failed: &'a mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for Objects<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut number = 0u64;
        while let Some(row) = list.next_element::<Json>()? {
            number += 1;
            let visited = match row {
                Json::Object(object) => (self.visit)(&|| format!("row {number}"), object),
                _ => Err(Error::bad_request(format!("row {number} is no object"))),
            };
            if let Err(error) = visited {
                *self.failed = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Json>()? {
            object.insert(name, value);
        }
        (self.visit)(&|| "row 1".to_owned(), object).map_err(|error| {
            *self.failed = Some(error);
            A::Error::custom("stopped")
        })
    }
}

/// The columns in the order of their appearance, and what is in them.
pub(super) fn survey(import: &mut Import<'_>) -> Result<Vec<(String, Seen)>> {
    let bytes = Rc::new(Cell::new(0));
    let (watch, of_bytes) = (import.watch, import.input.length());
    let mut counter = Counter { watch, writes: false, rows: 0, bytes: &bytes, of_bytes };
    let mut columns: Vec<(String, Seen)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    each(import, &bytes, &mut |place, object| {
        for (name, cell) in decoded(object).map_err(|error| at(&place(), error))? {
            let seen = seen(&cell);
            let index = match places.get(&name) {
                Some(index) => *index,
                // Upper and lower case are the same to SQLite.
                None => {
                    match columns.iter().position(|(known, _)| known.to_lowercase() == name.to_lowercase()) {
                        Some(index) => index,
                        None => {
                            columns.push((name.clone(), Seen::Nothing));
                            places.insert(name, columns.len() - 1);
                            columns.len() - 1
                        }
                    }
                }
            };
            if let Some((_, known)) = columns.get_mut(index) {
                *known = known.and(seen);
            }
        }
        counter.row()
    })?;
    Ok(columns)
}

fn decoded(object: Map) -> Result<Vec<(String, Decoded)>> {
    decode_row(object).map_err(|refused| match refused {
        Refused::Told { errors, .. } => Error::bad_request(errors.join("; ")),
        Refused::Failed(error) | Refused::Page(error) => error,
    })
}

fn seen(cell: &Decoded) -> Seen {
    match cell.value() {
        ValueRef::Null => Seen::Nothing,
        ValueRef::Integer(value) => Seen::of_integer(value),
        ValueRef::Real(_) => Seen::Real,
        ValueRef::Text(_) => Seen::Text,
        ValueRef::Blob(_) => Seen::Blob,
    }
}

pub(super) fn write(
    import: &mut Import<'_>,
    writer: &Writer<'_>,
    types: Option<&ColumnTypes<'_>>,
) -> Result<Imported> {
    let options = import.options;
    let columns = import.surveyed.take().unwrap_or_default();
    let target = Target::prepare(writer, options, &columns, true)?;
    let bytes = Rc::new(Cell::new(0));
    let (watch, of_bytes) = (import.watch, import.input.length());
    let mut counter = Counter { watch, writes: true, rows: 0, bytes: &bytes, of_bytes };
    counter.look()?;
    let mut ignored = 0;
    // Rows mostly have the same columns as the row before.
    let mut last: (Vec<String>, String) = (Vec::new(), target.insert_sql(&[]));
    writer.inserting(|inserting| {
        each(import, &bytes, &mut |place, object| {
            let here = |error: Error| at(&place(), error);
            let row = decoded(object).map_err(here)?;
            if !row.iter().map(|(name, _)| name).eq(&last.0) {
                let names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
                if let Some(unknown) = names.iter().find(|name| !target.has(name)) {
                    return Err(here(target.no_column(unknown)));
                }
                last = (names.iter().map(|name| (*name).to_owned()).collect(), target.insert_sql(&names));
            }
            if let Some(types) = types {
                let named = row.iter().map(|(name, cell)| (name.as_str(), cell.value()));
                check_types(types, named).map_err(here)?;
            }
            let inserted = inserting.row(&last.1, row.iter().map(|(_, cell)| cell.value()));
            ignored += u64::from(!inserted.map_err(|error| here(error.into()))?);
            counter.written(writer, options)
        })
    })?;
    counter.look()?;
    target.finish(writer, counter.rows, ignored)
}
