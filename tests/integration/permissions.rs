//! Who may what: the server against an evaluator that knows nothing but the documented rules, and every
//! page of a closed site asked by a stranger.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Setup, Site, library};

const TABLES: &str = "create table t (a); create table u (a); create table v (a);";

/// Databases `a` and `b` with tables `t`, `u` and `v` each.
fn site(config: &Value, flags: &[&str]) -> Site {
    let mut setup = Setup::new();
    for name in ["a", "b"] {
        let path = setup.path(&format!("{name}.db"));
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(TABLES).unwrap();
        setup = setup.args(&[&path.display().to_string()]);
    }
    if !config["plugins"].is_null() {
        setup = setup.plugin("asking.so", &library::bytes("fixture-asking"));
    }
    setup.config(config).args(&["--secret", SECRET]).args(flags).start()
}

/// Name, short form, kind of its resource, and what it requires.
const ACTIONS: [(&str, &str, Kind, Option<&str>); 21] = [
    ("view-instance", "vi", Kind::Instance, None),
    ("permissions-debug", "pd", Kind::Instance, None),
    ("debug-menu", "dm", Kind::Instance, None),
    ("view-database", "vd", Kind::Database, None),
    ("view-database-download", "vdd", Kind::Database, Some("view-database")),
    ("execute-sql", "es", Kind::Database, Some("view-database")),
    ("execute-write-sql", "ews", Kind::Database, Some("view-database")),
    ("create-table", "ct", Kind::Database, None),
    ("create-view", "cv", Kind::Database, None),
    ("store-query", "sq", Kind::Database, Some("execute-sql")),
    ("view-table", "vt", Kind::Table, None),
    ("insert-row", "ir", Kind::Table, None),
    ("delete-row", "dr", Kind::Table, None),
    ("update-row", "ur", Kind::Table, None),
    ("alter-table", "at", Kind::Table, None),
    ("set-column-type", "sct", Kind::Table, None),
    ("drop-table", "dt", Kind::Table, None),
    ("drop-view", "dv", Kind::Table, None),
    ("view-query", "vq", Kind::Query, None),
    ("update-query", "uq", Kind::Query, None),
    ("delete-query", "dq", Kind::Query, None),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Instance,
    Database,
    Table,
    Query,
}

fn resources(kind: Kind) -> Vec<(Option<&'static str>, Option<&'static str>)> {
    match kind {
        Kind::Instance => vec![(None, None)],
        Kind::Database => vec![(Some("a"), None), (Some("b"), None)],
        Kind::Table => ["a", "b"]
            .into_iter()
            .flat_map(|database| ["t", "T", "u"].map(|table| (Some(database), Some(table))))
            .collect(),
        Kind::Query => vec![(Some("a"), Some("q")), (Some("a"), Some("p")), (Some("b"), Some("q"))],
    }
}

fn actors() -> Vec<Value> {
    vec![
        json!(null),
        json!({"id": "root"}),
        json!({"id": "ann"}),
        json!({"id": "bob", "roles": ["staff", "editor"]}),
        json!({"id": 7}),
        json!({"name": "nobody"}),
        json!({"id": "root", "_r": {"a": ["vi", "view-table"]}}),
        json!({"id": "root", "_r": {"d": {"a": ["vt", "insert-row", "es"]}}}),
        json!({"id": "root", "_r": {"r": {"a": {"t": ["vt", "ir"]}, "b": {"U": ["view-table"]}}}}),
        json!({"id": "ann", "_r": {"a": ["pd"], "d": {"b": ["vd", "es", "ct"]}, "r": {"a": {"q": ["vq"], "u": ["at"]}}}}),
        json!({"id": "bob", "roles": ["staff"], "_r": {}}),
        json!({"id": "ann", "_r": {"a": ["view-query", "es", "vd", "sq"]}}),
    ]
}

