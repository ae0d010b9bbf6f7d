//! Who may do what: what everybody may, what the configuration says, what `--root` opens, what tokens
//! leave of it, and who owns a stored query.
//!
//! Hooks: `permission_resources_sql`, `actor_from_request`, `register_token_handler`. Config: the keys
//! `allow`, `allow_sql` and `permissions` of all levels. These are three plugins, as in Datasette, so that
//! the permission tools name the one that speaks.
//!
//! *Invariant:* restrictions take away, and nothing here takes a restriction away.

mod config;
mod defaults;
mod queries;
mod restrictions;
mod rows;
mod site;
mod statistics;
mod tokens;

use datasette_plugin_api::*;

use site::Site;
use statistics::Statistics;
use tokens::Tokens;

/// Defaults, configuration, restrictions of actors, stored queries.
struct DefaultPermissions {
    site: Site,
}

#[hookimpl]
impl Plugin for DefaultPermissions {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { site: Site::new(host) })
    }

    fn permission_resources_sql(&self, args: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        let (facts, actor) = (self.site.facts()?, args.actor.as_ref());
        let mut said = Vec::new();
        said.extend(restrictions::rules(facts, actor, args.action));
        said.extend(defaults::root(facts, actor));
        said.extend(config::rules(facts, actor, args.action));
        said.extend(defaults::allow_sql(facts, args.action));
        said.extend(defaults::everybody(facts, args.action));
        let brought =
            if args.action == "view-query" { self.site.brought_queries(actor)? } else { Vec::new() };
        said.extend(queries::rules(actor, args.action, &brought));
        Ok(said)
    }
}

export_plugins!(
    "datasette.default_permissions" => DefaultPermissions,
    "datasette.default_permissions.sqlite_statistics" => Statistics,
    "datasette.default_permissions.tokens" => Tokens;
    security = true
);

#[cfg(test)]
mod tests;
