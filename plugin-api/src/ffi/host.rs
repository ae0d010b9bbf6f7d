//! The server's services, as they cross.

use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{ROption, RStr, RString};

use super::args::{Arguments, arguments};
use super::guard::{guard, guard_or, result};
use super::object::{Remote, Task, pack, unpack};
use super::raw::{
    RawAnswer, RawArgsRef, RawHost, RawHostTable, RawHostTableRef, RawObject, RawRequest, RawResult, Shared,
    State,
};
use crate::hooks::{Transaction, Write};
use crate::host::{Host, Level};
use crate::{Error, Json, Request, Result};

/// What a server implements for its plugins.
pub trait Services: Send + Sync + 'static {
    /// A service: see [`Host`] for the methods, their arguments and answers.
    fn call(&self, plugin: &str, method: &str, args: Json, request: Option<Request<'_>>) -> Result<Json>;
    /// A line for the log.
    fn log(&self, plugin: &str, level: Level, message: &str);
    /// Signs text for a purpose.
    fn sign(&self, value: &str, namespace: &str) -> Result<String>;
    /// Checks text that was signed for a purpose.
    fn unsign(&self, signed: &str, namespace: &str) -> Result<String>;
    /// Runs a task beside the requests; `id` is its number if it was registered.
    fn spawn(&self, plugin: &str, name: &str, id: Option<u64>, task: TaskFn) -> Result<()>;
    /// A service that has the plugin do its part in the middle of it.
    fn call_with(
        &self,
        plugin: &str,
        method: &str,
        args: Json,
        request: Option<Request<'_>>,
        work: &dyn Fn(&Write<'_>) -> Result<()>,
    ) -> Result<Json> {
        let _ = (plugin, args, request, work);
        Err(Error::new(format!("this server does not offer `{method}`; it needs a newer datasette")))
    }
}

/// What a task does.
pub type TaskFn = Box<dyn FnOnce() -> Result<()> + Send>;

arguments! {
    /// The plugin's part in a write.
    Part {
        write: Write<'a> = callback,
    }
}

impl RawHost {
    /// The plugins' view of a server's services.
    pub fn over<T: Services>(services: &'static T) -> Self {
        let table = RawHostTableRef(Table::<T>::TABLE.static_as_prefix());
        Self { data: Shared::new(services), table }
    }
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: Services> Table<T> {
    const TABLE: &'static WithMetadata<RawHostTable> = &WithMetadata::new(RawHostTable {
        call: call::<T>,
        log: log::<T>,
        sign: sign::<T>,
        unsign: unsign::<T>,
        spawn: spawn::<T>,
        call_with: call_with::<T>,
    });
}

