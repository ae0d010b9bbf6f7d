//! What has to be known about the site: asked once, when the first permission is asked for.

use std::collections::HashMap;
use std::sync::OnceLock;

use datasette_plugin_api::*;

use crate::config::Blocks;

/// The way to the facts.
pub(crate) struct Site {
    host: Host,
    facts: OnceLock<Facts>,
}

/// None of it changes while the server runs.
pub(crate) struct Facts {
    /// `--root`
    pub(crate) root_enabled: bool,
    /// `--default-deny`
    pub(crate) default_deny: bool,
    pub(crate) default_allow_sql: bool,
    pub(crate) blocks: Blocks,
    /// Short forms of actions, by name.
    pub(crate) abbrs: HashMap<String, String>,
}

impl Site {
    pub(crate) fn new(host: Host) -> Self {
        Self { host, facts: OnceLock::new() }
    }

    /// Queries that plugins have for this actor, as pairs of database and name.
    pub(crate) fn brought_queries(&self, actor: Option<&Actor>) -> Result<Vec<Json>> {
        self.host.call("brought_queries", &json!({"actor": actor}))
    }

    /// An error is not kept: it forbids, and the next question tries again.
    pub(crate) fn facts(&self) -> Result<&Facts> {
        if let Some(facts) = self.facts.get() {
            return Ok(facts);
        }
        let config: Json = self.host.call("site_config", &json!({}))?;
        let facts = Facts {
            root_enabled: flag(&self.host, "root_enabled")?,
            default_deny: flag(&self.host, "default_deny")?,
            default_allow_sql: flag(&self.host, "default_allow_sql")?,
            blocks: Blocks::read(&config),
            abbrs: abbrs(&self.host)?,
        };
        Ok(self.facts.get_or_init(|| facts))
    }
}

impl Facts {
    /// Whether the list of names and short forms contains the action.
    pub(crate) fn is_listed(&self, action: &str, list: &Json) -> bool {
        let abbr = self.abbrs.get(action).map(String::as_str);
        let is_action = |name: &Json| name.as_str().is_some_and(|name| name == action || Some(name) == abbr);
        list.as_array().is_some_and(|list| list.iter().any(is_action))
    }

    #[cfg(test)]
    pub(crate) fn for_test(config: Json) -> Self {
        let abbrs =
            [("view-instance", "vi"), ("view-database", "vd"), ("view-table", "vt"), ("execute-sql", "es")];
        Self {
            root_enabled: false,
            default_deny: false,
            default_allow_sql: true,
            blocks: Blocks::read(&config),
            abbrs: abbrs.map(|(name, abbr)| (name.to_owned(), abbr.to_owned())).into(),
        }
    }
}

fn flag(host: &Host, name: &str) -> Result<bool> {
    host.setting(name)?
        .as_bool()
        .ok_or_else(|| Error::new(format!("the server does not say whether {name} is on")))
}

/// Short forms of all actions that have one, by name.
pub(crate) fn abbrs(host: &Host) -> Result<HashMap<String, String>> {
    let actions: Vec<Action> = host.call("registered_actions", &json!({}))?;
    Ok(actions.into_iter().filter_map(|action| Some((action.name, action.abbr?))).collect())
}
