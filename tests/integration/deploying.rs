//! The files for machines that serve: they say what the program understands.

use std::collections::BTreeMap;

use crate::support::{Setup, workspace};

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions of a Dockerfile, with lines that go on put together.
fn instructions(text: &str) -> Vec<(String, String)> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &str| {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        (word.to_owned(), rest.trim().to_owned())
    };
    lines.map(split).collect()
}

#[test]
fn the_image_is_on_glibc_and_runs_as_nobody_in_particular() {
    const KNOWN: &[&str] = &[
        "FROM",
        "ARG",
        "COPY",
        "RUN",
        "ENV",
        "USER",
        "WORKDIR",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ];
    let steps = instructions(&read("server/packaging/Dockerfile"));
    let unknown: Vec<_> = steps.iter().filter(|(word, _)| !KNOWN.contains(&word.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert_eq!(steps.first().map(|(word, _)| word.as_str()), Some("FROM"));
    let bases: Vec<&str> =
        steps.iter().filter(|(word, _)| word == "FROM").map(|(_, rest)| rest.as_str()).collect();
    assert!(bases.iter().all(|base| base.contains("debian:") && !base.contains("latest")), "{bases:?}");
    let place = |word: &str| {
        steps.iter().rposition(|(known, _)| known == word).unwrap_or_else(|| panic!("no {word}"))
    };
    let value = |word: &str| steps[place(word)].1.as_str();
    let user: u32 = value("USER").parse().expect("a number needs no list of users");
    assert!(user > 999, "{user}");
    assert!(place("USER") > steps.iter().rposition(|(word, _)| word == "RUN").unwrap());
    // In the form that is no line for a shell: signals reach the program.
    for word in ["ENTRYPOINT", "CMD"] {
        let words: Vec<String> =
            serde_json::from_str(value(word)).unwrap_or_else(|error| panic!("{word}: {error}"));
        assert!(!words.is_empty());
    }
    let health = value("HEALTHCHECK").split_once("CMD").expect("it runs something").1;
    let health: Vec<String> = serde_json::from_str(health.trim()).expect("it is a list of words");
    assert!(health.last().unwrap().contains("/-/versions.json"), "{health:?}");

    // The words are those of the program.
    let words: Vec<String> = serde_json::from_str(value("CMD")).unwrap();
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    let folder = Setup::new();
    let data = folder.path("data");
    std::fs::create_dir(&data).unwrap();
    let data = data.display().to_string();
    words[0] = &data;
    words.extend(["--get", "/-/versions.json"]);
    assert_eq!(folder.run(&words).code, Some(0));
}

#[test]
fn the_unit_for_systemd_starts_the_program_and_shuts_it_in() {
    let text = read("server/packaging/datasette.service");
    let mut section = String::new();
    let mut keys: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.to_owned();
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line} says nothing"));
        keys.entry((section.clone(), key.to_owned())).or_default().push(value.to_owned());
    }
    let service = |key: &str| {
        let values = keys.get(&("Service".to_owned(), key.to_owned()));
        values.unwrap_or_else(|| panic!("no {key}")).join(" ")
    };
    for key in [
        "NoNewPrivileges",
        "DynamicUser",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "MemoryDenyWriteExecute",
    ] {
        assert_eq!(service(key), "yes", "{key}");
    }
    assert_eq!(
        (service("ProtectSystem"), service("CapabilityBoundingSet")),
        ("strict".into(), String::new())
    );
    assert_eq!(keys[&("Install".to_owned(), "WantedBy".to_owned())], ["multi-user.target"]);
    let start = service("ExecStart");
    let mut words: Vec<&str> = start.split(' ').collect();
    assert_eq!(words.remove(0), "/usr/local/bin/datasette");
    let setup = Setup::new();
    std::fs::create_dir(setup.path("site")).unwrap();
    let site = setup.path("site").display().to_string();
    words[0] = &site;
    words.extend(["--get", "/-/versions.json"]);
    assert_eq!(setup.run(&words).code, Some(0), "{words:?}");
}

#[test]
fn binstall_looks_for_the_archive_that_is_made() {
    let manifest: toml::Table = toml::from_str(&read("server/Cargo.toml")).unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let dist = read("server/xtask/src/dist.rs");
    assert!(dist.contains("datasette-{}-{target}") && dist.contains("{name}.tar.gz"));
    let url = binstall["pkg-url"].as_str().unwrap();
    assert!(url.ends_with("/datasette-{ version }-{ target }.tar.gz"), "{url}");
    assert_eq!(
        binstall["bin-dir"].as_str().unwrap(),
        "datasette-{ version }-{ target }/bin/{ bin }{ binary-ext }"
    );
}
