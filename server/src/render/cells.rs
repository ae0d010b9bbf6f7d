//! The rows of a page as HTML, written straight to bytes: the hot path of every table page.
//!
//! [`RowsTable`] writes a whole table, cell by cell and without allocating for one. [`write_value`] writes
//! what is inside of a cell, for templates that draw the table themselves; `_table.html` does the same as
//! `RowsTable`, and a test holds the two together.
//!
//! What a cell *is* (a link to a row, an expanded foreign key, HTML of a plugin) is decided by the page.

use std::io::Write as _;

use datasette_plugin_api::ValueRef;

use super::contexts::DisplayColumn;
use super::escape::{css_string, is_space};
use super::html::{Html, write_escaped};
use super::number::{bytes_text, thousands, write_float};
use crate::tilde;

/// What to show in a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// The value itself. Text that is nothing but a URL becomes a link.
    Value(ValueRef<'a>),
    /// The link to the row's own page; `href` is a path that needs no escaping beyond HTML's.
    RowLink { href: &'a str, label: &'a str },
    /// A reference to a row of another table. The link is `table_url`, `/` and the id.
    ForeignKey { table_url: &'a str, id: ValueRef<'a>, label: ValueRef<'a> },
    /// A BLOB, to be downloaded.
    Blob { href: &'a str, size: usize },
    /// Markup that a plugin made of the value. Empty markup shows nothing at all.
    Html { value: ValueRef<'a>, html: &'a str },
}

impl Cell<'_> {
    /// The word after `type-` in the cell's class.
    pub(crate) fn value_type(&self) -> &'static str {
        match self {
            Self::RowLink { .. } => "pk",
            Self::Blob { .. } => "bytes",
            Self::Value(value) | Self::ForeignKey { id: value, .. } | Self::Html { value, .. } => match value
            {
                ValueRef::Null => "none",
                ValueRef::Integer(_) => "int",
                ValueRef::Real(_) => "float",
                ValueRef::Text(_) => "str",
                ValueRef::Blob(_) => "bytes",
            },
        }
    }
}

/// How the cells of a page are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CellStyle {
    /// Longer text is cut after so many characters; 0: never (`truncate_cells_html`).
    pub(crate) truncate: usize,
    /// Cells say what type they have. Those of queries don't.
    pub(crate) types: bool,
}

/// Writes a table of rows: begin, then for each row its cells, then finish.
#[derive(Debug)]
pub(crate) struct RowsTable<'a> {
    out: &'a mut Vec<u8>,
    style: CellStyle,
    /// `<td class="col-CLASS type-` per column.
    openings: Vec<Vec<u8>>,
    column: usize,
    rows: usize,
}

impl<'a> RowsTable<'a> {
    /// Writes the header.
    pub(crate) fn begin(out: &'a mut Vec<u8>, columns: &[DisplayColumn], style: CellStyle) -> Self {
        write_head(out, columns);
        let opening = |column: &DisplayColumn| {
            let more = if style.types { " type-" } else { "" };
            format!("<td class=\"col-{}{more}", column.class).into_bytes()
        };
        Self { out, style, openings: columns.iter().map(opening).collect(), column: 0, rows: 0 }
    }

    /// Begins a row. `row_path` is the end of its URL, `label` what its label column says.
    pub(crate) fn row(&mut self, row_path: Option<&str>, label: Option<&str>) {
        self.end_row();
        self.out.extend_from_slice(b"<tr");
        if let Some(path) = row_path {
            write_attribute(self.out, "data-row", path);
            if let Some(label) = label.filter(|label| !label.is_empty()) {
                write_attribute(self.out, "data-row-label", label);
            }
        }
        self.out.push(b'>');
        self.column = 0;
        self.rows += 1;
    }

    /// Writes the next cell of the row. Cells beyond the last column are dropped.
    pub(crate) fn cell(&mut self, cell: &Cell<'_>) {
        let Some(opening) = self.openings.get(self.column) else { return };
        self.column += 1;
        self.out.extend_from_slice(opening);
        if self.style.types {
            self.out.extend_from_slice(cell.value_type().as_bytes());
        }
        self.out.extend_from_slice(b"\">");
        write_value(self.out, cell, self.style.truncate);
        self.out.extend_from_slice(b"</td>");
    }

