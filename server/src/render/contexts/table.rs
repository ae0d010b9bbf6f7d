//! `table.html`: the rows of a table or view.

use datasette_plugin_api::Html;
use serde::Serialize;
use serde_json::Value;

use super::base::Base;
use super::metadata::Metadata;
use super::parts::{ActionItem, Choice, Link, NameValue, OrderedMap};
use super::query::QueryText;
use super::rows::Table;

/// What `table.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TableContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) rows: Table,
    /// Text of the browser's tab: `fixtures: facetable: 15 rows where state = "CA"`.
    pub(crate) title: String,
    /// The table's title or name; views end with ` (view)`.
    pub(crate) heading: String,
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// The name of the table or view.
    pub(crate) table: String,
    /// Its name as a CSS class.
    pub(crate) table_class: String,
    /// Path of the table, without query string.
    pub(crate) table_url: String,
    /// It is a view.
    pub(crate) is_view: bool,
    /// Not everybody may see it.
    pub(crate) private: bool,
    /// Metadata of the table.
    pub(crate) metadata: Metadata,
    /// Entries of the action menu.
    pub(crate) actions: Vec<ActionItem>,
    /// `Table actions` or `View actions`.
    pub(crate) action_title: &'static str,
    /// What plugins put at the top.
    pub(crate) top_table: Html,

    /// Rows that match the filters, if they could be counted.
    pub(crate) count: Option<i64>,
    /// There are more rows than `count`.
    pub(crate) count_truncated: bool,
    /// `1,234 rows` or `10,000+ rows`.
    pub(crate) count_text: Option<String>,
    /// The SQL that counts them.
    pub(crate) count_sql: String,
    /// Posting there counts all rows; only if the count is truncated.
    pub(crate) count_url: Option<String>,
    /// `where state = "CA" sorted by created`.
    pub(crate) human_description_en: String,

    /// The table can be searched.
    pub(crate) supports_search: bool,
    /// What was searched for.
    pub(crate) search: String,
    /// The filters.
    pub(crate) filters: Filters,
    /// The columns that can be filtered.
    pub(crate) filter_columns: Vec<String>,
    /// Rows can be sorted by at least one column.
    pub(crate) is_sortable: bool,
    /// The columns that rows can be sorted by.
    pub(crate) sort_columns: Vec<Choice>,
    /// The column that rows are sorted by, in either direction.
    pub(crate) sorted_by: Option<String>,
    /// The column that rows are sorted by.
    pub(crate) sort: Option<String>,
    /// The column that rows are sorted by in descending order.
    pub(crate) sort_desc: Option<String>,
    /// Arguments that the filter form has to keep.
    pub(crate) form_hidden_args: Vec<NameValue>,
    /// SQL conditions from `_where`.
    pub(crate) extra_wheres_for_ui: Vec<ExtraWhere>,
    /// `2 extra where clauses`.
    pub(crate) extra_wheres_text: String,

    /// The SQL behind this page.
    pub(crate) query: QueryText,
    /// This visitor may run SQL here.
    pub(crate) allow_execute_sql: bool,
    /// The SQL editor with that SQL, if the visitor may use it.
    pub(crate) view_sql_url: Option<String>,

    /// Facets can be asked for.
    pub(crate) datasette_allow_facet: bool,
    /// Facets that might be worth a look.
    pub(crate) suggested_facets: Vec<SuggestedFacet>,
    /// Facets that took too long.
    pub(crate) facets_timed_out: Vec<String>,
    /// `These facets timed out: a, b`.
    pub(crate) facets_timed_out_text: Option<String>,
    /// The facets, those of the configuration first.
    pub(crate) sorted_facet_results: Vec<Facet>,

    /// The data as it is in other formats: URLs by name, `json` first.
    pub(crate) renderers: OrderedMap,
    /// The data as CSV.
    pub(crate) url_csv: String,
    /// Where the CSV form goes.
    pub(crate) url_csv_path: String,
    /// Arguments that the CSV form has to keep.
    pub(crate) url_csv_hidden_args: Vec<NameValue>,
    /// The shapes of the JSON, with links.
    pub(crate) json_shapes: Vec<Link>,
    /// Columns that refer to other tables.
    pub(crate) expandable_columns: Vec<ExpandableColumn>,
    /// All rows can be streamed as CSV, and there are more than on this page.
    pub(crate) allow_csv_stream: bool,

    /// The columns selected.
    pub(crate) columns: Vec<String>,
    /// All columns of the table.
    pub(crate) all_columns: Vec<String>,
    /// The columns of the primary key.
    pub(crate) primary_keys: Vec<String>,
    /// Token of the next page.
    pub(crate) next: Option<String>,
    /// The next page.
    pub(crate) next_url: Option<String>,
    /// Templates that may draw the rows, in order.
    pub(crate) custom_table_templates: Vec<String>,
    /// The SQL that made the table and its indexes.
    pub(crate) table_definition: Option<String>,
    /// The SQL that made the view.
    pub(crate) view_definition: Option<String>,

    /// The form of a new row, if the visitor may insert one.
    pub(crate) insert_form_url: Option<String>,
    /// For scripts: what the visitor may change here; an object.
    pub(crate) table_page_data: Value,
    /// For scripts: the columns, and which of them are shown; an object.
    pub(crate) column_chooser_data: Value,
    /// For scripts: which types the visitor may give to columns; an object, or null if none.
    pub(crate) set_column_type_ui: Value,
}

