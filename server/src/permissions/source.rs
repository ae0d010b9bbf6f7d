//! Where rules and databases come from: all that this module knows of the rest of the site.

use std::sync::Arc;

use datasette_plugin_api::PermissionSql;
use parking_lot::RwLock;

use crate::error::Result;
use crate::request::{Actor, Request};
use crate::sqlite::Database;

/// The plugins, as far as they have rules.
pub(crate) trait RuleSource: Send + Sync {
    /// What all of them say, each with its `source` filled in. An error forbids.
    fn permission_resources_sql(
        &self,
        request: Option<&Request>,
        actor: Option<&Actor>,
        action: &str,
    ) -> Result<Vec<PermissionSql>>;
}

/// The databases that the site serves now.
pub(crate) trait Attached: Send + Sync {
    fn all(&self) -> Vec<Arc<Database>>;

    fn get(&self, name: &str) -> Option<Arc<Database>> {
        self.all().into_iter().find(|database| database.name == name)
    }
}

impl Attached for RwLock<Vec<Arc<Database>>> {
    fn all(&self) -> Vec<Arc<Database>> {
        self.read().clone()
    }

    fn get(&self, name: &str) -> Option<Arc<Database>> {
        self.read().iter().find(|database| database.name == name).cloned()
    }
}
