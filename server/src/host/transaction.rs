//! A transaction in which a plugin decides, step by step, what is read and written.

use std::cell::RefCell;

use datasette_plugin_api::host::{QueryResult, WriteResult};
use datasette_plugin_api::server::WriteStep;
use datasette_plugin_api::{Error, ErrorKind, Event, Json, Result, Value, Write};

use super::args::Args;
use super::failed;
use super::sql::database;
use crate::app::App;
use crate::error::Error as Own;
use crate::request::Request;
use crate::sqlite::Writer;
use crate::writing::{values_of, write_result};

/// `work` is the plugin's part; its error undoes all of it.
pub(super) fn write(
    app: &App,
    args: &Args,
    request: Option<&Request>,
    work: &dyn Fn(&Write<'_>) -> Result<()>,
) -> Result<Json> {
    let announced = RefCell::new(Vec::new());
    let database = database(app, args)?;
    let written = app.write(request, &database, |writer| {
        let step = Step { writer, announced: &announced };
        work(&Write::over(&step)).map_err(undone)
    });
    written.map_err(failed)?;
    for event in announced.into_inner() {
        app.announce(event);
    }
    Ok(Json::Null)
}

/// The plugin hears its own error; this one is for whoever stands around the write.
fn undone(error: Error) -> Own {
    match error.kind {
        ErrorKind::NotFound => Own::not_found(error.message),
        ErrorKind::Forbidden => Own::forbidden(error.message),
        ErrorKind::BadRequest => Own::bad_request(error.message),
        ErrorKind::Unauthorized => Own::Unauthorized { message: error.message },
        ErrorKind::Interrupted => Own::Interrupted { sql: String::new() },
        _ => Own::Internal(anyhow::anyhow!(error.message)),
    }
}

struct Step<'a, 'w> {
    writer: &'a Writer<'w>,
    announced: &'a RefCell<Vec<Event>>,
}

impl WriteStep for Step<'_, '_> {
    fn proceed(&self) -> Result<Json> {
        Err(Error::new("this is the write itself: there is nothing to proceed with"))
    }

    fn execute(&self, sql: &str, params: &[(String, Value)]) -> Result<WriteResult> {
        let written = self.writer.run(sql, params).map_err(super::sql::sql_error)?;
        Ok(write_result(&written))
    }

    fn query(&self, sql: &str, params: &[(String, Value)]) -> Result<QueryResult> {
        let rows = self.writer.rows(sql, params).map_err(super::sql::sql_error)?;
        Ok(QueryResult::new(rows.columns.clone(), values_of(&rows)))
    }

    fn track_event(&self, event: Event) {
        self.announced.borrow_mut().push(event);
    }
}
