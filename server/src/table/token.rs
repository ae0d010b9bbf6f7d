//! Pagination tokens: the values that the next page begins behind, written so that they compare as they did in
//! their row.
//!
//! A token is the sort value, if any, and the primary key, joined by commas and tilde-encoded, as Datasette has
//! it. There every value comes back as text, which SQLite compares wrongly with numbers in a column without a
//! type, with BLOBs and with infinity. Such values begin with `$` and their kind here; text never does, because
//! the encoding escapes it.

use datasette_plugin_api::{Value, ValueRef};

use crate::sqlite::{Rows, Table, as_text, hex};
use crate::tilde;

/// The sort value NULL.
const NULL: &str = "$null";

/// One value of a column.
pub(super) fn component(table: &Table, column: &str, value: ValueRef<'_>) -> String {
    let affinity = table.columns.iter().find(|c| c.name == column).map_or("INTEGER", |c| c.affinity());
    let becomes_number = matches!(affinity, "INTEGER" | "REAL" | "NUMERIC");
    match value {
        ValueRef::Null => NULL.to_owned(),
        ValueRef::Integer(integer) if !becomes_number => format!("$i{integer}"),
        ValueRef::Real(real) if !becomes_number || !real.is_finite() => format!("$r{real:?}"),
        ValueRef::Blob(blob) => format!("$b{}", hex(blob)),
        value => tilde::encode(&as_text(value)),
    }
}

/// The primary key of a row.
pub(super) fn key(table: &Table, rows: &Rows, row: usize) -> String {
    if table.uses_rowid() {
        return tilde::encode(&as_text(rows.named(row, "rowid")));
    }
    let keys = table.primary_keys.iter();
    keys.map(|key| component(table, key, rows.named(row, key))).collect::<Vec<_>>().join(",")
}

/// What a component says.
pub(super) fn value(component: &str) -> Value {
    let typed = component.strip_prefix('$').and_then(|rest| match rest.split_at_checked(1)? {
        ("i", digits) => digits.parse().ok().map(Value::Integer),
        ("r", digits) => digits.parse().ok().map(Value::Real),
        ("b", digits) => bytes(digits).map(Value::Blob),
        _ => (component == NULL).then_some(Value::Null),
    });
    typed.unwrap_or_else(|| Value::Text(tilde::decode(component)))
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    };
    digits.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        for (component, expected) in [
            ("$null", Value::Null),
            ("$i-5", Value::Integer(-5)),
            ("$r0.1", Value::Real(0.1)),
            ("$rinf", Value::Real(f64::INFINITY)),
            ("$r-inf", Value::Real(f64::NEG_INFINITY)),
            ("$b00ff", Value::Blob(vec![0, 255])),
            ("$b", Value::Blob(Vec::new())),
            ("~24null", Value::Text("$null".to_owned())),
            ("a+b~2C", Value::Text("a b,".to_owned())),
            ("$nonsense", Value::Text("$nonsense".to_owned())),
            ("$b0", Value::Text("$b0".to_owned())),
            ("$bzz", Value::Text("$bzz".to_owned())),
            ("$ié", Value::Text("$ié".to_owned())),
            ("$", Value::Text("$".to_owned())),
        ] {
            assert_eq!(value(component), expected, "{component}");
        }
    }
}
