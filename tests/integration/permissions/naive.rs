//! The rules of the documentation, in the simplest words.

use super::world::{ACTIONS, Kind, Said};
use super::*;

/// The rules of the documentation, as simply as they can be written down.
pub(super) struct Naive<'a> {
    pub(super) config: &'a Value,
    pub(super) default_deny: bool,
    pub(super) plugin: &'a [Said],
}

type Rule = (Option<String>, Option<String>, bool);

impl Naive<'_> {
    pub(super) fn allows(
        &self,
        actor: &Value,
        action: &str,
        parent: Option<&str>,
        child: Option<&str>,
    ) -> bool {
        let (_, _, kind, requires) = *ACTIONS.iter().find(|known| known.0 == action).unwrap();
        if let Some(required) = requires
            && !self.allows(actor, required, parent, child)
        {
            return false;
        }
        let same = |rule: &str, name: &str| {
            if kind == Kind::Table { rule.eq_ignore_ascii_case(name) } else { rule == name }
        };
        let matching: Vec<(u8, bool)> = self
            .rules(actor, action)
            .iter()
            .filter(|(p, _, _)| p.is_none() || p.as_deref() == parent)
            .filter(|(_, c, _)| c.is_none() || child.is_some_and(|child| same(c.as_deref().unwrap(), child)))
            .map(|(p, c, allow)| (u8::from(p.is_some()) + u8::from(c.is_some()), *allow))
            .collect();
        let Some(deepest) = matching.iter().map(|(depth, _)| *depth).max() else { return false };
        let allowed = matching.iter().filter(|(depth, _)| *depth == deepest).all(|(_, allow)| *allow);
        allowed
            && self.is_left(actor, action, parent, child, &same)
            && self.plugin_leaves(actor, action, parent, child, &same)
            && self.exists(kind, parent, child)
    }

    /// Whether the restrictions of plugins leave it.
    fn plugin_leaves(
        &self,
        actor: &Value,
        action: &str,
        parent: Option<&str>,
        child: Option<&str>,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        let restrictions = self.plugin.iter().filter(|said| said.is_about(actor, action));
        restrictions.filter_map(|said| said.restricted_to).all(|left| {
            left.iter().any(|(p, c)| {
                p.is_none_or(|p| parent == Some(p))
                    && c.is_none_or(|c| child.is_some_and(|child| same(c, child)))
            })
        })
    }

    /// Of stored queries, only those that there are may be seen.
    fn exists(&self, kind: Kind, parent: Option<&str>, child: Option<&str>) -> bool {
        kind != Kind::Query || !self.config["databases"][parent.unwrap()]["queries"][child.unwrap()].is_null()
    }

    fn rules(&self, actor: &Value, action: &str) -> Vec<Rule> {
        let mut rules = Vec::new();
        let default = [
            "view-instance",
            "view-database",
            "view-database-download",
            "view-table",
            "view-query",
            "execute-sql",
        ];
        if default.contains(&action) && !self.default_deny {
            rules.push((None, None, true));
        }
        if action == "execute-sql" && self.config["settings"]["default_allow_sql"] == false {
            rules.push((None, None, false));
        }
        if actor["id"] == "root" {
            rules.push((None, None, true));
        }
        for said in self.plugin.iter().filter(|said| said.is_about(actor, action)) {
            let own = |name: &Option<&str>| name.map(str::to_owned);
            rules.extend(said.rules.iter().map(|(parent, child, allow)| (own(parent), own(child), *allow)));
        }
        let allow_is_about = |names: &[&str]| names.contains(&action);
        let root = self.config;
        self.add(&mut rules, actor, action, &root["permissions"][action], None, None, false);
        if allow_is_about(&["view-instance", "view-database", "view-table", "view-query"]) {
            self.add(&mut rules, actor, action, &root["allow"], None, None, true);
        }
        if action == "execute-sql" {
            self.add(&mut rules, actor, action, &root["allow_sql"], None, None, true);
        }
        for (name, database) in root["databases"].as_object().unwrap() {
            let parent = Some(name.as_str());
            self.add(&mut rules, actor, action, &database["permissions"][action], parent, None, false);
            if allow_is_about(&["view-database", "view-table", "view-query"]) {
                self.add(&mut rules, actor, action, &database["allow"], parent, None, true);
            }
            if action == "execute-sql" {
                self.add(&mut rules, actor, action, &database["allow_sql"], parent, None, true);
            }
            for (section, about) in [("tables", "view-table"), ("queries", "view-query")] {
                for (child, block) in database[section].as_object().into_iter().flatten() {
                    let child = Some(child.as_str());
                    self.add(&mut rules, actor, action, &block["permissions"][action], parent, child, false);
                    if action == about {
                        self.add(&mut rules, actor, action, &block["allow"], parent, child, true);
                    }
                }
            }
        }
        rules
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &self,
        rules: &mut Vec<Rule>,
        actor: &Value,
        action: &str,
        block: &Value,
        parent: Option<&str>,
        child: Option<&str>,
        gate: bool,
    ) {
        if block.is_null() {
            return;
        }
        let allow = matches(block, actor);
        rules.push((parent.map(str::to_owned), child.map(str::to_owned), allow));
        // What `allow` denies above, it denies a token for everything that the token names below.
        if gate && !allow && child.is_none() {
            for (database, table) in named(actor, action) {
                if parent.is_none_or(|parent| parent == database && table.is_some()) {
                    rules.push((Some(database), table, false));
                }
            }
        }
    }

    /// Whether the restrictions of the actor leave it.
    fn is_left(
        &self,
        actor: &Value,
        action: &str,
        parent: Option<&str>,
        child: Option<&str>,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        let restrictions = &actor["_r"];
        if restrictions.is_null() {
            return true;
        }
        let names = |action: &str| {
            let everywhere = lists(&restrictions["a"], action);
            let of_database = parent.is_some_and(|parent| lists(&restrictions["d"][parent], action));
            let of_child = parent.zip(child).is_some_and(|(parent, child)| {
                let below = restrictions["r"][parent].as_object();
                below.into_iter().flatten().any(|(name, list)| same(name, child) && lists(list, action))
            });
            everywhere || of_database || of_child
        };
        let below = |action: &str| {
            let databases = restrictions["d"].as_object().into_iter().flatten();
            let named: Vec<&String> =
                databases.filter(|(_, list)| lists(list, action)).map(|(name, _)| name).collect();
            let tables = restrictions["r"].as_object().into_iter().flatten();
            let with_tables: Vec<&String> = tables
                .filter(|(_, tables)| tables.as_object().unwrap().values().any(|list| lists(list, action)))
                .map(|(name, _)| name)
                .collect();
            (lists(&restrictions["a"], action), named, with_tables)
        };
        if names(action) {
            return true;
        }
        match action {
            // Whoever may look at a table may find it.
            "view-database" => {
                let (everywhere, databases, with_tables) = below("view-table");
                everywhere || databases.iter().chain(&with_tables).any(|name| Some(name.as_str()) == parent)
            }
            "view-instance" => ["view-table", "view-database"].iter().any(|action| {
                let (everywhere, databases, with_tables) = below(action);
                everywhere || !databases.is_empty() || !with_tables.is_empty()
            }),
            _ => false,
        }
    }
}

