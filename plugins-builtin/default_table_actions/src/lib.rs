//! Entries of a table's action menu.
//!
//! Hooks: `table_actions`. Config: none.

use datasette_plugin_api::*;

struct TableMenu {
    host: Host,
}

#[hookimpl]
impl Plugin for TableMenu {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn table_actions(&self, page: &TableActions<'_>) -> Result<Vec<MenuItem>> {
        let is_mutable =
            self.host.databases()?.into_iter().any(|known| known.name == page.database && known.is_mutable);
        let resource = Resource::table(page.database, page.table);
        if !is_mutable || !self.host.allowed("alter-table", &resource, page.actor.as_ref())? {
            return Ok(Vec::new());
        }
        let attributes = [
            ("aria-label", format!("Alter table {}", page.table)),
            ("data-table-action", "alter-table".to_owned()),
        ];
        let description = "Change the columns and the primary key.";
        Ok(vec![MenuItem::button("Alter table", attributes).description(description)])
    }
}

export_plugin!(TableMenu, name = "datasette.default_table_actions");

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    fn labels(is_mutable: bool, allowed: bool) -> Vec<String> {
        let host = FakeHost::new()
            .answer("databases", json!([{"name": "d", "is_mutable": is_mutable}]))
            .answer("allowed", allowed);
        let plugin = Harness::<TableMenu>::with(host);
        let request = FakeRequest::get("/d/t");
        let items =
            plugin.table_actions(&TableActions::new(None, request.view(), "d", "t")).unwrap().unwrap();
        items.into_iter().map(|item| item.label).collect()
    }

    #[test]
    fn altering_is_offered_where_it_is_possible_and_allowed() {
        assert_eq!(labels(true, true), ["Alter table"]);
        assert!(labels(false, true).is_empty());
        assert!(labels(true, false).is_empty());
    }
}
