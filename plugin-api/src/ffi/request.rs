//! Requests cross as a pointer and a table of readers: nothing is copied.

use std::ffi::c_void;

use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{ROption, RSlice, RSliceMut, RStr};

use super::guard::{guard, guard_or, result};
use super::raw::{PairSink, RawRequest, RawRequestTable, RawRequestTableRef, RawResult, Shared};
use crate::Actor;
use crate::request::Request;

/// What a server implements for its requests.
pub trait RequestSource: Sync + 'static {
    /// `method`, `path`, `full_path`, `query_string`, `scheme`, `host`, `client`.
    fn text(&self, name: &str) -> Option<&str>;
    /// Who asks.
    fn actor(&self) -> Option<&Actor>;
    /// First `header` (name in lower case), `arg` or `url_var` of that name.
    fn first(&self, kind: &str, name: &str) -> Option<&str>;
    /// Shows every `header`, `arg` or `url_var`.
    fn pairs(&self, kind: &str, show: &mut dyn FnMut(&str, &str));
    /// The body; empty if it is kept elsewhere.
    fn body(&self) -> &[u8];

    /// Reads the body from that place on, wherever it is kept.
    fn read_body(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        read_from(self.body(), at, into)
    }
}

/// Reads from that place on; how much there was.
pub fn read_from(bytes: &[u8], at: u64, into: &mut [u8]) -> std::io::Result<usize> {
    let mut rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    std::io::Read::read(&mut rest, into)
}

impl<'a> Request<'a> {
    /// The plugins' view of a server's request.
    pub fn over<T: RequestSource>(source: &'a T) -> Self {
        let table = RawRequestTableRef(Table::<T>::TABLE.static_as_prefix());
        Self { raw: RawRequest { data: Shared::new(source), table } }
    }

    /// The server's request behind the view. Only for requests that came from [`Request::over`] of the
    /// same program: a server's own, handed back to it by a plugin.
    pub(crate) fn source<T: RequestSource>(&self) -> Option<&'a T> {
        let same = self.text("rust_type") == Some(std::any::type_name::<T>());
        // SAFETY: the table behind the view says that its data is a `T`, and `over` lent it for `'a`.
        same.then(|| unsafe { &*self.raw.data.0.cast::<T>() })
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        (self.raw.table.text())(self.raw.data, name.into()).map(|text| text.as_str()).into_option()
    }

    pub(crate) fn first(&self, kind: &str, name: &str) -> Option<&'a str> {
        let found = (self.raw.table.first())(self.raw.data, kind.into(), name.into());
        found.map(|text| text.as_str()).into_option()
    }

    pub(crate) fn pairs(&self, kind: &str) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        let sink = PairSink { data: std::ptr::from_mut(&mut all).cast::<c_void>(), keep };
        (self.raw.table.pairs())(self.raw.data, kind.into(), sink);
        all
    }

    pub(crate) fn read_at(&self, at: u64, into: &mut [u8]) -> crate::Result<usize> {
        match self.raw.table.read() {
            Some(read) => result(read(self.raw.data, at, into.into())),
            // An older server keeps every body in memory.
            None => Ok(read_from(self.bytes(), at, into)?),
        }
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        (self.raw.table.body())(self.raw.data).as_slice()
    }
}

extern "C" fn keep(into: *mut c_void, name: RStr<'_>, value: RStr<'_>) {
    guard_or((), || {
        // SAFETY: `pairs` passes its own vector, which outlives the call.
        let all = unsafe { &mut *into.cast::<Vec<(String, String)>>() };
        all.push((name.into(), value.into()));
    });
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: RequestSource> Table<T> {
    const TABLE: &'static WithMetadata<RawRequestTable> = &WithMetadata::new(RawRequestTable {
        text: text::<T>,
        first: first::<T>,
        pairs: pairs::<T>,
        body: body::<T>,
        read: read::<T>,
    });
}

/// # Safety
/// `data` was made by [`Shared::new`] from a `T`.
unsafe fn lent<'a, T>(data: Shared<'a>) -> &'a T {
    // SAFETY: the caller's promise; `Shared` keeps the lifetime.
    unsafe { &*data.0.cast::<T>() }
}

extern "C" fn text<'a, T: RequestSource>(data: Shared<'a>, name: RStr<'_>) -> ROption<RStr<'a>> {
    guard_or(ROption::RNone, || {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        let found = match name.as_str() {
            "actor" => source.actor().map(Actor::as_text),
            "rust_type" => Some(std::any::type_name::<T>()),
            name => source.text(name),
        };
        found.map(RStr::from).into()
    })
}

extern "C" fn first<'a, T: RequestSource>(
    data: Shared<'a>,
    kind: RStr<'_>,
    name: RStr<'_>,
) -> ROption<RStr<'a>> {
    guard_or(ROption::RNone, || {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        source.first(kind.as_str(), name.as_str()).map(RStr::from).into()
    })
}

extern "C" fn pairs<T: RequestSource>(data: Shared<'_>, kind: RStr<'_>, sink: PairSink) {
    guard_or((), || {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        source.pairs(kind.as_str(), &mut |name, value| (sink.keep)(sink.data, name.into(), value.into()));
    });
}

extern "C" fn body<T: RequestSource>(data: Shared<'_>) -> RSlice<'_, u8> {
    guard_or(RSlice::EMPTY, || {
        // SAFETY: this function stands in the table of `T` only.
        RSlice::from(unsafe { lent::<T>(data) }.body())
    })
}

extern "C" fn read<T: RequestSource>(
    data: Shared<'_>,
    at: u64,
    mut into: RSliceMut<'_, u8>,
) -> RawResult<usize> {
    // SAFETY: this function stands in the table of `T` only.
    guard(|| Ok(unsafe { lent::<T>(data) }.read_body(at, into.as_mut_slice())?))
}
