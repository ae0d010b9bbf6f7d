//! Everything that crosses the library boundary, and nothing else.
//!
//! Two sorts of types: those marked *frozen* keep their layout for ever; prefix types (`...Table`,
//! [`RawArgs`]) grow at the end, behind `last_prefix_field`, and never in the middle.

use std::ffi::c_void;
use std::marker::PhantomData;

use abi_stable::StableAbi;
use abi_stable::std_types::{ROption, RResult, RSlice, RSliceMut, RStr, RString, RVec};

/// A result whose error is [`RawError`].
pub type RawResult<T> = RResult<T, RawError>;

/// Something the other side owns; all we do is to hand it back.
#[repr(transparent)]
#[derive(StableAbi, Clone, Copy)]
pub struct State(pub *mut c_void);

// SAFETY: states are made from `Box<T>` with `T: Send + Sync` only (see `plugin` and `object`).
unsafe impl Send for State {}
// SAFETY: as above.
unsafe impl Sync for State {}

/// Something the other side lends for `'a`, to this thread.
#[repr(transparent)]
#[derive(StableAbi, Clone, Copy)]
pub struct Lent<'a>(pub *const c_void, PhantomData<&'a ()>);

impl<'a> Lent<'a> {
    /// Lends `it`.
    pub(crate) fn new<T>(it: &'a T) -> Self {
        Self(std::ptr::from_ref(it).cast(), PhantomData)
    }
}

/// # Safety
/// `data` was made by [`Lent::new`] from a `T`, and the reference is not used beyond `data`'s lifetime:
/// a `T` that borrows can't be tied to it here, because the functions in tables work for any lifetime.
pub(super) unsafe fn lent<'x, T>(data: Lent<'_>) -> &'x T {
    // SAFETY: the caller's promise.
    unsafe { &*data.0.cast::<T>() }
}

/// As [`Lent`], for things that other threads may use too.
#[repr(transparent)]
#[derive(StableAbi, Clone, Copy)]
pub struct Shared<'a>(pub *const c_void, PhantomData<&'a ()>);

impl<'a> Shared<'a> {
    /// Lends `it`.
    pub(crate) fn new<T: Sync>(it: &'a T) -> Self {
        Self(std::ptr::from_ref(it).cast(), PhantomData)
    }
}

// SAFETY: `new` takes `Sync` things only.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

/// Frozen. An [`Error`](crate::Error).
#[repr(C)]
#[derive(StableAbi)]
pub struct RawError {
    pub kind: RString,
    pub message: RString,
}

/// Frozen: SQLite has these five kinds of values and no others.
#[repr(C, u8)]
#[derive(StableAbi, Clone, Copy)]
pub enum RawValueRef<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(RStr<'a>),
    Blob(RSlice<'a, u8>),
}

/// Frozen. The owned twin of [`RawValueRef`].
#[repr(C, u8)]
#[derive(StableAbi)]
pub enum RawValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(RString),
    Blob(RVec<u8>),
}

/// Frozen. What hooks, objects and callbacks answer: text (markup or JSON), bytes, objects, or nothing.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawAnswer {
    pub text: ROption<RString>,
    pub body: RVec<u8>,
    pub objects: RVec<RawObject>,
}

/// Ends a state. (The types below write it out: the derive has to see the function's type.)
pub type DropFn = extern "C" fn(State);

/// Frozen. Something with methods that a plugin registers: a route, a renderer, a class of facets, ...
///
/// `info` is JSON that says what it is; methods are called by name, so that kinds of objects can grow.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawObject {
    pub info: RString,
    pub state: State,
    pub call: extern "C" fn(State, RStr<'_>, RawArgsRef<'_>) -> RawResult<RawAnswer>,
    pub drop_state: extern "C" fn(State),
}

/// Everything that a hook or a method may be told; each is told its part.
///
/// One struct for all of them: the layout that is compared at load stays small, and a new argument is
/// one field at the end. At most 64 fields.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RawArgsRef)))]
#[sabi(missing_field(default))]
pub struct RawArgs<'a> {
    pub request: ROption<RawRequest<'a>>,
    /// JSON.
    pub actor: ROption<RStr<'a>>,
    pub database: ROption<RStr<'a>>,
    pub table: ROption<RStr<'a>>,
    pub view: ROption<RStr<'a>>,
    pub column: ROption<RStr<'a>>,
    pub query_name: ROption<RStr<'a>>,
    pub sql: ROption<RStr<'a>>,
    pub template: ROption<RStr<'a>>,
    pub view_name: ROption<RStr<'a>>,
    pub action: ROption<RStr<'a>>,
    pub message: ROption<RStr<'a>>,
    pub title: ROption<RStr<'a>>,
    pub format: ROption<RStr<'a>>,
    pub key: ROption<RStr<'a>>,
    pub error: ROption<RStr<'a>>,
    pub version: ROption<RStr<'a>>,
    /// JSON: SQL parameters as a list of pairs.
    pub params: ROption<RStr<'a>>,
    /// JSON: what the call is about (ids, an event, a facet's configuration, arguments of a command, ...).
    pub subject: ROption<RStr<'a>>,
    /// JSON: the configuration of what is called.
    pub config: ROption<RStr<'a>>,
    pub columns: RSlice<'a, RStr<'a>>,
    pub pks: RSlice<'a, RStr<'a>>,
    pub rows: ROption<RawRows<'a>>,
    pub row: usize,
    pub value: RawValueRef<'a>,
    pub status: u16,
    pub transaction: bool,
    pub truncated: bool,
    pub size: usize,
    pub row_count: ROption<i64>,
    pub time_limit_ms: u64,
    pub suggest_time_limit_ms: u64,
    pub registrar: ROption<RawRegistrar<'a>>,
    pub callback: ROption<RawCallback<'a>>,
    /// Everything above is there since 1.0.
    #[sabi(last_prefix_field)]
    pub since_1_0: u8,
}

