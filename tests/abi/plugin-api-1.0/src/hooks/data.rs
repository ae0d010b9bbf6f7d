//! The rows of a table: filters, facets, types of columns.

use serde::{Deserialize, Serialize};

use crate::ffi::args::{JsonText, Names, Sent, arguments};
use crate::{Html, Json, Map, Request, Result, Value, ValueRef};

arguments! {
    /// Which rows of a table does the request want?
    FiltersFromRequest {
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The table or view.
        table: &'a str = table,
    }

    /// The rows that are to be counted by facets.
    FacetContext {
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The table or view; `None` for a query.
        table: Option<&'a str> = table,
        /// The rows: a select without limit and order.
        sql: &'a str = sql,
        /// Values for the named parameters in it.
        params: Sent<Vec<(String, Value)>> = params,
        /// The facets of this type that are wanted.
        configs: Sent<Vec<FacetConfig>> = subject,
        /// How many values to show; ask for one more, to know whether there are more.
        facet_size: usize = size,
        /// How many rows there are, if that is known.
        row_count: Option<i64> = row_count,
        /// Names of the columns.
        columns: Names<'a> = columns,
        /// How long the SQL of one facet may run.
        time_limit_ms: u64 = time_limit_ms,
        /// How long the SQL of one suggestion may run.
        suggest_time_limit_ms: u64 = suggest_time_limit_ms,
    }

    /// A cell in a column that was given a type.
    ColumnCell {
        /// What is in it.
        value: ValueRef<'a> = value,
        /// The column.
        column: &'a str = column,
        /// The table; `None` for a query.
        table: Option<&'a str> = table,
        /// The database.
        database: &'a str = database,
        /// Configuration of the type for this column.
        config: JsonText<'a> = config,
    }
}

/// A narrower choice of rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FilterArguments {
    /// Conditions; all of them have to hold.
    pub where_clauses: Vec<String>,
    /// Values for named parameters in them. Prefix their names: all plugins share one query.
    pub params: Vec<(String, Value)>,
    /// What was chosen, for people; put together as `where A, B and C`.
    pub human_descriptions: Vec<String>,
    /// Variables for the page's template.
    pub extra_context: Map,
}

impl FilterArguments {
    /// No condition yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a condition.
    #[must_use]
    pub fn filter(mut self, sql: impl Into<String>) -> Self {
        self.where_clauses.push(sql.into());
        self
    }

    /// With a value for a named parameter.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// With a description for people.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.human_descriptions.push(text.into());
        self
    }
}

/// A way of counting rows.
pub trait FacetClass: Send + Sync {
    /// Its name, such as `column`; asked for as `_facet_NAME`.
    fn facet_type(&self) -> &str;

    /// Facets of this type that would be worth a look. `context.configs` are those on the page already.
    fn suggest(&self, context: &FacetContext<'_>) -> Result<Vec<SuggestedFacet>>;

    /// Counts: one result for each of `context.configs`.
    fn facet_results(&self, context: &FacetContext<'_>) -> Result<FacetResults>;
}

/// A facet that is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FacetConfig {
    /// The column, if the configuration is a name or has a `column`.
    #[serde(default)]
    pub column: Option<String>,
    /// The whole configuration: a name, or an object.
    pub config: Json,
    /// Who wants it.
    pub source: FacetSource,
}

impl FacetConfig {
    /// A facet of a column.
    pub fn column(column: impl Into<String>, source: FacetSource) -> Self {
        let column = column.into();
        Self { config: Json::String(column.clone()), column: Some(column), source }
    }

    /// A facet with a configuration of its own.
    pub fn new(config: Json, source: FacetSource) -> Self {
        let column = config.as_str().or_else(|| config.get("column")?.as_str()).map(str::to_owned);
        Self { column, config, source }
    }
}

/// Who wants a facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FacetSource {
    /// The site's configuration: visitors can't hide it.
    Metadata,
    /// The query string.
    Request,
}

/// A facet that might be worth a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SuggestedFacet {
    /// What to call it: the column.
    pub name: String,
    /// Name and value of the query string argument that turns it on.
    pub arg: (String, String),
    /// More that the JSON says about it, such as `type`.
    #[serde(default)]
    pub extra: Map,
}

impl SuggestedFacet {
    /// A suggestion that is turned on by `?key=value`.
    pub fn new(name: impl Into<String>, key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), arg: (key.into(), value.into()), extra: Map::new() }
    }

    /// With one more fact for the JSON.
    #[must_use]
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
        self.extra.insert(key.into(), value.into());
        self
    }
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FacetResults {
    /// One for each facet that was counted in time.
    pub results: Vec<FacetResult>,
    /// Names of those that were not.
    pub timed_out: Vec<String>,
}

/// One facet, counted. The server makes the URLs: it knows where it is mounted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FacetResult {
    /// What it is called: the column.
    pub name: String,
    /// The facet type.
    pub facet_type: String,
    /// Whether visitors can hide it: not if the configuration wants it.
    pub hideable: bool,
    /// The query string argument that turns it on, and is taken away to hide it.
    pub toggle_arg: (String, String),
    /// The values, most frequent first.
    pub values: Vec<FacetValue>,
    /// Whether there are more values.
    #[serde(default)]
    pub truncated: bool,
}

impl FacetResult {
    /// A facet without values yet, turned on by `?key=value`.
    pub fn new(
        name: impl Into<String>,
        facet_type: impl Into<String>,
        source: FacetSource,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            facet_type: facet_type.into(),
            hideable: source == FacetSource::Request,
            toggle_arg: (key.into(), value.into()),
            values: Vec::new(),
            truncated: false,
        }
    }
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FacetValue {
    /// The value.
    pub value: Json,
    /// What to call it.
    pub label: Json,
    /// How many rows have it.
    pub count: i64,
    /// The query string argument that chooses it, or is taken away if it is chosen.
    pub toggle: (String, String),
    /// Whether it is chosen.
    pub selected: bool,
}

impl FacetValue {
    /// A value that is called what it is, chosen by `?key=arg`.
    pub fn new(value: Json, count: i64, key: impl Into<String>, arg: impl Into<String>) -> Self {
        Self { label: value.clone(), value, count, toggle: (key.into(), arg.into()), selected: false }
    }

    /// Called something else.
    #[must_use]
    pub fn label(mut self, label: impl Into<Json>) -> Self {
        self.label = label.into();
        self
    }

    /// Chosen, or not.
    #[must_use]
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }
}

/// What a column means, beyond what SQLite knows: an URL, an e-mail address, ...
pub trait ColumnType: Send + Sync {
    /// Its name, such as `url`.
    fn name(&self) -> &str;

    /// What it is, for people.
    fn description(&self) -> &str;

    /// The SQLite types of the columns it fits (`TEXT`, `INTEGER`, `REAL`, `NUMERIC`, `BLOB`); none means all.
    fn sqlite_types(&self) -> &[&str] {
        &[]
    }

    /// How a cell looks; `None` leaves that to others.
    fn render_cell(&self, cell: &ColumnCell<'_>) -> Result<Option<Html>> {
        let _ = cell;
        Ok(None)
    }

    /// What is wrong with a value that somebody wants to write; `None` if nothing.
    fn validate(&self, value: &Json, config: &Json) -> Result<Option<String>> {
        let _ = (value, config);
        Ok(None)
    }

    /// What the value looks like in JSON; `None` leaves it as it is.
    fn transform_value(&self, value: &Json, config: &Json) -> Result<Option<Json>> {
        let _ = (value, config);
        Ok(None)
    }
}
