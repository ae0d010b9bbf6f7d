//! The last checks, for `/-/permissions`.

use std::collections::VecDeque;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::Resource;
use crate::request::Actor;

const KEPT: usize = 200;

/// A question that was answered.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) when: SystemTime,
    pub(crate) actor: Option<Actor>,
    pub(crate) action: String,
    pub(crate) parent: Option<String>,
    pub(crate) child: Option<String>,
    pub(crate) result: bool,
}

#[derive(Debug, Default)]
pub(super) struct CheckLog(Mutex<VecDeque<Check>>);

impl CheckLog {
    pub(super) fn record(&self, actor: Option<&Actor>, action: &str, resource: Resource<'_>, result: bool) {
        let check = Check {
            when: SystemTime::now(),
            actor: actor.cloned(),
            action: action.to_owned(),
            parent: resource.parent().map(str::to_owned),
            child: resource.child().map(str::to_owned),
            result,
        };
        let mut checks = self.0.lock();
        if checks.len() == KEPT {
            checks.pop_front();
        }
        checks.push_back(check);
    }

    pub(super) fn newest_first(&self) -> Vec<Check> {
        self.0.lock().iter().rev().cloned().collect()
    }
}
