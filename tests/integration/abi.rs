//! Plugins of 1.0.0, built from the sources of that time in `tests/abi`, in the server of today.

use serde_json::json;

use crate::support::{Setup, Site, library, outside, workspace};

/// A site with all of them.
fn site() -> Site {
    outside::cargo(&workspace().join("tests/abi"), &["build"]);
    let config = json!({
        "plugins": {"abi-access": {"guest": "gus"}},
        "databases": {"library": {
            "queries": {"magic": "select :_abi_key as magic"},
            "tables": {"authors": {"column_types": {"name": "abi_loud"}}},
            "permissions": {"insert-row": {"id": "ann"}},
        }},
    });
    let setup = Setup::new().database("library").config(&config);
    let names = ["abi-access", "abi-pages", "abi-data", "abi-every-hook"];
    names
        .iter()
        .fold(setup, |setup, name| setup.plugin(&format!("{name}.so"), &outside::library(name)))
        .start()
}

#[test]
fn plugins_of_1_0_work_as_they_did() {
    let site = site();
    assert!(site.log().contains("abi-access has started"), "{}", site.log());
    assert!(!site.log().contains("skipped"), "{}", site.log());
    who_asks(&site);
    what_they_may(&site);
    what_pages_look_like(&site);
    what_rows_there_are(&site);
    what_is_written(&site);
}

fn who_asks(site: &Site) {
    let actor = |target: &str, headers: &str| {
        site.connect().request("GET", target, headers, b"").json()["actor"].clone()
    };
    assert_eq!(actor("/-/actor.json?_as=ann", ""), json!({"id": "ann"}));
    assert_eq!(actor("/-/actor.json", "authorization: Bearer abi_bob\r\n"), json!({"id": "bob"}));
    let expired = "authorization: Bearer abi_expired\r\n";
    assert_eq!(site.connect().request("GET", "/-/actor.json", expired, b"").status, 401);
    // A panic is an error with its place, and the next request is as good as ever.
    assert_eq!(site.get("/-/actor.json?_as=panic").status, 500);
    let log = site.wait_for_log("nobody is called that");
    assert!(log.contains("abi-access.so") && log.contains("src/lib.rs:"), "{log}");
}

fn what_they_may(site: &Site) {
    assert_eq!(site.get("/library/books.json?_as=ann").status, 200);
    let refused = site.get("/library/books?_as=gus");
    assert!(refused.status == 403 && refused.text().starts_with("abi-access: "), "{}", refused.text());
    let asked = site.get("/-/abi-host?_as=ann").json();
    let expected = json!({
        "unsigned": "ann", "rows": 21, "allowed": true, "url": "/library/books.json", "setting": 100,
    });
    assert_eq!(asked, expected);
}

fn what_pages_look_like(site: &Site) {
    let sql = "select+abi_reverse('abc')+as+a,+abi_longest(name)+as+b+from+authors";
    let rows = site.get(&format!("/library/-/query.json?sql={sql}&_shape=arrayfirst")).json();
    assert_eq!(rows, json!(["cba"]));
    let sorted = "select+name+from+authors+order+by+name+collate+abi_length+limit+1";
    assert_eq!(site.get(&format!("/library/-/query.json?sql={sorted}")).status, 200);
    let page = site.get("/library/books?_as=ann");
    assert_eq!(page.header("x-abi"), Some("GET"));
    for word in ["<b class=abi>", "ABI of ann", "ABI of books", "abi-top library.books", "abi.css"] {
        assert!(page.text().contains(word), "{word} is not in {}", page.text());
    }
    assert_eq!(site.get("/-/static-plugins/abi-pages/abi.css").text(), "body { color: teal }");
    assert_eq!(site.get("/-/abi/%3Cb%3E").text(), "<p>&lt;B&gt; &lt;b&gt;</p>");
}

fn what_rows_there_are(site: &Site) {
    let all = site.get("/library/books.json?_shape=array&_size=max").json();
    let first = all[0]["title"].as_str().unwrap().chars().next().unwrap().to_string();
    let some = site.get(&format!("/library/books.json?_shape=array&_size=max&_abi_first={first}")).json();
    assert!(
        !some.as_array().unwrap().is_empty()
            && some.as_array().unwrap().len() < all.as_array().unwrap().len()
    );
    let facets = site.get("/library/books.json?_facet_abi=title&_extra=facet_results").json();
    let title = &facets["facet_results"]["results"]["title"];
    assert_eq!(title["type"], "abi", "{facets}");
    assert!(title["results"].as_array().unwrap().iter().any(|value| value["value"] == first), "{facets}");
    let lines = site.get("/library/books.abi?_size=2");
    assert_eq!(lines.text().lines().count(), 2, "{}", lines.text());
    assert!(site.get("/library/authors").text().contains("URSULA"));
    assert_eq!(site.get("/library/magic.json?_shape=arrayfirst").json(), json!(["key of GET"]));
}

fn what_is_written(site: &Site) {
    let json = "content-type: application/json\r\n";
    let row = br#"{"row": {"note": "new"}}"#;
    let written = site.connect().request("POST", "/library/no_key/-/insert?_as=ann", json, row);
    assert_eq!(written.status, 201, "{}", written.text());
    let events: Vec<String> = serde_json::from_value(site.get("/-/abi-events").json()).unwrap();
    assert!(
        events.iter().any(|name| name == "abi-event") && events.iter().any(|name| name == "insert-rows"),
        "{events:?}"
    );
}

#[test]
fn commands_of_1_0_run() {
    outside::cargo(&workspace().join("tests/abi"), &["build"]);
    let setup = Setup::new();
    setup.write("installed/data.so", &outside::library("abi-data"));
    let folder = setup.path("installed");
    let setup = setup.env("DATASETTE_PLUGINS_DIR", folder);
    assert_eq!(setup.run(&["abi-add", "2", "3"]).code, Some(5));
    assert!(setup.run(&["abi-add", "--help"]).out.contains("[NUMBERS]..."));
}

/// What was frozen stays so: whoever changes it has to change this line, too, and see what it means.
#[test]
fn the_sources_of_1_0_are_as_they_were() {
    let mut sources = Vec::new();
    collect(&workspace().join("tests/abi/plugin-api-1.0"), &mut sources);
    sources.sort();
    let mut hash = sha2::Sha256::default();
    for path in sources {
        sha2::Digest::update(&mut hash, std::fs::read(path).unwrap());
    }
    let hash: String =
        sha2::Digest::finalize(hash).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "6905e0c882668df6");
    // It is another package than that of today, or this would prove nothing.
    assert!(!library::path("fixture-every-hook").starts_with(workspace().join("tests")));
}

fn collect(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}
