//! How often somebody may try. After a few failures a name has to wait, longer each time; so does an address, whatever
//! names are tried from it.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Failures of one name that cost nothing: people mistype.
const FREE: u32 = 5;

/// The same for one address: a whole office may share it.
const FREE_FROM_ADDRESS: u32 = 20;

/// Nobody can lock another out for longer than this at a time.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Failures are forgotten that long after the last one.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);

/// Names, and addresses, that are remembered.
const MOST: usize = 4096;

/// Failures by name and by address.
#[derive(Debug)]
pub(crate) struct Limits {
    names: Attempts<String>,
    addresses: Attempts<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { names: Attempts::new(FREE), addresses: Attempts::new(FREE_FROM_ADDRESS) }
    }
}

impl Limits {
    /// Whether that name may try now from there, or how long it has to wait.
    pub(crate) fn admit(&self, name: &str, from: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        self.names.admit(name, now)?;
        from.map_or(Ok(()), |from| self.addresses.admit(&household(from), now))
    }

    pub(crate) fn failed(&mut self, name: &str, from: Option<IpAddr>, now: Instant) {
        self.names.failed(name.to_owned(), now);
        if let Some(from) = from {
            self.addresses.failed(household(from), now);
        }
    }

    /// Of the address nothing is forgotten: who has an account could go on guessing at others.
    pub(crate) fn succeeded(&mut self, name: &str) {
        self.names.succeeded(name);
    }
}

/// Whoever has one IPv6 address has the 2^64 beside it, too.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}

#[derive(Debug)]
struct Attempts<K> {
    /// So many cost nothing.
    free: u32,
    failures: HashMap<K, Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn wait(self, free: u32) -> Duration {
        let doublings = match self.count.checked_sub(free) {
            None => return Duration::ZERO,
            Some(more) => more.min(10),
        };
        Duration::from_secs(1 << doublings).min(LONGEST_WAIT)
    }
}

impl<K: Clone + Eq + Hash> Attempts<K> {
    fn new(free: u32) -> Self {
        Self { free, failures: HashMap::new() }
    }

    fn admit<Q: Eq + Hash + ?Sized>(&self, who: &Q, now: Instant) -> Result<(), Duration>
    where
        K: Borrow<Q>,
    {
        let Some(failures) = self.failures.get(who) else { return Ok(()) };
        let passed = now.saturating_duration_since(failures.last);
        match failures.wait(self.free).checked_sub(passed) {
            Some(left) if !left.is_zero() => Err(left),
            _ => Ok(()),
        }
    }

    fn failed(&mut self, who: K, now: Instant) {
        self.failures.retain(|_, failures| now.saturating_duration_since(failures.last) < FORGOTTEN);
        if self.failures.len() >= MOST && !self.failures.contains_key(&who) {
            // Those that failed once make room before those that are being guessed at.
            let least = self.failures.iter().min_by_key(|(_, failures)| (failures.count, failures.last));
            if let Some(who) = least.map(|(who, _)| who.clone()) {
                self.failures.remove(&who);
            }
        }
        let failures = self.failures.entry(who).or_insert(Failures { count: 0, last: now });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    fn succeeded<Q: Eq + Hash + ?Sized>(&mut self, who: &Q)
    where
        K: Borrow<Q>,
    {
        self.failures.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(limits: &mut Limits, times: u32, name: &str, now: Instant) {
        (0..times).for_each(|_| limits.failed(name, None, now));
    }

    #[test]
    fn waits_grow_and_end() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        for _ in 0..FREE {
            assert_eq!(limits.admit("ann", None, start), Ok(()));
            limits.failed("ann", None, start);
        }
        assert_eq!(limits.admit("ann", None, start), Err(Duration::from_secs(1)));
        let later = start + Duration::from_secs(1);
        assert_eq!(limits.admit("ann", None, later), Ok(()));
        limits.failed("ann", None, later);
        assert_eq!(limits.admit("ann", None, later), Err(Duration::from_secs(2)));
        fail(&mut limits, 100, "ann", later);
        assert_eq!(limits.admit("ann", None, later), Err(LONGEST_WAIT));
        assert_eq!(limits.admit("bob", None, later), Ok(()), "others do not wait");
        limits.succeeded("ann");
        assert_eq!(limits.admit("ann", None, later), Ok(()));
    }

    #[test]
    fn one_address_can_not_go_through_all_names() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        let [guesser, beside, other] =
            ["2001:db8::1", "2001:db8::2:3:4:5", "192.0.2.1"].map(|text| text.parse().ok());
        (0..FREE_FROM_ADDRESS).for_each(|number| limits.failed(&number.to_string(), guesser, start));
        assert_eq!(limits.admit("ann", guesser, start), Err(Duration::from_secs(1)));
        assert_eq!(limits.admit("ann", beside, start), Err(Duration::from_secs(1)), "the same household");
        assert_eq!(limits.admit("ann", other, start), Ok(()), "from elsewhere nobody waits");
        limits.succeeded("ann");
        assert!(limits.admit("ann", guesser, start).is_err(), "an account of one's own is no way out");
    }

    #[test]
    fn failures_are_forgotten() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        fail(&mut limits, 20, "ann", start);
        limits.failed("bob", None, start + FORGOTTEN);
        assert!(!limits.names.failures.contains_key("ann"));
    }

    #[test]
    fn many_names_do_not_fill_memory_or_free_the_one_under_attack() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        fail(&mut limits, 20, "ann", start);
        for number in 0..MOST * 2 {
            limits.failed(&number.to_string(), None, start);
        }
        assert_eq!(limits.names.failures.len(), MOST);
        assert!(limits.admit("ann", None, start).is_err());
    }
}