/// # Safety
/// `data` was made by [`RawHost::over`] from a `T`.
unsafe fn services<T>(data: Shared<'static>) -> &'static T {
    // SAFETY: the caller's promise.
    unsafe { &*data.0.cast::<T>() }
}

extern "C" fn call<T: Services>(
    data: Shared<'static>,
    plugin: RStr<'_>,
    request: ROption<RawRequest<'_>>,
    method: RStr<'_>,
    args: RStr<'_>,
) -> RawResult<RString> {
    guard(|| {
        // SAFETY: this function stands in the table of `T` only.
        let services = unsafe { services::<T>(data) };
        let request = request.into_option().map(|raw| Request { raw });
        let args = serde_json::from_str(args.as_str())?;
        let answer = services.call(plugin.as_str(), method.as_str(), args, request)?;
        Ok(serde_json::to_string(&answer)?.into())
    })
}

extern "C" fn log<T: Services>(data: Shared<'static>, plugin: RStr<'_>, level: u8, message: RStr<'_>) {
    guard_or((), || {
        // SAFETY: this function stands in the table of `T` only.
        let services = unsafe { services::<T>(data) };
        services.log(plugin.as_str(), Level::from_number(level), message.as_str());
    });
}

extern "C" fn sign<T: Services>(
    data: Shared<'static>,
    value: RStr<'_>,
    namespace: RStr<'_>,
) -> RawResult<RString> {
    // SAFETY: this function stands in the table of `T` only.
    guard(|| unsafe { services::<T>(data) }.sign(value.as_str(), namespace.as_str()).map(RString::from))
}

extern "C" fn unsign<T: Services>(
    data: Shared<'static>,
    signed: RStr<'_>,
    namespace: RStr<'_>,
) -> RawResult<RString> {
    // SAFETY: this function stands in the table of `T` only.
    guard(|| unsafe { services::<T>(data) }.unsign(signed.as_str(), namespace.as_str()).map(RString::from))
}

extern "C" fn spawn<T: Services>(
    data: Shared<'static>,
    plugin: RStr<'_>,
    name: RStr<'_>,
    task: RawObject,
) -> RawResult<()> {
    guard(|| {
        // SAFETY: this function stands in the table of `T` only.
        let services = unsafe { services::<T>(data) };
        let Task { id, work } = unpack::<Task>(task)?;
        let work = work.into_inner().unwrap_or_default();
        work.map_or(Ok(()), |work| services.spawn(plugin.as_str(), name.as_str(), id, work))
    })
}

extern "C" fn call_with<T: Services>(
    data: Shared<'static>,
    plugin: RStr<'_>,
    request: ROption<RawRequest<'_>>,
    method: RStr<'_>,
    args: RStr<'_>,
    part: RawObject,
) -> RawResult<RString> {
    guard(|| {
        // SAFETY: this function stands in the table of `T` only.
        let services = unsafe { services::<T>(data) };
        let request = request.into_option().map(|raw| Request { raw });
        let args = serde_json::from_str(args.as_str())?;
        let part = Remote::new(part);
        let work = |write: &Write<'_>| part.ask::<_, ()>("run", &Part::new(*write));
        let answer = services.call_with(plugin.as_str(), method.as_str(), args, request, &work)?;
        Ok(serde_json::to_string(&answer)?.into())
    })
}

/// The plugin's part in a transaction, on the plugin's stack.
struct Step<F, T> {
    work: Option<F>,
    outcome: Option<Result<T>>,
}

extern "C" fn run_step<F, T>(step: State, method: RStr<'_>, args: RawArgsRef<'_>) -> RawResult<RawAnswer>
where
    F: FnOnce(&Transaction<'_>) -> Result<T>,
{
    guard(|| {
        // SAFETY: `in_transaction` puts this function beside a `Step<F, T>` that outlives the call, and the server
        // calls it on the same thread, before that call returns.
        let step = unsafe { &mut *step.0.cast::<Step<F, T>>() };
        let work = step.work.take().filter(|_| method.as_str() == "run");
        let work = work.ok_or_else(|| Error::new("a transaction runs once"))?;
        let write = Part::read(args)?.write;
        let outcome = work(&Transaction { write });
        let told = outcome.as_ref().map(|_| RawAnswer::none()).map_err(Clone::clone);
        step.outcome = Some(outcome);
        told
    })
}

/// The step stays with the plugin, on its stack.
extern "C" fn keep_step(_: State) {}

impl Host {
    /// The author's handle.
    pub(crate) fn new(raw: RawHost, plugin: &str) -> Self {
        Self { raw, plugin: plugin.into() }
    }

    pub(crate) fn call_raw(&self, request: Option<&Request<'_>>, method: &str, args: &Json) -> Result<Json> {
        let request: ROption<_> = request.map(|request| request.raw).into();
        let (plugin, args) = (RStr::from(&*self.plugin), args.to_string());
        let answer =
            (self.raw.table.call())(self.raw.data, plugin, request, method.into(), args.as_str().into());
        Ok(serde_json::from_str(result(answer)?.as_str())?)
    }

    pub(crate) fn log_raw(&self, level: Level, message: &str) {
        (self.raw.table.log())(self.raw.data, RStr::from(&*self.plugin), level as u8, message.into());
    }

    pub(crate) fn sign_raw(&self, value: &str, namespace: &str) -> Result<String> {
        result((self.raw.table.sign())(self.raw.data, value.into(), namespace.into())).map(Into::into)
    }

    pub(crate) fn unsign_raw(&self, signed: &str, namespace: &str) -> Result<String> {
        result((self.raw.table.unsign())(self.raw.data, signed.into(), namespace.into())).map(Into::into)
    }

    pub(crate) fn in_transaction<T, F>(
        &self,
        request: Option<&Request<'_>>,
        args: &Json,
        work: F,
    ) -> Result<T>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T>,
    {
        let mut step = Step { work: Some(work), outcome: None };
        let state = State(std::ptr::from_mut(&mut step).cast());
        let info = RString::from("{\"kind\":\"step\"}");
        let part = RawObject { info, state, call: run_step::<F, T>, drop_state: keep_step };
        let request: ROption<_> = request.map(|request| request.raw).into();
        let (plugin, args) = (RStr::from(&*self.plugin), args.to_string());
        let (table, data) = (self.raw.table, self.raw.data);
        let Some(call_with) = table.call_with() else {
            return Err(Error::new("this server does not offer transactions; it needs a newer datasette"));
        };
        let answer = call_with(data, plugin, request, "write".into(), args.as_str().into(), part);
        match (result(answer), step.outcome) {
            // Its own error says more than what the server makes of it.
            (Err(_), Some(Err(error))) => Err(error),
            (Err(error), _) => Err(error),
            (Ok(_), Some(outcome)) => outcome,
            (Ok(_), None) => Err(Error::new("the server did not run the transaction")),
        }
    }

    pub(crate) fn spawn_raw(&self, name: &str, id: u64, work: TaskFn) -> Result<()> {
        let task = pack(Task { id: Some(id), work: std::sync::Mutex::new(Some(work)) });
        result((self.raw.table.spawn())(self.raw.data, RStr::from(&*self.plugin), name.into(), task))
    }
}
