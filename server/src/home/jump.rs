//! `/-/jump`: what the menu's "Jump to" finds. Plugins bring SQL for the things that they know; here it
//! is narrowed to what was typed, and put in order.

use std::cmp::Ordering;

use datasette_plugin_api::{Json, JumpSql, Map, Value, json};

use crate::app::App;
use crate::error::Result;
use crate::host;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Conn, Params, Rows, SqlError, as_text};

/// More are never shown.
const MOST: usize = 100;

/// `/-/jump`: everything that the visitor may see.
pub(crate) fn jump(app: &App, request: &Request) -> Result<Response> {
    respond(app, request, |_| true)
}

/// `/-/tables`, the older name: tables and views only, as clients of that name expect.
pub(crate) fn tables(app: &App, request: &Request) -> Result<Response> {
    respond(app, request, |kind| matches!(kind, "table" | "view"))
}

fn respond(app: &App, request: &Request, is_wanted: impl Fn(&str) -> bool) -> Result<Response> {
    app.refresh_schemas(false)?;
    let typed = request.args.get("q").unwrap_or_default().trim();
    let mut items = Vec::new();
    let mut truncated = false;
    for (plugin, fragment) in app.plugins.jump_items_sql(request) {
        // Items are decoration: a plugin whose SQL is wrong takes only its own away.
        match run(app, request, &fragment, typed) {
            Ok(rows) => {
                truncated |= rows.len() > MOST;
                items.extend((0..rows.len()).map(|row| Item::of(&rows, row)));
            }
            Err(error) => tracing::error!("plugin {plugin}: SQL of jump_items_sql: {error}"),
        }
    }
    items.retain(|item| is_wanted(&item.kind));
    items.sort_by(|a, b| a.compare(b, typed));
    truncated |= items.len() > MOST;
    items.truncate(MOST);
    let matches: Json = items.iter().filter_map(|item| item.to_json(app)).collect();
    let body = json!({"ok": true, "matches": matches, "truncated": truncated});
    Ok(Response::json(to_vec(&body)))
}

/// The best matches of one fragment, in the same order as those of all.
fn run(app: &App, request: &Request, fragment: &JumpSql, typed: &str) -> Result<Rows> {
    // The line break ends a comment that the fragment may end with.
    let sql = format!(
        "select type, label, description, url, search_text, display_name from ({}\n) \
         where :q = '' or search_text like :pattern collate nocase \
         order by case when lower(coalesce(display_name, label)) = lower(:q) then 0 \
         when lower(coalesce(display_name, label)) like lower(:q || '%') then 1 else 2 end, \
         case type when 'database' then 10 when 'table' then 20 when 'view' then 25 when 'query' then 30 else 50 end, \
         length(coalesce(display_name, label)), label limit {}",
        fragment.sql,
        MOST + 1
    );
    let mut params: Params =
        fragment.params.iter().map(|(name, value)| (name.clone(), Value::from_json(value))).collect();
    params.push(("q".to_owned(), Value::Text(typed.to_owned())));
    params.push(("pattern".to_owned(), Value::Text(pattern(typed))));
    let limit = app.sql_time_limit();
    let read = |conn: &Conn| -> Result<Rows> {
        Ok(conn.limited(Some(limit), || -> Result<Rows, SqlError> { conn.rows(&sql, &params) })?)
    };
    match &fragment.database {
        None => app.internal.read_for(Some(&request.cancelled), read),
        Some(name) => match app.database_named(name) {
            Some(database) => app.read(request, &database, read),
            None => Err(crate::error::Error::Internal(anyhow::anyhow!("there is no database {name}"))),
        },
    }
}

/// The words in their order, whatever stands between them.
fn pattern(typed: &str) -> String {
    let words: Vec<&str> = typed.split_whitespace().collect();
    if words.is_empty() { "%".to_owned() } else { format!("%{}%", words.join("%")) }
}

/// Something to jump to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Item {
    kind: String,
    label: String,
    description: Option<String>,
    url: String,
    display_name: Option<String>,
}

impl Item {
    fn of(rows: &Rows, row: usize) -> Self {
        let optional = |name| {
            let value = rows.named(row, name);
            (!value.is_null()).then(|| as_text(value).into_owned())
        };
        let text = |name| optional(name).unwrap_or_default();
        Self {
            kind: text("type"),
            label: text("label"),
            description: optional("description"),
            url: text("url"),
            display_name: optional("display_name").filter(|name| !name.is_empty()),
        }
    }

    fn shown(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.label)
    }

    /// What was typed first, then what begins so; databases before tables; short before long.
    fn compare(&self, other: &Self, typed: &str) -> Ordering {
        let typed = typed.to_lowercase();
        let key = |item: &Self| {
            let shown = item.shown().to_lowercase();
            let relevance = if shown == typed { 0 } else { 2 - u8::from(shown.starts_with(&typed)) };
            let kind = match item.kind.as_str() {
                "database" => 10,
                "table" => 20,
                "view" => 25,
                "query" => 30,
                _ => 50,
            };
            (relevance, kind, item.shown().chars().count())
        };
        key(self).cmp(&key(other)).then_with(|| self.label.cmp(&other.label))
    }

    /// `None` where the address makes no sense; the log has it.
    fn to_json(&self, app: &App) -> Option<Json> {
        let url = match self.address(app) {
            Ok(url) => url,
            Err(reason) => {
                tracing::error!("the jump item {} has the URL {}: {reason}", self.label, self.url);
                return None;
            }
        };
        let mut item = Map::new();
        item.insert("name".to_owned(), self.label.clone().into());
        item.insert("url".to_owned(), url.into());
        item.insert("type".to_owned(), self.kind.clone().into());
        item.insert("description".to_owned(), self.description.clone().into());
        if let Some(name) = &self.display_name {
            item.insert("display_name".to_owned(), name.clone().into());
        }
        Some(Json::Object(item))
    }

    /// A path as it is, or an object that names one of the server's URLs.
    fn address(&self, app: &App) -> Result<String, String> {
        if self.url.is_empty() || self.url.starts_with('/') {
            return Ok(self.url.clone());
        }
        let described: Json = serde_json::from_str(&self.url).map_err(|error| error.to_string())?;
        let method =
            described.get("method").and_then(Json::as_str).ok_or("an object with a method is needed")?;
        host::named_url(app, method, &described).map_err(|error| error.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(typed: &str, items: &[(&str, &str)]) -> String {
        let item = |(kind, label): &(&str, &str)| Item {
            kind: (*kind).to_owned(),
            label: (*label).to_owned(),
            ..Item::default()
        };
        let mut items: Vec<Item> = items.iter().map(item).collect();
        items.sort_by(|a, b| a.compare(b, typed));
        items.into_iter().map(|item| item.label).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_best_match_comes_first() {
        let items = [("table", "d: city"), ("query", "city"), ("table", "cityscape"), ("database", "x city")];
        assert_eq!(order("City", &items), "city, cityscape, x city, d: city");
        assert_eq!(order("", &items), "x city, d: city, cityscape, city");
    }

    #[test]
    fn words_match_in_their_order() {
        assert_eq!(pattern("trees  spec"), "%trees%spec%");
        assert_eq!(pattern(""), "%");
    }
}
