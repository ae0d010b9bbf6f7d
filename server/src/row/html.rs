//! The page of a row for people: fills `row.html`'s context.

use std::time::Instant;

use datasette_plugin_api::{Json, ValueRef};

use super::Found;
use super::links::referrers;
use super::show::question;
use crate::app::App;
use crate::error::Result;
use crate::extras;
use crate::offers::{self, Allowed};
use crate::render::cells::{Cell, CellStyle, RowsTable, narrow_labels, write_value};
use crate::render::contexts::{
    Base, DisplayCell, DisplayColumn, DisplayRow, ForeignKeyTable, Metadata, OrderedMap, RowContext, Table,
};
use crate::render::escape::css_class;
use crate::render::html::from_bytes;
use crate::render::number::counted;
use crate::render::page::{self, PageKind, action_items};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::Conn;
use crate::table::labels::{self, Labels};
use crate::table::{Place, RenderedCells, render_cells, renderer_urls};

pub(super) fn respond(
    app: &App,
    request: &Request,
    conn: &Conn,
    place: &Place<'_>,
    found: &Found,
    started: Instant,
) -> Result<Response> {
    let (database, table) = (&place.database, &place.table);
    let (db_class, table_class) = (css_class(&database.name), css_class(&table.name));
    let chosen = page::choose(app, &[format!("row-{db_class}-{table_class}.html"), "row.html".to_owned()])?;
    let wanted: Vec<&str> = table.foreign_keys.iter().map(|key| key.column.as_str()).collect();
    let labels = labels::fetch(app, request, conn, database, table, &found.rows, &wanted)?;
    let rendered = render_cells(app, request, &database.name, Some(table), &found.rows)?;
    let referrers = referrers(app, request, conn, database, table, found)?;
    let custom_table_templates = vec![
        format!("_table-{db_class}-{table_class}.html"),
        format!("_table-row-{db_class}-{table_class}.html"),
        "_table.html".to_owned(),
    ];
    let row_template = page::choose(app, &custom_table_templates)?;
    let shown = Shown::new(app, place, found, &labels, &rendered)?;
    let mut rows = Table {
        rows_html: (!row_template.is_custom()).then(|| shown.html()),
        table_template: row_template.name().to_owned(),
        has_rows: true,
        row_count: 1,
        narrow_labels: narrow_labels(&shown.columns),
        zero_results: "0 records",
        ..Table::default()
    };
    if chosen.is_custom() || row_template.is_custom() {
        rows.display_rows = Some(vec![shown.display_row()]);
        let cells = found.rows.columns.iter().enumerate();
        let cells = cells.map(|(i, name)| (name.clone(), extras::value_json(&found.rows.get(0, i).into())));
        rows.rows = Some(vec![cells.collect()]);
    }
    let columns: Vec<String> = shown.columns.iter().map(|column| column.name.clone()).collect();
    rows.display_columns = shown.columns;
    let renderers = renderer_urls(app, request, &question(request, place, found), false)?;
    let kind = PageKind {
        view_name: "row",
        database: Some(&database.name),
        table: Some(&table.name),
        columns: &found.rows.columns,
    };
    let actions = app.plugins.row_actions(request, &database.name, &table.name, &found.keys, &found.rows);
    let top_row = app.plugins.top_row(request, &database.name, &table.name, &found.rows);
    let allowed = Allowed::of(app, request, database, table)?;
    // Its columns and keys can't be changed from here.
    let offered = Allowed { insert: false, alter: false, ..allowed };
    let page_data = offers::table(app, request, conn, database, table, offered)?;
    let row_url = app.urls.row(&database.route, &table.name, &found.path());
    let crumbs = page::crumbs(app, request, Some(&database.name), Some(&table.name))?;
    let alternate = page::alternate_json(app, request);
    let response = page::respond(app, request, &chosen, kind, crumbs, |base| RowContext {
        title: format!("{}: {}", database.name, table.name),
        heading: format!("{}: {}", table.name, found.key_values.join(", ")),
        database: database.name.clone(),
        database_class: db_class,
        database_color: database.color(),
        table: table.name.clone(),
        table_class,
        table_url: app.urls.table(&database.route, &table.name),
        private: place.private,
        metadata: Metadata::default(),
        row_actions: action_items(actions),
        top_row,
        columns,
        primary_keys: found.keys.clone(),
        primary_key_values: found.key_values.clone(),
        foreign_key_tables: referrers
            .into_iter()
            .map(|referrer| ForeignKeyTable {
                other_table: referrer.link.other_table,
                column: referrer.link.column.unwrap_or_default(),
                other_column: referrer.link.other_column.unwrap_or_default(),
                count: referrer.count,
                count_text: counted(referrer.count, "row"),
                link: referrer.url,
            })
            .collect(),
        renderers: OrderedMap(renderers),
        custom_table_templates,
        edit_form_url: allowed.update.then(|| format!("{row_url}/-/update-form")),
        delete_form_url: allowed.delete.then(|| format!("{row_url}/-/delete-form")),
        table_page_data: page_data,
        rows,
        base: Base {
            alternate_url_json: Some(alternate.clone()),
            query_ms: Some(format!("{:.3}", started.elapsed().as_secs_f64() * 1000.0)),
            ..base
        },
    })?;
    let response = page::with_timing(response, started);
    Ok(page::with_alternate(response, &alternate))
}

