//! What a page may use: everything that was wired together at start, and a few questions that many
//! pages ask of it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::{Json, json};
use parking_lot::RwLock;

use crate::auth::RootLogin;
use crate::auth::sign::Signer;
use crate::column_types::{self, ColumnTypes};
use crate::config::{Config, Settings, TableConfig};
use crate::error::{Error, Result};
use crate::internal::Internal;
use crate::permissions::{Permissions, Resource};
use crate::plugins::Plugins;
use crate::render::templates::Templates;
use crate::request::Request;
use crate::sqlite::{Column, Conn, Database, Kind, OpenOptions, Rows, Table};
use crate::statics::Statics;
use crate::urls::Urls;

/// One running site.
pub(crate) struct App {
    pub(crate) config: Config,
    /// In the order in which they were attached.
    pub(crate) databases: Arc<RwLock<Vec<Arc<Database>>>>,
    pub(crate) internal: Arc<Internal>,
    pub(crate) plugins: Arc<Plugins>,
    pub(crate) permissions: Permissions,
    pub(crate) templates: Templates,
    pub(crate) statics: Arc<Statics>,
    pub(crate) urls: Urls,
    pub(crate) signer: Signer,
    pub(crate) root_login: RootLogin,
    pub(crate) facts: Facts,
    /// For databases that are added later.
    pub(crate) open_options: Arc<OpenOptions>,
}

/// What the command line said and pages show or follow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) version_note: Option<String>,
    pub(crate) cors: bool,
    pub(crate) root_enabled: bool,
    pub(crate) default_deny: bool,
    /// Somebody works on this site: caches keep nothing.
    pub(crate) reloads: bool,
}

impl App {
    pub(crate) fn settings(&self) -> &Settings {
        self.config.settings()
    }

    pub(crate) fn sql_time_limit(&self) -> Duration {
        Duration::from_millis(self.settings().sql_time_limit_ms)
    }

    /// A request may ask for a shorter limit, not for a longer one.
    pub(crate) fn sql_time_limit_or(&self, asked: Option<Duration>) -> Duration {
        let limit = self.sql_time_limit();
        asked.map_or(limit, |asked| asked.min(limit))
    }

    pub(crate) fn max_returned_rows(&self) -> usize {
        usize::try_from(self.settings().max_returned_rows).unwrap_or(usize::MAX)
    }

    /// The request's path below `base_url`, however it came in.
    pub(crate) fn site_path(&self, request: &Request) -> String {
        self.urls.path(&request.path)
    }

    /// `path` has `base_url` in it.
    pub(crate) fn absolute_url(&self, request: &Request, path: &str) -> String {
        let scheme = if self.settings().force_https_urls { "https" } else { request.scheme };
        format!("{scheme}://{}{path}", request.host)
    }

    pub(crate) fn all_databases(&self) -> Vec<Arc<Database>> {
        self.databases.read().clone()
    }

    pub(crate) fn database_named(&self, name: &str) -> Option<Arc<Database>> {
        self.databases.read().iter().find(|database| database.name == name).cloned()
    }

    /// The database of a decoded piece of a URL.
    pub(crate) fn database_at(&self, route: &str) -> Result<Arc<Database>> {
        let databases = self.databases.read();
        let found = databases.iter().find(|database| database.route == route);
        found.cloned().ok_or_else(|| Error::not_found("Database not found"))
    }

    /// Lends a read connection of the database to `work`; what the request's actor may not see is concealed.
    pub(crate) fn read<T>(
        &self,
        request: &Request,
        database: &Database,
        work: impl FnOnce(&Conn) -> Result<T>,
    ) -> Result<T> {
        self.permissions.read(request, database, work)
    }

    /// Brings the internal catalogue up to date, at most once a second.
    pub(crate) fn refresh_schemas(&self, force: bool) -> Result<()> {
        self.internal.refresh(&self.all_databases(), force)
    }

    /// What is configured for a table, as far as it is about what `table` has for this actor.
    pub(crate) fn table_config(&self, database: &str, table: &Table) -> Cow<'_, TableConfig> {
        let config = self.config.table(database, &table.name);
        if table.concealed.is_empty() {
            return Cow::Borrowed(config);
        }
        let mut config = config.without(|column| table.conceals(column));
        // Nobody knows what else another index holds.
        config.fts_table = config.fts_table.filter(|name| table.fts_table.as_ref() == Some(name));
        Cow::Owned(config)
    }

    pub(crate) fn column_types(&self, database: &str, table: &Table) -> Result<ColumnTypes<'_>> {
        column_types::of_table(self, database, table)
    }

    /// Values that the types of their columns show in another way, by row and column.
    pub(crate) fn transformed_values(
        &self,
        database: &str,
        table: &Table,
        rows: &Rows,
    ) -> Result<HashMap<(usize, usize), Json>> {
        self.column_types(database, table)?.transformed(rows)
    }

    /// `_extra=set_column_type_ui`: what an actor who may assign types can choose from.
    pub(crate) fn set_column_type_ui(
        &self,
        request: &Request,
        database: &Database,
        table: &Table,
    ) -> Result<Json> {
        let resource = Resource::Table(&database.name, &table.name);
        if table.is_view() || !self.permissions.allowed(request, "set-column-type", resource)? {
            return Ok(Json::Null);
        }
        let path = format!("{}/-/set-column-type", self.urls.table(&database.route, &table.name));
        let columns = self.column_types(&database.name, table)?.choices(table);
        Ok(json!({"path": path, "columns": columns}))
    }

    /// Columns of all tables, for the SQL editor of somebody who may run SQL; views are listed without
    /// theirs.
    pub(crate) fn table_columns(&self, conn: &Conn, database: &Database) -> Result<Json> {
        let schema = database.schema(conn)?;
        let columns = schema.all_columns(conn)?;
        // Sorted, for whoever looks for a name.
        let names = |columns: &Vec<Column>| {
            let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            names.sort_unstable();
            json!(names)
        };
        let entry = |entry: &crate::sqlite::Entry| {
            let columns = match entry.kind {
                Kind::Table => columns.get(&entry.name).map_or_else(|| json!([]), names),
                Kind::View => json!([]),
            };
            (entry.name.clone(), columns)
        };
        Ok(Json::Object(schema.entries.iter().map(entry).collect()))
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("facts", &self.facts).finish_non_exhaustive()
    }
}
