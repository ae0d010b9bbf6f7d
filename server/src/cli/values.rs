//! Values of options that several commands share, checked.

use std::path::{Path, PathBuf};

use crate::options::{Extension, StartError, StaticMount};

use super::error::{CliError, Result};

/// Where distributions keep SpatiaLite.
const SPATIALITE: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/mod_spatialite.so",
    "/usr/local/lib/mod_spatialite.dylib",
    "/usr/local/lib/mod_spatialite.so",
    "/opt/homebrew/lib/mod_spatialite.dylib",
];

/// A folder that has to be there.
pub(super) fn folder(command: &'static str, option: &str, path: Option<PathBuf>) -> Result<Option<PathBuf>> {
    let Some(path) = path else { return Ok(None) };
    let shown = path.display();
    if !path.exists() {
        return Err(CliError::value(command, option, format!("Directory '{shown}' does not exist.")));
    }
    if !path.is_dir() {
        return Err(CliError::value(command, option, format!("Directory '{shown}' is a file.")));
    }
    Ok(Some(path))
}

/// `PATH` or `PATH:ENTRYPOINT`; the word `spatialite` is looked up.
pub(super) fn extensions(words: Vec<String>, env: Option<String>) -> Result<Vec<Extension>> {
    let from_env = env.filter(|_| words.is_empty());
    let from_env = from_env.iter().flat_map(|value| value.split_whitespace());
    words.iter().map(String::as_str).chain(from_env).map(extension).collect()
}

fn extension(word: &str) -> Result<Extension> {
    if word == "spatialite" {
        let found = SPATIALITE.iter().map(Path::new).find(|path| path.exists());
        let path = found.ok_or_else(|| {
            StartError::new(
                "Could not find SpatiaLite extension; install it, or give its path: --load-extension=PATH",
            )
        })?;
        return Ok(Extension { path: path.to_owned(), entrypoint: None });
    }
    Ok(match word.split_once(':') {
        Some((path, entrypoint)) => Extension { path: path.into(), entrypoint: Some(entrypoint.to_owned()) },
        None => Extension { path: word.into(), entrypoint: None },
    })
}

/// `MOUNT:DIRECTORY`.
pub(super) fn static_mount(command: &'static str, word: &str) -> Result<StaticMount> {
    let wrong = |reason: String| CliError::value(command, "'--static'", reason);
    let format_wrong = || wrong(format!("\"{word}\" should be of format mountpoint:directory"));
    let (mount, directory) = word.split_once(':').ok_or_else(format_wrong)?;
    let mount = mount.trim_matches('/');
    if mount.is_empty() {
        return Err(format_wrong());
    }
    let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.into());
    if !directory.is_dir() {
        return Err(wrong(format!("{word} is not a valid directory path")));
    }
    Ok(StaticMount { mount: mount.to_owned(), directory })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_may_name_an_entry_point() {
        let found = extensions(vec!["a.so:init".into(), "b".into()], Some("ignored".into())).unwrap();
        assert_eq!(
            (found[0].path.as_path(), found[0].entrypoint.as_deref()),
            (Path::new("a.so"), Some("init"))
        );
        assert_eq!((found[1].path.as_path(), found[1].entrypoint.as_deref()), (Path::new("b"), None));
    }

    #[test]
    fn the_variable_counts_if_there_are_no_options() {
        let found = extensions(vec![], Some(" a b:c ".into())).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].entrypoint.as_deref(), Some("c"));
    }
}
