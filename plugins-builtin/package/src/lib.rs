//! `datasette package`: a Docker image of databases and this server.
//!
//! Hooks: `register_commands`. Configuration: none.

use datasette_plugin_api::*;
use datasette_plugin_publishing::{BuildFolder, Image, Program, Publication, common_args, dockerfile};

struct Package {
    host: Host,
}

#[hookimpl]
impl Plugin for Package {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn register_commands(&self) -> Result<Vec<Command>> {
        let host = self.host.clone();
        let about = "Package SQLite files into a Docker image with a Datasette";
        Ok(vec![Command::with_args("package", about, args(), move |given| package(&host, given))])
    }
}

export_plugin!(Package, name = "datasette.package");

fn args() -> Vec<CommandArg> {
    let mut args: Vec<CommandArg> =
        common_args().into_iter().filter(|arg| arg.name != "--plugin-secret").collect();
    for arg in &mut args {
        // Without a database there is nothing to package.
        arg.required = arg.name == "FILES";
    }
    args.extend([
        CommandArg::option("--tag", "Name for the image, with or without :TAG").short('t'),
        CommandArg::flag("--spatialite", "Enable the SpatiaLite extension"),
        CommandArg::option("--port", "Port that the server listens on")
            .short('p')
            .value_names(&["INTEGER"])
            .default("8001"),
    ]);
    args
}

fn package(host: &Host, given: &CommandLine) -> Result<i32> {
    let publication = Publication::read(given, false)?;
    let port = port(given.value("--port").unwrap_or("8001"))?;
    let Some(docker) = Program::find("docker") else {
        eprintln!("The package command requires \"docker\" to be installed and configured");
        return Ok(1);
    };
    let image = Image { port, spatialite: given.is_given("--spatialite"), ..Image::default() };
    let recipe = dockerfile(&publication, &image)?;
    let folder = BuildFolder::make(host, &publication, "datasette")?;
    folder.write("Dockerfile", &recipe)?;
    let mut words = vec!["build"];
    if let Some(tag) = given.value("--tag") {
        words.extend(["-t", tag]);
    }
    words.push(".");
    docker.run(folder.path(), &words)?;
    Ok(0)
}

fn port(text: &str) -> Result<u16> {
    let wrong = |why: String| Error::bad_request(format!("Invalid value for '-p' / '--port': {why}"));
    match text.parse::<i64>() {
        Ok(port @ 1..=65535) => Ok(u16::try_from(port)?),
        Ok(port) => Err(wrong(format!("{port} is not in the range 1<=x<=65535."))),
        Err(_) => Err(wrong(format!("'{text}' is not a valid integer range."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_those_a_server_can_have() {
        assert_eq!(port("80").unwrap(), 80);
        for (text, why) in [("0", "range"), ("65536", "range"), ("x", "integer")] {
            assert!(port(text).unwrap_err().message.contains(why), "{text}");
        }
    }
}
