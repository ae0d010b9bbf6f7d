//! Drives a plugin without a server.
//!
//! ```
//! use datasette_plugin_api::testing::{FakeRequest, Harness};
//! use datasette_plugin_api::*;
//!
//! struct Links;
//!
//! #[hookimpl]
//! impl Plugin for Links {
//!     fn new(_host: Host) -> Result<Self> {
//!         Ok(Self)
//!     }
//!
//!     fn menu_links(&self, args: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
//!         Ok(args.actor.iter().map(|actor| MenuItem::link("/-/me", actor.to_string())).collect())
//!     }
//! }
//!
//! let plugin = Harness::<Links>::new();
//! let request = FakeRequest::get("/").actor(Actor::with_id("ann"));
//! let links = plugin.menu_links(&MenuLinks::new(request.who(), request.view()));
//! assert_eq!(links.unwrap().unwrap(), [MenuItem::link("/-/me", "ann")]);
//! ```

use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Mutex;

use crate::ffi::guard::install_panic_hook;
use crate::ffi::hooks::HookSet;
use crate::ffi::raw::RawHost;
use crate::ffi::remote::{RemotePlugin, make};
use crate::request::Form;
use crate::server::{
    AggregateFn, CollationFn, RequestSource, RowSource, ScalarFn, Services, SqlRegistrar, TaskFn,
};
use crate::{
    Actor, Error, Json, Level, Plugin, PrepareConnection, Registrar, Request, Response, Result, Row, Rows,
    Value, ValueRef,
};

/// A plugin as the server would hold it: its hooks are the methods of [`RemotePlugin`], which answer
/// `None` if the plugin does not have the hook. Everything crosses as it does in a server.
pub struct Harness<P> {
    plugin: RemotePlugin,
    host: &'static FakeHost,
    of: PhantomData<P>,
}

impl<P: Plugin + HookSet> Harness<P> {
    /// The plugin in a server that knows nothing.
    ///
    /// # Panics
    /// If the plugin does not start.
    pub fn new() -> Self {
        Self::with(FakeHost::new())
    }

    /// The plugin in a server that answers like this.
    ///
    /// # Panics
    /// If the plugin does not start.
    pub fn with(host: FakeHost) -> Self {
        match Self::start(host) {
            Ok(harness) => harness,
            Err(error) => panic!("the plugin does not start: {}", error.message),
        }
    }

    /// The plugin, or why it does not start.
    pub fn start(host: FakeHost) -> Result<Self> {
        install_panic_hook();
        // As in a server, whose services outlive every plugin.
        let host: &'static FakeHost = Box::leak(Box::new(host));
        let raw = make::<P>(&host.plugin, "0.0.0", RawHost::over(host))?;
        Ok(Self { plugin: RemotePlugin::new(raw)?, host, of: PhantomData })
    }

    /// The answer of the plugin's route for this request: the first whose pattern matches it, taken for
    /// `^text$` with `(?P<name>[^/]+)` groups at most.
    pub fn get(&self, request: &FakeRequest) -> Result<Response> {
        let routes = self.plugin.register_routes().transpose()?.unwrap_or_default();
        for route in routes {
            if let Some(vars) = matches(&route.pattern, &request.path) {
                let mut request = request.clone();
                request.url_vars.extend(vars);
                return (route.handler)(&request.view());
            }
        }
        Err(Error::not_found("the plugin has no such route"))
    }

    /// The SQL functions and collations the plugin registers.
    pub fn sql(&self) -> Result<FakeConnection> {
        let connection = FakeConnection::default();
        let args = PrepareConnection::new(Registrar::over(&connection), "test");
        self.plugin.prepare_connection(&args).transpose()?;
        Ok(connection)
    }

    /// The plugin alone, as a server takes it over.
    pub fn into_plugin(self) -> RemotePlugin {
        self.plugin
    }

    /// What the plugin logged.
    pub fn logged(&self) -> Vec<String> {
        self.host.logged.lock().map(|lines| lines.clone()).unwrap_or_default()
    }

    /// What the plugin asked of the server: methods and arguments.
    pub fn asked(&self) -> Vec<(String, Json)> {
        self.host.asked.lock().map(|calls| calls.clone()).unwrap_or_default()
    }
}

impl<P: Plugin + HookSet> Default for Harness<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Deref for Harness<P> {
    type Target = RemotePlugin;

    fn deref(&self) -> &RemotePlugin {
        &self.plugin
    }
}

