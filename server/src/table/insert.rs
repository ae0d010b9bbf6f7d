//! `POST /{database}/{table}/-/insert` and `/-/upsert`: rows from JSON.

use datasette_plugin_api::{Json, Map, Value, json};

use crate::app::App;
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Table, Writer, identifier, quoted};
use crate::writing::{
    self, Conflict, Events, InsertedRows, Record, Refused, Verdict, check_alterable, check_replaceable,
    column_types_complain, decode_row, is_true, parse_json, refuse, row_object,
};

/// Adds rows.
pub(crate) fn insert(app: &App, request: &Request, database: &Database, table: &Table) -> Verdict {
    Write { app, request, database, table, is_upsert: false }.run()
}

/// Adds rows, or updates those that are there.
pub(crate) fn upsert(app: &App, request: &Request, database: &Database, table: &Table) -> Verdict {
    Write { app, request, database, table, is_upsert: true }.run()
}

struct Write<'a> {
    app: &'a App,
    request: &'a Request,
    database: &'a Database,
    table: &'a Table,
    is_upsert: bool,
}

/// What the body asks for.
struct Wanted {
    rows: Vec<Record>,
    returns: bool,
    ignore: bool,
    replace: bool,
    alter: bool,
}

/// What the write did: the rows it returns, and the table's statement before and after.
struct Done {
    rows: Option<Vec<Json>>,
    schemas: Option<(String, String)>,
}

