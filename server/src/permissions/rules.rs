//! Rules in memory: which of them decides.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::resource::folded;

/// A row that a plugin's SQL found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// A database; `None` for all.
    pub(crate) parent: Option<String>,
    /// A table or query; `None` for all.
    pub(crate) child: Option<String>,
    pub(crate) allow: bool,
    pub(crate) reason: Option<String>,
    pub(crate) source: Arc<str>,
}

/// How specific a rule is; the most specific one comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    Global,
    Parent,
    Child,
}

impl Rule {
    pub(super) fn depth(&self) -> Depth {
        match (&self.parent, &self.child) {
            (_, Some(_)) => Depth::Child,
            (Some(_), None) => Depth::Parent,
            (None, None) => Depth::Global,
        }
    }
}

/// Rules and restrictions, by what they are about.
#[derive(Debug, Default)]
pub(super) struct RuleSet {
    fold: bool,
    pub(super) rules: Vec<Rule>,
    global: Scope,
    parents: HashMap<String, Scope>,
    /// About a child of any database.
    children: HashMap<String, Scope>,
    exact: HashMap<String, HashMap<String, Scope>>,
    restrictions: Vec<Restriction>,
}

/// All rules about the same thing, as indexes of [`RuleSet::rules`].
#[derive(Debug, Default)]
struct Scope {
    rules: Vec<usize>,
    forbids: bool,
}

/// An allow-list. Names are folded already.
#[derive(Debug, Default)]
pub(super) struct Restriction {
    everything: bool,
    parents: HashSet<String>,
    children: HashSet<String>,
    exact: HashMap<String, HashSet<String>>,
}

impl RuleSet {
    /// `fold`: whether names of children are compared without regard to ASCII case.
    pub(super) fn new(fold: bool) -> Self {
        Self { fold, ..Self::default() }
    }

    pub(super) fn add(&mut self, rule: Rule) {
        let child = rule.child.as_deref().map(|child| folded(child, self.fold).into_owned());
        let scope = match (rule.parent.clone(), child) {
            (None, None) => &mut self.global,
            (Some(parent), None) => self.parents.entry(parent).or_default(),
            (None, Some(child)) => self.children.entry(child).or_default(),
            (Some(parent), Some(child)) => self.exact.entry(parent).or_default().entry(child).or_default(),
        };
        scope.forbids |= !rule.allow;
        scope.rules.push(self.rules.len());
        self.rules.push(rule);
    }

    pub(super) fn restrict(&mut self, rows: impl IntoIterator<Item = (Option<String>, Option<String>)>) {
        let mut restriction = Restriction::default();
        for (parent, child) in rows {
            let child = child.map(|child| folded(&child, self.fold).into_owned());
            match (parent, child) {
                (None, None) => restriction.everything = true,
                (Some(parent), None) => {
                    restriction.parents.insert(parent);
                }
                (None, Some(child)) => {
                    restriction.children.insert(child);
                }
                (Some(parent), Some(child)) => {
                    restriction.exact.entry(parent).or_default().insert(child);
                }
            }
        }
        self.restrictions.push(restriction);
    }

    /// Rules about exactly this depth that match; `child` is folded.
    fn at(&self, depth: Depth, parent: Option<&str>, child: Option<&str>) -> [Option<&Scope>; 2] {
        match depth {
            Depth::Global => [Some(&self.global), None],
            Depth::Parent => [parent.and_then(|parent| self.parents.get(parent)), None],
            Depth::Child => {
                let exact = parent.zip(child).and_then(|(parent, child)| self.exact.get(parent)?.get(child));
                [exact, child.and_then(|child| self.children.get(child))]
            }
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let restricted: usize = self.restrictions.iter().map(Restriction::len).sum();
        1 + 200 * self.rules.len() + 100 * restricted
    }

    fn restrictions_pass(&self, parent: Option<&str>, child: Option<&str>) -> bool {
        self.restrictions.iter().all(|restriction| restriction.passes(parent, child))
    }
}

impl Restriction {
    fn len(&self) -> usize {
        self.parents.len() + self.children.len() + self.exact.values().map(HashSet::len).sum::<usize>()
    }

