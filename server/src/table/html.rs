//! The page of a table or view for people: fills `table.html`'s context.

use datasette_plugin_api::Json;

use super::cells;
use super::extras::{form_hidden_args, table_templates};
use super::facets::{self, FacetLinks};
use super::labels;
use super::operators::{OPERATORS, Operator};
use super::page::TablePage;
use super::show::page_renderers;
use crate::app::App;
use crate::error::Result;
use crate::extras;
use crate::offers::{self, Allowed};
use crate::permissions::Resource;
use crate::render::cells::narrow_labels;
use crate::render::contexts::{
    Base, Choice, ExpandableColumn, ExtraWhere, Facet, FacetValue, FilterSelection, Filters, Link, Metadata,
    NameValue, OrderedMap, QueryText, SuggestedFacet, Table, TableContext,
};
use crate::render::escape::css_class;
use crate::render::number::{counted, thousands};
use crate::render::page::{self, PageKind, action_items};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::{COUNT_LIMIT, Conn, as_text};
use crate::urls;

pub(crate) fn respond(app: &App, request: &Request, page: &TablePage<'_>, parts: Parts) -> Result<Response> {
    let (database, table) = (&page.place.database, page.table());
    let candidates = [
        format!("table-{}-{}.html", css_class(&database.name), css_class(&table.name)),
        "table.html".to_owned(),
    ];
    let chosen = page::choose(app, &candidates)?;
    let rows = rows(app, request, page, chosen.is_custom())?;
    let kind = PageKind {
        view_name: "table",
        database: Some(&database.name),
        table: Some(&table.name),
        columns: &page.rows.columns,
    };
    let crumbs = page::crumbs(app, request, Some(&database.name), Some(&table.name))?;
    let alternate = page::alternate_json(app, request);
    let response = page::respond(app, request, &chosen, kind, crumbs, |base| {
        context(app, request, page, parts, rows, Base { alternate_url_json: Some(alternate.clone()), ..base })
    })?;
    let response = page::with_timing(response, page.started);
    Ok(page::with_alternate(response, &alternate))
}

/// The rows alone. A template of the user that draws them finds everything that the page's own has.
pub(crate) fn fragment(app: &App, request: &Request, page: &TablePage<'_>, parts: Parts) -> Result<Response> {
    let (database, table) = (&page.place.database, page.table());
    let chosen = page::choose(app, &table_templates(&database.name, &table.name))?;
    let rows = rows(app, request, page, chosen.is_custom())?;
    if let Some(html) = rows.rows_html {
        return Ok(Response::html(html.0));
    }
    let kind = PageKind {
        view_name: "table",
        database: Some(&database.name),
        table: Some(&table.name),
        columns: &page.rows.columns,
    };
    page::respond(app, request, &chosen, kind, Vec::new(), |base| {
        context(app, request, page, parts, rows, base)
    })
}

/// What needs the database or a permission; the rest of the context follows from it.
pub(crate) struct Parts {
    count: Option<i64>,
    facets: facets::Facets,
    suggested: Vec<SuggestedFacet>,
    expandable: Vec<labels::Expandable>,
    metadata: Metadata,
    renderers: Vec<(String, String)>,
    actions: Vec<datasette_plugin_api::MenuItem>,
    top: datasette_plugin_api::Html,
    allow_execute_sql: bool,
    definition: Option<String>,
    is_searchable: bool,
    allowed: Allowed,
    page_data: Json,
    set_column_type: Json,
}

