//! What the configuration says: `permissions` at every level, `allow` and `allow_sql`.

use std::collections::HashMap;

use datasette_plugin_api::*;

use crate::restrictions::Restrictions;
use crate::rows::{self, Rule};
use crate::site::Facts;

/// All blocks, by the action they are about.
#[derive(Debug, Default)]
pub(crate) struct Blocks(HashMap<String, Vec<Block>>);

/// One block, and where it stands.
#[derive(Debug)]
struct Block {
    parent: Option<String>,
    child: Option<String>,
    block: Json,
    /// For people: which block of which thing.
    scope: String,
    /// An `allow` or `allow_sql`, which also holds for what an actor's restrictions name below it.
    is_gate: bool,
}

/// Actions that `allow` at the root is about.
const ROOT_ALLOW: [&str; 4] = ["view-instance", "view-database", "view-table", "view-query"];
/// Actions that `allow` of a database is about.
const DATABASE_ALLOW: [&str; 3] = ["view-database", "view-table", "view-query"];

impl Blocks {
    /// Reads the root of the configuration, whose shape was checked at start.
    pub(crate) fn read(config: &Json) -> Self {
        let mut blocks = Self::default();
        blocks.add_permissions(config, None, None, "");
        for (database, config) in entries(config, "databases") {
            blocks.add_permissions(config, Some(database), None, &format!(" on {database}"));
            for (section, action) in [("tables", "view-table"), ("queries", "view-query")] {
                for (child, config) in entries(config, section) {
                    let on = format!(" on {database}/{child}");
                    blocks.add_permissions(config, Some(database), Some(child), &on);
                    let scope = format!("allow for {action}{on}");
                    blocks.add(action, (Some(database), Some(child)), config.get("allow"), scope, true);
                }
            }
            for action in DATABASE_ALLOW {
                let scope = format!("allow for {action} on {database}");
                blocks.add(action, (Some(database), None), config.get("allow"), scope, true);
            }
            let scope = format!("allow_sql for {database}");
            blocks.add("execute-sql", (Some(database), None), config.get("allow_sql"), scope, true);
        }
        for action in ROOT_ALLOW {
            blocks.add(action, (None, None), config.get("allow"), format!("allow for {action}"), true);
        }
        blocks.add("execute-sql", (None, None), config.get("allow_sql"), "allow_sql".to_owned(), true);
        blocks
    }

    fn add_permissions(&mut self, config: &Json, parent: Option<&str>, child: Option<&str>, on: &str) {
        for (action, block) in entries(config, "permissions") {
            self.add(action, (parent, child), Some(block), format!("permissions for {action}{on}"), false);
        }
    }

    fn add(
        &mut self,
        action: &str,
        (parent, child): (Option<&str>, Option<&str>),
        block: Option<&Json>,
        scope: String,
        is_gate: bool,
    ) {
        let Some(block) = block.filter(|block| !block.is_null()) else { return };
        let (parent, child) = (parent.map(str::to_owned), child.map(str::to_owned));
        let block = Block { parent, child, block: block.clone(), scope, is_gate };
        self.0.entry(action.to_owned()).or_default().push(block);
    }
}

