//! SQL functions, as they cross.

use std::cmp::Ordering;

use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{RSlice, RStr};

use super::guard::{guard, guard_or_print, result};
use super::object::drop_state;
use super::raw::{
    DropFn, Lent, RawAggregate, RawCollation, RawRegistrar, RawRegistrarTable, RawRegistrarTableRef,
    RawResult, RawScalar, RawValue, RawValueRef, State, lent,
};
use crate::registrar::{Aggregate, Registrar};
use crate::{Error, Result, Value, ValueRef};

/// A SQL function, as the server registers it.
pub type ScalarFn = Box<dyn Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync>;
/// A collation, as the server registers it. An error is a panic of the plugin's: SQLite knows no collations that
/// fail, so whoever runs the statement has to see to it that it does.
pub type CollationFn = Box<dyn Fn(&str, &str) -> Result<Ordering> + Send + Sync>;

/// What a collation answers that panicked; servers older than 1.1 take it for "less".
const PANICKED: i8 = i8::MIN;

/// An aggregate function, as the server registers it.
pub trait AggregateFn: Send + Sync {
    /// A new run.
    fn start(&self) -> Result<Box<dyn AggregateRun>>;
}

/// One run of an aggregate function, as the server drives it.
pub trait AggregateRun: Send {
    /// Another row.
    fn step(&mut self, args: &[ValueRef<'_>]) -> Result<()>;
    /// What they come to.
    fn finish(self: Box<Self>) -> Result<Value>;
}

/// What a server implements for its connections. `n_args` -1 means any number.
pub trait SqlRegistrar {
    /// Registers a function.
    fn scalar(&self, name: &str, n_args: i32, deterministic: bool, function: ScalarFn) -> Result<()>;
    /// Registers an aggregate function.
    fn aggregate(&self, name: &str, n_args: i32, function: Box<dyn AggregateFn>) -> Result<()>;
    /// Registers a collation.
    fn collation(&self, name: &str, compare: CollationFn) -> Result<()>;
}

impl<'a> Registrar<'a> {
    /// The plugins' view of a server's connection. It must not leave this thread: see `Registrar`.
    pub fn over<T: SqlRegistrar>(source: &'a T) -> Self {
        let table = RawRegistrarTableRef(Table::<T>::TABLE.static_as_prefix());
        Self { raw: RawRegistrar { data: Lent::new(source), table } }
    }
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: SqlRegistrar> Table<T> {
    const TABLE: &'static WithMetadata<RawRegistrarTable> = &WithMetadata::new(RawRegistrarTable {
        scalar: host_scalar::<T>,
        aggregate: host_aggregate::<T>,
        collation: host_collation::<T>,
    });
}

extern "C" fn host_scalar<T: SqlRegistrar>(
    data: Lent<'_>,
    name: RStr<'_>,
    n_args: i32,
    deterministic: bool,
    raw: RawScalar,
) -> RawResult<()> {
    guard(|| {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        let owner = Owner { state: raw.state, drop_state: raw.drop_state };
        let function = move |args: &[ValueRef<'_>]| {
            let owner = &owner;
            with_raw(args, |args| result((raw.call)(owner.state, args))).map(Value::from)
        };
        source.scalar(name.as_str(), n_args, deterministic, Box::new(function))
    })
}

extern "C" fn host_aggregate<T: SqlRegistrar>(
    data: Lent<'_>,
    name: RStr<'_>,
    n_args: i32,
    raw: RawAggregate,
) -> RawResult<()> {
    guard(|| {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        let owner = Owner { state: raw.state, drop_state: raw.drop_state };
        source.aggregate(name.as_str(), n_args, Box::new(RemoteAggregate { owner, raw }))
    })
}

extern "C" fn host_collation<T: SqlRegistrar>(
    data: Lent<'_>,
    name: RStr<'_>,
    raw: RawCollation,
) -> RawResult<()> {
    guard(|| {
        // SAFETY: this function stands in the table of `T` only.
        let source = unsafe { lent::<T>(data) };
        let owner = Owner { state: raw.state, drop_state: raw.drop_state };
        let compare = move |a: &str, b: &str| {
            let owner = &owner;
            match (raw.compare)(owner.state, a.into(), b.into()) {
                PANICKED => Err(Error::new("the collation panicked")),
                order => Ok(order.cmp(&0)),
            }
        };
        source.collation(name.as_str(), Box::new(compare))
    })
}

/// Ends a plugin's state when the connection lets go of the function.
struct Owner {
    state: State,
    drop_state: DropFn,
}

impl Drop for Owner {
    fn drop(&mut self) {
        (self.drop_state)(self.state);
    }
}

struct RemoteAggregate {
    owner: Owner,
    raw: RawAggregate,
}

impl AggregateFn for RemoteAggregate {
    fn start(&self) -> Result<Box<dyn AggregateRun>> {
        let state = result((self.raw.start)(self.owner.state))?;
        let (step, finish, abandon) = (self.raw.step, self.raw.finish, self.raw.abandon);
        Ok(Box::new(RemoteRun { state: Some(state), step, finish, abandon }))
    }
}

struct RemoteRun {
    /// Gone once finished.
    state: Option<State>,
    step: extern "C" fn(State, RSlice<'_, RawValueRef<'_>>) -> RawResult<()>,
    finish: extern "C" fn(State) -> RawResult<RawValue>,
    abandon: DropFn,
}

impl AggregateRun for RemoteRun {
    fn step(&mut self, args: &[ValueRef<'_>]) -> Result<()> {
        self.state.map_or(Ok(()), |state| with_raw(args, |args| result((self.step)(state, args))))
    }

    fn finish(mut self: Box<Self>) -> Result<Value> {
        self.state.take().map_or(Ok(Value::Null), |state| result((self.finish)(state)).map(Value::from))
    }
}

impl Drop for RemoteRun {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            (self.abandon)(state);
        }
    }
}

