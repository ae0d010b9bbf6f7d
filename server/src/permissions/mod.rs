//! May they? Rules come from plugins, as SQL; here they are evaluated, and nothing else is decided.
//!
//! A rule is about everything, a database, or a table or query of a database. The most specific rule
//! that matches decides; where several are equally specific, one that forbids wins; without a rule the
//! answer is no. Restrictions take away and never give. An action may require another one as well.
//!
//! *Invariant:* whatever fails here forbids. Nobody gets an answer out of an error.

mod actions;
mod resource;
mod source;
mod fragment;
mod rules;
mod cache;
mod memo;
mod evaluate;
mod derived;
mod columns;
mod under_way;
mod checker;
mod listing;
mod explain;
mod log;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::internal::Internal;
use crate::request::{Actor, Request};

use cache::Cache;
use columns::ColumnRules;
use derived::SchemaFacts;
use log::CheckLog;

pub(crate) use actions::{Actions, resource_class, takes_child, takes_parent};
pub(crate) use checker::Checker;
pub(crate) use columns::ColumnRule;
pub(crate) use explain::Explanation;
pub(crate) use listing::{AllowedResource, List};
pub(crate) use log::Check;
pub(crate) use memo::PermissionMemo;
pub(crate) use resource::Resource;
pub(crate) use rules::Rule;
pub(crate) use source::{Attached, RuleSource};

/// The action whose answer for a table also depends on the table it is made from.
const VIEW_TABLE: &str = "view-table";

/// The permissions of one site.
pub(crate) struct Permissions {
    actions: Actions,
    internal: Arc<Internal>,
    attached: Arc<dyn Attached>,
    rules: Arc<dyn RuleSource>,
    cache: Cache,
    facts: SchemaFacts,
    columns: ColumnRules,
    log: CheckLog,
}

/// What an actor gets to see of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visibility {
    pub(crate) visible: bool,
    /// Visible, and not for anonymous visitors.
    pub(crate) private: bool,
}

/// Whose permissions are asked about, and within which request.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) actor: Option<&'a Actor>,
    /// Remembers what was found out for this request.
    pub(crate) request: Option<&'a Request>,
}

impl<'a> Asking<'a> {
    fn anonymous(self) -> Self {
        Self { actor: None, ..self }
    }

    fn skips_checks(self) -> bool {
        self.request.is_some_and(|request| request.skip_permission_checks)
    }
}

impl<'a> From<&'a Request> for Asking<'a> {
    fn from(request: &'a Request) -> Self {
        Self { actor: request.actor.as_ref(), request: Some(request) }
    }
}

/// Somebody outside of any request.
impl<'a> From<Option<&'a Actor>> for Asking<'a> {
    fn from(actor: Option<&'a Actor>) -> Self {
        Self { actor, request: None }
    }
}

impl Permissions {
    pub(crate) fn new(
        actions: Actions,
        internal: Arc<Internal>,
        attached: Arc<dyn Attached>,
        rules: Arc<dyn RuleSource>,
    ) -> Self {
        let (cache, facts, log) = (Cache::default(), SchemaFacts::default(), CheckLog::default());
        let columns = ColumnRules::default();
        Self { actions, internal, attached, rules, cache, facts, columns, log }
    }

    pub(crate) fn actions(&self) -> &Actions {
        &self.actions
    }

    /// Whether the request's actor may do this.
    pub(crate) fn allowed(&self, request: &Request, action: &str, resource: Resource<'_>) -> Result<bool> {
        self.allowed_for(request.into(), action, resource)
    }

    /// Whether another actor than the request's may do this.
    pub(crate) fn allowed_as(
        &self,
        request: Option<&Request>,
        actor: Option<&Actor>,
        action: &str,
        resource: Resource<'_>,
    ) -> Result<bool> {
        self.allowed_for(Asking { actor, request }, action, resource)
    }

    fn allowed_for(&self, asking: Asking<'_>, action: &str, resource: Resource<'_>) -> Result<bool> {
        let answers = self.decide(asking, action, resource)?;
        // Required actions first, as they are checked.
        for (action, allowed) in answers.iter().rev() {
            self.log.record(asking.actor, action, resource, *allowed);
        }
        Ok(answers.first().is_some_and(|(_, allowed)| *allowed))
    }

    /// Ends the request with a 403 unless its actor may do this. The message is the action's name.
    pub(crate) fn require(&self, request: &Request, action: &str, resource: Resource<'_>) -> Result<()> {
        if self.allowed(request, action, resource)? {
            Ok(())
        } else {
            Err(Error::forbidden(action.to_owned()))
        }
    }

    /// Whether the request's actor sees it, and whether anonymous visitors don't.
    pub(crate) fn visibility(
        &self,
        request: &Request,
        action: &str,
        resource: Resource<'_>,
    ) -> Result<Visibility> {
        let visible = self.allowed(request, action, resource)?;
        let private = visible && !self.allowed_as(Some(request), None, action, resource)?;
        Ok(Visibility { visible, private })
    }

    /// The last checks, newest first.
    pub(crate) fn recent_checks(&self) -> Vec<Check> {
        self.log.newest_first()
    }
}

impl std::fmt::Debug for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permissions").field("actions", &self.actions).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
