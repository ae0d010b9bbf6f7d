//! The result of a query, flat: one array of cells, all text in one string, all BLOBs in one array.
//! Nothing is allocated per cell, and every value can still be reached by row and column.

use datasette_plugin_api::{Value, ValueRef};
use rusqlite::types::ValueRef as Sql;

/// Rows of one query. Columns may repeat a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<String>,
    cells: Vec<Cell>,
    text: String,
    blobs: Vec<u8>,
    count: usize,
    /// There were more rows than asked for.
    pub(crate) truncated: bool,
}

#[derive(Debug, Clone, Copy)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    /// Start and end in `text`.
    Text(usize, usize),
    /// Start and end in `blobs`.
    Blob(usize, usize),
}

impl Rows {
    pub(super) fn new(columns: Vec<String>) -> Self {
        Self { columns, ..Self::default() }
    }

    pub(super) fn push(&mut self, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
        for index in 0..self.columns.len() {
            let cell = match row.get_ref(index)? {
                Sql::Null => Cell::Null,
                Sql::Integer(value) => Cell::Integer(value),
                Sql::Real(value) => Cell::Real(value),
                Sql::Text(text) => {
                    let start = self.text.len();
                    // A file may hold text that is not UTF-8: shown with replacement characters.
                    match std::str::from_utf8(text) {
                        Ok(text) => self.text.push_str(text),
                        Err(_) => self.text.push_str(&String::from_utf8_lossy(text)),
                    }
                    Cell::Text(start, self.text.len())
                }
                Sql::Blob(blob) => {
                    self.blobs.extend_from_slice(blob);
                    Cell::Blob(self.blobs.len() - blob.len(), self.blobs.len())
                }
            };
            self.cells.push(cell);
        }
        self.count += 1;
        Ok(())
    }

    /// Makes room for about `rows` like the first one, so that memory is not moved again and again.
    pub(super) fn expect(&mut self, rows: usize) {
        const MOST_CELLS: usize = 16 * 1024;
        const MOST_TEXT: usize = 256 * 1024;
        self.cells.reserve(rows.saturating_mul(self.columns.len()).min(MOST_CELLS));
        self.text.reserve(rows.saturating_mul(self.text.len() + self.text.len() / 4).min(MOST_TEXT));
    }

    /// Memory that the values take, about.
    pub(super) fn bytes(&self) -> usize {
        self.cells.len() * size_of::<Cell>() + self.text.len() + self.blobs.len()
    }

    /// How long the values are when they are written out, about.
    pub(crate) fn written_length(&self) -> usize {
        self.cells.len() * 10 + self.text.len() + self.text.len() / 8 + self.blobs.len() * 2
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The value there; NULL outside of the rows.
    pub(crate) fn get(&self, row: usize, column: usize) -> ValueRef<'_> {
        if row >= self.count || column >= self.columns.len() {
            return ValueRef::Null;
        }
        match self.cells.get(row * self.columns.len() + column) {
            None | Some(Cell::Null) => ValueRef::Null,
            Some(Cell::Integer(value)) => ValueRef::Integer(*value),
            Some(Cell::Real(value)) => ValueRef::Real(*value),
            Some(Cell::Text(start, end)) => ValueRef::Text(self.text.get(*start..*end).unwrap_or_default()),
            Some(Cell::Blob(start, end)) => ValueRef::Blob(self.blobs.get(*start..*end).unwrap_or_default()),
        }
    }

    pub(crate) fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// The value in the column of that name; NULL if there is no such column.
    pub(crate) fn named(&self, row: usize, name: &str) -> ValueRef<'_> {
        self.column_index(name).map_or(ValueRef::Null, |column| self.get(row, column))
    }

    pub(crate) fn first(&self) -> Option<ValueRef<'_>> {
        (self.count > 0 && !self.columns.is_empty()).then(|| self.get(0, 0))
    }

    /// Drops all rows after the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        if count < self.count {
            self.count = count;
            self.cells.truncate(count * self.columns.len());
        }
    }
}

/// `str(value)` as Datasette writes it into URLs and tokens.
pub(crate) fn as_text(value: ValueRef<'_>) -> std::borrow::Cow<'_, str> {
    use std::borrow::Cow;
    match value {
        ValueRef::Null => Cow::Borrowed("None"),
        ValueRef::Integer(value) => Cow::Owned(value.to_string()),
        ValueRef::Real(value) => Cow::Owned(crate::render::number::python_float(value)),
        ValueRef::Text(text) => Cow::Borrowed(text),
        ValueRef::Blob(blob) => Cow::Owned(python_bytes(blob)),
    }
}

/// `repr(bytes)`: how a binary primary key stands in URLs.
fn python_bytes(blob: &[u8]) -> String {
    let quote = if blob.contains(&b'\'') && !blob.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for &byte in blob {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if byte as char == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..0x7f => out.push(byte as char),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

/// The bytes that `repr(bytes)` wrote.
pub(crate) fn parse_python_bytes(text: &str) -> Option<Vec<u8>> {
    let rest = text.strip_prefix('b')?;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let inside = rest.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut blob = Vec::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        blob.push(match char {
            '\\' => match chars.next()? {
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                'x' => {
                    let (high, low) = (chars.next()?.to_digit(16)?, chars.next()?.to_digit(16)?);
                    u8::try_from(high * 16 + low).ok()?
                }
                other => u8::try_from(other).ok()?,
            },
            other => u8::try_from(other).ok()?,
        });
    }
    Some(blob)
}

pub(super) fn to_sql(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(value) => rusqlite::types::Value::Integer(*value),
        Value::Real(value) => rusqlite::types::Value::Real(*value),
        Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
        Value::Blob(blob) => rusqlite::types::Value::Blob(blob.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_being_written_as_python_does() {
        let all: Vec<u8> = (0..=255).collect();
        for blob in [&b""[..], b"plain", b"it's", b"\"quoted\"", b"both ' and \"", b"back\\slash", &all] {
            assert_eq!(parse_python_bytes(&python_bytes(blob)).as_deref(), Some(blob));
        }
        for text in ["", "b", "b'", "b'x", "'x'", "b'\\x0'", "b'\\xzz'", "b'é🌲'", "b'x\""] {
            assert_eq!(parse_python_bytes(text), None, "{text}");
        }
    }
}
