use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::render::cells::{Cell, CellStyle, RowsTable, write_value};
use crate::render::contexts::*;
use crate::render::helpers::HelperAnswer;
use crate::render::html::{Html, from_bytes};
use datasette_plugin_api::ValueRef;

fn site() -> Arc<Site> {
    Arc::new(Site {
        urls: crate::urls::Urls::new("/"),
        static_url: Box::new(|path, _| format!("/-/static/{path}")),
    })
}

/// A template directory with these files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, source) in files {
        write(directory.path(), name, source);
    }
    directory
}

fn write(directory: &Path, name: &str, source: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, source).unwrap();
}

fn load(directory: &TempDir) -> Result<Templates, TemplateError> {
    Templates::load(Sources { directory: Some(directory.path().into()), ..Sources::built_in(site()) })
}

fn render<C: Serialize>(templates: &Templates, names: &[&str], context: &C) -> Result<String, TemplateError> {
    templates.render(&templates.choose(names)?, context, Vec::new())
}

#[track_caller]
fn check_error(source: &str, expected: &str) {
    let directory = directory(&[("table.html", source)]);
    let error = load(&directory).unwrap_err().to_string();
    let path = directory.path().join("table.html");
    assert_eq!(error.replace(path.to_str().unwrap(), "PATH"), expected);
}

#[test]
fn our_templates_render_with_nothing_to_show() {
    let templates = Templates::load(Sources::built_in(site())).unwrap();
    let show = |name, context: Result<serde_json::Value, serde_json::Error>| {
        let html = render(&templates, &[name], &context.unwrap()).unwrap();
        assert!(
            html.starts_with("<!DOCTYPE html>")
                && html.contains(&format!("<!-- Templates considered: *{name} -->"))
        );
    };
    show("index.html", serde_json::to_value(IndexContext::default()));
    show("database.html", serde_json::to_value(DatabaseContext::default()));
    let table = Table { table_template: "_table.html".into(), ..Table::default() };
    show("table.html", serde_json::to_value(TableContext { rows: table.clone(), ..TableContext::default() }));
    show("row.html", serde_json::to_value(RowContext { rows: table, ..RowContext::default() }));
    show("query.html", serde_json::to_value(QueryContext::default()));
    show("error.html", serde_json::to_value(ErrorContext::default()));
    show("show_json.html", serde_json::to_value(ShowJsonContext::default()));
    show("logout.html", serde_json::to_value(Base::default()));
    show("schema.html", serde_json::to_value(SchemaContext::default()));
    show("create_token.html", serde_json::to_value(CreateTokenContext::default()));
    show("debug_actions.html", serde_json::to_value(ActionsContext::default()));
    show("debug_allowed.html", serde_json::to_value(ListingContext::default()));
    show("debug_rules.html", serde_json::to_value(ListingContext::default()));
    show("debug_check.html", serde_json::to_value(CheckContext::default()));
    show("debug_permissions_playground.html", serde_json::to_value(PlaygroundContext::default()));
    show("allow_debug.html", serde_json::to_value(AllowDebugContext::default()));
    show("messages_debug.html", serde_json::to_value(MessagesDebugContext::default()));
}

#[test]
fn text_of_visitors_is_escaped_everywhere() {
    let templates = Templates::load(Sources::built_in(site())).unwrap();
    let evil = || "<script>alert(1)</script>\"'".to_owned();
    let context = TableContext {
        title: evil(),
        heading: evil(),
        search: evil(),
        supports_search: true,
        human_description_en: evil(),
        filter_columns: vec![evil()],
        form_hidden_args: vec![NameValue::new(evil(), evil())],
        suggested_facets: vec![SuggestedFacet { name: evil(), href: evil(), ..SuggestedFacet::default() }],
        sorted_facet_results: vec![Facet {
            name: evil(),
            results: vec![FacetValue { label: evil(), value: evil().into(), ..FacetValue::default() }],
            ..Facet::default()
        }],
        base: Base { datasette_version: evil(), ..Base::default() },
        rows: Table {
            rows_html: Some(Html::default()),
            table_template: "_table.html".into(),
            ..Table::default()
        },
        ..TableContext::default()
    };
    let html = render(&templates, &["table.html"], &context).unwrap();
    assert!(!html.contains("<script>alert"), "{html}");
}