    /// Ends the table and returns the number of rows. `nothing` is what to say if there are none.
    pub(crate) fn finish(mut self, nothing: &str) -> usize {
        self.end_row();
        self.out.extend_from_slice(b"</tbody></table></div>\n");
        if self.rows == 0 {
            self.out.extend_from_slice(b"<p class=\"zero-results\">");
            write_escaped(self.out, nothing);
            self.out.extend_from_slice(b"</p>\n");
        }
        self.rows
    }

    fn end_row(&mut self) {
        if self.rows > 0 {
            self.out.extend_from_slice(b"</tr>\n");
        }
    }
}

/// The names of the columns before the cells, for screens too narrow for a table.
pub(crate) fn narrow_labels(columns: &[DisplayColumn]) -> Html {
    let mut css = String::new();
    for (index, column) in columns.iter().enumerate() {
        let (number, name) = (index + 1, css_string(&column.name));
        css.push_str(&format!(".rows-and-columns td:nth-of-type({number})::before{{content:\"{name}\"}}"));
    }
    Html(css)
}

/// Writes what is inside of a cell.
pub(crate) fn write_value(out: &mut Vec<u8>, cell: &Cell<'_>, truncate: usize) {
    match *cell {
        Cell::Html { html, .. } => out.extend_from_slice(html.as_bytes()),
        Cell::RowLink { href, label } => write_link(out, href, label),
        Cell::Blob { href, size } => write_blob(out, href, size),
        Cell::ForeignKey { table_url, id, label } => write_foreign_key(out, table_url, id, label),
        Cell::Value(ValueRef::Null | ValueRef::Text("")) => out.extend_from_slice(b"&nbsp;"),
        Cell::Value(ValueRef::Text(text)) => match as_url(text) {
            Some(url) => {
                out.extend_from_slice(b"<a href=\"");
                write_escaped(out, url);
                out.extend_from_slice(b"\">");
                write_truncated_url(out, url, truncate);
                out.extend_from_slice(b"</a>");
            }
            None => write_truncated(out, text, truncate),
        },
        Cell::Value(ValueRef::Integer(value)) => {
            write_truncated(out, itoa::Buffer::new().format(value), truncate)
        }
        Cell::Value(ValueRef::Real(value)) => {
            let start = out.len();
            write_float(out, value);
            // A number this long is rare; only then it is copied.
            if truncate > 0 && out.len() - start > truncate {
                let digits = String::from_utf8_lossy(out.get(start..).unwrap_or_default()).into_owned();
                out.truncate(start);
                write_truncated(out, &digits, truncate);
            }
        }
        // A page gives BLOBs as `Cell::Blob`; without a link there is only their size to tell.
        Cell::Value(ValueRef::Blob(bytes)) => write_size(out, bytes.len()),
    }
}

fn write_head(out: &mut Vec<u8>, columns: &[DisplayColumn]) {
    out.extend_from_slice(
        b"<div class=\"table-wrapper\" tabindex=\"0\" role=\"region\" aria-label=\"Rows\">",
    );
    out.extend_from_slice(b"<table class=\"rows-and-columns\"><thead><tr>");
    for column in columns {
        out.extend_from_slice(b"<th class=\"col-");
        out.extend_from_slice(column.class.as_bytes());
        out.extend_from_slice(b"\" scope=\"col\"");
        write_attribute(out, "data-column", &column.name);
        if column.detailed {
            write_attribute(out, "data-column-type", &column.declared_type);
            write_attribute(out, "data-column-not-null", if column.notnull { "1" } else { "0" });
            write_attribute(out, "data-is-pk", if column.is_pk { "1" } else { "0" });
        }
        if column.is_special_link_column {
            write_attribute(out, "data-is-link-column", "1");
        }
        if let Some(description) = column.description.as_deref().filter(|text| !text.is_empty()) {
            write_attribute(out, "data-column-description", description);
            write_attribute(out, "title", description);
        }
        match column.sort_mark {
            Some("▼") => write_attribute(out, "aria-sort", "ascending"),
            Some(_) => write_attribute(out, "aria-sort", "descending"),
            None => {}
        }
        out.push(b'>');
        match &column.sort_url {
            Some(url) => {
                out.extend_from_slice(b"<a");
                write_attribute(out, "href", url);
                out.extend_from_slice(b" rel=\"nofollow\">");
                write_escaped(out, &column.name);
                if let Some(mark) = column.sort_mark {
                    out.extend_from_slice(b"&nbsp;");
                    out.extend_from_slice(mark.as_bytes());
                }
                out.extend_from_slice(b"</a>");
            }
            None => write_escaped(out, &column.name),
        }
        out.extend_from_slice(b"</th>");
    }
    out.extend_from_slice(b"</tr></thead><tbody>\n");
}

