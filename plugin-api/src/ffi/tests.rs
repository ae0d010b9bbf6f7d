//! Everything that crosses, there and back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::host::WriteResult;
use crate::server::{Cells, DataSource, HOOK_NAMES, Hook, NextStep, WriteStep};
use crate::testing::{FakeHost, FakeRequest, FakeRows, Harness};
use crate::*;

struct All {
    host: Host,
}

#[hookimpl(tryfirst = [forbidden], trylast = [menu_links])]
impl Plugin for All {
    const FILES: &'static [EmbeddedFile] = &[EmbeddedFile { path: "static/a.js", bytes: b"1" }];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn startup(&self, args: &Startup<'_>) -> Result<()> {
        let config = self.host.config()?;
        self.host.log(Level::Info, &format!("{} {config}", args.version));
        let host = self.host.clone();
        self.host.add_background_task("later", move || host.log(Level::Debug, "ran"))
    }

    fn prepare_connection(&self, args: &PrepareConnection<'_>) -> Result<()> {
        args.registrar.scalar("count_args", -1, |args| Ok((args.len() as i64).into()))?;
        args.registrar.scalar("boom", 0, |_| panic!("no"))?;
        args.registrar.aggregate("longest", 1, Longest::default)?;
        args.registrar.collation("by_length", |a, b| a.len().cmp(&b.len()))
    }

    fn actor_from_request(&self, args: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        Ok(args.request.cookie("who").map(|id| Actor::with_id(id.into_owned())))
    }

    fn register_token_handler(&self) -> Result<Vec<Box<dyn TokenHandler>>> {
        Ok(vec![Box::new(Tokens)])
    }

    fn request_wrapper(&self, args: &RequestWrapper<'_>) -> Result<Response> {
        let changes = Changes::new().query_string("changed=1").actor(None);
        Ok(args.next.call_with(&changes)?.with_header("X-Seen", args.request.path()))
    }

    fn permission_resources_sql(&self, args: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        let id = args.actor.as_ref().and_then(Actor::id).unwrap_or_default();
        Ok(vec![PermissionSql::allow("it's fine").param("all_id", id), PermissionSql::deny(args.action)])
    }

    fn register_facet_classes(&self) -> Result<Vec<Box<dyn FacetClass>>> {
        Ok(vec![Box::new(Facets)])
    }

    fn register_column_types(&self) -> Result<Vec<Box<dyn ColumnType>>> {
        Ok(vec![Box::new(Shouted)])
    }

    fn register_magic_parameters(&self) -> Result<Vec<MagicParameter>> {
        Ok(vec![MagicParameter::new("path", |key, request| Ok(format!("{key} {}", request.path()).into()))])
    }

    fn write_wrapper(&self, args: &WriteWrapper<'_>) -> Result<()> {
        args.write.execute("insert into log values (:a)", &[("a".to_owned(), args.database.into())])?;
        let outcome = args.write.proceed()?;
        args.write.track_event(&Event::new("wrote", None).with("outcome", outcome))
    }

    fn register_output_renderer(&self) -> Result<Vec<Box<dyn OutputRenderer>>> {
        Ok(vec![Box::new(Lines)])
    }

    fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
        match cell.value {
            ValueRef::Text("boom") => panic!("at a cell"),
            ValueRef::Text(text) => Ok(Some(Html(format!("{text} of {} in {:?}", cell.column, cell.row)))),
            _ => Ok(None),
        }
    }

    fn prepare_template_environment(&self, _: &PrepareTemplateEnvironment<'_>) -> Result<TemplateAdditions> {
        let helper = TemplateHelper::new("join", |args, named| Ok(format!("{args:?}{}", named.len()).into()));
        Ok(TemplateAdditions::new().helper(helper).partial("p", "{{x}}"))
    }

    fn menu_links(&self, args: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        Ok(args.actor.iter().map(|actor| MenuItem::link("/", actor.to_string())).collect())
    }

    fn query_actions(&self, args: &QueryActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(args
            .params
            .iter()
            .map(|(name, value)| MenuItem::button(name, [("v", value.to_string())]))
            .collect())
    }

    fn forbidden(&self, args: &Forbidden<'_>) -> Result<Option<Response>> {
        Err(Error::unauthorized(args.message))
    }
}

