//! What the jump menu finds: databases, tables, views and stored queries that the visitor may see.
//!
//! Hooks: `jump_items_sql`. Config: none.

use datasette_plugin_api::*;

const DATABASES: &str = "select 'database' as type, parent as label, null as description, \
    json_object('method', 'database', 'database', parent) as url, \
    parent as search_text, null as display_name";

const TABLES: &str = "select case when catalog_views.view_name is null then 'table' else 'view' end as type, \
    parent || ': ' || child as label, null as description, \
    json_object('method', 'table', 'database', parent, 'table', child) as url, \
    parent || ' ' || child as search_text, null as display_name";

/// Which of the tables are views.
const VIEWS: &str = "left join catalog_views \
    on catalog_views.database_name = parent and catalog_views.view_name = child";

const QUERIES: &str = "select 'query' as type, parent || ': ' || child as label, null as description, \
    json_object('method', 'query', 'database', parent, 'query', child) as url, \
    parent || ' ' || child as search_text, null as display_name";

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
        let items = |action, select: &str, join: &str| -> Result<JumpSql> {
            let visible = self.host.allowed_resources_sql(action, actor, None, false)?;
            let sql = format!("{select} from ({}) {join}", visible.sql);
            Ok(visible
                .params
                .into_iter()
                .fold(JumpSql::new(sql), |sql, (name, value)| sql.param(name, value.to_json())))
        };
        Ok(vec![
            items("view-database", DATABASES, "")?,
            items("view-table", TABLES, VIEWS)?,
            items("view-query", QUERIES, "")?,
        ])
    }
}

export_plugin!(JumpItems, name = "datasette.default_jump_items");

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    #[test]
    fn everything_visible_comes_from_the_sql_of_the_server() {
        let host = FakeHost::new().answer_with("allowed_resources_sql", |args| {
            let action = args["action"].as_str().unwrap_or_default();
            Ok(json!({"sql": format!("select 1 /* {action} */"), "params": [[action, "[]"]]}))
        });
        let plugin = Harness::<JumpItems>::with(host);
        let request = FakeRequest::get("/-/jump");
        let items = plugin.jump_items_sql(&JumpItemsSql::new(None, request.view())).unwrap().unwrap();
        for (item, action) in items.iter().zip(["view-database", "view-table", "view-query"]) {
            assert!(item.sql.contains(&format!("from (select 1 /* {action} */)")), "{}", item.sql);
            assert_eq!(item.params, [(action.to_owned(), json!("[]"))]);
        }
        assert_eq!(items.len(), 3);
    }
}
