//! What an actor is restricted to: the key `_r` that tokens put into it.
//!
//! `{"a": [actions], "d": {database: [actions]}, "r": {database: {table or query: [actions]}}}`, actions by
//! name or short form. Whoever may look at a table may find it: `view-table` implies `view-database` of its
//! database, and both imply `view-instance`. Nothing else implies anything.

use std::collections::BTreeSet;

use datasette_plugin_api::*;

use crate::rows;
use crate::site::Facts;

/// What restrictions leave of one action.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Restrictions {
    /// Everything, everywhere.
    everything: bool,
    databases: BTreeSet<String>,
    resources: BTreeSet<(String, String)>,
}

impl Restrictions {
    /// `None` if the actor is not restricted. One whose restrictions make no sense may do nothing.
    pub(crate) fn of(facts: &Facts, actor: Option<&Actor>, action: &str) -> Option<Self> {
        let restrictions = actor?.get("_r")?;
        let mut left = Self::read(facts, restrictions, action);
        match action {
            "view-database" => {
                let tables = Self::read(facts, restrictions, "view-table");
                left.everything |= tables.everything;
                left.databases.extend(tables.databases);
                left.databases.extend(tables.resources.into_iter().map(|(database, _)| database));
            }
            "view-instance" => {
                let below =
                    ["view-table", "view-database"].map(|action| Self::read(facts, restrictions, action));
                left.everything |= below.iter().any(|below| !below.is_nothing());
            }
            _ => {}
        }
        Some(left)
    }

    fn read(facts: &Facts, restrictions: &Json, action: &str) -> Self {
        let object = |value: Option<&Json>| value.and_then(Json::as_object).cloned().unwrap_or_default();
        let is_listed = |list: &Json| facts.is_listed(action, list);
        let mut left = Self { everything: restrictions.get("a").is_some_and(is_listed), ..Self::default() };
        for (database, list) in object(restrictions.get("d")) {
            if is_listed(&list) {
                left.databases.insert(database);
            }
        }
        for (database, resources) in object(restrictions.get("r")) {
            for (resource, list) in object(Some(&resources)) {
                if is_listed(&list) {
                    left.resources.insert((database.clone(), resource));
                }
            }
        }
        left
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Databases, and tables or queries, that are left by name: of one database, or of all of them
    /// together with the databases.
    pub(crate) fn named_below(&self, parent: Option<&str>) -> Vec<(String, Option<String>)> {
        let resources = self.resources.iter();
        match parent {
            Some(parent) => {
                let of_it = resources.filter(|(database, _)| database == parent);
                of_it.map(|(database, resource)| (database.clone(), Some(resource.clone()))).collect()
            }
            None => {
                let mut databases = self.databases.clone();
                databases.extend(self.resources.iter().map(|(database, _)| database.clone()));
                let databases = databases.into_iter().map(|database| (database, None));
                databases
                    .chain(resources.map(|(database, resource)| (database.clone(), Some(resource.clone()))))
                    .collect()
            }
        }
    }
}

pub(crate) fn rules(facts: &Facts, actor: Option<&Actor>, action: &str) -> Option<PermissionSql> {
    let left = Restrictions::of(facts, actor, action)?;
    if left.everything {
        return None;
    }
    let rows: Vec<_> = left
        .databases
        .iter()
        .map(|database| (Some(database.clone()), None))
        .chain(
            left.resources
                .iter()
                .map(|(database, resource)| (Some(database.clone()), Some(resource.clone()))),
        )
        .collect();
    let restriction = rows::restriction(&rows);
    Some(match rows.is_empty() {
        // The permission tools show this parameter.
        true => restriction.param("deny", format!("actor restrictions: {action} not in allowlist")),
        false => restriction,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left, as JSON rows; `None` for everything.
    #[track_caller]
    fn check(restrictions: Json, action: &str, expected: Option<Json>) {
        let actor = Actor::from_json(json!({"id": "root", "_r": restrictions}));
        let said = rules(&Facts::for_test(Json::Null), actor.as_ref(), action);
        let rows = said.as_ref().map(|said| {
            assert!(said.sql.is_none() && said.restriction_sql.is_some());
            said.params[0].1.clone()
        });
        assert_eq!(rows, expected, "{action}");
    }

    #[test]
    fn an_actor_without_restrictions_has_none() {
        let facts = Facts::for_test(Json::Null);
        assert_eq!(rules(&facts, None, "view-table"), None);
        assert_eq!(rules(&facts, Some(&Actor::with_id("ann")), "view-table"), None);
    }

    #[test]
    fn actions_are_named_in_full_or_in_short() {
        for name in ["insert-row", "vt", "view-table"] {
            let expected = if name == "insert-row" { Some(json!([])) } else { None };
            check(json!({"a": [name]}), "view-table", expected);
        }
        check(json!({"a": ["vt"]}), "vt", None);
        check(json!({"a": ["view", "VT", "view-tables", 1, null]}), "view-table", Some(json!([])));
    }

    #[test]
    fn databases_and_resources_are_left_by_name() {
        let restrictions = json!({
            "d": {"e": ["vt", "ir"], "f": ["ir"]}, "r": {"d": {"t": ["vt"], "u": ["ir"]}, "e": {"w": ["vt"]}},
        });
        check(restrictions, "view-table", Some(json!([["e", null], ["d", "t"], ["e", "w"]])));
    }

    #[test]
    fn a_table_that_may_be_seen_may_be_found() {
        check(json!({"r": {"d": {"t": ["vt"]}}}), "view-database", Some(json!([["d", null]])));
        check(json!({"d": {"d": ["vt"]}}), "view-database", Some(json!([["d", null]])));
        check(json!({"a": ["vt"]}), "view-database", None);
        for restrictions in
            [json!({"r": {"d": {"t": ["vt"]}}}), json!({"d": {"d": ["vd"]}}), json!({"a": ["vd"]})]
        {
            check(restrictions, "view-instance", None);
        }
    }

    #[test]
    fn nothing_else_is_implied() {
        for action in ["view-instance", "view-database", "view-table"] {
            check(json!({"a": ["ir", "es"], "r": {"d": {"t": ["insert-row"]}}}), action, Some(json!([])));
        }
        check(json!({"a": ["vi", "vd"]}), "view-table", Some(json!([])));
        check(json!({"a": ["vt", "vd", "vi"]}), "execute-sql", Some(json!([])));
        check(json!({"r": {"d": {"t": ["vt"]}}}), "view-table", Some(json!([["d", "t"]])));
    }

    #[test]
    fn restrictions_that_make_no_sense_leave_nothing() {
        for restrictions in [
            json!(null),
            json!({}),
            json!([]),
            json!("vt"),
            json!({"a": "vt"}),
            json!({"a": {"vt": true}}),
            json!({"d": ["vt"]}),
            json!({"d": {"d": "vt"}}),
            json!({"r": {"d": ["vt"]}}),
            json!({"r": {"d": {"t": "vt"}}}),
        ] {
            for action in ["view-table", "view-database", "view-instance"] {
                check(restrictions.clone(), action, Some(json!([])));
            }
        }
    }

    #[test]
    fn an_empty_list_says_why() {
        let actor = Actor::from_json(json!({"_r": {"a": ["vi"]}}));
        let said = rules(&Facts::for_test(Json::Null), actor.as_ref(), "insert-row").unwrap();
        assert_eq!(said.params[1], ("deny".into(), json!("actor restrictions: insert-row not in allowlist")));
    }
}
