//! Links, images and preformatted text in cells that hold JSON of a few known forms.
//!
//! Hooks: `render_cell`, `prepare_connection`, `extra_css_urls`. Config: none.
//!
//! JSON that is not exactly of one of the forms stays as it is, and so does a link that leads to anything but the web,
//! a mail or this site.

mod address;
mod form;

use datasette_plugin_api::*;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// As Python's `urllib.parse.quote_plus` has it.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ');

struct JsonHtml {
    host: Host,
}

// Before plugins that show any JSON.
#[hookimpl(tryfirst = [render_cell])]
impl Plugin for JsonHtml {
    const FILES: &'static [EmbeddedFile] = embed!["static/json-html.css"];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn prepare_connection(&self, connection: &PrepareConnection<'_>) -> Result<()> {
        connection.registrar.scalar("urllib_quote_plus", 1, |args| match args {
            [ValueRef::Blob(_)] => Err(Error::bad_request("urllib_quote_plus: a BLOB is not text")),
            [ValueRef::Null] | [] => Ok(Value::Null),
            [value, ..] => {
                let quoted = utf8_percent_encode(&value.to_string(), QUOTED).to_string();
                Ok(quoted.replace(' ', "+").into())
            }
        })
    }

    fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
        let Some(text) = cell.value.as_str().map(str::trim_start) else { return Ok(None) };
        if !text.starts_with(['{', '[']) {
            return Ok(None);
        }
        Ok(serde_json::from_str::<Json>(text).ok().and_then(|json| form::html(&json)))
    }

    fn extra_css_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        if !matches!(page.view_name, "table" | "row" | "query") {
            return Ok(Vec::new());
        }
        Ok(vec![Asset::new(format!("/-/static-plugins/{}/json-html.css", self.host.plugin()))])
    }
}

export_plugin!(JsonHtml);

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeRows, Harness};

    use super::*;

    fn cell(value: impl Into<Value>) -> Option<String> {
        let rows = FakeRows::new(&["c"]).row([value.into()]);
        let cell = RenderCell::new(rows.view_row(0).at(0), "c", "db", rows.view_row(0));
        Harness::<JsonHtml>::new().render_cell(&cell).unwrap().unwrap().map(|html| html.0)
    }

    #[test]
    fn cells_of_a_known_form_are_rendered() {
        let link = "<a href=\"https://example.com/\" rel=\"nofollow\">Example</a>";
        let json = json!({"href": "https://example.com/", "label": "Example"});
        assert_eq!(cell(json.to_string()).as_deref(), Some(link));
        assert_eq!(cell(format!(" \n{json} ")).as_deref(), Some(link));
    }

    #[test]
    fn other_cells_are_left_alone() {
        for text in ["", "text", "{", "{}", "[]", "[1, 2]", "{\"a\": 1}", "\"x\"", "{\"href\": \"/\"}"] {
            assert_eq!(cell(text), None, "{text}");
        }
        assert_eq!((cell(5), cell(Value::Null), cell(b"{}".as_slice())), (None, None, None));
    }

    #[test]
    fn deep_nesting_is_left_alone() {
        assert_eq!(cell("[".repeat(100_000)), None);
        assert_eq!(cell(format!("{{\"pre\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000))), None);
    }

    #[test]
    fn sql_can_quote_parts_of_urls() {
        let sql = Harness::<JsonHtml>::new().sql().unwrap();
        let quoted = |value: Value| sql.call("urllib_quote_plus", &[value]);
        assert_eq!(quoted("a b&c=é/~._-".into()).unwrap(), "a+b%26c%3D%C3%A9%2F~._-".into());
        assert_eq!(quoted("1+1".into()).unwrap(), "1%2B1".into());
        assert_eq!(quoted(5.into()).unwrap(), "5".into());
        assert_eq!(quoted(Value::Null).unwrap(), Value::Null);
        assert_eq!(
            quoted(Value::Blob(vec![1])).unwrap_err().message,
            "urllib_quote_plus: a BLOB is not text"
        );
    }
}
