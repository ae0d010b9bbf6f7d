use datasette_plugin_api::testing::{FakeHost, Harness};

use super::*;

fn host(config: Json) -> FakeHost {
    let settings = |args: &Json| Ok(json!(args["name"] == "default_allow_sql"));
    let actions = json!([{"name": "view-table", "abbr": "vt", "description": "", "resource": "table"}]);
    FakeHost::new()
        .answer("brought_queries", json!([]))
        .answer("site_config", config)
        .answer_with("setting", settings)
        .answer("registered_actions", actions)
}

fn ask(plugin: &Harness<DefaultPermissions>, actor: Json, action: &str) -> Result<Vec<PermissionSql>> {
    plugin.permission_resources_sql(&PermissionResourcesSql::new(Actor::from_json(actor), action)).unwrap()
}

#[test]
fn everything_that_applies_is_said() {
    let plugin = Harness::<DefaultPermissions>::with(host(json!({"allow": {"id": "ann"}})));
    let said =
        ask(&plugin, json!({"id": "ann", "_r": {"r": {"d": {"q": ["view-query"]}}}}), "view-query").unwrap();
    assert_eq!(said.len(), 4);
    assert!(said[0].restriction_sql.is_some() && said[0].sql.is_none());
    let said = ask(&plugin, json!(null), "insert-row").unwrap();
    assert_eq!(said, []);
}

#[test]
fn the_site_is_asked_once() {
    let plugin = Harness::<DefaultPermissions>::with(host(json!({})));
    assert!(plugin.asked().is_empty(), "before the first question the server is not ready");
    for _ in 0..3 {
        ask(&plugin, json!(null), "view-table").unwrap();
    }
    assert_eq!(plugin.asked().len(), 5);
}

#[test]
fn a_server_that_does_not_answer_forbids() {
    for missing in ["site_config", "setting", "registered_actions"] {
        let failing = host(json!({})).answer_with(missing, |_| Err(Error::new("not now")));
        let plugin = Harness::<DefaultPermissions>::with(failing);
        assert_eq!(ask(&plugin, json!(null), "view-table").unwrap_err().message, "not now");
    }
    let odd = host(json!({})).answer("setting", json!("yes"));
    assert!(ask(&Harness::with(odd), json!(null), "view-table").is_err());
}