/// Three braces print what they get as it is. These are all the places where we do that, and every one
/// of them is a field of type `Html`, or JSON made safe for a script.
#[test]
fn only_html_is_printed_without_escaping() {
    let allowed = [
        "json datasette_version",
        "json table_page_data",
        "json column_chooser_data",
        "json set_column_type_ui",
        "json database_page_data",
        "script",
        "metadata.description_html",
        "narrow_labels",
        "rows_html",
        "value",
        "top_homepage",
        "top_database",
        "top_table",
        "top_row",
        "top_query",
        "top_stored_query",
    ];
    for file in files::all(&Sources::built_in(site())) {
        for piece in file.source.unwrap().split("{{{").skip(1) {
            let name = piece.split("}}}").next().unwrap();
            assert!(allowed.contains(&name), "{} prints {name:?} without escaping", file.name);
        }
    }
}

#[test]
fn a_template_of_the_user_wins_over_a_plugins_and_ours() {
    let (user, plugin) =
        (directory(&[("row.html", "user")]), directory(&[("row.html", "plugin"), ("a.html", "plugin")]));
    let sources = Sources {
        directory: Some(user.path().into()),
        plugins: vec![plugin.path().into()],
        partials: vec![("a.html".into(), "partial".into()), ("b.html".into(), "partial".into())],
        ..Sources::built_in(site())
    };
    let templates = Templates::load(sources).unwrap();
    assert_eq!(render(&templates, &["row.html"], &()).unwrap(), "user");
    assert_eq!(render(&templates, &["a.html"], &()).unwrap(), "plugin");
    assert_eq!(render(&templates, &["b.html"], &()).unwrap(), "partial");
    assert!(
        render(
            &templates,
            &["default:row.html"],
            &RowContext {
                rows: Table { rows_html: Some(Html("rows".into())), ..Table::default() },
                ..RowContext::default()
            }
        )
        .unwrap()
        .contains("<!DOCTYPE html>")
    );
}

#[test]
fn the_first_candidate_that_exists_is_chosen_and_marked() {
    let directory = directory(&[("table-d-t.html", "{{join select_templates}}")]);
    let templates = load(&directory).unwrap();
    let chosen = templates.choose(&["table-x.html", "table-d-t.html", "table.html"]).unwrap();
    assert!(chosen.is_custom() && chosen.name() == "table-d-t.html");
    assert_eq!(
        templates.render(&chosen, &json!({}), Vec::new()).unwrap(),
        "table-x.html, *table-d-t.html, table.html"
    );
    assert!(!templates.choose(&["table-x.html", "table.html"]).unwrap().is_custom());
}

#[test]
fn a_template_extends_the_one_it_replaces() {
    let directory = directory(&[
        (
            "error.html",
            "{{#extends \"default:error.html\"}}{{#block \"title\"}}Oh: {{super \"title\"}}!{{/block}}{{/extends}}",
        ),
        (
            "500.html",
            "{{#extends \"error.html\"}}{{#block \"title\"}}<{{super \"title\"}}>{{/block}}{{/extends}}",
        ),
        ("base.html", "{{#block \"title\"}}nothing{{/block}}|{{#block \"footer\"}}ours{{/block}}"),
    ]);
    let templates = load(&directory).unwrap();
    let context = json!({"title": "Error 500"});
    assert_eq!(render(&templates, &["error.html"], &context).unwrap(), "Oh: Error 500!|ours");
    assert_eq!(render(&templates, &["500.html"], &context).unwrap(), "<Oh: Error 500!>|ours");
}

#[test]
fn a_block_that_is_nested_can_be_replaced_alone() {
    let directory = directory(&[
        ("base.html", "{{#block \"a\"}}{{/block}}"),
        (
            "middle.html",
            "{{#extends \"base.html\"}}{{#block \"a\"}}[{{#block \"b\"}}middle{{/block}}]{{/block}}{{/extends}}",
        ),
        (
            "top.html",
            "{{#extends \"middle.html\"}}{{#block \"b\"}}top, not {{super \"b\"}}{{/block}}{{/extends}}",
        ),
    ]);
    let templates = load(&directory).unwrap();
    assert_eq!(render(&templates, &["middle.html"], &()).unwrap(), "[middle]");
    assert_eq!(render(&templates, &["top.html"], &json!({})).unwrap(), "[top, not middle]");
}

