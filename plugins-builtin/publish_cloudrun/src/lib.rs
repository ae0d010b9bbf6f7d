//! `datasette publish cloudrun`: databases and this server on Google Cloud Run.
//!
//! Hooks: `publish_subcommand`. Configuration: none.

use std::path::Path;

use datasette_plugin_api::*;
use datasette_plugin_publishing::{BuildFolder, Image, Program, Publication, ask, common_args, dockerfile};

struct CloudRun {
    host: Host,
}

#[hookimpl]
impl Plugin for CloudRun {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn publish_subcommand(&self) -> Result<Vec<PublishTarget>> {
        let host = self.host.clone();
        let about = "Publish databases to Datasette running on Cloud Run";
        Ok(vec![PublishTarget::with_args("cloudrun", about, args(), move |given| publish(&host, given))])
    }
}

export_plugin!(CloudRun, name = "datasette.publish.cloudrun");

fn args() -> Vec<CommandArg> {
    let option = CommandArg::option;
    let number = |name: &str, help: &str| CommandArg::option(name, help).value_names(&["INTEGER"]);
    let mut args = common_args();
    args.extend([
        option("--name", "Name of the folder that is built").short('n').default("datasette"),
        option("--service", "Cloud Run service to deploy, or to write over"),
        CommandArg::flag("--spatialite", "Enable the SpatiaLite extension"),
        CommandArg::flag("--show-files", "Show the Dockerfile and the metadata.json that are made"),
        option("--memory", "Memory of the service, such as 1Gi"),
        option("--cpu", "Virtual CPUs of the service").choices(&["1", "2", "4"]),
        number("--timeout", "Seconds that the build may take"),
        option("--apt-get-install", "Package of the system to install, too").multiple(),
        number("--max-instances", "Most instances at once; 0 for no limit").default("1"),
        number("--min-instances", "Fewest instances at once"),
        option("--artifact-repository", "Repository in the Artifact Registry that keeps the image")
            .default("datasette"),
        option("--artifact-region", "Where the Artifact Registry is").default("us"),
        option("--artifact-project", "Project of the Artifact Registry; the active one if this is not given"),
    ]);
    args
}

/// What the options say beyond the publication.
struct Service<'a> {
    memory: Option<&'a str>,
    cpu: Option<&'a str>,
    timeout: Option<u32>,
    max_instances: Option<u32>,
    min_instances: Option<u32>,
}

impl<'a> Service<'a> {
    fn read(given: &'a CommandLine) -> Result<Self> {
        let memory = given.value("--memory");
        if memory.is_some_and(|text| !is_memory(text)) {
            return Err(Error::bad_request(
                "Invalid value for '--memory': --memory should be a number then Gi/G/Mi/M e.g 1Gi",
            ));
        }
        let number = |option: &str| {
            let read = |text: &str| {
                text.parse::<u32>().map_err(|_| {
                    Error::bad_request(format!(
                        "Invalid value for '{option}': '{text}' is not a valid integer."
                    ))
                })
            };
            given.value(option).map(read).transpose()
        };
        Ok(Self {
            memory,
            cpu: given.value("--cpu"),
            timeout: number("--timeout")?,
            max_instances: number("--max-instances")?,
            min_instances: number("--min-instances")?,
        })
    }

    /// Options of `gcloud run deploy`.
    fn words(&self) -> Vec<String> {
        let options = [
            ("--memory", self.memory.map(str::to_owned)),
            ("--cpu", self.cpu.map(str::to_owned)),
            ("--max-instances", self.max_instances.map(|number| number.to_string())),
            ("--min-instances", self.min_instances.map(|number| number.to_string())),
        ];
        options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?])).flatten().collect()
    }
}

