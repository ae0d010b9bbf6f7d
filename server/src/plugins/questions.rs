//! What the server asks plugins about a page, in the server's own words.

use datasette_plugin_api::server::{DataSource, RowSource};
use datasette_plugin_api::{
    CanRender, FacetConfig, FacetContext, Json, Names, PageContext, Render, RenderData, Request as View,
    Rows, Sent, Value,
};

use crate::request::Request;

/// A page that is about to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageQuestion<'a> {
    pub(crate) template: Option<&'a str>,
    pub(crate) database: Option<&'a str>,
    pub(crate) table: Option<&'a str>,
    pub(crate) columns: &'a [String],
    /// `index`, `database`, `table`, `row`, `query`, ...
    pub(crate) view_name: &'a str,
    pub(crate) request: &'a Request,
}

impl<'a> PageQuestion<'a> {
    pub(super) fn view(&self) -> PageContext<'a> {
        let request = Some(View::over(self.request));
        PageContext::new(
            self.template,
            self.database,
            self.table,
            Names::new(self.columns),
            self.view_name,
            request,
        )
    }
}

/// A type that a column was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnTypeInUse {
    pub(crate) name: String,
    pub(crate) config: Option<Json>,
    /// The configuration as plugins get it; made once, read for every cell.
    text: String,
}

impl ColumnTypeInUse {
    pub(crate) fn new(name: impl Into<String>, config: Option<Json>) -> Self {
        let text = config.as_ref().map_or_else(|| "null".to_owned(), Json::to_string);
        Self { name: name.into(), config, text }
    }

    pub(super) fn config_text(&self) -> &str {
        &self.text
    }
}

/// Rows of a page, about whose cells plugins are asked.
#[derive(Clone, Copy)]
pub(crate) struct CellsQuestion<'a> {
    pub(crate) table: Option<&'a str>,
    pub(crate) database: &'a str,
    /// Names of the table's primary keys.
    pub(crate) pks: &'a Names<'a>,
    pub(crate) rows: &'a crate::sqlite::Rows,
    pub(crate) request: &'a Request,
}

/// Rows that may leave in some format.
#[derive(Clone, Copy)]
pub(crate) struct RenderQuestion<'a> {
    pub(crate) request: &'a Request,
    pub(crate) rows: &'a crate::sqlite::Rows,
    pub(crate) sql: Option<&'a str>,
    pub(crate) query_name: Option<&'a str>,
    pub(crate) database: &'a str,
    pub(crate) table: Option<&'a str>,
    /// `table`, `row` or `query`.
    pub(crate) view_name: &'a str,
}

impl<'a> RenderQuestion<'a> {
    pub(super) fn can_render(&self) -> CanRender<'a> {
        CanRender::new(
            View::over(self.request),
            self.columns(),
            Rows::over(self.rows),
            self.sql,
            self.query_name,
            self.database,
            self.table,
            self.view_name,
        )
    }

    pub(super) fn render(
        &self,
        truncated: bool,
        error: Option<&'a str>,
        data: &'a LazyData<'a>,
    ) -> Render<'a> {
        Render::new(
            View::over(self.request),
            self.columns(),
            Rows::over(self.rows),
            self.sql,
            self.query_name,
            self.database,
            self.table,
            self.view_name,
            truncated,
            error,
            Some(RenderData::over(data)),
        )
    }

    fn columns(&self) -> Names<'a> {
        Names::new(&self.rows.columns)
    }
}

/// The page's JSON without its rows, made if a renderer asks; the rows are added then.
pub(super) struct LazyData<'a> {
    pub(super) rows: &'a crate::sqlite::Rows,
    pub(super) rest: &'a dyn Fn() -> Json,
}

impl DataSource for LazyData<'_> {
    fn json(&self) -> datasette_plugin_api::Result<String> {
        let mut data = (self.rest)();
        if let Json::Object(object) = &mut data
            && !object.contains_key("rows")
        {
            let row = |row: usize| {
                let cells = self.rows.columns.iter().enumerate();
                let cells = cells.map(|(column, name)| (name.clone(), self.rows.cell(row, column).to_json()));
                Json::Object(cells.collect())
            };
            object.insert("rows".to_owned(), (0..self.rows.len()).map(row).collect());
        }
        Ok(data.to_string())
    }
}

/// Rows that may be counted.
#[derive(Clone, Copy)]
pub(crate) struct FacetQuestion<'a> {
    pub(crate) request: &'a Request,
    pub(crate) database: &'a str,
    pub(crate) table: Option<&'a str>,
    /// A select without order and limit.
    pub(crate) sql: &'a str,
    pub(crate) params: &'a [(String, Value)],
    /// The facets of one type: those to count, or those that need not be suggested.
    pub(crate) configs: &'a [FacetConfig],
    pub(crate) facet_size: usize,
    pub(crate) row_count: Option<i64>,
    pub(crate) columns: &'a [String],
    pub(crate) time_limit_ms: u64,
    pub(crate) suggest_time_limit_ms: u64,
}

impl<'a> FacetQuestion<'a> {
    pub(super) fn view(&self) -> FacetContext<'a> {
        FacetContext::new(
            View::over(self.request),
            self.database,
            self.table,
            self.sql,
            Sent::new(self.params.to_vec()),
            Sent::new(self.configs.to_vec()),
            self.facet_size,
            self.row_count,
            Names::new(self.columns),
            self.time_limit_ms,
            self.suggest_time_limit_ms,
        )
    }
}
