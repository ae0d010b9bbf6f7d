//! The settings: name, type, default and help of each in one table, in the order people see them.
//!
//! Adding a setting is adding a line to the table.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use super::ConfigError;
use super::python_json::float_repr;

/// A type that a setting can have.
trait SettingValue: Sized {
    /// As Python calls the type; it is part of error messages.
    const TYPE: &str;
    fn from_json(value: &Json) -> Option<Self>;
    fn to_json(&self) -> Json;
}

impl SettingValue for bool {
    const TYPE: &str = "bool";
    fn from_json(value: &Json) -> Option<Self> {
        value.as_bool()
    }
    fn to_json(&self) -> Json {
        Json::Bool(*self)
    }
}

impl SettingValue for u64 {
    const TYPE: &str = "int";
    fn from_json(value: &Json) -> Option<Self> {
        value.as_u64()
    }
    fn to_json(&self) -> Json {
        Json::from(*self)
    }
}

impl SettingValue for String {
    const TYPE: &str = "str";
    fn from_json(value: &Json) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
    fn to_json(&self) -> Json {
        Json::String(self.clone())
    }
}

macro_rules! settings {
    ($($name:ident: $type:ty = $default:expr, $help:literal;)*) => {
        /// Every setting, with its value.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct Settings {
            $(#[doc = $help] pub(crate) $name: $type,)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Settings {
            /// Names, types and help texts, in the order of the table.
            const TABLE: &[Setting] = &[
                $(Setting { name: stringify!($name), kind: <$type as SettingValue>::TYPE, help: $help },)*
            ];

            /// `name` is one of the table, `value` is not null.
            fn set(&mut self, name: &str, value: &Json) -> Result<(), ConfigError> {
                match name {
                    $(stringify!($name) => {
                        self.$name = SettingValue::from_json(value)
                            .ok_or_else(|| wrong_type(name, <$type as SettingValue>::TYPE, value))?;
                    })*
                    _ => return Err(unknown(name)),
                }
                Ok(())
            }

            /// For `/-/settings.json`: every setting in the order of the table.
            pub(crate) fn to_json(&self) -> Map<String, Json> {
                let mut map = Map::new();
                $(map.insert(stringify!($name).to_owned(), self.$name.to_json());)*
                map
            }
        }
    };
}

settings! {
    default_page_size: u64 = 100, "Rows on a page of a table, unless the table's size or ?_size= says otherwise";
    max_returned_rows: u64 = 1000, "Most rows a page or a SQL query returns; ?_size=max asks for that many";
    max_insert_rows: u64 = 100, "Most rows one call of the insert or upsert API takes";
    max_post_body_bytes: u64 = 2_097_152, "Most bytes of a POST body that are read; 0 for no limit";
    num_sql_threads: u64 = 3, "SQL queries that run at the same time; 0 for one after the other";
    sql_time_limit_ms: u64 = 1000, "Milliseconds after which a SQL query is stopped";
    default_facet_size: u64 = 30, "Values that a facet shows";
    facet_time_limit_ms: u64 = 200, "Milliseconds after which counting one facet is given up";
    facet_suggest_time_limit_ms: u64 = 50, "Milliseconds after which looking for one suggested facet is given up";
    allow_facet: bool = true, "Visitors may choose facets with ?_facet=";
    allow_download: bool = true, "Visitors may download whole database files that are immutable";
    allow_signed_tokens: bool = true, "Actors may create API tokens, and signed tokens are accepted";
    default_allow_sql: bool = true, "Everybody may run SQL of their own, unless permissions say otherwise";
    max_signed_tokens_ttl: u64 = 0, "Most seconds that a signed API token is valid; 0 for no limit";
    suggest_facets: bool = true, "Look for columns that make good facets, and suggest them";
    default_cache_ttl: u64 = 5, "Seconds that caches may keep a page (Cache-Control: max-age); 0 for not at all";
    cache_size_kb: u64 = 0, "Size in KB of SQLite's page cache of each connection; 0 leaves it to SQLite";
    allow_csv_stream: bool = true, "Visitors may export all rows as CSV with ?_stream=1";
    max_csv_mb: u64 = 100, "Most MB of a CSV export; 0 for no limit";
    truncate_cells_html: u64 = 2048, "Characters of a cell that an HTML table shows; 0 for all of them";
    force_https_urls: bool = false, "Absolute URLs begin with https:// whatever the request came over";
    template_debug: bool = false, "Let ?_context=1 show what a template was given";
    trace_debug: bool = false, "Let ?_trace=1 show the SQL behind a page";
    base_url: String = String::from("/"), "Path under which the site is served, with a slash at both ends";
    max_upload_mb: u64 = 1000, "Most MB of a file that is uploaded to be imported; 0 for no limit";
}