#[derive(Default)]
struct Longest(String);

impl Aggregate for Longest {
    fn step(&mut self, args: &[ValueRef<'_>]) -> Result<()> {
        let text = args.first().and_then(|value| value.as_str()).ok_or("text, please")?;
        if text.len() > self.0.len() {
            text.clone_into(&mut self.0);
        }
        Ok(())
    }

    fn finish(self) -> Result<Value> {
        Ok(self.0.into())
    }
}

struct Tokens;

impl TokenHandler for Tokens {
    fn name(&self) -> &str {
        "plain"
    }

    fn create(&self, token: &CreateToken<'_>) -> Result<String> {
        Ok(format!("plain-{}-{:?}-{}", token.actor_id, token.expires_after, *token.restrictions))
    }

    fn verify(&self, token: &str) -> Result<Option<Actor>> {
        match token.strip_prefix("plain-") {
            Some("") => Err(Error::unauthorized("empty")),
            Some(id) => Ok(Some(Actor::with_id(id))),
            None => Ok(None),
        }
    }
}

struct Facets;

impl FacetClass for Facets {
    fn facet_type(&self) -> &str {
        "first"
    }

    fn suggest(&self, context: &FacetContext<'_>) -> Result<Vec<SuggestedFacet>> {
        let name = context.columns.get(0).unwrap_or_default();
        Ok(vec![SuggestedFacet::new(name, "_facet_first", name).extra("type", "first")])
    }

    fn facet_results(&self, context: &FacetContext<'_>) -> Result<FacetResults> {
        let mut results = FacetResults::default();
        for config in context.configs.iter() {
            let column = config.column.clone().unwrap_or_default();
            let mut facet = FacetResult::new(&column, "first", config.source, "_facet_first", &column);
            facet.values.push(FacetValue::new(
                json!(context.sql),
                context.row_count.unwrap_or(0),
                column,
                "x",
            ));
            results.results.push(facet);
        }
        Ok(results)
    }
}

struct Shouted;

impl ColumnType for Shouted {
    fn name(&self) -> &str {
        "shouted"
    }

    fn description(&self) -> &str {
        "Loud"
    }

    fn sqlite_types(&self) -> &[&str] {
        &["TEXT"]
    }

    fn render_cell(&self, cell: &ColumnCell<'_>) -> Result<Option<Html>> {
        let times: usize = cell.config.parse()?;
        Ok(cell.value.as_str().map(|text| Html(text.to_uppercase().repeat(times))))
    }

    fn validate(&self, value: &Json, _: &Json) -> Result<Option<String>> {
        Ok((!value.is_string()).then(|| "must be text".to_owned()))
    }

    fn transform_value(&self, value: &Json, config: &Json) -> Result<Option<Json>> {
        Ok((value == config).then_some(Json::Null))
    }
}

struct Lines;

impl OutputRenderer for Lines {
    fn extension(&self) -> &str {
        "lines"
    }

    fn can_render(&self, page: &CanRender<'_>) -> Result<bool> {
        Ok(page.columns.contains("a"))
    }