pub(super) fn lists(list: &Value, action: &str) -> bool {
    let (name, abbr, _, _) = ACTIONS.iter().find(|known| known.0 == action).unwrap();
    list.as_array().is_some_and(|list| list.iter().any(|item| item == name || item == abbr))
}

/// What the restrictions name for the action: databases, and tables or queries; implied ones as well.
pub(super) fn named(actor: &Value, action: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let implied: &[&str] = if action == "view-database" { &["view-table"] } else { &[] };
    for (database, list) in actor["_r"]["d"].as_object().into_iter().flatten() {
        if lists(list, action) || implied.iter().any(|action| lists(list, action)) {
            found.push((database.clone(), None));
        }
    }
    for (database, tables) in actor["_r"]["r"].as_object().into_iter().flatten() {
        for (table, list) in tables.as_object().unwrap() {
            if lists(list, action) {
                found.push((database.clone(), None));
                found.push((database.clone(), Some(table.clone())));
            } else if implied.iter().any(|action| lists(list, action)) {
                found.push((database.clone(), None));
            }
        }
    }
    found
}

pub(super) fn matches(block: &Value, actor: &Value) -> bool {
    match block {
        Value::Bool(answer) => *answer,
        Value::Object(keys) => {
            if actor.is_null() {
                return keys.get("unauthenticated") == Some(&json!(true));
            }
            keys.iter().any(|(key, wanted)| {
                let has = &actor[key.as_str()];
                let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                if has.is_null() {
                    return false;
                }
                wanted == "*" || list(has).iter().any(|value| list(wanted).contains(value))
            })
        }
        _ => panic!("{block} is no allow block"),
    }
}
