//! The page of a query for people: fills `query.html`'s context.

use datasette_plugin_api::{Html, Json, ValueRef};
use sha2::{Digest, Sha256};

use super::parameters::shown;
use super::run::{Ran, as_text_value};
use super::show::Page;
use super::{extras, rules};
use crate::error::Result;
use crate::permissions::Resource;
use crate::plugins::RenderQuestion;
use crate::render::cells::{Cell, CellStyle, RowsTable, narrow_labels};
use crate::render::contexts::{
    Base, DisplayCell, DisplayColumn, DisplayRow, Metadata, NameValue, OrderedMap, QueryContext, QueryText,
    Table,
};
use crate::render::escape::css_class;
use crate::render::html::from_bytes;
use crate::render::number::counted;
use crate::render::page::{self, PageKind, action_items};
use crate::response::Response;
use crate::sqlite::{Conn, Rows, hex, identifier};
use crate::table::{RenderedCells, render_cells, renderer_urls};
use crate::urls;

pub(super) fn respond(page: &Page<'_>, conn: &Conn, ran: Ran) -> Result<Response> {
    let Page { app, request, database, stored, .. } = *page;
    let class = css_class(&database.name);
    let mut candidates = vec![format!("query-{class}.html"), "query.html".to_owned()];
    if let Some(stored) = stored {
        candidates.insert(0, format!("query-{class}-{}.html", css_class(&stored.name)));
    }
    let chosen = page::choose(app, &candidates)?;
    let allow_execute_sql =
        app.permissions.allowed(request, "execute-sql", Resource::Database(&database.name))?;
    let allow_store = app.permissions.allowed(request, "store-query", Resource::Database(&database.name))?;
    let table_columns = if allow_execute_sql { app.table_columns(conn, database)? } else { Json::Null };
    let rendered = render_cells(app, request, &database.name, None, &ran.rows)?;
    let rows = table(page, &ran, &rendered, chosen.is_custom());
    let metadata = Metadata::from_map(extras::metadata(app, database, stored)?);
    let question = RenderQuestion { view_name: "database", ..page.question(&ran) };
    let renderers = renderer_urls(app, request, &question, false)?;
    let name = stored.map(|stored| stored.name.as_str());
    let actions = app.plugins.query_actions(request, &database.name, name, &ran.sql, &ran.params);
    let top_query = if name.is_none() {
        app.plugins.top_query(request, &database.name, &ran.sql)
    } else {
        Html::default()
    };
    let top_stored_query =
        name.map_or_else(Html::default, |name| app.plugins.top_stored_query(request, &database.name, name));

    let values = shown(&ran.names, &ran.params);
    let is_select = !ran.sql.is_empty() && rules::check(&ran.sql).is_ok() && !ran.sql.contains(":_");
    let sql_pairs = || std::iter::once(("sql", ran.sql.as_str()));
    let edit_sql_url = (allow_execute_sql && is_select && stored.is_some()).then(|| {
        let pairs = values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        format!(
            "{}?{}",
            app.urls.database_query(&database.route),
            urls::encode_query(sql_pairs().chain(pairs))
        )
    });
    let save_query_url = (allow_execute_sql && allow_store && is_select && stored.is_none()).then(|| {
        format!("{}/-/queries/store?{}", app.urls.database(&database.route), urls::encode_query(sql_pairs()))
    });
    let toggle = SqlToggle::new(page);
    let sql = if ran.sql.is_empty() {
        let first = crate::database::first_table(app, request, conn, database)?;
        first.map(|table| format!("select * from {}", identifier(&table))).unwrap_or_default()
    } else {
        ran.sql.clone()
    };
    let heading = match (&metadata.title, name) {
        (Some(title), _) => title.clone(),
        (None, Some(name)) => format!("{}: {name}", database.name),
        (None, None) => database.name.clone(),
    };
    let count = ran.rows.len();
    let more = if ran.rows.truncated { "more than " } else { "" };
    let summary = match count {
        0 => "Custom SQL query".to_owned(),
        count => {
            let rows = counted(i64::try_from(count).unwrap_or(i64::MAX), "row");
            format!("Custom SQL query returning {more}{rows}")
        }
    };
    let is_write = stored.is_some_and(|stored| stored.is_write);
    let params = ran.params.iter().map(|(name, value)| (name.clone(), Json::String(as_text_value(value))));
    let params = Json::Object(params.collect());
    let base_url = app.urls.database(&database.route);
    let csv_url =
        urls::with_format(&app.site_path(request), &request.query_string, "csv", &[("_size", "max")]);
    let kind = PageKind {
        view_name: "database",
        database: Some(&database.name),
        table: None,
        columns: &ran.rows.columns,
    };
    let crumbs = page::crumbs(app, request, Some(&database.name), None)?;
    let alternate = page::alternate_json(app, request);
    let response = page::respond(app, request, &chosen, kind, crumbs, |base| QueryContext {
        title: if ran.sql.is_empty() {
            database.name.clone()
        } else {
            format!("{}: {}", database.name, ran.sql)
        },
        heading,
        summary,
        truncated: ran.rows.truncated,
        database: database.name.clone(),
        database_class: class,
        database_color: database.color(),
        private: page.private,
        metadata,
        query_actions: action_items(actions),
        top_query,
        top_stored_query,
        stored_query: name.map(str::to_owned),
        stored_query_class: name.map(css_class),
        stored_query_write: is_write,
        db_is_immutable: !database.is_mutable,
        cannot_execute: is_write && !database.is_mutable,
        form_action: match name {
            Some(name) => format!("{base_url}/{}", crate::tilde::encode(name)),
            // Which leads to this page: links with `?sql=` behind a database's name always worked.
            None => base_url.clone(),
        },
        form_method: if is_write { "post" } else { "get" },
        editor_rows: sql.lines().count() + 2,
        query: QueryText { sql, params },
        show_zero_results: !is_write && ran.error.is_none() && !ran.sql.is_empty(),
        error: ran.error,
        editable: stored.is_none() && allow_execute_sql,
        allow_execute_sql,
        hide_sql: toggle.hidden,
        show_hide_link: Some(toggle.url),
        show_hide_text: if toggle.hidden { "show" } else { "hide" },
        hidden_args: toggle.kept,
        named_parameter_values: OrderedMap(values),
        save_query_url,
        edit_sql_url,
        table_columns,
        columns: ran.rows.columns.clone(),
        renderers: OrderedMap(renderers),
        url_csv: csv_url,
        rows,
        base: Base { alternate_url_json: Some(alternate.clone()), ..base },
    })?;
    Ok(page::with_alternate(response, &alternate))
}

