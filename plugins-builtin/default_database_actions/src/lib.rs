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
        if !is_mutable {
            return Ok(Vec::new());
        }
        let resource = Resource::database(page.database);
        let url = self.host.url_database(page.database, None)?;
        let mut items = Vec::new();
        if self.host.allowed("create-table", &resource, page.actor.as_ref())? {
            let attributes = [
                ("aria-label", format!("Create table in {}", page.database)),
                ("data-database-action", "create-table".to_owned()),
                ("formaction", format!("{url}/-/create-form")),
            ];
            let description = "With columns of your choice, or from data that you paste.";
            items.push(MenuItem::button("Create table", attributes).description(description));
        }
        if self.host.allowed("execute-write-sql", &resource, page.actor.as_ref())? {
            let description = "Write to this database, as far as its tables may be written to.";
            items.push(
                MenuItem::link(format!("{url}/-/execute-write"), "Execute write SQL")
                    .description(description),
            );
        }
        if self.host.allowed("create-table", &resource, page.actor.as_ref())? {
            let description = "Put the rows of a CSV, TSV or JSON file into a table.";
            items.push(MenuItem::link(format!("{url}/-/upload"), "Upload a file").description(description));
        }
        Ok(items)
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
        let place = |item: MenuItem| {
            let attributes = item.button.into_iter().flatten();
            item.href
                .or_else(|| attributes.into_iter().find(|(name, _)| name == "formaction").map(|(_, url)| url))
        };
        items.into_iter().filter_map(place).collect()
    }

    #[test]
    fn writing_is_offered_where_it_is_possible_and_allowed() {
        assert_eq!(links(true, true), ["/d/-/create-form", "/d/-/execute-write", "/d/-/upload"]);
        assert!(links(false, true).is_empty());
        assert!(links(true, false).is_empty());
    }
}