fn configs() -> Vec<Value> {
    let queries = json!({"q": "select 1", "p": {"sql": "select 2"}});
    let staff = json!({"roles": ["staff", "boss"]});
    vec![
        json!({"databases": {"a": {"queries": queries}, "b": {"queries": {"q": "select 3"}}}}),
        json!({
            "allow": {"id": ["ann", "root"]},
            "databases": {
                "a": {"queries": {"q": {"sql": "select 1", "allow": true}, "p": "select 2"}, "tables": {"t": {"allow": true}}},
                "b": {"allow": {"unauthenticated": true}, "queries": {"q": "select 3"}},
            },
        }),
        json!({
            "allow_sql": false,
            "databases": {
                "a": {"allow": staff, "allow_sql": staff, "queries": queries, "tables": {"U": {"allow": {"id": "*"}}}},
                "b": {"allow_sql": {"id": 7}, "allow": false, "tables": {"t": {"allow": {"id": [7, "ann"]}}}},
            },
        }),
        json!({
            "permissions": {"insert-row": {"id": "ann"}, "create-table": staff, "view-query": false, "debug-menu": true},
            "settings": {"default_allow_sql": false},
            "databases": {
                "a": {
                    "permissions": {"insert-row": {"id": "bob"}, "execute-sql": {"id": "*"}, "store-query": {"id": "ann"}},
                    "tables": {"t": {"permissions": {"insert-row": false, "update-row": {"roles": "editor"}, "view-table": staff}}},
                    "queries": {"q": {"sql": "select 1", "permissions": {"view-query": {"id": "ann"}}}, "p": "select 2"},
                },
                "b": {"permissions": {"drop-table": true, "view-database": {"id": 7}}, "queries": {"q": "select 3"}},
            },
        }),
        json!({
            "allow": false,
            "permissions": {"permissions-debug": {"id": "root"}},
            "databases": {
                "a": {"allow": true, "queries": queries, "tables": {"t": {"allow": {"id": "ann"}}, "u": {"allow": {}}}},
                "b": {"permissions": {"view-database-download": {"id": "root"}}, "tables": {"t": {"allow": true, "permissions": {"view-table": false}}}},
            },
        }),
        json!({
            "permissions": {"view-table": true, "view-instance": true, "execute-write-sql": {"id": ["ann", 7]}},
            "databases": {
                "a": {"permissions": {"view-table": false}, "tables": {"T": {"permissions": {"view-table": {"id": "ann"}, "alter-table": {"id": "ann"}}}}, "queries": queries},
                "b": {"allow": {"name": ["nobody", "x"]}, "queries": {"q": {"sql": "select 3", "allow": {"id": "ann"}}}},
            },
        }),
    ]
}

/// What a plugin says about one action.
struct Said {
    action: &'static str,
    /// To whom; everybody if it says nothing.
    actor_id: Option<&'static str>,
    /// Database, table or query, and yes or no.
    rules: &'static [(Option<&'static str>, Option<&'static str>, bool)],
    /// Nothing but this is left, if it says so.
    restricted_to: Option<&'static [(Option<&'static str>, Option<&'static str>)]>,
    /// The rules are read from a table.
    stored: bool,
}

const NOTHING_SAID: Said =
    Said { action: "", actor_id: None, rules: &[], restricted_to: None, stored: false };

/// What plugins say: nothing; a bit of everything; no to what others allow; restrictions.
const PLUGINS: &[&[Said]] = &[
    &[],
    &[
        Said {
            action: "view-table",
            rules: &[(Some("a"), Some("t"), true), (Some("b"), None, false)],
            ..NOTHING_SAID
        },
        Said {
            action: "view-table",
            actor_id: Some("ann"),
            rules: &[(None, None, true), (Some("a"), Some("U"), false)],
            ..NOTHING_SAID
        },
        Said {
            action: "insert-row",
            actor_id: Some("bob"),
            rules: &[(Some("a"), None, true)],
            ..NOTHING_SAID
        },
        Said {
            action: "view-query",
            rules: &[(Some("a"), Some("q"), false), (Some("a"), Some("Q"), true)],
            ..NOTHING_SAID
        },
        Said { action: "execute-sql", rules: &[(Some("b"), None, true)], ..NOTHING_SAID },
        Said { action: "permissions-debug", rules: &[(None, None, true)], ..NOTHING_SAID },
    ],
    &[
        Said { action: "view-instance", rules: &[(None, None, false)], actor_id: Some("7"), ..NOTHING_SAID },
        Said {
            action: "view-database",
            rules: &[(Some("a"), None, false), (Some("a"), None, true)],
            ..NOTHING_SAID
        },
        Said {
            action: "view-table",
            rules: &[(Some("a"), Some("t"), false), (Some("b"), Some("T"), true)],
            stored: true,
            ..NOTHING_SAID
        },
        Said {
            action: "create-table",
            rules: &[(None, None, true), (Some("b"), None, false)],
            stored: true,
            ..NOTHING_SAID
        },
    ],
    &[
        Said {
            action: "view-table",
            restricted_to: Some(&[(Some("a"), Some("t")), (Some("b"), None)]),
            ..NOTHING_SAID
        },
        Said {
            action: "execute-sql",
            restricted_to: Some(&[(Some("a"), None)]),
            actor_id: Some("root"),
            ..NOTHING_SAID
        },
        Said { action: "drop-table", restricted_to: Some(&[]), ..NOTHING_SAID },
        Said {
            action: "update-row",
            rules: &[(None, None, true)],
            restricted_to: Some(&[(Some("a"), Some("T"))]),
            ..NOTHING_SAID
        },
    ],
];

