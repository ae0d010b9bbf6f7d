//! Which path belongs to which database, with and without its hash.

use datasette_plugin_api::host::Database;
use datasette_plugin_api::{Response, Result};

/// Digits of the hash that stand in the URL.
const DIGITS: usize = 7;

/// The immutable databases.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    sites: Vec<Site>,
    /// First parts of paths that are databases' own, whatever they look like.
    taken: Vec<String>,
}

#[derive(Debug)]
struct Site {
    /// First part of its paths, such as `fixtures`.
    name: String,
    /// Such as `aa7318b`.
    hash: String,
    /// With the prefix of the site, as it stands in links.
    url: String,
}

/// What a path is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The hashed address of a database; this is the plain one.
    Here { plain: String },
    /// A plain or outdated address; this is the hashed one.
    Elsewhere { hashed: String },
    /// Nothing of an immutable database.
    NotOurs,
}

impl Sites {
    pub(crate) fn new(databases: &[Database], url: impl Fn(&str) -> Result<String>) -> Result<Self> {
        let mut found = Self::default();
        for database in databases {
            let url = url(&database.name)?;
            let name = url.rsplit('/').next().unwrap_or_default().to_owned();
            found.taken.push(name.clone());
            let hash = database.hash.as_ref().filter(|_| !database.is_mutable && !database.is_memory);
            if let Some(hash) = hash.and_then(|hash| hash.get(..DIGITS)) {
                found.sites.push(Site { name, hash: hash.to_owned(), url });
            }
        }
        Ok(found)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    pub(crate) fn place(&self, path: &str) -> Place {
        let path = path.strip_prefix('/').unwrap_or(path);
        // Dots of names are written ~2E, so a dot begins a format.
        let end = path.find(['/', '.']).unwrap_or(path.len());
        let (first, rest) = path.split_at(end);
        if self.taken.iter().any(|name| name == first) {
            let site = self.sites.iter().find(|site| site.name == first);
            return site.map_or(Place::NotOurs, |site| site.elsewhere(rest));
        }
        for site in &self.sites {
            let hash = first.strip_prefix(&site.name).and_then(|rest| rest.strip_prefix('-'));
            match hash.filter(|hash| is_hash(hash)) {
                Some(hash) if hash == site.hash => {
                    return Place::Here { plain: format!("/{}{rest}", site.name) };
                }
                Some(_) => return site.elsewhere(rest),
                None => {}
            }
        }
        Place::NotOurs
    }

    /// Has the links of a page lead to where their redirects would.
    pub(crate) fn straighten(&self, response: &mut Response) {
        let is_page = response.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        if !is_page {
            return;
        }
        let Ok(text) = std::str::from_utf8(&response.body) else { return };
        let mut text = text.to_owned();
        for site in &self.sites {
            text = site.straightened(&text);
        }
        response.body = text.into_bytes();
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Site {
    fn elsewhere(&self, rest: &str) -> Place {
        Place::Elsewhere { hashed: format!("/{}-{}{rest}", self.name, self.hash) }
    }

    /// Quotes of text and values are escaped in a page, so what looks like a link is one.
    fn straightened(&self, page: &str) -> String {
        let mut out = String::with_capacity(page.len() + 64);
        let mut rest = page;
        while let Some(at) = rest.find(&self.url) {
            let (before, after) = (&rest[..at], &rest[at + self.url.len()..]);
            out.push_str(before);
            out.push_str(&self.url);
            let is_link = [" href=\"", " action=\""].iter().any(|attribute| before.ends_with(attribute));
            if is_link && after.starts_with(['/', '?', '"', '.', '#']) {
                out.push('-');
                out.push_str(&self.hash);
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::{json, serde_json};

    use super::*;

    fn sites() -> Sites {
        let databases: Vec<Database> = serde_json::from_value(json!([
            {"name": "a b", "hash": "1234567890abcdef"},
            {"name": "live", "is_mutable": true, "hash": null},
            {"name": "x", "hash": "aaaaaaaaaaaa"},
            {"name": "x-abcdef0", "hash": "bbbbbbbbbbbb"},
            {"name": "_memory", "is_memory": true, "hash": "cccccccccccc"},
        ]))
        .unwrap();
        Sites::new(&databases, |name| Ok(format!("/p/{}", name.replace(' ', "+")))).unwrap()
    }

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let told = match sites().place(path) {
            Place::Here { plain } => format!("is {plain}"),
            Place::Elsewhere { hashed } => format!("to {hashed}"),
            Place::NotOurs => "-".to_owned(),
        };
        assert_eq!(told, expected, "{path}");
    }

    #[test]
    fn plain_addresses_lead_to_hashed_ones() {
        check("/a+b", "to /a+b-1234567");
        check("/a+b.json", "to /a+b-1234567.json");
        check("/a+b/t/1,2.json", "to /a+b-1234567/t/1,2.json");
        check("/x/-/query", "to /x-aaaaaaa/-/query");
    }

    #[test]
    fn hashed_addresses_are_answered_and_old_ones_moved() {
        check("/a+b-1234567/t", "is /a+b/t");
        check("/a+b-1234567.db", "is /a+b.db");
        check("/a+b-7654321/t", "to /a+b-1234567/t");
        check("/x-aaaaaaa", "is /x");
    }

    #[test]
    fn everything_else_is_left_alone() {
        for path in
            ["/", "", "/live/t", "/_memory", "/-/static/app.css", "/a+b-zzzzzzz", "/a+b-12345678", "/xx"]
        {
            check(path, "-");
        }
        // A database may be called what looks like a hash of another.
        check("/x-abcdef0/t", "to /x-abcdef0-bbbbbbb/t");
    }

    #[test]
    fn links_of_pages_are_straightened_and_nothing_else() {
        let page = "<a href=\"/p/x/t\">/p/x/t</a><a href=\"/p/xx\"></a><form action=\"/p/x\"><i data-u=\"/p/x/\">\
                    <a href=\"/p/x-abcdef0/t\">&#34; href=&#34;/p/x/";
        let mut response = Response::html(page);
        sites().straighten(&mut response);
        let expected = page
            .replace("<a href=\"/p/x/t\">", "<a href=\"/p/x-aaaaaaa/t\">")
            .replace(" action=\"/p/x\"", " action=\"/p/x-aaaaaaa\"")
            .replace("/p/x-abcdef0/t", "/p/x-abcdef0-bbbbbbb/t");
        assert_eq!(response.body_text(), expected);
        let mut data = Response::text(page);
        sites().straighten(&mut data);
        assert_eq!(data.body_text(), page);
    }
}
