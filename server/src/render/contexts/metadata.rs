//! What the owner of the data says about it.

use datasette_plugin_api::Html;
use serde::Serialize;
use serde_json::{Map, Value};

/// Metadata of the instance, a database, a table or a query.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Metadata {
    /// Shown instead of the name.
    pub(crate) title: Option<String>,
    /// A few sentences.
    pub(crate) description: Option<String>,
    /// The same as HTML; wins over `description`.
    pub(crate) description_html: Option<Html>,
    /// License, source and "about", ready to print.
    pub(crate) credits: Vec<Credit>,
    /// Descriptions of columns, in the order of the configuration.
    pub(crate) columns: Vec<ColumnDescription>,
    /// Every other key of the metadata, among them `license`, `license_url`, `source`, `source_url`,
    /// `about` and `about_url`.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

impl Metadata {
    /// `map` is the metadata as configured; `columns` of it is used by tables only.
    pub(crate) fn from_map(mut map: Map<String, Value>) -> Self {
        let columns = match map.remove("columns") {
            Some(Value::Object(columns)) => columns
                .into_iter()
                .map(|(name, value)| ColumnDescription {
                    name,
                    description: text(Some(&value)).unwrap_or_default(),
                })
                .collect(),
            _ => Vec::new(),
        };
        Self {
            title: text(map.remove("title").as_ref()),
            description: text(map.remove("description").as_ref()),
            description_html: text(map.remove("description_html").as_ref()).map(Html),
            credits: credits(&map),
            columns,
            other: map,
        }
    }
}

/// License, source or "about" of the data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Credit {
    /// `Data license`, `Data source` or `About`.
    pub(crate) kind: &'static str,
    /// What it is.
    pub(crate) label: String,
    /// More about it.
    pub(crate) href: Option<String>,
}

fn credits(map: &Map<String, Value>) -> Vec<Credit> {
    let credit = |kind, name: &str| {
        let href = text(map.get(&format!("{name}_url")));
        let label = text(map.get(name)).or_else(|| href.clone())?;
        Some(Credit { kind, label, href })
    };
    let kinds = [("Data license", "license"), ("Data source", "source"), ("About", "about")];
    kinds.into_iter().filter_map(|(kind, name)| credit(kind, name)).collect()
}

/// What a column holds, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ColumnDescription {
    /// The column.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) description: String,
}

/// Text that says something; numbers and lists are shown as they would be written in JSON.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(json: &str) -> Metadata {
        Metadata::from_map(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_empty_title_is_no_title() {
        assert_eq!(metadata(r#"{"title": ""}"#).title, None);
    }

    #[test]
    fn a_credit_without_text_shows_its_url() {
        let credits = metadata(r#"{"source_url": "https://example.com/"}"#).credits;
        assert_eq!(credits[0].label, "https://example.com/");
        assert_eq!((credits.len(), credits[0].kind), (1, "Data source"));
    }

    #[test]
    fn unknown_keys_are_kept_for_templates() {
        let value = serde_json::to_value(metadata(r#"{"custom": {"a": [1]}}"#)).unwrap();
        assert_eq!(value["custom"]["a"][0], 1);
    }
}
