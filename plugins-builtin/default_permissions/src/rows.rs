//! Rules and restrictions as SQL: rows in a parameter, however many there are.

use datasette_plugin_api::*;

/// A rule about a database (`None`: all) and a table or query of it (`None`: all).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) parent: Option<String>,
    pub(crate) child: Option<String>,
    pub(crate) allow: bool,
    pub(crate) reason: String,
}

pub(crate) fn rules(rules: &[Rule]) -> Option<PermissionSql> {
    if rules.is_empty() {
        return None;
    }
    let rows = rules.iter().map(|rule| json!([rule.parent, rule.child, u8::from(rule.allow), rule.reason]));
    let sql = "select value ->> 0 as parent, value ->> 1 as child, value ->> 2 as allow, value ->> 3 as reason \
               from json_each(:default_permissions_rules)";
    Some(PermissionSql::rows(sql).param("default_permissions_rules", rows.collect::<Json>()))
}

/// Nothing but these.
pub(crate) fn restriction(rows: &[(Option<String>, Option<String>)]) -> PermissionSql {
    let rows: Json = rows.iter().map(|(parent, child)| json!([parent, child])).collect();
    let sql =
        "select value ->> 0 as parent, value ->> 1 as child from json_each(:default_permissions_restriction)";
    PermissionSql::restriction(sql).param("default_permissions_restriction", rows)
}
