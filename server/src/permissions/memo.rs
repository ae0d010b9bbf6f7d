//! What was found out during one request.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::evaluate::Said;
use super::resource::Resource;
use crate::request::Actor;

/// Plugins are asked once per actor and action, and each question is answered once. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct PermissionMemo(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Of the internal database: any write may change the rules.
    generation: u64,
    /// A page asks for two actors and some actions: few enough to look at one after the other.
    entries: Vec<Entry>,
}

struct Entry {
    actor: Option<Actor>,
    action: String,
    said: Arc<Said>,
    verdicts: HashMap<String, bool>,
}

impl PermissionMemo {
    pub(super) fn said(&self, generation: u64, actor: Option<&Actor>, action: &str) -> Option<Arc<Said>> {
        self.0.lock().entry(generation, actor, action).map(|entry| Arc::clone(&entry.said))
    }

    pub(super) fn keep_said(&self, generation: u64, actor: Option<&Actor>, action: &str, said: &Arc<Said>) {
        let mut inner = self.0.lock();
        if inner.entry(generation, actor, action).is_none() {
            inner.entries.push(Entry {
                actor: actor.cloned(),
                action: action.to_owned(),
                said: Arc::clone(said),
                verdicts: HashMap::new(),
            });
        }
    }

    pub(super) fn verdict(
        &self,
        generation: u64,
        actor: Option<&Actor>,
        action: &str,
        resource: Resource<'_>,
    ) -> Option<bool> {
        self.0.lock().entry(generation, actor, action)?.verdicts.get(&key(resource)).copied()
    }

    /// Kept only for an actor and action whose rules are.
    pub(super) fn keep_verdict(
        &self,
        generation: u64,
        actor: Option<&Actor>,
        action: &str,
        resource: Resource<'_>,
        verdict: bool,
    ) {
        if let Some(entry) = self.0.lock().entry(generation, actor, action) {
            entry.verdicts.insert(key(resource), verdict);
        }
    }
}

impl Inner {
    fn entry(&mut self, generation: u64, actor: Option<&Actor>, action: &str) -> Option<&mut Entry> {
        if self.generation != generation {
            self.entries.clear();
            self.generation = generation;
        }
        self.entries.iter_mut().find(|entry| entry.action == action && entry.actor.as_ref() == actor)
    }
}

/// Kinds differ because tables and queries share their names.
fn key(resource: Resource<'_>) -> String {
    let kind = match resource {
        Resource::Instance => "i",
        Resource::Database(_) => "d",
        Resource::Table(..) => "t",
        Resource::Query(..) => "q",
    };
    // No name contains a null character: SQLite refuses them.
    [kind, resource.parent().unwrap_or_default(), resource.child().unwrap_or_default()].join("\0")
}

impl std::fmt::Debug for PermissionMemo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PermissionMemo")
    }
}