impl Said {
    /// As SQL.
    fn configuration(&self) -> Value {
        let text = |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("'{text}'"));
        // A restriction is for everybody whom the plugin gives it to: the plugin of this test can't choose, so
        // for somebody else it names everything.
        let who = self.actor_id.map_or(String::new(), |id| format!(" where :actor_id = '{id}'"));
        let table = if self.stored { " from (select count(*) from catalog_databases)" } else { "" };
        let rule = |(parent, child, allow): &(Option<&str>, Option<&str>, bool)| {
            let (parent, child) = (text(*parent), text(*child));
            format!(
                "select {parent} as parent, {child} as child, {} as allow, 'it says so' as reason{table}{who}",
                u8::from(*allow)
            )
        };
        let rules: Vec<String> = self.rules.iter().map(rule).collect();
        let mut said = json!({});
        if !rules.is_empty() {
            said["sql"] = rules.join(" union all ").into();
        }
        if let Some(left) = self.restricted_to {
            let row = |(parent, child): &(Option<&str>, Option<&str>)| {
                format!("select {} as parent, {} as child{who}", text(*parent), text(*child))
            };
            let mut rows: Vec<String> = left.iter().map(row).collect();
            if let Some(id) = self.actor_id {
                rows.push(format!("select null as parent, null as child where :actor_id is not '{id}'"));
            }
            if rows.is_empty() {
                rows.push("select null as parent, null as child where 0".to_owned());
            }
            said["restriction_sql"] = rows.join(" union all ").into();
        }
        said
    }

    fn is_about(&self, actor: &Value, action: &str) -> bool {
        let id = match &actor["id"] {
            Value::String(id) => Some(id.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        self.action == action && self.actor_id.is_none_or(|wanted| id.as_deref() == Some(wanted))
    }
}

/// The configuration with a plugin that says this.
fn with_plugin(config: &Value, said: &[Said]) -> Value {
    let mut config = config.clone();
    for said in said {
        let rules = &mut config["plugins"]["fixture-asking"]["rules"][said.action];
        let mut list = rules.as_array().cloned().unwrap_or_default();
        list.push(said.configuration());
        *rules = list.into();
    }
    config
}

/// The rules of the documentation, as simply as they can be written down.
struct Naive<'a> {
    config: &'a Value,
    default_deny: bool,
    plugin: &'a [Said],
}

type Rule = (Option<String>, Option<String>, bool);

