//! One action and one actor, many resources: rules are gathered once, then each answer is a look-up.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use anyhow::anyhow;

use super::derived::Facts;
use super::rules::{RuleSet, allows};
use super::{Asking, Permissions, VIEW_TABLE};
use crate::error::{Error, Result};

/// Answers for one actor and action.
pub(crate) struct Checker<'a> {
    permissions: &'a Permissions,
    asking: Asking<'a>,
    /// The action, then what it requires; all have to allow it.
    links: Vec<Link>,
    /// Where in `links` the action stands whose answer also depends on a table's source.
    view_table: Option<usize>,
    facts: RefCell<HashMap<String, Option<Arc<Facts>>>>,
}

struct Link {
    constant: Arc<RuleSet>,
    stored: Option<Arc<RuleSet>>,
}

impl Link {
    fn sets(&self) -> Vec<&RuleSet> {
        std::iter::once(&self.constant).chain(&self.stored).map(AsRef::as_ref).collect()
    }

    fn allows(&self, parent: Option<&str>, child: Option<&str>) -> bool {
        match &self.stored {
            Some(stored) => allows(&[&self.constant, stored], parent, child),
            None => allows(&[&self.constant], parent, child),
        }
    }
}

impl Permissions {
    /// For questions about many resources.
    pub(crate) fn checker<'a>(&'a self, asking: impl Into<Asking<'a>>, action: &str) -> Result<Checker<'a>> {
        let asking = asking.into();
        let chain = self.actions.chain(action);
        if chain.is_empty() {
            return Err(Error::Internal(anyhow!("Unknown action: {action}")));
        }
        let view_table = chain.iter().position(|action| action.name == VIEW_TABLE);
        let mut links = Vec::new();
        if !asking.skips_checks() {
            for action in chain {
                let said = self.said(asking, action)?;
                let stored = self.stored_rules(asking, &said, None)?;
                links.push(Link { constant: Arc::clone(&said.constant), stored });
            }
        }
        Ok(Checker { permissions: self, asking, links, view_table, facts: RefCell::default() })
    }
}

impl Checker<'_> {
    /// Whether the actor may do it to that database, or to that table or query of it.
    pub(crate) fn allows(&self, parent: Option<&str>, child: Option<&str>) -> Result<bool> {
        if !self.links.iter().all(|link| link.allows(parent, child)) {
            return Ok(false);
        }
        match (self.view_table, parent, child) {
            (Some(from), Some(parent), Some(child)) if !self.links.is_empty() => {
                self.source_allows(from, parent, child)
            }
            _ => Ok(true),
        }
    }

    /// As for a single table: see `Permissions::source_allows`.
    fn source_allows(&self, from: usize, database: &str, table: &str) -> Result<bool> {
        if self.permissions.hides_table(self.asking, database, table)? {
            return Ok(false);
        }
        let Some(facts) = self.facts(database)? else { return Ok(true) };
        let Some(source) = facts.source_of(table) else { return Ok(true) };
        if facts.source_of(source).is_some() {
            return Ok(false);
        }
        Ok(self.links.iter().skip(from).all(|link| link.allows(Some(database), Some(source))))
    }

    pub(super) fn facts(&self, database: &str) -> Result<Option<Arc<Facts>>> {
        if let Some(facts) = self.facts.borrow().get(database) {
            return Ok(facts.clone());
        }
        let facts = self.permissions.facts(self.asking, database)?;
        self.facts.borrow_mut().insert(database.to_owned(), facts.clone());
        Ok(facts)
    }

    /// Why it is allowed: what the decisive rules say, each with its source.
    pub(super) fn reasons(&self, parent: Option<&str>, child: Option<&str>) -> Vec<String> {
        let Some(link) = self.links.first() else { return vec!["skip_permission_checks".to_owned()] };
        let decisive = super::rules::decisive(&link.sets(), parent, child);
        let reasons = decisive.into_iter();
        reasons.filter_map(|rule| Some(format!("{}: {}", rule.source, rule.reason.as_ref()?))).collect()
    }
}
