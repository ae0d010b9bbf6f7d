//! Allow blocks: `true`, `false`, or keys of the actor with the values that are let in.

use crate::{Actor, Json, Map};

/// Whether an allow block, as it stands in a configuration, lets the actor in. No block (null) lets everybody in.
pub fn actor_matches_allow(actor: Option<&Actor>, allow: &Json) -> bool {
    match allow {
        Json::Null => true,
        Json::Bool(allow) => *allow,
        // What `-s permissions.view-table 1` leaves in the configuration.
        Json::Number(number) => number.as_i64() == Some(1),
        Json::Object(keys) => lets_in(keys, actor),
        // The configuration was checked; what got here all the same lets nobody in.
        Json::String(_) | Json::Array(_) => false,
    }
}

fn lets_in(keys: &Map, actor: Option<&Actor>) -> bool {
    let Some(actor) = actor else { return keys.get("unauthenticated") == Some(&Json::Bool(true)) };
    keys.iter().any(|(key, wanted)| match (actor.get(key), wanted) {
        (Some(_), Json::String(any)) if any == "*" => true,
        (None | Some(Json::Null), _) => false,
        (Some(has), wanted) => {
            list(has).iter().any(|value| list(wanted).iter().any(|other| equal(value, other)))
        }
    })
}

fn list(value: &Json) -> &[Json] {
    match value {
        Json::Array(values) => values,
        value => std::slice::from_ref(value),
    }
}

/// Types count: 1 is not "1". Among numbers 1 is 1.0.
fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            a == b || (a.as_i64().is_none() || b.as_i64().is_none()) && a.as_f64() == b.as_f64()
        }
        (Json::Array(_) | Json::Object(_), _) | (_, Json::Array(_) | Json::Object(_)) => false,
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[track_caller]
    fn check(block: Json, actor: Json, expected: bool) {
        assert_eq!(
            actor_matches_allow(Actor::from_json(actor.clone()).as_ref(), &block),
            expected,
            "{block} {actor}"
        );
    }

    #[test]
    fn plain_answers_are_for_everybody() {
        for actor in [json!(null), json!({"id": "ann"})] {
            check(json!(true), actor.clone(), true);
            check(json!(1), actor.clone(), true);
            check(json!(false), actor.clone(), false);
            check(json!(0), actor.clone(), false);
            check(json!({}), actor.clone(), false);
            check(json!(null), actor, true);
        }
    }

    #[test]
    fn malformed_blocks_let_nobody_in() {
        for block in [json!("ann"), json!(["ann"]), json!(2), json!(-1), json!(1.5), json!("*")] {
            check(block, json!({"id": "ann"}), false);
        }
    }

    #[test]
    fn strangers_are_let_in_by_one_word() {
        check(json!({"unauthenticated": true}), json!(null), true);
        check(json!({"unauthenticated": true}), json!({"id": "ann"}), false);
        check(json!({"unauthenticated": true, "id": "ann"}), json!(null), true);
        check(json!({"unauthenticated": true, "id": "ann"}), json!({"id": "ann"}), true);
        for word in [json!(false), json!("true"), json!(1), json!([true]), json!("*")] {
            check(json!({"unauthenticated": word}), json!(null), false);
        }
    }

    #[test]
    fn one_key_is_enough() {
        let block = json!({"id": ["ann", "bob"], "role": "staff"});
        check(block.clone(), json!({"id": "bob"}), true);
        check(block.clone(), json!({"id": "eve", "role": "staff"}), true);
        check(block.clone(), json!({"id": "eve", "role": ["guest", "staff"]}), true);
        check(block.clone(), json!({"id": "eve", "role": ["guest"]}), false);
        check(block.clone(), json!({"id": "eve"}), false);
        check(block, json!(null), false);
    }

    #[test]
    fn a_star_wants_the_key_whatever_its_value() {
        check(json!({"id": "*"}), json!({"id": "ann"}), true);
        check(json!({"id": "*"}), json!({"id": null}), true);
        check(json!({"id": "*"}), json!({"name": "ann"}), false);
        check(json!({"id": "*"}), json!(null), false);
        // In a list it is a value like others.
        check(json!({"id": ["*"]}), json!({"id": "ann"}), false);
        check(json!({"id": ["*"]}), json!({"id": "*"}), true);
    }

    #[test]
    fn types_count() {
        check(json!({"id": 1}), json!({"id": 1}), true);
        check(json!({"id": 1}), json!({"id": 1.0}), true);
        check(json!({"id": 1}), json!({"id": "1"}), false);
        check(json!({"id": "1"}), json!({"id": 1}), false);
        check(json!({"admin": true}), json!({"admin": 1}), false);
        check(json!({"admin": true}), json!({"admin": true}), true);
        check(json!({"id": 9007199254740993_i64}), json!({"id": 9007199254740992_i64}), false);
        check(json!({"id": null}), json!({"id": null}), false);
        check(json!({"x": {"a": 1}}), json!({"x": {"a": 1}}), false);
    }
}
