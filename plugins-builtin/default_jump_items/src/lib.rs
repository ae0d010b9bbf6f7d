//! What the jump menu finds: databases, tables, views and stored queries that the visitor may see.
//!
//! Hooks: `jump_items_sql`. Config: none.

use datasette_plugin_api::*;

/// How many resources are asked for at once.
const PAGE: usize = 10_000;

const DATABASES: &str = "select 'database' as type, value as label, null as description, \
    json_object('method', 'database', 'database', value) as url, \
    value as search_text, null as display_name \
    from json_each(:databases)";

const TABLES: &str = "select case when catalog_views.view_name is null then 'table' else 'view' end as type, \
    value ->> 0 || ': ' || (value ->> 1) as label, null as description, \
    json_object('method', 'table', 'database', value ->> 0, 'table', value ->> 1) as url, \
    value ->> 0 || ' ' || (value ->> 1) as search_text, null as display_name \
    from json_each(:tables) left join catalog_views \
    on catalog_views.database_name = value ->> 0 and catalog_views.view_name = value ->> 1";

const QUERIES: &str = "select 'query' as type, value ->> 0 || ': ' || (value ->> 1) as label, null as description, \
    json_object('method', 'query', 'database', value ->> 0, 'query', value ->> 1) as url, \
    value ->> 0 || ' ' || (value ->> 1) as search_text, null as display_name \
    from json_each(:queries)";

struct JumpItems {
    host: Host,
}

#[hookimpl]
impl Plugin for JumpItems {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn jump_items_sql(&self, jump: &JumpItemsSql<'_>) -> Result<Vec<JumpSql>> {
        let actor = jump.actor.as_ref();
        let databases = self.visible("view-database", actor)?.into_iter().filter_map(|found| found.database);
        let pairs = |action| -> Result<Json> {
            let found = self.visible(action, actor)?.into_iter();
            Ok(found.filter_map(|found| Some(json!([found.database?, found.resource?]))).collect())
        };
        Ok(vec![
            JumpSql::new(DATABASES)
                .param("databases", databases.map(Json::from).collect::<Json>().to_string()),
            JumpSql::new(TABLES).param("tables", pairs("view-table")?.to_string()),
            JumpSql::new(QUERIES).param("queries", pairs("view-query")?.to_string()),
        ])
    }
}

export_plugin!(JumpItems, name = "datasette.default_jump_items");

impl JumpItems {
    fn visible(&self, action: &str, actor: Option<&Actor>) -> Result<Vec<Resource>> {
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = self.host.allowed_resources(action, actor, None, PAGE, next.as_deref())?;
            found.extend(page.resources);
            next = page.next;
            if next.is_none() {
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    /// Databases in one page, tables in two.
    fn host() -> FakeHost {
        FakeHost::new().answer_with("allowed_resources", |args| {
            let page = |database: &str, resource: Option<&str>, next: Option<&str>| {
                json!({"resources": [{"database": database, "resource": resource}], "next": next})
            };
            Ok(match (args["action"].as_str(), args["next"].as_str()) {
                (Some("view-database"), _) => page("d", None, None),
                (Some("view-table"), None) => page("d", Some("t"), Some("t")),
                (Some("view-table"), Some(_)) => page("d", Some("u"), None),
                _ => json!({"resources": [], "next": null}),
            })
        })
    }

    #[test]
    fn everything_visible_is_handed_to_the_sql() {
        let plugin = Harness::<JumpItems>::with(host());
        let request = FakeRequest::get("/-/jump");
        let items = plugin.jump_items_sql(&JumpItemsSql::new(None, request.view())).unwrap().unwrap();
        let params: Vec<String> =
            items.iter().flat_map(|item| &item.params).map(|(_, value)| value.to_string()).collect();
        assert_eq!(params, [r#""[\"d\"]""#, r#""[[\"d\",\"t\"],[\"d\",\"u\"]]""#, r#""[]""#]);
    }
}
