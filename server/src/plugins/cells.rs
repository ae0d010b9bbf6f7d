//! Cells of a page: what plugins make of them. Asked for every cell, so that all that can be is done before.

use std::time::Instant;

use datasette_plugin_api::server::{Cells, Hook};
use datasette_plugin_api::{self as api, ColumnCell, Html, JsonText, Rows as RowsView};

use super::decorate::log;
use super::questions::{CellsQuestion, ColumnTypeInUse};
use super::stats::PageCounts;
use super::{Loaded, Plugins, RegisteredColumnType};

impl Plugins {
    /// Whether any plugin renders cells.
    pub(crate) fn renders_cells(&self) -> bool {
        self.has_hook(Hook::RenderCell)
    }

    /// To ask about cells of these rows, a column after the other.
    pub(crate) fn cells<'a>(&'a self, question: CellsQuestion<'a>) -> PageCells<'a> {
        let CellsQuestion { table, database, pks, rows, request } = question;
        let view = api::Request::over(request);
        PageCells {
            plugins: self,
            asked: self.with_hook(Hook::RenderCell).map(|plugin| (plugin, PageCounts::default())).collect(),
            cells: Cells::new(database, table, pks, RowsView::over(rows), Some(view)),
            question,
            column: 0,
            column_type: None,
        }
    }
}

/// Asks about one cell after another.
pub(crate) struct PageCells<'a> {
    plugins: &'a Plugins,
    asked: Vec<(&'a Loaded, PageCounts)>,
    cells: Cells<'a>,
    question: CellsQuestion<'a>,
    column: usize,
    column_type: Option<(&'a ColumnTypeInUse, &'a RegisteredColumnType)>,
}

impl<'a> PageCells<'a> {
    /// From now on cells of this column, which may have been given a type.
    pub(crate) fn column(&mut self, column: usize, column_type: Option<&'a ColumnTypeInUse>) {
        self.column = column;
        let name = self.question.rows.columns.get(column).map_or("", String::as_str);
        self.cells.column(name, column_type.map(|given| (given.name.as_str(), given.config_text())));
        self.column_type =
            column_type.and_then(|given| Some((given, self.plugins.registered().column_type(&given.name)?)));
    }

    /// How the cell of that row looks: its column's type is asked first, then the plugins until one answers. What
    /// fails is logged and passed over.
    pub(crate) fn render(&mut self, row: usize) -> Option<Html> {
        if self.column_type.is_some()
            && let Some(html) = self.by_type(row)
        {
            return Some(html);
        }
        self.cells.cell(row, self.question.rows.get(row, self.column));
        if self.plugins.trace.is_on() && !self.asked.is_empty() {
            return self.traced();
        }
        let cells = &self.cells;
        self.asked.iter_mut().find_map(|(plugin, counts)| {
            let answer = counts.sampled(|| plugin.remote.render_cell_of(cells))?;
            answer.unwrap_or_else(|error| failed(plugin, &error))
        })
    }

    fn traced(&mut self) -> Option<Html> {
        let cells = &self.cells;
        let mut trace = self.plugins.trace.start(Hook::RenderCell, &cells.view());
        self.asked.iter_mut().find_map(|(plugin, counts)| {
            let started = Instant::now();
            let answer = counts.sampled(|| plugin.remote.render_cell_of(cells))?;
            if let Some(trace) = &mut trace {
                trace.answered(&plugin.name, started.elapsed(), format!("{answer:?}"));
            }
            answer.unwrap_or_else(|error| failed(plugin, &error))
        })
    }

    fn by_type(&self, row: usize) -> Option<Html> {
        let (given, column_type) = self.column_type?;
        let CellsQuestion { table, database, rows, .. } = self.question;
        let (value, name) = (rows.get(row, self.column), rows.columns.get(self.column)?);
        let config = JsonText::new(given.config_text());
        column_type.render_cell(&ColumnCell::new(value, name, table, database, config))
    }
}

#[cold]
fn failed(plugin: &Loaded, error: &api::Error) -> Option<Html> {
    log(plugin, Hook::RenderCell, error);
    None
}

impl Drop for PageCells<'_> {
    fn drop(&mut self) {
        self.asked.iter().for_each(|(plugin, counts)| counts.tell(plugin, Hook::RenderCell));
    }
}