fn write_attribute(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    write_escaped(out, value);
    out.push(b'"');
}

fn write_link(out: &mut Vec<u8>, href: &str, label: &str) {
    out.extend_from_slice(b"<a");
    write_attribute(out, "href", href);
    out.push(b'>');
    write_escaped(out, label);
    out.extend_from_slice(b"</a>");
}

fn write_blob(out: &mut Vec<u8>, href: &str, size: usize) {
    out.extend_from_slice(b"<a class=\"blob-download\"");
    write_attribute(out, "href", href);
    if size >= 1024 {
        write_attribute(out, "title", &bytes_text(size as u64));
    }
    out.push(b'>');
    write_size(out, size);
    out.extend_from_slice(b"</a>");
}

fn write_size(out: &mut Vec<u8>, size: usize) {
    let bytes = if size == 1 { "byte" } else { "bytes" };
    let size = thousands(i64::try_from(size).unwrap_or(i64::MAX));
    // Writing to a Vec can't fail.
    let _ = write!(out, "&lt;Binary:&nbsp;{size}&nbsp;{bytes}&gt;");
}

fn write_foreign_key(out: &mut Vec<u8>, table_url: &str, id: ValueRef<'_>, label: ValueRef<'_>) {
    let mut digits = Vec::new();
    let id_text = plain_text(id, &mut digits);
    out.extend_from_slice(b"<a href=\"");
    write_escaped(out, table_url);
    out.push(b'/');
    // Nearly every id is a number.
    if id_text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        out.extend_from_slice(id_text.as_bytes());
    } else {
        out.extend_from_slice(tilde::encode(id_text).as_bytes());
    }
    out.extend_from_slice(b"\">");
    if same(id, label) {
        write_escaped(out, id_text);
        out.extend_from_slice(b"</a>");
        return;
    }
    let mut digits = Vec::new();
    let label = plain_text(label, &mut digits);
    write_escaped(out, if label.is_empty() { "-" } else { label });
    out.extend_from_slice(b"</a>&nbsp;<em>");
    write_escaped(out, id_text);
    out.extend_from_slice(b"</em>");
}

fn same(id: ValueRef<'_>, label: ValueRef<'_>) -> bool {
    match (id, label) {
        (ValueRef::Integer(a), ValueRef::Real(b)) | (ValueRef::Real(b), ValueRef::Integer(a)) => {
            a as f64 == b
        }
        _ => id == label,
    }
}

/// The value as text; numbers are written to `digits`.
fn plain_text<'a>(value: ValueRef<'a>, digits: &'a mut Vec<u8>) -> &'a str {
    match value {
        ValueRef::Text(text) => return text,
        ValueRef::Integer(value) => digits.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
        ValueRef::Real(value) => write_float(digits, value),
        ValueRef::Null => {}
        ValueRef::Blob(bytes) => digits.extend_from_slice(String::from_utf8_lossy(bytes).as_bytes()),
    }
    std::str::from_utf8(digits).unwrap_or_default()
}

/// The URL, if the text is nothing else.
pub(crate) fn as_url(text: &str) -> Option<&str> {
    // Nearly every cell fails here, on its first bytes.
    let url = text.trim_matches(is_space);
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return None;
    }
    (!url.contains(is_space)).then_some(url)
}

fn write_truncated(out: &mut Vec<u8>, text: &str, truncate: usize) {
    match end_of(text, truncate) {
        Some(end) => {
            write_escaped(out, text.get(..end).unwrap_or(text));
            out.extend_from_slice("…".as_bytes());
        }
        None => write_escaped(out, text),
    }
}

/// Keeps the extension of a file's name: `https://example.com/lo….jpg`.
fn write_truncated_url(out: &mut Vec<u8>, url: &str, truncate: usize) {
    if end_of(url, truncate).is_none() {
        return write_escaped(out, url);
    }
    let short = |text: &'_ str, length: usize| -> String { text.chars().take(length).collect() };
    match url.rsplit_once('.') {
        Some((rest, extension))
            if (1..=4).contains(&extension.chars().count()) && !extension.contains('/') =>
        {
            let length = truncate.saturating_sub(1 + extension.chars().count());
            write_escaped(out, &format!("{}….{extension}", short(rest, length)));
        }
        _ => write_escaped(out, &format!("{}…", short(url, truncate - 1))),
    }
}

