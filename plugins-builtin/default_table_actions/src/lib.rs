//! Entries of the action menus of tables and rows.
//!
//! Hooks: `table_actions`, `row_actions`. Config: none.

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
        if !self.is_mutable(page.database)? {
            return Ok(Vec::new());
        }
        let resource = Resource::table(page.database, page.table);
        let allowed = |action| self.host.allowed(action, &resource, page.actor.as_ref());
        let mut items = Vec::new();
        if allowed("alter-table")? {
            let url = self.host.url_table(page.database, page.table, None)?;
            let attributes = [
                ("aria-label", format!("Alter table {}", page.table)),
                ("data-table-action", "alter-table".to_owned()),
                ("formaction", format!("{url}/-/alter-form")),
            ];
            let description = "Change the columns and the primary key.";
            items.push(MenuItem::button("Alter table", attributes).description(description));
        }
        if allowed("insert-row")? {
            let table = page.table.bytes().map(query_escaped).collect::<String>();
            let path = format!("{}/-/upload?table={table}", self.host.url_database(page.database, None)?);
            let description = "Put the rows of a CSV, TSV or JSON file into this table.";
            items.push(MenuItem::link(path, "Upload rows").description(description));
        }
        Ok(items)
    }

    fn row_actions(&self, page: &RowActions<'_>) -> Result<Vec<MenuItem>> {
        if !self.is_mutable(page.database)? {
            return Ok(Vec::new());
        }
        let keys = page.pks.iter().map(|key| page.row().get(key).map(|value| value.to_string()));
        let Some(keys) = keys.collect::<Option<Vec<String>>>() else { return Ok(Vec::new()) };
        let url = self.host.url_row(page.database, page.table, &keys, None)?;
        let path = url.rsplit('/').next().unwrap_or_default();
        let resource = Resource::table(page.database, page.table);
        let entries = [
            ("update-row", "Edit row", "edit", "update-form", "Change the values of this row."),
            ("delete-row", "Delete row", "delete", "delete-form", "Remove this row from the table."),
        ];
        let mut items = Vec::new();
        for (permission, label, action, form, description) in entries {
            if self.host.allowed(permission, &resource, page.actor.as_ref())? {
                let attributes = [
                    ("aria-label", format!("{label} {}", keys.join(", "))),
                    ("data-row", path.to_owned()),
                    ("data-row-action", action.to_owned()),
                    ("formaction", format!("{url}/-/{form}")),
                ];
                items.push(MenuItem::button(label, attributes).description(description));
            }
        }
        Ok(items)
    }
}

impl TableMenu {
    fn is_mutable(&self, database: &str) -> Result<bool> {
        Ok(self.host.databases()?.into_iter().any(|known| known.name == database && known.is_mutable))
    }
}

/// As it stands in a query string.
fn query_escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

export_plugin!(TableMenu, name = "datasette.default_table_actions");

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, FakeRows, Harness};

    use super::*;

    fn labels(is_mutable: bool, allowed: bool) -> Vec<String> {
        let host = FakeHost::new()
            .answer("databases", json!([{"name": "d", "is_mutable": is_mutable}]))
            .answer("allowed", allowed)
            .answer("url_table", "/d/t")
            .answer("url_database", "/d");
        let plugin = Harness::<TableMenu>::with(host);
        let request = FakeRequest::get("/d/t");
        let items =
            plugin.table_actions(&TableActions::new(None, request.view(), "d", "t")).unwrap().unwrap();
        items.into_iter().map(|item| item.label).collect()
    }

    #[test]
    fn altering_is_offered_where_it_is_possible_and_allowed() {
        assert_eq!(labels(true, true), ["Alter table", "Upload rows"]);
        assert!(labels(false, true).is_empty());
        assert!(labels(true, false).is_empty());
    }

    fn row_labels(is_mutable: bool, allowed: bool) -> Vec<(String, Option<String>)> {
        let host = FakeHost::new()
            .answer("databases", json!([{"name": "d", "is_mutable": is_mutable}]))
            .answer("allowed", allowed)
            .answer("url_row", "/d/t/1~2C2");
        let plugin = Harness::<TableMenu>::with(host);
        let request = FakeRequest::get("/d/t/1~2C2");
        let rows = FakeRows::new(&["id"]).row([Value::from("1,2")]);
        let page = RowActions::new(None, request.view(), "d", "t", rows.view(), Names::new(["id"]));
        let items = plugin.row_actions(&page).unwrap().unwrap();
        let form = |item: &MenuItem| {
            let attributes = item.button.iter().flatten();
            attributes.into_iter().find(|(name, _)| name == "formaction").map(|(_, url)| url.clone())
        };
        items.iter().map(|item| (item.label.clone(), form(item))).collect()
    }

    #[test]
    fn rows_are_edited_and_deleted_where_it_is_possible_and_allowed() {
        let forms = row_labels(true, true);
        assert_eq!(forms[0], ("Edit row".to_owned(), Some("/d/t/1~2C2/-/update-form".to_owned())));
        assert_eq!(forms[1], ("Delete row".to_owned(), Some("/d/t/1~2C2/-/delete-form".to_owned())));
        assert!(row_labels(false, true).is_empty());
        assert!(row_labels(true, false).is_empty());
    }
}
