//! `POST /{database}/-/upload`: the file is imported, and it is told what came of it.

use std::io::Cursor;

use datasette_plugin_api::{Json, json};

use super::fields::Fields;
use super::show;
use crate::app::App;
use crate::error::{Error, ErrorPage, Result};
use crate::form::{Form, UploadedFile};
use crate::importing::{Import, ImportOptions, Imported, Input, OnConflict};
use crate::permissions::Resource;
use crate::render::json::to_vec;
use crate::render::number::counted;
use crate::request::{MessageKind, Request};
use crate::response::Response;
use crate::sqlite::{Database, Table};
use crate::writing::{self, Events, refuse};

pub(super) fn take(app: &App, request: &Request, database: &Database) -> Result<Response> {
    let asked = Json::Null;
    let wants_json = writing::wants_json(request, &asked);
    let (fields, outcome) = match read(request) {
        Ok((form, file)) => {
            let fields = Fields::of(&form);
            let outcome = run(app, request, database, &fields, file);
            (fields, outcome)
        }
        Err(message) => (Fields::of_address(request), Err(Error::bad_request(message))),
    };
    match outcome {
        Ok((table, imported)) => Ok(done(app, request, database, &table, &imported, wants_json)),
        // What is nothing for the form is told as on any page.
        Err(error) if !is_for_form(&error) => Err(error),
        Err(error) => {
            let ErrorPage { status, message, .. } = ErrorPage::from(&error);
            if wants_json {
                return writing::api(Err(refuse(status, message)));
            }
            show(app, request, database, fields, Some((status, message)))
        }
    }
}

fn is_for_form(error: &Error) -> bool {
    matches!(error, Error::BadRequest { .. } | Error::InvalidSql { .. } | Error::Forbidden(_) | Error::Full)
}

/// The fields, and where the file is.
fn read(request: &Request) -> std::result::Result<(Form, UploadedFile), String> {
    let content_type = request.header("content-type").unwrap_or_default();
    let (form, file) = match &request.upload {
        Some(upload) => Form::with_file(content_type, upload.reader().map_err(|e| e.to_string())?, "file"),
        None => Form::with_file(content_type, Cursor::new(&request.body), "file"),
    }?;
    let file = file.filter(|file| !file.name.is_empty() || file.length > 0);
    Ok((form, file.ok_or("Choose a file to upload")?))
}

/// The table's name and what was done.
fn run(
    app: &App,
    request: &Request,
    database: &Database,
    fields: &Fields,
    file: UploadedFile,
) -> Result<(String, Imported)> {
    let options = fields.options(&file.name).map_err(Error::bad_request)?;
    let table = &options.table;
    let existing = app.read(request, database, |conn| Ok(database.table(conn, table)?))?;
    check_permissions(app, request, database, &options, existing.as_deref())?;
    let input = match &request.upload {
        Some(upload) => Input::File {
            file: upload.file().map_err(anyhow::Error::from)?,
            start: file.start,
            length: file.length,
        },
        None => {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(request.body.len());
            let (start, end) = (place(file.start), place(file.start + file.length));
            Input::stream(Cursor::new(request.body.slice(start..end.max(start))))
        }
    };
    let watch = |_| !request.cancelled.is_set();
    let mut import = Import::survey(&options, input, existing.as_deref(), &watch)?;
    let types = existing.as_deref().map(|table| app.column_types(&database.name, table)).transpose()?;
    let types = types.filter(|types| !types.is_empty());
    let imported = app.write(Some(request), database, |writer| import.write(writer, types.as_ref()))?;
    announce(app, request, database, &options, &imported)?;
    Ok((options.table, imported))
}

fn check_permissions(
    app: &App,
    request: &Request,
    database: &Database,
    options: &ImportOptions,
    existing: Option<&Table>,
) -> Result<()> {
    let table = Resource::Table(&database.name, &options.table);
    let is_new = existing.is_none();
    // A file may write any column, and the answer tells the table's statement.
    if existing.is_some_and(|table| !table.concealed.is_empty()) {
        let message = "Permission denied: you may not see all columns of this table, so files can't be imported into it";
        return Err(Error::forbidden(message));
    }
    let needed = [
        (is_new, "create-table", Resource::Database(&database.name)),
        (true, "insert-row", table),
        (options.on_conflict == OnConflict::Replace, "update-row", table),
        (!is_new && options.alter, "alter-table", table),
    ];
    for (_, action, resource) in needed.into_iter().filter(|(is_needed, ..)| *is_needed) {
        if !app.permissions.allowed(request, action, resource)? {
            return Err(Error::forbidden(format!("Permission denied: need {action}")));
        }
    }
    Ok(())
}

fn announce(
    app: &App,
    request: &Request,
    database: &Database,
    options: &ImportOptions,
    imported: &Imported,
) -> Result<()> {
    let events = Events { app, request, database: &database.name };
    match &imported.before {
        None => events.create_table(&options.table, &imported.schema),
        Some(before) if *before != imported.schema => {
            events.alter_table(&options.table, before, &imported.schema);
        }
        Some(_) => {}
    }
    let rows = usize::try_from(imported.rows).unwrap_or(usize::MAX);
    let conflict = options.on_conflict;
    events.insert_rows(&options.table, rows, conflict == OnConflict::Ignore, conflict == OnConflict::Replace);
    if imported.before.as_ref() != Some(&imported.schema) {
        app.refresh_schemas(true)?;
    }
    Ok(())
}

fn done(
    app: &App,
    request: &Request,
    database: &Database,
    table: &str,
    imported: &Imported,
    wants_json: bool,
) -> Response {
    let url = app.urls.table(&database.route, table);
    let count = |rows: u64| counted(i64::try_from(rows).unwrap_or(i64::MAX), "row");
    let mut message = format!("{} imported into {table}", count(imported.rows - imported.ignored));
    if imported.ignored > 0 {
        message.push_str(&format!("; {} had a key that is taken", count(imported.ignored)));
    }
    if !wants_json {
        return writing::redirect(request, &url, &message, MessageKind::Info);
    }
    // A script of the page follows the link, and the message is shown there.
    if request.args.non_empty("_message").is_some() {
        request.messages.add(message.clone(), MessageKind::Info);
    }
    let body = json!({
        "ok": true,
        "database": database.name,
        "table": table,
        "table_url": app.absolute_url(request, &url),
        "redirect": url,
        "row_count": imported.rows,
        "ignored_count": imported.ignored,
        "created": imported.before.is_none(),
        "schema": imported.schema,
        "message": message,
    });
    Response::json(to_vec(&body)).with_status(201)
}
