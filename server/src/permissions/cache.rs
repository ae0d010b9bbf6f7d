//! Evaluated rules, kept between requests.
//!
//! Keys are whole texts, not hashes of them: what looks the same is the same. Both parts are emptied
//! when they have grown too big, which is simpler than choosing and rare enough.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::rules::RuleSet;

/// About so many bytes may each part hold.
const LIMIT: usize = 32 << 20;
/// How long rows are believed that another process may change.
const SHARED_FOR: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Cache {
    constant: Mutex<Part>,
    stored: Mutex<Part>,
}

#[derive(Default)]
struct Part {
    sets: HashMap<String, (Instant, Arc<RuleSet>)>,
    weight: usize,
    generation: u64,
}

impl Cache {
    /// Rules that depend on nothing but their key.
    pub(super) fn constant(&self, key: &str) -> Option<Arc<RuleSet>> {
        self.constant.lock().sets.get(key).map(|(_, set)| Arc::clone(set))
    }

    pub(super) fn keep_constant(&self, key: String, set: &Arc<RuleSet>) {
        self.constant.lock().keep(key, set);
    }

    /// Rules read from the internal database as it is in this generation.
    pub(super) fn stored(&self, key: &str, generation: u64, is_shared: bool) -> Option<Arc<RuleSet>> {
        let part = self.stored.lock();
        let (since, set) = part.sets.get(key).filter(|_| part.generation == generation)?;
        (!is_shared || since.elapsed() < SHARED_FOR).then(|| Arc::clone(set))
    }

    /// `generation` is from before the rules were read.
    pub(super) fn keep_stored(&self, key: String, generation: u64, set: &Arc<RuleSet>) {
        let mut part = self.stored.lock();
        // A slow reader must not bring back what is known to be outdated.
        if generation < part.generation {
            return;
        }
        if generation > part.generation {
            part.clear();
            part.generation = generation;
        }
        part.keep(key, set);
    }
}

impl Part {
    fn keep(&mut self, key: String, set: &Arc<RuleSet>) {
        let weight = key.len() + set.weight();
        if self.weight + weight > LIMIT {
            self.clear();
        }
        if weight <= LIMIT && self.sets.insert(key, (Instant::now(), Arc::clone(set))).is_none() {
            self.weight += weight;
        }
    }

    fn clear(&mut self) {
        self.sets.clear();
        self.weight = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> Arc<RuleSet> {
        Arc::new(RuleSet::new(false))
    }

    #[test]
    fn stored_rules_last_for_one_generation() {
        let cache = Cache::default();
        cache.keep_stored("k".into(), 2, &set());
        assert!(cache.stored("k", 2, false).is_some());
        assert!(cache.stored("k", 3, false).is_none());
        cache.keep_stored("other".into(), 3, &set());
        assert!(cache.stored("k", 2, false).is_none());
    }

    #[test]
    fn what_is_outdated_already_is_not_kept() {
        let cache = Cache::default();
        cache.keep_stored("new".into(), 3, &set());
        cache.keep_stored("old".into(), 2, &set());
        assert!(cache.stored("old", 3, false).is_none());
        assert!(cache.stored("new", 3, false).is_some());
    }

    #[test]
    fn the_cache_is_bounded() {
        let cache = Cache::default();
        for n in 0..40 {
            cache.keep_constant(format!("{n}{}", "x".repeat(1 << 20)), &set());
        }
        assert!(cache.constant.lock().weight <= LIMIT);
        cache.keep_constant("x".repeat(LIMIT + 1), &set());
        assert!(cache.constant(&"x".repeat(LIMIT + 1)).is_none());
    }
}
