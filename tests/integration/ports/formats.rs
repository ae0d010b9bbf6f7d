//! `datasette-atom` and `datasette-ics`.

use serde_json::json;

use super::site::{quoted, with};
use crate::support::{Setup, Site};

const EVENTS: &str = "select name as event_name, starts as event_dtstart, zone as event_tzid, \
                      '/ports/talks/' || id as event_url from talks";

fn setup() -> Setup {
    let queries = json!({"calendar": {"sql": EVENTS, "title": "Talks, all"}});
    let metadata = json!({"databases": {"ports": {"tables": {"news": {"title": "News & more"}}}}});
    let setup = with(&["datasette-atom", "datasette-ics"]);
    let path = setup.write("metadata.json", metadata.to_string().as_bytes()).display().to_string();
    setup.config(&json!({"databases": {"ports": {"queries": queries}}})).args(&["--metadata", &path])
}

fn site() -> Site {
    setup().start()
}

#[test]
fn a_view_is_a_feed() {
    let answer = site().get("/ports/news.atom");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    let xml = answer.text();
    for part in [
        "<title>News &amp; more</title>",
        "<link rel=\"self\" type=\"application/atom+xml\" href=\"http://localhost/ports/news.atom\"/>",
        "<link rel=\"alternate\" type=\"text/html\" href=\"http://localhost/ports/news\"/>",
        "<id>tag:example.com,2024:1</id>\n<updated>2024-05-01T09:00:00Z</updated>",
        "&lt;p&gt;Hello &lt;a href=&#34;http://localhost/talks&#34;",
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
    assert!(!xml.contains("script"), "{xml}");
}

#[test]
fn feeds_and_calendars_are_offered_where_the_columns_are() {
    let site = site();
    let page = site.get("/ports/news").text();
    assert!(page.contains("/ports/news.atom") && !page.contains("news.ics"), "{page}");
    let page = site.get("/ports/calendar").text();
    assert!(page.contains("/ports/calendar.ics") && !page.contains("calendar.atom"), "{page}");
    let page = site.get("/ports/talks").text();
    assert!(!page.contains("talks.atom") && !page.contains("talks.ics"), "{page}");
}

#[test]
fn rows_without_the_columns_are_a_400_that_names_them() {
    let site = site();
    let answer = site.get("/ports/talks.atom");
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("have no atom_id, atom_title, atom_updated"), "{}", answer.text());
    let answer = site.get(&format!("/ports/-/query.ics?sql={}", quoted("select 1 as event_name")));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("have no event_dtstart"), "{}", answer.text());
    let answer = site.get(&format!("/ports/-/query.ics?sql={}", quoted("select * from nowhere")));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("no such table"), "{}", answer.text());
}

#[test]
fn a_stored_query_is_a_calendar() {
    let answer = site().get("/ports/calendar.ics");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    let text = answer.text();
    for line in [
        "X-WR-CALNAME:Talks\\, all",
        "TZID:Europe/Berlin",
        "DTSTART:20240331T020000",
        "DTSTART;TZID=Europe/Berlin:20240501T090000",
        "DTSTART;VALUE=DATE:20240502",
        "SUMMARY:Opening\\; all",
        "URL:http://localhost/ports/talks/1",
    ] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} is not in {text}");
    }
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
}

#[test]
fn addresses_know_where_the_site_is() {
    let site =
        setup().args(&["--setting", "base_url", "/data/", "--setting", "force_https_urls", "1"]).start();
    let xml = site.get("/data/ports/news.atom?_size=1").text();
    for part in [
        "<id>https://localhost/data/ports/news.atom?_size=1</id>",
        "href=\"https://localhost/data/ports/news?_size=1\"",
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
}
