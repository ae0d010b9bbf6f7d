//! Why? For the pages where an administrator finds out.

use anyhow::anyhow;
use serde::Serialize;

use super::rules::{Depth, Rule};
use super::{Asking, Permissions, Resource};
use crate::error::{Error, Result};

/// How an answer comes about, as `/-/check` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Explanation {
    pub(crate) action: String,
    pub(crate) rule_allowed: bool,
    pub(crate) restriction_allowed: bool,
    pub(crate) winning_scope: Option<&'static str>,
    pub(crate) matched_rules: Vec<MatchedRule>,
    pub(crate) restrictions: Vec<MatchedRestriction>,
    pub(crate) required_actions: Vec<Explanation>,
    pub(crate) allowed: bool,
    pub(crate) summary: String,
}

/// A rule about the resource, or about something it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MatchedRule {
    pub(crate) scope: &'static str,
    pub(crate) effect: &'static str,
    pub(crate) source: String,
    pub(crate) reason: Option<String>,
    pub(crate) decisive: bool,
    pub(crate) ignored_because: Option<&'static str>,
}

/// What one restriction says about the resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MatchedRestriction {
    pub(crate) source: String,
    pub(crate) allowed: bool,
    pub(crate) reason: String,
}

impl Depth {
    fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Parent => "parent",
            Self::Child => "resource",
        }
    }
}

impl Permissions {
    /// How the answer about this resource comes about.
    pub(crate) fn explain<'a>(
        &'a self,
        asking: impl Into<Asking<'a>>,
        action: &str,
        resource: Resource<'_>,
    ) -> Result<Explanation> {
        let asking = asking.into();
        let chain = self.actions.chain(action);
        let mut required: Option<Explanation> = None;
        for action in chain.into_iter().rev() {
            let (mut rules, mut restrictions) = (Vec::new(), Vec::new());
            if asking.skips_checks() {
                rules.push(skipped("skip_permission_checks", "Permission checks were explicitly skipped"));
            } else {
                let fold = super::resource::folds_case(action.resource);
                for fragment in self.fragments(asking, action)? {
                    let (found, passes) = self.run_alone(asking, &fragment, fold, Some(resource))?;
                    rules.extend(found);
                    if let Some(allowed) = passes {
                        let reason = fragment.denial.clone().unwrap_or_else(|| restriction_reason(allowed));
                        restrictions.push(MatchedRestriction { source: fragment.source, allowed, reason });
                    }
                }
            }
            required = Some(explanation(&action.name, rules, restrictions, required));
        }
        required.ok_or_else(|| Error::Internal(anyhow!("Unknown action: {action}")))
    }

    /// Every rule about an action that plugins have for this actor; those that allow come first.
    pub(crate) fn rules<'a>(&'a self, asking: impl Into<Asking<'a>>, action: &str) -> Result<Vec<Rule>> {
        let asking = asking.into();
        let Some(action) = self.actions.get(action) else {
            return Err(Error::Internal(anyhow!("Unknown action: {action}")));
        };
        if asking.skips_checks() {
            return Ok(vec![skipped("skip", "skip_permission_checks")]);
        }
        let fold = super::resource::folds_case(action.resource);
        let databases = self.attached.all();
        let mut rules = Vec::new();
        for fragment in self.fragments(asking, action)? {
            for rule in self.run_alone(asking, &fragment, fold, None)?.0 {
                if rule.parent.is_none() && rule.child.is_some() {
                    // What holds for a name in every database is shown for each of them.
                    rules.extend(
                        databases.iter().map(|d| Rule { parent: Some(d.name.clone()), ..rule.clone() }),
                    );
                } else {
                    rules.push(rule);
                }
            }
        }
        rules.sort_by(|a, b| (!a.allow, &a.parent, &a.child).cmp(&(!b.allow, &b.parent, &b.child)));
        Ok(rules)
    }
}

fn skipped(source: &str, reason: &str) -> Rule {
    Rule { parent: None, child: None, allow: true, reason: Some(reason.to_owned()), source: source.into() }
}

fn restriction_reason(allowed: bool) -> String {
    let not = if allowed { "" } else { "not " };
    format!("Resource is {not}included in this restriction allowlist")
}

fn explanation(
    action: &str,
    mut rules: Vec<Rule>,
    restrictions: Vec<MatchedRestriction>,
    required: Option<Explanation>,
) -> Explanation {
    rules.sort_by(|a, b| {
        let key = |rule: &Rule| (std::cmp::Reverse(rule.depth()), rule.allow);
        key(a).cmp(&key(b)).then_with(|| (&a.source, &a.reason).cmp(&(&b.source, &b.reason)))
    });
    let winning = rules.first().map(Rule::depth);
    // Sorted: at the winning depth, one that forbids would come first.
    let rule_allowed = rules.first().is_some_and(|rule| rule.allow);
    let matched_rules = rules
        .into_iter()
        .map(|rule| {
            let ignored_because = if Some(rule.depth()) != winning {
                Some("A more specific rule matched")
            } else if rule.allow && !rule_allowed {
                Some("A deny rule matched at the same scope")
            } else {
                None
            };
            MatchedRule {
                scope: rule.depth().name(),
                effect: if rule.allow { "allow" } else { "deny" },
                source: rule.source.to_string(),
                reason: rule.reason,
                decisive: ignored_because.is_none(),
                ignored_because,
            }
        })
        .collect();
    let restriction_allowed = restrictions.iter().all(|restriction| restriction.allowed);
    let required_actions: Vec<Explanation> = required.into_iter().collect();
    let mut explanation = Explanation {
        action: action.to_owned(),
        rule_allowed,
        restriction_allowed,
        winning_scope: winning.map(Depth::name),
        matched_rules,
        restrictions,
        allowed: rule_allowed
            && restriction_allowed
            && required_actions.iter().all(|required| required.allowed),
        required_actions,
        summary: String::new(),
    };
    explanation.summary = summary(&explanation);
    explanation
}

fn summary(explanation: &Explanation) -> String {
    if let Some(denied) = explanation.required_actions.iter().find(|required| !required.allowed) {
        return format!(
            "Denied because {} also requires {}, which was denied.",
            explanation.action, denied.action
        );
    }
    let Some(scope) = explanation.winning_scope else {
        return "Denied because no permission rule matched this actor and resource.".to_owned();
    };
    if !explanation.rule_allowed {
        return format!(
            "Denied by a {scope}-level rule. Deny rules take precedence over allow rules at the same scope."
        );
    }
    if !explanation.restriction_allowed {
        return "Denied because the resource is not included in the actor's restrictions.".to_owned();
    }
    format!("Allowed by the matching {scope}-level rule.")
}
