//! How often somebody may try. After a few failures a name has to wait, longer each time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Failures that cost nothing: people mistype.
const FREE: u32 = 5;

/// Nobody can lock another out for longer than this at a time.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Failures are forgotten that long after the last one.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);

/// Names that are remembered.
const MOST_NAMES: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Attempts(HashMap<String, Failures>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn wait(self) -> Duration {
        let doublings = match self.count.checked_sub(FREE) {
            None => return Duration::ZERO,
            Some(more) => more.min(10),
        };
        Duration::from_secs(1 << doublings).min(LONGEST_WAIT)
    }
}

impl Attempts {
    /// Whether the name may try now, or how long it has to wait.
    pub(crate) fn admit(&mut self, name: &str, now: Instant) -> Result<(), Duration> {
        let Some(failures) = self.0.get(name) else { return Ok(()) };
        let passed = now.saturating_duration_since(failures.last);
        match failures.wait().checked_sub(passed) {
            Some(left) if !left.is_zero() => Err(left),
            _ => Ok(()),
        }
    }

    pub(crate) fn failed(&mut self, name: &str, now: Instant) {
        self.0.retain(|_, failures| now.saturating_duration_since(failures.last) < FORGOTTEN);
        if self.0.len() >= MOST_NAMES && !self.0.contains_key(name) {
            // Names that failed once make room before those that are being guessed at.
            let least = self.0.iter().min_by_key(|(_, failures)| (failures.count, failures.last));
            if let Some(name) = least.map(|(name, _)| name.clone()) {
                self.0.remove(&name);
            }
        }
        let failures = self.0.entry(name.to_owned()).or_insert(Failures { count: 0, last: now });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    pub(crate) fn succeeded(&mut self, name: &str) {
        self.0.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for _ in 0..FREE {
            assert_eq!(attempts.admit("ann", start), Ok(()));
            attempts.failed("ann", start);
        }
        assert_eq!(attempts.admit("ann", start), Err(Duration::from_secs(1)));
        let later = start + Duration::from_secs(1);
        assert_eq!(attempts.admit("ann", later), Ok(()));
        attempts.failed("ann", later);
        assert_eq!(attempts.admit("ann", later), Err(Duration::from_secs(2)));
        (0..100).for_each(|_| attempts.failed("ann", later));
        assert_eq!(attempts.admit("ann", later), Err(LONGEST_WAIT));
        assert_eq!(attempts.admit("bob", later), Ok(()), "others do not wait");
        attempts.succeeded("ann");
        assert_eq!(attempts.admit("ann", later), Ok(()));
    }

    #[test]
    fn failures_are_forgotten() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        (0..20).for_each(|_| attempts.failed("ann", start));
        attempts.failed("bob", start + FORGOTTEN);
        assert!(!attempts.0.contains_key("ann"));
    }

    #[test]
    fn many_names_do_not_fill_memory_or_free_the_one_under_attack() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        (0..20).for_each(|_| attempts.failed("ann", start));
        for number in 0..MOST_NAMES * 2 {
            attempts.failed(&number.to_string(), start);
        }
        assert_eq!(attempts.0.len(), MOST_NAMES);
        assert!(attempts.admit("ann", start).is_err());
    }
}
