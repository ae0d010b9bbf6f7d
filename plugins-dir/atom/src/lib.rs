//! Rows as an Atom feed: `/db/query.atom`, for rows that have the columns of a feed.
//!
//! Hooks: `register_output_renderer`. Config: none.
//!
//! `entry` reads a row, `markup` makes its markup harmless, `feed` writes what was read.

mod entry;
mod feed;
mod markup;
mod time;

use datasette_plugin_api::*;

use entry::Entry;
use feed::Feed;

/// Without these there is no feed.
const REQUIRED: [&str; 3] = ["atom_id", "atom_title", "atom_updated"];

struct AtomPlugin {
    host: Host,
}

#[hookimpl]
impl Plugin for AtomPlugin {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn register_output_renderer(&self) -> Result<Vec<Box<dyn OutputRenderer>>> {
        Ok(vec![Box::new(Atom { host: self.host.clone() })])
    }
}

export_plugin!(AtomPlugin);

struct Atom {
    host: Host,
}

impl OutputRenderer for Atom {
    fn extension(&self) -> &str {
        "atom"
    }

    fn can_render(&self, page: &CanRender<'_>) -> Result<bool> {
        Ok(missing(&page.columns).is_empty())
    }

    fn render(&self, page: &Render<'_>) -> Result<Option<Response>> {
        if let Some(error) = page.error {
            return Err(Error::bad_request(error));
        }
        let missing = missing(&page.columns);
        if !missing.is_empty() {
            let (missing, all) = (missing.join(", "), REQUIRED.join(", "));
            let message = format!("An Atom feed needs the columns {all}; these rows have no {missing}");
            return Err(Error::bad_request(message));
        }
        let place = self.place(page)?;
        let entries: Vec<Entry> = page
            .rows
            .iter()
            .enumerate()
            .map(|(index, row)| Entry::read(row, &place).map_err(|error| in_row(index, &error)))
            .collect::<Result<_>>()?;
        let title = self.title(page)?;
        let author = self.site(page)?;
        let feed = Feed { title, author, place: &place, entries: &entries }.to_xml();
        let response = Response::new("application/atom+xml; charset=utf-8", feed);
        Ok(Some(response.with_header("x-content-type-options", "nosniff")))
    }
}

fn in_row(index: usize, error: &Error) -> Error {
    Error::bad_request(format!("Row {}: {}", index + 1, error.message))
}

