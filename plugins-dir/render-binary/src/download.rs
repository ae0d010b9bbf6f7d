//! Where all bytes of a cell can be had: the `.blob` of its row, or of the page with the value's hash.

use std::fmt::Write;

use datasette_plugin_api::{Host, RenderCell, Result, ValueRef};
use sha2::{Digest, Sha256};

pub(crate) fn url(host: &Host, cell: &RenderCell<'_>, bytes: &[u8]) -> Result<Option<String>> {
    if let Some(table) = cell.table
        && let Some(key) = key(cell)
    {
        return host.url_row_blob(cell.database, table, &key, cell.column).map(Some);
    }
    // Rows of queries and views have no key.
    let Some(request) = cell.request else { return Ok(None) };
    let extra = format!("_blob_column={}&_blob_hash={}", quoted(cell.column), hash(bytes));
    let path = host.url_path(request.path(), None)?;
    // As the server itself adds a format: behind the path, or as an argument where that has a dot.
    let (path, extra) = if path.contains('.') {
        (path, format!("_format=blob&{extra}"))
    } else {
        (format!("{path}.blob"), extra)
    };
    Ok(Some(match request.query_string() {
        "" => format!("{path}?{extra}"),
        query => format!("{path}?{query}&{extra}"),
    }))
}

/// The values of the row's primary key; `None` if it has none, or not all of it is there.
fn key(cell: &RenderCell<'_>) -> Option<Vec<String>> {
    let value = |name: &str| {
        cell.row.get(name).filter(|value| !matches!(value, ValueRef::Null)).map(|value| value.to_string())
    };
    let values: Vec<String> = cell.pks.iter().map(value).collect::<Option<_>>()?;
    (!values.is_empty()).then_some(values)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
        // Writing to a String can't fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A column's name in a query string.
fn quoted(name: &str) -> String {
    name.bytes().fold(String::with_capacity(name.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'~' => out.push(char::from(byte)),
            byte => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeRows;
    use datasette_plugin_api::{Names, Value};

    use super::*;

    #[test]
    fn a_key_is_there_or_it_is_not() {
        let rows = FakeRows::new(&["a", "b", "data"])
            .row([1.into(), "x".into(), b"1".as_slice().into()])
            .row([1.into(), Value::Null, b"1".as_slice().into()]);
        let key_of = |row: usize, pks: &[&str]| {
            let mut cell = RenderCell::new(rows.view_row(row).at(2), "data", "db", rows.view_row(row));
            cell.pks = Names::new(pks);
            key(&cell)
        };
        assert_eq!(key_of(0, &["a", "b"]), Some(vec!["1".to_owned(), "x".to_owned()]));
        assert_eq!(key_of(1, &["a", "b"]), None);
        assert_eq!(key_of(0, &["rowid"]), None);
        assert_eq!(key_of(0, &[]), None);
    }

    #[test]
    fn hashes_and_names_are_as_the_server_writes_them() {
        assert_eq!(hash(b"AB"), "38164fbd17603d73f696b8b4d72664d735bb6a7c88577687fd2ae33fd6964153");
        assert_eq!(quoted("a b&é_"), "a%20b%26%C3%A9_");
    }
}
