//! `install -e PATH`: a library that cargo builds, linked instead of copied. Each start takes the newest build.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};

/// What is linked.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) library: PathBuf,
    /// The crate, or the library if there is none: where `static` and `templates` may be.
    pub(super) path: PathBuf,
}

/// Finds the library: the path itself, or what cargo built of the crate there.
pub(super) fn find(path: &Path) -> Result<Linked> {
    let whole = path.canonicalize().map_err(|error| Error::io("can't be linked", path, &error))?;
    if whole.is_file() {
        return Ok(Linked { library: whole.clone(), path: whole });
    }
    let manifest = whole.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).map_err(|_| {
        Error::usage(format!(
            "{} is neither a library nor the folder of a crate: it has no Cargo.toml",
            path.display()
        ))
    })?;
    let name = library_name(&text)
        .ok_or_else(|| Error::usage(format!("{} says no name of a package", manifest.display())))?;
    let file = format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let built = targets(&whole)
        .into_iter()
        .flat_map(|target| ["debug", "release"].map(|profile| target.join(profile).join(&file)));
    let newest = built
        .filter_map(|file| Some((file.metadata().ok().filter(|meta| meta.is_file())?.modified().ok()?, file)))
        .max_by_key(|(modified, _)| *modified);
    match newest {
        Some((_, library)) => Ok(Linked { library, path: whole }),
        None => Err(Error::failed(format!(
            "There is no {file} yet: run cargo build in {}, and install it again",
            path.display()
        ))),
    }
}

/// The name that cargo gives the library.
fn library_name(manifest: &str) -> Option<String> {
    let manifest: toml::Table = toml::from_str(manifest).ok()?;
    let named = |table: &str| manifest.get(table)?.get("name")?.as_str();
    Some(named("lib").or_else(|| named("package"))?.replace('-', "_"))
}

/// Where cargo may build it: its own folder, and those of workspaces above it.
fn targets(folder: &Path) -> Vec<PathBuf> {
    if let Some(target) = std::env::var_os("CARGO_TARGET_DIR").filter(|target| !target.is_empty()) {
        return vec![target.into()];
    }
    folder.ancestors().map(|folder| folder.join("target")).filter(|target| target.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_build_of_a_crate_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let krate = folder.path().join("plugins").join("mine");
        std::fs::create_dir_all(&krate).unwrap();
        std::fs::write(krate.join("Cargo.toml"), "[package]\nname = \"my-plugin\"\n").unwrap();
        assert!(find(&krate).unwrap_err().message.contains("run cargo build"));
        let file = format!("{}my_plugin{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let built = folder.path().join("target").join("debug").join(file);
        std::fs::create_dir_all(built.parent().unwrap()).unwrap();
        std::fs::write(&built, "x").unwrap();
        assert_eq!(find(&krate).unwrap().library, built.canonicalize().unwrap());
        assert_eq!(find(&built).unwrap().library, built.canonicalize().unwrap());
    }

    #[test]
    fn a_folder_that_is_no_crate_says_so() {
        let folder = tempfile::tempdir().unwrap();
        assert!(find(folder.path()).unwrap_err().message.contains("no Cargo.toml"));
        assert!(find(&folder.path().join("nowhere")).unwrap_err().message.contains("can't be linked"));
    }
}