    fn render(&self, page: &Render<'_>) -> Result<Option<Response>> {
        let lines = page.rows.iter().map(|row| row.at(0).to_string()).collect::<Vec<_>>().join("\n");
        Ok(Some(Response::text(format!("{lines}\n{}", page.data()?["ok"]))))
    }
}

fn plugin() -> Harness<All> {
    Harness::with(FakeHost::new().named("all").config(json!({"a": 1})))
}

fn context() -> FacetContext<'static> {
    static REQUEST: std::sync::LazyLock<FakeRequest> = std::sync::LazyLock::new(|| FakeRequest::get("/"));
    let configs = vec![FacetConfig::column("a", FacetSource::Metadata)];
    let columns = Names::new(["a", "b"]);
    let (params, view) = (vec![("p".to_owned(), Value::Null)], REQUEST.view());
    FacetContext::new(
        view,
        "db",
        Some("t"),
        "select 1",
        params.into(),
        configs.into(),
        30,
        Some(7),
        columns,
        200,
        50,
    )
}

#[test]
fn there_are_45_hooks_and_only_those_that_were_written_are_in_the_table() {
    assert_eq!(HOOK_NAMES.len(), 45);
    let plugin = plugin();
    assert!(plugin.has(Hook::RenderCell) && !plugin.has(Hook::TableActions));
    assert_eq!(plugin.hooks().len(), All::HOOKS.len());
    let request = FakeRequest::get("/");
    assert!(plugin.top_homepage(&TopHomepage::new(request.view())).is_none());
}

#[test]
fn a_plugin_says_its_name_order_and_files() {
    let plugin = plugin();
    let info = plugin.info();
    assert_eq!((info.name.as_str(), info.api.as_str()), ("all", API_VERSION));
    assert_eq!(
        (info.try_first.as_slice(), info.try_last.as_slice()),
        (&["forbidden".to_owned()][..], &["menu_links".to_owned()][..])
    );
    assert_eq!(plugin.files().collect::<Vec<_>>(), [("static/a.js", &b"1"[..])]);
}

#[test]
fn a_plugin_asks_the_host_and_runs_tasks() {
    let plugin = plugin();
    plugin.startup(&Startup::new("2.0")).unwrap().unwrap();
    assert_eq!(plugin.logged(), ["Info: 2.0 {\"a\":1}", "Debug: ran"]);
    let asked = plugin.asked();
    assert_eq!(
        asked[0],
        ("plugin_config".to_owned(), json!({"plugin": "all", "database": null, "table": null}))
    );
}

#[test]
fn sql_functions_cross_with_any_number_of_arguments() {
    let sql = plugin().sql().unwrap();
    for n in [0, 8, 9, 40] {
        let args = vec![Value::Blob(vec![1]); n];
        assert_eq!(sql.call("count_args", &args).unwrap(), Value::Integer(n as i64));
    }
    let rows = [vec!["a".into()], vec!["abc".into()], vec!["ab".into()]];
    assert_eq!(sql.aggregate("longest", &rows).unwrap(), "abc".into());
    assert_eq!(sql.aggregate("longest", &[vec![Value::Null]]).unwrap_err().message, "text, please");
    assert_eq!(sql.compare("by_length", "z", "aa").unwrap(), std::cmp::Ordering::Less);
    assert!(sql.call("boom", &[]).unwrap_err().message.contains("tests.rs"));
}

#[test]
fn an_error_keeps_its_kind_and_an_actor_its_facts() {
    let (plugin, request) = (plugin(), FakeRequest::get("/").header("cookie", "who=ann"));
    let actor = plugin.actor_from_request(&ActorFromRequest::new(request.view())).unwrap().unwrap();
    assert_eq!(actor, Some(Actor::with_id("ann")));
    let refused = plugin.forbidden(&Forbidden::new(request.view(), "no")).unwrap().unwrap_err();
    assert_eq!(refused, Error::unauthorized("no"));
    let rules = plugin.permission_resources_sql(&PermissionResourcesSql::new(actor, "act")).unwrap().unwrap();
    assert_eq!(rules[0].params, [("all_id".to_owned(), json!("ann"))]);
    assert!(rules[0].sql.as_ref().unwrap().contains("'it''s fine'"));
}

