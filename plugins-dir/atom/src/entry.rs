//! A row as an entry of a feed.

use std::borrow::Cow;

use datasette_plugin_api::{Error, Result, Row, ValueRef};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Place, markup, time};

pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) updated: Timestamp,
    pub(crate) link: Option<String>,
    pub(crate) author: Option<Author>,
    pub(crate) content: Option<Content>,
}

pub(crate) struct Author {
    pub(crate) name: String,
    pub(crate) uri: Option<String>,
    pub(crate) email: Option<String>,
}

pub(crate) enum Content {
    Text(String),
    /// Harmless markup.
    Html(String),
}

impl Entry {
    pub(crate) fn read(row: Row<'_>, place: &Place) -> Result<Self> {
        let id = text(row, "atom_id").ok_or("atom_id is empty")?;
        let updated = text(row, "atom_updated").ok_or("atom_updated is empty")?;
        let content = match text(row, "atom_content_html") {
            Some(html) => Some(Content::Html(markup::sanitised(&html, &place.page)?)),
            None => text(row, "atom_content").map(|text| Content::Text(text.into_owned())),
        };
        let author = text(row, "atom_author_name").map(|name| Author {
            name: name.into_owned(),
            uri: text(row, "atom_author_uri").and_then(|uri| address(&uri, place)),
            email: text(row, "atom_author_email").map(Cow::into_owned),
        });
        Ok(Self {
            id: identifier(&id, place),
            title: text(row, "atom_title").unwrap_or_default().into_owned(),
            updated: time::read(&updated).ok_or_else(|| {
                let shown: String = updated.chars().take(40).collect();
                Error::new(format!(
                    "atom_updated is {shown:?}; it has to be a time such as 2024-05-01T12:30:00Z"
                ))
            })?,
            link: text(row, "atom_link").and_then(|link| address(&link, place)),
            author,
            content,
        })
    }
}

/// Null and nothing but spaces are as good as no column.
fn text<'a>(row: Row<'a>, column: &str) -> Option<Cow<'a, str>> {
    let text = match row.get(column)? {
        ValueRef::Text(text) => Cow::Borrowed(text),
        ValueRef::Null | ValueRef::Blob(_) => return None,
        number => Cow::Owned(number.to_string()),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// An id has to be a URI of any scheme; others are made one of this feed's.
fn identifier(id: &str, place: &Place) -> String {
    let id = id.trim();
    let is_uri = scheme(id).is_some() && !id.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_uri {
        return id.to_owned();
    }
    let feed = place.feed.split('?').next().unwrap_or(&place.feed);
    format!("{feed}#{}", utf8_percent_encode(id, NON_ALPHANUMERIC))
}

/// A whole URL that leads to the web or a mail; a path is one of this site.
fn address(text: &str, place: &Place) -> Option<String> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return None;
    }
    let text = text.replace(' ', "%20");
    match scheme(&text) {
        Some(scheme) => {
            let known = ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
            known.then_some(text)
        }
        None if text.starts_with("//") => None,
        None => text.starts_with('/').then(|| format!("{}{text}", place.site)),
    }
}

fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let starts = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let known = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    (starts && known).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::Value;
    use datasette_plugin_api::testing::FakeRows;

    use super::*;

    fn place() -> Place {
        let site = "https://example.com".to_owned();
        Place { feed: format!("{site}/db/q.atom?x=1"), page: format!("{site}/db/q"), site }
    }

    fn read(more: &[(&str, Value)]) -> Result<Entry> {
        let mut columns = vec![("atom_id", "tag:1".into()), ("atom_updated", "2024-05-01".into())];
        for (name, value) in more {
            columns.retain(|(known, _)| known != name);
            columns.push((name, value.clone()));
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let rows = FakeRows::new(&names).row(columns.into_iter().map(|(_, value)| value));
        Entry::read(rows.view_row(0), &place())
    }

    #[test]
    fn an_entry_needs_an_id_and_a_time() {
        for column in ["atom_id", "atom_updated"] {
            let error = read(&[(column, Value::Null)]).map(drop).unwrap_err();
            assert_eq!(error.message, format!("{column} is empty"));
        }
        assert_eq!(read(&[("atom_title", Value::Null)]).unwrap().title, "");
    }

    #[test]
    fn ids_that_are_no_uris_become_some() {
        let id = |id: Value| read(&[("atom_id", id)]).unwrap().id;
        assert_eq!(id("urn:uuid:1225c695".into()), "urn:uuid:1225c695");
        assert_eq!(id(7.into()), "https://example.com/db/q.atom#7");
        assert_eq!(id("a b:c".into()), "https://example.com/db/q.atom#a%20b%3Ac");
    }

    #[test]
    fn links_lead_to_the_web() {
        let link = |link: &str| read(&[("atom_link", link.into())]).unwrap().link;
        assert_eq!(link("https://a.example/x y").as_deref(), Some("https://a.example/x%20y"));
        assert_eq!(link("/db/t/1").as_deref(), Some("https://example.com/db/t/1"));
        for bad in ["javascript:alert(1)", "java\nscript:x", "data:text/html,x", "//evil.example", "x"] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_author_has_a_name() {
        let uri = ("atom_author_uri", Value::from("https://a.example"));
        assert!(read(std::slice::from_ref(&uri)).unwrap().author.is_none());
        let author = read(&[("atom_author_name", "Ann".into()), uri]).unwrap().author.unwrap();
        assert_eq!((author.name.as_str(), author.uri.as_deref()), ("Ann", Some("https://a.example")));
    }

    #[test]
    fn markup_wins_over_text() {
        let markup = ("atom_content_html", "<p>a".into());
        match read(&[markup, ("atom_content", "text".into())]).unwrap().content {
            Some(Content::Html(html)) => assert_eq!(html, "<p>a</p>"),
            _ => panic!("markup is markup"),
        }
    }

    #[test]
    fn text_is_taken_without_markup_only() {
        match read(&[("atom_content_html", Value::Null), ("atom_content", "<b>".into())]).unwrap().content {
            Some(Content::Text(text)) => assert_eq!(text, "<b>"),
            _ => panic!("text is text"),
        }
    }
}
