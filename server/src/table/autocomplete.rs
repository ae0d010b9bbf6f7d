//! `GET /{database}/{table}/-/autocomplete`: rows whose key or label contains what somebody types.

use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::{Json, Map, Value, json};

use super::labels::label_column;
use super::show::place;
use crate::app::App;
use crate::error::{Error, Result};
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Conn, Database, Params, Rows, SqlError, Table, identifier};

/// Somebody is typing: what takes longer than this comes too late.
const TIME_LIMIT: Duration = Duration::from_millis(500);
/// As many as a list under a field can show.
const MOST: usize = 10;

pub(crate) fn autocomplete(
    app: &App,
    request: &Request,
    database: &Arc<Database>,
    table: &Arc<Table>,
) -> Result<Response> {
    if table.is_view() {
        return Err(Error::bad_request("Autocomplete is only available for tables"));
    }
    place(app, request, database, table)?;
    let typed = request.args.get("q").unwrap_or_default();
    let search = Search::of(table, label_column(app, database, table));
    let rows = if !typed.is_empty() {
        app.read(request, database, |conn| search.matches(app, conn, typed))?
    } else if is_on(request.args.get("_initial"))? {
        app.read(request, database, |conn| search.newest(app, conn))?
    } else {
        Rows::default()
    };
    let rows: Json = (0..rows.len()).map(|row| search.to_json(&rows, row)).collect();
    Ok(Response::json(to_vec(&json!({"ok": true, "rows": rows}))))
}

fn is_on(text: Option<&str>) -> Result<bool> {
    match text.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "off" | "false" | "0" => Ok(false),
        "on" | "true" | "1" => Ok(true),
        _ => Err(Error::bad_request("_initial must be on, off, true, false, 1 or 0")),
    }
}

/// What is searched, and in what.
struct Search {
    /// Quoted name of the table.
    table: String,
    keys: Vec<String>,
    label: Option<String>,
}

impl Search {
    fn of(table: &Table, label: Option<String>) -> Self {
        let keys = if table.uses_rowid() { vec!["rowid".to_owned()] } else { table.primary_keys.clone() };
        Self { table: identifier(&table.name).into_owned(), keys, label }
    }

    /// Quoted names of the columns that are looked at, each once.
    fn columns(&self) -> Vec<String> {
        let label = self.label.iter().filter(|label| !self.keys.contains(label));
        self.keys.iter().chain(label).map(|name| identifier(name).into_owned()).collect()
    }

    fn quoted_keys(&self) -> Vec<String> {
        self.keys.iter().map(|key| identifier(key).into_owned()).collect()
    }

    fn first_key(&self) -> String {
        self.quoted_keys().into_iter().next().unwrap_or_default()
    }

    fn sql(&self, condition: &str, order: &str) -> String {
        format!(
            "select {} from {} where {condition} order by {order} limit {MOST}",
            self.columns().join(", "),
            self.table
        )
    }

    /// Every column is searched; if that takes too long, only the beginning of the key, which an index
    /// finds; if that does, too, nothing.
    fn matches(&self, app: &App, conn: &Conn, typed: &str) -> Result<Rows> {
        let escaped = escape_like(typed);
        let mut params: Params = vec![
            ("q".to_owned(), Value::Text(typed.to_owned())),
            ("like".to_owned(), Value::Text(format!("%{escaped}%"))),
            ("prefix".to_owned(), Value::Text(format!("{escaped}%"))),
        ];
        let like = |column: &String| format!("{column} like :like escape char(92)");
        let condition = self.columns().iter().map(like).collect::<Vec<_>>().join(" or ");
        if let Some(rows) = run(app, conn, &self.sql(&condition, &self.best_first()), &params)? {
            return Ok(rows);
        }
        let key = self.first_key();
        let mut condition = format!("{key} like :prefix escape char(92)");
        if let Some(end) = prefix_end(typed) {
            params.push(("prefix_end".to_owned(), Value::Text(end)));
            condition = format!("{key} >= :q and {key} < :prefix_end and {condition}");
        }
        let rows = run(app, conn, &self.sql(&condition, &self.quoted_keys().join(", ")), &params)?;
        Ok(rows.unwrap_or_default())
    }

    /// The row of that very key; rows whose label matches, short ones first; the others.
    fn best_first(&self) -> String {
        let mut order = Vec::new();
        let key = self.first_key();
        if self.keys.len() == 1 {
            order.push(format!("case when cast({key} as text) = :q then 0 else 1 end"));
        }
        match &self.label {
            Some(label) => {
                let label = identifier(label);
                let matches = format!("{label} like :like escape char(92)");
                order.push(format!("case when {matches} then 0 else 1 end"));
                order.push(format!("case when {matches} then length(cast({label} as text)) end"));
            }
            None => order.push(format!("length(cast({key} as text))")),
        }
        order.extend(self.quoted_keys());
        order.join(", ")
    }

    /// What is offered before anything is typed.
    fn newest(&self, app: &App, conn: &Conn) -> Result<Rows> {
        let mut order = self.quoted_keys();
        if let Some(first) = order.first_mut() {
            first.push_str(" desc");
        }
        Ok(run(app, conn, &self.sql("1 = 1", &order.join(", ")), &Vec::new())?.unwrap_or_default())
    }

    fn to_json(&self, rows: &Rows, row: usize) -> Json {
        let keys = self.keys.iter().map(|key| (key.clone(), rows.named(row, key).to_json()));
        let mut item = Map::new();
        item.insert("pks".to_owned(), Json::Object(keys.collect()));
        if let Some(label) = &self.label {
            item.insert("label".to_owned(), rows.named(row, label).to_json());
        }
        Json::Object(item)
    }
}

/// `None` if it took too long.
fn run(app: &App, conn: &Conn, sql: &str, params: &Params) -> Result<Option<Rows>> {
    match conn.limited(Some(app.sql_time_limit_or(Some(TIME_LIMIT))), || conn.rows(sql, params)) {
        Ok(rows) => Ok(Some(rows)),
        Err(SqlError::Interrupted { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The least text that is greater than everything that begins with `text`.
fn prefix_end(text: &str) -> Option<String> {
    let mut kept: Vec<char> = text.chars().collect();
    while let Some(last) = kept.pop() {
        // Between U+D7FF and U+E000 there are no characters.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(last as u32 + 1) };
        if let Some(next) = next {
            kept.push(next);
            return Some(kept.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_that_are_typed_are_letters() {
        assert_eq!(escape_like(r"50%_\"), r"50\%\_\\");
    }

    #[test]
    fn a_prefix_ends_where_the_next_one_begins() {
        assert_eq!(prefix_end("abc").as_deref(), Some("abd"));
        assert_eq!(prefix_end("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(prefix_end("\u{10ffff}"), None);
        assert_eq!(prefix_end(""), None);
    }

    #[test]
    fn the_label_decides_the_order_if_there_is_one() {
        let search = |label: Option<&str>| Search {
            table: "t".to_owned(),
            keys: vec!["id".to_owned()],
            label: label.map(str::to_owned),
        };
        assert!(search(Some("name")).best_first().contains("length(cast(name as text))"));
        assert!(search(None).best_first().contains("length(cast(id as text))"));
        assert_eq!(search(Some("id")).columns(), ["id"]);
    }
}