/// One line of the table.
#[derive(Debug)]
struct Setting {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
}

impl Settings {
    /// Reads the `settings` block of the configuration. `null` stands for the default.
    pub(crate) fn from_json(block: &Map<String, Json>) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        for (name, value) in block {
            if Self::kind(name).is_none() {
                return Err(unknown(name));
            }
            if !value.is_null() {
                settings.set(name, value)?;
            }
        }
        settings.check_base_url()?;
        Ok(settings)
    }

    /// `bool`, `int` or `str`; `None` if there is no such setting.
    pub(super) fn kind(name: &str) -> Option<&'static str> {
        Self::TABLE.iter().find(|setting| setting.name == name).map(|setting| setting.kind)
    }

    /// The setting's value as JSON, for plugins and templates that ask by name.
    pub(crate) fn get(&self, name: &str) -> Option<Json> {
        self.to_json().remove(name)
    }

    /// As `/-/settings` shows them. Clients expect Datasette's there; one of ours is listed once it was changed.
    pub(crate) fn shown(&self) -> Map<String, Json> {
        let mut map = self.to_json();
        if self.max_upload_mb == Self::default().max_upload_mb {
            map.remove("max_upload_mb");
        }
        map
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::TABLE.iter().map(|setting| setting.name)
    }

    /// The text of `--help-settings`.
    pub(crate) fn help() -> String {
        let width = Self::names().map(str::len).max().unwrap_or(0) + 4;
        let defaults = Self::default().to_json();
        let mut text = "Settings:\n".to_owned();
        for Setting { name, help, .. } in Self::TABLE {
            let default = match defaults.get(*name) {
                Some(Json::String(default)) => default.clone(),
                Some(default) => default.to_string(),
                None => String::new(),
            };
            let mut line = format!("  {name}");
            for word in format!("{help} (default={default})").split(' ') {
                if line.chars().count() + 1 + word.chars().count() > 78 {
                    let _ = writeln!(text, "{line}");
                    line.clear();
                }
                let padding = width.saturating_sub(line.chars().count()).max(1);
                let _ = write!(line, "{}{word}", " ".repeat(padding));
            }
            let _ = writeln!(text, "{line}");
        }
        text
    }

    fn check_base_url(&self) -> Result<(), ConfigError> {
        let url = &self.base_url;
        if url.starts_with('/') && url.ends_with('/') {
            return Ok(());
        }
        let trimmed = url.trim_matches('/');
        Err(ConfigError::new(format!(
            "Setting 'base_url' in config file has to be a path with a slash at both ends, not {url:?}; \
             did you mean \"/{trimmed}/\"?"
        )))
    }
}

fn unknown(name: &str) -> ConfigError {
    let hint = match super::nearest(name, Settings::names()) {
        Some(known) => format!("did you mean '{known}'?"),
        None => "datasette --help-settings lists the settings".to_owned(),
    };
    ConfigError::new(format!("Invalid setting '{name}' in config file; {hint}"))
}

