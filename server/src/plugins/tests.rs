//! What the server makes of plugins' answers, errors and order. Plugins are made in this process; how
//! files become plugins is tested where that happens.

use std::cell::RefCell;

use datasette_plugin_api::server::RemotePlugin;
use datasette_plugin_api::testing::{FakeConnection, FakeHost, Harness};
use datasette_plugin_api::*;
use datasette_plugin_api::{Json, Result};

use super::*;
use crate::error::{Error as ServerError, ErrorPage};
use crate::request::Request as ServerRequest;
use crate::response::{Body, Response as ServerResponse};

impl Plugins {
    /// These plugins, in the order of registration.
    fn of(plugins: Vec<RemotePlugin>) -> Self {
        let mut loading = Loading::new(HostSlot::leak(None), false);
        for remote in plugins {
            let name = remote.info().name.clone();
            loading.plugins_dir.push(Loaded::new(name, Origin::PluginsDir, remote, PathBuf::new(), None));
        }
        let plugins = loading.finish().unwrap();
        plugins.start().unwrap();
        plugins
    }
}

fn plugin<P: Plugin + HookSet>(name: &str) -> RemotePlugin {
    Harness::<P>::with(FakeHost::new().named(name)).into_plugin()
}

/// Says its name wherever it is asked.
struct Polite(String);

#[hookimpl]
impl Plugin for Polite {
    const FILES: &'static [EmbeddedFile] = &[EmbeddedFile { path: "static/a.txt", bytes: b"a" }];

    fn new(host: Host) -> Result<Self> {
        Ok(Self(host.plugin().to_owned()))
    }

    fn menu_links(&self, _: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        Ok(vec![MenuItem::link("/", &self.0)])
    }

    fn top_homepage(&self, _: &TopHomepage<'_>) -> Result<Option<Html>> {
        Ok(Some(Html(format!("<{}>", self.0))))
    }

    fn extra_template_vars(&self, page: &PageContext<'_>) -> Result<Map> {
        Ok(Map::from_iter([("by".to_owned(), json!(self.0)), (self.0.clone(), json!(page.view_name))]))
    }

    fn forbidden(&self, args: &Forbidden<'_>) -> Result<Option<Response>> {
        Ok((args.message == self.0).then(|| Response::text(&self.0).with_status(403)))
    }

    fn actor_from_request(&self, _: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        Ok(Some(Actor::with_id(self.0.as_str())))
    }

    fn permission_resources_sql(&self, _: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        Ok(vec![PermissionSql::allow("polite"), PermissionSql::deny("polite").source("elsewhere")])
    }

    fn request_wrapper(&self, args: &RequestWrapper<'_>) -> Result<Response> {
        Ok(args.next.call()?.with_header("x-by", &self.0))
    }

    fn write_wrapper(&self, args: &WriteWrapper<'_>) -> Result<()> {
        args.write.execute(&format!("before {}", self.0), &[])?;
        args.write.proceed()?;
        args.write.execute(&format!("after {}", self.0), &[]).map(drop)
    }

    fn register_routes(&self) -> Result<Vec<Route>> {
        let name = self.0.clone();
        Ok(vec![Route::new("^/-/by/(?P<who>.+)$", move |request| {
            Ok(Response::text(format!("{name}: {}", request.url_var("who").unwrap_or_default())))
        })])
    }

    fn register_magic_parameters(&self) -> Result<Vec<MagicParameter>> {
        Ok(vec![MagicParameter::new("by", |key, request| Ok(format!("{key}{}", request.path()).into()))])
    }

    fn prepare_connection(&self, args: &PrepareConnection<'_>) -> Result<()> {
        args.registrar.scalar("polite", 0, |_| Ok("please".into()))
    }
}

/// Fails wherever it is asked.
struct Rude;

#[hookimpl(tryfirst)]
impl Plugin for Rude {
    fn new(_: Host) -> Result<Self> {
        Ok(Self)
    }

    fn menu_links(&self, _: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        panic!("not you")
    }

    fn actor_from_request(&self, _: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        Err(Error::unauthorized("Bad token"))
    }

    fn permission_resources_sql(&self, _: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        Err("my database is gone".into())
    }

    fn write_wrapper(&self, _: &WriteWrapper<'_>) -> Result<()> {
        Ok(())
    }
}

/// Comes last, whenever it was registered.
struct Modest;

#[hookimpl(trylast = [menu_links])]
impl Plugin for Modest {
    fn new(_: Host) -> Result<Self> {
        Ok(Self)
    }

    fn menu_links(&self, _: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        Ok(vec![MenuItem::link("/", "modest")])
    }
}

fn get(target: &str) -> ServerRequest {
    ServerRequest::new("GET", target)
}

fn text(response: ServerResponse) -> String {
    match response.body {
        Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_last_registered_is_called_first_unless_it_tries_last() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a"), plugin::<Polite>("b"), plugin::<Modest>("c")]);
    let labels: Vec<String> = plugins.menu_links(&get("/")).into_iter().map(|item| item.label).collect();
    assert_eq!(labels, ["b", "a", "modest"]);
    assert_eq!(plugins.top_homepage(&get("/")).0, "<b><a>");
}

#[test]
fn a_decorating_hook_that_fails_is_left_out() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a"), plugin::<Rude>("rude")]);
    assert_eq!(plugins.menu_links(&get("/")).len(), 1);
}