fn missing(columns: &Names<'_>) -> Vec<&'static str> {
    REQUIRED.into_iter().filter(|column| !columns.contains(column)).collect()
}

/// Where a feed is, as whole URLs.
pub(crate) struct Place {
    /// `https://example.com`
    pub(crate) site: String,
    /// The feed.
    pub(crate) feed: String,
    /// The page for people.
    pub(crate) page: String,
}

impl Atom {
    fn place(&self, page: &Render<'_>) -> Result<Place> {
        let (request, path) = (page.request, page.request.full_path());
        let people = path.strip_suffix(".atom").unwrap_or(path);
        let arguments = request.query_string().split('&');
        let kept: Vec<&str> = arguments.filter(|argument| *argument != "_format=atom").collect();
        Ok(Place {
            site: self.host.absolute_url(&request, "")?,
            feed: self.host.absolute_url(&request, &with_query(path, request.query_string()))?,
            page: self.host.absolute_url(&request, &with_query(people, &kept.join("&")))?,
        })
    }

    /// What the configuration calls the query or table, else its name.
    fn title(&self, page: &Render<'_>) -> Result<String> {
        let database = page.database;
        let (title, name) = if let Some(query) = page.query_name {
            let stored = self.host.get_query(database, query)?;
            (stored.and_then(|query| text(query.get("title"))), query)
        } else if let Some(table) = page.table {
            (text(self.host.get_resource_metadata(database, table)?.get("title")), table)
        } else {
            (None, "query")
        };
        Ok(title.unwrap_or_else(|| format!("{database}: {name}")))
    }

    /// What the configuration calls the site, else its host.
    fn site(&self, page: &Render<'_>) -> Result<String> {
        let title = text(self.host.get_instance_metadata()?.get("title"));
        Ok(title.unwrap_or_else(|| page.request.host().to_owned()))
    }
}

fn text(value: Option<&Json>) -> Option<String> {
    value.and_then(Json::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, FakeRows, Harness};

    use super::*;

    const COLUMNS: [&str; 4] = ["atom_id", "atom_title", "atom_updated", "atom_content_html"];

    fn plugin() -> Harness<AtomPlugin> {
        let absolute =
            |args: &Json| Ok(json!(format!("https://example.com{}", args["path"].as_str().unwrap())));
        let query = json!({"title": "New <things>"});
        Harness::with(
            FakeHost::new()
                .answer_with("absolute_url", absolute)
                .answer("get_query", query)
                .answer("get_resource_metadata", json!({}))
                .answer("get_instance_metadata", json!({"title": "The site"})),
        )
    }

    fn rows() -> FakeRows {
        FakeRows::new(&COLUMNS)
            .row(["tag:1".into(), "One".into(), "2024-05-01".into(), "<b>hi".into()])
            .row(["tag:2".into(), "Two".into(), "2024-05-02 12:00:00".into(), Value::Null])
    }

    fn render(target: &str, rows: &FakeRows, columns: &[&str], error: Option<&str>) -> Result<Response> {
        let request = FakeRequest::get(target);
        let columns = Names::new(columns);
        let query = Some("news");
        let page = Render::new(
            request.view(),
            columns,
            rows.view(),
            None,
            query,
            "db",
            None,
            "query",
            false,
            error,
            None,
        );
        plugin().register_output_renderer().unwrap()?[0].render(&page).map(Option::unwrap)
    }

    #[test]
    fn rows_become_a_feed() {
        let response = render("/db/news.atom?a=1", &rows(), &COLUMNS, None).unwrap();
        assert_eq!(response.header("content-type"), Some("application/atom+xml; charset=utf-8"));
        let xml = response.body_text();
        for part in [
            "<title>New &lt;things&gt;</title>",
            "<id>https://example.com/db/news.atom?a=1</id>",
            "<link rel=\"self\" type=\"application/atom+xml\" href=\"https://example.com/db/news.atom?a=1\"/>",
            "<link rel=\"alternate\" type=\"text/html\" href=\"https://example.com/db/news?a=1\"/>",
            // The newest entry's.
            "<updated>2024-05-02T12:00:00Z</updated>\n<author><name>The site</name></author>",
            "<content type=\"html\">&lt;b&gt;hi&lt;/b&gt;</content>",
        ] {
            assert!(xml.contains(part), "{part} is not in {xml}");
        }
        assert_eq!(xml.matches("<entry>").count(), 2);
    }

    #[test]
    fn a_format_as_argument_is_not_in_the_address_of_the_page() {
        let xml = render("/db/news?_format=atom&a=1", &rows(), &COLUMNS, None).unwrap().body_text();
        assert!(xml.contains("href=\"https://example.com/db/news?a=1\""), "{xml}");
    }

    #[test]
    fn it_is_offered_for_rows_with_its_columns() {
        let (request, rows) = (FakeRequest::get("/db/t"), rows());
        let offered = |columns: &[&str]| {
            let columns = Names::new(columns);
            let page = CanRender::new(request.view(), columns, rows.view(), None, None, "db", None, "query");
            plugin().register_output_renderer().unwrap().unwrap()[0].can_render(&page).unwrap()
        };
        assert!(offered(&COLUMNS) && offered(&REQUIRED));
        assert!(!offered(&["atom_id", "atom_title"]) && !offered(&[]));
    }

    #[track_caller]
    fn refused(rows: &FakeRows, columns: &[&str], error: Option<&str>, message: &str) {
        assert_eq!(render("/db/news.atom", rows, columns, error).unwrap_err(), Error::bad_request(message));
    }

    #[test]
    fn missing_columns_are_named() {
        let message = "An Atom feed needs the columns atom_id, atom_title, atom_updated; these rows have no atom_updated";
        refused(&rows(), &["atom_id", "atom_title"], None, message);
    }

    #[test]
    fn sql_that_failed_is_no_feed() {
        refused(&rows(), &[], Some("no such table: x"), "no such table: x");
    }

    #[test]
    fn rows_that_are_no_entries_are_named() {
        let rows = rows().row(["tag:3".into(), "Three".into(), "yesterday".into()]);
        let message =
            "Row 3: atom_updated is \"yesterday\"; it has to be a time such as 2024-05-01T12:30:00Z";
        refused(&rows, &COLUMNS, None, message);
    }

    #[test]
    fn no_rows_are_an_empty_feed() {
        let xml = render("/db/news.atom", &FakeRows::new(&COLUMNS), &COLUMNS, None).unwrap().body_text();
        assert!(xml.contains("<updated>1970-01-01T00:00:00Z</updated>") && !xml.contains("<entry>"), "{xml}");
    }
}
