//! Objects that plugins register, packed into [`RawObject`] and unpacked on the other side, where the
//! same trait stands for them: the server holds a `Box<dyn FacetClass>` as if it were its own.

use abi_stable::std_types::RStr;
use serde_json::json;

use super::answer::Answer;
use super::args::{Arguments, Sent, arguments};
use super::guard::{guard, guard_or, result};
use super::raw::{RawAnswer, RawArgsRef, RawObject, RawResult, State};
use crate::hooks::*;
use crate::{Actor, Error, Html, Json, Map, Request, Response, Result, Value};

/// A sort of object.
pub(crate) trait Kind: Send + Sync + Sized + 'static {
    /// What it says about itself once and for all.
    fn info(&self) -> Json;

    /// Calls a method, on the plugin's side.
    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer>;

    /// Stands for the object, on the server's side.
    fn proxy(info: Json, remote: Remote) -> Result<Self>;
}

/// Hands an object over.
pub(crate) fn pack<K: Kind>(object: K) -> RawObject {
    let info = object.info().to_string().into();
    let state = State(Box::into_raw(Box::new(object)).cast());
    RawObject { info, state, call: call::<K>, drop_state: drop_state::<K> }
}

/// Takes an object over.
pub(crate) fn unpack<K: Kind>(raw: RawObject) -> Result<K> {
    let info = serde_json::from_str(raw.info.as_str())?;
    K::proxy(info, Remote(raw))
}

extern "C" fn call<K: Kind>(state: State, method: RStr<'_>, args: RawArgsRef<'_>) -> RawResult<RawAnswer> {
    // SAFETY: `pack` puts this function beside a `K` only, which lives until `drop_state`.
    guard(|| unsafe { &*state.0.cast::<K>() }.call(method.as_str(), args))
}

/// Ends a state that is a `Box<T>`.
pub(crate) extern "C" fn drop_state<T>(state: State) {
    // SAFETY: stands beside a state made from a `Box<T>`, and is called once, by its last owner.
    guard_or((), || drop(unsafe { Box::from_raw(state.0.cast::<T>()) }));
}

/// An object on the other side.
pub(crate) struct Remote(RawObject);

impl Remote {
    fn ask<A: Arguments, T: Answer>(&self, method: &str, args: &A) -> Result<T> {
        T::receive(args.lend(|raw| result((self.0.call)(self.0.state, method.into(), raw)))?)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        (self.0.drop_state)(self.0.state);
    }
}

/// The other side's info lacks what every version of it had.
fn text(info: &Json, key: &str) -> Result<String> {
    info[key]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Error::new(format!("an object does not say its {key}")))
}

fn unknown<T>(what: &str, method: &str) -> Result<T> {
    Err(Error::new(format!("{what} of this plugin does not know `{method}`; it needs a newer plugin API")))
}

