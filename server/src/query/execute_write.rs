//! `/{database}/-/execute-write`: SQL that changes the database, from whoever may.

use datasette_plugin_api::{Json, Map, Value, json};

use super::analyze::{self, Checked, Invalid, READ_ONLY, Report};
use super::draft::draft;
use super::execute_stored::executed;
use crate::app::App;
use crate::error::{Error, ErrorPage, Result};
use crate::permissions::Resource;
use crate::render::contexts::{ExecuteWriteContext, Link};
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::{Database, Operation, Params, Writer, Written, as_text, identifier};
use crate::tilde;
use crate::writing::{
    self, Payload, TIME_LIMIT, block_framing, is_true, payload, refuse, row_object, wants_json,
};

/// So many returned rows are shown.
const RETURNED_ROWS: usize = 10;
/// Form fields that are parameters may begin so, to be told apart from the form's own.
const PREFIX: &str = "_sql_param_";

/// The form, or what came of it.
pub(crate) fn execute_write(app: &App, request: &Request, database: &Database) -> Result<Response> {
    let resource = Resource::Database(&database.name);
    match request.method.as_str() {
        "GET" | "HEAD" => {
            app.permissions.require(request, "execute-write-sql", resource)?;
            if !database.is_mutable {
                return refused(403, "Cannot execute write SQL because this database is immutable.");
            }
            let sql = request.args.get("sql").unwrap_or_default();
            Form { sql, ..Form::default() }.respond(app, request, database)
        }
        "POST" => {
            if !app.permissions.allowed(request, "execute-write-sql", resource)? {
                return refused(403, "Permission denied: need execute-write-sql");
            }
            if !database.is_mutable {
                return refused(403, "Database is immutable");
            }
            post(app, request, database)
        }
        _ => Err(Error::MethodNotAllowed { allow: "GET, HEAD, POST" }),
    }
}

/// `GET /{database}/-/execute-write/analyze?sql=`
pub(crate) fn analyze_write(app: &App, request: &Request, database: &Database) -> Result<Response> {
    if !app.permissions.allowed(request, "execute-write-sql", Resource::Database(&database.name))? {
        return refused(403, "Permission denied: need execute-write-sql");
    }
    let sql = match analyze::sql_argument(request) {
        Ok(sql) => sql,
        Err(invalid) => return refused(invalid.status, &invalid.message),
    };
    let report = Report::about(app, request, database, sql, true)?;
    Ok(block_framing(Response::json(to_vec(&analyze::execute_json(&report, sql)))))
}

pub(super) fn refused(status: u16, message: &str) -> Result<Response> {
    writing::api(Err(refuse(status, message))).map(block_framing)
}

/// SQL that was checked and may be run.
struct Prepared {
    sql: String,
    params: Params,
    operations: Vec<Operation>,
}

fn post(app: &App, request: &Request, database: &Database) -> Result<Response> {
    let body = match payload(request) {
        Ok(body) => body,
        Err(message) => return refused(400, &message),
    };
    let json = wants_json(request, &body.data);
    let sql = body.text("sql").unwrap_or_default().to_owned();
    let values = match given(&body) {
        Ok(values) => values,
        Err(invalid) if json => return refused(invalid.status, &invalid.message),
        Err(invalid) => return Form::invalid(&sql, Map::new(), &invalid).respond(app, request, database),
    };
    let prepared = match prepare(app, request, database, &body, &values)? {
        Ok(prepared) => prepared,
        Err(invalid) if json => return refused(invalid.status, &invalid.message),
        Err(invalid) => return Form::invalid(&sql, values, &invalid).respond(app, request, database),
    };
    let written = match run(app, request, database, &prepared) {
        Ok(written) => written,
        Err(error) => {
            let message = told(error)?;
            if json {
                return refused(400, &message);
            }
            let form = Form { sql: &sql, values, message: Some(message), status: 400, ..Form::default() };
            return form.respond(app, request, database);
        }
    };
    if analyze::changes_schema(&prepared.operations) {
        app.refresh_schemas(true)?;
    }
    if json {
        return Ok(block_framing(Response::json(to_vec(&as_json(database, &prepared, &written)))));
    }
    let links = inserted_row(app, request, database, &prepared.operations, &written)?;
    let links = links.map(|url| Link::new(url, "View row")).into_iter().collect();
    let message = Some(executed(&written));
    let form =
        Form { sql: &sql, values, message, ok: true, links, written: Some(written), ..Form::default() };
    form.respond(app, request, database)
}

