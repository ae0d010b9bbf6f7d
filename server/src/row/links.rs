//! Rows of other tables that refer to a row.

use datasette_plugin_api::{Json, Value, ValueRef, json};

use super::Found;
use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::request::Request;
use crate::sqlite::{Conn, Database, Link, SqlError, Table, identifier};
use crate::urls;

/// References from one column of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Referrer {
    pub(crate) link: Link,
    pub(crate) count: i64,
    /// The page of those rows.
    pub(crate) url: String,
}

impl Referrer {
    pub(crate) fn to_json(&self) -> Json {
        json!({
            "other_table": self.link.other_table,
            "column": self.link.column,
            "other_column": self.link.other_column,
            "count": self.count,
            "link": self.url,
        })
    }
}

/// All tables that the visitor may see and that have a foreign key to this one. Empty for compound
/// keys, which no single column refers to, and where counting takes too long.
pub(crate) fn referrers(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
    table: &Table,
    found: &Found,
) -> Result<Vec<Referrer>> {
    let [value] = found.key_values.as_slice() else { return Ok(Vec::new()) };
    let schema = database.schema(conn)?;
    let links = schema.links(conn)?;
    let Some(links) = links.get(&table.name) else { return Ok(Vec::new()) };
    let mut visible: Vec<(&Link, &str)> = Vec::new();
    for link in &links.incoming {
        let resource = Resource::Table(&database.name, &link.other_table);
        if let Some(column) = &link.other_column
            && app.permissions.allowed(request, "view-table", resource)?
        {
            visible.push((link, column));
        }
    }
    if visible.is_empty() {
        return Ok(Vec::new());
    }
    let count = |(link, column): &(&Link, &str)| {
        format!("(select count(*) from {} where {} = :id)", identifier(&link.other_table), identifier(column))
    };
    let sql = format!("select {}", visible.iter().map(count).collect::<Vec<_>>().join(", "));
    let params = vec![("id".to_owned(), Value::Text(value.clone()))];
    let counts = match conn.limited(Some(app.sql_time_limit()), || conn.rows(&sql, &params)) {
        Ok(counts) => counts,
        Err(SqlError::Interrupted { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let referrer = |(index, (link, column)): (usize, (&Link, &str))| {
        let argument = if column.starts_with('_') { format!("{column}__exact") } else { column.to_owned() };
        let query = urls::encode_query([(argument.as_str(), value.as_str())]);
        Referrer {
            link: link.clone(),
            count: match counts.get(0, index) {
                ValueRef::Integer(count) => count,
                _ => 0,
            },
            url: format!("{}?{query}", app.urls.table(&database.route, &link.other_table)),
        }
    };
    Ok(visible.into_iter().enumerate().map(referrer).collect())
}
