//! `datasette publish heroku`: databases and this server on Heroku.
//!
//! Heroku knows no language in what is sent; it runs the scripts in `bin` by its inline buildpack.
//!
//! Hooks: `publish_subcommand`. Configuration: none.

use std::path::{Path, PathBuf};

use datasette_plugin_api::*;
use datasette_plugin_publishing::{BuildFolder, Program, Publication, ask, common_args};

struct Heroku {
    host: Host,
}

#[hookimpl]
impl Plugin for Heroku {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn publish_subcommand(&self) -> Result<Vec<PublishTarget>> {
        let host = self.host.clone();
        let about = "Publish databases to Datasette running on Heroku";
        Ok(vec![PublishTarget::with_args("heroku", about, args(), move |given| publish(&host, given))])
    }
}

export_plugin!(Heroku, name = "datasette.publish.heroku");

const BUILDPACK: &str = "heroku-community/inline";

fn args() -> Vec<CommandArg> {
    let option = CommandArg::option;
    let mut args = common_args();
    args.extend([
        option("--name", "Name of the application").short('n').default("datasette"),
        option("--tar", "Program that heroku packs with, such as /usr/local/bin/gtar"),
        option("--generate-dir", "Write the application's files into this new folder, and stop")
            .value_names(&["DIRECTORY"]),
    ]);
    args
}

fn publish(host: &Host, given: &CommandLine) -> Result<i32> {
    let publication = Publication::read(given, true)?;
    let Some(heroku) = Program::needed("heroku", "Heroku", "https://cli.heroku.com") else { return Ok(1) };
    if cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
        return Err("Heroku runs programs for Linux on x86_64, and this datasette is none; publish from such a machine".into());
    }
    if let Some(path) = given.value("--generate-dir") {
        let folder = BuildFolder::make_at(host, &publication, &PathBuf::from(path))?;
        application(&folder, &publication)?;
        println!("Generated files written to {path}, stopping without deploying");
        return Ok(0);
    }
    if !has_builds(&heroku)? {
        return Ok(1);
    }
    let folder = BuildFolder::make(host, &publication, "datasette")?;
    application(&folder, &publication)?;

    let here = Path::new(".");
    let name = given.value("--name").unwrap_or("datasette");
    let (app, is_new) = app(&heroku, name)?;
    let mut variables: Vec<String> =
        publication.plugin_secrets.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if is_new || publication.secret.is_some() {
        // Heroku starts the server anew each day, and who is signed in should stay so.
        variables.push(format!("DATASETTE_SECRET={}", publication.secret_or_random()));
    }
    for variable in &variables {
        heroku.output(here, &["config:set", "-a", &app, variable])?;
    }
    let mut words = vec!["builds:create", "-a", &app, "--include-vcs-ignore"];
    if let Some(tar) = given.value("--tar") {
        words.extend(["--tar", tar]);
    }
    heroku.run(folder.path(), &words)?;
    Ok(0)
}

/// What Heroku runs, beside what a server needs.
fn application(folder: &BuildFolder, publication: &Publication) -> Result<()> {
    let plugins =
        if publication.install.is_empty() { "" } else { "DATASETTE_PLUGINS_DIR=installed-plugins " };
    let line = publication.serve_line()?;
    folder.write("Procfile", &format!("web: {plugins}bin/datasette {line} --port $PORT\n"))?;
    folder.write_program("bin/detect", "#!/bin/sh\necho Datasette\n")?;
    let inspect = publication.inspect_line()?;
    folder
        .write_program("bin/compile", &format!("#!/bin/sh\nset -e\ncd \"$1\"\nbin/datasette {inspect}\n"))?;
    folder.write_program("bin/release", "#!/bin/sh\necho '--- {}'\n")
}

/// Whether heroku can build from a folder. If not, the user may have it learn that.
fn has_builds(heroku: &Program) -> Result<bool> {
    let here = Path::new(".");
    let plugins = heroku.output(here, &["plugins"])?;
    if plugins.lines().any(|line| line.split_whitespace().next() == Some("heroku-builds")) {
        return Ok(true);
    }
    println!("Publishing to Heroku requires the heroku-builds plugin to be installed");
    let answer = ask("Install it now? [y/N]")?;
    if !answer.is_some_and(|answer| matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes")) {
        eprintln!("Nothing was published; heroku plugins:install heroku-builds installs it");
        return Ok(false);
    }
    heroku.run(here, &["plugins:install", "heroku-builds"])?;
    Ok(true)
}

/// The application of that name, and whether it was made just now.
fn app(heroku: &Program, name: &str) -> Result<(String, bool)> {
    let here = Path::new(".");
    let apps: Vec<Json> = serde_json::from_str(&heroku.output(here, &["apps:list", "--json"])?)?;
    if apps.iter().any(|app| app["name"] == *name) {
        heroku.output(here, &["buildpacks:set", BUILDPACK, "-a", name])?;
        return Ok((name.to_owned(), false));
    }
    let made = heroku.output(here, &["apps:create", name, "--json", "--buildpack", BUILDPACK])?;
    let made: Json = serde_json::from_str(&made)?;
    let name = made["name"].as_str().ok_or("heroku did not say how the new application is called")?;
    Ok((name.to_owned(), true))
}
