//! Entries of a stored query's action menu.
//!
//! Hooks: `query_actions`. Config: none.

use datasette_plugin_api::*;

struct QueryMenu {
    host: Host,
}

#[hookimpl]
impl Plugin for QueryMenu {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn query_actions(&self, page: &QueryActions<'_>) -> Result<Vec<MenuItem>> {
        let Some(name) = page.query_name else { return Ok(Vec::new()) };
        let Some(query) = self.host.get_query(page.database, name)? else { return Ok(Vec::new()) };
        let is_fixed = query["source"] == "config" || query["is_trusted"] == true;
        if is_fixed {
            return Ok(Vec::new());
        }
        let resource = Resource::table(page.database, name);
        let may = |action| self.host.allowed(action, &resource, page.actor.as_ref());
        let path = self.host.url_query(page.database, name, None)?;
        let mut items = Vec::new();
        if may("update-query")? {
            let description = "Change its title, description, SQL, or who may see it.";
            items.push(MenuItem::link(format!("{path}/-/edit"), "Edit this query").description(description));
        }
        if may("delete-query")? {
            let description = "Remove it for good.";
            items.push(
                MenuItem::link(format!("{path}/-/delete"), "Delete this query").description(description),
            );
        }
        Ok(items)
    }
}

export_plugin!(QueryMenu, name = "datasette.default_query_actions");

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    fn links(query: Json, may: &'static str, name: Option<&str>) -> Vec<String> {
        let host = FakeHost::new()
            .answer("get_query", query)
            .answer("url_query", "/d/q")
            .answer_with("allowed", move |args| {
                Ok((args["action"].as_str().is_some_and(|a| may.contains(a))).into())
            });
        let plugin = Harness::<QueryMenu>::with(host);
        let request = FakeRequest::get("/d/q");
        let page = QueryActions::new(None, request.view(), "d", name, "select 1", Sent::new(Vec::new()));
        let items = plugin.query_actions(&page).unwrap().unwrap();
        items.into_iter().filter_map(|item| item.href).collect()
    }

    #[test]
    fn only_what_is_allowed_is_offered() {
        let query = || json!({"source": "user", "is_trusted": false});
        assert_eq!(links(query(), "update-query delete-query", Some("q")), ["/d/q/-/edit", "/d/q/-/delete"]);
        assert_eq!(links(query(), "delete-query", Some("q")), ["/d/q/-/delete"]);
        assert!(links(query(), "", Some("q")).is_empty());
    }

    #[test]
    fn what_visitors_did_not_store_is_not_theirs_to_change() {
        let may = "update-query delete-query";
        assert!(links(json!({"source": "config", "is_trusted": false}), may, Some("q")).is_empty());
        assert!(links(json!({"source": "user", "is_trusted": true}), may, Some("q")).is_empty());
        assert!(links(Json::Null, may, None).is_empty());
    }
}