/// The row's cells: the primary key first and in bold, nothing cut short.
struct Shown<'a> {
    app: &'a App,
    place: &'a Place<'a>,
    found: &'a Found,
    labels: &'a Labels,
    rendered: &'a RenderedCells,
    columns: Vec<DisplayColumn>,
    /// Where each shown column is in the row.
    order: Vec<usize>,
}

impl<'a> Shown<'a> {
    fn new(
        app: &'a App,
        place: &'a Place<'a>,
        found: &'a Found,
        labels: &'a Labels,
        rendered: &'a RenderedCells,
    ) -> Result<Self> {
        let is_key =
            |index: &usize| found.rows.columns.get(*index).is_some_and(|name| found.keys.contains(name));
        let all = 0..found.rows.columns.len();
        let (keys, others): (Vec<usize>, Vec<usize>) = all.partition(is_key);
        let order: Vec<usize> = keys.into_iter().chain(others).collect();
        let descriptions = app.internal.column_descriptions(&place.database.name, &place.table.name)?;
        let column = |index: &usize| {
            let name = found.rows.columns.get(*index).map_or("", String::as_str);
            let declared = place.table.columns.iter().find(|column| column.name == name);
            DisplayColumn {
                name: name.to_owned(),
                class: css_class(name),
                description: descriptions.get(name).and_then(Json::as_str).map(str::to_owned),
                detailed: true,
                declared_type: declared.map_or_else(|| "integer".to_owned(), |c| c.declared_type.clone()),
                notnull: declared.is_some_and(|c| c.not_null),
                is_pk: found.keys.iter().any(|key| key == name),
                ..DisplayColumn::default()
            }
        };
        let columns = order.iter().map(column).collect();
        Ok(Self { app, place, found, labels, rendered, columns, order })
    }

    /// Hands each cell to `show`, with its value.
    fn each_cell(&self, mut show: impl FnMut(&Cell<'_>, ValueRef<'_>)) {
        let urls = &self.app.urls;
        let (route, table) = (&self.place.database.route, &self.place.table.name);
        for (&index, column) in self.order.iter().zip(&self.columns) {
            let value = self.found.rows.get(0, index);
            let blob_url;
            let table_url;
            let label;
            let plain = if let Some(html) = self.rendered.get(&(0, index)) {
                Cell::Html { value, html: html.as_str() }
            } else if let ValueRef::Blob(blob) = value {
                blob_url = urls.row_blob(route, table, &self.found.path(), &column.name);
                Cell::Blob { href: &blob_url, size: blob.len() }
            } else if let Some((target, found)) =
                self.labels.column(index).and_then(|labels| Some((&labels.other_table, labels.get(value)?)))
            {
                table_url = urls.table(route, target);
                label = found;
                Cell::ForeignKey { table_url: &table_url, id: value, label: label.as_ref() }
            } else {
                Cell::Value(value)
            };
            if column.is_pk {
                let mut html = b"<strong>".to_vec();
                write_value(&mut html, &plain, 0);
                html.extend_from_slice(b"</strong>");
                show(&Cell::Html { value, html: from_bytes(html).as_str() }, value);
            } else {
                show(&plain, value);
            }
        }
    }

    fn html(&self) -> datasette_plugin_api::Html {
        let mut out = Vec::with_capacity(4096);
        let mut table = RowsTable::begin(&mut out, &self.columns, CellStyle { truncate: 0, types: true });
        table.row(Some(&self.found.path()), None);
        self.each_cell(|cell, _| table.cell(cell));
        table.finish("0 records");
        from_bytes(out)
    }

    fn display_row(&self) -> DisplayRow {
        let mut cells = Vec::with_capacity(self.columns.len());
        let mut columns = self.columns.iter();
        self.each_cell(|cell, raw| {
            let Some(column) = columns.next() else { return };
            let mut value = Vec::new();
            write_value(&mut value, cell, 0);
            cells.push(DisplayCell {
                column: column.name.clone(),
                class: format!("col-{} type-{}", column.class, cell.value_type()),
                value: from_bytes(value),
                raw: extras::value_json(&raw.into()),
                value_type: cell.value_type(),
            });
        });
        DisplayRow {
            row_path: Some(self.found.path()),
            pk_path: Some(self.found.key_values.join(",")),
            row_label: None,
            cells,
        }
    }
}