/// As many arguments as SQL functions usually have: these need no allocation.
const FEW: usize = 8;

fn with_raw<R>(args: &[ValueRef<'_>], call: impl FnOnce(RSlice<'_, RawValueRef<'_>>) -> R) -> R {
    if args.len() <= FEW {
        let mut few = [RawValueRef::Null; FEW];
        for (raw, value) in few.iter_mut().zip(args) {
            *raw = (*value).into();
        }
        return call(RSlice::from_slice(&few[..args.len()]));
    }
    let many: Vec<RawValueRef<'_>> = args.iter().map(|value| (*value).into()).collect();
    call(RSlice::from_slice(&many))
}

fn with_values<R>(args: RSlice<'_, RawValueRef<'_>>, call: impl FnOnce(&[ValueRef<'_>]) -> R) -> R {
    if args.len() <= FEW {
        let mut few = [ValueRef::Null; FEW];
        for (value, raw) in few.iter_mut().zip(args.iter()) {
            *value = (*raw).into();
        }
        return call(&few[..args.len()]);
    }
    let many: Vec<ValueRef<'_>> = args.iter().map(|raw| (*raw).into()).collect();
    call(&many)
}

fn state<T>(it: T) -> State {
    State(Box::into_raw(Box::new(it)).cast())
}

/// # Safety
/// `state` was made by [`state`] from a `T` that still lives.
unsafe fn shared<'a, T>(state: State) -> &'a T {
    // SAFETY: the caller's promise.
    unsafe { &*state.0.cast::<T>() }
}

/// Hands a function to the server.
pub(crate) fn scalar<F>(
    raw: RawRegistrar<'_>,
    name: &str,
    n_args: i32,
    deterministic: bool,
    f: F,
) -> Result<()>
where
    F: Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync + 'static,
{
    extern "C" fn call<F>(state: State, args: RSlice<'_, RawValueRef<'_>>) -> RawResult<RawValue>
    where
        F: Fn(&[ValueRef<'_>]) -> Result<Value>,
    {
        // SAFETY: stands beside a state made from an `F`.
        guard(|| with_values(args, unsafe { shared::<F>(state) }).map(RawValue::from))
    }
    let function = RawScalar { state: state(f), call: call::<F>, drop_state: drop_state::<F> };
    result((raw.table.scalar())(raw.data, name.into(), n_args, deterministic, function))
}

/// Hands an aggregate function to the server.
pub(crate) fn aggregate<A, F>(raw: RawRegistrar<'_>, name: &str, n_args: i32, f: F) -> Result<()>
where
    A: Aggregate,
    F: Fn() -> A + Send + Sync + 'static,
{
    extern "C" fn start<A, F: Fn() -> A>(factory: State) -> RawResult<State> {
        // SAFETY: stands beside a state made from an `F`.
        guard(|| Ok(state(unsafe { shared::<F>(factory) }())))
    }
    extern "C" fn step<A: Aggregate>(run: State, args: RSlice<'_, RawValueRef<'_>>) -> RawResult<()> {
        // SAFETY: the run was made by `start`, and SQLite steps it from one thread at a time.
        let run = unsafe { &mut *run.0.cast::<A>() };
        guard(|| with_values(args, |args| run.step(args)))
    }
    extern "C" fn finish<A: Aggregate>(run: State) -> RawResult<RawValue> {
        // SAFETY: the run was made by `start`; the server forgets it with this call.
        let run = unsafe { Box::from_raw(run.0.cast::<A>()) };
        guard(|| run.finish().map(RawValue::from))
    }
    let function = RawAggregate {
        state: state(f),
        start: start::<A, F>,
        step: step::<A>,
        finish: finish::<A>,
        abandon: drop_state::<A>,
        drop_state: drop_state::<F>,
    };
    result((raw.table.aggregate())(raw.data, name.into(), n_args, function))
}

/// Hands a collation to the server.
pub(crate) fn collation<F>(raw: RawRegistrar<'_>, name: &str, f: F) -> Result<()>
where
    F: Fn(&str, &str) -> Ordering + Send + Sync + 'static,
{
    extern "C" fn compare<F: Fn(&str, &str) -> Ordering>(state: State, a: RStr<'_>, b: RStr<'_>) -> i8 {
        // SAFETY: stands beside a state made from an `F`.
        guard_or_print(PANICKED, || unsafe { shared::<F>(state) }(a.as_str(), b.as_str()) as i8)
    }
    let collation = RawCollation { state: state(f), compare: compare::<F>, drop_state: drop_state::<F> };
    result((raw.table.collation())(raw.data, name.into(), collation))
}