/// Values of the parameters.
fn given(body: &Payload) -> std::result::Result<Map, Invalid> {
    let Json::Object(data) = &body.data else { return Err(Invalid::new("JSON must be a dictionary")) };
    if !body.is_json {
        let fields = data.iter().filter(|(name, _)| !["sql", "csrftoken", "_json"].contains(&name.as_str()));
        let named =
            fields.map(|(name, value)| (name.strip_prefix(PREFIX).unwrap_or(name).to_owned(), value.clone()));
        return Ok(named.collect());
    }
    let mut unknown: Vec<&str> =
        data.keys().map(String::as_str).filter(|key| !["sql", "params"].contains(key)).collect();
    if !unknown.is_empty() {
        unknown.sort_unstable();
        return Err(Invalid::new(format!("Invalid keys: {}", unknown.join(", "))));
    }
    match data.get("params").filter(|params| is_true(params)) {
        None => Ok(Map::new()),
        Some(Json::Object(params)) => Ok(params.clone()),
        Some(_) => Err(Invalid::new("params must be a dictionary")),
    }
}

fn prepare(
    app: &App,
    request: &Request,
    database: &Database,
    body: &Payload,
    values: &Map,
) -> Checked<Prepared> {
    let Some(sql) = body.text("sql").filter(|sql| !sql.is_empty()) else {
        return Ok(Err(Invalid::new("SQL is required")));
    };
    let names = match analyze::parameters(sql) {
        Ok(names) => names,
        Err(invalid) => return Ok(Err(invalid)),
    };
    let mut unknown: Vec<&str> =
        values.keys().map(String::as_str).filter(|key| !names.iter().any(|n| n == key)).collect();
    if !unknown.is_empty() {
        unknown.sort_unstable();
        return Ok(Err(Invalid::new(format!("Unknown parameters: {}", unknown.join(", ")))));
    }
    let mut params = analyze::blank(&names);
    for (name, value) in &mut params {
        let Some(given) = values.get(name.as_str()) else { continue };
        if given.is_array() || given.is_object() {
            let message = format!("the value of :{name} has to be text, a number, true, false or null");
            return Ok(Err(Invalid::new(message)));
        }
        *value = bound(given);
    }
    let operations = match analyze::checked_operations(app, request, database, sql, &params)? {
        Ok(operations) => operations,
        Err(invalid) => return Ok(Err(invalid)),
    };
    if !analyze::is_write(&operations) {
        return Ok(Err(Invalid::new(READ_ONLY)));
    }
    let permitted = analyze::permitted(app, request, database, &operations)?;
    Ok(permitted.map(|()| Prepared { sql: sql.to_owned(), params, operations }))
}

fn bound(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Integer(i64::from(*value)),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Real(number.as_f64().unwrap_or(f64::NAN)),
        },
        other => Value::Text(writing::python_text(other)),
    }
}

fn run(app: &App, request: &Request, database: &Database, prepared: &Prepared) -> Result<Written> {
    let veil = app.permissions.veil(request, database)?;
    let write = |writer: &Writer<'_>| {
        // Nobody else writes from here on: what was allowed is what happens.
        if writer.analyze(&prepared.sql, &prepared.params)? != prepared.operations {
            return Err(analyze::changed_meanwhile());
        }
        let run = || writer.run_up_to(&prepared.sql, &prepared.params, RETURNED_ROWS);
        let mut written = writer.limited(TIME_LIMIT, run)?;
        if written.rows.truncated {
            written.rowcount = -1;
        }
        Ok(written)
    };
    app.write(Some(request), database, |writer| writer.conn().through(veil.as_ref(), || write(writer)))
}

/// What went wrong, if it is for the visitor's eyes.
fn told(error: Error) -> Result<String> {
    match error {
        Error::InvalidSql { .. } | Error::BadRequest { .. } | Error::Forbidden(_) => {
            Ok(ErrorPage::from(&error).message)
        }
        Error::Interrupted { .. } => Ok("SQL query took too long; a write may take two seconds".to_owned()),
        other => Err(other),
    }
}

fn as_json(database: &Database, prepared: &Prepared, written: &Written) -> Json {
    let rows = &written.rows;
    json!({
        "ok": true,
        "message": executed(written),
        "rowcount": written.rowcount,
        "rows": (0..rows.len()).map(|row| row_object(rows, row)).collect::<Json>(),
        "truncated": rows.truncated,
        "analysis": analyze::rows(database, &prepared.operations),
    })
}

