//! The documents know what the code knows.

use std::collections::BTreeSet;

use regex::Regex;

use crate::support::{Setup, workspace};

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_hook_is_documented() {
    let text = read("docs/plugin-hooks.md");
    for hook in datasette_plugin_api::server::HOOK_NAMES {
        assert!(
            text.lines().any(|line| line == format!("## {hook}")),
            "docs/plugin-hooks.md has no section {hook}"
        );
    }
}

#[test]
fn every_setting_is_documented() {
    let text = read("docs/settings.md");
    let help = Setup::new().run(&["--help-settings"]).out;
    let name = Regex::new(r"(?m)^\s*([a-z_]+)\b").unwrap();
    let settings = Setup::new().run(&["--get", "/-/settings.json"]).out;
    let settings: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&settings).unwrap();
    assert!(settings.len() > 20, "{settings:?}");
    let in_help: BTreeSet<&str> =
        name.captures_iter(&help).map(|found| found.get(1).unwrap().as_str()).collect();
    for setting in settings.keys().filter(|key| *key != "ok") {
        assert!(text.contains(setting), "docs/settings.md does not know {setting}");
        assert!(in_help.contains(setting.as_str()), "--help-settings does not know {setting}");
    }
}

/// Fields of the contexts that templates get: `pub(crate) name: Type` in `render/contexts`.
fn fields() -> BTreeSet<(String, String)> {
    let field = Regex::new(r"^\s+pub\(crate\) (\w+): ").unwrap();
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(workspace().join("server/src/render/contexts")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut renamed: Option<String> = None;
        let mut hidden = false;
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            if line.trim_start().starts_with("#[serde(") {
                hidden = line.contains("skip)") || line.contains("flatten");
                renamed = line
                    .split("rename = \"")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next())
                    .map(str::to_owned);
            } else if let Some(name) = field.captures(line) {
                let name = renamed.take().unwrap_or_else(|| name[1].to_owned());
                if !std::mem::take(&mut hidden) {
                    found.insert((file.clone(), name));
                }
            }
        }
    }
    found
}

#[test]
fn every_field_of_a_template_is_documented() {
    let fields = fields();
    assert!(fields.len() > 50, "{fields:?}");
    let text = read("docs/templates.md");
    let missing: Vec<_> = fields.iter().filter(|(_, name)| !text.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/templates.md does not know {missing:?}");
}

#[test]
fn every_command_and_option_is_documented() {
    let text = read("docs/cli.md");
    let help = Setup::new().run(&["serve", "--help"]).out;
    let option = Regex::new(r"--[a-z][a-z-]+").unwrap();
    let options: BTreeSet<&str> = option.find_iter(&help).map(|found| found.as_str()).collect();
    assert!(options.len() > 25, "{options:?}");
    let missing: Vec<_> = options.into_iter().filter(|option| !text.contains(option)).collect();
    assert!(missing.is_empty(), "docs/cli.md does not know {missing:?}");
}
