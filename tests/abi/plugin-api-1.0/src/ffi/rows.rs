//! Rows and values, as they cross.

use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::RStr;

use super::guard::guard_or;
use super::raw::{Lent, RawRows, RawRowsTable, RawRowsTableRef, RawValue, RawValueRef, lent};
use crate::rows::{Row, Rows};
use crate::value::{Value, ValueRef};

/// What a server implements for its rows.
pub trait RowSource {
    /// How many rows.
    fn len(&self) -> usize;
    /// How many columns.
    fn width(&self) -> usize;
    /// Name of a column; only asked for those that exist.
    fn column(&self, index: usize) -> &str;
    /// A value; only asked for those that exist.
    fn cell(&self, row: usize, column: usize) -> ValueRef<'_>;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: RowSource + ?Sized> RowSource for &T {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn width(&self) -> usize {
        (**self).width()
    }

    fn column(&self, index: usize) -> &str {
        (**self).column(index)
    }

    fn cell(&self, row: usize, column: usize) -> ValueRef<'_> {
        (**self).cell(row, column)
    }
}

impl<'a> Rows<'a> {
    /// The plugins' view of a server's rows.
    pub fn over<T: RowSource>(source: &'a T) -> Self {
        let table = RawRowsTableRef(Table::<T>::TABLE.static_as_prefix());
        Self { raw: RawRows { data: Lent::new(source), table } }
    }
}

impl<'a> Row<'a> {
    /// The plugins' view of one of a server's rows.
    pub fn over<T: RowSource>(source: &'a T, index: usize) -> Self {
        Self { rows: Rows::over(source), index }
    }
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: RowSource> Table<T> {
    const TABLE: &'static WithMetadata<RawRowsTable> = &WithMetadata::new(RawRowsTable {
        len: len::<T>,
        width: width::<T>,
        column: column::<T>,
        cell: cell::<T>,
    });
}

extern "C" fn len<T: RowSource>(data: Lent<'_>) -> usize {
    // SAFETY: this function stands in the table of `T` only.
    guard_or(0, || unsafe { lent::<T>(data) }.len())
}

extern "C" fn width<T: RowSource>(data: Lent<'_>) -> usize {
    // SAFETY: this function stands in the table of `T` only.
    guard_or(0, || unsafe { lent::<T>(data) }.width())
}

extern "C" fn column<'a, T: RowSource>(data: Lent<'a>, index: usize) -> RStr<'a> {
    guard_or(RStr::empty(), || {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        let name = if index < source.width() { source.column(index) } else { "" };
        // SAFETY: what the source lends lives as long as the source, which is lent for `'a`.
        unsafe { std::mem::transmute::<RStr<'_>, RStr<'a>>(name.into()) }
    })
}

extern "C" fn cell<'a, T: RowSource>(data: Lent<'a>, row: usize, column: usize) -> RawValueRef<'a> {
    guard_or(RawValueRef::Null, || {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        let exists = row < source.len() && column < source.width();
        let value = if exists { source.cell(row, column) } else { ValueRef::Null };
        // SAFETY: what the source lends lives as long as the source, which is lent for `'a`.
        unsafe { std::mem::transmute::<RawValueRef<'_>, RawValueRef<'a>>(value.into()) }
    })
}

impl<'a> From<ValueRef<'a>> for RawValueRef<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(i) => Self::Integer(i),
            ValueRef::Real(r) => Self::Real(r),
            ValueRef::Text(t) => Self::Text(t.into()),
            ValueRef::Blob(b) => Self::Blob(b.into()),
        }
    }
}

impl<'a> From<RawValueRef<'a>> for ValueRef<'a> {
    fn from(value: RawValueRef<'a>) -> Self {
        match value {
            RawValueRef::Null => Self::Null,
            RawValueRef::Integer(i) => Self::Integer(i),
            RawValueRef::Real(r) => Self::Real(r),
            RawValueRef::Text(t) => Self::Text(t.as_str()),
            RawValueRef::Blob(b) => Self::Blob(b.as_slice()),
        }
    }
}

impl From<Value> for RawValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(i) => Self::Integer(i),
            Value::Real(r) => Self::Real(r),
            Value::Text(t) => Self::Text(t.into()),
            Value::Blob(b) => Self::Blob(b.into()),
        }
    }
}

impl From<RawValue> for Value {
    fn from(value: RawValue) -> Self {
        match value {
            RawValue::Null => Self::Null,
            RawValue::Integer(i) => Self::Integer(i),
            RawValue::Real(r) => Self::Real(r),
            RawValue::Text(t) => Self::Text(t.into()),
            RawValue::Blob(b) => Self::Blob(b.into()),
        }
    }
}