/// The page of the row, if the SQL inserted exactly one into one table.
fn inserted_row(
    app: &App,
    request: &Request,
    database: &Database,
    operations: &[Operation],
    written: &Written,
) -> Result<Option<String>> {
    let direct = |o: &&Operation| {
        o.operation == "insert" && o.target_type == "table" && !o.internal && o.source.is_none()
    };
    let inserts: Vec<&Operation> = operations.iter().filter(direct).collect();
    let [insert] = inserts.as_slice() else { return Ok(None) };
    let (Some(table), 1) = (&insert.table, written.rowcount) else { return Ok(None) };
    app.read(request, database, |conn| {
        let Some(table) = database.table(conn, table)? else { return Ok(None) };
        let keys = if table.uses_rowid() { vec!["rowid".to_owned()] } else { table.primary_keys.clone() };
        let columns = keys.iter().map(|key| identifier(key)).collect::<Vec<_>>().join(", ");
        let sql = format!("select {columns} from {} where rowid = :rowid", identifier(&table.name));
        // A table without rowid: nobody knows which row it was.
        let Ok(rows) = conn.rows(&sql, &[("rowid".to_owned(), Value::Integer(written.lastrowid))]) else {
            return Ok(None);
        };
        let key = |column| tilde::encode(&as_text(rows.get(0, column)));
        let path = (0..rows.columns.len()).map(key).collect::<Vec<_>>().join(",");
        Ok((!rows.is_empty()).then(|| app.urls.row(&database.route, &table.name, &path)))
    })
}

/// The page, before or after something was tried.
struct Form<'a> {
    sql: &'a str,
    values: Map,
    message: Option<String>,
    /// Told as a message of the site.
    flash: Option<String>,
    error: Option<String>,
    ok: bool,
    links: Vec<Link>,
    written: Option<Written>,
    status: u16,
}

impl Default for Form<'_> {
    fn default() -> Self {
        Self {
            sql: "",
            values: Map::new(),
            message: None,
            flash: None,
            error: None,
            ok: false,
            links: Vec::new(),
            written: None,
            status: 200,
        }
    }
}

impl<'a> Form<'a> {
    fn invalid(sql: &'a str, values: Map, invalid: &Invalid) -> Self {
        let status = invalid.status;
        if invalid.flash {
            let flash = Some(invalid.message.clone());
            return Self { sql, values, flash, status, ..Self::default() };
        }
        let error = Some(invalid.message.clone());
        Self { sql, values, message: error.clone(), error, status, ..Self::default() }
    }

    fn respond(self, app: &App, request: &Request, database: &Database) -> Result<Response> {
        let mut report = match &self.error {
            None => Report::about(app, request, database, self.sql, true)?,
            Some(_) => Report::default(),
        };
        // The message says it already.
        let reason = self.error.clone().or_else(|| report.disabled_reason(self.sql));
        report.error = report.error.filter(|_| self.message.is_none());
        let resource = Resource::Database(&database.name);
        let may_save = app.permissions.allowed(request, "execute-sql", resource)?
            && app.permissions.allowed(request, "store-query", resource)?;
        let save_query_url = (may_save && reason.is_none()).then(|| {
            let query = crate::urls::encode_query([("sql", self.sql)]);
            format!("{}/-/queries/store?{query}", app.urls.database(&database.route))
        });
        let rows = self.written.map(|written| written.rows).unwrap_or_default();
        let cells = |row| (0..rows.columns.len()).map(move |column| (row, column));
        let text = |(row, column)| match rows.get(row, column) {
            datasette_plugin_api::ValueRef::Null => String::new(),
            value => as_text(value).into_owned(),
        };
        let shown = (0..rows.len()).map(|row| cells(row).map(text).collect()).collect();
        let chosen = page::choose(app, &["execute_write.html".to_owned()])?;
        let kind = PageKind { database: Some(&database.name), ..PageKind::of("execute-write") };
        let crumbs = page::crumbs(app, request, Some(&database.name), None)?;
        let draft = draft(
            app,
            database,
            "/-/execute-write",
            "/-/execute-write/analyze",
            self.sql,
            &report,
            &self.values,
        );
        if let Some(text) = self.flash {
            request.messages.add(text, MessageKind::Error);
        }
        let response = page::respond(app, request, &chosen, kind, crumbs, |base| ExecuteWriteContext {
            base,
            draft,
            execution_message: self.message,
            execution_ok: self.ok,
            execution_links: self.links,
            columns: rows.columns.clone(),
            truncated: rows.truncated,
            rows: shown,
            execute_disabled: reason.is_some(),
            execute_disabled_reason: reason,
            save_query_url,
        })?;
        Ok(block_framing(response.with_status(self.status)))
    }
}