/// The arguments of `render_cell`, which has to be quick.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RawCellRef)))]
#[sabi(missing_field(default))]
pub struct RawCell<'a> {
    pub value: RawValueRef<'a>,
    pub column: RStr<'a>,
    pub table: ROption<RStr<'a>>,
    pub database: RStr<'a>,
    pub pks: RSlice<'a, RStr<'a>>,
    pub rows: RawRows<'a>,
    pub row: usize,
    pub request: ROption<RawRequest<'a>>,
    pub column_type: ROption<RStr<'a>>,
    /// JSON.
    #[sabi(last_prefix_field)]
    pub column_config: ROption<RStr<'a>>,
}

/// Frozen. A request of the server.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawRequest<'a> {
    pub data: Shared<'a>,
    pub table: RawRequestTableRef,
}

/// Frozen. Where pairs of texts go.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct PairSink {
    pub data: *mut c_void,
    pub keep: extern "C" fn(*mut c_void, RStr<'_>, RStr<'_>),
}

/// How to read a [`RawRequest`]. Parts are asked for by name, so that requests can grow.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RawRequestTableRef)))]
pub struct RawRequestTable {
    /// `method`, `path`, `full_path`, `query_string`, `scheme`, `host`, `body_length`, `actor` (JSON).
    pub text: for<'a, 'b> extern "C" fn(Shared<'a>, RStr<'b>) -> ROption<RStr<'a>>,
    /// First of the `header`, `arg`, `url_var` with that name.
    pub first: for<'a, 'b> extern "C" fn(Shared<'a>, RStr<'b>, RStr<'b>) -> ROption<RStr<'a>>,
    /// All pairs of `header`, `arg`, `url_var`, in order.
    pub pairs: for<'a, 'b> extern "C" fn(Shared<'a>, RStr<'b>, PairSink),
    /// Everything above is there since 1.0.
    #[sabi(last_prefix_field)]
    pub body: for<'a> extern "C" fn(Shared<'a>) -> RSlice<'a, u8>,
    /// Reads the body from that place on, wherever it is kept; how many bytes it gave.
    pub read: for<'a, 'b> extern "C" fn(Shared<'a>, u64, RSliceMut<'b, u8>) -> RawResult<usize>,
}

/// Frozen. Rows of the server.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawRows<'a> {
    pub data: Lent<'a>,
    pub table: RawRowsTableRef,
}

/// How to read [`RawRows`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RawRowsTableRef)))]
pub struct RawRowsTable {
    pub len: for<'a> extern "C" fn(Lent<'a>) -> usize,
    pub width: for<'a> extern "C" fn(Lent<'a>) -> usize,
    pub column: for<'a> extern "C" fn(Lent<'a>, usize) -> RStr<'a>,
    #[sabi(last_prefix_field)]
    pub cell: for<'a> extern "C" fn(Lent<'a>, usize, usize) -> RawValueRef<'a>,
}

/// Frozen. Something of the server's that can be called while the hook runs: what comes next for a
/// request, a write in progress.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawCallback<'a> {
    pub data: Lent<'a>,
    pub call: for<'b, 'c> extern "C" fn(Lent<'b>, RStr<'c>, RStr<'c>) -> RawResult<RawAnswer>,
}

/// Frozen. A connection that takes functions.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawRegistrar<'a> {
    pub data: Lent<'a>,
    pub table: RawRegistrarTableRef,
}

/// How to fill a [`RawRegistrar`].
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RawRegistrarTableRef)))]
pub struct RawRegistrarTable {
    pub scalar: extern "C" fn(Lent<'_>, RStr<'_>, i32, bool, RawScalar) -> RawResult<()>,
    pub aggregate: extern "C" fn(Lent<'_>, RStr<'_>, i32, RawAggregate) -> RawResult<()>,
    #[sabi(last_prefix_field)]
    pub collation: extern "C" fn(Lent<'_>, RStr<'_>, RawCollation) -> RawResult<()>,
}

/// Frozen. A SQL function.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawScalar {
    pub state: State,
    pub call: extern "C" fn(State, RSlice<'_, RawValueRef<'_>>) -> RawResult<RawValue>,
    pub drop_state: extern "C" fn(State),
}

