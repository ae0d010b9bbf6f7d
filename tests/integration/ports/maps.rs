//! `datasette-cluster-map`, `datasette-vega`, `datasette-pretty-traces`: what pages load for them. What the scripts do is
//! tested in a browser (`tests/browser/ports.test.mjs`).

use serde_json::json;

use crate::support::{Setup, Site, library};

fn site(more: &serde_json::Value) -> Site {
    let mut config = json!({"settings": {"base_url": "/p/", "trace_debug": true}});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut setup = Setup::new().database("library").config(&config);
    let file = setup.path("library.db");
    let sql = "create table places (id integer primary key, name text, lat real, lng real)";
    rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
    for name in ["cluster-map", "vega", "pretty-traces"] {
        setup = setup.plugin(&format!("{name}.so"), &library::bytes(&format!("datasette-{name}")));
    }
    setup.start()
}

/// The addresses of a page's scripts and style sheets that are a plugin's.
fn assets(site: &Site, target: &str) -> Vec<String> {
    let page = site.get(target).text();
    let mut found: Vec<String> = page
        .split(['"'])
        .filter(|piece| piece.starts_with("/p/-/static-plugins/"))
        .map(str::to_owned)
        .collect();
    found.sort();
    found
}

fn names(site: &Site, target: &str) -> Vec<String> {
    let name = |url: String| {
        url.split(['/', '?']).find(|part| part.ends_with("js") || part.ends_with("css")).unwrap().to_owned()
    };
    assets(site, target).into_iter().map(name).collect()
}

#[test]
fn pages_load_what_they_need_and_find_it() {
    let table =
        json!({"plugins": {"datasette-cluster-map": {"latitude_column": "lat", "longitude_column": "lng"}}});
    let site = site(&json!({"databases": {"library": {"tables": {"places": table}}}}));
    let map = ["MarkerCluster.css", "cluster-map.css", "cluster-map.js", "leaflet.css"];
    assert_eq!(names(&site, "/p/library/places"), [&map[..], &["chart.css", "chart.js"]].concat());
    assert_eq!(names(&site, "/p/library/authors"), ["chart.css", "chart.js"]);
    let query = "/p/library/-/query?sql=select+1+as+latitude,+2+as+longitude";
    assert_eq!(names(&site, query), [&map[..], &["chart.css", "chart.js"]].concat());
    assert_eq!(names(&site, "/p/library"), [""; 0]);
    assert_eq!(names(&site, "/p/?_trace=1"), ["traces.css", "traces.js"]);
    let page = site.get("/p/library/places").text();
    assert!(
        page.contains("window.datasetteClusterMap = {\"latitude\":\"lat\",\"longitude\":\"lng\""),
        "{page}"
    );
    for url in assets(&site, "/p/library/places") {
        let file = site.get(&url);
        assert_eq!(file.status, 200, "{url}");
        let kind = if url.contains(".css") { "text/css" } else { "javascript" };
        assert!(file.header("content-type").unwrap().contains(kind), "{url}");
    }
}

#[test]
fn libraries_are_built_in_with_their_licences() {
    let site = site(&json!({}));
    for (plugin, file, word) in [
        ("cluster-map", "leaflet.js", "Leaflet 1.9"),
        ("cluster-map", "leaflet.markercluster.js", "MarkerClusterGroup"),
        ("cluster-map", "land-110m.json", "\"Topology\""),
        ("cluster-map", "leaflet.LICENSE.txt", "BSD"),
        ("cluster-map", "leaflet.markercluster.LICENSE.txt", "Permission is hereby granted"),
        ("vega", "vega.min.js", "vega"),
        ("vega", "vega-lite.min.js", "vegaLite"),
        ("vega", "vega-embed.min.js", "vegaEmbed"),
        ("vega", "vega.LICENSE.txt", "Redistribution"),
    ] {
        let answer = site.get(&format!("/p/-/static-plugins/datasette-{plugin}/{file}"));
        assert!(answer.status == 200 && answer.text().contains(word), "{file}");
    }
}

#[test]
fn a_page_that_traces_nothing_loads_nothing() {
    let setup = Setup::new().database("library");
    let site = setup.plugin("traces.so", &library::bytes("datasette-pretty-traces")).start();
    assert!(!site.get("/?_trace=1").text().contains("static-plugins"));
}
