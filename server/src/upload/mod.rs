//! `/{database}/-/upload`: a file with rows, sent by a form, goes into a table.
//!
//! The body was put into a temporary file while it arrived, once [`check`] had said that this visitor may
//! send one. From there it takes the same way as with `datasette insert`.

mod fields;
mod take;

use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::contexts::UploadContext;
use crate::render::escape::css_class;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::Database;
use crate::tilde;
use crate::writing::block_framing;

use fields::Fields;

/// Whether it is a form with a file for this page: only its address and its headers are looked at.
pub(crate) fn is_upload(request: &Request) -> bool {
    let is_form = request.header("content-type").is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("multipart/form-data")
    });
    request.method == "POST" && is_form && database_segment(request).is_some()
}

fn database_segment(request: &Request) -> Option<&str> {
    let segment = request.path.strip_prefix('/')?.strip_suffix("/-/upload")?;
    (!segment.is_empty() && !segment.contains('/')).then_some(segment)
}

/// Fails unless the actor may send a file to that address at all. Into which table is asked once it is known.
pub(crate) fn check(app: &App, request: &Request) -> Result<()> {
    let segment = database_segment(request).ok_or(Error::NoSuchPage)?;
    may_upload(app, request, &*app.database_at(&tilde::decode(segment))?)
}

/// Whoever may make tables, or insert rows into the one that the address names.
fn may_upload(app: &App, request: &Request, database: &Database) -> Result<()> {
    if !database.is_mutable {
        return Err(Error::forbidden("Database is immutable"));
    }
    if app.permissions.allowed(request, "create-table", Resource::Database(&database.name))? {
        return Ok(());
    }
    let table = request.args.non_empty("table");
    let insert =
        |table| app.permissions.allowed(request, "insert-row", Resource::Table(&database.name, table));
    if table.map(insert).transpose()? == Some(true) {
        return Ok(());
    }
    Err(Error::forbidden(
        "Permission denied: need create-table, or insert-row for a table named in the address",
    ))
}

/// The form, or what came of it.
pub(crate) fn upload(app: &App, request: &Request, database: &Database) -> Result<Response> {
    may_upload(app, request, database)?;
    match request.method.as_str() {
        "POST" => take::take(app, request, database),
        _ => show(app, request, database, Fields::of_address(request), None),
    }
}

/// The form, with what is wrong with it.
fn show(
    app: &App,
    request: &Request,
    database: &Database,
    fields: Fields,
    error: Option<(u16, String)>,
) -> Result<Response> {
    let chosen = page::choose(app, &["upload.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, Some(&database.name), request.args.non_empty("table"))?;
    let kind = PageKind { database: Some(&database.name), ..PageKind::of("upload") };
    let path = format!("{}/-/upload", app.urls.database(&database.route));
    let most = app.settings().max_upload_mb.saturating_mul(1024 * 1024);
    let status = error.as_ref().map_or(200, |(status, _)| *status);
    let may_make = app.permissions.allowed(request, "create-table", Resource::Database(&database.name))?;
    let response = page::respond(app, request, &chosen, kind, crumbs, |base| {
        let mut context = UploadContext {
            base,
            database: database.name.clone(),
            database_class: css_class(&database.name),
            database_color: database.color(),
            form_action: crate::request::with_query(&path, &request.query_string),
            may_make_tables: may_make,
            max_bytes: most,
            max_text: (most > 0).then(|| format!("{} MB", app.settings().max_upload_mb)),
            error: error.map(|(_, message)| message),
            ..UploadContext::default()
        };
        fields.fill(&mut context);
        context
    })?;
    Ok(block_framing(response.with_status(status)))
}