/// Frozen. An aggregate SQL function: `start` makes a run, `finish` answers and ends it, `abandon` ends it.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawAggregate {
    pub state: State,
    pub start: extern "C" fn(State) -> RawResult<State>,
    pub step: extern "C" fn(State, RSlice<'_, RawValueRef<'_>>) -> RawResult<()>,
    pub finish: extern "C" fn(State) -> RawResult<RawValue>,
    pub abandon: extern "C" fn(State),
    pub drop_state: extern "C" fn(State),
}

/// Frozen. A collation; negative, zero or positive.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawCollation {
    pub state: State,
    pub compare: extern "C" fn(State, RStr<'_>, RStr<'_>) -> i8,
    pub drop_state: extern "C" fn(State),
}

/// Frozen. The server, as plugins see it.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawHost {
    pub data: Shared<'static>,
    pub table: RawHostTableRef,
}

/// What the server can be asked. Services are called by name, so that this need not grow.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RawHostTableRef)))]
pub struct RawHostTable {
    /// plugin, request, method, arguments as JSON; answers JSON.
    pub call: extern "C" fn(
        Shared<'static>,
        RStr<'_>,
        ROption<RawRequest<'_>>,
        RStr<'_>,
        RStr<'_>,
    ) -> RawResult<RString>,
    /// plugin, level (0 error ... 4 trace), message.
    pub log: extern "C" fn(Shared<'static>, RStr<'_>, u8, RStr<'_>),
    /// value, namespace.
    pub sign: extern "C" fn(Shared<'static>, RStr<'_>, RStr<'_>) -> RawResult<RString>,
    /// signed, namespace.
    pub unsign: extern "C" fn(Shared<'static>, RStr<'_>, RStr<'_>) -> RawResult<RString>,
    /// Hands the server something to run beside the requests: plugin, name, an object with the method `run`.
    /// Everything above is there since 1.0.
    #[sabi(last_prefix_field)]
    pub spawn: extern "C" fn(Shared<'static>, RStr<'_>, RStr<'_>, RawObject) -> RawResult<()>,
    /// As `call`, with an object whose method `run` is called, on this thread, before the answer.
    pub call_with: extern "C" fn(
        Shared<'static>,
        RStr<'_>,
        ROption<RawRequest<'_>>,
        RStr<'_>,
        RStr<'_>,
        RawObject,
    ) -> RawResult<RString>,
}

/// Frozen. A file that a plugin brings along.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawFile {
    pub path: RStr<'static>,
    pub bytes: RSlice<'static, u8>,
}

/// Frozen; what there is to say beyond it goes into `info`, which is JSON.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawPlugin {
    pub info: RString,
    pub state: State,
    pub drop_state: extern "C" fn(State),
    pub hooks: super::hooks::RawHooksRef,
    pub files: RVec<RawFile>,
}

/// What a library exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RawLibraryRef)))]
#[sabi(missing_field(panic))]
pub struct RawLibrary {
    /// Makes the plugins.
    #[sabi(last_prefix_field)]
    pub plugins: extern "C" fn(RawHost) -> RawResult<RVec<RawPlugin>>,
}

impl abi_stable::library::RootModule for RawLibraryRef {
    abi_stable::declare_root_module_statics! {RawLibraryRef}
    const BASE_NAME: &'static str = "datasette_plugin";
    const NAME: &'static str = "datasette-plugin-api";
    const VERSION_STRINGS: abi_stable::sabi_types::VersionStrings = abi_stable::package_version_strings!();
}

impl RawAnswer {
    /// Nothing.
    pub(crate) fn none() -> Self {
        Self { text: ROption::RNone, body: RVec::new(), objects: RVec::new() }
    }

    /// Text and nothing else.
    pub(crate) fn text(text: impl Into<RString>) -> Self {
        Self { text: ROption::RSome(text.into()), ..Self::none() }
    }
}

impl RawArgs<'_> {
    /// Arguments that say nothing.
    pub(crate) fn none() -> Self {
        Self {
            request: ROption::RNone,
            actor: ROption::RNone,
            database: ROption::RNone,
            table: ROption::RNone,
            view: ROption::RNone,
            column: ROption::RNone,
            query_name: ROption::RNone,
            sql: ROption::RNone,
            template: ROption::RNone,
            view_name: ROption::RNone,
            action: ROption::RNone,
            message: ROption::RNone,
            title: ROption::RNone,
            format: ROption::RNone,
            key: ROption::RNone,
            error: ROption::RNone,
            version: ROption::RNone,
            params: ROption::RNone,
            subject: ROption::RNone,
            config: ROption::RNone,
            columns: RSlice::EMPTY,
            pks: RSlice::EMPTY,
            rows: ROption::RNone,
            row: 0,
            value: RawValueRef::Null,
            status: 0,
            transaction: false,
            truncated: false,
            size: 0,
            row_count: ROption::RNone,
            time_limit_ms: 0,
            suggest_time_limit_ms: 0,
            registrar: ROption::RNone,
            callback: ROption::RNone,
            since_1_0: 0,
        }
    }
}