impl Naive<'_> {
    fn allows(&self, actor: &Value, action: &str, parent: Option<&str>, child: Option<&str>) -> bool {
        let (_, _, kind, requires) = *ACTIONS.iter().find(|known| known.0 == action).unwrap();
        if let Some(required) = requires
            && !self.allows(actor, required, parent, child)
        {
            return false;
        }
        let same = |rule: &str, name: &str| {
            if kind == Kind::Table { rule.eq_ignore_ascii_case(name) } else { rule == name }
        };
        let matching: Vec<(u8, bool)> = self
            .rules(actor, action)
            .iter()
            .filter(|(p, _, _)| p.is_none() || p.as_deref() == parent)
            .filter(|(_, c, _)| c.is_none() || child.is_some_and(|child| same(c.as_deref().unwrap(), child)))
            .map(|(p, c, allow)| (u8::from(p.is_some()) + u8::from(c.is_some()), *allow))
            .collect();
        let Some(deepest) = matching.iter().map(|(depth, _)| *depth).max() else { return false };
        let allowed = matching.iter().filter(|(depth, _)| *depth == deepest).all(|(_, allow)| *allow);
        allowed
            && self.is_left(actor, action, parent, child, &same)
            && self.plugin_leaves(actor, action, parent, child, &same)
            && self.exists(kind, parent, child)
    }

    /// Whether the restrictions of plugins leave it.
    fn plugin_leaves(
        &self,
        actor: &Value,
        action: &str,
        parent: Option<&str>,
        child: Option<&str>,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        let restrictions = self.plugin.iter().filter(|said| said.is_about(actor, action));
        restrictions.filter_map(|said| said.restricted_to).all(|left| {
            left.iter().any(|(p, c)| {
                p.is_none_or(|p| parent == Some(p))
                    && c.is_none_or(|c| child.is_some_and(|child| same(c, child)))
            })
        })
    }

    /// Of stored queries, only those that there are may be seen.
    fn exists(&self, kind: Kind, parent: Option<&str>, child: Option<&str>) -> bool {
        kind != Kind::Query || !self.config["databases"][parent.unwrap()]["queries"][child.unwrap()].is_null()
    }

    fn rules(&self, actor: &Value, action: &str) -> Vec<Rule> {
        let mut rules = Vec::new();
        let default = [
            "view-instance",
            "view-database",
            "view-database-download",
            "view-table",
            "view-query",
            "execute-sql",
        ];
        if default.contains(&action) && !self.default_deny {
            rules.push((None, None, true));
        }
        if action == "execute-sql" && self.config["settings"]["default_allow_sql"] == false {
            rules.push((None, None, false));
        }
        if actor["id"] == "root" {
            rules.push((None, None, true));
        }
        for said in self.plugin.iter().filter(|said| said.is_about(actor, action)) {
            let own = |name: &Option<&str>| name.map(str::to_owned);
            rules.extend(said.rules.iter().map(|(parent, child, allow)| (own(parent), own(child), *allow)));
        }
        let allow_is_about = |names: &[&str]| names.contains(&action);
        let root = self.config;
        self.add(&mut rules, actor, action, &root["permissions"][action], None, None, false);
        if allow_is_about(&["view-instance", "view-database", "view-table", "view-query"]) {
            self.add(&mut rules, actor, action, &root["allow"], None, None, true);
        }
        if action == "execute-sql" {
            self.add(&mut rules, actor, action, &root["allow_sql"], None, None, true);
        }
        for (name, database) in root["databases"].as_object().unwrap() {
            let parent = Some(name.as_str());
            self.add(&mut rules, actor, action, &database["permissions"][action], parent, None, false);
            if allow_is_about(&["view-database", "view-table", "view-query"]) {
                self.add(&mut rules, actor, action, &database["allow"], parent, None, true);
            }
            if action == "execute-sql" {
                self.add(&mut rules, actor, action, &database["allow_sql"], parent, None, true);
            }
            for (section, about) in [("tables", "view-table"), ("queries", "view-query")] {
                for (child, block) in database[section].as_object().into_iter().flatten() {
                    let child = Some(child.as_str());
                    self.add(&mut rules, actor, action, &block["permissions"][action], parent, child, false);
                    if action == about {
                        self.add(&mut rules, actor, action, &block["allow"], parent, child, true);
                    }
                }
            }
        }
        rules
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &self,
        rules: &mut Vec<Rule>,
        actor: &Value,
        action: &str,
        block: &Value,
        parent: Option<&str>,
        child: Option<&str>,
        gate: bool,
    ) {
        if block.is_null() {
            return;
        }
        let allow = matches(block, actor);
        rules.push((parent.map(str::to_owned), child.map(str::to_owned), allow));
        // What `allow` denies above, it denies a token for everything that the token names below.
        if gate && !allow && child.is_none() {
            for (database, table) in named(actor, action) {
                if parent.is_none_or(|parent| parent == database && table.is_some()) {
                    rules.push((Some(database), table, false));
                }
            }
        }
    }

    /// Whether the restrictions of the actor leave it.
    fn is_left(
        &self,
        actor: &Value,
        action: &str,
        parent: Option<&str>,
        child: Option<&str>,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        let restrictions = &actor["_r"];
        if restrictions.is_null() {
            return true;
        }
        let names = |action: &str| {
            let everywhere = lists(&restrictions["a"], action);
            let of_database = parent.is_some_and(|parent| lists(&restrictions["d"][parent], action));
            let of_child = parent.zip(child).is_some_and(|(parent, child)| {
                let below = restrictions["r"][parent].as_object();
                below.into_iter().flatten().any(|(name, list)| same(name, child) && lists(list, action))
            });
            everywhere || of_database || of_child
        };
        let below = |action: &str| {
            let databases = restrictions["d"].as_object().into_iter().flatten();
            let named: Vec<&String> =
                databases.filter(|(_, list)| lists(list, action)).map(|(name, _)| name).collect();
            let tables = restrictions["r"].as_object().into_iter().flatten();
            let with_tables: Vec<&String> = tables
                .filter(|(_, tables)| tables.as_object().unwrap().values().any(|list| lists(list, action)))
                .map(|(name, _)| name)
                .collect();
            (lists(&restrictions["a"], action), named, with_tables)
        };
        if names(action) {
            return true;
        }
        match action {
            // Whoever may look at a table may find it.
            "view-database" => {
                let (everywhere, databases, with_tables) = below("view-table");
                everywhere || databases.iter().chain(&with_tables).any(|name| Some(name.as_str()) == parent)
            }
            "view-instance" => ["view-table", "view-database"].iter().any(|action| {
                let (everywhere, databases, with_tables) = below(action);
                everywhere || !databases.is_empty() || !with_tables.is_empty()
            }),
            _ => false,
        }
    }
}