#[test]
fn included_templates_see_the_page_and_their_arguments() {
    let directory = directory(&[
        ("part.html", "{{name}} of {{@root.site}}: {{#each things}}{{this}};{{/each}} "),
        (
            "page.html",
            "{{include \"part.html\" things=list}}{{#each more}}{{include \"part.html\" things=inner}}{{/each}}",
        ),
    ]);
    let context =
        json!({"name": "page", "site": "us", "list": [1, 2], "more": [{"name": "x", "inner": ["<"]}]});
    let html = render(&load(&directory).unwrap(), &["page.html"], &context).unwrap();
    assert_eq!(html, "page of us: 1;2; x of us: &lt;; ");
}

#[test]
fn variables_of_plugins_win_over_the_pages() {
    let directory = directory(&[("page.html", "{{a}}{{b}}")]);
    let templates = load(&directory).unwrap();
    let extra = vec![("b".to_owned(), json!("plugin"))];
    let chosen = templates.choose(&["page.html"]).unwrap();
    assert_eq!(templates.render(&chosen, &json!({"a": 1, "b": 2}), extra).unwrap(), "1plugin");
}

#[test]
fn a_changed_template_is_read_again() {
    let directory = directory(&[("page.html", "before")]);
    let templates = load(&directory).unwrap();
    assert_eq!(render(&templates, &["page.html"], &()).unwrap(), "before");
    write(directory.path(), "page.html", "and after");
    write(directory.path(), "pages/about.html", "new");
    assert_eq!(render(&templates, &["page.html"], &()).unwrap(), "and after");
    assert_eq!(templates.page_names(), ["pages/about.html"]);
    write(directory.path(), "page.html", "{{#if}}");
    assert!(render(&templates, &["page.html"], &()).unwrap_err().to_string().contains("line 1"));
}

#[test]
fn a_broken_template_stops_the_start_and_names_the_place() {
    check_error(
        "a\n  {{#if x}}\nb{{/each}}\n",
        "template table.html (PATH), line 3, column 2: {{#if}} is open, but {{/each}} closes something else",
    );
    check_error(
        "a\nb {{ x",
        "template table.html (PATH), line 2, column 7: this can't be read; check braces and quotes, and that every block is closed",
    );
}

#[test]
fn an_unknown_helper_stops_the_start() {
    let directory = directory(&[("table.html", "{{#each x}}\n {{urlize name}}{{/each}}")]);
    let error = load(&directory).unwrap_err();
    assert_eq!(error.position, Some((2, 2)));
    assert!(error.reason.starts_with("there is no helper called urlize; known are if, "), "{error}");
}

#[test]
fn jinja_is_recognised() {
    check_error(
        "{# mine #}\n {% extends \"default:table.html\" %}",
        "template table.html (PATH), line 2, column 2: this is Jinja, but templates here are written in Handlebars; \
         see docs/templates.md",
    );
}

#[test]
fn an_error_in_a_block_names_the_template_that_brought_the_block() {
    let directory = directory(&[
        ("base.html", "1\n2\n3 {{#block \"content\"}}{{/block}}"),
        (
            "page.html",
            "{{#extends \"base.html\"}}\n{{#block \"content\"}}\n  {{include \"missing.html\"}}{{/block}}{{/extends}}",
        ),
    ]);
    let error = render(&load(&directory).unwrap(), &["page.html"], &()).unwrap_err();
    assert_eq!((error.name.as_str(), error.position.map(|(line, _)| line)), ("page.html", Some(3)));
    assert_eq!(error.reason, "there is no template \"missing.html\"");
}

#[test]
fn options_mark_the_selected_one() {
    let directory = directory(&[("page.html", "{{options list selected=\"b\"}}")]);
    let templates = load(&directory).unwrap();
    let page = |list: Value| render(&templates, &["page.html"], &json!({"list": list})).unwrap();
    assert_eq!(page(json!(["a<", "b"])), "<option>a&lt;</option><option selected>b</option>");
    assert_eq!(page(json!([{"value": "b", "label": "B"}])), "<option value=\"b\" selected>B</option>");
    assert_eq!(page(json!(["a  b"])), "<option value=\"a  b\">a  b</option>");
}

