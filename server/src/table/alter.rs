//! `POST /{database}/{table}/-/alter`: other columns, keys, or another name; all of it or nothing.

use datasette_plugin_api::{Json, Map, json};

use super::describe::{self, Defaults, Problems};
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Database, Table, Writer, quoted};
use crate::writing::{self, Events, Refused, Transform, Verdict, check_alterable, parse_json, refuse};

pub(crate) fn alter(app: &App, request: &Request, database: &Database, table: &Table) -> Verdict {
    if !app.permissions.allowed(request, "alter-table", Resource::Table(&database.name, &table.name))? {
        return Err(refuse(403, "Permission denied: need alter-table"));
    }
    if !database.is_mutable {
        return Err(refuse(403, "Database is immutable"));
    }
    let data = parse_json(&request.body).map_err(|error| refuse(400, format!("Invalid JSON: {error}")))?;
    let Json::Object(data) = data else { return Err(refuse(400, "JSON must be a dictionary")) };
    let operations = read(&data)?;
    check_alterable(table)?;
    let altered = app.write(Some(request), database, |writer| run(writer, &table.name, &operations))?;
    app.refresh_schemas(true)?;
    let has_changed = altered.before != altered.after;
    if has_changed {
        let events = Events { app, request, database: &database.name };
        events.alter_table(&altered.name, &altered.before, &altered.after);
    }
    let url = app.urls.table(&database.route, &altered.name);
    let body = json!({
        "ok": true,
        "database": database.name,
        "table": altered.name,
        "table_url": app.absolute_url(request, &url),
        "table_api_url": app.absolute_url(request, &crate::urls::with_format(&url, "", "json", &[])),
        "altered": has_changed,
        "schema": altered.after,
        "before_schema": altered.before,
        "operations_applied": operations.len(),
    });
    Ok(Response::json(to_vec(&body)))
}

/// One step of the change.
#[derive(Debug, Clone)]
enum Operation {
    AddColumn { name: String, sql_type: &'static str, not_null: bool, defaults: Defaults },
    RenameColumn { name: String, to: String },
    RenameTable { to: String },
    AlterColumn { name: String, sql_type: Option<&'static str>, not_null: Option<bool>, defaults: Defaults },
    DropColumn { name: String },
    SetPrimaryKey { columns: Vec<String> },
    ReorderColumns { columns: Vec<String> },
    AddForeignKey(ForeignKey),
    DropForeignKey { column: String },
    SetForeignKeys(Vec<ForeignKey>),
}

#[derive(Debug, Clone)]
struct ForeignKey {
    column: String,
    table: String,
    other_column: Option<String>,
}

const OPERATIONS: &[&str] = &[
    "add_column",
    "rename_column",
    "rename_table",
    "alter_column",
    "drop_column",
    "set_primary_key",
    "reorder_columns",
    "add_foreign_key",
    "drop_foreign_key",
    "set_foreign_keys",
];

fn read(data: &Map) -> std::result::Result<Vec<Operation>, Refused> {
    let mut problems = Problems::default();
    let mut operations = Vec::new();
    match data.get("operations") {
        None => problems.at("operations", "Field required"),
        Some(Json::Array(items)) if items.is_empty() => {
            problems.at("operations", "List should have at least 1 item after validation, not 0");
        }
        Some(Json::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                operations.extend(Operation::read(&mut problems, &format!("operations.{index}"), item));
            }
        }
        Some(_) => problems.at("operations", "Input should be a valid list"),
    }
    describe::only_known(&mut problems, "", data, &["operations"]);
    problems.refuse()?;
    Ok(operations)
}

impl Operation {
    fn read(problems: &mut Problems, place: &str, item: &Json) -> Option<Self> {
        let Json::Object(item) = item else {
            problems.at(place, "Input should be a valid dictionary or object to extract fields from");
            return None;
        };
        let op = match item.get("op") {
            None => {
                problems.at(place, "Unable to extract tag using discriminator 'op'");
                return None;
            }
            Some(op) => op.as_str().map_or_else(|| op.to_string(), str::to_owned),
        };
        if !OPERATIONS.contains(&op.as_str()) {
            let expected = OPERATIONS.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            let message = format!(
                "Input tag '{op}' found using 'op' does not match any of the expected tags: {expected}"
            );
            problems.at(place, &message);
            return None;
        }
        let place = format!("{place}.{op}");
        describe::only_known(problems, &place, item, &["op", "args"]);
        let place = format!("{place}.args");
        let args = match item.get("args") {
            Some(Json::Object(args)) => args,
            Some(_) => {
                problems.at(&place, "Input should be a valid dictionary");
                return None;
            }
            None => {
                problems.at(&place, "Field required");
                return None;
            }
        };
        let before = problems.len();
        let operation = Args { problems, place: &place, args }.operation(&op);
        operation.filter(|_| problems.len() == before)
    }
}

/// The arguments of one operation.
struct Args<'a> {
    problems: &'a mut Problems,
    place: &'a str,
    args: &'a Map,
}

