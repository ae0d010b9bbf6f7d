//! Writes a feed as XML (RFC 4287).

use datasette_plugin_api::escaped;
use jiff::Timestamp;

use crate::Place;
use crate::entry::{Content, Entry};

pub(crate) struct Feed<'a> {
    pub(crate) title: String,
    /// Of entries that have none.
    pub(crate) author: String,
    pub(crate) place: &'a Place,
    pub(crate) entries: &'a [Entry],
}

impl Feed<'_> {
    pub(crate) fn to_xml(&self) -> String {
        let Place { feed, page, .. } = self.place;
        let newest = self.entries.iter().map(|entry| entry.updated).max();
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n",
        );
        element(&mut out, "title", &self.title);
        element(&mut out, "id", feed);
        link(&mut out, "rel=\"self\" type=\"application/atom+xml\"", feed);
        link(&mut out, "rel=\"alternate\" type=\"text/html\"", page);
        element(&mut out, "updated", &newest.unwrap_or(Timestamp::UNIX_EPOCH).to_string());
        out.push_str(&format!("<author><name>{}</name></author>\n", xml(&self.author)));
        for entry in self.entries {
            self.write_entry(&mut out, entry);
        }
        out.push_str("</feed>\n");
        out
    }

    fn write_entry(&self, out: &mut String, entry: &Entry) {
        out.push_str("<entry>\n");
        element(out, "title", &entry.title);
        element(out, "id", &entry.id);
        element(out, "updated", &entry.updated.to_string());
        // An entry without content has to say where there is more.
        let address = entry.link.as_deref().or(entry.content.is_none().then_some(self.place.page.as_str()));
        if let Some(address) = address {
            link(out, "rel=\"alternate\"", address);
        }
        if let Some(author) = &entry.author {
            out.push_str(&format!("<author><name>{}</name>", xml(&author.name)));
            for (name, value) in [("uri", &author.uri), ("email", &author.email)] {
                if let Some(value) = value {
                    out.push_str(&format!("<{name}>{}</{name}>", xml(value)));
                }
            }
            out.push_str("</author>\n");
        }
        let content = entry.content.as_ref().map(|content| match content {
            Content::Text(text) => ("text", text),
            Content::Html(markup) => ("html", markup),
        });
        if let Some((kind, content)) = content {
            out.push_str(&format!("<content type=\"{kind}\">{}</content>\n", xml(content)));
        }
        out.push_str("</entry>\n");
    }
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>{}</{name}>\n", xml(text)));
}

fn link(out: &mut String, attributes: &str, address: &str) {
    out.push_str(&format!("<link {attributes} href=\"{}\"/>\n", xml(address)));
}

/// Text for an element or an attribute. Characters that XML does not have are left out.
fn xml(text: &str) -> String {
    let fine = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let known: String = text.chars().filter(fine).collect();
    escaped(&known).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Author;

    fn write(entry: Entry) -> String {
        let site = "https://example.com".to_owned();
        let place = Place { feed: format!("{site}/q.atom"), page: format!("{site}/q"), site };
        Feed { title: "T".to_owned(), author: "S".to_owned(), place: &place, entries: &[entry] }.to_xml()
    }

    fn entry() -> Entry {
        let updated = Timestamp::UNIX_EPOCH;
        Entry {
            id: "tag:1".to_owned(),
            title: "One".to_owned(),
            updated,
            link: None,
            author: None,
            content: None,
        }
    }

    #[test]
    fn an_entry_has_all_its_parts() {
        let author = Author {
            name: "Ann & Bob".to_owned(),
            uri: Some("https://a.example/".to_owned()),
            email: Some("ann@a.example".to_owned()),
        };
        let xml = write(Entry {
            link: Some("https://a.example/?b&c".to_owned()),
            author: Some(author),
            content: Some(Content::Text("1 < 2".to_owned())),
            ..entry()
        });
        let expected = "<entry>\n<title>One</title>\n<id>tag:1</id>\n<updated>1970-01-01T00:00:00Z</updated>\n\
                        <link rel=\"alternate\" href=\"https://a.example/?b&amp;c\"/>\n\
                        <author><name>Ann &amp; Bob</name><uri>https://a.example/</uri><email>ann@a.example</email></author>\n\
                        <content type=\"text\">1 &lt; 2</content>\n</entry>\n</feed>\n";
        assert!(xml.ends_with(expected), "{xml}");
    }

    #[test]
    fn an_entry_without_content_leads_to_the_page() {
        assert!(
            write(entry()).contains("<link rel=\"alternate\" href=\"https://example.com/q\"/>\n</entry>")
        );
    }

    #[test]
    fn nothing_breaks_the_xml() {
        let title = "\0\u{8}\u{b}\u{fffe}]]><x a='\"'>\u{1f600}".to_owned();
        let xml = write(Entry { title, ..entry() });
        assert!(xml.contains("<title>]]&gt;&lt;x a=&#39;&#34;&#39;&gt;\u{1f600}</title>"), "{xml}");
    }
}
