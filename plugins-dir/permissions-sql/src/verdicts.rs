//! Goes through everything that an action can be done to, and collects what the rules say.
//!
//! The server wants to know about all resources at once, so that lists and single questions agree.

use datasette_plugin_api::*;

use crate::rules::{Rule, Verdict};

/// A database (`None`: all) and a table or query in it.
type Place = (Option<String>, Option<String>);

/// What all rules say about an action, as rows.
pub(crate) fn all(
    host: &Host,
    rules: &[&Rule],
    action: &str,
    actor: Option<&Actor>,
) -> Result<Vec<PermissionSql>> {
    let mut rows = Vec::new();
    let places = places(host, action)?;
    let mut asked = Answers::default();
    for (parent, child) in &places {
        let (parent, child) = (parent.as_deref(), child.as_deref());
        let covering = || rules.iter().enumerate().filter(|(_, rule)| rule.covers(parent, child));
        // The first rule with an opinion decides.
        let verdict = covering().map(|(at, rule)| {
            asked.answer(at, rule, parent, || rule.ask(host, action, actor, parent, child))
        });
        match verdict.into_iter().find(|verdict| *verdict != Verdict::NoOpinion) {
            Some(Verdict::Allow) => rows.push(json!([parent, child, 1, "allowed by SQL"])),
            Some(_) => rows.push(json!([parent, child, 0, "forbidden by SQL"])),
            None => {}
        }
    }
    // What is so new that it is not in the list is closed until it is.
    for rule in rules.iter().filter(|rule| !rule.fallback) {
        let mut place = rule.resource.iter().map(String::as_str);
        let (parent, child) = (place.next(), place.next());
        if !places.iter().any(|(p, c)| p.as_deref() == parent && c.as_deref() == child) {
            rows.push(json!([parent, child, 0, "not known to SQL"]));
        }
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "select value ->> 0 as parent, value ->> 1 as child, value ->> 2 as allow, value ->> 3 as reason \
               from json_each(:permissions_sql_rows)";
    Ok(vec![PermissionSql::rows(sql).param("permissions_sql_rows", Json::Array(rows))])
}

/// What rules said, kept for as long as their queries do not look at what differs.
#[derive(Default)]
struct Answers(Vec<(usize, Place, Verdict)>);

impl Answers {
    fn answer(
        &mut self,
        at: usize,
        rule: &Rule,
        parent: Option<&str>,
        ask: impl FnOnce() -> Verdict,
    ) -> Verdict {
        if rule.needs("resource_2") {
            return ask();
        }
        let place = (parent.filter(|_| rule.needs("resource_1")).map(str::to_owned), None);
        if let Some((_, _, verdict)) = self.0.iter().find(|(own, known, _)| *own == at && *known == place) {
            return *verdict;
        }
        let verdict = ask();
        self.0.push((at, place, verdict));
        verdict
    }
}

/// Everything that the action can be done to, as far as it is known now.
fn places(host: &Host, action: &str) -> Result<Vec<Place>> {
    let actions: Vec<Action> = host.call("registered_actions", &json!({}))?;
    let kind = actions.into_iter().find(|known| known.name == action).map(|known| known.resource);
    let sql = match kind {
        None | Some(ResourceKind::Instance) => return Ok(vec![(None, None)]),
        Some(ResourceKind::Database) => "select database_name, null from catalog_databases",
        Some(ResourceKind::Table) => {
            "select database_name, table_name from catalog_tables \
             union select database_name, view_name from catalog_views"
        }
        Some(ResourceKind::Query) => "select database_name, name from queries",
    };
    let found = host.internal_query(sql, &[])?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    Ok(found.rows.iter().map(|row| (text(row.first()), text(row.get(1)))).collect())
}
