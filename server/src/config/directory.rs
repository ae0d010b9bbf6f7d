//! A folder that holds a whole site: databases, configuration, metadata, templates, plugins, static files.

use std::path::{Path, PathBuf};

/// What of it was found. Paths of files are the folder's path as given plus a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    /// `*.db`, `*.sqlite`, `*.sqlite3`, each kind sorted by name.
    pub(crate) databases: Vec<PathBuf>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) metadata: Option<PathBuf>,
    pub(crate) inspect_file: Option<PathBuf>,
    pub(crate) template_dir: Option<PathBuf>,
    pub(crate) plugins_dir: Option<PathBuf>,
    pub(crate) static_dir: Option<PathBuf>,
}

impl Directory {
    pub(crate) fn read(folder: &Path) -> std::io::Result<Self> {
        let mut names: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            names.push(entry?.path());
        }
        names.sort();
        let databases = ["db", "sqlite", "sqlite3"]
            .into_iter()
            .flat_map(|extension| names.iter().filter(move |path| is_database(path, extension)).cloned());
        let first_file =
            |choices: &[&str]| choices.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        let subfolder = |name: &str| Some(folder.join(name)).filter(|path| path.is_dir());
        Ok(Self {
            databases: databases.collect(),
            config: first_file(&["datasette.json", "datasette.yaml", "datasette.yml"]),
            metadata: first_file(&["metadata.json", "metadata.yaml", "metadata.yml"]),
            inspect_file: first_file(&["inspect-data.json"]),
            template_dir: subfolder("templates"),
            plugins_dir: subfolder("plugins"),
            static_dir: subfolder("static"),
        })
    }
}

fn is_database(path: &Path, extension: &str) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    !hidden && path.extension().is_some_and(|found| found == extension) && path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_found_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.db", "a.db", "c.sqlite3", ".hidden.db", "x.txt", "datasette.yml", "metadata.json"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("static")).unwrap();
        std::fs::create_dir(folder.path().join("folder.db")).unwrap();
        let found = Directory::read(folder.path()).unwrap();
        let path = |name: &str| folder.path().join(name);
        let expected = Directory {
            databases: vec![path("a.db"), path("b.db"), path("c.sqlite3")],
            config: Some(path("datasette.yml")),
            metadata: Some(path("metadata.json")),
            static_dir: Some(path("static")),
            ..Directory::default()
        };
        assert_eq!(found, expected);
    }
}
