//! `_extra=`: what else the JSON of a table says, by name.

use datasette_plugin_api::{Json, Map, json};

use super::cells;
use super::facets::{self, Facets};
use super::labels::{self, Expandable};
use super::page::TablePage;
use crate::app::App;
use crate::error::{Error, Result};
use crate::extras::{self, strings};
use crate::render::escape::css_class;
use crate::request::Request;
use crate::sqlite::Conn;

/// Name and meaning of each extra, in the order in which `_extra=extras` lists them.
pub(crate) const EXTRAS: &[(&str, &str)] = &[
    ("count", "How many rows match the filters"),
    ("count_truncated", "Whether counting stopped before the last row"),
    ("count_sql", "The SQL that counts the rows"),
    ("facet_results", "The facets of these rows, and the names of those that took too long"),
    ("facets_timed_out", "Names of the facets that took too long"),
    ("suggested_facets", "Facets that might be worth a look"),
    ("human_description_en", "Filters and sort order in English"),
    ("columns", "Names of the columns of the rows"),
    ("all_columns", "Names of all columns of the table"),
    ("primary_keys", "Names of the columns of the primary key"),
    ("column_details", "What the schema says about each column"),
    ("display_columns", "The columns as the page shows them"),
    ("render_cell", "The cells that plugins render, as HTML"),
    ("debug", "How the request was understood; may change at any time"),
    ("request", "The request"),
    ("query", "The SQL of the rows, and its parameters"),
    ("column_types", "The types that were assigned to columns"),
    ("set_column_type_ui", "The types that could be assigned to columns"),
    ("metadata", "Metadata of the table and its columns"),
    ("extras", "All extras"),
    ("database", "Name of the database"),
    ("table", "Name of the table"),
    ("database_color", "Colour of the database"),
    ("renderers", "The data in other formats"),
    ("custom_table_templates", "Templates that could draw the rows"),
    ("sorted_facet_results", "The facets in the order of the page"),
    ("table_definition", "The SQL that made the table and its indexes"),
    ("view_definition", "The SQL that made the view"),
    ("is_view", "Whether this is a view"),
    ("private", "Whether anonymous visitors may not see this"),
    ("expandable_columns", "Foreign keys, and the columns that their labels come from"),
    ("form_hidden_args", "Arguments that a filter form has to keep"),
];

/// What is costly and asked for by several extras.
#[derive(Default)]
struct Shared {
    count: Option<Option<i64>>,
    facets: Option<Facets>,
    expandable: Option<Vec<Expandable>>,
}

/// Resolves the extras that the request names, in the order of [`EXTRAS`].
pub(crate) fn resolve(
    app: &App,
    request: &Request,
    conn: &Conn,
    page: &TablePage<'_>,
) -> Result<Vec<(&'static str, Json)>> {
    let mut names = extras::requested(request);
    extras::check_known(&names, EXTRAS)?;
    facets::check_allowed(app, request)?;
    if facets::are_requested(request) {
        names.push("facet_results".to_owned());
    }
    if request.args.get("_shape") == Some("object") {
        names.push("primary_keys".to_owned());
    }
    if names.iter().any(|name| name == "count") {
        names.push("count_truncated".to_owned());
    }
    let mut shared = Shared::default();
    let mut resolved = Vec::new();
    for (name, _) in EXTRAS.iter().filter(|(name, _)| names.iter().any(|n| n == name)) {
        resolved.push((*name, one(app, request, conn, page, &mut shared, name)?));
    }
    Ok(resolved)
}

