//! `url`: a link.

use datasette_plugin_api::*;

use crate::text_of;

pub(crate) struct Url;

impl ColumnType for Url {
    fn name(&self) -> &str {
        "url"
    }

    fn description(&self) -> &str {
        "URL"
    }

    fn sqlite_types(&self) -> &[&str] {
        &["TEXT"]
    }

    fn render_cell(&self, cell: &ColumnCell<'_>) -> Result<Option<Html>> {
        let Some(text) = cell.value.as_str().filter(|text| !text.is_empty()) else { return Ok(None) };
        let text = text.trim();
        let shown = escaped(text);
        Ok(Some(if is_web_address(text) {
            Html(format!("<a href=\"{shown}\">{shown}</a>"))
        } else {
            Html::escape(text)
        }))
    }

    fn validate(&self, value: &Json, _config: &Json) -> Result<Option<String>> {
        Ok(match text_of(value, "URL must be a string") {
            Ok(Some(text)) if !is_web_address(text.trim()) => Some("Invalid URL".to_owned()),
            Ok(_) => None,
            Err(problem) => Some(problem),
        })
    }
}

/// `http://` or `https://` and no spaces: nothing else becomes a link, `javascript:` least of all.
fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_web && !rest.is_empty() && !rest.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use crate::testing::{cell, problem};

    #[test]
    fn web_addresses_are_links() {
        let link = |text: &str| cell("url", text).unwrap();
        assert_eq!(
            link(" https://a.example/?b&c "),
            "<a href=\"https://a.example/?b&amp;c\">https://a.example/?b&amp;c</a>"
        );
        assert_eq!(link("HTTP://x"), "<a href=\"HTTP://x\">HTTP://x</a>");
    }

    #[test]
    fn other_text_is_escaped() {
        let text = |text: &str| cell("url", text).unwrap();
        assert_eq!(text(" javascript:alert(1) "), "javascript:alert(1)");
        assert_eq!(text("http://a b"), "http://a b");
        assert_eq!(text("<b>"), "&lt;b&gt;");
        assert_eq!((cell("url", ""), cell("url", 5)), (None, None));
    }

    #[test]
    fn only_web_addresses_are_valid() {
        assert_eq!(problem("url", json!(" https://example.com/x ")), None);
        assert_eq!(problem("url", json!("ftp://x")).as_deref(), Some("Invalid URL"));
        assert_eq!(problem("url", json!("https://")).as_deref(), Some("Invalid URL"));
        assert_eq!(problem("url", json!(5)).as_deref(), Some("URL must be a string"));
    }
}