/// `512Mi`, `1G`
fn is_memory(text: &str) -> bool {
    let number = ["Gi", "Mi", "G", "M"].iter().find_map(|unit| text.strip_suffix(unit));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn publish(host: &Host, given: &CommandLine) -> Result<i32> {
    let mut publication = Publication::read(given, true)?;
    let service = Service::read(given)?;
    if !publication.extra_options.iter().any(|word| word.contains("force_https_urls")) {
        // Requests arrive without TLS, from a proxy that speaks it.
        publication.extra_options.extend(["--setting", "force_https_urls", "on"].map(str::to_owned));
    }
    let image = Image {
        port: 8001,
        apt_packages: given.values("--apt-get-install").to_vec(),
        spatialite: given.is_given("--spatialite"),
    };
    let Some(gcloud) = Program::needed("gcloud", "Google Cloud", "https://cloud.google.com/sdk/") else {
        return Ok(1);
    };
    let recipe = dockerfile(&publication, &image)?;
    if cfg!(not(target_arch = "x86_64")) {
        return Err(
            "Cloud Run runs programs for x86_64, and this datasette is none; publish from such a machine"
                .into(),
        );
    }
    let folder =
        BuildFolder::make(host, &publication, folder_name(given.value("--name").unwrap_or("datasette"))?)?;
    folder.write("Dockerfile", &recipe)?;
    if given.is_given("--show-files") {
        show(folder.path(), &recipe)?;
    }

    let here = Path::new(".");
    let registry = registry(&gcloud, given)?;
    let name = match given.value("--service").filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => match ask_for_service(&gcloud)? {
            Some(name) => name,
            None => return Ok(1),
        },
    };
    let tag = format!("{registry}/datasette-{name}");
    let timeout = service.timeout.map(|seconds| seconds.to_string());
    let mut build = vec!["builds", "submit", "--tag", &tag];
    if let Some(timeout) = &timeout {
        build.extend(["--timeout", timeout]);
    }
    gcloud.run(folder.path(), &build)?;
    let more = service.words();
    let mut deploy =
        vec!["run", "deploy", "--allow-unauthenticated", "--platform=managed", "--image", &tag, &name];
    deploy.extend(more.iter().map(String::as_str));
    gcloud.run(here, &deploy)?;
    Ok(0)
}

/// It becomes part of a path.
fn folder_name(name: &str) -> Result<&str> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\\', '\0']) {
        return Err(Error::bad_request(format!(
            "Invalid value for '-n' / '--name': {name:?} can't be the name of a folder"
        )));
    }
    Ok(name)
}

fn show(folder: &Path, recipe: &str) -> Result<()> {
    if let Ok(metadata) = std::fs::read_to_string(folder.join("metadata.json")) {
        println!("=== metadata.json ===\n\n{metadata}\n");
    }
    println!("==== Dockerfile ====\n\n{recipe}\n\n====================\n");
    Ok(())
}

/// Where images go; made if it is not there.
fn registry(gcloud: &Program, given: &CommandLine) -> Result<String> {
    let here = Path::new(".");
    let active = gcloud.output(here, &["config", "get-value", "project"])?;
    let project = given.value("--artifact-project").unwrap_or(active.trim());
    if project.is_empty() || project == "(unset)" {
        return Err(
            "No project is chosen; choose one by gcloud config set project NAME, or with --artifact-project"
                .into(),
        );
    }
    let repository = given.value("--artifact-repository").unwrap_or("datasette");
    let region = given.value("--artifact-region").unwrap_or("us");
    gcloud
        .run(
            here,
            &["services", "enable", "artifactregistry.googleapis.com", "--project", project, "--quiet"],
        )
        .map_err(|error| {
            error.context("The Artifact Registry could not be enabled; you need the right to manage services")
        })?;
    let place = ["--project", project, "--location", region, "--quiet"];
    let describe = [&["artifacts", "repositories", "describe", repository], &place[..]].concat();
    if !gcloud.succeeds(here, &describe)? {
        let create = [
            "artifacts",
            "repositories",
            "create",
            repository,
            "--repository-format=docker",
            "--location",
            region,
            "--project",
            project,
            "--description",
            "Datasette Cloud Run images",
            "--quiet",
        ];
        gcloud.run(here, &create)?;
        println!("Created Artifact Registry repository '{repository}'");
    }
    Ok(format!("{region}-docker.pkg.dev/{project}/{repository}"))
}

/// Lists the services that there are, and asks for one.
fn ask_for_service(gcloud: &Program) -> Result<Option<String>> {
    println!("Please provide a service name for this deployment\n");
    println!("Using an existing service name will over-write it\n");
    let list = gcloud
        .output(Path::new("."), &["run", "services", "list", "--platform=managed", "--format", "json"])?;
    let services: Vec<Json> = serde_json::from_str(&list).unwrap_or_default();
    if !services.is_empty() {
        println!("Your existing services:\n");
    }
    for service in &services {
        let url = service["status"]["address"]["url"].as_str().or(service["status"]["url"].as_str());
        println!("  {} {}", service["metadata"]["name"].as_str().unwrap_or("?"), url.unwrap_or_default());
    }
    loop {
        match ask("Service name")? {
            Some(name) if name.is_empty() => {}
            answer => return Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_a_unit() {
        assert!(["1Gi", "512Mi", "2G", "300M"].into_iter().all(is_memory));
        assert!(!["1", "Gi", "1gi", "1.5Gi", "-1Gi", "1GiB", ""].into_iter().any(is_memory));
    }

    #[test]
    fn names_lead_nowhere_else() {
        assert_eq!(folder_name("mine").unwrap(), "mine");
        assert!(["", "..", "a/b", "/a"].into_iter().all(|name| folder_name(name).is_err()));
    }
}
