//! One plugin's contribution to an answer, ready to run.

use datasette_plugin_api::{Json, PermissionSql, Value};

use crate::request::Actor;
use crate::sqlite::Params;

/// A [`PermissionSql`] with all its parameters.
#[derive(Debug)]
pub(super) struct Fragment {
    /// Rows of parent, child, allow and reason.
    pub(super) sql: Option<String>,
    /// Rows of parent and child.
    pub(super) restriction_sql: Option<String>,
    pub(super) params: Params,
    /// Who says so.
    pub(super) source: String,
    /// What a plugin wants to be told about a restriction that matches nothing.
    pub(super) denial: Option<String>,
    pub(super) nature: Nature,
    /// Everything that its rows depend on, besides what is stored: equal texts, equal rows.
    pub(super) identity: String,
}

/// What the rows of a fragment depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nature {
    /// On text and parameters only.
    Constant,
    /// On tables of the internal database as well.
    Stored,
    /// On the time or on chance: never remembered beyond the request.
    Volatile,
}

impl Fragment {
    pub(super) fn new(said: PermissionSql, actor: Option<&Actor>, action: &str) -> Self {
        let mut params: Params =
            said.params.iter().map(|(name, value)| (name.clone(), Value::from_json(value))).collect();
        let given: [(&str, Value); 3] = [
            ("action", action.into()),
            ("actor", actor.map(Actor::as_text).into()),
            ("actor_id", actor.and_then(|actor| actor.get("id")).map(Value::from_json).into()),
        ];
        for (name, value) in given {
            if !params.iter().any(|(known, _)| known == name) {
                params.push((name.to_owned(), value));
            }
        }
        let denial =
            said.params.iter().find(|(name, _)| name == "deny").and_then(|(_, reason)| match reason {
                Json::String(reason) if !reason.is_empty() => Some(reason.clone()),
                _ => None,
            });
        let source = said.source.unwrap_or_default();
        let texts = [said.sql.as_deref(), said.restriction_sql.as_deref()];
        let nature = texts.into_iter().flatten().map(nature).max().unwrap_or(Nature::Constant);
        let identity = identity(texts, &params, &source);
        Self {
            sql: said.sql,
            restriction_sql: said.restriction_sql,
            params,
            source,
            denial,
            nature,
            identity,
        }
    }

    /// Whether it asks the catalogue, which is filled when somebody needs it.
    pub(super) fn needs_catalog(&self) -> bool {
        let mentions = |sql: &String| sql.to_ascii_lowercase().contains("catalog_");
        self.sql.as_ref().is_some_and(mentions) || self.restriction_sql.as_ref().is_some_and(mentions)
    }
}

/// Only parameters that the texts mention: an actor's expiry must not make equal rules different.
fn identity(texts: [Option<&str>; 2], params: &Params, source: &str) -> String {
    let mut identity = source.to_owned();
    for text in texts {
        identity.push('\0');
        identity.push_str(text.unwrap_or("\0"));
    }
    for (name, value) in params {
        let mentioned = |text: &&str| mentions_parameter(text, name);
        if texts.iter().flatten().any(mentioned) {
            identity.push('\0');
            identity.push_str(name);
            identity.push('\0');
            add_value(&mut identity, value);
        }
    }
    identity
}

/// Kind, length and bytes: no value looks like another, or like two.
fn add_value(identity: &mut String, value: &Value) {
    match value {
        Value::Null => identity.push('n'),
        Value::Integer(integer) => identity.push_str(&format!("i{integer};")),
        Value::Real(real) => identity.push_str(&format!("r{real:?};")),
        Value::Text(text) => {
            identity.push_str(&format!("t{};", text.len()));
            identity.push_str(text);
        }
        Value::Blob(bytes) => identity.push_str(&format!("b{bytes:?};")),
    }
}

/// Whether `:name` (or `@name`, `$name`, `?1`) stands in the text; once too often does no harm.
fn mentions_parameter(sql: &str, name: &str) -> bool {
    sql.match_indices(name)
        .any(|(at, _)| matches!(sql.as_bytes().get(at.wrapping_sub(1)), Some(b':' | b'@' | b'$' | b'?')))
}

