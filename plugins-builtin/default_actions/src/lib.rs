//! What can be done on a site at all.
//!
//! Hooks: `register_actions`. Config: none. Who may do it is up to `datasette.default_permissions` and others.

use datasette_plugin_api::ResourceKind::{Database, Instance, Query, Table};
use datasette_plugin_api::*;

struct DefaultActions;

#[hookimpl]
impl Plugin for DefaultActions {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn register_actions(&self) -> Result<Vec<Action>> {
        Ok(actions())
    }
}

export_plugin!(DefaultActions, name = "datasette.default_actions", security = true);

fn actions() -> Vec<Action> {
    let action = |name: &str, abbr: &str, description: &str, resource| {
        Action::new(name, description, resource).abbr(abbr)
    };
    vec![
        action("view-instance", "vi", "View Datasette instance", Instance),
        action("permissions-debug", "pd", "Access permission debug tool", Instance),
        action("debug-menu", "dm", "View debug menu items", Instance),
        action("view-database", "vd", "View database", Database),
        action("view-database-download", "vdd", "Download database file", Database)
            .also_requires("view-database"),
        action("execute-sql", "es", "Execute read-only SQL queries", Database).also_requires("view-database"),
        action("execute-write-sql", "ews", "Execute writable SQL queries", Database)
            .also_requires("view-database"),
        action("create-table", "ct", "Create tables", Database),
        action("create-view", "cv", "Create views", Database),
        action("store-query", "sq", "Create stored queries", Database).also_requires("execute-sql"),
        action("view-table", "vt", "View table", Table),
        action("insert-row", "ir", "Insert rows", Table),
        action("delete-row", "dr", "Delete rows", Table),
        action("update-row", "ur", "Update rows", Table),
        action("alter-table", "at", "Alter tables", Table),
        action("set-column-type", "sct", "Set column type", Table),
        action("drop-table", "dt", "Drop tables", Table),
        action("drop-view", "dv", "Drop views", Table),
        action("view-query", "vq", "View named query results", Query),
        action("update-query", "uq", "Update stored queries", Query),
        action("delete-query", "dq", "Delete stored queries", Query),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use datasette_plugin_api::testing::Harness;

    use super::*;

    fn registered() -> Vec<Action> {
        Harness::<DefaultActions>::new().register_actions().unwrap().unwrap()
    }

    #[test]
    fn names_and_short_forms_are_unique() {
        let actions = registered();
        let names: HashSet<_> = actions.iter().map(|action| action.name.clone()).collect();
        let abbrs: HashSet<_> = actions.iter().filter_map(|action| action.abbr.clone()).collect();
        assert_eq!((names.len(), abbrs.len()), (actions.len(), actions.len()));
    }

    #[test]
    fn what_is_required_exists_and_is_about_the_same_thing() {
        let actions = registered();
        for action in &actions {
            let Some(required) = &action.also_requires else { continue };
            let required = actions.iter().find(|known| known.name == *required).unwrap();
            assert_eq!(required.resource, action.resource, "{}", action.name);
        }
    }

    #[test]
    fn short_forms_are_datasettes() {
        let abbrs: Vec<_> = registered().into_iter().filter_map(|action| action.abbr).collect();
        let expected = "vi pd dm vd vdd es ews ct cv sq vt ir dr ur at sct dt dv vq uq dq";
        assert_eq!(abbrs.join(" "), expected);
    }
}