/// The filters of a page.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Filters {
    /// Those in use.
    pub(crate) selections: Vec<FilterSelection>,
    /// The operators; one without argument has a value like `isnull__1`.
    pub(crate) lookups: Vec<Choice>,
}

/// A filter in use.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct FilterSelection {
    /// Counts from 1; the controls are `_filter_column_1` and so on.
    pub(crate) number: usize,
    /// The column.
    pub(crate) column: String,
    /// The operator, as among `lookups`.
    pub(crate) lookup: String,
    /// The value.
    pub(crate) value: String,
}

/// A SQL condition from `_where`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ExtraWhere {
    /// The SQL.
    pub(crate) text: String,
    /// This page without it.
    pub(crate) remove_url: String,
}

/// A facet that might be worth a look.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SuggestedFacet {
    /// The column.
    pub(crate) name: String,
    /// `array`, `date` or a plugin's; null for plain columns.
    #[serde(rename = "type")]
    pub(crate) facet_type: Option<String>,
    /// This page with that facet, scrolled to it.
    pub(crate) href: String,
}

/// A facet: the most frequent values of a column.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Facet {
    /// The column.
    pub(crate) name: String,
    /// Its name as a CSS class; the id is `facet-CLASS`.
    pub(crate) class: String,
    /// `column`, `array`, `date` or a plugin's.
    #[serde(rename = "type")]
    pub(crate) facet_type: String,
    /// The same, null for plain columns: they need no mention.
    pub(crate) special_type: Option<String>,
    /// Number of values, with `>` if there are more: `>30`.
    pub(crate) total_text: String,
    /// There are more values than shown.
    pub(crate) truncated: bool,
    /// This page with more values of each facet; only if truncated and not at its most already.
    pub(crate) more_url: Option<String>,
    /// This page without the facet; null if the configuration asks for it.
    pub(crate) hide_url: Option<String>,
    /// The values, most frequent first.
    pub(crate) results: Vec<FacetValue>,
}

/// A value of a facet.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct FacetValue {
    /// The value in the database.
    pub(crate) value: Value,
    /// What it is called; never empty.
    pub(crate) label: String,
    /// Rows that have it.
    pub(crate) count: i64,
    /// The same for people: `1,234`.
    pub(crate) count_text: String,
    /// Its share of the facet's largest count, 0 to 100: the length of the bar.
    pub(crate) percent: u8,
    /// The page is filtered by it.
    pub(crate) selected: bool,
    /// This page filtered by it, or no longer.
    pub(crate) toggle_url: String,
}

/// A column that refers to another table.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ExpandableColumn {
    /// The column.
    pub(crate) column: String,
    /// The table it refers to.
    pub(crate) other_table: String,
    /// The column of that table.
    pub(crate) other_column: String,
    /// The column of that table that is shown.
    pub(crate) label_column: Option<String>,
}
