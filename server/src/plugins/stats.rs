//! How often hooks are called, how often they fail, and what that costs.
//!
//! Hooks that are asked once for a page are counted and timed one by one. Cells are too many for a clock: they are
//! counted where nobody else counts, and told once their page is done; of many calls one is timed.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use datasette_plugin_api::server::Hook;
use datasette_plugin_api::{Json, json};

use super::Loaded;

/// Of so many cells one is timed.
const TIMED_EVERY: u64 = 512;

/// What is known about a hook of a plugin.
#[derive(Debug, Default)]
pub(super) struct Counts {
    calls: AtomicU64,
    errors: AtomicU64,
    /// Calls that were timed, and how long these took.
    timed: AtomicU64,
    nanos: AtomicU64,
}

impl Counts {
    /// One for each hook, in the order of [`Hook::ALL`].
    pub(super) fn of_plugin() -> Arc<[Self]> {
        Hook::ALL.iter().map(|_| Self::default()).collect()
    }

    fn add(&self, calls: u64, errors: u64, timed: u64, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        for (counter, more) in
            [(&self.calls, calls), (&self.errors, errors), (&self.timed, timed), (&self.nanos, nanos)]
        {
            if more > 0 {
                counter.fetch_add(more, Ordering::Relaxed);
            }
        }
    }

    /// Counts and times a call. `inside` is what it spent on the server's own work.
    pub(super) fn timed<T, E>(
        &self,
        inside: &Cell<Duration>,
        call: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let started = Instant::now();
        let answer = call();
        self.add(1, u64::from(answer.is_err()), 1, started.elapsed().saturating_sub(inside.get()));
        answer
    }

    /// Counts one of very many calls, of which few are timed.
    pub(super) fn sampled<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let timed = self.timed.load(Ordering::Relaxed);
        if timed.saturating_mul(TIMED_EVERY) <= self.calls.load(Ordering::Relaxed) {
            return self.timed(&Cell::default(), call);
        }
        let answer = call();
        self.add(1, u64::from(answer.is_err()), 0, Duration::ZERO);
        answer
    }

    /// Nothing if it was never called.
    fn tell(&self, hook: Hook) -> Option<Json> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (calls, timed) = (read(&self.calls), read(&self.timed));
        let milliseconds = |nanos: f64| (nanos / 1000.0).round() / 1000.0;
        #[allow(clippy::cast_precision_loss, reason = "nobody needs the last digit of so many")]
        let (mean, all) = (read(&self.nanos) as f64 / timed.max(1) as f64, calls as f64);
        (calls > 0).then(|| {
            json!({
                "hook": hook.name(),
                "calls": calls,
                "errors": read(&self.errors),
                "total_ms": milliseconds(mean * all),
                "mean_us": mean.round() / 1000.0,
            })
        })
    }
}

impl Loaded {
    /// A call that took so long.
    pub(super) fn called(&self, hook: Hook, took: Duration, failed: bool) {
        if let Some(counts) = self.counts.get(hook as usize) {
            counts.add(1, u64::from(failed), 1, took);
        }
    }

    /// A call whose time says nothing about the others, of which few are timed.
    pub(super) fn called_untimed(&self, hook: Hook, failed: bool) {
        if let Some(counts) = self.counts.get(hook as usize) {
            counts.add(1, u64::from(failed), 0, Duration::ZERO);
        }
    }

    /// Calls `work` and counts it. `inside` is what it spent on the server's own work, which is not the plugin's.
    pub(super) fn counted<T, E>(
        &self,
        hook: Hook,
        inside: &Cell<Duration>,
        work: impl FnOnce() -> Option<Result<T, E>>,
    ) -> Option<Result<T, E>> {
        let started = Instant::now();
        let answer = work()?;
        self.called(hook, started.elapsed().saturating_sub(inside.get()), answer.is_err());
        Some(answer)
    }

    /// What its hooks were asked and what that took, of those that were called.
    pub(super) fn stats(&self) -> Json {
        Hook::ALL.iter().zip(&*self.counts).filter_map(|(hook, counts)| counts.tell(*hook)).collect()
    }
}

/// Adds the time of what the server does within a hook.
pub(super) fn within<T>(inside: &Cell<Duration>, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    inside.set(inside.get() + started.elapsed());
    result
}

/// Calls about the cells of a page, told when it is done.
#[derive(Debug, Default)]
pub(super) struct PageCounts {
    calls: u64,
    errors: u64,
    timed: u64,
    took: Duration,
}

impl PageCounts {
    /// Counts a call.
    #[inline]
    pub(super) fn sampled<T, E>(
        &mut self,
        call: impl FnOnce() -> Option<Result<T, E>>,
    ) -> Option<Result<T, E>> {
        let started = self.calls.is_multiple_of(TIMED_EVERY).then(Instant::now);
        let answer = call()?;
        self.calls += 1;
        if let Some(started) = started {
            self.timed += 1;
            self.took += started.elapsed();
        }
        self.errors += u64::from(answer.is_err());
        Some(answer)
    }

    /// Adds them to what is known about the hook of that plugin.
    pub(super) fn tell(&self, plugin: &Loaded, hook: Hook) {
        if let Some(counts) = plugin.counts.get(hook as usize) {
            counts.add(self.calls, self.errors, self.timed, self.took);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_with_their_mean_time() {
        let counts = Counts::default();
        assert_eq!(counts.tell(Hook::MenuLinks), None);
        counts.add(1, 1, 1, Duration::from_micros(3));
        counts.add(1, 0, 1, Duration::from_micros(1));
        let told = json!({"hook": "menu_links", "calls": 2, "errors": 1, "total_ms": 0.004, "mean_us": 2.0});
        assert_eq!(counts.tell(Hook::MenuLinks), Some(told));
        // The first of the cells is timed, whatever was counted before them.
        let sampled = Counts::default();
        sampled.add(1, 0, 0, Duration::ZERO);
        (0..TIMED_EVERY).for_each(|_| assert_eq!(sampled.sampled(|| Ok::<_, ()>(1)), Ok(1)));
        assert_eq!(sampled.timed.load(Ordering::Relaxed), 2);
        // Of many calls few are timed: the others took as long.
        let cells = Counts::default();
        cells.add(1000, 0, 2, Duration::from_micros(2));
        assert_eq!(cells.tell(Hook::RenderCell).unwrap()["total_ms"], 1.0);
    }
}
