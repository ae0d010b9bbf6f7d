//! `render_cell`, which is called more often than anything else: what the cells of a page have in common is written
//! down once, and a plugin that wants none of them costs little more than a call.

use abi_stable::prefix_type::{PrefixRef, WithMetadata};
use abi_stable::std_types::{RErr, RNone, ROk, ROption, RSome};

use super::args::Names;
use super::guard::received;
use super::raw::{RawCell, RawCellRef, RawValueRef};
use super::remote::RemotePlugin;
use crate::hooks::RenderCell;
use crate::{Html, Request, Result, Row, Rows, ValueRef};

/// The cells of some rows, one after another.
pub struct Cells<'a> {
    raw: WithMetadata<RawCell<'a>>,
}

impl<'a> Cells<'a> {
    /// Cells of these rows; [`column`](Self::column) and [`cell`](Self::cell) say which.
    pub fn new(
        database: &'a str,
        table: Option<&'a str>,
        pks: &'a Names<'a>,
        rows: Rows<'a>,
        request: Option<Request<'a>>,
    ) -> Self {
        Self {
            raw: WithMetadata::new(RawCell {
                value: RawValueRef::Null,
                column: "".into(),
                table: table.map(Into::into).into(),
                database: database.into(),
                pks: pks.as_slice().into(),
                rows: rows.raw,
                row: 0,
                request: request.map(|request| request.raw).into(),
                column_type: RNone,
                column_config: RNone,
            }),
        }
    }

    /// From now on cells of this column; with the name of its type, if it was given one, and the type's configuration
    /// as JSON.
    pub fn column(&mut self, name: &'a str, column_type: Option<(&'a str, &'a str)>) {
        let (column_type, column_config) = column_type.unzip();
        let raw = &mut self.raw.value.0;
        raw.column = name.into();
        raw.column_type = column_type.map(Into::into).into();
        raw.column_config = column_config.map(Into::into).into();
    }

    /// The cell of that row, and what is in it.
    #[inline]
    pub fn cell(&mut self, row: usize, value: ValueRef<'a>) {
        let raw = &mut self.raw.value.0;
        raw.row = row;
        raw.value = value.into();
    }

    /// The cell, as a plugin sees it.
    pub fn view(&self) -> RenderCell<'_> {
        read(self.lent())
    }

    #[inline]
    fn lent(&self) -> RawCellRef<'_> {
        // SAFETY: what the reference leads to is borrowed for as long as the reference lives.
        RawCellRef(unsafe { PrefixRef::from_raw(&self.raw) })
    }
}

impl RemotePlugin {
    /// Calls [`Plugin::render_cell`](crate::Plugin::render_cell): `None` if the plugin does not have it.
    pub fn render_cell(&self, cell: &RenderCell<'_>) -> Option<Result<Option<Html>>> {
        let Row { rows, index } = cell.row;
        let mut cells = Cells::new(cell.database, cell.table, &cell.pks, rows, cell.request);
        cells.column(cell.column, cell.column_type);
        cells.cell(index, cell.value);
        self.render_cell_of(&cells)
    }

    /// As [`render_cell`](Self::render_cell), for one cell of many.
    #[inline]
    pub fn render_cell_of(&self, cells: &Cells<'_>) -> Option<Result<Option<Html>>> {
        let ROption::RSome(hook) = self.raw.hooks.render_cell() else { return None };
        Some(match hook(self.raw.state, cells.lent()) {
            ROk(RNone) => Ok(None),
            ROk(RSome(html)) => Ok(Some(Html(html.into()))),
            RErr(error) => Err(received(error)),
        })
    }
}

/// The cell, on the plugin's side.
#[inline]
pub(super) fn read(raw: RawCellRef<'_>) -> RenderCell<'_> {
    let config = raw.column_config().map_or("null", |json| json.as_str());
    RenderCell {
        value: raw.value().into(),
        column: raw.column().as_str(),
        table: raw.table().map(|table| table.as_str()).into_option(),
        database: raw.database().as_str(),
        pks: Names::lent(raw.pks()),
        row: Row { rows: Rows { raw: raw.rows() }, index: raw.row() },
        request: raw.request().map(|raw| Request { raw }).into_option(),
        column_type: raw.column_type().map(|name| (name.as_str(), config)).into_option(),
    }
}
