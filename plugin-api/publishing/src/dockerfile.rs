//! The recipe of an image with the server and the databases in it.

use datasette_plugin_api::{Error, Result};

use crate::Publication;
use crate::build::INSTALLED;

/// The program needs the C library of a system like the one it was built on, or a newer one.
const BASE: &str = "debian:trixie-slim";

/// What the image is made of, besides the publication.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// Port that the server listens on, unless the environment says another.
    pub port: u16,
    /// Packages of the system.
    pub apt_packages: Vec<String>,
    /// With SpatiaLite, loaded into every connection.
    pub spatialite: bool,
}

/// The text of the `Dockerfile` for a [`BuildFolder`](crate::BuildFolder).
pub fn dockerfile(publication: &Publication, image: &Image) -> Result<String> {
    if !cfg!(target_os = "linux") {
        return Err(Error::new(format!(
            "This datasette is a program for {}, and an image needs one for Linux; run this on Linux",
            std::env::consts::OS
        )));
    }
    let mut packages = image.apt_packages.clone();
    if let Some(wrong) = packages.iter().find(|name| !is_package(name)) {
        return Err(Error::bad_request(format!(
            "Invalid value for '--apt-get-install': {wrong:?} is no name of a package"
        )));
    }
    let mut env = publication.plugin_secrets.clone();
    env.push(("DATASETTE_SECRET".to_owned(), publication.secret_or_random()));
    if image.spatialite {
        packages.push("libsqlite3-mod-spatialite".to_owned());
        let arch = std::env::consts::ARCH;
        env.push((
            "DATASETTE_LOAD_EXTENSION".to_owned(),
            format!("/usr/lib/{arch}-linux-gnu/mod_spatialite.so"),
        ));
    }
    if !publication.install.is_empty() {
        env.push(("DATASETTE_PLUGINS_DIR".to_owned(), format!("/app/{INSTALLED}")));
    }
    let mut lines =
        vec![format!("FROM {BASE}"), "COPY . /app".to_owned(), "WORKDIR /app".to_owned(), String::new()];
    if !packages.is_empty() {
        let packages = packages.join(" ");
        lines.push(format!(
            "RUN apt-get update && \\\n    apt-get install -y {packages} && \\\n    rm -rf /var/lib/apt/lists/*\n"
        ));
    }
    lines.push("ENV PATH=\"/app/bin:$PATH\"".to_owned());
    lines.extend(env.iter().map(|(name, value)| format!("ENV {name} '{value}'")));
    lines.push(format!("RUN datasette {}", publication.inspect_line()?));
    lines.push(format!("ENV PORT {port}\nEXPOSE {port}", port = image.port));
    lines.push(format!("CMD datasette {} --port $PORT", publication.serve_line()?));
    Ok(lines.join("\n"))
}

/// As Debian names them, perhaps with a version.
fn is_package(name: &str) -> bool {
    let fits = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'=' | b':' | b'~' | b'/')
    };
    name.bytes().all(fits) && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// The words for a shell.
fn quoted(words: &[String]) -> Result<String> {
    if words.iter().any(|word| word.chars().any(char::is_control)) {
        return Err(Error::bad_request("Names and options have to be one line of text each"));
    }
    shlex::try_join(words.iter().map(String::as_str)).map_err(|error| Error::bad_request(error.to_string()))
}

impl Publication {
    /// What a shell runs to serve the folder that is built, the program's name before it and the port behind it left out.
    pub fn serve_line(&self) -> Result<String> {
        quoted(&self.serve_words())
    }

    /// What a shell runs at build, the program's name before it left out.
    pub fn inspect_line(&self) -> Result<String> {
        let mut words = vec!["inspect".to_owned()];
        words.extend(self.file_names());
        words.extend(["--inspect-file", "inspect-data.json"].map(str::to_owned));
        quoted(&words)
    }
}
