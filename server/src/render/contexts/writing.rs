//! The pages on which SQL is written and saved: `execute_write.html`, `query_create.html`,
//! `query_edit.html`, `query_delete.html`.

use serde::Serialize;

use super::base::Base;
use super::parts::{Link, NameValue};

/// What `execute_write.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ExecuteWriteContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) draft: SqlDraft,
    /// What came of the SQL, if it was run.
    pub(crate) execution_message: Option<String>,
    /// It was run, and it worked.
    pub(crate) execution_ok: bool,
    /// Pages to go on to.
    pub(crate) execution_links: Vec<Link>,
    /// Names of the columns that the SQL returned.
    pub(crate) columns: Vec<String>,
    /// The rows that it returned, as text.
    pub(crate) rows: Vec<Vec<String>>,
    /// It returned more rows than that.
    pub(crate) truncated: bool,
    /// The SQL can't be executed as it is.
    pub(crate) execute_disabled: bool,
    /// Why not.
    pub(crate) execute_disabled_reason: Option<String>,
    /// Where the SQL can be saved; null if the visitor may not.
    pub(crate) save_query_url: Option<String>,
}

/// SQL that is being written.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SqlDraft {
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// Where the form goes.
    pub(crate) form_action: String,
    /// What tells, as JSON, what the SQL would do.
    pub(crate) analyze_url: String,
    /// The SQL.
    pub(crate) sql: String,
    /// Height of its editor in lines.
    pub(crate) editor_rows: usize,
    /// Its parameters, with their values.
    pub(crate) parameters: Vec<NameValue>,
    /// What is wrong with the SQL.
    pub(crate) analysis_error: Option<String>,
    /// What it would do.
    pub(crate) analysis_rows: Vec<AnalysisRow>,
}

/// One thing that SQL would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct AnalysisRow {
    /// `read`, `insert`, `create`, …
    pub(crate) operation: String,
    /// The database.
    pub(crate) database: String,
    /// The table, or what else it is about.
    pub(crate) table: String,
    /// The actions that have to be allowed.
    pub(crate) required_permission: String,
    /// The trigger or view that does it.
    pub(crate) source: String,
    /// `yes`, `no`, or empty where nothing is asked.
    pub(crate) allowed: &'static str,
}

/// What `query_create.html` and `query_edit.html` are given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SavedQueryContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) draft: SqlDraft,
    /// Name of the query, as in its URL.
    pub(crate) name: String,
    /// What stands before the name in its URL.
    pub(crate) url_prefix: String,
    /// The query's page; null for a new one.
    pub(crate) query_url: Option<String>,
    /// Title or name of the query.
    pub(crate) heading: String,
    /// Its title.
    pub(crate) query_title: String,
    /// Its description.
    pub(crate) description: String,
    /// Only its owner sees it.
    pub(crate) is_private: bool,
    /// It can't be saved as it is.
    pub(crate) save_disabled: bool,
}

/// What `query_delete.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryDeleteContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// Name of the query.
    pub(crate) name: String,
    /// Title or name of the query.
    pub(crate) heading: String,
    /// Its description.
    pub(crate) description: Option<String>,
    /// Its SQL.
    pub(crate) sql: String,
    /// Its page.
    pub(crate) query_url: String,
    /// Where the form goes.
    pub(crate) form_action: String,
}