fn lists(list: &Value, action: &str) -> bool {
    let (name, abbr, _, _) = ACTIONS.iter().find(|known| known.0 == action).unwrap();
    list.as_array().is_some_and(|list| list.iter().any(|item| item == name || item == abbr))
}

/// What the restrictions name for the action: databases, and tables or queries; implied ones as well.
fn named(actor: &Value, action: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let implied: &[&str] = if action == "view-database" { &["view-table"] } else { &[] };
    for (database, list) in actor["_r"]["d"].as_object().into_iter().flatten() {
        if lists(list, action) || implied.iter().any(|action| lists(list, action)) {
            found.push((database.clone(), None));
        }
    }
    for (database, tables) in actor["_r"]["r"].as_object().into_iter().flatten() {
        for (table, list) in tables.as_object().unwrap() {
            if lists(list, action) {
                found.push((database.clone(), None));
                found.push((database.clone(), Some(table.clone())));
            } else if implied.iter().any(|action| lists(list, action)) {
                found.push((database.clone(), None));
            }
        }
    }
    found
}

fn matches(block: &Value, actor: &Value) -> bool {
    match block {
        Value::Bool(answer) => *answer,
        Value::Object(keys) => {
            if actor.is_null() {
                return keys.get("unauthenticated") == Some(&json!(true));
            }
            keys.iter().any(|(key, wanted)| {
                let has = &actor[key.as_str()];
                let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                if has.is_null() {
                    return false;
                }
                wanted == "*" || list(has).iter().any(|value| list(wanted).contains(value))
            })
        }
        _ => panic!("{block} is no allow block"),
    }
}

