//! `/{database}/-/foreign-key-targets` and `/{database}/{table}/-/foreign-key-suggestions`: what columns
//! could refer to.

use std::time::{Duration, Instant};

use datasette_plugin_api::{Json, Value, json};

use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Column, Conn, Database, Kind, Rows, SqlError, Table, identifier};
use crate::writing::{Verdict, refuse};

/// So many rows are looked at.
const SAMPLED_ROWS: usize = 500;
/// How long one look may take, and all of them.
const ONE_LOOK: Duration = Duration::from_millis(50);
const ALL_LOOKS: Duration = Duration::from_millis(200);

/// A column that others can refer to: the only key of its table.
struct Target {
    table: String,
    column: String,
    declared_type: String,
    affinity: &'static str,
}

/// `GET /{database}/-/foreign-key-targets`
pub(crate) fn targets(app: &App, request: &Request, database: &Database) -> Verdict {
    let resource = Resource::Database(&database.name);
    let mut allowed = app.permissions.allowed(request, "create-table", resource)?;
    if let Some(name) = request.args.non_empty("table").filter(|_| !allowed) {
        let table = app.read(request, database, |conn| Ok(database.table(conn, name)?))?;
        if table.is_some_and(|table| !table.is_view()) {
            let resource = Resource::Table(&database.name, name);
            allowed = app.permissions.allowed(request, "alter-table", resource)?;
        }
    }
    if !allowed {
        return Err(refuse(403, "Permission denied: need create-table"));
    }
    let found = app.read(request, database, |conn| visible_targets(app, request, conn, database, None))?;
    let target = |target: &Target| json!({"fk_table": target.table, "fk_column": target.column, "type": target.affinity.to_ascii_lowercase()});
    let body =
        json!({"ok": true, "database": database.name, "targets": found.iter().map(target).collect::<Json>()});
    Ok(Response::json(to_vec(&body)))
}

/// Tables that columns can refer to, with their keys.
pub(crate) fn reference_targets(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
    except: Option<&str>,
) -> Result<Vec<(String, String)>> {
    let found = visible_targets(app, request, conn, database, except)?;
    Ok(found.into_iter().map(|target| (target.table, target.column)).collect())
}

/// In tables that the visitor may see, except one.
fn visible_targets(
    app: &App,
    request: &Request,
    conn: &Conn,
    database: &Database,
    except: Option<&str>,
) -> Result<Vec<Target>> {
    let schema = database.schema(conn)?;
    let columns = schema.all_columns(conn)?;
    let hidden = schema.hidden(conn)?;
    let checker = app.permissions.checker(request, "view-table")?;
    let mut found = Vec::new();
    for name in schema.names(Kind::Table) {
        if name.starts_with("sqlite_") || hidden.contains(name) || except == Some(name) {
            continue;
        }
        let keys = columns.get(name).into_iter().flatten().filter(|column| column.pk_position > 0);
        let keys: Vec<&Column> = keys.collect();
        if let [key] = keys.as_slice()
            && checker.allows(Some(&database.name), Some(name))?
        {
            found.push(Target {
                table: name.to_owned(),
                column: key.name.clone(),
                declared_type: key.declared_type.to_uppercase(),
                affinity: key.affinity(),
            });
        }
    }
    Ok(found)
}

/// `GET /{database}/{table}/-/foreign-key-suggestions`
pub(crate) fn suggestions(app: &App, request: &Request, database: &Database, table: &Table) -> Verdict {
    if table.is_view() {
        return Err(refuse(400, "Cannot suggest foreign keys for a view"));
    }
    if !app.permissions.allowed(request, "alter-table", Resource::Table(&database.name, &table.name))? {
        return Err(refuse(403, "Permission denied: need alter-table"));
    }
    let body = app.read(request, database, |conn| {
        let targets = visible_targets(app, request, conn, database, Some(&table.name))?;
        let columns = table.columns.iter().filter(|column| column.hidden == 0);
        let columns: Vec<(&Column, Vec<&Target>)> =
            columns.map(|column| (column, options(column, &targets))).collect();
        let looked = Look::at(conn, table, &columns)?;
        let shown = columns.iter().enumerate().map(|(index, (column, options))| {
            let suggestions = looked.suggestions.get(index).cloned().unwrap_or_else(|| json!([]));
            describe(table, column, options, &targets, suggestions)
        });
        Ok(json!({
            "ok": true,
            "database": database.name,
            "table": table.name,
            "row_check": {
                "attempted": looked.attempted,
                "status": looked.status(),
                "row_limit": SAMPLED_ROWS,
                "sampled_rows": looked.rows,
                "checked_options": looked.checked,
            },
            "columns": shown.collect::<Json>(),
        }))
    })?;
    Ok(Response::json(to_vec(&body)))
}

fn describe(
    table: &Table,
    column: &Column,
    options: &[&Target],
    targets: &[Target],
    suggestions: Json,
) -> Json {
    let current = table.foreign_keys.iter().find(|key| key.column == column.name);
    // What the visitor may not see is not told.
    let current = current.filter(|key| targets.iter().any(|target| target.table == key.other_table));
    let option = |target: &&Target| json!({"fk_table": target.table, "fk_column": target.column, "type": target.declared_type});
    json!({
        "column": column.name,
        "type": column.declared_type.to_uppercase(),
        "affinity": column.affinity().to_ascii_lowercase(),
        "current": current.map(|key| json!({"fk_table": key.other_table, "fk_column": key.other_column})),
        "suggestions": suggestions,
        "options": options.iter().map(option).collect::<Json>(),
    })
}

