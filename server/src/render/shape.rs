//! `_shape=` and its companions: rows as JSON in the form that the client wants. The hot path:
//! values go from the rows to the bytes of the answer, nothing is built in between.

use std::collections::{HashMap, HashSet};

use datasette_plugin_api::{Json, ValueRef, json};

use super::json::{ObjectWriter, to_vec, write_json, write_str, write_value};
use crate::error::{Error, ErrorPage, Result};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{Rows, as_text};
use crate::table::labels::Labels;
use crate::tilde;

/// The answer of a page that has rows.
pub(crate) struct RowsAnswer<'a> {
    pub(crate) request: &'a Request,
    pub(crate) rows: &'a Rows,
    pub(crate) labels: Option<&'a Labels>,
    /// Values that a column's type shows in another way, by row and column.
    pub(crate) replaced: Option<&'a HashMap<(usize, usize), Json>>,
    /// Written before `rows`.
    pub(crate) before: Vec<(&'static str, Json)>,
    /// Written after `rows`.
    pub(crate) after: Vec<(&'static str, Json)>,
    pub(crate) truncated: bool,
    /// `None` where there are no keys to speak of: the rows of a query.
    pub(crate) primary_keys: Option<&'a [String]>,
    /// What SQLite said; the shape is ignored then.
    pub(crate) error: Option<&'a str>,
}

/// One error body for everything that is JSON.
pub(crate) fn error_body(message: &str, status: u16) -> Json {
    json!({"ok": false, "error": message, "errors": [message], "status": status})
}

pub(crate) fn error(message: &str, status: u16) -> Response {
    Response::json(to_vec(&error_body(message, status))).with_status(status)
}

/// For endpoints that programs talk to: what the visitor did wrong is told as JSON, whatever the path
/// ends with. Failures of ours go on to the log.
pub(crate) fn json_errors(answer: Result<Response>) -> Result<Response> {
    match answer {
        Err(
            failure @ (Error::Internal(_) | Error::Plugin { .. } | Error::Busy { .. } | Error::Cancelled),
        ) => Err(failure),
        Err(Error::MethodNotAllowed { allow }) => Err(Error::MethodNotAllowed { allow }),
        Err(failure) => {
            let page = ErrorPage::from(&failure);
            Ok(error(&page.message, page.status))
        }
        Ok(response) => Ok(response),
    }
}

impl RowsAnswer<'_> {
    pub(crate) fn respond(&self) -> Response {
        if let Some(message) = self.error {
            return self.respond_error(message);
        }
        let cells = Cells::new(self);
        let args = &self.request.args;
        match args.get("_shape").unwrap_or("objects") {
            "objects" => Response::json(self.object(|out, row| cells.write_object(out, row))),
            "arrays" => Response::json(self.object(|out, row| cells.write_array(out, row))),
            "array" if args.non_empty("_nl").is_some() => {
                let mut out = Vec::new();
                for row in 0..self.rows.len() {
                    if row > 0 {
                        out.push(b'\n');
                    }
                    cells.write_object(&mut out, row);
                }
                Response::new(200, "text/plain", out)
            }
            "array" => Response::json(self.list(|out, row| cells.write_object(out, row))),
            "arrayfirst" => Response::json(self.list(|out, row| cells.write_cell(out, row, 0))),
            "object" => match self.primary_keys {
                None => error("_shape=object is only available on tables", 400),
                Some([]) => error("_shape=object not available for tables with no primary keys", 400),
                Some(keys) => Response::json(self.by_key(&cells, keys)),
            },
            shape => error(&format!("Invalid _shape: {shape}"), 400),
        }
    }

    /// The rows as objects, each with a line break behind it.
    pub(crate) fn lines(&self) -> Vec<u8> {
        let cells = Cells::new(self);
        let mut out = Vec::with_capacity(self.length());
        for row in 0..self.rows.len() {
            cells.write_object(&mut out, row);
            out.push(b'\n');
        }
        out
    }

    fn respond_error(&self, message: &str) -> Response {
        let mut body = error_body(message, 400);
        if let Json::Object(object) = &mut body {
            object.insert("rows".to_owned(), json!([]));
            for (name, value) in self.before.iter().chain(&self.after) {
                object.entry(*name).or_insert_with(|| value.clone());
            }
            object.insert("truncated".to_owned(), json!(false));
        }
        Response::json(to_vec(&body)).with_status(400)
    }

    /// How long the rows get, about, and rather more.
    fn length(&self) -> usize {
        let names: usize = self.rows.columns.iter().map(|name| name.len() + 8).sum();
        512 + self.rows.written_length() + self.rows.len() * names
    }

    fn object(&self, write_row: impl Fn(&mut Vec<u8>, usize)) -> Vec<u8> {
        let mut out = Vec::with_capacity(512 + self.length());
        let mut object = ObjectWriter::start(&mut out);
        object.json("ok", &Json::Bool(true));
        for (name, value) in &self.before {
            object.json(name, value);
        }
        self.write_list(object.member("rows"), write_row);
        for (name, value) in &self.after {
            object.json(name, value);
        }
        object.json("truncated", &Json::Bool(self.truncated));
        object.end();
        out
    }

    fn list(&self, write_row: impl Fn(&mut Vec<u8>, usize)) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.length());
        self.write_list(&mut out, write_row);
        out
    }

    fn write_list(&self, out: &mut Vec<u8>, write_row: impl Fn(&mut Vec<u8>, usize)) {
        out.push(b'[');
        for row in 0..self.rows.len() {
            if row > 0 {
                out.extend_from_slice(b", ");
            }
            write_row(out, row);
        }
        out.push(b']');
    }

    /// One member for each row, named by its primary key; of equal keys the last row stays.
    fn by_key(&self, cells: &Cells<'_>, keys: &[String]) -> Vec<u8> {
        let path = |row: usize| {
            let parts = keys.iter().map(|key| tilde::encode(&as_text(self.rows.named(row, key))));
            parts.collect::<Vec<_>>().join(",")
        };
        let paths: Vec<String> = (0..self.rows.len()).map(path).collect();
        let last: HashMap<&str, usize> =
            paths.iter().enumerate().map(|(row, path)| (path.as_str(), row)).collect();
        let mut written = HashSet::new();
        let mut out = Vec::new();
        let mut object = ObjectWriter::start(&mut out);
        for path in &paths {
            if let (true, Some(row)) = (written.insert(path), last.get(path.as_str())) {
                cells.write_object(object.member(path), *row);
            }
        }
        object.end();
        out
    }
}