#[test]
fn a_deciding_hook_that_fails_fails_the_request() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a"), plugin::<Rude>("rude")]);
    let unauthorized = plugins.actor_from_request(&get("/")).unwrap_err();
    assert_eq!(ErrorPage::from(&unauthorized).status, 401);
    match plugins.permission_resources_sql(None, "view-table").unwrap_err() {
        ServerError::Plugin { plugin, hook, message } => {
            assert_eq!((plugin.as_str(), hook), ("rude", "permission_resources_sql"));
            assert_eq!(message, "my database is gone");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_that_answers_wins() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a"), plugin::<Polite>("b")]);
    assert_eq!(plugins.actor_from_request(&get("/")).unwrap().unwrap().id().as_deref(), Some("b"));
    assert_eq!(text(plugins.forbidden(&get("/"), "a").unwrap().unwrap()), "a");
    assert!(plugins.forbidden(&get("/"), "nobody").unwrap().is_none());
    let request = get("/");
    let (template, database, table) = (None, None, None);
    let page =
        PageQuestion { template, database, table, columns: &[], view_name: "index", request: &request };
    assert_eq!(
        Json::from_iter(plugins.extra_template_vars(&page)),
        json!({"by": "b", "a": "index", "b": "index"})
    );
}

#[test]
fn rules_are_said_by_their_plugin() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a")]);
    let rules = plugins.permission_resources_sql(None, "view-table").unwrap();
    let sources: Vec<_> = rules.iter().filter_map(|rule| rule.source.as_deref()).collect();
    assert_eq!(sources, ["a", "elsewhere"]);
}

#[test]
fn wrappers_stand_around_each_other() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a"), plugin::<Polite>("b")]);
    let response = plugins.request_wrapper(&get("/"), &|_| ServerResponse::text("core")).unwrap();
    let by: Vec<_> =
        response.headers.iter().filter(|(name, _)| name == "x-by").map(|(_, by)| by.as_str()).collect();
    assert_eq!(by, ["b", "a"]);
}

#[derive(Default)]
struct Log(RefCell<Vec<String>>);

impl WriteStep for Log {
    fn proceed(&self) -> crate::error::Result<Json> {
        self.0.borrow_mut().push("write".to_owned());
        if self.0.borrow().iter().any(|line| line == "before broken") {
            return Err(ServerError::invalid_sql("no such table: x"));
        }
        Ok(json!(1))
    }

    fn execute(&self, sql: &str, _: &[(String, Value)]) -> crate::error::Result<host::WriteResult> {
        self.0.borrow_mut().push(sql.to_owned());
        Ok(host::WriteResult::default())
    }

    fn query(&self, _: &str, _: &[(String, Value)]) -> crate::error::Result<QueryResult> {
        Ok(QueryResult::default())
    }

    fn track_event(&self, _: Event) {}
}

#[test]
fn writes_are_wrapped_and_keep_their_own_errors() {
    let log = Log::default();
    let plugins = Plugins::of(vec![plugin::<Polite>("a"), plugin::<Polite>("b")]);
    assert_eq!(plugins.write_wrapper("db", None, true, &log).unwrap(), 1);
    assert_eq!(log.0.into_inner(), ["before a", "before b", "write", "after b", "after a"]);

    let plugins = Plugins::of(vec![plugin::<Polite>("broken")]);
    let error = plugins.write_wrapper("db", None, true, &Log::default()).unwrap_err();
    assert!(matches!(error, ServerError::InvalidSql { .. }), "{error}");
}

#[test]
fn a_write_that_nobody_proceeds_with_is_an_error() {
    let plugins = Plugins::of(vec![plugin::<Rude>("rude")]);
    let log = Log::default();
    let error = plugins.write_wrapper("db", None, true, &log).unwrap_err().to_string();
    assert!(error.contains("did not proceed") && log.0.into_inner().is_empty(), "{error}");
}

#[test]
fn routes_parameters_and_functions_are_found() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a")]);
    assert_eq!(text(plugins.answer_route(&get("/-/by/S%C3%A3o")).unwrap().unwrap()), "a: São");
    assert!(plugins.answer_route(&get("/-/other")).is_none());
    assert_eq!(plugins.magic_value("_by_key", &get("/p")).unwrap().unwrap(), "key/p".into());
    assert!(
        plugins.magic("_by_key").is_some()
            && plugins.magic("_by").is_none()
            && plugins.magic("_x_y").is_none()
    );
    let connection = FakeConnection::default();
    plugins.prepare_connection(&connection, "db").unwrap();
    assert_eq!(connection.call("polite", &[]).unwrap(), "please".into());
}

#[test]
fn what_nobody_registered_is_not_there() {
    let plugins = Plugins::of(Vec::new());
    assert!(plugins.create_token(None, "a", None, &Json::Null).is_err());
    assert!(plugins.verify_token("dstok_x").unwrap().is_none());
    assert!(!plugins.has_renderer("atom") && plugins.facet_classes().is_empty());
    let actors = plugins.actors_from_ids(&[json!("a"), json!(1)]).unwrap();
    assert_eq!(Json::Object(actors), json!({"a": {"id": "a"}, "1": {"id": 1}}));
}

#[test]
fn plugins_are_listed_with_their_hooks_and_files() {
    let plugins = Plugins::of(vec![plugin::<Polite>("a")]);
    let summary = &plugins.summaries()[0];
    assert!(summary.has_static && !summary.has_templates && summary.hooks.is_sorted());
    assert_eq!(summary.version, None);
    let (name, folder) = &plugins.static_folders()[0];
    assert_eq!((name.as_str(), std::fs::read(folder.join("a.txt")).unwrap().as_slice()), ("a", &b"a"[..]));
}
