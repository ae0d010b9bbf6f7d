//! The rows of a table page as people see them: which cell is a link, a label, a download, or the
//! work of a plugin. How that looks is decided by [`crate::render::cells`].

use std::collections::HashMap;

use datasette_plugin_api::{Html, Json, Map, Names, Value, ValueRef};

use super::page::TablePage;
use super::query::is_sortable;
use crate::app::App;
use crate::error::Result;
use crate::plugins::CellsQuestion;
use crate::render::cells::{Cell, CellStyle, RowsTable, write_value};
use crate::render::contexts::{DisplayCell, DisplayColumn, DisplayRow};
use crate::render::escape::css_class;
use crate::render::html::from_bytes;
use crate::request::Request;
use crate::sqlite::{Rows, Table, as_text};
use crate::{extras, urls};

/// Cells that plugins or column types render, by row and column.
pub(crate) type RenderedCells = HashMap<(usize, usize), Html>;

/// Asks the plugins about every cell. Costs nothing where no plugin renders cells and no column
/// has a type.
pub(crate) fn render_cells(
    app: &App,
    request: &Request,
    database: &str,
    table: Option<&Table>,
    rows: &Rows,
) -> Result<RenderedCells> {
    let mut rendered = RenderedCells::new();
    let types = match table {
        Some(table) => app.column_types(database, table)?,
        None => Default::default(),
    };
    let asks_plugins = app.plugins.renders_cells();
    if !asks_plugins && types.is_empty() {
        return Ok(rendered);
    }
    let pks = match table {
        Some(table) if table.uses_rowid() => Names::new(["rowid"]),
        Some(table) => Names::new(&table.primary_keys),
        None => Names::none(),
    };
    let table = table.map(|table| table.name.as_str());
    let mut cells = app.plugins.cells(CellsQuestion { table, database, pks: &pks, rows, request });
    for (column, name) in rows.columns.iter().enumerate() {
        let column_type = types.get(name);
        if !asks_plugins && column_type.is_none() {
            continue;
        }
        cells.column(column, column_type);
        for row in 0..rows.len() {
            // Empty markup falls through to the usual rendering, as in Datasette.
            if let Some(html) = cells.render(row).filter(|html| !html.as_str().is_empty()) {
                rendered.insert((row, column), html);
            }
        }
    }
    Ok(rendered)
}

/// `_extra=render_cell`: for each row the cells that plugins render.
pub(crate) fn rendered_json(rows: &Rows, rendered: &RenderedCells) -> Json {
    let row = |row: usize| {
        let cells = rows.columns.iter().enumerate();
        let cells =
            cells.filter_map(|(i, name)| Some((name.clone(), rendered.get(&(row, i))?.as_str().into())));
        Json::Object(cells.collect::<Map>())
    };
    (0..rows.len()).map(row).collect()
}

pub(crate) fn rendered(app: &App, request: &Request, page: &TablePage<'_>) -> Result<Json> {
    let rendered = render_cells(app, request, &page.place.database.name, Some(page.table()), &page.rows)?;
    Ok(rendered_json(&page.rows, &rendered))
}

/// The columns as the page shows them. Tables have a column of links to their rows first: the
/// primary key where it is a single column, else one called Link.
pub(crate) fn display_columns(app: &App, page: &TablePage<'_>) -> Result<Vec<DisplayColumn>> {
    let table = page.table();
    let database = &page.place.database.name;
    let descriptions = app.internal.column_descriptions(database, &table.name)?;
    let types = app.column_types(database, table)?;
    let rowid_is_key = table.uses_rowid();
    let described = |name: &str| {
        let column = table.columns.iter().find(|column| column.name == name);
        let column_type = types.get(name);
        DisplayColumn {
            name: name.to_owned(),
            class: css_class(name),
            description: descriptions.get(name).and_then(Json::as_str).map(str::to_owned),
            detailed: true,
            declared_type: column.map_or_else(|| "integer".to_owned(), |column| column.declared_type.clone()),
            notnull: column.is_some_and(|column| column.not_null),
            is_pk: table.primary_keys.iter().any(|key| key == name) || (rowid_is_key && name == "rowid"),
            sortable: is_sortable(table, &page.place.config, name),
            column_type: column_type.map(|t| t.name.clone()),
            column_type_config: column_type.and_then(|t| t.config.clone()),
            ..DisplayColumn::default()
        }
    };
    let mut columns: Vec<DisplayColumn> = page.rows.columns.iter().map(|name| described(name)).collect();
    if !table.is_view() {
        let first = match table.primary_keys.as_slice() {
            [only] => {
                columns.retain(|column| column.name != *only);
                DisplayColumn { is_pk: true, ..described(only) }
            }
            _ => DisplayColumn {
                name: "Link".to_owned(),
                class: "Link".to_owned(),
                detailed: true,
                is_special_link_column: true,
                ..DisplayColumn::default()
            },
        };
        columns.insert(0, first);
    }
    Ok(columns)
}

