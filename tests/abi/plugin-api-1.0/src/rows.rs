//! Rows of the server, read where they are.

use std::fmt;

use crate::ValueRef;
use crate::ffi::raw::RawRows;

/// The rows of a result, for as long as the call lasts.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub(crate) raw: RawRows<'a>,
}

/// One row of a result, for as long as the call lasts.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub(crate) rows: Rows<'a>,
    pub(crate) index: usize,
}

impl<'a> Rows<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        (self.raw.table.len())(self.raw.data)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row, if there are that many.
    pub fn get(&self, index: usize) -> Option<Row<'a>> {
        (index < self.len()).then_some(Row { rows: *self, index })
    }

    /// Every row.
    pub fn iter(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let rows = *self;
        (0..rows.len()).map(move |index| Row { rows, index })
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        (self.raw.table.width())(self.raw.data)
    }

    /// Names of the columns, in order; a name may repeat.
    pub fn columns(&self) -> Vec<&'a str> {
        (0..self.width()).map(|column| self.column(column)).collect()
    }

    fn column(&self, index: usize) -> &'a str {
        (self.raw.table.column())(self.raw.data, index).as_str()
    }
}

impl<'a> Row<'a> {
    /// The value in the (first) column of that name.
    pub fn get(&self, column: &str) -> Option<ValueRef<'a>> {
        (0..self.len()).find(|index| self.rows.column(*index) == column).map(|index| self.at(index))
    }

    /// The value in that column; null beyond the last.
    pub fn at(&self, column: usize) -> ValueRef<'a> {
        (self.rows.raw.table.cell())(self.rows.raw.data, self.index, column).into()
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.rows.width()
    }

    /// Whether it has no columns.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, ValueRef<'a>)> + use<'a> {
        let row = *self;
        (0..row.len()).map(move |column| (row.rows.column(column), row.at(column)))
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.len())
    }
}
