//! The pages on which SQL is written, saved and found again: `execute_write.html`, `query_create.html`,
//! `query_edit.html`, `query_delete.html`, `query_list.html`.

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

/// What `query_list.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueryListContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// Text of the browser's tab.
    pub(crate) title: String,
    /// The database; null if the queries of all are listed.
    pub(crate) database: Option<String>,
    /// Its name as a CSS class.
    pub(crate) database_class: Option<String>,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// This list without filters.
    pub(crate) query_list_path: String,
    /// The text that is searched for.
    pub(crate) q: String,
    /// The other filters, so that a search keeps them.
    pub(crate) hidden_args: Vec<NameValue>,
    /// Ways to narrow the list.
    pub(crate) facets: Vec<QueryFacet>,
    /// The queries.
    pub(crate) queries: Vec<ListedQuery>,
    /// The next page.
    pub(crate) next_url: Option<String>,
    /// Some of them are private, which is explained.
    pub(crate) show_private_note: bool,
    /// Some of them are trusted, which is explained.
    pub(crate) show_trusted_note: bool,
}

/// A way to narrow a list of queries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct QueryFacet {
    /// What it is about.
    pub(crate) title: String,
    /// The choices.
    pub(crate) items: Vec<QueryFacetItem>,
}

/// A choice that narrows a list of queries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct QueryFacetItem {
    /// What it is called.
    pub(crate) label: String,
    /// How many queries there are.
    pub(crate) count: usize,
    /// Chooses it, or no longer.
    pub(crate) href: Option<String>,
    /// It is chosen.
    pub(crate) active: bool,
}

/// A query in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ListedQuery {
    /// Its page.
    pub(crate) url: String,
    /// Its title, or its name.
    pub(crate) label: String,
    /// Its name.
    pub(crate) name: String,
    /// Its database, with its page, where queries of all are listed.
    pub(crate) database: Option<Link>,
    /// Its description.
    pub(crate) description: Option<String>,
    /// It changes data.
    pub(crate) is_write: bool,
    /// Only its owner sees it.
    pub(crate) is_private: bool,
    /// It runs with the rights of the site.
    pub(crate) is_trusted: bool,
    /// `config`, `plugin` or `user`.
    pub(crate) source: String,
    /// Who saved it.
    pub(crate) owner_id: Option<String>,
}