/// A pattern without a regex library: literal text, `(?P<name>...)` up to the next `/`, `$`.
fn matches(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let mut path = path;
    let mut vars = Vec::new();
    while let Some((literal, rest)) = pattern.split_once("(?P<").or_else(|| pattern.split_once("(?<")) {
        path = path.strip_prefix(&*literal.replace('\\', ""))?;
        let (name, rest) = rest.split_once('>')?;
        let (_, rest) = rest.split_once(')')?;
        let end = path.find('/').unwrap_or(path.len());
        vars.push((name.to_owned(), path[..end].to_owned()));
        (pattern, path) = (rest, &path[end..]);
    }
    let exact = pattern.ends_with('$');
    let literal = pattern.trim_end_matches('$').replace('\\', "");
    let fits = if exact { path == literal } else { path.starts_with(&literal) };
    fits.then_some(vars)
}

/// A server that gives canned answers and remembers what it was asked.
pub struct FakeHost {
    plugin: String,
    answers: HashMap<String, Canned>,
    asked: Mutex<Vec<(String, Json)>>,
    logged: Mutex<Vec<String>>,
}

type Canned = Box<dyn Fn(&Json) -> Result<Json> + Send + Sync>;

impl Default for FakeHost {
    fn default() -> Self {
        Self {
            plugin: "test".to_owned(),
            answers: HashMap::new(),
            asked: Mutex::default(),
            logged: Mutex::default(),
        }
    }
}

impl FakeHost {
    /// A server that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// That answers this method of [`Host`](crate::Host) so.
    #[must_use]
    pub fn answer(self, method: &str, answer: impl Into<Json>) -> Self {
        let answer = answer.into();
        self.answer_with(method, move |_| Ok(answer.clone()))
    }

    /// That answers this method by a function of its arguments.
    #[must_use]
    pub fn answer_with(
        mut self,
        method: &str,
        answer: impl Fn(&Json) -> Result<Json> + Send + Sync + 'static,
    ) -> Self {
        self.answers.insert(method.to_owned(), Box::new(answer));
        self
    }

    /// Whose configuration says this for the plugin.
    #[must_use]
    pub fn config(self, config: impl Into<Json>) -> Self {
        self.answer("plugin_config", config)
    }

    /// That knows the plugin by this name.
    #[must_use]
    pub fn named(mut self, plugin: &str) -> Self {
        plugin.clone_into(&mut self.plugin);
        self
    }
}

/// What every server answers in the same way, as far as a test can see.
fn unprepared(method: &str) -> Result<Json> {
    match method {
        "task_register" => Ok(0.into()),
        "task_is_cancelled" => Ok(false.into()),
        "task_cancel" | "trace" => Ok(Json::Null),
        _ => Err(Error::new(format!("FakeHost has no answer for `{method}`"))),
    }
}

impl Services for FakeHost {
    fn call(&self, _: &str, method: &str, args: Json, _: Option<Request<'_>>) -> Result<Json> {
        let answer = match self.answers.get(method) {
            Some(answer) => answer(&args),
            None => unprepared(method),
        };
        if let Ok(mut asked) = self.asked.lock() {
            asked.push((method.to_owned(), args));
        }
        answer
    }

    fn log(&self, _: &str, level: Level, message: &str) {
        if let Ok(mut logged) = self.logged.lock() {
            logged.push(format!("{level:?}: {message}"));
        }
    }

    /// Not a signature, but the right shape for tests.
    fn sign(&self, value: &str, namespace: &str) -> Result<String> {
        Ok(format!("{value}.signed-for-{namespace}"))
    }

    fn unsign(&self, signed: &str, namespace: &str) -> Result<String> {
        let value = signed.strip_suffix(&format!(".signed-for-{namespace}"));
        value.map(str::to_owned).ok_or_else(|| Error::bad_request("Bad signature"))
    }

    fn spawn(&self, _: &str, _: &str, _: Option<u64>, task: TaskFn) -> Result<()> {
        task()
    }
}

/// A request that nobody sent.
#[derive(Debug, Clone)]
pub struct FakeRequest {
    method: String,
    path: String,
    query_string: String,
    args: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    url_vars: Vec<(String, String)>,
    actor: Option<Actor>,
    client: Option<String>,
    body: Vec<u8>,
}

impl FakeRequest {
    /// A request for a path with or without query string.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let args =
            Form::parse(query).iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query_string: query.to_owned(),
            args,
            headers: Vec::new(),
            url_vars: Vec::new(),
            actor: None,
            client: None,
            body: Vec::new(),
        }
    }

    /// A GET.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST.
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new("POST", target) }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Made by that actor.
    #[must_use]
    pub fn actor(mut self, actor: Actor) -> Self {
        self.actor = Some(actor);
        self
    }

    /// From that address.
    #[must_use]
    pub fn client(mut self, address: &str) -> Self {
        self.client = Some(address.to_owned());
        self
    }

    /// With a value for a named group of the route's pattern.
    #[must_use]
    pub fn url_var(mut self, name: &str, value: &str) -> Self {
        self.url_vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As a hook sees it.
    pub fn view(&self) -> Request<'_> {
        Request::over(self)
    }

    /// Who makes it.
    pub fn who(&self) -> Option<Actor> {
        self.actor.clone()
    }

    fn list(&self, kind: &str) -> &[(String, String)] {
        match kind {
            "header" => &self.headers,
            "arg" => &self.args,
            _ => &self.url_vars,
        }
    }
}