#[test]
fn tokens_are_made_and_checked() {
    let handlers = plugin().register_token_handler().unwrap().unwrap();
    let token = CreateToken::new("ann", Some(5), json!({"a": ["vt"]}).into());
    assert_eq!(handlers[0].name(), "plain");
    assert_eq!(handlers[0].create(&token).unwrap(), "plain-ann-Some(5)-{\"a\":[\"vt\"]}");
    assert_eq!(handlers[0].verify("plain-ann").unwrap(), Some(Actor::with_id("ann")));
    assert_eq!(handlers[0].verify("other").unwrap(), None);
    assert_eq!(handlers[0].verify("plain-").unwrap_err().kind, ErrorKind::Unauthorized);
}

struct Seen(Mutex<Vec<Changes>>);

impl NextStep for Seen {
    fn call(&self, changes: Changes) -> Result<Response> {
        self.0.lock().unwrap().push(changes);
        Ok(Response::text("inner").with_status(201))
    }
}

#[test]
fn a_wrapper_changes_request_and_response() {
    let (seen, request) = (Seen(Mutex::default()), FakeRequest::get("/a"));
    let args = RequestWrapper::new(request.view(), Next::over(&seen));
    let response = plugin().request_wrapper(&args).unwrap().unwrap();
    assert_eq!((response.status, response.body_text().as_str()), (201, "inner"));
    assert_eq!(response.header("x-seen"), Some("/a"));
    let changes = seen.0.into_inner().unwrap();
    assert_eq!((changes[0].query_string.as_deref(), &changes[0].actor), (Some("changed=1"), &Some(None)));
}

#[derive(Default)]
struct Writing {
    sql: Mutex<Vec<String>>,
    done: AtomicBool,
    events: Mutex<Vec<Event>>,
}

impl WriteStep for Writing {
    fn proceed(&self) -> Result<Json> {
        self.done.store(true, Ordering::Relaxed);
        Ok(json!(3))
    }

    fn execute(&self, sql: &str, params: &[(String, Value)]) -> Result<WriteResult> {
        self.sql.lock().unwrap().push(format!("{sql} {params:?}"));
        Ok(WriteResult::default())
    }

    fn query(&self, _: &str, _: &[(String, Value)]) -> Result<QueryResult> {
        Ok(QueryResult::default())
    }

