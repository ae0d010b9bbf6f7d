//! With which extensions Markdown is read, and what may be in its markup beyond the usual.

use datasette_plugin_api::{Error, Json, Map, Result};
use pulldown_cmark::Options as Syntax;

use crate::allowed;

/// Extensions by the names of Python-Markdown's, and others by their own.
const EXTENSIONS: &[(&str, Syntax)] = &[
    ("tables", Syntax::ENABLE_TABLES),
    ("strikethrough", Syntax::ENABLE_STRIKETHROUGH),
    ("tasklists", Syntax::ENABLE_TASKLISTS),
    ("def_list", Syntax::ENABLE_DEFINITION_LIST),
    ("smarty", Syntax::ENABLE_SMART_PUNCTUATION),
    ("extra", Syntax::ENABLE_TABLES.union(Syntax::ENABLE_DEFINITION_LIST)),
    (
        "mdx_gfm:GithubFlavoredMarkdownExtension",
        Syntax::ENABLE_TABLES.union(Syntax::ENABLE_STRIKETHROUGH).union(Syntax::ENABLE_TASKLISTS),
    ),
    // Always there.
    ("fenced_code", Syntax::empty()),
    ("sane_lists", Syntax::empty()),
    ("nl2br", Syntax::empty()),
];

pub(crate) struct Options {
    pub(crate) syntax: Syntax,
    /// Line breaks of the text are line breaks of the page.
    pub(crate) line_breaks: bool,
    pub(crate) extra_tags: Vec<String>,
    /// Tag and attribute; the tag `*` is all of them.
    pub(crate) extra_attrs: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { syntax: Syntax::empty(), line_breaks: false, extra_tags: Vec::new(), extra_attrs: Vec::new() }
    }
}

impl Options {
    pub(crate) fn read(settings: &Map) -> Result<Self> {
        let mut options = Self::default();
        settings.iter().try_for_each(|(key, value)| options.set(key, value, ""))?;
        Ok(options)
    }

    /// `others`: settings that are known to the caller.
    pub(crate) fn set(&mut self, key: &str, value: &Json, others: &str) -> Result<()> {
        match key {
            "extensions" => words(key, value)?.iter().try_for_each(|name| self.extend(name)),
            "extra_tags" => {
                for tag in words(key, value)? {
                    self.extra_tags.push(allowed::tag(&tag)?);
                }
                Ok(())
            }
            "extra_attrs" => {
                for (tag, attributes) in attributes(value)? {
                    for attribute in attributes {
                        self.extra_attrs.push((tag.to_ascii_lowercase(), allowed::attribute(&attribute)?));
                    }
                }
                Ok(())
            }
            key => Err(Error::new(format!(
                "{key} is no setting; there are {others}extensions, extra_tags, extra_attrs"
            ))),
        }
    }

    fn extend(&mut self, name: &str) -> Result<()> {
        let short = name.strip_prefix("markdown.extensions.").unwrap_or(name);
        let Some((_, syntax)) = EXTENSIONS.iter().find(|(known, _)| *known == short) else {
            let known: Vec<&str> = EXTENSIONS.iter().map(|(known, _)| *known).collect();
            return Err(Error::new(format!("{name} is no extension; there are {}", known.join(", "))));
        };
        self.syntax |= *syntax;
        self.line_breaks |= short == "nl2br";
        Ok(())
    }
}

/// A list of names; in templates also text with commas.
pub(crate) fn words(key: &str, value: &Json) -> Result<Vec<String>> {
    match value {
        Json::Array(list) if list.iter().all(Json::is_string) => {
            Ok(list.iter().filter_map(Json::as_str).map(str::to_owned).collect())
        }
        Json::String(text) => {
            Ok(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect())
        }
        _ => Err(Error::new(format!("{key} has to be a list of names"))),
    }
}

/// `{"a": ["name", "id"]}`, or `a:name,id p:class`.
fn attributes(value: &Json) -> Result<Vec<(String, Vec<String>)>> {
    let wrong = || Error::new("extra_attrs has to be an object of tags, each with a list of attributes");
    match value {
        Json::Object(tags) => {
            tags.iter().map(|(tag, list)| Ok((tag.clone(), words("extra_attrs", list)?))).collect()
        }
        Json::String(text) => text
            .split_whitespace()
            .map(|part| {
                let (tag, list) = part.split_once(':').ok_or_else(wrong)?;
                Ok((tag.to_owned(), words("extra_attrs", &list.into())?))
            })
            .collect(),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use super::*;

    fn read(settings: &Json) -> Result<Options> {
        Options::read(settings.as_object().unwrap())
    }

    #[track_caller]
    fn refused(settings: Json, word: &str) {
        let error = read(&settings).map(drop).unwrap_err();
        assert!(error.message.contains(word), "{}", error.message);
    }

    #[test]
    fn extensions_have_the_names_they_have_in_python() {
        let options = read(&json!({"extensions": ["markdown.extensions.tables", "nl2br"]})).unwrap();
        assert!(options.syntax.contains(Syntax::ENABLE_TABLES) && options.line_breaks);
        let gfm = read(&json!({"extensions": ["mdx_gfm:GithubFlavoredMarkdownExtension"]})).unwrap();
        assert!(gfm.syntax.contains(Syntax::ENABLE_TASKLISTS | Syntax::ENABLE_STRIKETHROUGH));
        refused(json!({"extensions": ["toc"]}), "toc is no extension; there are tables, ");
    }

    #[test]
    fn attributes_are_an_object_or_a_text() {
        let expected =
            [("a", "name"), ("a", "id"), ("p", "class")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let object = read(&json!({"extra_attrs": {"a": ["name", "ID"], "P": ["class"]}})).unwrap();
        let text = read(&json!({"extra_attrs": "a:name,id p:class"})).unwrap();
        assert_eq!((object.extra_attrs, text.extra_attrs), (expected.to_vec(), expected.to_vec()));
    }

    #[test]
    fn mistakes_are_named() {
        refused(json!({"extensions": 5}), "extensions has to be a list of names");
        refused(json!({"extra_attrs": ["a"]}), "extra_attrs has to be an object");
        refused(json!({"extra_attrs": "a"}), "extra_attrs has to be an object");
        refused(json!({"extra_attrs": {"a": ["onclick"]}}), "onclick can't be allowed");
        refused(json!({"extra_tags": ["IFRAME"]}), "iframe can't be allowed");
        refused(json!({"tags": []}), "tags is no setting; there are extensions, extra_tags, extra_attrs");
    }
}