/// Where to cut text that has more characters than allowed.
fn end_of(text: &str, truncate: usize) -> Option<usize> {
    // No text has more characters than bytes: most are settled here.
    if truncate == 0 || text.len() <= truncate {
        return None;
    }
    text.char_indices().nth(truncate).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: Cell<'_>, truncate: usize, expected: &str) {
        let mut out = Vec::new();
        write_value(&mut out, &cell, truncate);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[track_caller]
    fn check_text(text: &str, truncate: usize, expected: &str) {
        check(Cell::Value(ValueRef::Text(text)), truncate, expected);
    }

    #[test]
    fn nothing_is_shown_as_a_space() {
        check(Cell::Value(ValueRef::Null), 0, "&nbsp;");
        check_text("", 0, "&nbsp;");
    }

    #[test]
    fn text_is_escaped() {
        check_text("<b>", 0, "&lt;b&gt;");
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        check_text("ééééé", 5, "ééééé");
        check_text("éééééé", 5, "ééééé…");
        check_text("abcdef", 0, "abcdef");
    }

    #[test]
    fn long_numbers_are_cut_too() {
        check(Cell::Value(ValueRef::Real(37.774_929_999_999_9)), 5, "37.77…");
        check(Cell::Value(ValueRef::Integer(-1_234_567)), 4, "-123…");
    }

    #[test]
    fn a_url_becomes_a_link() {
        check_text(" https://a.b/?c&d\n", 0, "<a href=\"https://a.b/?c&amp;d\">https://a.b/?c&amp;d</a>");
        check_text("https://a b", 0, "https://a b");
        check_text("see https://a.b", 0, "see https://a.b");
        check_text("javascript:alert(1)", 0, "javascript:alert(1)");
    }

    #[test]
    fn a_long_url_keeps_its_extension() {
        let url = "https://example.com/one/two/three.jpg";
        check_text(url, 20, &format!("<a href=\"{url}\">https://example.….jpg</a>"));
        let url = "https://example.com/one/two/three";
        check_text(url, 20, &format!("<a href=\"{url}\">https://example.com…</a>"));
    }

    #[test]
    fn blobs_are_downloads_that_tell_their_size() {
        let binary = |n: &str| format!("&lt;Binary:&nbsp;{n}&gt;");
        check(
            Cell::Blob { href: "/d/t/1.blob?_blob_column=c", size: 1 },
            0,
            &format!(
                "<a class=\"blob-download\" href=\"/d/t/1.blob?_blob_column=c\">{}</a>",
                binary("1&nbsp;byte")
            ),
        );
        check(
            Cell::Blob { href: "/x", size: 1234 },
            0,
            &format!(
                "<a class=\"blob-download\" href=\"/x\" title=\"1.2 KB\">{}</a>",
                binary("1,234&nbsp;bytes")
            ),
        );
    }

    #[test]
    fn foreign_keys_show_label_and_id() {
        let key = |id, label| Cell::ForeignKey { table_url: "/d/t", id, label };
        let one = ValueRef::Integer(1);
        check(key(one, ValueRef::Text("A & B")), 0, "<a href=\"/d/t/1\">A &amp; B</a>&nbsp;<em>1</em>");
        check(key(one, ValueRef::Text("")), 0, "<a href=\"/d/t/1\">-</a>&nbsp;<em>1</em>");
        check(key(one, one), 0, "<a href=\"/d/t/1\">1</a>");
        let path = ValueRef::Text("a/b");
        check(key(path, path), 0, "<a href=\"/d/t/a~2Fb\">a/b</a>");
    }

    #[test]
    fn rows_end_even_if_cells_are_missing_or_too_many() {
        let columns = [DisplayColumn { name: "a".into(), class: "a".into(), ..Default::default() }];
        let mut out = Vec::new();
        let mut table = RowsTable::begin(&mut out, &columns, CellStyle { truncate: 0, types: true });
        table.row(None, None);
        table.row(Some("2"), Some("\"two\""));
        table.cell(&Cell::Value(ValueRef::Integer(2)));
        table.cell(&Cell::Value(ValueRef::Integer(3)));
        assert_eq!(table.finish("0 records"), 2);
        let html = String::from_utf8(out).unwrap();
        let row =
            "<tr data-row=\"2\" data-row-label=\"&#34;two&#34;\"><td class=\"col-a type-int\">2</td></tr>";
        assert!(html.contains("<tr></tr>") && html.contains(row), "{html}");
        assert!(!html.contains("0 records") && html.ends_with("</tbody></table></div>\n"), "{html}");
    }
}
