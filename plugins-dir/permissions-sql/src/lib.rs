//! Asks SQL queries of the configuration who may do what.
//!
//! Hooks: `permission_resources_sql`. Config: a list of rules; see README.md.

mod rules;
mod verdicts;

use datasette_plugin_api::*;

use rules::Rule;

struct PermissionsSql {
    host: Host,
    rules: Vec<Rule>,
}

#[hookimpl]
impl Plugin for PermissionsSql {
    fn new(host: Host) -> Result<Self> {
        let rules = Rule::list(&host.config()?)?;
        Ok(Self { host, rules })
    }

    fn permission_resources_sql(&self, args: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.is_about(args.action)).collect();
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        verdicts::all(&self.host, &rules, args.action, args.actor.as_ref())
    }
}

export_plugin!(PermissionsSql, security = true);

#[cfg(test)]
mod tests;