fn entries<'a>(config: &'a Json, key: &str) -> impl Iterator<Item = (&'a str, &'a Json)> {
    config
        .get(key)
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

pub(crate) fn rules(facts: &Facts, actor: Option<&Actor>, action: &str) -> Option<PermissionSql> {
    rows::rules(&found(facts, actor, action))
}

fn found(facts: &Facts, actor: Option<&Actor>, action: &str) -> Vec<Rule> {
    let Some(blocks) = facts.blocks.0.get(action) else { return Vec::new() };
    let restrictions = Restrictions::of(facts, actor, action);
    let mut rules = Vec::new();
    for block in blocks {
        if block.block.is_null() {
            continue;
        }
        let allow = actor_matches_allow(actor, &block.block);
        let verb = if allow { "allow" } else { "deny" };
        let reason = format!("config {verb} {}", block.scope);
        rules.push(Rule { parent: block.parent.clone(), child: block.child.clone(), allow, reason });
        // A restricted actor is denied by name what a level above denies: a more specific rule that
        // lets everybody in does not open it for tokens.
        if let (true, false, None, Some(restrictions)) = (block.is_gate, allow, &block.child, &restrictions) {
            let reason = format!("config deny {} (restriction gate)", block.scope);
            let named = restrictions.named_below(block.parent.as_deref());
            rules.extend(named.into_iter().map(|(parent, child)| Rule {
                parent: Some(parent),
                child,
                allow: false,
                reason: reason.clone(),
            }));
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules as lines: where, what, why.
    #[track_caller]
    fn check(config: Json, actor: Json, action: &str, expected: &[&str]) {
        let facts = Facts::for_test(config);
        let rules = found(&facts, Actor::from_json(actor).as_ref(), action);
        let place = |rule: &Rule| {
            format!("{}/{}", rule.parent.as_deref().unwrap_or("*"), rule.child.as_deref().unwrap_or("*"))
        };
        let lines: Vec<_> = rules.iter().map(|rule| format!("{} {}", place(rule), rule.reason)).collect();
        assert_eq!(lines, expected);
        assert!(rules.iter().all(|rule| rule.reason.starts_with("config allow") == rule.allow));
    }

    #[test]
    fn nothing_is_said_without_a_configuration() {
        check(json!(null), json!(null), "view-table", &[]);
        check(
            json!({"databases": {"d": null}, "permissions": null, "allow": null}),
            json!(null),
            "view-table",
            &[],
        );
    }

    #[test]
    fn permissions_hold_where_they_stand() {
        let block = json!({"insert-row": {"id": "ann"}});
        let config = json!({
            "permissions": block,
            "databases": {"d": {
                "permissions": block, "tables": {"t": {"permissions": block}}, "queries": {"q": {"permissions": block}},
            }},
        });
        let ann = json!({"id": "ann"});
        check(
            config.clone(),
            ann.clone(),
            "insert-row",
            &[
                "*/* config allow permissions for insert-row",
                "d/* config allow permissions for insert-row on d",
                "d/t config allow permissions for insert-row on d/t",
                "d/q config allow permissions for insert-row on d/q",
            ],
        );
        check(
            config.clone(),
            json!(null),
            "insert-row",
            &[
                "*/* config deny permissions for insert-row",
                "d/* config deny permissions for insert-row on d",
                "d/t config deny permissions for insert-row on d/t",
                "d/q config deny permissions for insert-row on d/q",
            ],
        );
        // Short forms are for tokens.
        check(json!({"permissions": {"vt": true}}), ann, "view-table", &[]);
        check(config, json!(null), "view-table", &[]);
    }

    #[test]
    fn allow_at_the_root_is_about_looking() {
        let config = json!({"allow": {"id": "ann"}});
        for action in ROOT_ALLOW {
            let line = format!("*/* config deny allow for {action}");
            check(config.clone(), json!(null), action, &[&line]);
        }
        for action in ["execute-sql", "view-database-download", "insert-row"] {
            check(config.clone(), json!(null), action, &[]);
        }
    }

    #[test]
    fn allow_of_a_database_is_about_what_is_in_it() {
        let config = json!({"databases": {"d": {"allow": true}}});
        for action in DATABASE_ALLOW {
            let line = format!("d/* config allow allow for {action} on d");
            check(config.clone(), json!(null), action, &[&line]);
        }
        for action in ["view-instance", "execute-sql"] {
            check(config.clone(), json!(null), action, &[]);
        }
    }

    #[test]
    fn allow_of_a_table_or_query_is_about_that() {
        let config = json!({"databases": {"d": {
            "tables": {"t": {"allow": false}}, "queries": {"q": {"sql": "select 1", "allow": true}, "p": "select 2"},
        }}});
        check(config.clone(), json!(null), "view-table", &["d/t config deny allow for view-table on d/t"]);
        check(config.clone(), json!(null), "view-query", &["d/q config allow allow for view-query on d/q"]);
        check(config, json!(null), "view-database", &[]);
    }

    #[test]
    fn allow_sql_is_about_sql() {
        let config = json!({"allow_sql": false, "databases": {"d": {"allow_sql": {"id": "ann"}}}});
        check(
            config.clone(),
            json!({"id": "ann"}),
            "execute-sql",
            &["d/* config allow allow_sql for d", "*/* config deny allow_sql"],
        );
        check(config, json!(null), "view-table", &[]);
    }

    #[test]
    fn what_is_denied_above_is_denied_to_tokens_by_name() {
        let config =
            json!({"allow": false, "databases": {"d": {"allow": false, "tables": {"t": {"allow": true}}}}});
        let actor =
            json!({"id": "ann", "_r": {"r": {"d": {"t": ["vt"]}, "e": {"u": ["view-table"], "v": ["ir"]}}}});
        check(
            config,
            actor,
            "view-table",
            &[
                "d/t config allow allow for view-table on d/t",
                "d/* config deny allow for view-table on d",
                "d/t config deny allow for view-table on d (restriction gate)",
                "*/* config deny allow for view-table",
                "d/* config deny allow for view-table (restriction gate)",
                "e/* config deny allow for view-table (restriction gate)",
                "d/t config deny allow for view-table (restriction gate)",
                "e/u config deny allow for view-table (restriction gate)",
            ],
        );
    }

    #[test]
    fn permissions_are_no_gate() {
        let config = json!({"permissions": {"view-table": false}});
        let actor = json!({"id": "ann", "_r": {"r": {"d": {"t": ["vt"]}}}});
        check(config, actor, "view-table", &["*/* config deny permissions for view-table"]);
    }
}