#[test]
fn helpers_of_plugins_answer_text_or_html() {
    let answer = |html: bool| -> HelperFn {
        Arc::new(move |arguments, _| {
            let text = format!("<i>{}</i>", arguments.first().and_then(Value::as_str).ok_or("needs a text")?);
            Ok(if html { HelperAnswer::Html(Html(text)) } else { HelperAnswer::Text(text) })
        })
    };
    let directory = directory(&[("page.html", "{{text \"a\"}}{{html \"b\"}}"), ("fails.html", "{{text 1}}")]);
    let sources = Sources {
        directory: Some(directory.path().into()),
        helpers: vec![("text".into(), answer(false)), ("html".into(), answer(true))],
        ..Sources::built_in(site())
    };
    let templates = Templates::load(sources).unwrap();
    assert_eq!(render(&templates, &["page.html"], &()).unwrap(), "&lt;i&gt;a&lt;/i&gt;<i>b</i>");
    assert_eq!(render(&templates, &["fails.html"], &()).unwrap_err().reason, "text: needs a text");
}

#[test]
fn the_template_of_the_rows_draws_what_the_fast_writer_draws() {
    let column =
        |name: &str| DisplayColumn { name: name.into(), class: name.into(), ..DisplayColumn::default() };
    let columns = vec![
        DisplayColumn { is_special_link_column: true, detailed: true, ..column("Link") },
        DisplayColumn {
            detailed: true,
            is_pk: true,
            notnull: true,
            declared_type: "integer".into(),
            sort_url: Some("/t?a=1&_sort_desc=id".into()),
            sort_mark: Some("▼"),
            ..column("id")
        },
        DisplayColumn {
            description: Some("<text>".into()),
            sort_url: Some("/t".into()),
            sort_mark: Some("▲"),
            ..column("b")
        },
        column("c"),
    ];
    let rows: Vec<(Option<&str>, Option<&str>, Vec<Cell<'_>>)> = vec![
        (
            Some("1"),
            Some("O'Hara"),
            vec![
                Cell::RowLink { href: "/d/t/1", label: "1" },
                Cell::Value(ValueRef::Integer(1)),
                Cell::ForeignKey {
                    table_url: "/d/o",
                    id: ValueRef::Real(1.5),
                    label: ValueRef::Text("one & half"),
                },
                Cell::Value(ValueRef::Null),
            ],
        ),
        (
            Some("2"),
            None,
            vec![
                Cell::RowLink { href: "/d/t/2", label: "2" },
                Cell::Blob { href: "/d/t/2.blob?_blob_column=c", size: 2048 },
                Cell::Html { value: ValueRef::Text("x"), html: "<b>x</b>" },
                Cell::Value(ValueRef::Text("https://example.com/?a=1&b=2")),
            ],
        ),
        (None, None, vec![]),
    ];
    let templates = Templates::load(Sources::built_in(site())).unwrap();
    for rows in [rows, vec![]] {
        let mut out = Vec::new();
        let mut writer = RowsTable::begin(&mut out, &columns, CellStyle { truncate: 20, types: true });
        for (path, label, cells) in &rows {
            writer.row(*path, *label);
            cells.iter().for_each(|cell| writer.cell(cell));
        }
        let row_count = writer.finish("0 records");
        let display_row = |(path, label, cells): &(Option<&str>, Option<&str>, Vec<Cell<'_>>)| DisplayRow {
            row_path: path.map(str::to_owned),
            row_label: label.map(str::to_owned),
            cells: cells.iter().zip(&columns).map(|(cell, column)| display_cell(cell, column)).collect(),
            ..DisplayRow::default()
        };
        let context = Table {
            has_rows: row_count > 0,
            display_columns: columns.clone(),
            display_rows: Some(rows.iter().map(display_row).collect()),
            zero_results: "0 records",
            ..Table::default()
        };
        let html = render(&templates, &["_table.html"], &context).unwrap();
        assert_eq!(dense(&html), dense(&from_bytes(out).0));
    }
}

fn display_cell(cell: &Cell<'_>, column: &DisplayColumn) -> DisplayCell {
    let mut value = Vec::new();
    write_value(&mut value, cell, 20);
    DisplayCell {
        column: column.name.clone(),
        class: format!("col-{} type-{}", column.class, cell.value_type()),
        value: from_bytes(value),
        value_type: cell.value_type(),
        ..DisplayCell::default()
    }
}

/// Without white space between elements.
fn dense(html: &str) -> String {
    html.split('\n').map(str::trim).collect()
}