arguments! {
    Handle { request: Request<'a> = request, }
    Verify { token: &'a str = key, }
    Check { value: Sent<Json> = subject, config: Sent<Json> = config, }
    Magic { key: &'a str = key, request: Request<'a> = request, }
    Help { given: Sent<(Vec<Json>, Map)> = subject, }
    Run { args: Sent<Vec<String>> = subject, }
    Nothing {}
}

impl Kind for Route {
    fn info(&self) -> Json {
        json!({"kind": "route", "pattern": self.pattern})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        match method {
            "handle" => (self.handler)(&Handle::read(args)?.request)?.send(),
            other => unknown("a route", other),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        let handler =
            move |request: &Request<'_>| remote.ask::<_, Response>("handle", &Handle::new(*request));
        Ok(Self::new(text(&info, "pattern")?, handler))
    }
}

impl Kind for MagicParameter {
    fn info(&self) -> Json {
        json!({"kind": "magic_parameter", "prefix": self.prefix})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        let args = Magic::read(args)?;
        match method {
            "value" => (self.value)(args.key, &args.request)?.send(),
            other => unknown("a magic parameter", other),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        let value = move |key: &str, request: &Request<'_>| {
            remote.ask::<_, Value>("value", &Magic::new(key, *request))
        };
        Ok(Self::new(text(&info, "prefix")?, value))
    }
}

impl Kind for TemplateHelper {
    fn info(&self) -> Json {
        json!({"kind": "template_helper", "name": self.name})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        let args = Help::read(args)?;
        match method {
            "call" => (self.call)(&args.given.0, &args.given.1)?.send(),
            other => unknown("a template helper", other),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        let call = move |args: &[Json], named: &Map| {
            remote.ask::<_, Output>("call", &Help::new(Sent::new((args.to_vec(), named.clone()))))
        };
        Ok(Self::new(text(&info, "name")?, call))
    }
}

macro_rules! commands {
    ($($ty:ident),*) => { $(
        impl Kind for $ty {
            fn info(&self) -> Json {
                json!({"kind": "command", "name": self.name, "about": self.about, "args": self.args})
            }

            fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
                match method {
                    "run" => (self.run)(&Run::read(args)?.args)?.send(),
                    other => unknown("a command", other),
                }
            }

            fn proxy(info: Json, remote: Remote) -> Result<Self> {
                let run = move |args: &[String]| {
                    remote.ask::<_, i32>("run", &Run::new(Sent::new(args.to_vec())))
                };
                let args = serde_json::from_value(info["args"].clone())?;
                Ok(Self { args, ..Self::new(text(&info, "name")?, text(&info, "about")?, run) })
            }
        }
    )* };
}

commands!(Command, PublishTarget);

/// Something to run once, beside the requests.
pub(crate) struct Task(pub(crate) std::sync::Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Kind for Task {
    fn info(&self) -> Json {
        json!({"kind": "task"})
    }

    fn call(&self, method: &str, _: RawArgsRef<'_>) -> Result<RawAnswer> {
        if method != "run" {
            return unknown("a task", method);
        }
        let work = self.0.lock().map(|mut task| task.take()).unwrap_or_default();
        if let Some(work) = work {
            work();
        }
        Ok(RawAnswer::none())
    }

    fn proxy(_: Json, remote: Remote) -> Result<Self> {
        let run = move || {
            // The plugin's panic is an error here; whoever spawned it sees it in the log of the plugin.
            let _ = remote.ask::<_, ()>("run", &Nothing::new());
        };
        Ok(Self(std::sync::Mutex::new(Some(Box::new(run)))))
    }
}

impl Kind for Box<dyn FacetClass> {
    fn info(&self) -> Json {
        json!({"kind": "facet_class", "type": self.facet_type()})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        let context = FacetContext::read(args)?;
        match method {
            "suggest" => self.suggest(&context)?.send(),
            "facet_results" => self.facet_results(&context)?.send(),
            other => unknown("a facet class", other),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        Ok(Box::new(RemoteFacets { facet_type: text(&info, "type")?, remote }))
    }
}

struct RemoteFacets {
    facet_type: String,
    remote: Remote,
}

impl FacetClass for RemoteFacets {
    fn facet_type(&self) -> &str {
        &self.facet_type
    }

    fn suggest(&self, context: &FacetContext<'_>) -> Result<Vec<SuggestedFacet>> {
        self.remote.ask("suggest", context)
    }

    fn facet_results(&self, context: &FacetContext<'_>) -> Result<FacetResults> {
        self.remote.ask("facet_results", context)
    }
}

impl Kind for Box<dyn OutputRenderer> {
    fn info(&self) -> Json {
        json!({"kind": "output_renderer", "extension": self.extension()})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        match method {
            "can_render" => self.can_render(&CanRender::read(args)?)?.send(),
            "render" => self.render(&Render::read(args)?)?.send(),
            other => unknown("a renderer", other),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        Ok(Box::new(RemoteRenderer { extension: text(&info, "extension")?, remote }))
    }
}

struct RemoteRenderer {
    extension: String,
    remote: Remote,
}

impl OutputRenderer for RemoteRenderer {
    fn extension(&self) -> &str {
        &self.extension
    }

    fn can_render(&self, page: &CanRender<'_>) -> Result<bool> {
        self.remote.ask("can_render", page)
    }

    fn render(&self, page: &Render<'_>) -> Result<Option<Response>> {
        self.remote.ask("render", page)
    }
}

impl Kind for Box<dyn TokenHandler> {
    fn info(&self) -> Json {
        json!({"kind": "token_handler", "name": self.name()})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        match method {
            "create" => self.create(&CreateToken::read(args)?)?.send(),
            "verify" => self.verify(Verify::read(args)?.token)?.send(),
            other => unknown("a token handler", other),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        Ok(Box::new(RemoteTokens { name: text(&info, "name")?, remote }))
    }
}

struct RemoteTokens {
    name: String,
    remote: Remote,
}

impl TokenHandler for RemoteTokens {
    fn name(&self) -> &str {
        &self.name
    }

    fn create(&self, token: &CreateToken<'_>) -> Result<String> {
        self.remote.ask("create", token)
    }

    fn verify(&self, token: &str) -> Result<Option<Actor>> {
        self.remote.ask("verify", &Verify::new(token))
    }
}

impl Kind for Box<dyn ColumnType> {
    fn info(&self) -> Json {
        let (name, description, sqlite_types) = (self.name(), self.description(), self.sqlite_types());
        json!({"kind": "column_type", "name": name, "description": description, "sqlite_types": sqlite_types})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        if method == "render_cell" {
            return self.render_cell(&ColumnCell::read(args)?)?.send();
        }
        let Check { value, config, .. } = Check::read(args)?;
        match method {
            "validate" => self.validate(&value, &config)?.send(),
            "transform_value" => self.transform_value(&value, &config)?.map(|json| vec![json]).send(),
            other => unknown("a column type", other),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        let types: Vec<String> = serde_json::from_value(info["sqlite_types"].clone())?;
        // Column types live as long as the server, and there are few: their names may stay.
        let sqlite_types = types.into_iter().map(|name| &*name.leak()).collect();
        let (name, description) = (text(&info, "name")?, text(&info, "description")?);
        Ok(Box::new(RemoteColumnType { name, description, sqlite_types, remote }))
    }
}

struct RemoteColumnType {
    name: String,
    description: String,
    sqlite_types: Vec<&'static str>,
    remote: Remote,
}

impl ColumnType for RemoteColumnType {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn sqlite_types(&self) -> &[&str] {
        &self.sqlite_types
    }

    fn render_cell(&self, cell: &ColumnCell<'_>) -> Result<Option<Html>> {
        self.remote.ask("render_cell", cell)
    }

    fn validate(&self, value: &Json, config: &Json) -> Result<Option<String>> {
        self.remote.ask("validate", &Check::new(value.clone().into(), config.clone().into()))
    }

    fn transform_value(&self, value: &Json, config: &Json) -> Result<Option<Json>> {
        // In a list, so that null as a value differs from no answer.
        let answer: Option<Vec<Json>> =
            self.remote.ask("transform_value", &Check::new(value.clone().into(), config.clone().into()))?;
        Ok(answer.and_then(|mut list| list.pop()))
    }
}