    fn passes(&self, parent: Option<&str>, child: Option<&str>) -> bool {
        self.everything
            || parent.is_some_and(|parent| self.parents.contains(parent))
            || child.is_some_and(|child| self.children.contains(child))
            || parent.zip(child).is_some_and(|(parent, child)| {
                self.exact.get(parent).is_some_and(|children| children.contains(child))
            })
    }
}

/// Whether rules and restrictions of all sets together allow it.
pub(super) fn allows(sets: &[&RuleSet], parent: Option<&str>, child: Option<&str>) -> bool {
    let folded = child.map(|child| folded(child, sets.first().is_some_and(|set| set.fold)));
    let child = folded.as_deref();
    let verdict = [Depth::Child, Depth::Parent, Depth::Global].into_iter().find_map(|depth| {
        let mut scopes = sets
            .iter()
            .flat_map(|set| set.at(depth, parent, child))
            .flatten()
            .filter(|s| !s.rules.is_empty());
        let first = scopes.next()?;
        Some(!first.forbids && scopes.all(|scope| !scope.forbids))
    });
    verdict == Some(true) && sets.iter().all(|set| set.restrictions_pass(parent, child))
}

/// The rules that decide the same question, before restrictions: those of the winning side at the winning depth.
pub(super) fn decisive<'a>(sets: &[&'a RuleSet], parent: Option<&str>, child: Option<&str>) -> Vec<&'a Rule> {
    let folded = child.map(|child| folded(child, sets.first().is_some_and(|set| set.fold)));
    for depth in [Depth::Child, Depth::Parent, Depth::Global] {
        let scopes = sets.iter().flat_map(|set| {
            let scopes = set.at(depth, parent, folded.as_deref()).into_iter().flatten();
            scopes.flat_map(|scope| &scope.rules).filter_map(|index| set.rules.get(*index))
        });
        let matching: Vec<&Rule> = scopes.collect();
        if !matching.is_empty() {
            let allowed = matching.iter().all(|rule| rule.allow);
            return matching.into_iter().filter(|rule| rule.allow == allowed).collect();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(words: &str) -> Rule {
        let mut words = words.split(' ');
        let mut name = || words.next().filter(|word| *word != "*").map(str::to_owned);
        let (parent, child) = (name(), name());
        let allow = name().unwrap() == "yes";
        Rule { parent, child, allow, reason: name(), source: "test".into() }
    }

    fn set(rules: &[&str], restrictions: &[&[(&str, &str)]]) -> RuleSet {
        let mut set = RuleSet::new(true);
        rules.iter().for_each(|words| set.add(rule(words)));
        for rows in restrictions {
            let name = |name: &str| (name != "*").then(|| name.to_owned());
            set.restrict(rows.iter().map(|(parent, child)| (name(parent), name(child))));
        }
        set
    }

    /// Rules are `parent child yes|no`; the question is about table `t` of `d`.
    #[track_caller]
    fn check(rules: &[&str], expected: bool) {
        assert_eq!(allows(&[&set(rules, &[])], Some("d"), Some("t")), expected);
        // It makes no difference in which sets they are, and in which order.
        let (first, second) = rules.split_at(rules.len() / 2);
        assert_eq!(allows(&[&set(second, &[]), &set(first, &[])], Some("d"), Some("t")), expected);
        let all = set(rules, &[]);
        let sides: Vec<bool> =
            decisive(&[&all], Some("d"), Some("t")).iter().map(|rule| rule.allow).collect();
        assert!(sides.iter().all(|side| *side == expected) && (!expected || !sides.is_empty()));
    }

    #[track_caller]
    fn check_restricted(restrictions: &[&[(&str, &str)]], expected: bool) {
        assert_eq!(allows(&[&set(&["* * yes"], restrictions)], Some("d"), Some("t")), expected);
    }

    #[test]
    fn without_a_rule_the_answer_is_no() {
        check(&[], false);
        check(&["e * yes", "d u yes", "* u yes"], false);
    }

    #[test]
    fn the_most_specific_rule_decides() {
        check(&["* * yes"], true);
        check(&["* * yes", "d * no"], false);
        check(&["* * no", "d * no", "d t yes"], true);
        check(&["* * yes", "d * yes", "d t no"], false);
        check(&["* * no", "d * yes"], true);
    }

    #[test]
    fn forbidding_wins_among_equals() {
        check(&["* * yes", "* * no"], false);
        check(&["d * no", "d * yes"], false);
        check(&["d t yes", "d t no", "d t yes"], false);
        check(&["* t no", "d t yes"], false);
    }

    #[test]
    fn a_rule_may_name_a_child_of_any_database() {
        check(&["* * yes", "* t no"], false);
        check(&["* * no", "d * no", "* t yes"], true);
    }

    #[test]
    fn tables_are_compared_without_case_and_databases_with_it() {
        check(&["d T yes"], true);
        check(&["D t yes"], false);
        let mut exact = RuleSet::new(false);
        exact.add(rule("d T yes"));
        assert!(!allows(&[&exact], Some("d"), Some("t")));
        assert!(allows(&[&exact], Some("d"), Some("T")));
    }

    #[test]
    fn rules_about_children_do_not_reach_their_parents() {
        let set = set(&["d t yes", "* t yes"], &[]);
        assert!(!allows(&[&set], Some("d"), None));
        assert!(!allows(&[&set], None, None));
    }

    #[test]
    fn restrictions_only_take_away() {
        check_restricted(&[&[("*", "*")]], true);
        check_restricted(&[&[("d", "*")]], true);
        check_restricted(&[&[("d", "T")]], true);
        check_restricted(&[&[("*", "t")]], true);
        check_restricted(&[&[]], false);
        check_restricted(&[&[("d", "u"), ("e", "*")]], false);
        assert!(!allows(&[&set(&[], &[&[("d", "t")]])], Some("d"), Some("t")));
    }

    #[test]
    fn every_restriction_has_to_let_it_pass_at_any_level() {
        check_restricted(&[&[("d", "*")], &[("d", "t")]], true);
        check_restricted(&[&[("*", "*")], &[("d", "u"), ("d", "t")], &[("d", "*")]], true);
        check_restricted(&[&[("d", "*")], &[("d", "u")]], false);
    }

    #[test]
    fn a_restriction_to_children_does_not_pass_their_parents() {
        let set = set(&["* * yes"], &[&[("d", "t")]]);
        assert!(!allows(&[&set], Some("d"), None));
        assert!(!allows(&[&set], None, None));
    }

    #[test]
    fn the_decisive_rules_are_those_of_the_winning_side() {
        let set = set(&["* * yes everywhere", "d * yes a", "d * no b", "d * no c"], &[]);
        let rules = decisive(&[&set], Some("d"), Some("t"));
        let reasons: Vec<_> = rules.iter().filter_map(|rule| rule.reason.as_deref()).collect();
        assert_eq!(reasons, ["b", "c"]);
    }
}
