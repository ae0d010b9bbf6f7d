//! Finds the row that a URL names.

use datasette_plugin_api::Value;

use crate::app::App;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::sqlite::{Conn, Params, Rows, Table, identifier, parse_python_bytes};
use crate::table::time_limit;
use crate::tilde;

fn missing() -> Error {
    Error::not_found("Row not found")
}

/// A row with the SQL that found it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) sql: String,
    pub(crate) params: Params,
    /// The columns of the key: `rowid` where none is declared.
    pub(crate) keys: Vec<String>,
    /// Their values, as text from the URL.
    pub(crate) key_values: Vec<String>,
    pub(crate) rows: Rows,
}

impl Found {
    /// `row_path`: encoded values of the primary key, joined by commas.
    pub(crate) fn find(
        app: &App,
        request: &Request,
        conn: &Conn,
        table: &Table,
        row_path: &str,
    ) -> Result<Self> {
        let key_values: Vec<String> = row_path.split(',').map(tilde::decode).collect();
        let (keys, selection) = if table.primary_keys.is_empty() {
            (vec!["rowid".to_owned()], format!("rowid, {}", table.everything()))
        } else {
            (table.primary_keys.clone(), table.everything().into_owned())
        };
        if keys.len() != key_values.len() {
            return Err(Error::bad_request(
                "URL row identifier does not match the primary key for this table",
            ));
        }
        let condition = |(index, key): (usize, &String)| format!("{}=:p{index}", crate::sqlite::quoted(key));
        let conditions: Vec<String> = keys.iter().enumerate().map(condition).collect();
        let sql =
            format!("select {selection} from {} where {}", identifier(&table.name), conditions.join(" AND "));
        let values = key_values.iter().enumerate();
        let params: Params = values.map(|(i, value)| (format!("p{i}"), Value::Text(value.clone()))).collect();
        let limit = app.sql_time_limit_or(time_limit(request)?);
        let rows = conn.limited(Some(limit), || conn.untrusted(&sql, &params, 1))?;
        let found = Self { sql, params, keys, key_values, rows };
        if !found.rows.is_empty() {
            return Ok(found);
        }
        match found.by_other_types(&selection, table) {
            Some(other) => {
                let rows = conn.limited(Some(limit), || conn.untrusted(&other.sql, &other.params, 1))?;
                if rows.is_empty() { Err(missing()) } else { Ok(Self { rows, ..other }) }
            }
            None => Err(missing()),
        }
    }

    /// The URL has text, but a column without a type may hold a number or a BLOB, which no text is equal to.
    /// `None` if the values can't be anything else.
    fn by_other_types(&self, selection: &str, table: &Table) -> Option<Self> {
        let mut params = Params::new();
        let mut conditions = Vec::new();
        for (key, text) in self.keys.iter().zip(&self.key_values) {
            let values = [
                Some(Value::Text(text.clone())),
                text.parse().ok().map(Value::Integer),
                text.parse().ok().map(Value::Real),
                parse_python_bytes(text).map(Value::Blob),
            ];
            let names = values.into_iter().flatten().map(|value| {
                let name = format!("p{}", params.len());
                params.push((name.clone(), value));
                format!(":{name}")
            });
            let names = names.collect::<Vec<_>>().join(", ");
            conditions.push(format!("{} in ({names})", crate::sqlite::quoted(key)));
        }
        if params.len() == self.keys.len() {
            return None;
        }
        let sql =
            format!("select {selection} from {} where {}", identifier(&table.name), conditions.join(" AND "));
        let (keys, key_values) = (self.keys.clone(), self.key_values.clone());
        Some(Self { sql, params, keys, key_values, rows: Rows::default() })
    }

    /// The row's key as in its URL.
    pub(crate) fn path(&self) -> String {
        self.key_values.iter().map(|value| tilde::encode(value)).collect::<Vec<_>>().join(",")
    }
}
