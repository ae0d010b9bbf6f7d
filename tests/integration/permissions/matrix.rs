//! Who may what: the server against an evaluator that knows nothing but the documented rules.

use super::naive::Naive;
use super::world::{ACTIONS, PLUGINS, Said, actors, configs, resources, with_plugin};
use super::*;

/// A configuration and a plugin, each with its number, and whether the site is closed by default.
type Combination = ((usize, Value), (usize, &'static [Said]), bool);

/// Every configuration with every plugin, closed by default or not.
fn combinations() -> Vec<Combination> {
    let mut all = Vec::new();
    for (number, config) in configs().into_iter().enumerate() {
        for (which, plugin) in PLUGINS.iter().enumerate() {
            for default_deny in [false, true] {
                all.push(((number, config.clone()), (which, *plugin), default_deny));
            }
        }
    }
    all
}

#[test]
fn the_server_decides_as_the_rules_are_documented() {
    let root = cookie(&json!({"id": "root"}));
    let mut asked = 0;
    let mut wrong = Vec::new();
    for ((number, config), (which, plugin), default_deny) in combinations() {
        // Of the combinations with a plugin every third, so that each meets each.
        if which == 0 || (number + which + usize::from(default_deny)) % 3 == 0 {
            let flags: &[&str] = if default_deny { &["--root", "--default-deny"] } else { &["--root"] };
            let config = with_plugin(&config, plugin);
            let site = site(&config, flags);
            let mut connection = site.connect();
            let naive = Naive { config: &config, default_deny, plugin };
            for actor in actors() {
                for (action, _, kind, _) in ACTIONS {
                    for (parent, child) in resources(kind) {
                        let mut target =
                            format!("/-/check.json?action={action}&actor={}", quote(&actor.to_string()));
                        for (name, value) in [("parent", parent), ("child", child)] {
                            if let Some(value) = value {
                                target += &format!("&{name}={value}");
                            }
                        }
                        let answer = connection.request("GET", &target, &root, b"");
                        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
                        let answer = answer.json();
                        let expected = naive.allows(&actor, action, parent, child);
                        if answer["allowed"] != expected || answer["explanation"]["allowed"] != expected {
                            wrong.push(format!(
                                "{action} on {parent:?}/{child:?} by {actor} should be {expected}: {} with {config}, plugin {which}, default deny {default_deny}",
                                answer["explanation"]
                            ));
                        }
                        asked += 1;
                    }
                }
            }
        }
    }
    assert!(asked >= 20_000, "only {asked} questions were asked");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

/// What can be asked of a list is what can be asked one by one.
#[test]
fn the_list_of_what_is_allowed_agrees_with_each_check() {
    let config = &configs()[5];
    let site = site(config, &["--root"]);
    let mut connection = site.connect();
    let naive = Naive { config, default_deny: false, plugin: &[] };
    for actor in actors().into_iter().filter(|actor| !actor.is_null()) {
        for action in
            ["view-database", "execute-sql", "view-table", "alter-table", "insert-row", "view-query"]
        {
            let target = format!("/-/allowed.json?action={action}&_size=200");
            let answer = connection.request("GET", &target, &cookie(&actor), b"");
            if answer.status == 403 {
                assert!(!naive.allows(&actor, "view-instance", None, None), "{actor}");
                continue;
            }
            let answer = answer.json();
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let listed: Vec<_> = answer["items"].as_array().unwrap().iter().collect();
            for item in &listed {
                let (parent, child) = (text(&item["parent"]), text(&item["child"]));
                assert!(
                    naive.allows(&actor, action, parent.as_deref(), child.as_deref()),
                    "{action} {item} {actor}"
                );
            }
            let (_, _, kind, _) = *ACTIONS.iter().find(|known| known.0 == action).unwrap();
            let there = resources(kind).into_iter().filter(|(_, child)| *child != Some("T"));
            let expected =
                there.filter(|(parent, child)| naive.allows(&actor, action, *parent, *child)).count();
            // `v` is listed as well, and not among the resources above.
            let listed = listed.iter().filter(|item| item["child"] != "v").count();
            assert_eq!(listed, expected, "{action} {actor}");
        }
    }
}
