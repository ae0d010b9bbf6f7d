//! The small pieces that several pages are made of.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// A link, ready to print.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    /// Where it goes.
    pub(crate) href: String,
    /// What it says.
    pub(crate) label: String,
}

impl Link {
    pub(crate) fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into() }
    }
}

/// A name and its value: a hidden field of a form, an attribute of a button.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct NameValue {
    /// The name.
    pub(crate) name: String,
    /// The value, as text.
    pub(crate) value: String,
}

impl NameValue {
    pub(crate) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// One `<option>` of a `<select>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Choice {
    /// What the form sends.
    pub(crate) value: String,
    /// What the visitor reads.
    pub(crate) label: String,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// An entry of an action menu: a link, or a button for a script if there is no `href`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ActionItem {
    /// What it says.
    pub(crate) label: String,
    /// Where it goes; a button goes nowhere.
    pub(crate) href: Option<String>,
    /// A sentence under the label.
    pub(crate) description: Option<String>,
    /// Attributes of a button, most often `data-…`.
    pub(crate) attrs: Vec<NameValue>,
    /// The button leads to a page even without a script: it has a `formaction`.
    pub(crate) submits: bool,
}

/// A page about permissions, among the others.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DebugTab {
    /// Where it is.
    pub(crate) href: String,
    /// What it is called.
    pub(crate) label: &'static str,
    /// It is this page.
    pub(crate) current: bool,
}

/// Names and values in order, for templates an object: `{{renderers.json}}`, `{{#each renderers}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OrderedMap(pub(crate) Vec<(String, String)>);

impl Serialize for OrderedMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