/// Whether the SQL is shown, and the link that changes it.
struct SqlToggle {
    hidden: bool,
    url: String,
    /// Keeps the wish when the form is sent.
    kept: Vec<NameValue>,
}

impl SqlToggle {
    fn new(page: &Page<'_>) -> Self {
        let Page { app, request, stored, .. } = *page;
        let hidden_by_default = stored.is_some_and(|stored| stored.hide_sql);
        let argument = if hidden_by_default { "_show_sql" } else { "_hide_sql" };
        let is_set = request.args.non_empty(argument).is_some();
        let path = app.site_path(request);
        let url = if is_set {
            urls::without(request, &path, &[argument])
        } else {
            urls::with_added(request, &path, &[(argument, "1")])
        };
        let kept = if is_set { vec![NameValue::new(argument, "1")] } else { Vec::new() };
        Self { hidden: hidden_by_default != is_set, url, kept }
    }
}

/// The result, as finished HTML or as data for a template of the user.
fn table(page: &Page<'_>, ran: &Ran, rendered: &RenderedCells, custom: bool) -> Table {
    let rows = &ran.rows;
    let columns: Vec<DisplayColumn> = rows
        .columns
        .iter()
        .map(|name| DisplayColumn { name: name.clone(), class: css_class(name), ..DisplayColumn::default() })
        .collect();
    let truncate = usize::try_from(page.app.settings().truncate_cells_html).unwrap_or(usize::MAX);
    let mut out = Vec::new();
    if !rows.is_empty() {
        let mut table = RowsTable::begin(&mut out, &columns, CellStyle { truncate, types: false });
        for row in 0..rows.len() {
            table.row(None, None);
            for column in 0..rows.columns.len() {
                with_cell(page, rows, rendered, row, column, |cell| table.cell(cell));
            }
        }
        table.finish("0 results");
    }
    let display_row = |row: usize| {
        let cells = columns.iter().enumerate().map(|(index, column)| {
            with_cell(page, rows, rendered, row, index, |cell| {
                let mut value = Vec::new();
                crate::render::cells::write_value(&mut value, cell, truncate);
                DisplayCell {
                    column: column.name.clone(),
                    class: format!("col-{}", column.class),
                    value: from_bytes(value),
                    raw: crate::extras::value_json(&rows.get(row, index).into()),
                    value_type: cell.value_type(),
                }
            })
        });
        DisplayRow { cells: cells.collect(), ..DisplayRow::default() }
    };
    Table {
        rows_html: Some(from_bytes(out)),
        has_rows: !rows.is_empty(),
        row_count: rows.len(),
        display_rows: custom.then(|| (0..rows.len()).map(display_row).collect()),
        display_columns: columns.clone(),
        narrow_labels: narrow_labels(&columns),
        zero_results: "0 results",
        ..Table::default()
    }
}

fn with_cell<T>(
    page: &Page<'_>,
    rows: &Rows,
    rendered: &RenderedCells,
    row: usize,
    column: usize,
    show: impl FnOnce(&Cell<'_>) -> T,
) -> T {
    let value = rows.get(row, column);
    if let Some(html) = rendered.get(&(row, column)) {
        return show(&Cell::Html { value, html: html.as_str() });
    }
    if let ValueRef::Blob(blob) = value {
        let name = rows.columns.get(column).map_or("", String::as_str);
        let hash = hex(&Sha256::digest(blob));
        let extra = [("_blob_column", name), ("_blob_hash", hash.as_str())];
        let path = page.app.site_path(page.request);
        let href = urls::with_format(&path, &page.request.query_string, "blob", &extra);
        return show(&Cell::Blob { href: &href, size: blob.len() });
    }
    show(&Cell::Value(value))
}
