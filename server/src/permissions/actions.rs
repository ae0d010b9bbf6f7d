//! What can be done at all: actions, as plugins register them.

use std::collections::HashMap;

use datasette_plugin_api::{Action, Json, ResourceKind, json};

/// The actions of one site, checked.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    /// In the order of their registration.
    all: Vec<Action>,
    by_name: HashMap<String, usize>,
    by_abbr: HashMap<String, usize>,
}

impl Actions {
    /// Two plugins may register the same action if they mean the same by it. The error ends the start.
    pub(crate) fn new(registered: impl IntoIterator<Item = Action>) -> Result<Self, String> {
        let mut actions = Self::default();
        for action in registered {
            if let Some(known) = actions.get(&action.name) {
                if *known != action {
                    return Err(format!("Duplicate action name: {}", action.name));
                }
                continue;
            }
            let index = actions.all.len();
            if let Some(abbr) = &action.abbr
                && actions.by_abbr.insert(abbr.clone(), index).is_some()
            {
                return Err(format!("Duplicate action abbr: {abbr}"));
            }
            actions.by_name.insert(action.name.clone(), index);
            actions.all.push(action);
        }
        for action in &actions.all {
            actions.check_requirements(action)?;
        }
        Ok(actions)
    }

    fn check_requirements(&self, action: &Action) -> Result<(), String> {
        let mut seen = vec![action.name.as_str()];
        let mut current = action;
        while let Some(required) = &current.also_requires {
            let Some(next) = self.get(required) else {
                return Err(format!(
                    "The action {} requires {required}, which no plugin registers",
                    current.name
                ));
            };
            if seen.contains(&required.as_str()) {
                return Err(format!(
                    "The action {} requires itself, by way of {}",
                    action.name,
                    seen.join(", ")
                ));
            }
            seen.push(required);
            current = next;
        }
        Ok(())
    }

    /// The action of that full name.
    pub(crate) fn get(&self, name: &str) -> Option<&Action> {
        self.by_name.get(name).and_then(|index| self.all.get(*index))
    }

    /// The action of that full name or short form.
    pub(crate) fn find(&self, name_or_abbr: &str) -> Option<&Action> {
        let index = self.by_name.get(name_or_abbr).or_else(|| self.by_abbr.get(name_or_abbr))?;
        self.all.get(*index)
    }

    /// The action, what it requires, what that requires, and so on.
    pub(super) fn chain(&self, name: &str) -> Vec<&Action> {
        let first = self.get(name);
        std::iter::successors(first, |action| self.get(action.also_requires.as_deref()?)).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Action> {
        self.all.iter()
    }

    /// All of them, by name, as `/-/actions` shows them.
    pub(crate) fn to_json(&self) -> Json {
        let mut actions: Vec<&Action> = self.iter().collect();
        actions.sort_by(|a, b| a.name.cmp(&b.name));
        let shown = actions.into_iter().map(|action| {
            json!({
                "name": action.name,
                "abbr": action.abbr,
                "description": action.description,
                "takes_parent": takes_parent(action.resource),
                "takes_child": takes_child(action.resource),
                "resource_class": resource_class(action.resource),
                "also_requires": action.also_requires,
            })
        });
        shown.collect()
    }
}

/// How Datasette calls what an action is done to.
pub(crate) fn resource_class(kind: ResourceKind) -> Option<&'static str> {
    match kind {
        ResourceKind::Instance => None,
        ResourceKind::Database => Some("DatabaseResource"),
        ResourceKind::Table => Some("TableResource"),
        ResourceKind::Query => Some("QueryResource"),
    }
}

/// Whether the action is about a database, or something in it.
pub(crate) fn takes_parent(kind: ResourceKind) -> bool {
    kind != ResourceKind::Instance
}

/// Whether the action is about a table or query.
pub(crate) fn takes_child(kind: ResourceKind) -> bool {
    matches!(kind, ResourceKind::Table | ResourceKind::Query)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(name: &str) -> Action {
        Action::new(name, "", ResourceKind::Table)
    }

    #[track_caller]
    fn refused(actions: impl IntoIterator<Item = Action>) -> String {
        Actions::new(actions).unwrap_err()
    }

    #[test]
    fn an_action_may_be_registered_twice_if_it_is_the_same() {
        assert_eq!(Actions::new([action("a").abbr("x"), action("a").abbr("x")]).unwrap().iter().count(), 1);
        assert_eq!(refused([action("a"), action("a").abbr("x")]), "Duplicate action name: a");
        assert_eq!(refused([action("a").abbr("x"), action("b").abbr("x")]), "Duplicate action abbr: x");
    }

    #[test]
    fn actions_are_found_by_name_and_short_form() {
        let actions = Actions::new([action("view-table").abbr("vt")]).unwrap();
        assert!(actions.find("vt").is_some() && actions.find("view-table").is_some());
        assert!(actions.get("vt").is_none() && actions.find("v").is_none());
    }

    #[test]
    fn requirements_are_followed_to_their_end() {
        let actions = [action("a").also_requires("b"), action("b").also_requires("c"), action("c")];
        let actions = Actions::new(actions).unwrap();
        let names: Vec<_> = actions.chain("a").iter().map(|action| action.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn requirements_have_to_exist_and_to_end() {
        assert_eq!(
            refused([action("a").also_requires("b")]),
            "The action a requires b, which no plugin registers"
        );
        let circle = [action("a").also_requires("b"), action("b").also_requires("a")];
        assert_eq!(refused(circle), "The action a requires itself, by way of a, b");
    }
}