fn quote(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

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

/// Pages that a stranger may ask for, whatever is closed.
const PUBLIC: [&str; 7] =
    ["/-/actor", "/-/actor.json", "/-/allow-debug", "/-/logout", "/favicon.ico", "/-/static/app.css", "/-"];

/// Pages that leave out what the visitor may not see, and for a stranger show nothing.
const FILTERED: [&str; 3] = ["/-/schema", "/-/jump", "/-/tables"];

/// Paths of the route table, with something in each place.
fn paths() -> Vec<String> {
    let source = std::fs::read_to_string(crate::support::workspace().join("server/src/routes.rs")).unwrap();
    let route = regex::Regex::new(r#"^\s+\((?:_|"[A-Z]+"), \[([^\]]*)\]\)"#).unwrap();
    let mut paths = Vec::new();
    for line in source.lines() {
        let Some(found) = route.captures(line) else { continue };
        let mut variants = vec![String::new()];
        for piece in found[1].split(',').map(str::trim) {
            let piece = piece.split_once('@').map_or(piece, |(_, rest)| rest.trim());
            let choices: Vec<String> = match piece {
                "db" => vec!["a".into()],
                "name" => vec!["t".into(), "q".into()],
                "key" => vec!["1".into()],
                words => {
                    let words = words.trim_matches(['(', ')']).split('|');
                    words.map(|word| word.trim().trim_matches('"').to_owned()).collect()
                }
            };
            variants = variants
                .iter()
                .flat_map(|path| choices.iter().map(move |choice| format!("{path}/{choice}")))
                .collect();
        }
        paths.extend(variants);
    }
    paths
}

/// Formats, of the server and of its plugins, and what some pages want to know.
const ENDS: [&str; 9] = [
    "",
    ".json",
    ".csv",
    ".ndjson",
    ".blob?_blob_column=a",
    ".md",
    ".db",
    "?sql=select+1",
    "?action=view-table",
];

/// Every arm of the route table is one that [`paths`] understands.
#[test]
fn the_route_table_is_understood_to_its_last_line() {
    let source = std::fs::read_to_string(crate::support::workspace().join("server/src/routes.rs")).unwrap();
    let table = source.split("match (request.method.as_str(), segments.as_slice()) {").nth(1).unwrap();
    let table = table.split("\n    }\n").next().unwrap();
    // What stands before the arrow of an arm, on the level of the table.
    let arms = regex::Regex::new(r"(?m)^        \(").unwrap().find_iter(table).count();
    let understood =
        regex::Regex::new(r#"(?m)^        \((?:_|"[A-Z]+"), \[[^\]]*\](?: \| \[[^\]]*\])*\)"#).unwrap();
    assert_eq!(understood.find_iter(table).count(), arms, "an arm of another shape is not walked");
    assert!(arms > 40, "{arms}");
}

#[test]
fn a_closed_site_tells_a_stranger_nothing() {
    let config =
        json!({"databases": {"a": {"queries": {"q": "select 1"}}}, "plugins": {"fixture-asking": {}}});
    let site = site(&config, &["--default-deny", "--root"]);
    let mut connection = site.connect();
    let mut paths = paths();
    assert!(paths.len() > 40, "the route table was not understood: {paths:?}");
    // Formats that plugins render, on every kind of page that has rows.
    let listed =
        connection.request("GET", "/-/plugins.json?all=1", &cookie(&json!({"id": "root"})), b"").json();
    assert!(listed.to_string().contains("asking.so"), "{listed}");
    // A plugin's page is as open as the plugin makes it; this one asks for the visitor, who may nothing.
    let asked = "/-/ask?for=visitor&service=ensure_permission&args=%7B%22action%22:%22view-instance%22,%22resource%22:%7B%7D%7D";
    assert_eq!(connection.request("GET", asked, "", b"").status, 400);
    paths.extend(["/", "/-/", "/a/t/1/2"].map(str::to_owned));
    let mut open = Vec::new();
    for path in paths {
        for end in ENDS {
            for method in ["GET", "POST"] {
                let target = format!("{path}{end}");
                if PUBLIC.contains(&target.split('?').next().unwrap()) {
                    continue;
                }
                let answer = connection.request(method, &target, "content-type: application/json\r\n", b"");
                // A wrong method, format or name is said to everybody: that tells nothing about what is inside.
                let is_closed = matches!(answer.status, 401 | 403 | 404 | 405)
                    || answer.status == 302
                        && answer.header("location").is_some_and(|to| !to.contains("://"));
                let is_filtered = FILTERED.iter().any(|page| path == *page);
                let lists_nothing = answer.status == 200 && is_filtered && is_empty(&answer.text());
                if !is_closed && !lists_nothing {
                    open.push(format!("{method} {target}: {} {}", answer.status, answer.text()));
                }
            }
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
}

fn is_empty(text: &str) -> bool {
    match serde_json::from_str::<Value>(text) {
        Ok(answer) => ["matches", "schemas", "queries"].iter().any(|key| answer[key] == json!([])),
        Err(_) => !text.contains("create table") && !text.contains("select 1"),
    }
}
