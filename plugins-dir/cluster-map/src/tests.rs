//! Which pages get a map. The map itself is tested in a browser.

use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

use super::*;

fn plugin(config: Json) -> Harness<ClusterMap> {
    let answer = FakeHost::new().named("datasette-cluster-map").config(config);
    Harness::with(answer.answer_with("static_hash", |args| Ok(args["path"].clone())))
}

/// The script with the configuration for a page of these columns.
fn script(config: Json, view: &str, columns: &[&str]) -> Option<String> {
    let plugin = plugin(config);
    let request = FakeRequest::get("/d/t");
    let page = || {
        let names = Names::new(columns.iter().copied());
        PageContext::new(None, Some("d"), Some("t"), names, view, Some(request.view()))
    };
    let script = plugin.extra_body_script(&page()).unwrap().unwrap();
    let assets = plugin.extra_js_urls(&page()).unwrap().unwrap().len();
    let styles = plugin.extra_css_urls(&page()).unwrap().unwrap().len();
    assert_eq!((assets, styles), if script.is_some() { (1, 3) } else { (0, 0) });
    script.map(|script| script.script)
}

#[test]
fn pages_with_both_columns_have_a_map() {
    let found = script(Json::Null, "table", &["id", "Latitude", "longitude"]).unwrap();
    assert!(found.starts_with("window.datasetteClusterMap = {\"latitude\":\"Latitude\""), "{found}");
    for view in ["row", "database"] {
        assert!(script(Json::Null, view, &["latitude", "longitude"]).is_some());
    }
    assert_eq!(script(Json::Null, "index", &["latitude", "longitude"]), None);
    assert_eq!(script(Json::Null, "table", &["latitude"]), None);
    let config = json!({"latitude_column": "y", "longitude_column": "x"});
    assert!(script(config.clone(), "table", &["x", "y"]).is_some());
    assert_eq!(script(config, "table", &["latitude", "longitude"]), None);
}

#[test]
fn nothing_in_it_ends_the_script() {
    let hostile = "</script><script>alert(1)</script>";
    let config = json!({"latitude_column": hostile, "tile_layer": hostile});
    let found = script(config, "table", &[hostile, "longitude"]).unwrap();
    assert!(!found.contains('<'), "{found}");
}

#[test]
fn licences_go_with_the_libraries() {
    let licences = ClusterMap::FILES.iter().filter(|file| file.path.ends_with(".LICENSE.txt")).count();
    assert_eq!(licences, 4);
    assert!(ClusterMap::FILES.iter().all(|file| !file.bytes.is_empty()));
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    for (config, expected) in [
        (json!({"latitude_column": 1}), "latitude_column has to be a text"),
        (json!({"lat": "x"}), "no option lat"),
        (json!({"tile_layer_options": {}}), "does nothing without tile_layer"),
        (json!([]), "object"),
    ] {
        let error = Harness::<ClusterMap>::start(FakeHost::new().config(config)).err().unwrap().message;
        assert!(error.contains(expected), "{error}");
    }
}
