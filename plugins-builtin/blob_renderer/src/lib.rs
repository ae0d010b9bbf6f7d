//! Downloads one value as it is stored: `/db/table/1.blob?_blob_column=photo`.
//!
//! Hooks: `register_output_renderer`. Config: none.
//!
//! CSV and HTML link here for the BLOBs they can't show. For rows of a query, which have no key, the link
//! has the value's hash in `_blob_hash`.

mod filename;

use datasette_plugin_api::*;
use sha2::{Digest, Sha256};

struct BlobRenderer;

#[hookimpl]
impl Plugin for BlobRenderer {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn register_output_renderer(&self) -> Result<Vec<Box<dyn OutputRenderer>>> {
        Ok(vec![Box::new(Blob)])
    }
}

export_plugin!(BlobRenderer, name = "datasette.blob_renderer");

struct Blob;

impl OutputRenderer for Blob {
    fn extension(&self) -> &str {
        "blob"
    }

    /// Never offered as a format of a page: it needs to know the column.
    fn can_render(&self, _page: &CanRender<'_>) -> Result<bool> {
        Ok(false)
    }

    fn render(&self, page: &Render<'_>) -> Result<Option<Response>> {
        if let Some(error) = page.error {
            return Err(Error::bad_request(error));
        }
        let column = page.request.arg("_blob_column");
        let column = column.ok_or_else(|| Error::bad_request("?_blob_column= is required"))?;
        if !page.columns.contains(column) {
            return Err(Error::bad_request(format!("{column} is not a valid column")));
        }
        let hash = page.request.arg("_blob_hash");
        let body = match hash {
            Some(hash) => {
                page.rows.iter().filter_map(|row| bytes(row, column)).find(|body| sha256(body) == hash)
            }
            None => page.rows.get(0).map(|row| bytes(row, column).unwrap_or_default()),
        };
        let body = body.ok_or_else(|| match hash {
            Some(_) => Error::bad_request(
                "Link has expired - the requested binary content has changed or could not be found.",
            ),
            None => Error::not_found("There are no rows, so there is nothing to download"),
        })?;
        let filename = filename::filename(page, column, hash);
        let response = Response::new("application/binary", body)
            .with_header("x-content-type-options", "nosniff")
            .with_header("content-disposition", format!("attachment; filename=\"{filename}\""));
        Ok(Some(response))
    }
}

/// The value as it is sent: a BLOB's bytes, else its text; `None` for null.
fn bytes(row: Row<'_>, column: &str) -> Option<Vec<u8>> {
    match row.get(column)? {
        ValueRef::Null => None,
        ValueRef::Blob(blob) => Some(blob.to_vec()),
        other => Some(other.to_string().into_bytes()),
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeRequest, FakeRows, Harness};

    use super::*;

    const HASH_OF_AB: &str = "38164fbd17603d73f696b8b4d72664d735bb6a7c88577687fd2ae33fd6964153";

    fn rows() -> FakeRows {
        FakeRows::new(&["id", "data", "note"]).row([1.into(), Value::Null, "x".into()]).row([
            2.into(),
            b"AB".as_slice().into(),
            "AB".into(),
        ])
    }

    fn render_rows(target: &str, view: &str, rows: &FakeRows) -> Result<Response> {
        let request = FakeRequest::get(target);
        let names = ["id", "data", "note"];
        let table = (view != "query").then_some("my table");
        let page = Render::new(
            request.view(),
            Names::new(&names),
            rows.view(),
            None,
            None,
            "db",
            table,
            view,
            false,
            None,
            None,
        );
        let renderers = Harness::<BlobRenderer>::new().register_output_renderer().unwrap()?;
        renderers[0].render(&page).map(Option::unwrap)
    }

    fn render(target: &str, view: &str) -> Result<Response> {
        render_rows(target, view, &rows())
    }

    #[test]
    fn the_first_row_is_sent_as_a_download() {
        let response = render("/db/my~20table/1.blob?_blob_column=note", "row").unwrap();
        assert_eq!((response.status, response.body_text().as_str()), (200, "x"));
        assert_eq!(response.header("content-type"), Some("application/binary"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        let disposition = response.header("content-disposition");
        assert_eq!(disposition, Some("attachment; filename=\"my-table-9f0572-1-note.blob\""));
    }

    #[test]
    fn a_hash_finds_its_row() {
        for column in ["data", "note"] {
            let target = format!("/db/-/query.blob?_blob_column={column}&_blob_hash={HASH_OF_AB}");
            let response = render(&target, "query").unwrap();
            assert_eq!(response.body, b"AB");
            let expected = format!("attachment; filename=\"{column}-38164f.blob\"");
            assert_eq!(response.header("content-disposition"), Some(expected.as_str()));
        }
    }

    #[test]
    fn null_is_empty_and_numbers_are_text() {
        assert_eq!(render("/db/t.blob?_blob_column=data", "table").unwrap().body, b"");
        assert_eq!(render("/db/t.blob?_blob_column=id", "table").unwrap().body, b"1");
    }

    #[track_caller]
    fn refused(target: &str, message: &str) {
        assert_eq!(render(target, "table").unwrap_err(), Error::bad_request(message));
    }

    #[test]
    fn the_column_must_be_named_and_exist() {
        refused("/db/t.blob", "?_blob_column= is required");
        refused("/db/t.blob?_blob_column=nope", "nope is not a valid column");
    }

    #[test]
    fn a_hash_without_row_means_that_the_data_changed() {
        let message = "Link has expired - the requested binary content has changed or could not be found.";
        refused("/db/t.blob?_blob_column=data&_blob_hash=00", message);
        refused("/db/t.blob?_blob_column=data&_blob_hash=", message);
    }

    #[test]
    fn no_rows_are_not_found() {
        let empty = FakeRows::new(&["id", "data", "note"]);
        let error = render_rows("/db/t.blob?_blob_column=data", "table", &empty).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }

    #[test]
    fn it_is_offered_nowhere() {
        let (request, rows) = (FakeRequest::get("/db/t"), rows());
        let columns = Names::new(&["id"]);
        let page = CanRender::new(request.view(), columns, rows.view(), None, None, "db", Some("t"), "table");
        let renderers = Harness::<BlobRenderer>::new().register_output_renderer().unwrap().unwrap();
        assert_eq!((renderers[0].extension(), renderers[0].can_render(&page)), ("blob", Ok(false)));
    }
}
