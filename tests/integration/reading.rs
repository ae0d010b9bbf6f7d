//! Pages of the site's owner, traces, and addresses below a prefix.

use serde_json::{Value, json};

use crate::support::{Setup, Site};

fn body(site: &Site, target: &str) -> (u16, String) {
    let answer = site.connect().request("GET", target, "connection: close\r\n", b"");
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

fn data(site: &Site, target: &str) -> Value {
    serde_json::from_str(&body(site, target).1).expect("it is JSON")
}

#[test]
fn templates_in_pages_are_pages() {
    let setup = Setup::new().database("library");
    for (name, text) in [
        ("about", "about {{request.path}}"),
        ("topic/{topic}", "{{custom_status 202}}{{custom_header \"x-topic\" topic}}on {{topic}}"),
        ("old", "{{custom_redirect \"/about\" 301}}"),
        ("gone", "{{raise_404 \"There is none\"}}"),
        ("library", "never seen: the database is there"),
    ] {
        setup.write(&format!("templates/pages/{name}.html"), text.as_bytes());
    }
    let site = setup.args(&["--template-dir", "$D/templates"]).start();
    assert_eq!(body(&site, "/about"), (200, "about /about".to_owned()));
    assert_eq!(body(&site, "/topic/cats"), (202, "on cats".to_owned()));
    let answer = site.connect().request("GET", "/old", "connection: close\r\n", b"");
    let location =
        answer.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.as_str());
    assert_eq!((answer.status, location), (301, Some("/about")));
    let (status, text) = body(&site, "/gone");
    assert!(status == 404 && text.contains("There is none"), "{status} {text}");
    assert_eq!(body(&site, "/topic/a/b").0, 404);
    assert!(!body(&site, "/library").1.contains("never seen"));
}

#[test]
fn traces_tell_the_sql_if_the_setting_allows() {
    let config = json!({"settings": {"trace_debug": true}});
    let site = Setup::new().database("library").config(&config).start();
    let trace = data(&site, "/library/authors.json?_trace=1&_size=1")["_trace"].clone();
    assert_eq!(trace["traces"][0]["database"], "library", "{trace}");
    assert!(body(&site, "/library/authors?_trace=1").1.contains("num_traces"));
    assert!(data(&site, "/library/authors.json?_trace=on")["_trace"].is_null());

    let site = Setup::new().database("library").start();
    assert!(data(&site, "/library/authors.json?_trace=1")["_trace"].is_null());
}

#[test]
fn every_link_of_a_page_is_below_the_prefix() {
    let config = json!({"settings": {"base_url": "/pre/fix/"}, "databases": {"library": {"queries": {"q": "select 1"}}}});
    let site = Setup::new().database("library").config(&config).start();
    for page in [
        "/pre/fix/",
        "/pre/fix/library",
        "/pre/fix/library/books",
        "/pre/fix/library/books/1",
        "/pre/fix/library/-/query?sql=select+1",
        "/pre/fix/library/q",
        "/pre/fix/-/queries",
        "/pre/fix/-/api",
        "/pre/fix/-/debug/autocomplete",
        "/pre/fix/-/settings",
        "/pre/fix/library/-/schema",
        "/pre/fix/nope",
    ] {
        let (_, text) = body(&site, page);
        for attribute in ["href=\"/", "src=\"/", "action=\"/", "data-jump-url=\"/", "data-count-url=\"/"] {
            for rest in text.split(attribute).skip(1) {
                assert!(
                    rest.starts_with("pre/fix/"),
                    "{page}: {attribute}{}",
                    rest.get(..60).unwrap_or(rest)
                );
            }
        }
    }
    for target in ["/pre/fix/-/jump.json", "/pre/fix/-/queries.json"] {
        let found = data(&site, target);
        let list = found["matches"].as_array().or(found["queries"].as_array()).expect("there is a list");
        assert!(!list.is_empty() && !found.to_string().contains("\":\"/library"), "{found}");
    }
    let page = data(&site, "/pre/fix/library/numbers.json?_size=2&_facet=word");
    let next = page["next_url"].as_str().unwrap_or_default();
    assert!(
        next.contains("/pre/fix/library/numbers.json?") && next.matches("/pre/fix/").count() == 1,
        "{next}"
    );
}

#[test]
fn a_schema_shows_only_what_the_visitor_may_see() {
    let config = json!({"databases": {"library": {"tables": {"secrets": {"allow": false}}}}});
    let site = Setup::new().database("library").config(&config).start();
    for target in ["/-/schema.json", "/library/-/schema.json"] {
        let text = body(&site, target).1;
        assert!(text.contains("authors") && !text.contains("secrets"), "{text}");
    }
}
