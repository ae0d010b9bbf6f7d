//! BLOBs that show what is in them: their kind, a picture, or their first bytes as text and octets.
//!
//! Hooks: `startup`, `render_cell`, `extra_css_urls`. Config: `shown_bytes`, `picture_bytes`.
//!
//! `kind` guesses what the bytes are, `text` shows them, `download` knows where all of them can be had.

mod config;
mod download;
mod kind;
mod text;

use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use datasette_plugin_api::*;

use config::Config;

struct RenderBinary {
    host: Host,
    config: OnceLock<Config>,
}

#[hookimpl]
impl Plugin for RenderBinary {
    const FILES: &'static [EmbeddedFile] = embed!["static/render-binary.css"];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { host, config: OnceLock::new() })
    }

    fn startup(&self, _: &Startup<'_>) -> Result<()> {
        let config = Config::read(&self.host.config()?)?;
        self.config.get_or_init(|| config);
        Ok(())
    }

    fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
        let Some(bytes) = cell.value.as_blob() else { return Ok(None) };
        let config = self.config.get_or_init(Config::default);
        let href = download::url(&self.host, cell, bytes)?;
        Ok(Some(html(bytes, cell.column, href.as_deref(), config)))
    }

    fn extra_css_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        if !matches!(page.view_name, "table" | "row" | "query") {
            return Ok(Vec::new());
        }
        Ok(vec![Asset::new(format!("/-/static-plugins/{}/render-binary.css", self.host.plugin()))])
    }
}

export_plugin!(RenderBinary);

fn html(bytes: &[u8], column: &str, href: Option<&str>, config: &Config) -> Html {
    let content = match kind::picture(bytes, config.picture_bytes) {
        Some(picture) => {
            let kind::Picture { mime, width, height } = picture;
            let data = BASE64_STANDARD.encode(bytes);
            let alt = escaped(column);
            format!(
                "<img src=\"data:{mime};base64,{data}\" width=\"{width}\" height=\"{height}\" alt=\"{alt}\">"
            )
        }
        None => text::html(bytes, config.shown_bytes),
    };
    let size = match bytes.len() {
        1 => "1 byte".to_owned(),
        length => format!("{} bytes", thousands(length)),
    };
    let label = match kind::name(bytes) {
        Some(kind) => format!("{}, {size}", escaped(kind)),
        None => size,
    };
    let label = match href {
        Some(href) => format!("<a class=\"blob-download\" href=\"{}\">{label}</a>", escaped(href)),
        None => label,
    };
    Html(format!("<div class=\"render-binary\">{content}<p>{label}</p></div>"))
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod testing {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    /// A GIF of one pixel.
    pub(crate) fn gif() -> Vec<u8> {
        BASE64_STANDARD.decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7").unwrap()
    }

    /// The head of a PNG, which says that it is so large.
    pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", size.as_slice(), b"\x08\x06\0\0\0"].concat()
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, FakeRows, Harness};

    use super::*;

    fn host(config: Json) -> FakeHost {
        FakeHost::new()
            .config(config)
            .answer_with("url_row_blob", |args| Ok(json!(format!("/{}/{}", args["table"], args["row_path"]))))
            .answer_with("url_path", |args| Ok(args["path"].clone()))
    }

    fn cell_with(config: Json, value: impl Into<Value>) -> Option<String> {
        let plugin = Harness::<RenderBinary>::with(host(config));
        plugin.startup(&Startup::new("1")).unwrap().unwrap();
        let rows = FakeRows::new(&["data"]).row([value.into()]);
        let request = FakeRequest::get("/db/-/query?sql=select+1");
        let mut cell = RenderCell::new(rows.view_row(0).at(0), "data", "db", rows.view_row(0));
        cell.request = Some(request.view());
        plugin.render_cell(&cell).unwrap().unwrap().map(|html| html.0)
    }

    fn cell(value: impl Into<Value>) -> Option<String> {
        cell_with(Json::Null, value)
    }

    #[test]
    fn only_blobs_are_rendered() {
        assert_eq!((cell("text"), cell(5), cell(Value::Null)), (None, None, None));
    }

    #[test]
    fn bytes_are_text_and_octets_with_a_download() {
        let html = cell(b"abc\x00\xff".as_slice()).unwrap();
        let start = "<div class=\"render-binary\"><code>abc<i>00 ff</i></code><p><a class=\"blob-download\" \
                     href=\"/db/-/query.blob?sql=select+1&amp;_blob_column=data&amp;_blob_hash=";
        assert!(html.starts_with(start), "{html}");
        assert!(html.ends_with("\">5 bytes</a></p></div>"), "{html}");
    }

    #[test]
    fn the_kind_is_told() {
        let html = cell(b"%PDF-1.7 \xe2\xe3".as_slice()).unwrap();
        assert!(html.contains(">application/pdf, 11 bytes</a>"), "{html}");
    }

    #[test]
    fn small_pictures_are_shown() {
        let html = cell(testing::gif()).unwrap();
        let start = "<div class=\"render-binary\"><img src=\"data:image/gif;base64,R0lG";
        assert!(html.starts_with(start) && html.contains("width=\"1\" height=\"1\" alt=\"data\">"), "{html}");
        assert!(html.contains(">image/gif, 42 bytes</a>"), "{html}");
    }

    #[test]
    fn the_configuration_sets_the_limits() {
        let html = cell_with(json!({"picture_bytes": 10, "shown_bytes": 3}), testing::gif()).unwrap();
        assert!(html.contains("<code>GIF…</code>") && !html.contains("<img"), "{html}");
        let error =
            Harness::<RenderBinary>::with(host(json!({"shown_bytes": "all"}))).startup(&Startup::new("1"));
        assert!(error.unwrap().unwrap_err().message.contains("shown_bytes has to be a whole number"));
    }

    #[test]
    fn nothing_hostile_becomes_markup() {
        for bytes in [
            "<svg onload=alert(1)>",
            "\"><script>alert(1)</script>",
            "<!doctype html><script>",
            "GIF89a<script>",
        ] {
            let html = cell(bytes.as_bytes()).unwrap();
            assert!(
                !html.contains("<svg") && !html.contains("<script") && !html.contains("data:image"),
                "{html}"
            );
        }
    }

    #[test]
    fn sizes_are_easy_to_read() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert!(cell(b"a".as_slice()).unwrap().contains(">1 byte<"));
    }
}
