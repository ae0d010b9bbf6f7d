//! Cells, and formats other than HTML, JSON and CSV.

use crate::ffi::args::{Names, arguments};
use crate::ffi::callback;
use crate::ffi::raw::RawCallback;
use crate::{Json, Request, Response, Result, Row, Rows, ValueRef};

/// A cell of a page.
///
/// Called for every cell: nothing here was copied, and `None` costs next to nothing.
#[derive(Debug)]
#[non_exhaustive]
pub struct RenderCell<'a> {
    /// What is in it.
    pub value: ValueRef<'a>,
    /// The column.
    pub column: &'a str,
    /// The table; `None` for a query.
    pub table: Option<&'a str>,
    /// The database.
    pub database: &'a str,
    /// Names of the table's primary keys.
    pub pks: Names<'a>,
    /// The whole row.
    pub row: Row<'a>,
    /// The request, if there is one.
    pub request: Option<Request<'a>>,
    /// The type the column was given: its name and its configuration as JSON.
    pub column_type: Option<(&'a str, &'a str)>,
}

impl<'a> RenderCell<'a> {
    /// For the server, and for tests: a cell of this row.
    pub fn new(value: ValueRef<'a>, column: &'a str, database: &'a str, row: Row<'a>) -> Self {
        let (table, pks, request, column_type) = (None, Names::none(), None, None);
        Self { value, column, table, database, pks, row, request, column_type }
    }
}

arguments! {
    /// Can this be rendered?
    CanRender {
        /// The request.
        request: Request<'a> = request,
        /// Names of the columns.
        columns: Names<'a> = columns,
        /// The rows.
        rows: Rows<'a> = rows,
        /// The SQL.
        sql: Option<&'a str> = sql,
        /// The stored query.
        query_name: Option<&'a str> = query_name,
        /// The database.
        database: &'a str = database,
        /// The table or view.
        table: Option<&'a str> = table,
        /// What makes the page: `table`, `row`, `query`.
        view_name: &'a str = view_name,
    }

    /// Render this.
    Render {
        /// The request.
        request: Request<'a> = request,
        /// Names of the columns.
        columns: Names<'a> = columns,
        /// The rows.
        rows: Rows<'a> = rows,
        /// The SQL.
        sql: Option<&'a str> = sql,
        /// The stored query.
        query_name: Option<&'a str> = query_name,
        /// The database.
        database: &'a str = database,
        /// The table or view.
        table: Option<&'a str> = table,
        /// What makes the page: `table`, `row`, `query`.
        view_name: &'a str = view_name,
        /// Whether there are more rows than these.
        truncated: bool = truncated,
        /// What went wrong with the SQL.
        error: Option<&'a str> = error,
        /// The page's data: see [`data`](Self::data).
        source: Option<RenderData<'a>> = callback,
    }
}

impl Render<'_> {
    /// What the page's JSON would be; made now, so ask only if rows and columns don't do.
    pub fn data(&self) -> Result<Json> {
        self.source.as_ref().map_or(Ok(Json::Null), |source| callback::call(source.raw, "data", "null"))
    }
}

/// The data of a page, not yet made.
#[derive(Clone, Copy)]
pub struct RenderData<'a> {
    pub(crate) raw: RawCallback<'a>,
}

impl std::fmt::Debug for RenderData<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RenderData")
    }
}

/// A format, asked for by its extension: `/fixtures/facetable.atom`.
pub trait OutputRenderer: Send + Sync {
    /// The extension, without the dot.
    fn extension(&self) -> &str;

    /// Whether to offer this format for such a page.
    fn can_render(&self, page: &CanRender<'_>) -> Result<bool> {
        let _ = page;
        Ok(true)
    }

    /// Makes the answer; `None` is a 404, `No data`.
    fn render(&self, page: &Render<'_>) -> Result<Option<Response>>;
}