impl Parts {
    pub(crate) fn gather(app: &App, request: &Request, conn: &Conn, page: &TablePage<'_>) -> Result<Self> {
        facets::check_allowed(app, request)?;
        let (database, table) = (&page.place.database, page.table());
        let count = page.count(app, request, conn)?;
        let suggested = facets::suggest(app, request, page, count)?.into_iter().map(|(name, extra, url)| {
            let href = format!("{url}#facet-{}", css_class(&name));
            let facet_type = extra.get("type").and_then(Json::as_str).map(str::to_owned);
            SuggestedFacet { name, facet_type, href }
        });
        let expandable = labels::expandable(app, conn, database, table)?;
        let metadata = match extras::table_metadata(app, &database.name, table)? {
            Json::Object(map) => Metadata::from_map(map),
            _ => Metadata::default(),
        };
        let actions = if table.is_view() {
            app.plugins.view_actions(request, &database.name, &table.name)
        } else {
            app.plugins.table_actions(request, &database.name, &table.name)
        };
        let allowed = Allowed::of(app, request, database, table)?;
        Ok(Self {
            count,
            allowed,
            page_data: offers::table(app, request, conn, database, table, allowed)?,
            set_column_type: app.set_column_type_ui(request, database, table)?,
            facets: facets::count(app, request, page, count)?,
            suggested: suggested.collect(),
            renderers: page_renderers(app, request, page, !expandable.is_empty())?,
            expandable,
            metadata,
            actions,
            top: app.plugins.top_table(request, &database.name, &table.name),
            allow_execute_sql: app.permissions.allowed(
                request,
                "execute-sql",
                Resource::Database(&database.name),
            )?,
            definition: database.schema(conn)?.definition(conn, &table.name)?,
            is_searchable: page.place.config.fts_table.is_some() || table.fts_table.is_some(),
        })
    }
}

/// The rows, as finished HTML or, where a template of the user may read them, as data.
fn rows(app: &App, request: &Request, page: &TablePage<'_>, custom_page: bool) -> Result<Table> {
    let (database, table) = (&page.place.database, page.table());
    let rendered = cells::render_cells(app, request, &database.name, Some(table), &page.rows)?;
    let mut columns = cells::display_columns(app, page)?;
    cells::add_sort_links(app, request, page, &mut columns);
    let chosen = page::choose(app, &table_templates(&database.name, &table.name))?;
    let as_data = custom_page || chosen.is_custom();
    Ok(Table {
        rows_html: (!chosen.is_custom()).then(|| cells::rows_html(app, page, &rendered, &columns)),
        table_template: chosen.name().to_owned(),
        has_rows: !page.rows.is_empty(),
        row_count: page.rows.len(),
        display_rows: as_data.then(|| cells::display_rows(app, page, &rendered, &columns)),
        rows: as_data.then(|| raw_rows(page)),
        narrow_labels: narrow_labels(&columns),
        display_columns: columns,
        zero_results: "0 records",
    })
}

fn raw_rows(page: &TablePage<'_>) -> Vec<datasette_plugin_api::Map> {
    let rows = &page.rows;
    let row = |row: usize| {
        let cells = rows.columns.iter().enumerate();
        cells.map(|(i, name)| (name.clone(), extras::value_json(&rows.get(row, i).into()))).collect()
    };
    (0..rows.len()).map(row).collect()
}

