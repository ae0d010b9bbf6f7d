//! Stored queries: owners may see, change and delete theirs, and nobody else sees what is private.

use datasette_plugin_api::*;

pub(crate) fn rules(actor: Option<&Actor>, action: &str) -> Option<PermissionSql> {
    let of_owner = match action {
        "view-query" => "",
        // Queries of the configuration and of plugins are not changed by visitors, whoever owns them.
        "update-query" | "delete-query" => " and source = 'user'",
        _ => return None,
    };
    let owner = actor.and_then(|actor| actor.get("id")).filter(|id| id.is_string() || id.is_number());
    // Also keeps out what is not in the table: there is no such query.
    let mut said = PermissionSql::restriction(
        "select database_name as parent, name as child from queries \
         where is_private = 0 or owner_id = :default_permissions_owner",
    );
    if owner.is_some() {
        said.sql = Some(format!(
            "select database_name as parent, name as child, 1 as allow, 'query owner' as reason from queries \
             where owner_id = :default_permissions_owner{of_owner}"
        ));
    }
    Some(said.param("default_permissions_owner", owner.cloned().unwrap_or(Json::Null)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_actions_about_queries_are_ruled() {
        for action in ["view-query", "update-query", "delete-query"] {
            assert!(rules(None, action).unwrap().restriction_sql.is_some());
        }
        for action in ["store-query", "view-table", "execute-sql"] {
            assert_eq!(rules(Some(&Actor::with_id("ann")), action), None);
        }
    }

    #[test]
    fn nobody_owns_what_has_no_owner() {
        for actor in [
            None,
            Actor::from_json(json!({"id": null})),
            Actor::from_json(json!({"id": ["ann"]})),
            Actor::from_json(json!({})),
        ] {
            let said = rules(actor.as_ref(), "view-query").unwrap();
            assert_eq!((said.sql, said.params[0].1.clone()), (None, Json::Null));
        }
    }

    #[test]
    fn owners_change_only_what_users_saved() {
        let ann = Actor::with_id("ann");
        let sql = |action: &str| rules(Some(&ann), action).unwrap().sql.unwrap();
        assert!(sql("update-query").ends_with("and source = 'user'"));
        assert!(sql("delete-query").ends_with("and source = 'user'"));
        assert!(!sql("view-query").contains("source"));
    }
}
