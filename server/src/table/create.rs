//! `POST /{database}/-/create`: a new table from columns or from rows; rows go into an old one, too.

use datasette_plugin_api::{Json, Map, json};

use super::describe::{self, Defaults, Problems};
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Table, Writer};
use crate::writing::{
    self, ColumnSql, Conflict, Events, InsertedRows, Record, Reference, Refused, TableSql, Verdict,
    check_creatable, decode_row, is_true, parse_json, python_list, refuse, suggest_types,
};

pub(crate) fn create(app: &App, request: &Request, database: &Database) -> Verdict {
    if !app.permissions.allowed(request, "create-table", Resource::Database(&database.name))? {
        return Err(refuse(403, "Permission denied"));
    }
    let data = parse_json(&request.body).map_err(|error| refuse(400, format!("Invalid JSON: {error}")))?;
    let Json::Object(data) = data else { return Err(refuse(400, "JSON must be an object")) };
    let mut wanted = Wanted::read(&data)?;
    let most = app.settings().max_insert_rows;
    if let Content::Rows(rows) = &wanted.content
        && rows.len() > usize::try_from(most).unwrap_or(usize::MAX)
    {
        return Err(refuse(400, format!("Too many rows, maximum allowed is {most}")));
    }
    let existing = app.read(request, database, |conn| Ok(database.table(conn, &wanted.table)?))?;
    let existing = existing.filter(|table| !table.is_view());
    wanted.check_permissions(app, request, database, existing.is_some())?;
    if let Some(table) = &existing {
        check_creatable(table)?;
        wanted.keep_key(table)?;
    }
    if !database.is_mutable {
        return Err(refuse(403, "Database is immutable"));
    }
    let (before, schema) = app.write(Some(request), database, |writer| {
        let before = writing::table_sql(writer, &wanted.table)?;
        wanted.write(writer, existing.as_deref())?;
        Ok((before, writing::table_sql(writer, &wanted.table)?.unwrap_or_default()))
    })?;
    app.refresh_schemas(true)?;
    let events = Events { app, request, database: &database.name };
    if let Some(before) = before.as_ref().filter(|before| **before != schema) {
        events.alter_table(&wanted.table, before, &schema);
    }
    if before.is_none() {
        events.create_table(&wanted.table, &schema);
    }
    let url = app.urls.table(&database.route, &wanted.table);
    let mut body = json!({
        "ok": true,
        "database": database.name,
        "table": wanted.table,
        "table_url": app.absolute_url(request, &url),
        "table_api_url": app.absolute_url(request, &crate::urls::with_format(&url, "", "json", &[])),
        "schema": schema,
    });
    if let Content::Rows(rows) = &wanted.content {
        events.insert_rows(&wanted.table, rows.len(), wanted.ignore, wanted.replace);
        if let Some(body) = body.as_object_mut() {
            body.insert("row_count".to_owned(), rows.len().into());
        }
    }
    Ok(Response::json(to_vec(&body)).with_status(201))
}

/// What the body asks for.
struct Wanted {
    table: String,
    content: Content,
    primary_key: Vec<String>,
    ignore: bool,
    replace: bool,
    alter: bool,
}

enum Content {
    Columns(Vec<Column>),
    Rows(Vec<Record>),
}

/// A column as the body describes it.
struct Column {
    name: String,
    sql_type: &'static str,
    not_null: bool,
    default: Option<String>,
    foreign_key: Option<(String, Option<String>)>,
}

const KEYS: &[&str] = &["table", "rows", "row", "columns", "pk", "pks", "ignore", "replace", "alter"];
const COLUMN_KEYS: &[&str] =
    &["name", "type", "fk_table", "fk_column", "not_null", "default", "default_expr"];