fn context(
    app: &App,
    request: &Request,
    page: &TablePage<'_>,
    parts: Parts,
    rows: Table,
    base: Base,
) -> TableContext {
    let (database, table) = (&page.place.database, page.table());
    let truncated = page.count_is_truncated(parts.count);
    let count_text = parts.count.map(|count| {
        if truncated { format!("{}+ rows", thousands(COUNT_LIMIT)) } else { counted(count, "row") }
    });
    let description = page.query.human_description();
    let title = [count_text.as_deref().unwrap_or_default(), &description];
    let title = title.into_iter().filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ");
    let table_url = app.urls.table(&database.route, &table.name);
    let name = parts.metadata.title.clone().unwrap_or_else(|| table.name.clone());
    let json_url = parts
        .renderers
        .iter()
        .find(|(name, _)| name == "json")
        .map(|(_, url)| url.clone())
        .unwrap_or_default();
    let (url_csv, url_csv_path) = csv_urls(app, request, !parts.expandable.is_empty());
    let sort = page.query.sort.as_ref();
    // As the headers say it: without a wish, rows stand in the order of a single key.
    let default_sort = match table.primary_keys.as_slice() {
        [only] if sort.is_none() => Some(only.clone()),
        [] if sort.is_none() && !table.is_view() => Some("rowid".to_owned()),
        _ => None,
    };
    let ascending = sort.filter(|sort| !sort.descending).map(|sort| sort.column.clone()).or(default_sort);
    let descending = sort.filter(|sort| sort.descending).map(|sort| sort.column.clone());
    let sortable = rows.display_columns.iter().filter(|column| column.sortable);
    let sort_columns: Vec<Choice> =
        sortable.map(|column| Choice::new(&column.name, format!("Sort by {}", column.name))).collect();
    let wheres = extra_wheres(app, request);
    TableContext {
        title: format!("{}: {}: {title}", database.name, table.name),
        heading: if table.is_view() { format!("{name} (view)") } else { name },
        database: database.name.clone(),
        database_class: css_class(&database.name),
        database_color: database.color(),
        table: table.name.clone(),
        table_class: css_class(&table.name),
        is_view: table.is_view(),
        private: page.place.private,
        metadata: parts.metadata,
        actions: action_items(parts.actions),
        action_title: if table.is_view() { "View actions" } else { "Table actions" },
        top_table: parts.top,
        count: parts.count,
        count_truncated: truncated,
        count_text,
        count_sql: page.query.count_sql(),
        count_url: truncated.then(|| format!("{table_url}/-/count")),
        human_description_en: description,
        supports_search: parts.is_searchable,
        search: request.args.get("_search").unwrap_or_default().to_owned(),
        filters: filters(page),
        filter_columns: filter_columns(page),
        is_sortable: !sort_columns.is_empty(),
        sort_columns,
        sorted_by: ascending.clone().or_else(|| descending.clone()),
        sort: ascending,
        sort_desc: descending,
        form_hidden_args: form_hidden_args(request).into_iter().map(|(k, v)| NameValue::new(k, v)).collect(),
        extra_wheres_text: match wheres.len() {
            1 => "1 extra where clause".to_owned(),
            n => format!("{n} extra where clauses"),
        },
        extra_wheres_for_ui: wheres,
        query: query_text(page),
        allow_execute_sql: parts.allow_execute_sql,
        view_sql_url: parts.allow_execute_sql.then(|| sql_url(app, page)),
        datasette_allow_facet: app.settings().allow_facet,
        suggested_facets: parts.suggested,
        facets_timed_out_text: (!parts.facets.timed_out.is_empty())
            .then(|| format!("These facets timed out: {}", parts.facets.timed_out.join(", "))),
        sorted_facet_results: parts.facets.sorted(page).into_iter().map(|f| facet(app, request, f)).collect(),
        facets_timed_out: parts.facets.timed_out,
        json_shapes: json_shapes(&json_url, table.primary_keys.is_empty()),
        renderers: OrderedMap(parts.renderers),
        url_csv,
        url_csv_path,
        url_csv_hidden_args: csv_hidden_args(request),
        allow_csv_stream: app.settings().allow_csv_stream && page.next_url.is_some(),
        expandable_columns: parts.expandable.into_iter().map(expandable).collect(),
        columns: page.rows.columns.clone(),
        all_columns: table.column_names(),
        primary_keys: table.primary_keys.clone(),
        next: page.next.clone(),
        next_url: page.next_url.clone(),
        custom_table_templates: table_templates(&database.name, &table.name),
        table_definition: parts.definition.clone().filter(|_| !table.is_view()),
        view_definition: parts.definition.filter(|_| table.is_view()),
        insert_form_url: parts.allowed.insert.then(|| format!("{table_url}/-/insert-form")),
        table_page_data: parts.page_data,
        column_chooser_data: serde_json::json!({
            "allColumns": table.column_names(),
            "selectedColumns": rows.display_columns.iter().filter(|c| !c.is_special_link_column).map(|c| c.name.as_str()).collect::<Json>(),
            "primaryKeys": table.primary_keys,
        }),
        set_column_type_ui: parts.set_column_type,
        table_url,
        rows,
        base: Base {
            query_ms: Some(format!("{:.3}", page.started.elapsed().as_secs_f64() * 1000.0)),
            ..base
        },
    }
}

fn filters(page: &TablePage<'_>) -> Filters {
    let value = |operator: &Operator| {
        if operator.needs_value() { operator.key.to_owned() } else { format!("{}__1", operator.key) }
    };
    let selections = page.query.filters.selections().iter().enumerate();
    Filters {
        selections: selections
            .map(|(index, selection)| FilterSelection {
                number: index + 1,
                column: selection.column.clone(),
                lookup: Operator::find(&selection.op).map_or_else(|| selection.op.clone(), value),
                value: selection.value.clone(),
            })
            .collect(),
        lookups: OPERATORS.iter().map(|operator| Choice::new(value(operator), operator.label)).collect(),
    }
}

/// The columns of the page, then those of the table that it leaves out.
fn filter_columns(page: &TablePage<'_>) -> Vec<String> {
    let mut columns = page.rows.columns.clone();
    for column in &page.table().columns {
        if !columns.contains(&column.name) {
            columns.push(column.name.clone());
        }
    }
    columns
}