impl Args<'_> {
    fn operation(&mut self, op: &str) -> Option<Operation> {
        Some(match op {
            "add_column" => {
                self.only(&["name", "type", "not_null", "default", "default_expr"]);
                let sql_type = self.sql_type()?.unwrap_or("TEXT");
                let not_null = self.flag("not_null")?.unwrap_or(false);
                Operation::AddColumn {
                    name: self.text("name"),
                    sql_type,
                    not_null,
                    defaults: self.defaults()?,
                }
            }
            "rename_column" => {
                self.only(&["name", "to"]);
                Operation::RenameColumn { name: self.text("name"), to: self.text("to") }
            }
            "rename_table" => {
                self.only(&["to"]);
                let to = self.text("to");
                if !writing::is_table_name(&to) {
                    self.problem("to", "Invalid table name");
                }
                Operation::RenameTable { to }
            }
            "alter_column" => {
                self.only(&["name", "type", "not_null", "default", "default_expr"]);
                let changes = ["type", "not_null", "default", "default_expr"];
                if !changes.iter().any(|name| self.args.contains_key(*name)) {
                    let message = "Value error, At least one of type, not_null, default or default_expr must be provided";
                    self.problems.at(self.place, message);
                }
                let (sql_type, not_null) = (self.sql_type()?, self.flag("not_null")?);
                Operation::AlterColumn {
                    name: self.text("name"),
                    sql_type,
                    not_null,
                    defaults: self.defaults()?,
                }
            }
            "drop_column" => {
                self.only(&["name"]);
                Operation::DropColumn { name: self.text("name") }
            }
            "set_primary_key" | "reorder_columns" => {
                self.only(&["columns"]);
                let place = self.at("columns");
                let columns = describe::texts(self.problems, &place, self.args.get("columns"));
                match op {
                    "set_primary_key" => Operation::SetPrimaryKey { columns },
                    _ => Operation::ReorderColumns { columns },
                }
            }
            "add_foreign_key" => Operation::AddForeignKey(self.foreign_key()?),
            "drop_foreign_key" => {
                self.only(&["column"]);
                Operation::DropForeignKey { column: self.text("column") }
            }
            _ => {
                self.only(&["foreign_keys"]);
                Operation::SetForeignKeys(self.foreign_keys())
            }
        })
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    fn problem(&mut self, name: &str, message: &str) {
        let place = self.at(name);
        self.problems.at(&place, message);
    }

    fn only(&mut self, known: &[&str]) {
        describe::only_known(self.problems, self.place, self.args, known);
    }

    fn text(&mut self, name: &str) -> String {
        let place = self.at(name);
        describe::text(self.problems, &place, self.args.get(name))
    }

    /// `None` for a mistake, `Some(None)` if nothing is said.
    fn sql_type(&mut self) -> Option<Option<&'static str>> {
        let Some(given) = self.args.get("type").filter(|given| !given.is_null()) else { return Some(None) };
        let known = given.as_str().and_then(describe::sql_type);
        if known.is_none() {
            self.problem("type", "Input should be 'text', 'integer', 'float' or 'blob'");
        }
        known.map(Some)
    }

    fn flag(&mut self, name: &str) -> Option<Option<bool>> {
        let place = self.at(name);
        let Some(given) = self.args.get(name).filter(|given| !given.is_null()) else { return Some(None) };
        let before = self.problems.len();
        let flag = describe::flag(self.problems, &place, Some(given), false);
        (self.problems.len() == before).then_some(Some(flag))
    }

    fn defaults(&mut self) -> Option<Defaults> {
        let before = self.problems.len();
        let defaults = Defaults::read(self.problems, self.place, self.args);
        if let Err(message) = defaults.check() {
            self.problems.at(self.place, message);
        }
        if let Err(error) = defaults.sql() {
            self.problem("default", &error.to_string());
        }
        (self.problems.len() == before).then_some(defaults)
    }

    fn foreign_key(&mut self) -> Option<ForeignKey> {
        self.only(&["column", "fk_table", "fk_column"]);
        let column = self.text("column");
        let (table_at, column_at) = (self.at("fk_table"), self.at("fk_column"));
        let table = describe::optional_text(self.problems, &table_at, self.args.get("fk_table"));
        let other_column = describe::optional_text(self.problems, &column_at, self.args.get("fk_column"));
        let Some(table) = table else {
            let message =
                if other_column.is_some() { "fk_column requires fk_table" } else { "fk_table is required" };
            self.problems.at(self.place, message);
            return None;
        };
        Some(ForeignKey { column, table, other_column })
    }

    fn foreign_keys(&mut self) -> Vec<ForeignKey> {
        let place = self.at("foreign_keys");
        let Some(Json::Array(items)) = self.args.get("foreign_keys") else {
            self.problems.at(&place, "Input should be a valid list");
            return Vec::new();
        };
        let mut keys = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = format!("{place}.{index}");
            match item {
                Json::Object(args) => {
                    keys.extend(Args { problems: self.problems, place: &place, args }.foreign_key());
                }
                _ => self.problems.at(&place, "Input should be a valid dictionary"),
            }
        }
        keys
    }
}

