//! The firewall around every function that the other side calls: a panic becomes an error.
//!
//! A panic that reaches the edge of an `extern "C"` function ends the process, and the other side's
//! `catch_unwind` never sees it. So the guard stands on this side, inside the library that panics.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use abi_stable::std_types::{RErr, ROk};

use super::raw::{RawError, RawResult};
use crate::error::{Error, ErrorKind, Result};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; its error or panic becomes a raw error.
pub fn guard<T>(work: impl FnOnce() -> Result<T>) -> RawResult<T> {
    match caught(work) {
        Ok(value) => ROk(value),
        Err(error) => RErr(error.into()),
    }
}

/// Runs `work`; if it fails, the answer is `otherwise`.
pub(crate) fn guard_or<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    caught(|| Ok(work())).unwrap_or(otherwise)
}

/// Like [`guard_or`], where the other side has no room for words: they go to standard error.
pub(crate) fn guard_or_print<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    caught(|| Ok(work())).unwrap_or_else(|error| {
        // Not `eprintln!`, which panics where nobody reads.
        let _ = writeln!(std::io::stderr(), "{}", error.message);
        otherwise
    })
}

fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // One look-up: in a library these variables are behind a call.
    let outcome = DEPTH.with(|depth| {
        depth.set(depth.get() + 1);
        let outcome = panic::catch_unwind(AssertUnwindSafe(work));
        depth.set(depth.get() - 1);
        outcome
    });
    outcome.unwrap_or_else(|payload| Err(told(payload)))
}

#[cold]
fn told(payload: Box<dyn Any + Send>) -> Error {
    let noted = LAST.with(|last| last.borrow_mut().take());
    let text = text_of(&*payload).map(str::to_owned);
    if text.is_none() {
        // Not dropped: it may panic while it is dropped, and that one would get away. Texts don't.
        std::mem::forget(payload);
    }
    Error::new(noted.or(text).unwrap_or_else(|| "panicked".to_owned()))
}

/// What was said with `panic!`.
fn text_of(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// Notes where guarded code panics; elsewhere panics print as ever.
///
/// Every library has a standard library of its own: the server's hook never hears of a plugin's panics.
pub fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.with(Cell::get) == 0 {
                return previous(info);
            }
            let text = text_of(info.payload()).unwrap_or("(no message)");
            let note = match info.location() {
                Some(at) => format!("panicked at {}:{}: {text}", at.file(), at.line()),
                None => format!("panicked: {text}"),
            };
            LAST.with(|last| *last.borrow_mut() = Some(note));
        }));
    });
}

impl From<Error> for RawError {
    fn from(error: Error) -> Self {
        Self { kind: error.kind.as_str().into(), message: error.message.into() }
    }
}

/// What the other side's error means here.
pub(crate) fn received(error: RawError) -> Error {
    Error::of(ErrorKind::from_word(&error.kind), error.message)
}

/// The result that the other side sent.
pub(crate) fn result<T>(result: RawResult<T>) -> Result<T> {
    result.into_result().map_err(received)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_place() {
        install_panic_hook();
        let error = result(guard::<()>(|| panic!("boom {}", 1))).unwrap_err();
        assert!(error.message.contains("boom 1"), "{}", error.message);
        assert!(error.message.contains("guard.rs:"), "{}", error.message);
    }

    #[test]
    fn an_error_keeps_its_kind() {
        let error = result(guard::<()>(|| Err(Error::forbidden("no")))).unwrap_err();
        assert_eq!(error, Error::forbidden("no"));
    }
}