/// The rows, with what the request says about them looked up once.
struct Cells<'a> {
    answer: &'a RowsAnswer<'a>,
    infinity: bool,
    /// For each column: `_json` names it.
    json: Vec<bool>,
    labels: Option<&'a Labels>,
    /// The names of an object's members, ready to be written, and the columns of their values.
    members: Vec<(Vec<u8>, usize)>,
}

impl<'a> Cells<'a> {
    fn new(answer: &'a RowsAnswer<'a>) -> Self {
        let args = &answer.request.args;
        let columns = &answer.rows.columns;
        let mut members: Vec<(Vec<u8>, usize)> = Vec::with_capacity(columns.len());
        for (index, name) in columns.iter().enumerate() {
            // Of columns with the same name the first place and the last value count.
            if columns.iter().take(index).any(|earlier| earlier == name) {
                continue;
            }
            let value_at = columns.iter().rposition(|later| later == name).unwrap_or(index);
            let mut prefix = Vec::with_capacity(name.len() + 6);
            prefix.extend_from_slice(if members.is_empty() { b"{" } else { b", " });
            write_str(&mut prefix, name);
            prefix.extend_from_slice(b": ");
            members.push((prefix, value_at));
        }
        Self {
            answer,
            infinity: args.get("_json_infinity").is_some_and(|v| matches!(v, "on" | "true" | "1")),
            json: columns.iter().map(|name| args.all("_json").any(|wanted| wanted == name)).collect(),
            labels: answer.labels.filter(|labels| !labels.is_empty()),
            members,
        }
    }

    fn write_object(&self, out: &mut Vec<u8>, row: usize) {
        if self.members.is_empty() {
            out.push(b'{');
        }
        for (prefix, column) in &self.members {
            out.extend_from_slice(prefix);
            self.write_cell(out, row, *column);
        }
        out.push(b'}');
    }

    fn write_array(&self, out: &mut Vec<u8>, row: usize) {
        out.push(b'[');
        for column in 0..self.answer.rows.columns.len() {
            if column > 0 {
                out.extend_from_slice(b", ");
            }
            self.write_cell(out, row, column);
        }
        out.push(b']');
    }

    fn write_cell(&self, out: &mut Vec<u8>, row: usize, column: usize) {
        let value = self.answer.rows.get(row, column);
        if let Some(replaced) = self.answer.replaced.and_then(|replaced| replaced.get(&(row, column))) {
            return write_json(out, replaced);
        }
        if let Some(label) = self.labels.and_then(|labels| labels.get(column, value)) {
            out.extend_from_slice(b"{\"value\": ");
            write_value(out, value, self.infinity);
            out.extend_from_slice(b", \"label\": ");
            write_value(out, label.as_ref(), self.infinity);
            out.push(b'}');
            return;
        }
        let text = match value {
            ValueRef::Text(text) => text.as_bytes(),
            ValueRef::Blob(blob) => blob,
            _ => &[],
        };
        if self.json.get(column).is_some_and(|wanted| *wanted)
            && let Ok(parsed) = serde_json::from_slice::<Json>(text)
        {
            return write_json(out, &parsed);
        }
        write_value(out, value, self.infinity);
    }
}
