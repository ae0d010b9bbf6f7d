//! What SQL would do, told before it does it: the pages that help to write it, and the rules they share
//! with running and saving it.

use datasette_plugin_api::{Json, Map, Value, json};

use super::named_parameters;
use super::permit::{Decision, Denied, database_of, decide, denied, first_denied};
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::sqlite::{Database, Operation, Params, SqlError, Writer, creates_view};

/// SQL that is not run or saved: what is told, and with which status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invalid {
    pub(super) message: String,
    pub(super) status: u16,
    pub(super) flash: bool,
}

impl Invalid {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: 400, flash: false }
    }
}

impl From<Denied> for Invalid {
    fn from(denied: Denied) -> Self {
        Self { message: denied.message, status: 403, flash: denied.flash }
    }
}

/// An outcome that may be the visitor's mistake.
pub(super) type Checked<T> = Result<std::result::Result<T, Invalid>>;

pub(super) const READ_ONLY: &str = "Use /-/query for read-only SQL; this endpoint only executes writes";

/// Names of the parameters; none of them may be magic.
pub(super) fn parameters(sql: &str) -> std::result::Result<Vec<String>, Invalid> {
    let names = named_parameters(sql);
    if names.iter().any(|name| name.starts_with('_')) {
        return Err(Invalid::new("Magic parameters are not allowed"));
    }
    Ok(names)
}

/// Empty values for parameters.
pub(super) fn blank(names: &[String]) -> Params {
    names.iter().map(|name| (name.clone(), Value::Text(String::new()))).collect()
}

/// What the statement would do. The inner error is SQLite's.
pub(super) fn operations(
    app: &App,
    request: &Request,
    database: &Database,
    sql: &str,
    params: &Params,
) -> Result<std::result::Result<Vec<Operation>, String>> {
    let analyzed = app.read(request, database, |conn| Ok(conn.analyze(sql, params)))?;
    match analyzed {
        // What a view reads is known once it exists; it is undone at once.
        Ok(operations) if creates_view(&operations) && database.is_mutable => {
            let veil = app.permissions.veil(request, database)?;
            let analyze = |writer: &Writer<'_>| {
                Ok(writer.conn().through(veil.as_ref(), || writer.analyze(sql, params)))
            };
            told(database.write_for(Some(&request.cancelled), analyze)?)
        }
        other => told(other),
    }
}

fn told<T>(result: std::result::Result<T, SqlError>) -> Result<std::result::Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(SqlError::Failed { message }) => Ok(Err(message)),
        Err(error) => Err(error.into()),
    }
}

/// Like [`operations`], for SQL that somebody wants to run or save.
pub(super) fn checked_operations(
    app: &App,
    request: &Request,
    database: &Database,
    sql: &str,
    params: &Params,
) -> Checked<Vec<Operation>> {
    let analyzed = operations(app, request, database, sql, params)?;
    Ok(analyzed.map_err(|message| Invalid::new(format!("Could not analyze query: {message}"))))
}

pub(super) fn is_write(operations: &[Operation]) -> bool {
    operations.iter().any(Operation::is_write)
}

pub(super) fn changes_schema(operations: &[Operation]) -> bool {
    operations.iter().any(|operation| matches!(operation.operation, "create" | "alter" | "drop"))
}

/// The visitor may do all of it, or this is why not.
pub(super) fn permitted(
    app: &App,
    request: &Request,
    database: &Database,
    operations: &[Operation],
) -> Checked<()> {
    Ok(match denied(app, request, database, operations)? {
        Some(denied) => Err(denied.into()),
        None => Ok(()),
    })
}

/// One object for each operation that needs leave.
pub(super) fn rows(database: &Database, operations: &[Operation]) -> Vec<Map> {
    let shown = operations.iter().filter(|operation| decide(operation) != Decision::Ignore);
    shown.map(|operation| row(database, operation)).collect()
}

