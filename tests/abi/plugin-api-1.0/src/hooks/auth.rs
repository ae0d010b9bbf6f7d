//! Who asks, and what may they.

use serde::{Deserialize, Serialize};

use crate::ffi::args::{Sent, arguments};
use crate::{Actor, Json, Map, Request, Result};

arguments! {
    /// Somebody asks: who?
    ActorFromRequest {
        /// The request; it has no actor yet.
        request: Request<'a> = request,
    }

    /// Somebody wants to know more about these actors.
    ActorsFromIds {
        /// Their ids: strings or numbers.
        ids: Sent<Vec<Json>> = subject,
    }

    /// Which resources may this actor use for this action?
    PermissionResourcesSql {
        /// Who asks.
        actor: Option<Actor> = actor,
        /// Name of the action, such as `view-table`.
        action: &'a str = action,
    }

    /// A token is wanted.
    CreateToken {
        /// For whom.
        actor_id: &'a str = key,
        /// Seconds it is to live; without it for ever.
        expires_after: Option<i64> = row_count,
        /// What it may be used for, as in a token's `_r`; null for everything.
        restrictions: Sent<Json> = subject,
    }
}

/// Makes and checks API tokens of one kind.
pub trait TokenHandler: Send + Sync {
    /// Its name, such as `signed`.
    fn name(&self) -> &str;

    /// Makes a token.
    fn create(&self, token: &CreateToken<'_>) -> Result<String>;

    /// Whose token this is: `None` if it is not of this kind. An error of kind
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized) if it is of this kind and not valid: that ends
    /// the request with a 401.
    fn verify(&self, token: &str) -> Result<Option<Actor>>;
}

/// Something that may be allowed or forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Action {
    /// Its name, such as `view-table`.
    pub name: String,
    /// A short form for tokens, such as `vt`.
    #[serde(default)]
    pub abbr: Option<String>,
    /// What it is, for people.
    pub description: String,
    /// What it is done to.
    pub resource: ResourceKind,
    /// An action that has to be allowed as well.
    #[serde(default)]
    pub also_requires: Option<String>,
}

impl Action {
    /// An action without short form and without preconditions.
    pub fn new(name: impl Into<String>, description: impl Into<String>, resource: ResourceKind) -> Self {
        let (name, description) = (name.into(), description.into());
        Self { name, abbr: None, description, resource, also_requires: None }
    }

    /// With that short form.
    #[must_use]
    pub fn abbr(mut self, abbr: impl Into<String>) -> Self {
        self.abbr = Some(abbr.into());
        self
    }

    /// Allowed only if that other action is.
    #[must_use]
    pub fn also_requires(mut self, action: impl Into<String>) -> Self {
        self.also_requires = Some(action.into());
        self
    }
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceKind {
    /// The whole site.
    Instance,
    /// A database.
    Database,
    /// A table or view.
    Table,
    /// A stored query.
    Query,
}

/// Rules about an action, as SQL over the internal database.
///
/// Its rows have the columns `parent` (a database, or null for all), `child` (a table or query, or null
/// for all), `allow` (1 or 0) and `reason`. The most specific rule decides; where several are equally
/// specific, forbidding wins. `:actor` (JSON), `:actor_id` and `:action` are bound.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PermissionSql {
    /// The rules.
    pub sql: Option<String>,
    /// Values for named parameters. Prefix their names: all plugins share one query.
    pub params: Vec<(String, Json)>,
    /// Rows of `parent` and `child`: the only resources that any rule may allow.
    pub restriction_sql: Option<String>,
    /// Who says so, where the permission tools explain an answer; without it the plugin's name.
    pub source: Option<String>,
}

impl PermissionSql {
    /// Allows the action everywhere, unless something more specific is known.
    pub fn allow(reason: impl Into<String>) -> Self {
        Self::everywhere(1, reason.into())
    }

    /// Forbids the action everywhere, unless something more specific is known.
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::everywhere(0, reason.into())
    }

    fn everywhere(allow: u8, reason: String) -> Self {
        let reason = reason.replace('\'', "''");
        Self::rows(format!("select null as parent, null as child, {allow} as allow, '{reason}' as reason"))
    }

    /// Rules that the SQL finds.
    pub fn rows(sql: impl Into<String>) -> Self {
        Self { sql: Some(sql.into()), ..Self::default() }
    }

    /// Nothing but a restriction.
    pub fn restriction(sql: impl Into<String>) -> Self {
        Self { restriction_sql: Some(sql.into()), ..Self::default() }
    }

    /// With a value for a named parameter.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// With a restriction.
    #[must_use]
    pub fn restricted_to(mut self, sql: impl Into<String>) -> Self {
        self.restriction_sql = Some(sql.into());
        self
    }

    /// Said by that source.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// Actors by id: what [`Plugin::actors_from_ids`](crate::Plugin::actors_from_ids) answers.
pub type ActorsById = Map;
