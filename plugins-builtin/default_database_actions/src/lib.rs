//! Entries of a database's action menu.
//!
//! Hooks: `database_actions`. Config: none.

use datasette_plugin_api::*;

struct DatabaseMenu {
    host: Host,
}

#[hookimpl]
impl Plugin for DatabaseMenu {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn database_actions(&self, page: &DatabaseActions<'_>) -> Result<Vec<MenuItem>> {
        let is_mutable =
            self.host.databases()?.into_iter().any(|known| known.name == page.database && known.is_mutable);
        let resource = Resource::database(page.database);
        if !is_mutable || !self.host.allowed("execute-write-sql", &resource, page.actor.as_ref())? {
            return Ok(Vec::new());
        }
        let path = format!("{}/-/execute-write", self.host.url_database(page.database, None)?);
        let description = "Write to this database, as far as its tables may be written to.";
        Ok(vec![MenuItem::link(path, "Execute write SQL").description(description)])
    }
}

export_plugin!(DatabaseMenu, name = "datasette.default_database_actions");

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    fn links(is_mutable: bool, allowed: bool) -> Vec<String> {
        let host = FakeHost::new()
            .answer("databases", json!([{"name": "d", "is_mutable": is_mutable}]))
            .answer("allowed", allowed)
            .answer("url_database", "/d");
        let plugin = Harness::<DatabaseMenu>::with(host);
        let request = FakeRequest::get("/d");
        let items =
            plugin.database_actions(&DatabaseActions::new(None, request.view(), "d")).unwrap().unwrap();
        items.into_iter().filter_map(|item| item.href).collect()
    }

    #[test]
    fn writing_is_offered_where_it_is_possible_and_allowed() {
        assert_eq!(links(true, true), ["/d/-/execute-write"]);
        assert!(links(false, true).is_empty());
        assert!(links(true, false).is_empty());
    }
}