impl Wanted {
    fn read(data: &Map) -> std::result::Result<Self, Refused> {
        let mut unknown: Vec<&str> =
            data.keys().map(String::as_str).filter(|key| !KEYS.contains(key)).collect();
        if !unknown.is_empty() {
            unknown.sort_unstable();
            return Err(refuse(400, format!("Invalid keys: {}", unknown.join(", "))));
        }
        let mut problems = Problems::default();
        let columns = data.get("columns").filter(|columns| !columns.is_null());
        let columns = columns.map(|columns| read_columns(&mut problems, columns));
        let mut flag = |name: &str| describe::flag(&mut problems, name, data.get(name), true);
        let (ignore, replace, alter) = (flag("ignore"), flag("replace"), flag("alter"));
        problems.refuse()?;
        let wrong = |message: String| refuse(400, message);
        let given = |name: &str| data.get(name).filter(|value| is_true(value));
        let table = match given("table") {
            None => return Err(wrong("Table is required".into())),
            Some(Json::String(table)) if writing::is_table_name(table) => table.clone(),
            Some(_) => return Err(wrong("Invalid table name".into())),
        };
        let columns = columns.filter(|columns| !columns.is_empty());
        let content = match (columns, given("rows"), given("row")) {
            (None, None, None) => return Err(wrong("columns, rows or row is required".into())),
            (_, Some(_), Some(_)) => return Err(wrong("Cannot specify both rows and row".into())),
            (Some(_), _, Some(_)) | (Some(_), Some(_), _) => {
                return Err(wrong("Cannot specify columns with rows or row".into()));
            }
            (Some(columns), None, None) => {
                let duplicates = duplicates(&columns);
                if !duplicates.is_empty() {
                    return Err(wrong(format!("Duplicate column name: {}", duplicates.join(", "))));
                }
                Content::Columns(columns)
            }
            (None, Some(Json::Array(rows)), None) => {
                let objects: Option<Vec<&Map>> = rows.iter().map(Json::as_object).collect();
                let Some(rows) = objects else { return Err(wrong("rows must be a list of objects".into())) };
                let rows: std::result::Result<Vec<Record>, Refused> =
                    rows.into_iter().cloned().map(decode_row).collect();
                Content::Rows(rows?)
            }
            (None, Some(_), None) => return Err(wrong("rows must be a list".into())),
            (None, None, Some(Json::Object(row))) => Content::Rows(vec![decode_row(row.clone())?]),
            (None, None, Some(_)) => return Err(wrong("row must be an object".into())),
        };
        let primary_key = read_key(data).map_err(|message| wrong(message.into()))?;
        if ignore && replace {
            return Err(wrong("ignore and replace are mutually exclusive".into()));
        }
        if data.contains_key("ignore") || data.contains_key("replace") {
            if matches!(content, Content::Columns(_)) {
                return Err(wrong("ignore and replace require row or rows".into()));
            }
            if primary_key.is_empty() {
                return Err(wrong("ignore and replace require pk or pks".into()));
            }
        }
        Ok(Self { table, content, primary_key, ignore, replace, alter })
    }

    /// About rows and columns; whether tables may be made at all was asked before.
    fn check_permissions(
        &self,
        app: &App,
        request: &Request,
        database: &Database,
        exists: bool,
    ) -> std::result::Result<(), Refused> {
        let resource = Resource::Table(&database.name, &self.table);
        let has_rows = matches!(self.content, Content::Rows(_));
        let needed = [
            (self.replace, "update-row"),
            (has_rows, "insert-row"),
            (has_rows && exists && self.alter, "alter-table"),
        ];
        for (_, action) in needed.into_iter().filter(|(needed, _)| *needed) {
            if !app.permissions.allowed(request, action, resource)? {
                return Err(refuse(403, format!("Permission denied: need {action}")));
            }
        }
        Ok(())
    }

    /// The key of a table that is there already stays what it is.
    fn keep_key(&mut self, table: &Table) -> std::result::Result<(), Refused> {
        let same = |given: &[String], actual: &[String]| {
            given.iter().all(|key| actual.contains(key)) && actual.iter().all(|key| given.contains(key))
        };
        let changes = match (self.primary_key.as_slice(), table.primary_keys.as_slice()) {
            ([], _) | (_, []) => false,
            // A compound key is compared with a compound one only, a single one with a single one.
            ([given], [actual]) => given != actual,
            ([_], _) | (_, [_]) => false,
            (given, actual) => !same(given, actual),
        };
        if changes {
            return Err(refuse(400, "pk cannot be changed for existing table"));
        }
        if let (Content::Rows(_), true) = (&self.content, table.primary_keys.is_empty()) {
            self.check_key_columns(table)?;
        }
        self.primary_key = table.primary_keys.clone();
        Ok(())
    }

    fn check_key_columns(&self, table: &Table) -> std::result::Result<(), Refused> {
        let is_known = |key: &String| {
            ["rowid", "_rowid_", "oid"].contains(&key.to_ascii_lowercase().as_str())
                || table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(key))
        };
        let missing: Vec<String> = self.primary_key.iter().filter(|key| !is_known(key)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let plural = if missing.len() > 1 { "s" } else { "" };
        Err(refuse(
            400,
            format!(
                "Invalid primary key column{plural} {} for table {} with columns {}",
                python_list(&missing),
                self.table,
                python_list(&table.column_names())
            ),
        ))
    }

    fn write(&self, writer: &Writer<'_>, existing: Option<&Table>) -> Result<()> {
        let exists = writing::check_ordinary(writer, &self.table)?;
        match &self.content {
            Content::Columns(columns) => {
                let columns: Result<Vec<ColumnSql>> =
                    columns.iter().map(|column| column.sql(writer)).collect();
                self.make(writer, columns?)
            }
            Content::Rows(rows) => {
                if !exists {
                    // As many as are looked at for their types; later ones add columns of their own.
                    let first = rows.get(..rows.len().min(100)).unwrap_or_default();
                    let columns = suggest_types(first).into_iter().map(|(name, sql_type)| ColumnSql {
                        name,
                        sql_type: sql_type.to_owned(),
                        ..ColumnSql::default()
                    });
                    self.make(writer, columns.collect())?;
                }
                let conflict = match self {
                    Self { ignore: true, .. } => Conflict::Ignore,
                    Self { replace: true, .. } => Conflict::Replace,
                    _ => Conflict::Fail,
                };
                let alter = existing.is_none() || self.alter;
                InsertedRows { table: &self.table, rows, conflict, alter }.write(writer)
            }
        }
    }

