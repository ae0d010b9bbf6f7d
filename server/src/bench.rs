//! What `benches/` measures. A benchmark sees the library from outside, so this is its door to the hot path.

use std::sync::Arc;

use crate::render::cells::{Cell, CellStyle, RowsTable};
use crate::render::contexts::DisplayColumn;
use crate::render::escape::css_class;
use crate::render::shape::RowsAnswer;
use crate::request::Request;
use crate::response::Body;
use crate::sqlite::{Database, OpenOptions, Rows, Source};

/// Rows as a table page has them: a number, a word, a fraction, a text that needs escaping, a null, a link.
pub struct Sample {
    rows: Rows,
    request: Request,
    columns: Vec<DisplayColumn>,
}

impl Sample {
    /// So many rows, from a real SQLite.
    pub fn new(count: usize) -> Self {
        let options = OpenOptions {
            nolock: false,
            cache_size_kb: 0,
            extensions: Vec::new(),
            prepare: Arc::new(|_, _| Ok(())),
        };
        let source = Source::Memory { name: "bench".to_owned(), attach: Vec::new() };
        let database = Database::new("bench".to_owned(), source, false, 1, Arc::new(options), None);
        let sql = format!(
            "with recursive c(n) as (select 1 union all select n + 1 from c where n < {count}) \
             select n as id, 'word ' || n as word, n / 8.0 as fraction, 'a <b> & \"c\" ' || n as markup, \
             null as nothing, 'https://example.com/' || n as link from c"
        );
        let rows = database.read_whole(None, |conn| Ok(conn.rows(&sql, &[])?)).unwrap_or_default();
        let column = |name: &String| DisplayColumn {
            name: name.clone(),
            class: css_class(name),
            ..DisplayColumn::default()
        };
        let columns = rows.columns.iter().map(column).collect();
        Self { rows, request: Request::new("GET", "/bench/rows.json"), columns }
    }

    /// The rows as the JSON of a page; its length.
    pub fn json(&self) -> usize {
        let answer = RowsAnswer {
            request: &self.request,
            rows: &self.rows,
            labels: None,
            replaced: None,
            before: Vec::new(),
            after: Vec::new(),
            truncated: false,
            primary_keys: None,
            error: None,
        };
        match answer.respond().body {
            Body::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// The rows as the HTML of a page; its length.
    pub fn html(&self) -> usize {
        let mut out = Vec::new();
        let mut table = RowsTable::begin(&mut out, &self.columns, CellStyle { truncate: 2048, types: true });
        for row in 0..self.rows.len() {
            table.row(None, None);
            for column in 0..self.columns.len() {
                table.cell(&Cell::Value(self.rows.get(row, column)));
            }
        }
        table.finish("0 records");
        out.len()
    }
}
