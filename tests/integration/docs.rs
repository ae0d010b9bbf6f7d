//! The documents know what the code knows.

use std::collections::BTreeSet;

use regex::Regex;

use crate::support::{Setup, workspace};

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a hook is given: fields of the struct that its method gets.
fn arguments(hook: &str) -> Vec<String> {
    let method = Regex::new(&format!(r"fn {hook}\(\s*&self,\s*\w+: &(\w+)<'_>")).unwrap();
    let Some(method) = method.captures(&read("plugin-api/src/plugin.rs")).map(|found| found[1].to_owned())
    else {
        return Vec::new();
    };
    let mut sources = String::new();
    for entry in std::fs::read_dir(workspace().join("plugin-api/src/hooks")).unwrap() {
        sources.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let start = Regex::new(&format!(r"(?m)^ *(pub struct )?{method}(<'a>)? \{{$")).unwrap();
    let body = &sources[start.find(&sources).unwrap_or_else(|| panic!("{method}")).end()..];
    let field = Regex::new(r"(?m)^ +(?:pub )?(\w+): [^\n]*,$").unwrap();
    let body = body.split("\n    }\n").next().unwrap().split("\n}\n").next().unwrap();
    field.captures_iter(body).map(|found| found[1].to_owned()).collect()
}

/// Each hook has a page with what it gets, and with its example as `cargo test` compiles it.
/// `UPDATE_EXPECT=1` writes the examples into the pages.
#[test]
fn every_hook_is_documented() {
    let index = read("docs/plugin-hooks/README.md");
    for hook in datasette_plugin_api::server::Hook::ALL {
        let (name, effect) = (hook.name(), format!("{:?}", hook.effect()));
        let path = format!("docs/plugin-hooks/{name}.md");
        let page = read(&path);
        assert!(page.starts_with(&format!("# {name}\n")), "{path} begins with another name");
        assert!(page.contains(&format!("**{effect}**")), "{path} does not say that it {effect}");
        for section in ["**When**", "**Answers**", "## What it gets", "## Example"] {
            assert!(page.contains(section), "{path} has no {section}");
        }
        for argument in arguments(name) {
            assert!(page.contains(&format!("| `{argument}` |")), "{path} does not know {argument}");
        }
        assert!(index.contains(&format!("| [{name}]({name}.md) |")), "the index has no {name}");
        let code = read(&format!("tests/fixtures/plugins/examples/hooks/{name}.rs"));
        let (before, rest) = page.split_once("```rust\n").unwrap_or_else(|| panic!("{path} has no example"));
        let (shown, after) =
            rest.split_once("```\n").unwrap_or_else(|| panic!("{path} has no end of its example"));
        if shown != code && std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(workspace().join(&path), format!("{before}```rust\n{code}```\n{after}")).unwrap();
        } else {
            assert_eq!(shown, code, "{path} shows another example; UPDATE_EXPECT=1 writes it");
        }
    }
    let pages = std::fs::read_dir(workspace().join("docs/plugin-hooks")).unwrap().count();
    assert_eq!(pages, datasette_plugin_api::server::Hook::ALL.len() + 1, "pages of hooks, and the index");
}

/// Every service of `Host` is in the list of them.
#[test]
fn every_service_is_documented() {
    let text = read("docs/plugin-services.md");
    let name = Regex::new(r"(?m)^    (?:pub )?fn (\w+)").unwrap();
    let mut services = BTreeSet::new();
    for file in ["services", "mod", "tasks"] {
        let source = read(&format!("plugin-api/src/host/{file}.rs"));
        services.extend(name.captures_iter(&source).map(|found| found[1].to_owned()));
    }
    for helper in ["fmt", "call", "call_for", "from_number", "state", "cancel", "is_cancelled", "plugin"] {
        services.remove(helper);
    }
    assert!(services.len() > 80, "{services:?}");
    let missing: Vec<_> = services.iter().filter(|name| !text.contains(&format!("`{name}"))).collect();
    assert!(missing.is_empty(), "docs/plugin-services.md does not know {missing:?}");
}

/// Links between the pages lead somewhere.
#[test]
fn links_between_documents_lead_to_files() {
    let link = Regex::new(r"\]\(([^)#]+\.md)(?:#[^)]*)?\)").unwrap();
    for folder in ["docs", "docs/plugin-hooks"] {
        for entry in std::fs::read_dir(workspace().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                for target in link.captures_iter(&text).map(|found| found[1].to_owned()) {
                    let is_there = target.contains("://") || path.parent().unwrap().join(&target).is_file();
                    assert!(is_there, "{}: {target}", path.display());
                }
            }
        }
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

#[test]
fn every_option_about_installing_is_documented() {
    let text = read("docs/cli.md");
    let option = Regex::new(r"--[a-z][a-z0-9-]+").unwrap();
    let commands: &[&[&str]] = &[
        &["install"],
        &["uninstall"],
        &["plugins"],
        &["plugins", "rollback"],
        &["plugins", "verify"],
        &["plugins", "search"],
        &["plugins", "info"],
        &["plugins", "lock"],
        &["plugins", "pack"],
        &["plugins", "index", "build"],
        &["plugins", "key", "add"],
    ];
    for words in commands {
        let help = Setup::new().run(&[words, &["--help"][..]].concat());
        assert_eq!(help.code, Some(0), "{help:?}");
        let mut options = option.find_iter(&help.out).map(|found| found.as_str());
        assert_eq!(options.find(|option| *option != "--help" && !text.contains(option)), None, "{words:?}");
    }
}
