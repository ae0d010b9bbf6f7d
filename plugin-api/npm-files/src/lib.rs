//! Files of npm packages for plugins that embed them, without npm: a build script names the files, and the
//! `package-lock.json` beside it says which packages they are from and what those have to hash to.
//!
//! ```no_run
//! // In the `main` of build.rs:
//! datasette_npm_files::unpack(&["leaflet/dist/leaflet.js", "leaflet/LICENSE"]);
//! ```
//!
//! The files are then in `$OUT_DIR/npm`, so that `include_bytes!(concat!(env!("OUT_DIR"), "/npm/leaflet/LICENSE"))`
//! finds them. Packages are fetched once, and again only after `cargo clean`. The environment variable
//! `npm_config_registry` names a mirror, as it does for npm.

mod lock;
mod package;

use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use lock::Package;

/// Why a file is not there.
#[derive(Debug)]
struct Failure(String);

type Result<T> = std::result::Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Puts these files into `$OUT_DIR/npm`, each at `PACKAGE/PATH`. Ends the build with a message if one can't be had.
pub fn unpack(files: &[&str]) {
    run(|lock, out, registry| unpack_into(lock, out, registry, files));
}

/// Puts these files, one behind the other, into `$OUT_DIR/npm/NAME`: the licences of all that a bundle is made of.
pub fn unpack_joined(name: &str, files: &[&str]) {
    run(|lock, out, registry| join_into(lock, out, registry, name, files));
}

fn run(work: impl FnOnce(&Path, &Path, Option<&str>) -> Result<()>) {
    println!("cargo::rerun-if-changed=package-lock.json");
    println!("cargo::rerun-if-env-changed=npm_config_registry");
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).unwrap_or_default();
    let registry = env::var("npm_config_registry").ok().filter(|registry| !registry.is_empty());
    let (lock, out) = (folder("CARGO_MANIFEST_DIR").join("package-lock.json"), folder("OUT_DIR").join("npm"));
    if let Err(failure) = work(&lock, &out, registry.as_deref()) {
        println!("cargo::error={failure}");
        std::process::exit(1);
    }
}

fn join_into(lock: &Path, out: &Path, registry: Option<&str>, name: &str, files: &[&str]) -> Result<()> {
    unpack_into(lock, out, registry, files)?;
    let mut joined = String::new();
    for file in files {
        let text = fs::read_to_string(out.join(file)).map_err(|error| Failure(format!("{file}: {error}")))?;
        let (package, _) = lock::split(file)?;
        joined.push_str(&format!("{package}\n\n{}\n\n\n", text.trim()));
    }
    let path = out.join(name);
    fs::write(&path, joined).map_err(|error| Failure(format!("{}: {error}", path.display())))
}

fn unpack_into(lock: &Path, out: &Path, registry: Option<&str>, files: &[&str]) -> Result<()> {
    let text = fs::read_to_string(lock).map_err(|error| Failure(format!("{}: {error}", lock.display())))?;
    let mut wanted: Vec<(Package, Vec<&str>)> = Vec::new();
    for file in files {
        let (name, path) = lock::split(file)?;
        match wanted.iter_mut().find(|(package, _)| package.name == name) {
            Some((_, paths)) => paths.push(path),
            None => wanted.push((Package::find(&text, name, registry)?, vec![path])),
        }
    }
    for (package, paths) in wanted {
        let archive = package::archive(&package, out)?;
        package::unpack(&package, &archive, &paths, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