/// What fits by its type; names that fit as well come first.
fn options<'t>(column: &Column, targets: &'t [Target]) -> Vec<&'t Target> {
    let is_number = |affinity: &str| matches!(affinity, "INTEGER" | "REAL" | "NUMERIC");
    let fits = |target: &&Target| {
        let (own, other) = (column.affinity(), target.affinity);
        own == other || (own == "NUMERIC" && is_number(other)) || (other == "NUMERIC" && is_number(own))
    };
    let mut options: Vec<&Target> = targets.iter().filter(fits).collect();
    options.sort_by_key(|target| (!name_matches(&column.name, target), &target.table, &target.column));
    options
}

fn name_matches(column: &str, target: &Target) -> bool {
    let (source, table, key) =
        (column.to_lowercase(), target.table.to_lowercase(), target.column.to_lowercase());
    let singular = match (table.strip_suffix("ies"), table.strip_suffix('s')) {
        (Some(stem), _) if !stem.is_empty() => format!("{stem}y"),
        (_, Some(stem)) if !stem.is_empty() => stem.to_owned(),
        _ => table.clone(),
    };
    [table, singular].iter().any(|table| source == format!("{table}_{key}"))
}

/// Whether values of the columns are found in what they could refer to.
#[derive(Default)]
struct Look {
    attempted: bool,
    timed_out: bool,
    rows: usize,
    checked: usize,
    /// For each column.
    suggestions: Vec<Json>,
}

impl Look {
    fn at(conn: &Conn, table: &Table, columns: &[(&Column, Vec<&Target>)]) -> Result<Self> {
        let mut look = Self { suggestions: vec![json!([]); columns.len()], ..Self::default() };
        let sampled: Vec<&str> = columns
            .iter()
            .filter(|(_, options)| !options.is_empty())
            .map(|(column, _)| column.name.as_str())
            .collect();
        look.attempted = !sampled.is_empty();
        if !look.attempted {
            return Ok(look);
        }
        let list = sampled.iter().map(|name| identifier(name)).collect::<Vec<_>>().join(", ");
        let sql = format!("select {list} from {} limit {SAMPLED_ROWS}", identifier(&table.name));
        let Some(rows) = in_time(conn.limited(Some(ONE_LOOK), || conn.rows(&sql, &[])))? else {
            look.timed_out = true;
            return Ok(look);
        };
        look.rows = rows.len();
        let started = Instant::now();
        for (index, (column, options)) in columns.iter().enumerate() {
            let values = distinct(&rows, &column.name);
            if values.is_empty() {
                continue;
            }
            let mut found = Vec::new();
            for target in options {
                let left = ALL_LOOKS.saturating_sub(started.elapsed());
                let limit = Some(ONE_LOOK.min(left));
                let Some(exist) = in_time(conn.limited(limit, || all_exist(conn, target, &values)))? else {
                    look.timed_out = true;
                    return Ok(look);
                };
                if exist {
                    let mut reasons = vec!["type_match", "sample_values_exist"];
                    reasons.extend(name_matches(&column.name, target).then_some("name_match"));
                    found.push(json!({
                        "fk_table": target.table,
                        "fk_column": target.column,
                        "confidence": "sampled",
                        "sampled_values": values.len(),
                        "reasons": reasons,
                    }));
                }
                look.checked += 1;
                if let Some(suggestions) = look.suggestions.get_mut(index) {
                    *suggestions = found.clone().into();
                }
            }
        }
        Ok(look)
    }

    fn status(&self) -> &'static str {
        match self {
            Self { timed_out: true, .. } => "timed_out",
            Self { attempted: true, .. } => "completed",
            _ => "skipped",
        }
    }
}

/// `None` if it took too long.
fn in_time<T>(result: std::result::Result<T, SqlError>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(SqlError::Interrupted { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn distinct(rows: &Rows, column: &str) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    if rows.column_index(column).is_some() {
        for row in 0..rows.len() {
            let value = Value::from(rows.named(row, column));
            if value != Value::Null && !values.contains(&value) {
                values.push(value);
            }
        }
    }
    values
}

fn all_exist(conn: &Conn, target: &Target, values: &[Value]) -> std::result::Result<bool, SqlError> {
    let params: Vec<(String, Value)> =
        values.iter().enumerate().map(|(index, value)| (format!("v{index}"), value.clone())).collect();
    let places = params.iter().map(|(name, _)| format!(":{name}")).collect::<Vec<_>>().join(", ");
    let column = identifier(&target.column);
    let sql = format!("select {column} from {} where {column} in ({places})", identifier(&target.table));
    let rows = conn.rows(&sql, &params)?;
    let found: Vec<Value> = (0..rows.len()).map(|row| rows.get(row, 0).into()).collect();
    Ok(values.iter().all(|value| found.contains(value)))
}
