//! One installer at a time.

use std::fs::{File, TryLockError};
use std::time::{Duration, Instant};

use super::Watcher;
use super::error::{Error, Result};
use super::place::Place;

/// Longer than any installation should take.
const PATIENCE: Duration = Duration::from_secs(300);

/// The right to change what is installed, until it is dropped or the process ends in whatever way.
pub(super) struct Turn {
    _file: File,
}

impl Turn {
    /// Waits for whoever has it.
    pub(super) fn take(place: &Place, watcher: &dyn Watcher) -> Result<Self> {
        place.make()?;
        let options = File::options().create(true).write(true).truncate(false).open(place.lock());
        let file = options.map_err(|error| place.not_writable(&error))?;
        let started = Instant::now();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(place.not_writable(&error)),
                Err(TryLockError::WouldBlock) if started.elapsed() > PATIENCE => {
                    return Err(Error::failed(format!(
                        "Another installation holds {}; try again when it is done",
                        place.lock().display()
                    )));
                }
                Err(TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut told, true) {
                        watcher.note("Waiting for another installation to finish");
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }
}