fn row(database: &Database, operation: &Operation) -> Map {
    let required = match decide(operation) {
        Decision::Require { actions, .. } => actions.join(", "),
        _ => String::new(),
    };
    let table = match operation.operation {
        // It is about all tables.
        "vacuum" => database_of(operation, database),
        _ => operation.table.as_deref().or(operation.target.as_deref()),
    };
    let members = [
        ("operation", Json::from(operation.operation)),
        ("database", database_of(operation, database).into()),
        ("table", table.into()),
        ("required_permission", required.into()),
        ("source", operation.source.clone().into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The same, with whether the visitor has that leave.
fn rows_with_leave(
    app: &App,
    request: &Request,
    database: &Database,
    operations: &[Operation],
) -> Result<Vec<Map>> {
    let writes = is_write(operations);
    let mut all = Vec::new();
    for operation in operations {
        let allowed = match decide(operation) {
            Decision::Ignore => continue,
            Decision::Require { actions, table } => {
                let first = first_denied(app, request, database, operation, actions, table.as_deref())?;
                Json::Bool(first.is_none())
            }
            _ if writes => Json::Bool(false),
            _ => Json::Null,
        };
        let mut row = row(database, operation);
        row.insert("allowed".to_owned(), allowed);
        all.push(row);
    }
    Ok(all)
}

/// What a page that helps to write SQL shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    pub(super) parameters: Vec<String>,
    pub(super) error: Option<String>,
    pub(super) rows: Vec<Map>,
    pub(super) is_write: bool,
}

impl Report {
    /// About the SQL; `writes`: only SQL that writes is wanted.
    pub(super) fn about(
        app: &App,
        request: &Request,
        database: &Database,
        sql: &str,
        writes: bool,
    ) -> Result<Self> {
        let mut report = Self::default();
        // Saving looks at what is there, executing at what was given.
        if sql.is_empty() || (!writes && sql.trim().is_empty()) {
            return Ok(report);
        }
        match parameters(sql) {
            Ok(names) => report.parameters = names,
            Err(invalid) => {
                report.error = Some(invalid.message);
                return Ok(report);
            }
        }
        match operations(app, request, database, sql, &blank(&report.parameters))? {
            Ok(operations) => {
                report.is_write = is_write(&operations);
                if writes && !report.is_write {
                    report.error = Some(READ_ONLY.to_owned());
                } else {
                    report.rows = rows_with_leave(app, request, database, &operations)?;
                }
            }
            Err(message) => report.error = Some(message),
        }
        Ok(report)
    }

    /// Something in it is not allowed.
    pub(super) fn denies(&self) -> bool {
        self.rows.iter().any(|row| row.get("allowed") == Some(&Json::Bool(false)))
    }

    /// Why it can't be executed.
    pub(super) fn disabled_reason(&self, sql: &str) -> Option<String> {
        if sql.trim().is_empty() {
            return Some("Enter writable SQL before executing.".to_owned());
        }
        let denied = || "You do not have permission for every operation listed above.".to_owned();
        self.error.clone().or_else(|| self.denies().then(denied))
    }

    pub(super) fn save_disabled(&self, sql: &str) -> bool {
        sql.trim().is_empty() || self.error.is_some() || self.denies()
    }
}

/// The only argument of the analyzing pages.
pub(super) fn sql_argument(request: &Request) -> std::result::Result<&str, Invalid> {
    let mut unknown: Vec<&str> = request.args.keys().into_iter().filter(|key| *key != "sql").collect();
    if !unknown.is_empty() {
        unknown.sort_unstable();
        return Err(Invalid::new(format!("Invalid keys: {}", unknown.join(", "))));
    }
    Ok(request.args.get("sql").unwrap_or_default())
}

/// What `/-/execute-write/analyze` says.
pub(super) fn execute_json(report: &Report, sql: &str) -> Json {
    let reason = report.disabled_reason(sql);
    json!({
        "ok": report.error.is_none(),
        "parameters": report.parameters,
        "analysis_error": report.error,
        "analysis_rows": report.rows,
        "execute_disabled": reason.is_some(),
        "execute_disabled_reason": reason,
        "unstable": crate::home::UNSTABLE,
    })
}

/// What `/-/queries/analyze` says.
pub(super) fn save_json(report: &Report, sql: &str) -> Json {
    json!({
        "ok": report.error.is_none(),
        "parameters": report.parameters,
        "analysis_error": report.error,
        "analysis_rows": report.rows,
        "has_sql": !sql.trim().is_empty(),
        "analysis_is_write": report.is_write,
        "save_disabled": report.save_disabled(sql),
        "unstable": crate::home::UNSTABLE,
    })
}

/// The schema changed between the look and the run: what was allowed may not be what would happen.
pub(super) fn changed_meanwhile() -> Error {
    Error::bad_request("The tables changed while this query was checked; try again")
}