fn wrong_type(name: &str, expected: &str, value: &Json) -> ConfigError {
    let got = type_name(value);
    if expected == got {
        let repr = python_repr(value);
        return ConfigError::new(format!(
            "Setting '{name}' in config file has to be 0 or more. Value: {repr}"
        ));
    }
    ConfigError::new(format!(
        "Setting '{name}' in config file has incorrect type. Expected {expected}, got {got}. Value: {}. \
         Hint: In YAML/JSON config files, remove quotes from boolean and integer values.",
        python_repr(value)
    ))
}

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_f64() => "float",
        Json::Number(_) => "int",
        Json::String(_) => "str",
        Json::Array(_) => "list",
        Json::Object(_) => "dict",
    }
}

/// The value as Python's `repr` shows it: error messages about settings are the same as Datasette's.
fn python_repr(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) if number.is_f64() => float_repr(number.as_f64().unwrap_or_default()),
        Json::Number(number) => number.to_string(),
        Json::String(text) => python_repr_of_text(text),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(python_repr).collect::<Vec<_>>().join(", "))
        }
        Json::Object(map) => {
            let pairs = map.iter().map(|(k, v)| format!("{}: {}", python_repr_of_text(k), python_repr(v)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn python_repr_of_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn settings(block: Json) -> Result<Settings, String> {
        Settings::from_json(block.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn there_are_25_in_a_fixed_order() {
        let names: Vec<_> = Settings::default().to_json().keys().cloned().collect();
        assert_eq!(names.len(), 25);
        assert_eq!((names[0].as_str(), names[24].as_str()), ("default_page_size", "max_upload_mb"));
    }

    #[test]
    fn values_replace_defaults_and_null_does_not() {
        let settings =
            settings(json!({"default_page_size": 7, "allow_facet": false, "max_csv_mb": null})).unwrap();
        assert_eq!((settings.default_page_size, settings.allow_facet, settings.max_csv_mb), (7, false, 100));
    }

    #[test]
    fn unknown_names_come_with_the_nearest_known_one() {
        assert_eq!(
            settings(json!({"default_pagesize": 1})).unwrap_err(),
            "Invalid setting 'default_pagesize' in config file; did you mean 'default_page_size'?"
        );
        assert_eq!(
            settings(json!({"nope": null})).unwrap_err(),
            "Invalid setting 'nope' in config file; datasette --help-settings lists the settings"
        );
    }

    #[test]
    fn types_are_exact() {
        assert_eq!(
            settings(json!({"allow_facet": "off"})).unwrap_err(),
            "Setting 'allow_facet' in config file has incorrect type. Expected bool, got str. Value: 'off'. \
             Hint: In YAML/JSON config files, remove quotes from boolean and integer values."
        );
        for (name, value, expected) in [
            ("allow_facet", json!(1), "Expected bool, got int. Value: 1."),
            ("default_page_size", json!(true), "Expected int, got bool. Value: True."),
            ("default_page_size", json!(1.0), "Expected int, got float. Value: 1.0."),
            ("base_url", json!(5), "Expected str, got int. Value: 5."),
            ("base_url", json!({"it's": [null]}), "got dict. Value: {\"it's\": [None]}."),
        ] {
            let error = settings(json!({name: value})).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn counts_are_not_negative() {
        let error = settings(json!({"num_sql_threads": -1})).unwrap_err();
        assert_eq!(error, "Setting 'num_sql_threads' in config file has to be 0 or more. Value: -1");
    }

    #[test]
    fn base_url_needs_its_slashes() {
        assert!(settings(json!({"base_url": "/deep/er/"})).is_ok());
        assert!(settings(json!({"base_url": "/pre"})).unwrap_err().ends_with("did you mean \"/pre/\"?"));
    }

    #[test]
    fn help_names_every_setting_and_fits_a_terminal() {
        let help = Settings::help();
        assert!(Settings::names().all(|name| help.contains(&format!("\n  {name} "))), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 78), "{help}");
        assert!(help.contains("(default=2097152)"), "{help}");
    }
}
