//! From what plugins say to a verdict.

use std::cell::Cell;
use std::sync::Arc;

use anyhow::anyhow;
use datasette_plugin_api::{Action, Value, ValueRef};

use super::fragment::{Fragment, Nature};
use super::resource::{Resource, folds_case};
use super::rules::{Rule, RuleSet, allows};
use super::{Asking, Permissions, VIEW_TABLE};
use crate::error::{Error, Result};
use crate::sqlite::{Conn, Params, Rows, SqlError, as_text};

/// How plugins may nest questions about permissions within their answers to such questions.
const DEEPEST: usize = 8;

/// What all plugins say about one action for one actor.
#[derive(Debug)]
pub(super) struct Said {
    /// Rules that need no table.
    pub(super) constant: Arc<RuleSet>,
    /// What has to be looked up.
    stored: Vec<Fragment>,
    /// Of `stored`, all together.
    identity: String,
    nature: Nature,
    fold: bool,
}

impl Permissions {
    /// Verdicts about the action and everything it requires, in that order.
    pub(super) fn decide(
        &self,
        asking: Asking<'_>,
        action: &str,
        resource: Resource<'_>,
    ) -> Result<Vec<(&str, bool)>> {
        let chain = self.actions.chain(action);
        if chain.is_empty() {
            return Err(Error::Internal(anyhow!("Unknown action: {action}")));
        }
        let mut answers = Vec::with_capacity(chain.len());
        let mut allowed = true;
        for action in chain.into_iter().rev() {
            allowed = allowed && (asking.skips_checks() || self.verdict(asking, action, resource)?);
            answers.push((action.name.as_str(), allowed));
        }
        answers.reverse();
        Ok(answers)
    }

    /// About this action alone, remembered for the request.
    fn verdict(&self, asking: Asking<'_>, action: &Action, resource: Resource<'_>) -> Result<bool> {
        let Some(request) = asking.request else { return self.evaluate(asking, action, resource) };
        let (memo, generation) = (&request.permission_memo, self.internal.generation());
        if let Some(verdict) = memo.verdict(generation, asking.actor, &action.name, resource) {
            return Ok(verdict);
        }
        let verdict = self.evaluate(asking, action, resource)?;
        memo.keep_verdict(generation, asking.actor, &action.name, resource, verdict);
        Ok(verdict)
    }

    fn evaluate(&self, asking: Asking<'_>, action: &Action, resource: Resource<'_>) -> Result<bool> {
        if !self.rules_allow(asking, action, resource)? {
            return Ok(false);
        }
        match resource {
            Resource::Table(database, table) if action.name == VIEW_TABLE => {
                self.source_allows(asking, database, table)
            }
            _ => Ok(true),
        }
    }

