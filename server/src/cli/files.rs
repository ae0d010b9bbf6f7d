//! Which databases are served: the files named, and those of a folder.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::config::{Directory, nearest};
use crate::options::{DatabaseFile, InspectData};

use super::error::{CliError, Result};
use super::serve::reason;

/// Every SQLite file that is not empty begins with this.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Makes an empty database file.
pub(super) type Create<'a> = dyn Fn(&Path) -> Result<()> + 'a;

/// The positional words of `serve`.
pub(super) struct Files<'a> {
    databases: Vec<&'a Path>,
    folder: Option<&'a Path>,
}

impl<'a> Files<'a> {
    pub(super) fn split(words: &'a [PathBuf]) -> Result<Self> {
        let (folders, databases): (Vec<_>, Vec<_>) =
            words.iter().map(PathBuf::as_path).partition(|path| path.is_dir());
        if folders.len() > 1 {
            let message = "Cannot pass multiple directories. Pass a single directory as config_dir.";
            return Err(CliError::failed(message));
        }
        Ok(Self { databases, folder: folders.first().copied() })
    }

    /// What the folder holds; nothing if none was named.
    pub(super) fn directory(&self) -> Result<Directory> {
        let Some(folder) = self.folder else { return Ok(Directory::default()) };
        Directory::read(folder).map_err(|error| {
            let reason = reason(&error);
            CliError::failed(format!(
                "Could not read the folder {} ({reason}); check its rights",
                folder.display()
            ))
        })
    }

    /// All databases in the order they are attached. `create` makes files that do not exist.
    pub(super) fn databases(
        &self,
        immutables: &[PathBuf],
        directory: &Directory,
        create: Option<&Create<'_>>,
    ) -> Result<Vec<DatabaseFile>> {
        let mut found = Found::default();
        for path in &self.databases {
            if !path.exists() {
                match create {
                    Some(create) => create(path)?,
                    None => return Err(missing(path)),
                }
            }
            found.add(path, false)?;
        }
        for path in immutables {
            if !path.exists() {
                let reason = format!("Path '{}' does not exist.", path.display());
                return Err(CliError::value("serve", "'-i' / '--immutable'", reason));
            }
            // Naming a file again only says more about it.
            if !found.freeze(path) {
                found.add(path, true)?;
            }
        }
        for path in &directory.databases {
            if !found.is_frozen(path) {
                found.add(path, false)?;
            }
        }
        Ok(found.databases)
    }
}

#[derive(Default)]
struct Found {
    databases: Vec<DatabaseFile>,
    /// Position in `databases` by real path.
    positions: HashMap<PathBuf, usize>,
}

impl Found {
    fn add(&mut self, path: &Path, immutable: bool) -> Result<()> {
        check_is_database(path)?;
        let real = real(path);
        if let Some(other) = self.positions.get(&real).and_then(|position| self.databases.get(*position)) {
            return Err(CliError::failed(format!(
                "Duplicate database file: '{}' and '{}' both refer to {}",
                path.display(),
                other.path.display(),
                real.display()
            )));
        }
        self.positions.insert(real, self.databases.len());
        self.databases.push(DatabaseFile { path: path.to_owned(), immutable });
        Ok(())
    }

    /// Makes a mutable database immutable; `false` if there is none of that path.
    fn freeze(&mut self, path: &Path) -> bool {
        let position = self.positions.get(&real(path)).copied();
        match position.and_then(|position| self.databases.get_mut(position)) {
            Some(database) if !database.immutable => {
                database.immutable = true;
                true
            }
            _ => false,
        }
    }

    fn is_frozen(&self, path: &Path) -> bool {
        let position = self.positions.get(&real(path)).copied();
        position.and_then(|position| self.databases.get(position)).is_some_and(|database| database.immutable)
    }
}

fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn missing(path: &Path) -> CliError {
    let shown = path.display().to_string();
    let hint = match nearest(&shown, super::COMMANDS.into_iter().chain(["package"])) {
        Some(command) => format!("Did you mean the command {command}?"),
        None => "Check the path, or add --create to make a new database there.".to_owned(),
    };
    CliError::failed(format!("Invalid value for '[FILES]...': Path '{shown}' does not exist. {hint}"))
}

fn check_is_database(path: &Path) -> Result<()> {
    let shown = path.display();
    if path.is_dir() {
        return Err(CliError::failed(format!("{shown} is a folder; name a database file in it")));
    }
    let mut head = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(16).read_to_end(&mut head)).map_err(|error| {
        let reason = reason(&error);
        CliError::failed(format!("{shown} can't be read ({reason}); check its rights"))
    })?;
    if head.is_empty() || head == MAGIC {
        return Ok(());
    }
    Err(CliError::failed(format!(
        "{shown} is not a SQLite database, or it is encrypted; check that it is the file you mean"
    )))
}

