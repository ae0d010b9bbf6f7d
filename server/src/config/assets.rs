//! `extra_css_urls` and `extra_js_urls`: what every page loads besides its own.

use serde_json::Value as Json;

use super::ConfigError;
use super::shape::Node;

/// A stylesheet or script by its address, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssetUrl {
    pub(crate) url: String,
    /// Value of the `integrity` attribute.
    pub(crate) sri: Option<String>,
    /// A script of type `module`.
    pub(crate) module: bool,
}

pub(super) fn parse(node: &Node<'_>) -> Result<Vec<AssetUrl>, ConfigError> {
    node.list()?.unwrap_or_default().iter().map(asset).collect()
}

fn asset(item: &Node<'_>) -> Result<AssetUrl, ConfigError> {
    match item.value {
        Json::String(url) => Ok(AssetUrl { url: url.clone(), sri: None, module: false }),
        Json::Object(_) => Ok(AssetUrl {
            url: item.get("url").string()?.ok_or_else(|| item.error("needs a url"))?,
            sri: item.get("sri").string()?,
            module: item.get("module").boolean()?.unwrap_or(false),
        }),
        _ => Err(item.expected("a URL, or key: value pairs with url among them")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn urls_may_be_text_or_objects() {
        let value = json!(["/a.css", {"url": "/b.js", "sri": "sha256-x", "module": true}]);
        let assets = parse(&Node { path: "extra_js_urls".to_owned(), value: &value }).unwrap();
        assert_eq!(assets[0].url, "/a.css");
        assert_eq!(assets[1], AssetUrl { url: "/b.js".into(), sri: Some("sha256-x".into()), module: true });
    }

    #[test]
    fn one_url_without_a_list_is_refused() {
        let value = json!("/a.css");
        let error = parse(&Node { path: "extra_css_urls".to_owned(), value: &value }).unwrap_err();
        assert!(error.to_string().contains("at extra_css_urls: expected a list"), "{error}");
    }
}