fn one(
    app: &App,
    request: &Request,
    conn: &Conn,
    page: &TablePage<'_>,
    shared: &mut Shared,
    name: &str,
) -> Result<Json> {
    let (database, table) = (&page.place.database, page.table());
    Ok(match name {
        "count" => json!(shared.count(app, request, conn, page)?),
        "count_truncated" => json!(page.count_is_truncated(shared.count(app, request, conn, page)?)),
        "count_sql" => json!(page.query.count_sql()),
        "facet_results" => shared.facets(app, request, conn, page)?.to_json(),
        "facets_timed_out" => json!(shared.facets(app, request, conn, page)?.timed_out),
        "sorted_facet_results" => {
            let facets = shared.facets(app, request, conn, page)?;
            facets.sorted(page).into_iter().map(facets::FacetLinks::to_json).collect()
        }
        "suggested_facets" => {
            let count = shared.count(app, request, conn, page)?;
            let suggested = facets::suggest(app, request, page, count)?;
            suggested.into_iter().map(|(name, extra, url)| suggestion(name, extra, url)).collect()
        }
        "human_description_en" => json!(page.query.human_description()),
        "columns" => strings(&page.rows.columns),
        "all_columns" => strings(&table.column_names()),
        "primary_keys" => strings(&table.primary_keys),
        "column_details" => extras::column_details(table),
        "display_columns" => display_columns(app, page)?,
        "render_cell" => cells::rendered(app, request, page)?,
        "debug" => json!({
            "url_vars": extras::url_vars(request),
            "resolved": format!("{} of database {}", table.name, database.name),
            "nofacet": request.args.get("_nofacet"),
            "nosuggest": request.args.get("_nosuggest"),
        }),
        "request" => extras::request(app, request),
        "query" => extras::query(&page.sql, &page.query.params),
        "column_types" => app.column_types(&database.name, table)?.to_json(),
        "set_column_type_ui" => app.set_column_type_ui(request, database, table)?,
        "metadata" => extras::table_metadata(app, &database.name, table)?,
        "extras" => {
            let implied: &[&str] = if facets::are_requested(request) { &["facet_results"] } else { &[] };
            extras::list(app, request, EXTRAS, implied)
        }
        "database" => json!(database.name),
        "table" => json!(table.name),
        "database_color" => json!(database.color()),
        "renderers" => {
            let labels = !shared.expandable(app, conn, page)?.is_empty();
            super::show::renderers(app, request, page, labels)?
        }
        "custom_table_templates" => strings(&table_templates(&database.name, &table.name)),
        "table_definition" => match table.is_view() {
            true => Json::Null,
            false => json!(database.schema(conn)?.definition(conn, &table.name)?),
        },
        "view_definition" => match table.is_view() {
            true => json!(database.schema(conn)?.definition(conn, &table.name)?),
            false => Json::Null,
        },
        "is_view" => json!(table.is_view()),
        "private" => json!(page.place.private),
        "expandable_columns" => shared.expandable(app, conn, page)?.iter().map(expandable).collect(),
        "form_hidden_args" => form_hidden_args(request).into_iter().map(|(k, v)| json!([k, v])).collect(),
        other => return Err(Error::Internal(anyhow::anyhow!("the extra {other} is listed but not known"))),
    })
}

impl Shared {
    fn count(
        &mut self,
        app: &App,
        request: &Request,
        conn: &Conn,
        page: &TablePage<'_>,
    ) -> Result<Option<i64>> {
        match self.count {
            Some(count) => Ok(count),
            None => Ok(*self.count.insert(page.count(app, request, conn)?)),
        }
    }

    fn facets(&mut self, app: &App, request: &Request, conn: &Conn, page: &TablePage<'_>) -> Result<&Facets> {
        if self.facets.is_none() {
            let count = self.count(app, request, conn, page)?;
            self.facets = Some(facets::count(app, request, page, count)?);
        }
        Ok(self.facets.get_or_insert_default())
    }

    fn expandable(&mut self, app: &App, conn: &Conn, page: &TablePage<'_>) -> Result<&[Expandable]> {
        if self.expandable.is_none() {
            self.expandable = Some(labels::expandable(app, conn, &page.place.database, page.table())?);
        }
        Ok(self.expandable.get_or_insert_default())
    }
}

fn suggestion(name: String, extra: Map, url: String) -> Json {
    let mut object = Map::new();
    object.insert("name".to_owned(), name.into());
    object.extend(extra);
    object.insert("toggle_url".to_owned(), url.into());
    Json::Object(object)
}

fn expandable(expandable: &Expandable) -> Json {
    let key = &expandable.key;
    json!([
        {"column": key.column, "other_table": key.other_table, "other_column": key.other_column},
        expandable.label_column,
    ])
}

/// Arguments with a leading `_` that a filter form doesn't set itself.
pub(crate) fn form_hidden_args(request: &Request) -> Vec<(&str, &str)> {
    let own = ["_sort", "_sort_desc", "_search", "_next"];
    let kept = |key: &&str| key.starts_with('_') && !key.contains("__") && !own.contains(key);
    let keys = request.args.keys();
    keys.into_iter()
        .filter(kept)
        .flat_map(|key| request.args.all(key).map(move |value| (key, value)))
        .collect()
}

/// Templates that may draw the rows of a table page, the first that exists wins.
pub(crate) fn table_templates(database: &str, table: &str) -> Vec<String> {
    let (database, table) = (css_class(database), css_class(table));
    vec![
        format!("_table-{database}-{table}.html"),
        format!("_table-table-{database}-{table}.html"),
        "_table.html".to_owned(),
    ]
}

fn display_columns(app: &App, page: &TablePage<'_>) -> Result<Json> {
    let has_link = !page.table().is_view();
    let columns = cells::display_columns(app, page)?;
    let described = columns.iter().enumerate();
    Ok(described.map(|(index, column)| cells::column_json(column, has_link && index == 0)).collect())
}
