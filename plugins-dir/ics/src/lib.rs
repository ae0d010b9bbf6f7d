//! Rows as a calendar: `/db/query.ics`, for rows that have the columns of events.
//!
//! Hooks: `register_output_renderer`. Config: none.
//!
//! `event` reads a row, `calendar` writes what was read, `zone` the rules of the time zones in it.

mod calendar;
mod event;
mod lines;
mod time;
mod zone;

use datasette_plugin_api::*;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use calendar::Calendar;
use event::Events;

/// Without these there is no calendar.
const REQUIRED: [&str; 2] = ["event_name", "event_dtstart"];

struct IcsPlugin {
    host: Host,
}

#[hookimpl]
impl Plugin for IcsPlugin {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn register_output_renderer(&self) -> Result<Vec<Box<dyn OutputRenderer>>> {
        Ok(vec![Box::new(Ics { host: self.host.clone() })])
    }
}

export_plugin!(IcsPlugin);

struct Ics {
    host: Host,
}

impl OutputRenderer for Ics {
    fn extension(&self) -> &str {
        "ics"
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
            let message = format!("A calendar needs the columns {all}; these rows have no {missing}");
            return Err(Error::bad_request(message));
        }
        let site = self.host.absolute_url(&page.request, "")?;
        let source =
            format!("{} {}", page.database, page.query_name.or(page.table).or(page.sql).unwrap_or_default());
        let mut events = Events::new(site, source, page.request.host());
        for (index, row) in page.rows.iter().enumerate() {
            events
                .add(row)
                .map_err(|error| Error::bad_request(format!("Row {}: {}", index + 1, error.message)))?;
        }
        let calendar = Calendar { name: self.title(page)?, events: events.into_list(), made: today()? };
        let response = Response::new("text/calendar; charset=utf-8", calendar.to_text());
        Ok(Some(response.with_header("x-content-type-options", "nosniff")))
    }
}

fn missing(columns: &Names<'_>) -> Vec<&'static str> {
    REQUIRED.into_iter().filter(|column| !columns.contains(column)).collect()
}

/// When the calendar was made, which each event has to tell. Not to the second: a client that has the calendar should
/// learn from its hash that nothing changed.
fn today() -> Result<Timestamp> {
    Ok(Timestamp::now().to_zoned(TimeZone::UTC).start_of_day()?.timestamp())
}

impl Ics {
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
}

fn text(value: Option<&Json>) -> Option<String> {
    value.and_then(Json::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, FakeRows, Harness};

    use super::*;

    const COLUMNS: [&str; 3] = ["event_name", "event_dtstart", "event_uid"];

    fn plugin() -> Harness<IcsPlugin> {
        let absolute =
            |args: &Json| Ok(json!(format!("https://example.com{}", args["path"].as_str().unwrap())));
        Harness::with(
            FakeHost::new()
                .answer_with("absolute_url", absolute)
                .answer("get_query", json!({"title": "Talks, and more"}))
                .answer("get_resource_metadata", json!({})),
        )
    }

    fn rows() -> FakeRows {
        FakeRows::new(&COLUMNS).row(["One".into(), "2024-05-01 12:30:00".into(), "1@x".into()])
    }

    fn render(rows: &FakeRows, columns: &[&str], error: Option<&str>) -> Result<Response> {
        let request = FakeRequest::get("/db/talks.ics");
        let columns = Names::new(columns);
        let name = Some("talks");
        let page = Render::new(
            request.view(),
            columns,
            rows.view(),
            None,
            name,
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
    fn rows_become_a_calendar() {
        let response = render(&rows(), &COLUMNS, None).unwrap();
        assert_eq!(response.header("content-type"), Some("text/calendar; charset=utf-8"));
        let text = response.body_text();
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{text}");
        for line in
            ["NAME:Talks\\, and more", "SUMMARY:One", "DTSTART:20240501T123000Z", "UID:1@x", "END:VCALENDAR"]
        {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} is not in {text}");
        }
        let made = text.lines().find(|line| line.starts_with("DTSTAMP:")).unwrap();
        assert!(made.len() == "DTSTAMP:20240501T000000Z".len() && made.ends_with("T000000Z"), "{made}");
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
        assert!(!offered(&["event_name"]) && !offered(&[]));
    }

    #[track_caller]
    fn refused(rows: &FakeRows, columns: &[&str], error: Option<&str>, message: &str) {
        assert_eq!(render(rows, columns, error).unwrap_err(), Error::bad_request(message));
    }

    #[test]
    fn missing_columns_are_named() {
        let message =
            "A calendar needs the columns event_name, event_dtstart; these rows have no event_dtstart";
        refused(&rows(), &["event_name"], None, message);
    }

    #[test]
    fn sql_that_failed_is_no_calendar() {
        refused(&rows(), &[], Some("no such table: x"), "no such table: x");
    }

    #[test]
    fn rows_that_are_no_events_are_named() {
        let rows = rows().row(["Two".into(), Value::Null, Value::Null]);
        refused(&rows, &COLUMNS, None, "Row 2: event_dtstart is empty");
    }

    #[test]
    fn no_rows_are_an_empty_calendar() {
        let text = render(&FakeRows::new(&COLUMNS), &COLUMNS, None).unwrap().body_text();
        assert!(text.ends_with("X-WR-CALNAME:Talks\\, and more\r\nEND:VCALENDAR\r\n"), "{text}");
    }
}
