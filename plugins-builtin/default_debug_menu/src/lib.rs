//! The debugging pages as places of the jump menu, for actors who may `debug-menu`.
//!
//! Hooks: `jump_items_sql`. Config: none.

use datasette_plugin_api::*;

/// Path, label and description of each page.
const PAGES: &[(&str, &str, &str)] = &[
    ("/-/databases", "Databases", "The databases of this site, and their files."),
    ("/-/plugins", "Installed plugins", "The plugins of this site, their versions and hooks."),
    ("/-/versions", "Version info", "Versions of the server, of SQLite and of the plugin API."),
    ("/-/settings", "Settings", "The settings in force."),
    ("/-/permissions", "Debug permissions", "Try out who may do what."),
    ("/-/messages", "Debug messages", "Try out the messages that visitors are shown once."),
    ("/-/allow-debug", "Debug allow rules", "Try out which actors an allow block matches."),
    ("/-/debug/autocomplete", "Debug autocomplete", "Try out how rows of a table are found by their labels."),
    ("/-/threads", "Debug threads", "The threads of the server and what they work on."),
    ("/-/actor", "Debug actor", "Who the server thinks you are."),
    ("/-/patterns", "Pattern portfolio", "The pieces that pages are made of."),
];

const SQL: &str = "select 'debug' as type, value ->> 1 as label, value ->> 2 as description, value ->> 0 as url, \
    'debug ' || (value ->> 1) || ' ' || (value ->> 2) as search_text, null as display_name \
    from json_each(:debug_pages)";

struct DebugMenu {
    host: Host,
}

#[hookimpl]
impl Plugin for DebugMenu {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn jump_items_sql(&self, jump: &JumpItemsSql<'_>) -> Result<Vec<JumpSql>> {
        if !self.host.allowed("debug-menu", &Resource::instance(), jump.actor.as_ref())? {
            return Ok(Vec::new());
        }
        let page = |(path, label, description): &(&str, &str, &str)| -> Result<Json> {
            Ok(json!([self.host.url_path(path, None)?, label, description]))
        };
        let pages: Json = PAGES.iter().map(page).collect::<Result<_>>()?;
        Ok(vec![JumpSql::new(SQL).param("debug_pages", pages.to_string())])
    }
}

export_plugin!(DebugMenu, name = "datasette.default_debug_menu");

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    fn items(allowed: bool) -> Vec<JumpSql> {
        let host = FakeHost::new().answer("allowed", allowed).answer_with("url_path", |args| {
            Ok(format!("/prefix{}", args["path"].as_str().unwrap_or_default()).into())
        });
        let plugin = Harness::<DebugMenu>::with(host);
        let request = FakeRequest::get("/-/jump");
        plugin.jump_items_sql(&JumpItemsSql::new(None, request.view())).unwrap().unwrap()
    }

    #[test]
    fn whoever_may_not_debug_finds_nothing() {
        assert!(items(false).is_empty());
    }

    #[test]
    fn the_pages_have_the_prefix_of_the_site() {
        let pages = items(true).remove(0).params.remove(0).1;
        assert!(pages.as_str().unwrap().starts_with(r#"[["/prefix/-/databases","Databases","#), "{pages}");
    }
}
