//! Stored queries: owners may see, change and delete theirs, and nobody else sees what is private.

use datasette_plugin_api::*;

/// `brought` are the queries that plugins have for this actor, as pairs of database and name.
pub(crate) fn rules(actor: Option<&Actor>, action: &str, brought: &[Json]) -> Option<PermissionSql> {
    let of_owner = match action {
        "view-query" => "",
        // Queries of the configuration and of plugins are not changed by visitors, whoever owns them.
        "update-query" | "delete-query" => " and source = 'user'",
        _ => return None,
    };
    let owner = actor.and_then(|actor| actor.get("id")).filter(|id| id.is_string() || id.is_number());
    // Also keeps out what is neither in the table nor brought: there is no such query.
    let kept = "select database_name as parent, name as child from queries \
                where is_private = 0 or owner_id = :default_permissions_owner";
    let mut said = PermissionSql::restriction(kept);
    if !brought.is_empty() {
        // What is kept under the same name comes before it, with its privacy.
        let by_plugins =
            "select value ->> 0 as parent, value ->> 1 as child from json_each(:default_permissions_brought)";
        let unknown = "not exists (select 1 from queries where (database_name, name) = (parent, child))";
        said = PermissionSql::restriction(format!(
            "{kept} union all select * from ({by_plugins}) where {unknown}"
        ));
        said = said.param("default_permissions_brought", json!(brought).to_string());
    }
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
            assert!(rules(None, action, &[]).unwrap().restriction_sql.is_some());
        }
        for action in ["store-query", "view-table", "execute-sql"] {
            assert_eq!(rules(Some(&Actor::with_id("ann")), action, &[]), None);
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
            let said = rules(actor.as_ref(), "view-query", &[]).unwrap();
            assert_eq!((said.sql, said.params[0].1.clone()), (None, Json::Null));
        }
    }

    #[test]
    fn owners_change_only_what_users_saved() {
        let ann = Actor::with_id("ann");
        let sql = |action: &str| rules(Some(&ann), action, &[]).unwrap().sql.unwrap();
        assert!(sql("update-query").ends_with("and source = 'user'"));
        assert!(sql("delete-query").ends_with("and source = 'user'"));
        assert!(!sql("view-query").contains("source"));
    }
}
