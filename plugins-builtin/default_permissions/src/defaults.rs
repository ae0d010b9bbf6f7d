//! What holds without any configuration.

use datasette_plugin_api::*;

use crate::site::Facts;

/// What everybody may, unless the site was started with `--default-deny`.
const FOR_EVERYBODY: [&str; 6] =
    ["view-instance", "view-database", "view-database-download", "view-table", "view-query", "execute-sql"];

pub(crate) fn everybody(facts: &Facts, action: &str) -> Option<PermissionSql> {
    let allowed = !facts.default_deny && FOR_EVERYBODY.contains(&action);
    allowed.then(|| PermissionSql::allow(format!("default allow for {action}")))
}

/// The setting `default_allow_sql`.
pub(crate) fn allow_sql(facts: &Facts, action: &str) -> Option<PermissionSql> {
    let denied = action == "execute-sql" && !facts.default_allow_sql;
    denied.then(|| PermissionSql::deny("default_allow_sql is false"))
}

/// Root may do anything that nothing more specific forbids, if the site was started with `--root`.
pub(crate) fn root(facts: &Facts, actor: Option<&Actor>) -> Option<PermissionSql> {
    // An actor whose id is the number 0 or a list is not root: only the very text is.
    let is_root = actor.and_then(|actor| actor.get("id")).and_then(Json::as_str) == Some("root");
    (facts.root_enabled && is_root).then(|| PermissionSql::allow("root user"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts::for_test(Json::Null)
    }

    #[test]
    fn everybody_may_look_and_query() {
        let allowed = |action: &str| everybody(&facts(), action).is_some();
        assert!(FOR_EVERYBODY.iter().all(|action| allowed(action)));
        for action in
            ["insert-row", "permissions-debug", "store-query", "execute-write-sql", "update-query", "vt", ""]
        {
            assert!(!allowed(action), "{action}");
        }
    }

    #[test]
    fn default_deny_takes_all_of_it_away() {
        let facts = Facts { default_deny: true, ..facts() };
        assert!(FOR_EVERYBODY.iter().all(|action| everybody(&facts, action).is_none()));
    }

    #[test]
    fn the_setting_forbids_sql_and_nothing_else() {
        let off = Facts { default_allow_sql: false, ..facts() };
        assert_eq!(allow_sql(&off, "execute-sql"), Some(PermissionSql::deny("default_allow_sql is false")));
        assert_eq!(allow_sql(&off, "view-table"), None);
        assert_eq!(allow_sql(&facts(), "execute-sql"), None);
    }

    #[test]
    fn only_root_is_root_and_only_if_asked_for() {
        let on = Facts { root_enabled: true, ..facts() };
        let is_root = |facts: &Facts, actor: Json| root(facts, Actor::from_json(actor).as_ref()).is_some();
        assert!(is_root(&on, json!({"id": "root"})));
        assert!(!is_root(&facts(), json!({"id": "root"})));
        for actor in [json!({"id": "Root"}), json!({"id": ["root"]}), json!({"name": "root"}), json!(null)] {
            assert!(!is_root(&on, actor));
        }
    }
}
