//! What is asked about: actions, resources, actors, configurations, and what a plugin says.

use super::*;

/// Name, short form, kind of its resource, and what it requires.
pub(super) const ACTIONS: [(&str, &str, Kind, Option<&str>); 21] = [
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
pub(super) enum Kind {
    Instance,
    Database,
    Table,
    Query,
}

pub(super) fn resources(kind: Kind) -> Vec<(Option<&'static str>, Option<&'static str>)> {
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

pub(super) fn actors() -> Vec<Value> {
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

pub(super) fn configs() -> Vec<Value> {
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
pub(super) struct Said {
    pub(super) action: &'static str,
    /// To whom; everybody if it says nothing.
    pub(super) actor_id: Option<&'static str>,
    /// Database, table or query, and yes or no.
    pub(super) rules: &'static [(Option<&'static str>, Option<&'static str>, bool)],
    /// Nothing but this is left, if it says so.
    pub(super) restricted_to: Option<&'static [(Option<&'static str>, Option<&'static str>)]>,
    /// The rules are read from a table.
    pub(super) stored: bool,
}

pub(super) const NOTHING_SAID: Said =
    Said { action: "", actor_id: None, rules: &[], restricted_to: None, stored: false };

/// What plugins say: nothing; a bit of everything; no to what others allow; restrictions.
pub(super) const PLUGINS: &[&[Said]] = &[
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
    pub(super) fn configuration(&self) -> Value {
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

    pub(super) fn is_about(&self, actor: &Value, action: &str) -> bool {
        let id = match &actor["id"] {
            Value::String(id) => Some(id.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        self.action == action && self.actor_id.is_none_or(|wanted| id.as_deref() == Some(wanted))
    }
}

/// The configuration with a plugin that says this.
pub(super) fn with_plugin(config: &Value, said: &[Said]) -> Value {
    let mut config = config.clone();
    for said in said {
        let rules = &mut config["plugins"]["fixture-asking"]["rules"][said.action];
        let mut list = rules.as_array().cloned().unwrap_or_default();
        list.push(said.configuration());
        *rules = list.into();
    }
    config
}