/// As in `_extra=display_columns`. The column of links says less.
pub(crate) fn column_json(column: &DisplayColumn, is_first_link: bool) -> Json {
    let mut object = Map::new();
    object.insert("name".to_owned(), column.name.clone().into());
    object.insert("sortable".to_owned(), column.sortable.into());
    object.insert("is_pk".to_owned(), column.is_pk.into());
    object.insert("type".to_owned(), column.declared_type.clone().into());
    object.insert("notnull".to_owned(), i64::from(column.notnull).into());
    if column.is_special_link_column {
        object.insert("is_special_link_column".to_owned(), true.into());
    }
    if !is_first_link {
        object.insert("description".to_owned(), column.description.clone().into());
        object.insert("column_type".to_owned(), column.column_type.clone().into());
        object
            .insert("column_type_config".to_owned(), column.column_type_config.clone().unwrap_or(Json::Null));
    }
    Json::Object(object)
}

/// Adds to each sortable column the link that sorts the page by it.
pub(crate) fn add_sort_links(
    app: &App,
    request: &Request,
    page: &TablePage<'_>,
    columns: &mut [DisplayColumn],
) {
    let table = page.table();
    // Without a wish the rows stand in the order of a single key; its header says so.
    let default = match table.primary_keys.as_slice() {
        _ if page.query.sort.is_some() || table.is_view() => None,
        [only] => Some(only.as_str()),
        [] => Some("rowid"),
        _ => None,
    };
    let path = app.site_path(request);
    for column in columns.iter_mut().filter(|column| column.sortable) {
        let sorted = match &page.query.sort {
            Some(sort) if sort.column == column.name => Some(sort.descending),
            None if default == Some(&column.name) => Some(false),
            _ => None,
        };
        let name = Some(column.name.as_str());
        let (up, down) = if sorted == Some(false) { (None, name) } else { (name, None) };
        let changes = [("_sort", up), ("_sort_desc", down), ("_next", None)];
        column.sort_url = Some(urls::with_replaced(request, &path, &changes));
        column.sort_mark = sorted.map(|descending| if descending { "▲" } else { "▼" });
    }
}

/// How the rows of a page become cells; shared by the fast writer and the template's context.
struct Shown<'a> {
    app: &'a App,
    page: &'a TablePage<'a>,
    rendered: &'a RenderedCells,
    /// For each column: URL of the table its values refer to.
    targets: Vec<Option<String>>,
    table_url: String,
    /// The column that stands first as link, and is not repeated.
    single_key: Option<usize>,
    label_column: Option<usize>,
}

impl<'a> Shown<'a> {
    fn new(app: &'a App, page: &'a TablePage<'a>, rendered: &'a RenderedCells) -> Self {
        let table = page.table();
        let database = &page.place.database;
        let target = |column: usize| {
            let labels = page.labels.column(column)?;
            Some(app.urls.table(&database.route, &labels.other_table))
        };
        let single_key = match table.primary_keys.as_slice() {
            [only] => page.rows.column_index(only),
            _ => None,
        };
        let label_column = super::labels::label_column(app, database, table);
        Self {
            app,
            page,
            rendered,
            targets: (0..page.rows.columns.len()).map(target).collect(),
            table_url: app.urls.table(&database.route, &table.name),
            single_key,
            label_column: label_column.and_then(|name| page.rows.column_index(&name)),
        }
    }

    fn has_link(&self) -> bool {
        !self.page.table().is_view()
    }

    /// The columns that are shown after the link.
    fn columns(&self) -> impl Iterator<Item = usize> {
        let skipped = self.single_key.filter(|_| self.has_link());
        (0..self.page.rows.columns.len()).filter(move |column| Some(*column) != skipped)
    }

