//! What the rows that foreign keys refer to are called.

use std::collections::HashMap;

use datasette_plugin_api::{Value, ValueRef};

use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::request::Request;
use crate::sqlite::{Conn, Database, ForeignKey, Kind, Params, Rows, SqlError, Table, as_text, identifier};

/// Labels of one page, by column of its rows.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    columns: HashMap<usize, ColumnLabels>,
}

#[derive(Debug)]
pub(crate) struct ColumnLabels {
    /// The table that the values refer to, as it is spelled in the schema.
    pub(crate) other_table: String,
    labels: HashMap<Key, Value>,
    /// The other table has no label column: each value is its own label.
    own_text: bool,
}

/// A value that can be looked up; 1 and 1.0 are the same to SQLite's foreign keys.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Integer(i64),
    Real(u64),
    Text(String),
    Blob(Vec<u8>),
}

impl Key {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "compared back below"
        )]
        Some(match value {
            ValueRef::Null => return None,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) if value == (value as i64) as f64 => Self::Integer(value as i64),
            ValueRef::Real(value) => Self::Real(value.to_bits()),
            ValueRef::Text(text) => Self::Text(text.to_owned()),
            ValueRef::Blob(blob) => Self::Blob(blob.to_vec()),
        })
    }
}

impl Labels {
    /// The label of a value in the column; `None` where it isn't expanded.
    pub(crate) fn get(&self, column: usize, value: ValueRef<'_>) -> Option<Value> {
        self.columns.get(&column)?.get(value)
    }

    pub(crate) fn column(&self, column: usize) -> Option<&ColumnLabels> {
        self.columns.get(&column)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl ColumnLabels {
    pub(crate) fn get(&self, value: ValueRef<'_>) -> Option<Value> {
        let key = Key::of(value)?;
        if self.own_text {
            return Some(Value::Text(as_text(value).into_owned()));
        }
        self.labels.get(&key).cloned()
    }
}

/// A foreign key with the label column of the table it refers to.
#[derive(Debug, Clone)]
pub(crate) struct Expandable {
    pub(crate) key: ForeignKey,
    pub(crate) label_column: Option<String>,
}

/// The foreign keys of the table.
pub(crate) fn expandable(
    app: &App,
    conn: &Conn,
    database: &Database,
    table: &Table,
) -> Result<Vec<Expandable>> {
    let mut found = Vec::with_capacity(table.foreign_keys.len());
    for key in &table.foreign_keys {
        let other = target(conn, database, &key.other_table)?;
        let label_column = match other {
            Some(other) => label_column(app, database, &other),
            None => None,
        };
        found.push(Expandable { key: key.clone(), label_column });
    }
    Ok(found)
}

/// The column that names the table's rows, if the visitor may see it.
pub(crate) fn label_column(app: &App, database: &Database, table: &Table) -> Option<String> {
    let configured = app.config.table(&database.name, &table.name).label_column.as_ref();
    configured.filter(|column| !table.conceals(column)).or(table.label_column.as_ref()).cloned()
}

/// Declarations may spell the table's name in other letters than the schema does.
fn target(conn: &Conn, database: &Database, name: &str) -> Result<Option<std::sync::Arc<Table>>> {
    let schema = database.schema(conn)?;
    if let Some(entry) = schema.entry(name).filter(|entry| entry.kind == Kind::Table) {
        return Ok(schema.table(conn, &entry.name)?);
    }
    let same =
        |entry: &&crate::sqlite::Entry| entry.kind == Kind::Table && entry.name.eq_ignore_ascii_case(name);
    match schema.entries.iter().find(same) {
        Some(entry) => Ok(schema.table(conn, &entry.name)?),
        None => Ok(None),
    }
}

/// Which of the columns are to be expanded: `_label` names them, else `_labels` (or the format's
/// `default`) says all or none.
pub(crate) fn wanted<'a>(request: &'a Request, table: &'a Table, default: bool) -> Vec<&'a str> {
    if request.args.contains("_label") {
        return request.args.all("_label").collect();
    }
    let all = request.args.get("_labels").and_then(as_boolean).unwrap_or(default);
    if all { table.foreign_keys.iter().map(|key| key.column.as_str()).collect() } else { Vec::new() }
}

pub(crate) fn as_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" => Some(true),
        "off" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Looks up the labels of the wanted columns, all values of a column in one query.
pub(crate) fn fetch(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
    table: &Table,
    rows: &Rows,
    wanted: &[&str],
) -> Result<Labels> {
    let mut labels = Labels::default();
    for key in &table.foreign_keys {
        if !wanted.contains(&key.column.as_str()) {
            continue;
        }
        let Some(index) = rows.column_index(&key.column) else { continue };
        let values: Vec<Value> = (0..rows.len()).map(|row| rows.get(row, index).into()).collect();
        if let Some(found) = for_values(app, request, conn, database, key, &values)? {
            labels.columns.insert(index, found);
        }
    }
    Ok(labels)
}

/// Labels of `values` of one foreign key; `None` if the visitor may not see the table it refers
/// to, or if that table can't be referred to.
pub(crate) fn for_values(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
    key: &ForeignKey,
    values: &[Value],
) -> Result<Option<ColumnLabels>> {
    let Some(other) = target(conn, database, &key.other_table)? else { return Ok(None) };
    let other_column = match (&key.other_column, other.primary_keys.as_slice()) {
        (Some(column), _) => column,
        (None, [only]) => only,
        _ => return Ok(None),
    };
    if !app.permissions.allowed(request, "view-table", Resource::Table(&database.name, &other.name))? {
        return Ok(None);
    }
    let mut found = ColumnLabels { other_table: other.name.clone(), labels: HashMap::new(), own_text: false };
    let Some(label_column) = label_column(app, database, &other) else {
        found.own_text = true;
        return Ok(Some(found));
    };
    let mut distinct: HashMap<Key, Value> = HashMap::new();
    for value in values {
        if let Some(key) = Key::of(value.as_ref()) {
            distinct.insert(key, value.clone());
        }
    }
    if distinct.is_empty() {
        return Ok(Some(found));
    }
    let params: Params =
        distinct.into_values().enumerate().map(|(i, value)| (format!("v{i}"), value)).collect();
    let names: Vec<String> = params.iter().map(|(name, _)| format!(":{name}")).collect();
    let sql = format!(
        "select {0}, {1} from {2} where {0} in ({3})",
        identifier(other_column),
        identifier(&label_column),
        identifier(&other.name),
        names.join(", ")
    );
    match conn.limited(Some(app.sql_time_limit()), || conn.rows(&sql, &params)) {
        Ok(rows) => {
            for row in 0..rows.len() {
                if let Some(key) = Key::of(rows.get(row, 0)) {
                    found.labels.insert(key, rows.get(row, 1).into());
                }
            }
        }
        // Too slow: the page is shown without these labels.
        Err(SqlError::Interrupted { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Some(found))
}
