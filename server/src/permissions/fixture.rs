//! A site for tests: databases in memory, and rules made by a function.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datasette_plugin_api::{Action, PermissionSql, ResourceKind};
use parking_lot::RwLock;
use serde_json::json;

use super::{Actions, Permissions, RuleSource};
use crate::error::Result;
use crate::internal::Internal;
use crate::internal::fixture::{memory, run};
use crate::request::{Actor, Request};
use crate::sqlite::Database;

type Rules = dyn Fn(Option<&Actor>, &str) -> Result<Vec<PermissionSql>> + Send + Sync;

/// How often plugins were asked, and what they say.
pub(super) struct TestRules {
    pub(super) asked: AtomicUsize,
    rules: Box<Rules>,
}

impl RuleSource for TestRules {
    fn permission_resources_sql(
        &self,
        _: Option<&Request>,
        actor: Option<&Actor>,
        action: &str,
    ) -> Result<Vec<PermissionSql>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let said = (self.rules)(actor, action)?;
        Ok(said
            .into_iter()
            .map(|sql| if sql.source.is_none() { sql.source("plugin") } else { sql })
            .collect())
    }
}

pub(super) struct Site {
    pub(super) permissions: Permissions,
    pub(super) internal: Arc<Internal>,
    pub(super) databases: Arc<RwLock<Vec<Arc<Database>>>>,
    pub(super) rules: Arc<TestRules>,
}

impl Site {
    /// Databases `d` and `e` with tables `t` and `u` each.
    pub(super) fn new(
        rules: impl Fn(Option<&Actor>, &str) -> Result<Vec<PermissionSql>> + Send + Sync + 'static,
    ) -> Self {
        let site = Self::empty(rules);
        for name in ["e", "d"] {
            site.add(name, "create table u (a); create table t (a)");
        }
        site
    }

    pub(super) fn empty(
        rules: impl Fn(Option<&Actor>, &str) -> Result<Vec<PermissionSql>> + Send + Sync + 'static,
    ) -> Self {
        let action = |name: &str, kind| Action::new(name, "", kind);
        let actions = Actions::new([
            action("view-instance", ResourceKind::Instance),
            action("view-database", ResourceKind::Database),
            action("execute-sql", ResourceKind::Database).also_requires("view-database"),
            action("store-query", ResourceKind::Database).also_requires("execute-sql"),
            action("view-table", ResourceKind::Table),
            action("see-more", ResourceKind::Table).also_requires("view-table"),
            action("view-query", ResourceKind::Query),
        ]);
        let internal = Arc::new(Internal::open(None).unwrap());
        let databases: Arc<RwLock<Vec<Arc<Database>>>> = Arc::default();
        let rules = Arc::new(TestRules { asked: AtomicUsize::new(0), rules: Box::new(rules) });
        let permissions = Permissions::new(
            actions.unwrap(),
            Arc::clone(&internal),
            Arc::clone(&databases) as Arc<dyn super::Attached>,
            Arc::clone(&rules) as Arc<dyn RuleSource>,
        );
        Self { permissions, internal, databases, rules }
    }

    /// Attaches a database.
    pub(super) fn add(&self, name: &str, sql: &str) -> Arc<Database> {
        let database = memory(name);
        run(&database, sql);
        self.databases.write().push(Arc::clone(&database));
        database
    }
}

pub(super) fn actor(id: &str) -> Actor {
    Actor::from_json(json!({"id": id})).unwrap()
}

pub(super) fn request(actor: Option<Actor>) -> Request {
    let mut request = Request::new("GET", "/");
    request.actor = actor;
    request
}