/// What the table was, and what it is.
struct Altered {
    name: String,
    before: String,
    after: String,
}

fn run(writer: &Writer<'_>, table: &str, operations: &[Operation]) -> Result<Altered> {
    if !writing::check_ordinary(writer, table)? {
        return Err(Error::bad_request("Structured writes require an ordinary table"));
    }
    let before = writing::table_sql(writer, table)?.unwrap_or_default();
    for operation in operations {
        if let Operation::AddColumn { name, sql_type, not_null, defaults } = operation {
            add_column(writer, table, name, sql_type, *not_null, defaults)?;
        }
    }
    // SQLite renames columns wherever they are mentioned: in views, triggers and other tables' keys.
    let mut renamed: Vec<(&str, &str)> = Vec::new();
    for operation in operations {
        if let Operation::RenameColumn { name, to } = operation {
            let (table, name, new) = (quoted(table), quoted(name), quoted(to));
            writer.script(&format!("ALTER TABLE {table} RENAME COLUMN {name} TO {new}"))?;
        }
        if let Operation::RenameColumn { name, to } = operation {
            renamed.push((name, to));
        }
    }
    if let Some(transform) = transform(writer, operations, &renamed)? {
        transform.run(writer, table)?;
    }
    let mut name = table.to_owned();
    for operation in operations {
        if let Operation::RenameTable { to } = operation
            && *to != name
        {
            writer.script(&format!("ALTER TABLE {} RENAME TO {}", quoted(&name), quoted(to)))?;
            name.clone_from(to);
        }
    }
    let after = writing::table_sql(writer, &name)?.unwrap_or_default();
    Ok(Altered { name, before, after })
}

fn add_column(
    writer: &Writer<'_>,
    table: &str,
    name: &str,
    sql_type: &str,
    not_null: bool,
    defaults: &Defaults,
) -> Result<()> {
    let mut sql = format!("ALTER TABLE {} ADD COLUMN {} {sql_type}", quoted(table), quoted(name));
    if not_null {
        let Some(default) = defaults.sql()? else {
            return Err(Error::bad_request(
                "add_column args.default or args.default_expr is required when not_null is true",
            ));
        };
        sql.push_str(&format!(" NOT NULL DEFAULT {default}"));
    }
    Ok(writer.script(&sql)?)
}

/// What can't be done without making the table anew; `None` if there is nothing of that.
fn transform(
    writer: &Writer<'_>,
    operations: &[Operation],
    renamed: &[(&str, &str)],
) -> Result<Option<Transform>> {
    // Requests name columns as they were before any of their operations.
    let now = |column: &String| {
        let new = renamed.iter().find(|(old, _)| old.eq_ignore_ascii_case(column));
        new.map_or_else(|| column.clone(), |(_, new)| (*new).to_owned())
    };
    let reference = |key: &ForeignKey| {
        Ok::<_, Error>((
            now(&key.column),
            describe::reference(writer, &key.table, key.other_column.as_deref())?,
        ))
    };
    let mut transform = Transform::default();
    let mut needed = !renamed.is_empty();
    for operation in operations {
        match operation {
            Operation::AddColumn { name, not_null, defaults, .. } => {
                if *not_null || (defaults.value.is_none() && defaults.expression.is_none()) {
                    continue;
                }
                transform.defaults.push((name.clone(), defaults.sql()?));
            }
            Operation::AlterColumn { name, sql_type, not_null, defaults } => {
                let name = now(name);
                transform.types.extend(sql_type.map(|sql_type| (name.clone(), sql_type.to_owned())));
                transform.not_null.extend(not_null.map(|not_null| (name.clone(), not_null)));
                if defaults.value.is_some() || defaults.expression.is_some() {
                    transform.defaults.push((name, defaults.sql()?));
                }
            }
            Operation::DropColumn { name } => transform.drop.push(now(name)),
            Operation::SetPrimaryKey { columns } => {
                transform.primary_key = Some(columns.iter().map(now).collect())
            }
            Operation::ReorderColumns { columns } => {
                transform.column_order = Some(columns.iter().map(now).collect())
            }
            Operation::AddForeignKey(key) => transform.add_foreign_keys.push(reference(key)?),
            Operation::DropForeignKey { column } => transform.drop_foreign_keys.push(now(column)),
            Operation::SetForeignKeys(keys) => {
                transform.foreign_keys = Some(keys.iter().map(reference).collect::<Result<_>>()?);
            }
            Operation::RenameColumn { .. } | Operation::RenameTable { .. } => continue,
        }
        needed = true;
    }
    let changes_some = !transform.add_foreign_keys.is_empty() || !transform.drop_foreign_keys.is_empty();
    if transform.foreign_keys.is_some() && changes_some {
        let message = "set_foreign_keys can't be combined with add_foreign_key or drop_foreign_key";
        return Err(Error::bad_request(message));
    }
    Ok(needed.then_some(transform))
}