    fn make(&self, writer: &Writer<'_>, columns: Vec<ColumnSql>) -> Result<()> {
        if columns.is_empty() {
            return Err(Error::bad_request("Tables must have at least one column"));
        }
        let primary_key = self.primary_key.clone();
        let table = TableSql { name: self.table.clone(), columns, primary_key, ..TableSql::default() };
        Ok(writer.script(&table.sql())?)
    }
}

/// `pk` or `pks`.
fn read_key(data: &Map) -> std::result::Result<Vec<String>, &'static str> {
    let given = |name: &str| data.get(name).filter(|value| !value.is_null());
    let pk = match given("pk") {
        None => None,
        Some(Json::String(pk)) => Some(pk).filter(|pk| !pk.is_empty()),
        Some(_) => return Err("pk must be a string"),
    };
    let pks = given("pks");
    if pk.is_some() && pks.is_some_and(is_true) {
        return Err("Cannot specify both pk and pks");
    }
    match pks {
        None => Ok(pk.into_iter().cloned().collect()),
        Some(Json::Array(pks)) => {
            let pks: Option<Vec<String>> = pks.iter().map(|pk| pk.as_str().map(str::to_owned)).collect();
            let pks = pks.ok_or("pks must be a list of strings")?;
            Ok(if pks.is_empty() { pk.into_iter().cloned().collect() } else { pks })
        }
        Some(_) => Err("pks must be a list"),
    }
}

fn duplicates(columns: &[Column]) -> Vec<String> {
    let mut duplicates: Vec<String> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let seen = columns.iter().take(index).any(|earlier| earlier.name == column.name);
        if seen && !duplicates.contains(&column.name) {
            duplicates.push(column.name.clone());
        }
    }
    duplicates
}

fn read_columns(problems: &mut Problems, columns: &Json) -> Vec<Column> {
    let Json::Array(columns) = columns else {
        problems.bare("columns must be a list");
        return Vec::new();
    };
    let objects: Option<Vec<&Map>> = columns.iter().map(Json::as_object).collect();
    let Some(objects) = objects else {
        problems.bare("columns must be a list of objects");
        return Vec::new();
    };
    let read = objects.into_iter().enumerate();
    read.filter_map(|(index, column)| Column::read(problems, index, column)).collect()
}

impl Column {
    fn read(problems: &mut Problems, index: usize, column: &Map) -> Option<Self> {
        let place = format!("columns.{index}");
        let before = problems.len();
        let at = |name: &str| format!("{place}.{name}");
        let fk_table = describe::optional_text(problems, &at("fk_table"), column.get("fk_table"));
        let fk_column = describe::optional_text(problems, &at("fk_column"), column.get("fk_column"));
        let not_null = describe::flag(problems, &at("not_null"), column.get("not_null"), false);
        let defaults = Defaults::read(problems, &place, column);
        describe::only_known(problems, &place, column, COLUMN_KEYS);
        if problems.len() > before {
            return None;
        }
        if let Err(message) = defaults.check() {
            problems.at(&place, message);
            return None;
        }
        let Some(name) = column.get("name").and_then(Json::as_str).filter(|name| !name.is_empty()) else {
            problems.bare("Column name is required");
            return None;
        };
        let sql_type = match column.get("type").filter(|value| is_true(value)) {
            None => "TEXT",
            Some(given) => match given.as_str().and_then(describe::sql_type) {
                Some(sql_type) => sql_type,
                None => {
                    let given = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
                    problems.bare(&format!("Unsupported column type: {given}"));
                    return None;
                }
            },
        };
        if fk_column.is_some() && fk_table.is_none() {
            problems.at(&place, "fk_column requires fk_table");
            return None;
        }
        let default = match defaults.sql() {
            Ok(default) => default,
            Err(error) => {
                problems.at(&at("default"), &error.to_string());
                return None;
            }
        };
        let foreign_key = fk_table.map(|table| (table, fk_column));
        Some(Self { name: name.to_owned(), sql_type, not_null, default, foreign_key })
    }

    fn sql(&self, writer: &Writer<'_>) -> Result<ColumnSql> {
        let references = match &self.foreign_key {
            None => None,
            Some((table, column)) => Some(describe::reference(writer, table, column.as_deref())?),
        };
        let references: Option<Reference> = references;
        Ok(ColumnSql {
            name: self.name.clone(),
            sql_type: self.sql_type.to_owned(),
            not_null: self.not_null,
            default: self.default.clone(),
            references,
            rest: Vec::new(),
        })
    }
}
