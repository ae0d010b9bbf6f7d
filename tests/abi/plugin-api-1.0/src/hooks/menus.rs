//! Menus, and the space on top of pages.

use serde::{Deserialize, Serialize};

use crate::ffi::args::{Names, Sent, arguments};
use crate::{Actor, Json, Request, Row, Rows, Value};

arguments! {
    /// The menu of the site.
    MenuLinks {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
    }

    /// What the jump menu finds.
    JumpItemsSql {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
    }

    /// The actions menu of the front page.
    HomepageActions {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
    }

    /// The actions menu of a database.
    DatabaseActions {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
    }

    /// The actions menu of a table.
    TableActions {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The table.
        table: &'a str = table,
    }

    /// The actions menu of a view.
    ViewActions {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The view.
        view: &'a str = view,
    }

    /// The actions menu of a row.
    RowActions {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The table.
        table: &'a str = table,
        /// The row, as the only one: see [`row`](Self::row).
        rows: Rows<'a> = rows,
        /// Names of the primary keys.
        pks: Names<'a> = pks,
    }

    /// The actions menu of a query.
    QueryActions {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The stored query; `None` for SQL that the visitor wrote.
        query_name: Option<&'a str> = query_name,
        /// The SQL.
        sql: &'a str = sql,
        /// Values for the named parameters in it.
        params: Sent<Vec<(String, Value)>> = params,
    }

    /// The top of the front page.
    TopHomepage {
        /// The request.
        request: Request<'a> = request,
    }

    /// The top of a database's page.
    TopDatabase {
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
    }

    /// The top of a table's page.
    TopTable {
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The table or view.
        table: &'a str = table,
    }

    /// The top of a row's page.
    TopRow {
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The table.
        table: &'a str = table,
        /// The row, as the only one: see [`row`](Self::row).
        rows: Rows<'a> = rows,
    }

    /// The top of a query's page.
    TopQuery {
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The SQL.
        sql: &'a str = sql,
    }

    /// The top of a stored query's page.
    TopStoredQuery {
        /// The request.
        request: Request<'a> = request,
        /// The database.
        database: &'a str = database,
        /// The query.
        query_name: &'a str = query_name,
    }
}

impl<'a> RowActions<'a> {
    /// The row.
    pub fn row(&self) -> Row<'a> {
        Row { rows: self.rows, index: 0 }
    }
}

impl<'a> TopRow<'a> {
    /// The row.
    pub fn row(&self) -> Row<'a> {
        Row { rows: self.rows, index: 0 }
    }
}

/// An entry of a menu: a link or a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MenuItem {
    /// What it is called.
    pub label: String,
    /// Where it leads; a button leads nowhere.
    #[serde(default)]
    pub href: Option<String>,
    /// A second line.
    #[serde(default)]
    pub description: Option<String>,
    /// A button with these attributes, for a script to find.
    #[serde(default)]
    pub button: Option<Vec<(String, String)>>,
}

impl MenuItem {
    /// A link.
    pub fn link(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()), description: None, button: None }
    }

    /// A button with these attributes.
    pub fn button<K: Into<String>, V: Into<String>>(
        label: impl Into<String>,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let attributes = attributes.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self { label: label.into(), href: None, description: None, button: Some(attributes) }
    }

    /// With a second line.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }
}

/// Things to jump to, as SQL.
///
/// Its rows have the columns `type`, `label`, `description`, `url`, `search_text` and `display_name`;
/// `url` is a path, or JSON that names one of the server's URLs with its arguments:
/// `{"method": "table", "database": ..., "table": ...}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JumpSql {
    /// The select.
    pub sql: String,
    /// Values for named parameters. Prefix their names: all plugins share one query.
    #[serde(default)]
    pub params: Vec<(String, Json)>,
    /// Where to run it; `None` is the internal database.
    #[serde(default)]
    pub database: Option<String>,
}

impl JumpSql {
    /// A select over the internal database.
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), params: Vec::new(), database: None }
    }

    /// With a value for a named parameter.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Over another database.
    #[must_use]
    pub fn database(mut self, database: impl Into<String>) -> Self {
        self.database = Some(database.into());
        self
    }
}
