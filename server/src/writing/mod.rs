//! What all requests that write have in common: reading their JSON, refusing them in JSON, and the
//! write itself, with the plugins that stand around it and the events that follow it.
//!
//! Which permissions a request needs and which SQL it runs is up to the capability.

mod parse;
mod refused;
mod values;
mod events;
mod insert;
mod create_sql;
mod expressions;
mod definition;
mod transform;
mod forms;
mod concealed;

pub(crate) use concealed::{check_alterable, check_creatable, check_replaceable, check_shown, discreet};
pub(crate) use create_sql::{ColumnSql, Reference, TableSql, is_table_name, literal, single_key};
pub(crate) use events::Events;
pub(crate) use expressions::{EXPRESSIONS, expression_name};
pub(crate) use forms::{Payload, block_framing, fields_of, is_true, payload, redirect, wants_json};
pub(crate) use insert::{Conflict, Rows as InsertedRows, add_missing_columns, check_ordinary, table_sql};
pub(crate) use parse::parse as parse_json;
pub(crate) use refused::{Refused, Verdict, api, error_body, refuse};
pub(crate) use transform::Transform;
pub(crate) use values::{
    Cell, Record, column_types_complain, decode_row, python_list, python_text, row_object, suggest_types,
};

use std::cell::RefCell;
use std::time::Duration;

use datasette_plugin_api::server::Hook;
use datasette_plugin_api::{self as plugin_api, Event, Json, Value};

use crate::app::App;
use crate::error::{Error, Result};
use crate::plugins::WriteStep;
use crate::request::Request;
use crate::sqlite::{Database, Rows, Writer, Written};

/// How long SQL that somebody wrote may write.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Whether a write happens in a transaction. Only `VACUUM` can't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Transaction,
    Nothing,
}

impl App {
    /// Writes, all of it or nothing, with the plugins that stand around every write. What they announce
    /// is announced once it is committed.
    pub(crate) fn write<T>(
        &self,
        request: Option<&Request>,
        database: &Database,
        work: impl FnOnce(&Writer<'_>) -> Result<T>,
    ) -> Result<T> {
        self.write_within(request, database, Within::Transaction, work)
    }

    /// Like [`Self::write`], for short writes that leave the schema as it is: several may share the wait for
    /// the disk, and `work` may run a second time. With somebody's plugins around it a write is on its own:
    /// they may do anything. The server's own look for tables that were renamed, and there are none here.
    pub(crate) fn write_shared<T>(
        &self,
        request: &Request,
        database: &Database,
        work: impl Fn(&Writer<'_>) -> Result<T>,
    ) -> Result<T> {
        if self.plugins.somebody_has_hook(Hook::WriteWrapper) {
            return self.write(Some(request), database, work);
        }
        database.write_shared(Some(&request.cancelled), work)
    }

    /// Like [`Self::write`], in a transaction or not.
    pub(crate) fn write_within<T>(
        &self,
        request: Option<&Request>,
        database: &Database,
        within: Within,
        work: impl FnOnce(&Writer<'_>) -> Result<T>,
    ) -> Result<T> {
        let cancelled = request.map(|request| &request.cancelled);
        let announced = RefCell::new(Vec::new());
        let wrapped = |writer: &Writer<'_>| {
            if !self.plugins.has_hook(Hook::WriteWrapper) {
                return work(writer);
            }
            let step = Step {
                writer,
                work: RefCell::new(Some(work)),
                result: RefCell::new(None),
                announced: &announced,
            };
            let in_transaction = within == Within::Transaction;
            self.plugins.write_wrapper(&database.name, request, in_transaction, &step)?;
            let unfinished =
                || Error::Internal(anyhow::anyhow!("a write_wrapper reported success without a write"));
            step.result.into_inner().ok_or_else(unfinished)
        };
        let result = match within {
            Within::Transaction => database.write_for(cancelled, wrapped),
            Within::Nothing => database.write_alone(cancelled, wrapped),
        }?;
        for event in announced.into_inner() {
            self.announce(event);
        }
        Ok(result)
    }

    /// Tells plugins what happened; call it after the commit.
    pub(crate) fn announce(&self, mut event: Event) {
        if event.created.is_empty() {
            event.created = jiff::Timestamp::now().to_string();
        }
        self.plugins.track_event(event);
    }
}

/// A write, as `write_wrapper` hooks see it.
struct Step<'a, 'w, F, T> {
    writer: &'a Writer<'w>,
    work: RefCell<Option<F>>,
    result: RefCell<Option<T>>,
    announced: &'a RefCell<Vec<Event>>,
}

impl<F: FnOnce(&Writer<'_>) -> Result<T>, T> WriteStep for Step<'_, '_, F, T> {
    fn proceed(&self) -> Result<Json> {
        let Some(work) = self.work.borrow_mut().take() else {
            return Err(Error::Internal(anyhow::anyhow!("a write can proceed only once")));
        };
        let result = work(self.writer)?;
        *self.result.borrow_mut() = Some(result);
        Ok(Json::Null)
    }

    fn execute(&self, sql: &str, params: &[(String, Value)]) -> Result<plugin_api::host::WriteResult> {
        Ok(write_result(&self.writer.run(sql, params)?))
    }

    fn query(&self, sql: &str, params: &[(String, Value)]) -> Result<plugin_api::host::QueryResult> {
        let rows = self.writer.rows(sql, params)?;
        Ok(plugin_api::host::QueryResult::new(rows.columns.clone(), values_of(&rows)))
    }

    fn track_event(&self, event: Event) {
        self.announced.borrow_mut().push(event);
    }
}

/// What a statement did, in the plugins' words.
pub(crate) fn write_result(written: &Written) -> plugin_api::host::WriteResult {
    let mut result = plugin_api::host::WriteResult::default();
    result.rowcount = written.rowcount;
    result.lastrowid = written.lastrowid;
    result.columns = written.rows.columns.clone();
    result.rows = values_of(&written.rows);
    result
}

/// Rows, in the plugins' words.
pub(crate) fn values_of(rows: &Rows) -> Vec<Vec<Value>> {
    let row = |row: usize| (0..rows.columns.len()).map(|column| rows.get(row, column).into()).collect();
    (0..rows.len()).map(row).collect()
}