impl RequestSource for FakeRequest {
    fn text(&self, name: &str) -> Option<&str> {
        match name {
            "method" => Some(&self.method),
            "path" | "full_path" => Some(&self.path),
            "query_string" => Some(&self.query_string),
            "scheme" => Some("http"),
            "host" => Some("localhost"),
            "client" => self.client.as_deref(),
            _ => None,
        }
    }

    fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    fn first(&self, kind: &str, name: &str) -> Option<&str> {
        self.list(kind).iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn pairs(&self, kind: &str, show: &mut dyn FnMut(&str, &str)) {
        self.list(kind).iter().for_each(|(name, value)| show(name, value));
    }

    fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Rows that no database returned.
#[derive(Debug, Clone, Default)]
pub struct FakeRows {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl FakeRows {
    /// No rows yet, of these columns.
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// With a row.
    #[must_use]
    pub fn row(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        let mut row: Vec<Value> = values.into_iter().collect();
        row.resize(self.columns.len(), Value::Null);
        self.rows.push(row);
        self
    }

    /// As a hook sees them.
    pub fn view(&self) -> Rows<'_> {
        Rows::over(self)
    }

    /// As a hook sees one of them.
    pub fn view_row(&self, index: usize) -> Row<'_> {
        Row::over(self, index)
    }
}

impl RowSource for FakeRows {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn width(&self) -> usize {
        self.columns.len()
    }

    fn column(&self, index: usize) -> &str {
        &self.columns[index]
    }

    fn cell(&self, row: usize, column: usize) -> ValueRef<'_> {
        self.rows[row][column].as_ref()
    }
}

/// A connection without a database, which keeps the functions it is given.
#[derive(Default)]
pub struct FakeConnection {
    scalars: Mutex<Vec<Function<ScalarFn>>>,
    aggregates: Mutex<Vec<Function<Box<dyn AggregateFn>>>>,
    collations: Mutex<Vec<(String, CollationFn)>>,
}

/// Its name, how many arguments it takes, and what it does.
type Function<F> = (String, i32, F);

fn registered<T>(list: &Mutex<T>) -> Result<std::sync::MutexGuard<'_, T>> {
    list.lock().map_err(|_| Error::new("a test panicked while it used the connection"))
}

impl FakeConnection {
    /// Calls a function.
    pub fn call(&self, name: &str, args: &[Value]) -> Result<Value> {
        let args: Vec<ValueRef<'_>> = args.iter().map(Value::as_ref).collect();
        let scalars = registered(&self.scalars)?;
        let fits = |n_args: i32| n_args < 0 || usize::try_from(n_args) == Ok(args.len());
        let found = scalars.iter().find(|(known, n_args, _)| known == name && fits(*n_args));
        found.map_or_else(|| Err(Error::new(format!("no such function: {name}"))), |(_, _, call)| call(&args))
    }

    /// Runs an aggregate function over rows.
    pub fn aggregate(&self, name: &str, rows: &[Vec<Value>]) -> Result<Value> {
        let aggregates = registered(&self.aggregates)?;
        let (_, _, function) = aggregates
            .iter()
            .find(|(known, _, _)| known == name)
            .ok_or_else(|| Error::new(format!("no such aggregate function: {name}")))?;
        let mut run = function.start()?;
        for row in rows {
            let args: Vec<ValueRef<'_>> = row.iter().map(Value::as_ref).collect();
            run.step(&args)?;
        }
        run.finish()
    }

    /// Compares by a collation.
    pub fn compare(&self, name: &str, a: &str, b: &str) -> Result<std::cmp::Ordering> {
        let collations = registered(&self.collations)?;
        let found = collations.iter().find(|(known, _)| known == name);
        let (_, compare) = found.ok_or_else(|| Error::new(format!("no such collation: {name}")))?;
        compare(a, b)
    }
}

impl SqlRegistrar for FakeConnection {
    fn scalar(&self, name: &str, n_args: i32, _: bool, function: ScalarFn) -> Result<()> {
        registered(&self.scalars)?.push((name.to_owned(), n_args, function));
        Ok(())
    }

    fn aggregate(&self, name: &str, n_args: i32, function: Box<dyn AggregateFn>) -> Result<()> {
        registered(&self.aggregates)?.push((name.to_owned(), n_args, function));
        Ok(())
    }

    fn collation(&self, name: &str, compare: CollationFn) -> Result<()> {
        registered(&self.collations)?.push((name.to_owned(), compare));
        Ok(())
    }
}
