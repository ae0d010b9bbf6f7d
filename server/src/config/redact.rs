//! Hides what sounds like a secret before a visitor sees the configuration.

use serde_json::Value as Json;

const TELLTALE: [&str; 6] = ["secret", "key", "password", "token", "hash", "dsn"];

/// A copy in which every value under a key that contains one of [`TELLTALE`], in any case, is `"***"`.
pub(crate) fn redact(value: &Json) -> Json {
    match value {
        Json::Object(map) => Json::Object(
            map.iter()
                .map(|(key, value)| {
                    let value = if sounds_secret(key) { Json::from("***") } else { redact(value) };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Json::Array(items) => Json::Array(items.iter().map(redact).collect()),
        other => other.clone(),
    }
}

fn sounds_secret(key: &str) -> bool {
    // The long s and the Kelvin sign are other cases of `s` and `k`, which `to_lowercase` leaves or folds halfway.
    let key = key.to_lowercase().replace('ſ', "s");
    TELLTALE.iter().any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_at_every_depth_whatever_their_type() {
        let config =
            json!({"plugins": {"p": {"API_KEY": {"$env": "X"}, "list": [{"Password": 1, "fine": 2}]}}});
        assert_eq!(
            redact(&config),
            json!({"plugins": {"p": {"API_KEY": "***", "list": [{"Password": "***", "fine": 2}]}}})
        );
    }
}
