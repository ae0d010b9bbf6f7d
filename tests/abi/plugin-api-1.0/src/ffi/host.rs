//! The server's services, as they cross.

use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{ROption, RStr, RString};

use super::guard::{guard, guard_or, result};
use super::object::{Task, pack, unpack};
use super::raw::{RawHost, RawHostTable, RawHostTableRef, RawObject, RawRequest, RawResult, Shared};
use crate::host::{Host, Level};
use crate::{Json, Request, Result};

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
    /// Runs a task beside the requests.
    fn spawn(&self, plugin: &str, name: &str, task: Box<dyn FnOnce() + Send>) -> Result<()>;
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
        let task = unpack::<Task>(task)?.0.into_inner().unwrap_or_default();
        task.map_or(Ok(()), |task| services.spawn(plugin.as_str(), name.as_str(), task))
    })
}

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

    pub(crate) fn spawn_raw(&self, name: &str, task: Box<dyn FnOnce() + Send>) -> Result<()> {
        let task = pack(Task(std::sync::Mutex::new(Some(task))));
        result((self.raw.table.spawn())(self.raw.data, RStr::from(&*self.plugin), name.into(), task))
    }
}