fn extra_wheres(app: &App, request: &Request) -> Vec<ExtraWhere> {
    let path = app.site_path(request);
    let extra_where = |text: &str| ExtraWhere {
        text: text.to_owned(),
        remove_url: urls::without_pairs(request, &path, &[("_where", text)]),
    };
    request.args.all("_where").filter(|text| !text.is_empty()).map(extra_where).collect()
}

fn query_text(page: &TablePage<'_>) -> QueryText {
    let params = page.query.params.iter().map(|(name, value)| (name.clone(), extras::value_json(value)));
    QueryText { sql: page.sql.clone(), params: Json::Object(params.collect()) }
}

/// The SQL editor, with this page's SQL and the values of its parameters.
fn sql_url(app: &App, page: &TablePage<'_>) -> String {
    let params: Vec<(String, String)> = page
        .query
        .params
        .iter()
        .map(|(name, value)| (name.clone(), as_text(value.as_ref()).into_owned()))
        .collect();
    let pairs = std::iter::once(("sql", page.sql.as_str()));
    let query =
        urls::encode_query(pairs.chain(params.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
    format!("{}?{query}", app.urls.database_query(&page.place.database.route))
}

fn csv_urls(app: &App, request: &Request, labels: bool) -> (String, String) {
    let extra: &[(&str, &str)] =
        if labels { &[("_labels", "on"), ("_size", "max")] } else { &[("_size", "max")] };
    let url = urls::with_format(&app.site_path(request), &request.query_string, "csv", extra);
    let path = url.split('?').next().unwrap_or_default().to_owned();
    (url, path)
}

fn csv_hidden_args(request: &Request) -> Vec<NameValue> {
    let kept =
        request.args.iter().filter(|(k, v)| !v.is_empty() && !["_labels", "_facet", "_size"].contains(k));
    kept.chain([("_size", "max")]).map(|(k, v)| NameValue::new(k, v)).collect()
}

fn json_shapes(json_url: &str, no_key: bool) -> Vec<Link> {
    let joined = |query: &str| format!("{json_url}{}{query}", if json_url.contains('?') { '&' } else { '?' });
    let mut shapes = vec![
        Link::new(json_url, "default"),
        Link::new(joined("_shape=array"), "array"),
        Link::new(joined("_shape=array&_nl=on"), "newline-delimited"),
    ];
    if !no_key {
        shapes.push(Link::new(joined("_shape=object"), "object"));
    }
    shapes
}

fn expandable(expandable: labels::Expandable) -> ExpandableColumn {
    ExpandableColumn {
        column: expandable.key.column,
        other_table: expandable.key.other_table,
        other_column: expandable.key.other_column.unwrap_or_default(),
        label_column: expandable.label_column,
    }
}

fn facet(app: &App, request: &Request, links: &FacetLinks) -> Facet {
    let facet = &links.facet;
    let largest = facet.values.iter().map(|value| value.count).max().unwrap_or(1).max(1);
    let at_most = request.args.get("_facet_size") == Some("max");
    let values = facet.values.iter().zip(&links.value_urls).map(|(value, url)| FacetValue {
        value: value.value.clone(),
        label: label(&value.label),
        count: value.count,
        count_text: thousands(value.count),
        percent: u8::try_from((value.count.saturating_mul(100) / largest).clamp(0, 100)).unwrap_or(100),
        selected: value.selected,
        toggle_url: url.clone(),
    });
    Facet {
        name: facet.name.clone(),
        class: css_class(&facet.name),
        facet_type: facet.facet_type.clone(),
        special_type: (facet.facet_type != "column").then(|| facet.facet_type.clone()),
        total_text: format!("{}{}", if facet.truncated { ">" } else { "" }, facet.values.len()),
        truncated: facet.truncated,
        more_url: (facet.truncated && !at_most)
            .then(|| urls::with_replaced(request, &app.site_path(request), &[("_facet_size", Some("max"))])),
        hide_url: facet.hideable.then(|| links.toggle_url.clone()),
        results: values.collect(),
    }
}

/// What a value is called; never nothing.
fn label(label: &Json) -> String {
    match label {
        Json::String(text) if !text.is_empty() => text.clone(),
        Json::Null | Json::String(_) => "-".to_owned(),
        other => crate::render::json::to_string(other),
    }
}
