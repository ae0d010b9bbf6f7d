//! `docs/install.md`, done as it stands there: the commands of its sessions are run, and what they print is compared.

use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;

use crate::support::shop::hello;
use crate::support::{Connection, Setup, Site, library, workspace};

/// A command, and the lines that it should print.
struct Step {
    command: String,
    expected: Vec<String>,
}

/// The sessions of a page under a heading, in their order.
fn steps(text: &str, heading: &str) -> Vec<Step> {
    let section = text.split(&format!("\n## {heading}\n")).nth(1).expect("the page has that heading");
    let section = section.split("\n## ").next().unwrap();
    let mut steps: Vec<Step> = Vec::new();
    for block in section.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), expected: Vec::new() }),
                (None, Some(step)) => step.expected.push(line.to_owned()),
                (None, None) => panic!("{line} comes before any command"),
            }
        }
    }
    steps
}

/// What is another each time: hashes, keys, times, ports, machines.
fn alike(text: &str) -> String {
    let rules = [
        ("[0-9a-f]{64}", "HASH"),
        ("RW[A-Za-z0-9+/=]{54}", "KEY"),
        (r"\b[0-9A-F]{16}\b", "ID"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"127\.0\.0\.1:\d+", "HERE"),
        (r"abi1-[a-z0-9_-]+\.tar\.gz", "abi1-TARGET.tar.gz"),
    ];
    rules.iter().fold(text.trim_end().to_owned(), |text, (pattern, word)| {
        Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned()
    })
}

/// The shell of the person who follows the page.
struct Shell {
    setup: Setup,
    site: Option<Site>,
}

impl Shell {
    fn run(&mut self, command: &str) -> String {
        if let Some(words) = command.strip_suffix(" &") {
            return self.serve(words);
        }
        if let Some(url) = command.strip_prefix("curl -s ") {
            return self.fetch(url.trim_matches('\''));
        }
        if command == "kill %1" {
            self.site = None;
            return String::new();
        }
        let program = Path::new(env!("CARGO_BIN_EXE_datasette")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let home = self.setup.path("");
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(&home).env("PATH", path);
        for variable in ["HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DATASETTE_PLUGINS_DIR"] {
            shell.env(variable, home.join(variable));
        }
        let done = shell.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{command}: {said}");
        said
    }

    /// On a port that is free.
    fn serve(&mut self, words: &str) -> String {
        assert_eq!(words, "datasette --memory -p 8001");
        let place = self.setup.path("DATASETTE_PLUGINS_DIR");
        let site = Setup::new().env("DATASETTE_PLUGINS_DIR", place).args(&["--memory"]).start();
        let said = site.log();
        self.site = Some(site);
        said
    }

    fn fetch(&self, url: &str) -> String {
        let target = url.strip_prefix("http://127.0.0.1:8001").expect("it is the server of the page");
        let site = self.site.as_ref().expect("a server runs");
        Connection::open(site.port).request("GET", target, "connection: close\r\n", b"").text()
    }
}

#[test]
#[cfg(unix)]
fn the_page_about_installing_shows_what_happens() {
    let text = std::fs::read_to_string(workspace().join("docs/install.md")).unwrap();
    let setup = Setup::new();
    setup.write("old/libhello.so", &library::bytes("hello"));
    setup.write("new/libhello.so", &hello("0.2.0", "Howdy"));
    let mut shell = Shell { setup, site: None };
    let (made, used) = (steps(&text, "An index of your own"), steps(&text, "A session"));
    assert!(made.len() >= 3 && used.len() >= 15, "{} and {} commands", made.len(), used.len());
    for step in made.into_iter().chain(used) {
        let said = shell.run(&step.command);
        assert_eq!(alike(&said), alike(&step.expected.join("\n")), "{}", step.command);
    }
}