    fn label(&self, row: usize) -> Option<String> {
        let value = self.page.rows.get(row, self.label_column?);
        match value {
            ValueRef::Null | ValueRef::Blob(_) => None,
            value => {
                Some(self.page.labels.get(self.label_column?, value).map_or_else(
                    || as_text(value).into_owned(),
                    |label| as_text(label.as_ref()).into_owned(),
                ))
            }
        }
    }

    /// Hands the cell to `show`; what it borrows lives that long.
    fn with_cell<T>(
        &self,
        row: usize,
        column: usize,
        row_path: &str,
        show: impl FnOnce(&Cell<'_>) -> T,
    ) -> T {
        let value = self.page.rows.get(row, column);
        if let Some(html) = self.rendered.get(&(row, column)) {
            return show(&Cell::Html { value, html: html.as_str() });
        }
        if let ValueRef::Blob(blob) = value {
            let name = self.page.rows.columns.get(column).map_or("", String::as_str);
            let href = format!("{}/{row_path}.blob?_blob_column={}", self.table_url, urls::quote_plus(name));
            return show(&Cell::Blob { href: &href, size: blob.len() });
        }
        if let Some(Some(table_url)) = self.targets.get(column)
            && let Some(label) = self.page.labels.get(column, value)
        {
            return show(&Cell::ForeignKey { table_url, id: value, label: label.as_ref() });
        }
        show(&Cell::Value(value))
    }

    fn truncate(&self) -> usize {
        usize::try_from(self.app.settings().truncate_cells_html).unwrap_or(usize::MAX)
    }
}

/// The rows as `_table.html` draws them, without a template.
pub(crate) fn rows_html(
    app: &App,
    page: &TablePage<'_>,
    rendered: &RenderedCells,
    columns: &[DisplayColumn],
) -> Html {
    let shown = Shown::new(app, page, rendered);
    let mut out = Vec::with_capacity(4096 + page.rows.len() * page.rows.columns.len() * 64);
    let style = CellStyle { truncate: shown.truncate(), types: true };
    let mut table = RowsTable::begin(&mut out, columns, style);
    let needs_path = shown.has_link();
    for row in 0..page.rows.len() {
        let path = if needs_path { page.row_path(row) } else { String::new() };
        if needs_path {
            table.row(Some(&path), shown.label(row).as_deref());
            let href = format!("{}/{path}", shown.table_url);
            table.cell(&Cell::RowLink { href: &href, label: &page.row_name(row) });
        } else {
            table.row(None, None);
        }
        for column in shown.columns() {
            shown.with_cell(row, column, &path, |cell| table.cell(cell));
        }
    }
    table.finish("0 records");
    from_bytes(out)
}

/// The same rows for a template that draws them itself.
pub(crate) fn display_rows(
    app: &App,
    page: &TablePage<'_>,
    rendered: &RenderedCells,
    columns: &[DisplayColumn],
) -> Vec<DisplayRow> {
    let shown = Shown::new(app, page, rendered);
    let row = |row: usize| {
        let path = page.row_path(row);
        let mut display = columns.iter();
        let mut cells = Vec::with_capacity(columns.len());
        let mut add = |cell: &Cell<'_>, raw: Json| {
            let Some(column) = display.next() else { return };
            let mut value = Vec::new();
            write_value(&mut value, cell, shown.truncate());
            cells.push(DisplayCell {
                column: column.name.clone(),
                class: format!("col-{} type-{}", column.class, cell.value_type()),
                value: from_bytes(value),
                raw,
                value_type: cell.value_type(),
            });
        };
        if shown.has_link() {
            let href = format!("{}/{path}", shown.table_url);
            let name = page.row_name(row);
            add(&Cell::RowLink { href: &href, label: &name }, name.clone().into());
        }
        for column in shown.columns() {
            let raw: Value = page.rows.get(row, column).into();
            shown.with_cell(row, column, &path, |cell| add(cell, extras::value_json(&raw)));
        }
        let has_link = shown.has_link();
        DisplayRow {
            row_path: has_link.then(|| path.clone()),
            pk_path: has_link.then(|| page.row_name(row)),
            row_label: shown.label(row),
            cells,
        }
    };
    (0..page.rows.len()).map(row).collect()
}
