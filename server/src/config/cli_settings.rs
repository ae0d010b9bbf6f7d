//! `-s NAME VALUE`: any part of the configuration, given on the command line.

use serde_json::{Map, Value as Json};

use super::Settings;

/// Keys at the root of the configuration; `-s` may name them without a dot.
const ROOT_KEYS: [&str; 8] = [
    "settings",
    "plugins",
    "permissions",
    "databases",
    "allow",
    "allow_sql",
    "extra_css_urls",
    "extra_js_urls",
];

/// Turns pairs, later ones over earlier ones, into configuration. An error is what follows
/// `Invalid value for '-s' / '--setting':`.
pub(crate) fn parse_pairs(pairs: &[(String, String)]) -> Result<Map<String, Json>, String> {
    let mut config = Map::new();
    for (name, value) in pairs {
        let pair = match Settings::kind(name) {
            Some(kind) => nested(&format!("settings.{name}"), setting(name, kind, value)?)?,
            None if name.contains('.') || ROOT_KEYS.contains(&name.as_str()) => nested(name, free(value))?,
            None => return Err(unknown(name)),
        };
        merge(&mut config, pair);
    }
    Ok(config)
}

/// Lays `update` over `base`: objects are merged key by key at every depth, everything else is replaced.
pub(super) fn merge(base: &mut Map<String, Json>, update: Map<String, Json>) {
    for (key, value) in update {
        match (base.get_mut(&key), value) {
            (Some(Json::Object(base)), Json::Object(update)) => merge(base, update),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// A setting by its bare name: its type says how the text is read.
fn setting(name: &str, kind: &str, value: &str) -> Result<Json, String> {
    match kind {
        "bool" => match value.to_ascii_lowercase().as_str() {
            "on" | "true" | "1" => Ok(Json::Bool(true)),
            "off" | "false" | "0" => Ok(Json::Bool(false)),
            _ => Err(format!("\"settings.{name}\" should be on/off/true/false/1/0")),
        },
        "int" => {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let number = value.parse::<u64>().ok().filter(|_| digits);
            number.map(Json::from).ok_or_else(|| format!("\"settings.{name}\" should be an integer"))
        }
        _ => Ok(Json::String(value.to_owned())),
    }
}

/// Anything else: JSON if it is JSON, else text.
fn free(value: &str) -> Json {
    serde_json::from_str(value).unwrap_or_else(|_| Json::String(value.to_owned()))
}

fn nested(name: &str, value: Json) -> Result<Map<String, Json>, String> {
    let mut keys = name.rsplit('.');
    let mut pair = Map::new();
    let mut value = value;
    let last = keys.next().unwrap_or(name);
    for (inner, key) in std::iter::once(last).chain(keys.clone()).zip(keys.map(Some).chain([None])) {
        if inner.is_empty() {
            return Err(format!("\"{name}\" has an empty part; names are words joined by single dots"));
        }
        let map = Map::from_iter([(inner.to_owned(), value)]);
        if key.is_none() {
            pair = map;
            break;
        }
        value = Json::Object(map);
    }
    Ok(pair)
}

fn unknown(name: &str) -> String {
    let hint = match super::nearest(name, Settings::names().chain(ROOT_KEYS)) {
        Some(known) => format!("did you mean \"{known}\"?"),
        None => "datasette --help-settings lists the settings".to_owned(),
    };
    format!("\"{name}\" is not a setting; {hint}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(pairs: &[(&str, &str)], expected: Result<Json, &str>) {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let expected = expected.map_err(str::to_owned);
        assert_eq!(parse_pairs(&pairs).map(Json::Object), expected);
    }

    #[test]
    fn bare_names_are_settings_of_their_type() {
        check(
            &[
                ("allow_facet", "OFF"),
                ("default_page_size", "0050"),
                ("base_url", "/5/"),
                ("suggest_facets", "1"),
            ],
            Ok(json!({"settings": {
                "allow_facet": false, "default_page_size": 50, "base_url": "/5/", "suggest_facets": true
            }})),
        );
    }

    #[test]
    fn values_of_the_wrong_type_are_named() {
        check(&[("allow_facet", "perhaps")], Err("\"settings.allow_facet\" should be on/off/true/false/1/0"));
        for value in ["abc", "", "-1", "+1", "1.5", "99999999999999999999999"] {
            check(
                &[("default_page_size", value)],
                Err("\"settings.default_page_size\" should be an integer"),
            );
        }
    }

    #[test]
    fn dotted_names_are_free_and_values_are_json_or_text() {
        check(
            &[("plugins.p.n", "5"), ("databases.d.tables.t.sort", "pk"), ("permissions.x", r#"{"id": "*"}"#)],
            Ok(json!({
                "plugins": {"p": {"n": 5}},
                "databases": {"d": {"tables": {"t": {"sort": "pk"}}}},
                "permissions": {"x": {"id": "*"}},
            })),
        );
    }

    #[test]
    fn later_pairs_are_merged_over_earlier_ones() {
        check(
            &[("plugins.p", r#"{"a": 1, "b": {"c": 2}}"#), ("plugins.p.b.d", "3"), ("plugins.p.a", "[1]")],
            Ok(json!({"plugins": {"p": {"a": [1], "b": {"c": 2, "d": 3}}}})),
        );
    }

    #[test]
    fn keys_of_the_root_need_no_dot() {
        check(&[("allow", r#"{"id": "root"}"#)], Ok(json!({"allow": {"id": "root"}})));
    }

    #[test]
    fn unknown_bare_names_come_with_the_nearest_known_one() {
        check(&[("alow_facet", "1")], Err("\"alow_facet\" is not a setting; did you mean \"allow_facet\"?"));
        check(
            &[("hash_urls", "1")],
            Err("\"hash_urls\" is not a setting; datasette --help-settings lists the settings"),
        );
    }

    #[test]
    fn empty_parts_are_refused() {
        check(&[("a..b", "1")], Err("\"a..b\" has an empty part; names are words joined by single dots"));
    }
}
