//! Every plugin of `plugins-dir`: packed, put into an index, served by a web server, installed by its name, used,
//! upgraded, rolled back, removed.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Setup, library, workspace};

/// The crates of `plugins-dir` whose libraries were built: the name of the library's file without its ending.
fn plugins() -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(workspace().join("plugins-dir")).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let named =
            |table: &str| manifest.get(table).and_then(|it| it.get("name")).and_then(|it| it.as_str());
        let name = named("lib").or_else(|| named("package")).unwrap().to_owned();
        found.push((folder, library::bytes(&name)));
    }
    found
}

#[test]
fn every_plugin_of_the_workspace_makes_the_round_trip() {
    let setup = Setup::new();
    let run = |words: &[&str]| {
        let done = setup.run_command(words);
        assert_eq!(done.code, Some(0), "{words:?}: {done:?}");
        done.out
    };
    let public = run(&["plugins", "key", "new", "index.key"]).lines().last().unwrap().to_owned();
    let plugins = plugins();
    assert!(!plugins.is_empty());
    let mut names = Vec::new();
    for (number, (folder, bytes)) in plugins.iter().enumerate() {
        let file = format!("built/{number}/libplugin.so");
        setup.write(&file, bytes);
        let readme = folder.join("README.md").display().to_string();
        let license = workspace().join("LICENSE").display().to_string();
        let mut words = vec!["plugins", "pack", &file, "--out", "shop", "--add", &license, "--json"];
        if folder.join("README.md").is_file() {
            words.extend(["--add", &readme]);
        }
        let packed: Value = serde_json::from_str(&run(&words)).unwrap();
        names.push((
            packed["name"].as_str().unwrap().to_owned(),
            packed["version"].as_str().unwrap().to_owned(),
        ));
    }
    run(&["plugins", "index", "build", "shop", "--key", "index.key"]);

    // Any web server will do: this one is our own.
    let shop = setup.path("shop").display().to_string();
    let mount = format!("plugins:{shop}");
    let web = Setup::new().args(&["--memory", "--static", &mount]).start();
    let index = format!("http://127.0.0.1:{}/plugins/", web.port);

    let mut words: Vec<&str> = vec!["install", "--index", &index, "--index-key", &public, "--require-signed"];
    words.extend(names.iter().map(|(name, _)| name.as_str()));
    let said = run(&words);
    assert_eq!(said.lines().count(), names.len(), "{said}");
    let listed: Value = serde_json::from_str(&run(&["plugins"])).unwrap();
    for plugin in listed.as_array().unwrap() {
        assert_eq!(plugin["skipped"], Value::Null, "{plugin}");
    }
    assert!(listed.as_array().unwrap().len() >= names.len(), "{listed}");
    // They are all there at once, and the site stands.
    let site = setup.run(&["--memory", "--get", "/-/plugins.json"]);
    assert_eq!(site.code, Some(0), "{site:?}");

    // The next version of each, with another number and the same code.
    for (number, (_, bytes)) in plugins.iter().enumerate() {
        let (_, version) = &names[number];
        let next = library::with_manifest(
            bytes.clone(),
            &format!("\"version\":\"{version}\""),
            &format!("\"version\":\"{}\"", next(version)),
        );
        let file = format!("built/{number}/libplugin.so");
        setup.write(&file, &next);
        run(&["plugins", "pack", &file, "--out", "shop"]);
    }
    run(&["plugins", "index", "build", "shop", "--key", "index.key"]);
    let outdated: Value = serde_json::from_str(&run(&["plugins", "--outdated", "--json"])).unwrap();
    assert_eq!(outdated.as_array().unwrap().len(), names.len(), "{outdated}");
    run(&["install", "--upgrade"]);
    assert_eq!(run(&["plugins", "--outdated", "--json"]).trim(), "[]");
    for (name, version) in &names {
        let back = run(&["plugins", "rollback", name]);
        assert_eq!(back, format!("{name} is {version} again, instead of {}\n", next(version)));
    }
    run(&["plugins", "verify"]);
    run(&["plugins", "--check"]);
    let mut words = vec!["uninstall", "-y"];
    words.extend(names.iter().map(|(name, _)| name.as_str()));
    run(&words);
    assert_eq!(run(&["plugins"]).trim(), "[]");
}

/// As long as the version before it: `0.1.0` becomes `9.1.0`.
fn next(version: &str) -> String {
    let rest = version.split_once('.').map(|(_, rest)| rest).unwrap();
    assert_eq!(rest.len() + 2, version.len(), "the first number has one digit");
    format!("9.{rest}")
}
