//! JSON in cells, indented; folded up where it is long.
//!
//! Hooks: `startup`, `render_cell`, `extra_css_urls`. Config: `columns`, `open_lines`.

mod config;
mod layout;

use datasette_plugin_api::host::Configs;
use datasette_plugin_api::*;

use config::Config;

/// Longer text would be more than a page can show.
const LONGEST: usize = 200_000;

/// So much of folded JSON is seen.
const PREVIEW: usize = 44;

struct PrettyJson {
    host: Host,
    configs: Configs<Config>,
}

#[hookimpl]
impl Plugin for PrettyJson {
    const FILES: &'static [EmbeddedFile] = embed!["static/pretty-json.css"];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { configs: Configs::new(host.clone(), Config::read), host })
    }

    /// A mistake in the configuration should be noticed before the first visitor.
    fn startup(&self, _: &Startup<'_>) -> Result<()> {
        Config::read(&self.host.config()?).map(drop)
    }

    fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
        let Some(text) = cell.value.as_str().map(str::trim).filter(|text| looks_like_json(text)) else {
            return Ok(None);
        };
        let Some(config) = self.configs.of(Some(cell.database), cell.table)? else { return Ok(None) };
        // Parsing first also keeps out what is nested without end.
        if !config.wants(cell.column) || serde_json::from_str::<Json>(text).is_err() {
            return Ok(None);
        }
        Ok(Some(html(text, config.open_lines)))
    }

    fn extra_css_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        if !matches!(page.view_name, "table" | "row" | "query") {
            return Ok(Vec::new());
        }
        Ok(vec![Asset::new(format!("/-/static-plugins/{}/pretty-json.css", self.host.plugin()))])
    }
}

export_plugin!(PrettyJson);

/// Nearly every cell fails here, on its first byte.
fn looks_like_json(text: &str) -> bool {
    let object = text.starts_with('{') && text.ends_with('}');
    let array = text.starts_with('[') && text.ends_with(']');
    (object || array) && text.len() <= LONGEST
}

/// `text` is valid JSON.
fn html(text: &str, open_lines: usize) -> Html {
    let layout = layout::indented(text);
    if layout.lines <= open_lines {
        return Html(format!("<pre class=\"pretty-json\">{}</pre>", layout.html));
    }
    let mut preview: String = text.split_whitespace().flat_map(|word| [word, " "]).collect::<String>();
    if let Some((end, _)) = preview.char_indices().nth(PREVIEW) {
        preview.truncate(end);
    }
    Html(format!(
        "<details class=\"pretty-json\"><summary><code>{}…</code> <span>{} lines</span></summary><pre>{}</pre></details>",
        escaped(preview.trim_end()),
        layout.lines,
        layout.html
    ))
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRows, Harness};

    use super::*;

    fn plugin(config: Json) -> Harness<PrettyJson> {
        Harness::with(FakeHost::new().named("datasette-pretty-json").config(config))
    }

    fn render(config: Json, column: &str, value: impl Into<Value>) -> Result<Option<String>> {
        let rows = FakeRows::new(&[column]).row([value.into()]);
        let cell = RenderCell::new(rows.view_row(0).at(0), column, "db", rows.view_row(0));
        plugin(config).render_cell(&cell).unwrap().map(|html| html.map(|html| html.0))
    }

    fn cell(value: impl Into<Value>) -> Option<String> {
        render(Json::Null, "c", value).unwrap()
    }

    #[test]
    fn objects_and_arrays_are_shown_indented() {
        let html =
            "<pre class=\"pretty-json\">{<span class=\"pretty-json-key\">&#34;a&#34;</span>: [1, 2]}</pre>";
        assert_eq!(cell(" {\"a\":[1,2]}\n").as_deref(), Some(html));
        assert_eq!(cell("[]").as_deref(), Some("<pre class=\"pretty-json\">[]</pre>"));
    }

    #[test]
    fn everything_else_is_left_alone() {
        for text in ["", "text", "5", "\"text\"", "null", "{", "{a}", "[1,]", "[1] [2]", "{}{}"] {
            assert_eq!(cell(text), None, "{text}");
        }
        assert_eq!((cell(5), cell(Value::Null), cell(b"{}".as_slice())), (None, None, None));
    }

    #[test]
    fn long_json_is_folded_up() {
        let numbers: Vec<i64> = (100_000..100_030).collect();
        let text = serde_json::to_string(&numbers).unwrap();
        let html = cell(text.clone()).unwrap();
        let start = "<details class=\"pretty-json\"><summary><code>[100000,100001,";
        assert!(html.starts_with(start), "{html}");
        assert!(html.contains("…</code> <span>32 lines</span></summary><pre>[\n  100000,\n"), "{html}");
        let open = render(json!({"open_lines": 32}), "c", text).unwrap().unwrap();
        assert!(open.starts_with("<pre class=\"pretty-json\">[\n"), "{open}");
    }

    #[test]
    fn the_configuration_limits_the_columns() {
        let config = json!({"columns": ["a"]});
        assert!(render(config.clone(), "a", "[1]").unwrap().is_some());
        assert_eq!(render(config, "b", "[1]").unwrap(), None);
        assert_eq!(render(json!({"columns": []}), "a", "[1]").unwrap(), None);
    }

    #[test]
    fn a_mistake_in_the_configuration_stops_the_start() {
        let start = |config| plugin(config).startup(&Startup::new("1")).unwrap();
        assert_eq!(start(json!({"columns": ["a"], "open_lines": 5})), Ok(()));
        assert_eq!(start(Json::Null), Ok(()));
        assert!(start(json!({"columns": "a"})).unwrap_err().message.contains("columns"));
    }

    #[test]
    fn too_long_and_too_deep_json_is_left_alone() {
        assert_eq!(cell(format!("[\"{}\"]", "x".repeat(LONGEST))), None);
        assert_eq!(cell(format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))), None);
    }

    #[test]
    fn nothing_hostile_becomes_markup() {
        for text in [r#"{"<script>": "</pre><script>"}"#, r#"["\"><img onerror=x src>", "'"]"#] {
            let long = format!("[{}]", vec![text; 40].join(","));
            for html in [cell(text).unwrap(), cell(long).unwrap()] {
                assert!(
                    !html.contains("<script") && !html.contains("<img") && !html.contains('\''),
                    "{html}"
                );
            }
        }
    }
}