    fn track_event(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

#[test]
fn a_write_is_wrapped() {
    let writing = Writing::default();
    let args = WriteWrapper::new("db", None, true, Write::over(&writing));
    plugin().write_wrapper(&args).unwrap().unwrap();
    assert!(writing.done.load(Ordering::Relaxed));
    assert!(writing.sql.lock().unwrap()[0].contains("Text(\"db\")"));
    assert_eq!(writing.events.lock().unwrap()[0].properties["outcome"], 3);
}

#[test]
fn facets_are_suggested_and_counted() {
    let (context, classes) = (context(), plugin().register_facet_classes().unwrap().unwrap());
    assert_eq!(classes[0].facet_type(), "first");
    assert_eq!(classes[0].suggest(&context).unwrap()[0].arg, ("_facet_first".to_owned(), "a".to_owned()));
    let results = classes[0].facet_results(&context).unwrap().results;
    assert!(!results[0].hideable);
    assert_eq!((results[0].values[0].value.clone(), results[0].values[0].count), (json!("select 1"), 7));
}

#[test]
fn a_column_type_renders_validates_and_transforms() {
    let types = plugin().register_column_types().unwrap().unwrap();
    let shouted = &types[0];
    assert_eq!(
        (shouted.name(), shouted.description(), shouted.sqlite_types()),
        ("shouted", "Loud", &["TEXT"][..])
    );
    let cell = ColumnCell::new(ValueRef::Text("a"), "c", None, "db", JsonText::new("2"));
    assert_eq!(shouted.render_cell(&cell).unwrap(), Some(Html("AA".to_owned())));
    assert_eq!(shouted.validate(&json!(1), &Json::Null).unwrap().as_deref(), Some("must be text"));
    assert_eq!(shouted.transform_value(&json!(1), &json!(1)).unwrap(), Some(Json::Null));
    assert_eq!(shouted.transform_value(&json!(1), &json!(2)).unwrap(), None);
}

struct Data;

impl DataSource for Data {
    fn json(&self) -> Result<String> {
        Ok("{\"ok\": true}".to_owned())
    }
}

#[test]
fn a_renderer_reads_rows_where_they_are() {
    let rows = FakeRows::new(&["a"]).row([Value::Integer(1)]).row([Value::Null]);
    let (request, names) = (FakeRequest::get("/"), Names::new(["a"]));
    let renderer = &plugin().register_output_renderer().unwrap().unwrap()[0];
    let offer = CanRender::new(request.view(), names.clone(), rows.view(), None, None, "db", None, "query");
    assert!(renderer.can_render(&offer).unwrap());
    let data = Some(RenderData::over(&Data));
    let page =
        Render::new(request.view(), names, rows.view(), None, None, "db", None, "query", false, None, data);
    assert_eq!(renderer.render(&page).unwrap().unwrap().body_text(), "1\n\ntrue");
}

#[test]
fn a_cell_is_rendered_and_a_panic_in_it_is_an_error() {
    let (plugin, rows) = (plugin(), FakeRows::new(&["c"]).row(["x".into()]));
    let (none, request) = (Names::none(), FakeRequest::get("/"));
    let mut cells = Cells::new("db", Some("t"), &none, rows.view(), Some(request.view()));
    cells.column("c", None);
    let mut ask = |value| {
        cells.cell(0, value);
        assert_eq!(cells.view().value, value);
        plugin.render_cell_of(&cells).unwrap()
    };
    let html = ask(ValueRef::Text("x")).unwrap();
    assert_eq!(html, Some(Html("x of c in {\"c\": Text(\"x\")}".to_owned())));
    assert_eq!(ask(ValueRef::Null).unwrap(), None);
    let error = ask(ValueRef::Text("boom")).unwrap_err();
    assert!(error.message.contains("at a cell") && error.message.contains("tests.rs:"), "{}", error.message);
}

#[test]
fn helpers_parameters_and_menus_cross() {
    let (plugin, request) = (plugin(), FakeRequest::get("/p").actor(Actor::with_id(1)));
    let additions =
        plugin.prepare_template_environment(&PrepareTemplateEnvironment::new("1")).unwrap().unwrap();
    assert_eq!((additions.helpers[0].call)(&[json!(1)], &Map::new()).unwrap(), "[Number(1)]0".into());
    assert_eq!(additions.partials[0].source, "{{x}}");
    let magic = &plugin.register_magic_parameters().unwrap().unwrap()[0];
    assert_eq!((magic.value)("k", &request.view()).unwrap(), "k /p".into());
    let links = plugin.menu_links(&MenuLinks::new(request.who(), request.view())).unwrap().unwrap();
    assert_eq!(links, [MenuItem::link("/", "1")]);
    let params = vec![("p".to_owned(), Value::Real(1.0))];
    let args = QueryActions::new(None, request.view(), "db", None, "select :p", params.into());
    assert_eq!(plugin.query_actions(&args).unwrap().unwrap(), [MenuItem::button("p", [("v", "1.0")])]);
}

struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn what_was_handed_over_is_dropped_with_its_last_owner() {
    let gone = Arc::new(AtomicBool::new(false));
    let guard = Dropped(Arc::clone(&gone));
    let route = Route::new("^/$", move |_| Ok(Response::text(format!("{:?}", guard.0))));
    let raw = super::object::pack(route);
    let route: Route = super::object::unpack(raw).unwrap();
    assert_eq!((route.handler)(&FakeRequest::get("/").view()).unwrap().body_text(), "false");
    drop(route);
    assert!(gone.load(Ordering::Relaxed));
}