impl Write<'_> {
    fn run(&self) -> Verdict {
        if self.table.is_view() {
            return Err(refuse(404, format!("Table not found: {}", self.table.name)));
        }
        self.check_permission()?;
        if !self.database.is_mutable {
            return Err(refuse(403, "Database is immutable"));
        }
        let wanted = self.wanted()?;
        column_types_complain(self.app, &self.database.name, self.table, &wanted.rows)?;
        if self.is_upsert && (wanted.ignore || wanted.replace) {
            return Err(refuse(400, "Upsert does not support ignore or replace"));
        }
        if wanted.replace {
            check_replaceable(self.table)?;
        }
        if wanted.alter {
            check_alterable(self.table)?;
        }
        if wanted.replace && !self.allowed("update-row")? {
            return Err(refuse(403, "Permission denied: need update-row to use \"replace\""));
        }
        if wanted.alter && !self.allowed("alter-table")? {
            return Err(refuse(403, "Permission denied for alter-table"));
        }
        let write = |writer: &Writer<'_>| self.write(writer, &wanted);
        let done = match wanted.alter {
            true => self.app.write(Some(self.request), self.database, write),
            false => self.app.write_shared(self.request, self.database, write),
        };
        let done = done.map_err(|error| writing::discreet(self.table, error))?;
        self.answer(&wanted, done)
    }

    fn allowed(&self, action: &str) -> crate::error::Result<bool> {
        let resource = Resource::Table(&self.database.name, &self.table.name);
        self.app.permissions.allowed(self.request, action, resource)
    }

    fn check_permission(&self) -> Result<(), Refused> {
        if self.is_upsert {
            if self.allowed("insert-row")? && self.allowed("update-row")? {
                return Ok(());
            }
            return Err(refuse(403, "Permission denied: need both insert-row and update-row"));
        }
        if self.allowed("insert-row")? { Ok(()) } else { Err(refuse(403, "Permission denied")) }
    }

    /// The columns by which a row is found.
    fn keys(&self) -> Vec<String> {
        if self.table.primary_keys.is_empty() {
            vec!["rowid".to_owned()]
        } else {
            self.table.primary_keys.clone()
        }
    }

    fn wanted(&self) -> Result<Wanted, Refused> {
        let data =
            parse_json(&self.request.body).map_err(|error| refuse(400, format!("Invalid JSON: {error}")))?;
        let Json::Object(mut data) = data else { return Err(refuse(400, "JSON must be a dictionary")) };
        let is_single = data.contains_key("row");
        let rows = match (data.remove("row"), data.remove("rows")) {
            (None, None) => return Err(refuse(400, "JSON must have one or other of \"row\" or \"rows\"")),
            (Some(_), Some(_)) => {
                return Err(refuse(400, "Cannot use \"row\" and \"rows\" at the same time"));
            }
            (Some(row @ Json::Object(_)), None) => vec![row],
            (Some(_), None) => return Err(refuse(400, "\"row\" must be a dictionary")),
            (None, Some(Json::Array(rows))) => rows,
            (None, Some(_)) => return Err(refuse(400, "\"rows\" must be a list")),
        };
        let objects = rows.into_iter().map(|row| match row {
            Json::Object(row) => Some(row),
            _ => None,
        });
        let Some(rows) = objects.collect::<Option<Vec<Map>>>() else {
            return Err(refuse(400, "\"rows\" must be a list of dictionaries"));
        };
        let most = self.app.settings().max_insert_rows;
        if rows.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(refuse(400, format!("Too many rows, maximum allowed is {most}")));
        }
        let known = ["return", "ignore", "replace", "alter"];
        let mut unknown: Vec<&str> =
            data.keys().map(String::as_str).filter(|key| !known.contains(key)).collect();
        if !unknown.is_empty() {
            unknown.sort_unstable();
            return Err(refuse(400, format!("Invalid parameter: \"{}\"", unknown.join("\", \""))));
        }
        let flag = |name: &str| data.get(name).is_some_and(is_true);
        let (ignore, replace, alter) = (flag("ignore"), flag("replace"), flag("alter"));
        if ignore && replace {
            return Err(refuse(400, "Cannot use \"ignore\" and \"replace\" at the same time"));
        }
        self.check_columns(&rows, alter)?;
        let rows: Result<Vec<Record>, Refused> = rows.into_iter().map(decode_row).collect();
        Ok(Wanted { rows: rows?, returns: is_single || flag("return"), ignore, replace, alter })
    }

    fn check_columns(&self, rows: &[Map], alter: bool) -> Result<(), Refused> {
        let keys = self.keys();
        let mut errors = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if self.is_upsert {
                let named = |wanted: fn(Option<&Json>) -> bool| {
                    let found = keys.iter().filter(|key| wanted(row.get(key.as_str())));
                    found.map(String::as_str).collect::<Vec<_>>().join("\", \"")
                };
                let missing = named(|value| value.is_none());
                if !missing.is_empty() {
                    errors.push(format!("Row {index} is missing primary key column(s): \"{missing}\""));
                }
                let null = named(|value| value.is_some_and(Json::is_null));
                if !null.is_empty() {
                    errors.push(format!("Row {index} has null primary key column(s): \"{null}\""));
                }
            }
            let is_known = |name: &str| self.table.has_column(name) || keys.iter().any(|key| key == name);
            let mut unknown: Vec<&str> =
                row.keys().map(String::as_str).filter(|name| !is_known(name)).collect();
            if !unknown.is_empty() && !alter {
                unknown.sort_unstable();
                errors.push(format!("Row {index} has invalid columns: {}", unknown.join(", ")));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Refused::Told { status: 400, errors }) }
    }

    fn write(&self, writer: &Writer<'_>, wanted: &Wanted) -> crate::error::Result<Done> {
        if !writing::check_ordinary(writer, &self.table.name)? {
            return Err(crate::error::Error::bad_request("Structured writes require an ordinary table"));
        }
        let before = writing::table_sql(writer, &self.table.name)?;
        let keys = self.keys();
        let conflict = match wanted {
            _ if self.is_upsert => Conflict::Update(&keys),
            Wanted { ignore: true, .. } => Conflict::Ignore,
            Wanted { replace: true, .. } => Conflict::Replace,
            _ => Conflict::Fail,
        };
        let rows =
            InsertedRows { table: &self.table.name, rows: &wanted.rows, conflict, alter: wanted.alter };
        let returned = match (wanted.returns, self.is_upsert) {
            (false, _) => {
                rows.write(writer)?;
                None
            }
            (true, true) => {
                rows.write(writer)?;
                Some(self.upserted(writer, &wanted.rows)?)
            }
            (true, false) => {
                let rowids = rows.write_each(writer, &self.table.primary_keys)?;
                Some(self.inserted(writer, &rowids)?)
            }
        };
        let after = writing::table_sql(writer, &self.table.name)?;
        let schemas = before.zip(after).filter(|(before, after)| before != after);
        Ok(Done { rows: returned, schemas })
    }

    fn inserted(&self, writer: &Writer<'_>, rowids: &[Option<i64>]) -> crate::error::Result<Vec<Json>> {
        let places = vec!["?"; rowids.len()].join(",");
        let (columns, table) = (self.table.everything(), quoted(&self.table.name));
        let sql = format!("select {columns} from {table} where rowid in ({places})");
        let values: Vec<Value> =
            rowids.iter().map(|rowid| rowid.map_or(Value::Null, Value::Integer)).collect();
        let rows = writer.run_positional(&sql, &values)?.rows;
        Ok((0..rows.len()).map(|row| row_object(&rows, row)).collect())
    }

    fn upserted(&self, writer: &Writer<'_>, wanted: &[Record]) -> crate::error::Result<Vec<Json>> {
        let keys = self.keys();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let one = keys.iter().map(|key| format!("{} = ?", identifier(key))).collect::<Vec<_>>().join(" AND ");
        let conditions = vec![format!("({one})"); wanted.len()].join(" OR ");
        let rowid = if self.table.uses_rowid() { "rowid, " } else { "" };
        let (columns, table) = (self.table.everything(), identifier(&self.table.name));
        let sql = format!("select {rowid}{columns} from {table} where {conditions}");
        let cell = |row: &Record, key: &String| {
            let found = row.iter().find(|(column, _)| column == key);
            found.map_or(Value::Null, |(_, cell)| cell.value().to_owned())
        };
        let values: Vec<Value> =
            wanted.iter().flat_map(|row| keys.iter().map(|key| cell(row, key))).collect();
        let rows = writer.run_positional(&sql, &values)?.rows;
        Ok((0..rows.len()).map(|row| row_object(&rows, row)).collect())
    }

    fn answer(&self, wanted: &Wanted, done: Done) -> Verdict {
        let mut body = json!({"ok": true});
        // Who may write must not learn in this way what is in there.
        if let Some(rows) = done.rows
            && self.allowed("view-table")?
        {
            body["rows"] = rows.into();
        }
        let events = Events { app: self.app, request: self.request, database: &self.database.name };
        if self.is_upsert {
            events.upsert_rows(&self.table.name, wanted.rows.len());
        } else {
            events.insert_rows(&self.table.name, wanted.rows.len(), wanted.ignore, wanted.replace);
        }
        if let Some((before, after)) = done.schemas.filter(|_| wanted.alter) {
            events.alter_table(&self.table.name, &before, &after);
            self.app.refresh_schemas(true)?;
        }
        let status = if self.is_upsert { 200 } else { 201 };
        Ok(Response::json(to_vec(&body)).with_status(status))
    }
}
