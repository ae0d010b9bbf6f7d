//! `GET /{database}.db`: the whole file.

use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::Resource;
use crate::render::csv::attachment;
use crate::request::Request;
use crate::response::{Body, Response};
use crate::sqlite::Database;

pub(crate) fn download(app: &App, request: &Request, database: &Database) -> Result<Response> {
    app.permissions.require(request, "view-database-download", Resource::Database(&database.name))?;
    // The file has everything.
    if app.permissions.veil(request, database)?.is_some() {
        let message =
            "You do not have permission to download this database, because you may not see all of it";
        return Err(Error::forbidden(message));
    }
    let Some(path) = database.path() else {
        return Err(Error::not_found("Cannot download in-memory databases"));
    };
    if !app.settings().allow_download || database.is_mutable {
        return Err(Error::forbidden("Database download is forbidden"));
    }
    let length = std::fs::metadata(path)
        .map_err(|error| Error::Internal(anyhow::anyhow!("{}: {error}", path.display())))?
        .len();
    let name =
        path.file_name().map_or_else(|| database.name.clone(), |name| name.to_string_lossy().into_owned());
    let mut response = Response::new(200, "application/octet-stream", bytes::Bytes::new());
    if let Some(hash) = database.hash() {
        response.headers.push(("etag".to_owned(), format!("\"{hash}\"")));
    }
    response.headers.push(("content-disposition".to_owned(), attachment(&name)));
    response.body = Body::File { path: path.to_owned(), length };
    Ok(response)
}
