//! Real libraries, loaded into this process, called, and survived: what `./check memory` looks at.

use std::path::PathBuf;

use datasette_plugin_api::testing::FakeConnection;
use datasette_plugin_api::{Error, Json, Result};

use super::*;
use crate::request::Request;
use crate::response::{Body, Response};

/// A site that knows no configuration.
struct Nothing;

impl HostServices for Nothing {
    fn call(&self, _: &str, method: &str, _: Json, _: Option<&Request>) -> Result<Json> {
        if method == "plugin_config" { Ok(Json::Null) } else { Err(unknown_service(method)) }
    }

    fn sign(&self, value: &str, _: &str) -> Result<String> {
        Ok(format!("{value}.signed"))
    }

    fn unsign(&self, signed: &str, _: &str) -> Result<String> {
        let value = signed.strip_suffix(".signed");
        value.map(str::to_owned).ok_or_else(|| Error::bad_request("Bad signature"))
    }
}

fn library(krate: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.with_file_name(libloading::library_filename(krate.replace('-', "_")))
}

fn loaded(crates: &[&str]) -> Plugins {
    let early: Arc<dyn HostServices> = Arc::new(Nothing);
    let mut loading = Loading::new(HostSlot::leak(Some(early)), true);
    for krate in crates {
        let path = library(krate);
        for remote in load::built_in(&path, loading.host.raw()).unwrap() {
            let name = remote.info().name.clone();
            loading.plugins_dir.push(Loaded::new(name, Origin::PluginsDir, remote, path.clone(), None));
        }
    }
    let plugins = loading.finish().unwrap();
    plugins.register().unwrap();
    plugins
}

fn get(target: &str) -> Request {
    Request::new("GET", target)
}

#[test]
fn hooks_of_a_library_get_views_and_answer_objects() {
    let plugins = loaded(&["fixture-examples"]);
    let request = get("/library/books?_longer_than=300");
    assert!(plugins.top_homepage(&request).as_str().contains("Welcome to localhost"));
    assert_eq!(plugins.filters_from_request(&request, "library", "books").unwrap().len(), 1);
    let wrong = get("/library/books?_longer_than=x");
    assert!(plugins.filters_from_request(&wrong, "library", "books").is_err());
    assert_eq!(plugins.template_environment_from_request(&request)[0].1.helpers.len(), 1);
    let token = plugins.create_token(Some("badge"), "ann", None, &Json::Null).unwrap();
    assert_eq!(plugins.verify_token(&token).unwrap().unwrap().id().as_deref(), Some("ann"));
    assert!(plugins.verify_token("badge_forged").is_err());
    let wrapped =
        plugins.request_wrapper(&get("/start"), &|request| Response::text(request.path.clone())).unwrap();
    assert_eq!(wrapped.body.collect().unwrap(), "/");
    let connection = FakeConnection::default();
    plugins.prepare_connection(&connection, "library").unwrap();
    assert_eq!(connection.call("initials", &["Ann Lee".into()]).unwrap(), "AL".into());
    assert_eq!(connection.compare("by_length", "aa", "b").unwrap(), std::cmp::Ordering::Greater);
}

#[test]
fn bodies_of_a_library_are_streamed_and_dropped() {
    let plugins = loaded(&["fixture-streaming"]);
    let page = |target: &str| plugins.answer_route(&get(target)).unwrap().unwrap();
    assert_eq!(page("/-/numbers?last=3").body.collect().unwrap(), "1\n2\n3\n");
    drop(page("/-/endless"));
    for target in ["/-/breaks", "/-/panics"] {
        assert!(page(target).body.collect().is_err(), "{target}");
    }
    let stream = Body::Stream(Box::new(|sink| drop(sink.write("piece".into()))));
    let streamed = plugins.request_wrapper(&get("/"), &|_| Response::text("")).unwrap();
    assert_eq!(streamed.header("x-streamed"), Some("no"));
    let stream = std::cell::Cell::new(Some(stream));
    let make = |_: &Request| Response {
        body: stream.take().unwrap_or(Body::Bytes("".into())),
        ..Response::text("")
    };
    let passed = plugins.request_wrapper(&get("/"), &make).unwrap();
    assert_eq!(passed.header("x-streamed"), Some("yes"));
    assert_eq!(passed.body.collect().unwrap(), "piece");
}

#[test]
fn a_library_survives_its_panics() {
    let plugins = loaded(&["fixture-broken"]);
    assert!(plugins.answer_route(&get("/-/boom")).unwrap().is_err());
    assert!(plugins.verify_token("boom_x").is_err());
    assert!(plugins.magic_value("_boom_x", &get("/")).unwrap().is_err());
    let boom = plugins.column_type("boom").unwrap();
    assert!(boom.validate(&Json::Null, &Json::Null).is_err());
    let connection = FakeConnection::default();
    plugins.prepare_connection(&connection, "d").unwrap();
    for _ in 0..3 {
        let error = connection.call("boom", &[]).unwrap_err();
        assert_eq!(error.message, "the SQL function boom failed");
        let error = connection.compare("boom_order", "a", "b").unwrap_err();
        assert_eq!(error.message, "the collation boom_order failed");
    }
    assert!(connection.aggregate("boom_at", &[vec!["step".into()]]).is_err());
    assert_eq!(plugins.menu_links(&get("/")).len(), 1);
}
