//! Noticing that files have changed: their times and sizes, looked at twice a second.
//!
//! Not by the system's notifications: these differ from system to system, and miss what changes on network
//! drives and in containers' mounts. There are few files, and looking at one takes a microsecond.

use std::collections::BTreeMap;
use std::env::consts::{DLL_EXTENSION, DLL_PREFIX};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::config::Directory;
use crate::installing::{Place, files_to_watch};

const INTERVAL: Duration = Duration::from_millis(500);

/// What a server was made of.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Watched {
    /// The folder that is a whole site.
    pub(in crate::cli) site: Option<PathBuf>,
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Folders, with everything in them.
    pub(in crate::cli) templates: Vec<PathBuf>,
    /// Folders with libraries in them.
    pub(in crate::cli) plugins: Vec<PathBuf>,
    /// Folders where the server's own plugins may be, among many other files.
    pub(in crate::cli) own_plugins: Vec<PathBuf>,
}

/// When files were changed, and how large they are; nothing if they are only there.
type Snapshot = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

#[derive(Clone)]
pub(super) struct Watcher {
    watched: Watched,
    known: Snapshot,
}

impl Watcher {
    /// From now on. The program belongs to it, and so do the plugins beside it.
    pub(super) fn new(mut watched: Watched, program: &Path) -> Self {
        watched.files.push(program.to_owned());
        let beside = program.parent();
        let below =
            beside.and_then(Path::parent).map(|above| above.join("lib").join("datasette").join("plugins"));
        watched.own_plugins.extend(beside.map(Path::to_owned).into_iter().chain(below));
        watched.plugins.extend(crate::plugins::installed_folder());
        let known = watched.look();
        Self { watched, known }
    }

    /// Waits until something has changed and whoever changes it pauses; says what was the first.
    pub(super) fn wait(&mut self) -> PathBuf {
        loop {
            sleep(INTERVAL);
            let mut now = self.watched.look();
            let Some(changed) = difference(&self.known, &now) else { continue };
            // A compiler, or an editor that saves several files, may not have finished.
            loop {
                sleep(INTERVAL);
                let later = self.watched.look();
                if later == now {
                    break;
                }
                now = later;
            }
            self.known = now;
            return changed;
        }
    }
}

impl Watched {
    fn look(&self) -> Snapshot {
        let mut found = Snapshot::new();
        self.files.iter().for_each(|path| note(&mut found, path));
        self.templates.iter().for_each(|folder| tree(&mut found, folder));
        self.plugins.iter().for_each(|folder| libraries(&mut found, folder));
        let own = self.own_plugins.iter().flat_map(|folder| entries(folder)).filter(|path| is_own(path));
        own.for_each(|path| note(&mut found, &path));
        if let Some(site) = &self.site {
            let Directory {
                databases,
                config,
                metadata,
                inspect_file,
                template_dir,
                plugins_dir,
                static_dir,
            } = Directory::read(site).unwrap_or_default();
            // What changes in them is on the pages at once.
            found.extend(databases.into_iter().chain(static_dir).map(|path| (path, None)));
            [config, metadata, inspect_file].iter().flatten().for_each(|path| note(&mut found, path));
            template_dir.iter().for_each(|folder| tree(&mut found, folder));
            plugins_dir.iter().for_each(|folder| libraries(&mut found, folder));
        }
        found
    }
}

fn note(found: &mut Snapshot, path: &Path) {
    if let Ok(metadata) = path.metadata()
        && metadata.is_file()
    {
        let time = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        found.insert(path.to_owned(), Some((time, metadata.len())));
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn tree(found: &mut Snapshot, folder: &Path) {
    for path in entries(folder) {
        // A link to a folder may lead back to where it is.
        if path.is_dir() && !path.is_symlink() {
            tree(found, &path);
        } else {
            note(found, &path);
        }
    }
}

/// Libraries in the folder, and in folders of plugins below it with the templates that they bring.
fn libraries(found: &mut Snapshot, folder: &Path) {
    files_to_watch(&Place::new(folder)).iter().for_each(|path| note(found, path));
    for path in entries(folder) {
        if is_library(&path) {
            note(found, &path);
        } else if path.is_dir() {
            entries(&path).filter(|path| is_library(path)).for_each(|path| note(found, &path));
            tree(found, &path.join("templates"));
        }
    }
}

fn is_library(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == DLL_EXTENSION)
}

fn is_own(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_library(path) && name.starts_with(&format!("{DLL_PREFIX}datasette_"))
}

fn difference(old: &Snapshot, new: &Snapshot) -> Option<PathBuf> {
    let changed = new.iter().find(|(path, facts)| old.get(*path) != Some(facts));
    let gone = || old.keys().find(|path| !new.contains_key(*path));
    changed.map(|(path, _)| path).or_else(gone).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn what_a_site_is_made_of_is_watched_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let library = format!("plugins/a.{DLL_EXTENSION}");
        for name in
            ["datasette.yaml", "templates/pages/a.html", &library, "static/a.css", "a.db", "notes.txt"]
        {
            write(&file(name), "1");
        }
        let watched = Watched { site: Some(folder.path().to_owned()), ..Watched::default() };
        let before = watched.look();
        for name in ["static/a.css", "a.db", "notes.txt"] {
            write(&file(name), "22");
            assert_eq!(difference(&before, &watched.look()), None, "{name}");
        }
        for name in ["datasette.yaml", "templates/pages/a.html", &library, "metadata.json", "b.db"] {
            write(&file(name), "22");
            let now = watched.look();
            assert_eq!(difference(&before, &now), Some(file(name)), "{name}");
            std::fs::remove_file(file(name)).unwrap();
            assert_eq!(difference(&now, &watched.look()), Some(file(name)), "{name}");
            if before.contains_key(&file(name)) {
                write(&file(name), "1");
                let facts = before[&file(name)].unwrap();
                std::fs::File::options().write(true).open(file(name)).unwrap().set_modified(facts.0).unwrap();
            }
        }
    }
}
