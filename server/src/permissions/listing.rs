//! What an actor may do something to: all of it, in pages.

use std::ops::ControlFlow;

use datasette_plugin_api::ResourceKind;

use super::{Asking, Checker, Permissions};
use crate::error::{Error, Result};
use crate::sqlite::as_text;
use crate::tilde;

/// Looks at a resource by its database and name, and may stop there.
type Visit<'a> = dyn FnMut(Option<&str>, Option<&str>) -> Result<ControlFlow<()>> + 'a;

/// Which list is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct List<'a> {
    pub(crate) action: &'a str,
    /// Only of this database.
    pub(crate) parent: Option<&'a str>,
    /// Whether to find out what anonymous visitors may not see.
    pub(crate) include_private: bool,
    pub(crate) include_reasons: bool,
    /// How many at most; there is always one.
    pub(crate) limit: usize,
    /// Token of the page before.
    pub(crate) next: Option<&'a str>,
}

impl<'a> List<'a> {
    /// The first hundred of all resources.
    pub(crate) fn of(action: &'a str) -> Self {
        Self { action, limit: 100, ..Self::default() }
    }
}

/// Something that the actor may do it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AllowedResource {
    pub(crate) parent: Option<String>,
    pub(crate) child: Option<String>,
    /// Not for anonymous visitors; `None` if nobody asked.
    pub(crate) private: Option<bool>,
    /// Empty if nobody asked.
    pub(crate) reasons: Vec<String>,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) resources: Vec<AllowedResource>,
    /// Where the next page starts.
    pub(crate) next: Option<String>,
}

impl Permissions {
    /// A page of what the actor may do it to, by database and name.
    pub(crate) fn list<'a>(&'a self, asking: impl Into<Asking<'a>>, list: List<'_>) -> Result<Page> {
        let limit = list.limit.max(1);
        let mut resources = self.collect(asking.into(), list, limit.saturating_add(1))?;
        let mut next = None;
        if resources.len() > limit {
            resources.truncate(limit);
            next = resources.last().map(token);
        }
        Ok(Page { resources, next })
    }

    /// The same without pages.
    pub(crate) fn list_all<'a>(
        &'a self,
        asking: impl Into<Asking<'a>>,
        list: List<'_>,
    ) -> Result<Vec<AllowedResource>> {
        self.collect(asking.into(), list, usize::MAX)
    }

    fn collect(&self, asking: Asking<'_>, list: List<'_>, limit: usize) -> Result<Vec<AllowedResource>> {
        let checker = self.checker(asking, list.action)?;
        let anonymous =
            if list.include_private { Some(self.checker(asking.anonymous(), list.action)?) } else { None };
        let kind = self.actions.get(list.action).map_or(ResourceKind::Instance, |action| action.resource);
        let after = list.next.and_then(parse_token);
        let is_before = |parent: Option<&str>, child: Option<&str>| {
            after.as_ref().is_some_and(|(last_parent, last_child)| {
                (parent, child.unwrap_or_default()) <= (Some(last_parent.as_str()), last_child.as_str())
            })
        };
        let mut items = Vec::new();
        self.candidates(&checker, kind, list.parent, &mut |parent, child| {
            if is_before(parent, child) || !checker.allows(parent, child)? {
                return Ok(ControlFlow::Continue(()));
            }
            let private = match &anonymous {
                Some(anonymous) => Some(!anonymous.allows(parent, child)?),
                None => None,
            };
            let reasons = if list.include_reasons { checker.reasons(parent, child) } else { Vec::new() };
            let (parent, child) = (parent.map(str::to_owned), child.map(str::to_owned));
            items.push(AllowedResource { parent, child, private, reasons });
            Ok(if items.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(items)
    }

    /// Shows `visit` every resource of that kind, by database and name. Tables come from the databases
    /// themselves, so that a new one is there at once.
    fn candidates(
        &self,
        checker: &Checker<'_>,
        kind: ResourceKind,
        parent: Option<&str>,
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        if kind == ResourceKind::Instance {
            return visit(None, None).map(drop);
        }
        let mut databases: Vec<String> = match parent {
            Some(parent) => {
                self.attached.get(parent).map(|database| database.name.clone()).into_iter().collect()
            }
            None => self.attached.all().iter().map(|database| database.name.clone()).collect(),
        };
        databases.sort_unstable();
        for database in &databases {
            let names = match kind {
                ResourceKind::Instance | ResourceKind::Database => {
                    if visit(Some(database), None)?.is_break() {
                        return Ok(());
                    }
                    continue;
                }
                ResourceKind::Query => self.query_names(database)?,
                ResourceKind::Table => match checker.facts(database) {
                    Ok(facts) => facts.map(|facts| facts.names.clone()).unwrap_or_default(),
                    Err(Error::Cancelled) => return Err(Error::Cancelled),
                    // A file that has disappeared must not take the others with it.
                    Err(error) => {
                        tracing::warn!("The tables of {database} could not be listed: {error}");
                        continue;
                    }
                },
            };
            for name in &names {
                if visit(Some(database), Some(name))?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn query_names(&self, database: &str) -> Result<Vec<String>> {
        let sql = "select name from queries where database_name = :database order by name";
        self.internal.read(|conn| {
            let rows = conn.rows(sql, &[("database".to_owned(), database.into())])?;
            Ok((0..rows.len()).map(|row| as_text(rows.get(row, 0)).into_owned()).collect())
        })
    }
}

/// What is missing is called `None`, as in Datasette.
fn token(last: &AllowedResource) -> String {
    let part = |name: &Option<String>| tilde::encode(name.as_deref().unwrap_or("None"));
    format!("{},{}", part(&last.parent), part(&last.child))
}

/// A token that makes no sense starts at the beginning.
fn parse_token(token: &str) -> Option<(String, String)> {
    let (parent, rest) = token.split_once(',')?;
    Some((tilde::decode(parent), tilde::decode(rest.split(',').next()?)))
}