/// Databases that `inspect-data.json` of the folder knows were counted because nothing changes them.
pub(super) fn freeze_inspected(databases: &mut [DatabaseFile], inspected: &InspectData) {
    for database in databases {
        let name = database.path.file_name().and_then(|name| name.to_str());
        if inspected.values().any(|entry| entry.file.is_some() && entry.file.as_deref() == name) {
            database.immutable = true;
        }
    }
}

/// The internal database holds what nobody may query, so it is not one of those that are served.
pub(super) fn refuse_shared_internal(databases: &[DatabaseFile], internal: Option<&Path>) -> Result<()> {
    let Some(internal) = internal else { return Ok(()) };
    if internal.exists() {
        check_is_database(internal)?;
    }
    if databases.iter().any(|database| real(&database.path) == real(internal)) {
        let shown = internal.display();
        return Err(CliError::failed(format!(
            "--internal {shown} is served, too; give the internal database a file of its own"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with(names: &[&str]) -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            for name in names {
                std::fs::write(folder.path(name), MAGIC).unwrap();
            }
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        /// Databases by file name; immutable ones with an `!`.
        fn databases(
            &self,
            files: &[&str],
            immutables: &[&str],
            directory: &[&str],
        ) -> Result<Vec<String>, String> {
            let paths = |names: &[&str]| names.iter().map(|name| self.path(name)).collect::<Vec<_>>();
            let directory = Directory { databases: paths(directory), ..Directory::default() };
            let files = paths(files);
            let found =
                Files::split(&files).and_then(|files| files.databases(&paths(immutables), &directory, None));
            let name = |database: &DatabaseFile| {
                let name = database.path.file_name().unwrap().to_string_lossy().into_owned();
                if database.immutable { format!("{name}!") } else { name }
            };
            found.map(|found| found.iter().map(name).collect()).map_err(|error| match error {
                CliError::Failed(error) => error.message.replace(&self.0.path().display().to_string(), ""),
                other => format!("{other:?}"),
            })
        }
    }

    #[test]
    fn files_then_immutables_then_the_folder() {
        let folder = Folder::with(&["a.db", "b.db", "c.db"]);
        let expected = ["b.db", "c.db!", "a.db"].map(str::to_owned).to_vec();
        assert_eq!(folder.databases(&["b.db"], &["c.db"], &["a.db"]), Ok(expected));
    }

    #[test]
    fn a_file_named_again_as_immutable_is_one_immutable_database() {
        let folder = Folder::with(&["a.db"]);
        assert_eq!(folder.databases(&["a.db"], &["a.db"], &["a.db"]), Ok(vec!["a.db!".to_owned()]));
    }

    #[test]
    fn the_same_file_twice_is_refused() {
        let folder = Folder::with(&["a.db"]);
        let expected = "Duplicate database file: '/./a.db' and '/a.db' both refer to /a.db";
        assert_eq!(folder.databases(&["a.db", "./a.db"], &[], &[]), Err(expected.to_owned()));
        assert!(
            folder.databases(&["a.db"], &[], &["a.db"]).unwrap_err().starts_with("Duplicate database file")
        );
        assert!(
            folder.databases(&[], &["a.db", "a.db"], &[]).unwrap_err().starts_with("Duplicate database file")
        );
    }

    #[test]
    fn what_is_no_database_is_refused() {
        let folder = Folder::with(&[]);
        std::fs::write(folder.path("text.db"), "this is not a database").unwrap();
        std::fs::write(folder.path("empty.db"), "").unwrap();
        assert!(folder.databases(&["text.db"], &[], &[]).unwrap_err().contains("is not a SQLite database"));
        assert!(folder.databases(&["empty.db"], &[], &[]).is_ok());
        let missing = folder.databases(&["nope.db"], &[], &[]).unwrap_err();
        assert!(
            missing.starts_with("Invalid value for '[FILES]...': Path '/nope.db' does not exist."),
            "{missing}"
        );
    }

    #[test]
    fn counted_databases_of_a_folder_are_immutable() {
        let mut databases =
            ["x/a.db", "x/b.db"].map(|path| DatabaseFile { path: path.into(), immutable: false });
        let inspected = crate::options::Inspected { file: Some("b.db".into()), ..Default::default() };
        freeze_inspected(&mut databases, &InspectData::from([("b".to_owned(), inspected)]));
        assert_eq!(databases.map(|database| database.immutable), [false, true]);
    }
}