    /// A table made from another one shows no more than that one may: both have to be allowed.
    fn source_allows(&self, asking: Asking<'_>, database: &str, table: &str) -> Result<bool> {
        if self.hides_table(asking, database, table)? {
            return Ok(false);
        }
        let Some(facts) = self.facts(asking, database)? else { return Ok(true) };
        let Some(source) = facts.source_of(table) else { return Ok(true) };
        // One step only: what is made from something that is itself made is nobody's business.
        if facts.source_of(source).is_some() {
            return Ok(false);
        }
        for action in self.actions.chain(VIEW_TABLE) {
            if !self.rules_allow(asking, action, Resource::Table(database, source))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn rules_allow(&self, asking: Asking<'_>, action: &Action, resource: Resource<'_>) -> Result<bool> {
        let said = self.said(asking, action)?;
        let (parent, child) = (resource.parent(), resource.child());
        match self.stored_rules(asking, &said, Some(resource))? {
            Some(stored) => Ok(allows(&[&said.constant, &stored], parent, child)),
            None => Ok(allows(&[&said.constant], parent, child)),
        }
    }

    /// What plugins say, asked once per request.
    pub(super) fn said(&self, asking: Asking<'_>, action: &Action) -> Result<Arc<Said>> {
        let memo = asking.request.map(|request| (&request.permission_memo, self.internal.generation()));
        if let Some((memo, generation)) = memo
            && let Some(said) = memo.said(generation, asking.actor, &action.name)
        {
            return Ok(said);
        }
        let said = Arc::new(self.ask(asking, action)?);
        if let Some((memo, generation)) = memo {
            memo.keep_said(generation, asking.actor, &action.name, &said);
        }
        Ok(said)
    }

    /// What each plugin says, ready to run.
    pub(super) fn fragments(&self, asking: Asking<'_>, action: &Action) -> Result<Vec<Fragment>> {
        let _nesting = Nesting::enter(&action.name)?;
        let said = self.rules.permission_resources_sql(asking.request, asking.actor, &action.name)?;
        Ok(said.into_iter().map(|said| Fragment::new(said, asking.actor, &action.name)).collect())
    }

    fn ask(&self, asking: Asking<'_>, action: &Action) -> Result<Said> {
        let fragments = self.fragments(asking, action)?;
        let fold = folds_case(action.resource);
        let (constant, stored): (Vec<_>, Vec<_>) =
            fragments.into_iter().partition(|fragment| fragment.nature == Nature::Constant);
        let key = key(&constant, fold);
        let constant = match self.cache.constant(&key) {
            Some(known) => known,
            None => {
                let set = Arc::new(self.run(asking, &constant, fold, None)?);
                self.cache.keep_constant(key, &set);
                set
            }
        };
        let identity = self::key(&stored, fold);
        let nature = stored.iter().map(|fragment| fragment.nature).max().unwrap_or(Nature::Constant);
        Ok(Said { constant, stored, identity, nature, fold })
    }

    /// Rules that come from tables: those about one resource, or all of them. `None` if no plugin has any.
    pub(super) fn stored_rules(
        &self,
        asking: Asking<'_>,
        said: &Said,
        resource: Option<Resource<'_>>,
    ) -> Result<Option<Arc<RuleSet>>> {
        if said.stored.is_empty() {
            return Ok(None);
        }
        if said.stored.iter().any(Fragment::needs_catalog) {
            self.internal.refresh(&self.attached.all(), false)?;
        }
        let mut key = said.identity.clone();
        for part in [resource.and_then(Resource::parent), resource.and_then(Resource::child)] {
            key.push('\0');
            key.push_str(part.unwrap_or("\0"));
        }
        key.push_str(if resource.is_some() { "one" } else { "all" });

        let (generation, is_shared) = (self.internal.generation(), self.internal.is_shared());
        let lasting = said.nature != Nature::Volatile;
        if lasting && let Some(known) = self.cache.stored(&key, generation, is_shared) {
            return Ok(Some(known));
        }
        let set = Arc::new(self.run(asking, &said.stored, said.fold, resource)?);
        if lasting {
            self.cache.keep_stored(key, generation, &set);
        }
        Ok(Some(set))
    }

    /// Reads the rows of all fragments: those that match a resource, or all of them.
    fn run(
        &self,
        asking: Asking<'_>,
        fragments: &[Fragment],
        fold: bool,
        resource: Option<Resource<'_>>,
    ) -> Result<RuleSet> {
        let mut set = RuleSet::new(fold);
        if fragments.is_empty() {
            return Ok(set);
        }
        self.internal.read_for(asking.request.map(|request| &request.cancelled), |conn| {
            for fragment in fragments {
                for rule in rules_of(conn, fragment, fold, resource)? {
                    set.add(rule);
                }
                if let Some(rows) = restriction_of(conn, fragment, fold, resource)? {
                    set.restrict(rows);
                }
            }
            Ok(())
        })?;
        Ok(set)
    }

    /// The rules of one fragment, and whether its restriction lets the resource pass.
    pub(super) fn run_alone(
        &self,
        asking: Asking<'_>,
        fragment: &Fragment,
        fold: bool,
        resource: Option<Resource<'_>>,
    ) -> Result<(Vec<Rule>, Option<bool>)> {
        if fragment.needs_catalog() {
            self.internal.refresh(&self.attached.all(), false)?;
        }
        self.internal.read_for(asking.request.map(|request| &request.cancelled), |conn| {
            let rules = rules_of(conn, fragment, fold, resource)?;
            let rows = restriction_of(conn, fragment, fold, resource)?;
            Ok((rules, rows.map(|rows| !rows.is_empty())))
        })
    }
}

fn key(fragments: &[Fragment], fold: bool) -> String {
    let mut key = String::from(if fold { "fold" } else { "exact" });
    for fragment in fragments {
        // Lengths keep two fragments from looking like one.
        key.push_str(&format!("\0{}\0", fragment.identity.len()));
        key.push_str(&fragment.identity);
    }
    key
}

fn rules_of(
    conn: &Conn,
    fragment: &Fragment,
    fold: bool,
    resource: Option<Resource<'_>>,
) -> Result<Vec<Rule>> {
    let Some(sql) = &fragment.sql else { return Ok(Vec::new()) };
    let rows = select(conn, fragment, "parent, child, allow, reason", sql, fold, resource)?;
    let source: Arc<str> = fragment.source.as_str().into();
    let rule = |row| Rule {
        parent: name(&rows, row, 0),
        child: name(&rows, row, 1),
        // Anything but a plain yes is a no.
        allow: matches!(rows.get(row, 2), ValueRef::Integer(1)),
        reason: name(&rows, row, 3),
        source: Arc::clone(&source),
    };
    Ok((0..rows.len()).map(rule).collect())
}

type Names = (Option<String>, Option<String>);

fn restriction_of(
    conn: &Conn,
    fragment: &Fragment,
    fold: bool,
    resource: Option<Resource<'_>>,
) -> Result<Option<Vec<Names>>> {
    let Some(sql) = &fragment.restriction_sql else { return Ok(None) };
    let rows = select(conn, fragment, "parent, child", sql, fold, resource)?;
    Ok(Some((0..rows.len()).map(|row| (name(&rows, row, 0), name(&rows, row, 1))).collect()))
}

/// Runs a plugin's SQL as a subquery, so that SQLite can narrow it down to the resource.
fn select(
    conn: &Conn,
    fragment: &Fragment,
    columns: &str,
    sql: &str,
    fold: bool,
    resource: Option<Resource<'_>>,
) -> Result<Rows> {
    // The line break ends a comment on the last line.
    let mut query = format!("select {columns} from (\n{sql}\n)");
    let mut params: Params = Vec::new();
    if let Some(resource) = resource {
        let collation = if fold { " collate nocase" } else { "" };
        query.push_str(&format!(
            " where (parent is null or parent = :_check_parent) \
             and (child is null or child = :_check_child{collation})"
        ));
        for (name, value) in [("_check_parent", resource.parent()), ("_check_child", resource.child())] {
            params.push((name.to_owned(), Value::from(value)));
        }
    }
    params.extend(fragment.params.iter().cloned());
    conn.rows(&query, &params).map_err(|error| match error {
        SqlError::Failed { message } => {
            let plugin = fragment.source.clone();
            Error::Plugin { plugin, hook: "permission_resources_sql", message }
        }
        other => other.into(),
    })
}

fn name(rows: &Rows, row: usize, column: usize) -> Option<String> {
    match rows.get(row, column) {
        ValueRef::Null => None,
        value => Some(as_text(value).into_owned()),
    }
}

/// A question about permissions under way on this thread.
struct Nesting;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

impl Nesting {
    fn enter(action: &str) -> Result<Self> {
        let depth = DEPTH.get() + 1;
        if depth > DEEPEST {
            let message = format!(
                "plugins ask about permissions to answer a question about permissions, without end: {action}"
            );
            return Err(Error::Internal(anyhow!(message)));
        }
        DEPTH.set(depth);
        Ok(Self)
    }
}

impl Drop for Nesting {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}
