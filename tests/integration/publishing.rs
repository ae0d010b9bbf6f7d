//! `datasette package` and `datasette publish`: what is built, and which programs are called how. These are scripts that write
//! down what they were told, and keep the folder that they were to build.

#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Finished, Setup, library};

/// Writes down its words, and keeps a copy of the folder if it is to build it.
const SCRIPT: &str = r#"#!/bin/sh
PATH=/usr/bin:/bin
{ printf '%s' "$(basename "$0")"; for word in "$@"; do printf '|%s' "$word"; done; echo; } >> "$RECORD"
case "$*" in
  build*) cp -R . "$RECORD.folder"; exit "${FAIL:-0}" ;;
  "config get-value project") echo my-project ;;
  *"repositories describe"*) exit 1 ;;
  "run services list"*) echo '[{"metadata": {"name": "old"}, "status": {"url": "https://old.example"}}]' ;;
  plugins) echo "${HEROKU_PLUGINS-heroku-builds 0.0.29}" ;;
  "apps:list --json") echo '[{"name": "mine"}]' ;;
  apps:create*) echo '{"name": "new-app"}' ;;
esac
"#;

/// The library as `a.db`, metadata, folders, and the programs on the `PATH`.
fn setup(programs: &[&str]) -> Setup {
    let setup = Setup::new();
    crate::support::database(&setup.write("a.db", b""), "library");
    setup.write("metadata.yaml", b"title: From the file\nlicense: CC0\nplugins: {hello: {a: 1}}\n");
    setup.write("my-templates/_footer.html", b"<p>Mine</p>");
    setup.write("my-static/a.css", b"a {}");
    std::fs::create_dir_all(setup.path("bin")).unwrap();
    for program in programs {
        let path = setup.write(&format!("bin/{program}"), SCRIPT.as_bytes());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (bin, record) = (setup.path("bin"), setup.path("record"));
    setup.env("PATH", bin).env("RECORD", record)
}

/// Programs and their words, `|` between them.
fn calls(setup: &Setup) -> Vec<String> {
    let text = std::fs::read_to_string(setup.path("record")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn built(setup: &Setup, file: &str) -> String {
    let path = setup.path("record.folder").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[track_caller]
fn succeeded(finished: &Finished) {
    assert_eq!(finished.code, Some(0), "{finished:?}");
}

/// Runs the program that was published, where it was put, with nothing of this machine's.
#[track_caller]
fn published(folder: &Path, words: &[&str]) -> String {
    let mut command = Command::new(folder.join("bin/datasette"));
    command.args(words).current_dir(folder).env_clear();
    command.env("HOME", folder.join("home")).env("DATASETTE_PLUGINS_DIR", folder.join("installed-plugins"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{words:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn an_image_has_the_databases_and_this_very_server() {
    let setup = setup(&["docker"]);
    setup.write("hello.so", &library::bytes("hello"));
    let packaged = setup.run(&[
        "package",
        "a.db",
        "-t",
        "mine:1",
        "-m",
        "metadata.yaml",
        "--title",
        "T",
        "--secret",
        "s3",
        "--template-dir",
        "my-templates",
        "--static",
        "s:my-static",
        "--install",
        "hello.so",
        "--version-note",
        "a note",
        "--spatialite",
        "--extra-options",
        "--setting default_page_size 2",
        "--port",
        "9000",
    ]);
    succeeded(&packaged);
    assert_eq!(calls(&setup), ["docker|build|-t|mine:1|."]);
    let arch = std::env::consts::ARCH;
    let expected = format!(
        r#"FROM debian:trixie-slim
COPY . /app
WORKDIR /app

RUN apt-get update && \
    apt-get install -y libsqlite3-mod-spatialite && \
    rm -rf /var/lib/apt/lists/*

ENV PATH="/app/bin:$PATH"
ENV DATASETTE_SECRET 's3'
ENV DATASETTE_LOAD_EXTENSION '/usr/lib/{arch}-linux-gnu/mod_spatialite.so'
ENV DATASETTE_PLUGINS_DIR '/app/installed-plugins'
RUN datasette inspect a.db --inspect-file inspect-data.json
ENV PORT 9000
EXPOSE 9000
CMD datasette serve --host 0.0.0.0 -i a.db --cors --inspect-file inspect-data.json --metadata metadata.json --template-dir templates/ --version-note 'a note' --static s:s --setting default_page_size 2 --port $PORT"#
    );
    assert_eq!(built(&setup, "Dockerfile"), expected);
    let metadata: Value = serde_json::from_str(&built(&setup, "metadata.json")).unwrap();
    assert_eq!(metadata, json!({"title": "T", "license": "CC0", "plugins": {"hello": {"a": 1}}}));
    assert_eq!(
        (built(&setup, "templates/_footer.html"), built(&setup, "s/a.css")),
        ("<p>Mine</p>".into(), "a {}".into())
    );

    // It works there, and what it needs is with it.
    let folder = setup.path("record.folder");
    published(&folder, &["inspect", "a.db", "--inspect-file", "inspect-data.json"]);
    let line = "serve -i a.db --inspect-file inspect-data.json --metadata metadata.json --template-dir templates/ --static s:s";
    let serve = |target: &str| {
        published(&folder, &[&line.split(' ').collect::<Vec<_>>()[..], &["--get", target]].concat())
    };
    assert!(serve("/a/books").contains("<p>Mine</p>"));
    assert!(serve("/-/hello").contains("Hello, world!"));
    assert_eq!(serve("/s/a.css").trim_end(), "a {}");
    // What was published is not changed by it.
    assert_eq!(std::fs::read(setup.path("a.db")).unwrap(), std::fs::read(folder.join("a.db")).unwrap());
}

#[test]
fn a_package_needs_docker_files_and_sense() {
    let none = setup(&[]).run(&["package", "a.db"]);
    assert_eq!(none.code, Some(1));
    assert!(
        none.err.contains("The package command requires \"docker\" to be installed and configured"),
        "{none:?}"
    );
    let setup = setup(&["docker"]);
    setup.write("b/a.db", b"");
    setup.run(&["package"]).assert_refused(2, &["Usage: datasette package", "Missing argument 'FILES'"]);
    setup.run(&["package", "nope.db"]).assert_refused(2, &["Path 'nope.db' does not exist."]);
    setup.run(&["package", "a.db", "-p", "0"]).assert_refused(2, &["0 is not in the range 1<=x<=65535."]);
    setup.run(&["package", "a.db", "--branch", "main"]).assert_refused(2, &["--branch", "this program"]);
    setup
        .run(&["package", "a.db", "--install", "https://x.example/y.zip"])
        .assert_refused(2, &["--install", "installed here"]);
    setup
        .run(&["package", "a.db", "--install", "metadata.yaml"])
        .assert_refused(2, &["metadata.yaml is no library"]);
    setup.run(&["package", "a.db", "b/a.db"]).assert_refused(1, &["would be called a.db"]);
    assert!(calls(&setup).is_empty(), "{:?}", calls(&setup));
    let failing = setup.env("FAIL", "3");
    failing.run(&["package", "a.db"]).assert_refused(1, &["docker build", "exit status: 3"]);
}

#[test]
fn secrets_come_from_the_environment_or_are_made() {
    let setup = setup(&["docker"]).env("DATASETTE_PUBLISH_SECRET", "from-the-environment");
    succeeded(&setup.run(&["package", "a.db"]));
    assert!(built(&setup, "Dockerfile").contains("ENV DATASETTE_SECRET 'from-the-environment'"));
    setup.run(&["package", "a.db", "--secret", "it's"]).assert_refused(2, &["single quotes"]);
}

#[test]
fn plugins_are_published_by_the_names_they_are_installed_under() {
    let setup = setup(&["docker"]);
    setup.write("installed/libhello.so", &library::bytes("hello"));
    let installed = setup.path("installed");
    let setup = setup.env("DATASETTE_PLUGINS_DIR", installed);
    succeeded(&setup.run(&["package", "a.db", "--install", "hello"]));
    assert!(setup.path("record.folder/installed-plugins/hello/libhello.so").is_file());
    assert!(published(&setup.path("record.folder"), &["-i", "a.db", "--get", "/-/hello"]).contains("Hello"));
}

#[test]
fn cloud_run_is_told_what_to_build_and_deploy() {
    let setup = setup(&["gcloud"]);
    let done = setup.run(&[
        "publish",
        "cloudrun",
        "a.db",
        "--service",
        "svc",
        "--secret",
        "s",
        "--plugin-secret",
        "hello",
        "api-key",
        "x y",
        "--apt-get-install",
        "ffmpeg",
        "--memory",
        "1Gi",
        "--cpu",
        "2",
        "--timeout",
        "30",
        "--min-instances",
        "1",
        "--show-files",
    ]);
    succeeded(&done);
    assert_eq!(
        calls(&setup),
        [
            "gcloud|config|get-value|project",
            "gcloud|services|enable|artifactregistry.googleapis.com|--project|my-project|--quiet",
            "gcloud|artifacts|repositories|describe|datasette|--project|my-project|--location|us|--quiet",
            "gcloud|artifacts|repositories|create|datasette|--repository-format=docker|--location|us|--project|my-project|--description|Datasette Cloud Run images|--quiet",
            "gcloud|builds|submit|--tag|us-docker.pkg.dev/my-project/datasette/datasette-svc|--timeout|30",
            "gcloud|run|deploy|--allow-unauthenticated|--platform=managed|--image|us-docker.pkg.dev/my-project/datasette/datasette-svc|svc|--memory|1Gi|--cpu|2|--max-instances|1|--min-instances|1",
        ]
    );
    let recipe = built(&setup, "Dockerfile");
    for line in [
        "apt-get install -y ffmpeg &&",
        "ENV HELLO_API_KEY 'x y'",
        "ENV DATASETTE_SECRET 's'",
        "--metadata metadata.json --setting force_https_urls on --port $PORT",
    ] {
        assert!(recipe.contains(line), "{line:?} is not in {recipe}");
    }
    for line in [
        "=== metadata.json ===",
        "==== Dockerfile ====",
        "\"$env\": \"HELLO_API_KEY\"",
        "Created Artifact Registry repository 'datasette'",
    ] {
        assert!(done.out.contains(line), "{line:?} is not in {}", done.out);
    }
}

#[test]
fn cloud_run_takes_its_options_from_the_words() {
    let setup = setup(&["gcloud"]);
    let words = "publish cloudrun a.db --service s1 --artifact-project p --artifact-region eu --artifact-repository r --max-instances 0 --name nn";
    let words: Vec<&str> = words.split(' ').collect();
    succeeded(&setup.run(&[&words[..], &["--extra-options", "--setting force_https_urls off"]].concat()));
    let calls = calls(&setup);
    assert!(calls.iter().any(|call| call.contains("|--tag|eu-docker.pkg.dev/p/r/datasette-s1")), "{calls:?}");
    assert!(calls.last().unwrap().ends_with("|s1|--max-instances|0"), "{calls:?}");
    let recipe = built(&setup, "Dockerfile");
    assert!(recipe.contains("force_https_urls off") && !recipe.contains("force_https_urls on"), "{recipe}");
    // Nobody answers the question for a service.
    let asked = setup.run(&["publish", "cloudrun", "a.db"]);
    assert_eq!(asked.code, Some(1));
    assert!(
        asked.out.contains("old https://old.example") && asked.out.contains("Service name:"),
        "{asked:?}"
    );
    assert!(asked.err.contains("Aborted!"), "{asked:?}");
    let memory = "--memory should be a number then Gi/G/Mi/M e.g 1Gi";
    setup.run(&["publish", "cloudrun", "a.db", "--memory", "5"]).assert_refused(2, &[memory]);
    setup
        .run(&["publish", "cloudrun", "a.db", "--cpu", "3"])
        .assert_refused(2, &["'3' is not one of '1', '2', '4'."]);
    let quotes = "--plugin-secret cannot contain single quotes";
    setup
        .run(&["publish", "cloudrun", "a.db", "--plugin-secret", "a", "b", "c'd"])
        .assert_refused(2, &[quotes]);
}

#[test]
fn heroku_gets_an_application_that_runs() {
    let setup = setup(&["heroku"]);
    succeeded(&setup.run(&[
        "publish",
        "heroku",
        "a.db",
        "-n",
        "mine",
        "-m",
        "metadata.yaml",
        "--plugin-secret",
        "p",
        "client_id",
        "xy",
        "--tar",
        "/usr/bin/tar",
        "--static",
        "s:my-static",
    ]));
    assert_eq!(
        calls(&setup),
        [
            "heroku|plugins",
            "heroku|apps:list|--json",
            "heroku|buildpacks:set|heroku-community/inline|-a|mine",
            "heroku|config:set|-a|mine|P_CLIENT_ID=xy",
            "heroku|builds:create|-a|mine|--include-vcs-ignore|--tar|/usr/bin/tar",
        ]
    );
    assert_eq!(
        built(&setup, "Procfile"),
        "web: bin/datasette serve --host 0.0.0.0 -i a.db --cors --inspect-file inspect-data.json --metadata metadata.json \
         --static s:s --port $PORT\n"
    );
    let folder = setup.path("record.folder");
    let compiled = Command::new(folder.join("bin/compile")).arg(&folder).output().unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    assert!(built(&setup, "inspect-data.json").contains("\"books\""));
    let metadata: Value = serde_json::from_str(&built(&setup, "metadata.json")).unwrap();
    assert_eq!(metadata["plugins"]["p"], json!({"client_id": {"$env": "P_CLIENT_ID"}}));
    assert!(published(&folder, &["-i", "a.db", "--get", "/a.json"]).contains("\"books\""));
}

#[test]
fn a_new_application_has_a_secret() {
    let setup = setup(&["heroku"]);
    succeeded(&setup.run(&["publish", "heroku", "a.db", "-n", "fresh", "--secret", "s"]));
    let calls = calls(&setup);
    assert!(
        calls.contains(&"heroku|apps:create|fresh|--json|--buildpack|heroku-community/inline".to_owned()),
        "{calls:?}"
    );
    assert!(calls.contains(&"heroku|config:set|-a|new-app|DATASETTE_SECRET=s".to_owned()), "{calls:?}");
}

#[test]
fn an_application_can_be_looked_at_first() {
    let setup = setup(&["heroku"]);
    let generated = setup.run(&["publish", "heroku", "a.db", "--generate-dir", "out"]);
    succeeded(&generated);
    assert!(
        generated.out.contains("Generated files written to out, stopping without deploying"),
        "{generated:?}"
    );
    for file in ["Procfile", "bin/datasette", "bin/compile", "bin/detect", "bin/release", "a.db"] {
        assert!(setup.path("out").join(file).is_file(), "{file}");
    }
    assert!(calls(&setup).is_empty());
    setup
        .run(&["publish", "heroku", "a.db", "--generate-dir", "out"])
        .assert_refused(1, &["Directory already exists"]);
}

#[test]
fn targets_need_their_programs() {
    let setup = setup(&[]);
    for (target, words) in [
        (
            "heroku",
            ["Publishing to Heroku requires heroku to be installed and configured", "https://cli.heroku.com"],
        ),
        (
            "cloudrun",
            [
                "Publishing to Google Cloud requires gcloud to be installed and configured",
                "https://cloud.google.com/sdk/",
            ],
        ),
    ] {
        let refused = setup.run(&["publish", target, "a.db"]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(words.into_iter().all(|word| refused.err.contains(word)), "{refused:?}");
    }
    let without = self::setup(&["heroku"]).env("HEROKU_PLUGINS", PathBuf::from("other 1.0"));
    let refused = without.run(&["publish", "heroku", "a.db"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.out.contains("requires the heroku-builds plugin")
            && refused.err.contains("Nothing was published"),
        "{refused:?}"
    );
    assert_eq!(calls(&without), ["heroku|plugins"]);
}

#[test]
fn help_has_every_option_of_datasette() {
    let setup = Setup::new();
    let common = "-m, --metadata|--extra-options|--branch|--template-dir|--plugins-dir|--static|--install|--version-note|--secret|\
         --title|--license |--license_url|--source |--source_url|--about |--about_url|--help";
    let of = |words: &[&str], own: &str| {
        let help = setup.run(words).out;
        for option in common.split('|').chain(own.split('|')) {
            assert!(help.contains(option), "{option:?} is not in {help}");
        }
    };
    of(&["package", "--help"], "-t, --tag|--spatialite|-p, --port");
    of(
        &["publish", "heroku", "--help"],
        "-n, --name|--tar|--generate-dir|--plugin-secret <NAME> <SETTING> <VALUE>",
    );
    of(
        &["publish", "cloudrun", "--help"],
        "-n, --name|--service|--spatialite|--show-files|--memory|--cpu|--timeout|--apt-get-install|--max-instances|\
         --min-instances|--artifact-repository|--artifact-region|--artifact-project|--plugin-secret",
    );
    let list = setup.run(&["publish", "--help"]).out;
    assert!(list.contains("cloudrun") && list.contains("heroku"), "{list}");
    assert!(setup.run(&["--help"]).out.contains("  package "));
}