/// Words whose value differs from one moment to the next.
const VOLATILE: [&str; 14] = [
    "now",
    "random",
    "randomblob",
    "current_time",
    "current_date",
    "current_timestamp",
    "date",
    "time",
    "datetime",
    "julianday",
    "unixepoch",
    "strftime",
    "changes",
    "last_insert_rowid",
];

/// Reads words, quoted or not: a word too many makes an answer slower, never wrong.
fn nature(sql: &str) -> Nature {
    let lower = sql.to_ascii_lowercase();
    let words =
        || lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    if words().any(|word| VOLATILE.contains(&word)) {
        return Nature::Volatile;
    }
    let sources = words().filter(|word| matches!(*word, "from" | "join")).count();
    if sources == 0 || (sources == 1 && reads_only_a_parameter(&lower)) {
        Nature::Constant
    } else {
        Nature::Stored
    }
}

/// `... from json_each(:name)` and nothing behind it: the form in which plugins hand over many rows.
fn reads_only_a_parameter(lower: &str) -> bool {
    let Some((_, rest)) = lower.rsplit_once("json_each") else { return false };
    let before_from = lower.len() - rest.len() - "json_each".len();
    let follows_from = lower.get(..before_from).is_some_and(|text| text.trim_end().ends_with("from"));
    let argument = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    let name = argument.and_then(|argument| argument.strip_prefix(':'));
    follows_from
        && name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: Nature) {
        assert_eq!(nature(sql), expected, "{sql}");
    }

    #[test]
    fn rows_of_parameters_are_constant() {
        check("select null as parent, null as child, 1 as allow, :reason as reason", Nature::Constant);
        check("select :p as parent union all select :q", Nature::Constant);
        check("select value ->> 0 as parent FROM json_each( :rows )", Nature::Constant);
    }

    #[test]
    fn rows_of_tables_are_not() {
        check("select database_name as parent from queries", Nature::Stored);
        check("select 1 from json_each(:rows), queries", Nature::Stored);
        check("select 1 from json_each(:rows) join queries", Nature::Stored);
        check("select 1 from json_each(:rows) where exists (select 1 from queries)", Nature::Stored);
        check("select 1 from\n\"queries\"", Nature::Stored);
        check("select json_each(:rows) from queries", Nature::Stored);
        check("select (select 1 from queries) from json_each(:rows)", Nature::Stored);
        check("select 1 from queries where x = json_each(:rows)", Nature::Stored);
    }

    #[test]
    fn rows_that_change_by_themselves_are_volatile() {
        check("select 1 as allow where date('now') > '2030'", Nature::Volatile);
        check("select 1 as allow where :t > CURRENT_TIMESTAMP", Nature::Volatile);
        check("select random() as parent from queries", Nature::Volatile);
    }

    #[test]
    fn the_identity_holds_what_the_text_mentions() {
        let actor = |token: &str| Actor::from_json(json!({"id": "ann", "token": token}));
        let identity = |sql: &str, actor: Option<Actor>| {
            Fragment::new(PermissionSql::rows(sql).param("p", 1), actor.as_ref(), "a").identity
        };
        assert_eq!(identity("select :p", actor("x")), identity("select :p", actor("y")));
        assert_ne!(identity("select :actor", actor("x")), identity("select :actor", actor("y")));
        assert_ne!(identity("select :actor_id", actor("x")), identity("select :actor_id", None));
        assert_ne!(identity("select :p", None), identity("select  :p", None));
    }

    #[test]
    fn a_plugin_may_set_the_parameters_that_are_given() {
        let fragment = Fragment::new(PermissionSql::rows("select :actor").param("actor", "me"), None, "a");
        let actor: Vec<_> = fragment.params.iter().filter(|(name, _)| name == "actor").collect();
        assert_eq!(actor, [&("actor".to_owned(), Value::from("me"))]);
    }
}
