//! Where plugins are: the server's own, the installed ones, those of `--plugins-dir`.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::installing::is_ours;

use super::LoadError;

/// The server's own plugins, in the order in which they are registered: name of the library, and the
/// plugins in it. Without one of them the server does not start.
pub(super) const REQUIRED: &[(&str, &[&str])] = &[
    ("datasette_publish_heroku", &["datasette.publish.heroku"]),
    ("datasette_publish_cloudrun", &["datasette.publish.cloudrun"]),
    ("datasette_package", &["datasette.package"]),
    ("datasette_facets", &["datasette.facets"]),
    ("datasette_filters", &["datasette.filters"]),
    ("datasette_sql_functions", &["datasette.sql_functions"]),
    ("datasette_actor_auth_cookie", &["datasette.actor_auth_cookie"]),
    (
        "datasette_default_permissions",
        &[
            "datasette.default_permissions",
            "datasette.default_permissions.sqlite_statistics",
            "datasette.default_permissions.tokens",
        ],
    ),
    ("datasette_default_actions", &["datasette.default_actions"]),
    ("datasette_default_column_types", &["datasette.default_column_types"]),
    ("datasette_default_magic_parameters", &["datasette.default_magic_parameters"]),
    ("datasette_default_debug_menu", &["datasette.default_debug_menu"]),
    ("datasette_default_jump_items", &["datasette.default_jump_items"]),
    ("datasette_default_database_actions", &["datasette.default_database_actions"]),
    ("datasette_default_table_actions", &["datasette.default_table_actions"]),
    ("datasette_default_query_actions", &["datasette.default_query_actions"]),
    ("datasette_blob_renderer", &["datasette.blob_renderer"]),
    ("datasette_handle_exception", &["datasette.handle_exception"]),
    ("datasette_forbidden", &["datasette.forbidden"]),
    ("datasette_events", &["datasette.events"]),
];

/// Where the server's own plugins may be.
pub(super) struct BuiltInFolders(Vec<PathBuf>);

impl BuiltInFolders {
    pub(super) fn find() -> Self {
        if let Some(folder) = env::var_os("DATASETTE_BUILTIN_PLUGINS").filter(|folder| !folder.is_empty()) {
            return Self(vec![folder.into()]);
        }
        let program = env::current_exe().and_then(|program| program.canonicalize()).unwrap_or_default();
        Self::beside(&program)
    }

    /// Beside the program; and since `cargo` puts tests and libraries into `deps`, there or above it.
    fn beside(program: &Path) -> Self {
        let Some(folder) = program.parent() else { return Self(Vec::new()) };
        let mut folders = vec![folder.to_owned()];
        if folder.file_name() == Some(OsStr::new("deps")) {
            folders.extend(folder.parent().map(Path::to_owned));
        } else {
            folders.push(folder.join("deps"));
        }
        folders.extend(folder.parent().map(|above| above.join("lib").join("datasette").join("plugins")));
        Self(folders)
    }

    /// The file of that library. Of several the newest: `cargo` may leave an old one above `deps`.
    pub(super) fn library(&self, stem: &str) -> Result<PathBuf, LoadError> {
        let files = self.0.iter().map(|folder| folder.join(libloading::library_filename(stem)));
        let modified = |file: PathBuf| {
            let time = file.metadata().ok().filter(|meta| meta.is_file())?.modified();
            Some((time.unwrap_or(SystemTime::UNIX_EPOCH), file))
        };
        // On a tie the first: it is what was looked for.
        let newest =
            files.filter_map(modified).reduce(|best, next| if next.0 > best.0 { next } else { best });
        newest.map(|(_, file)| file).ok_or_else(|| {
            let looked: Vec<String> = self.0.iter().map(|folder| folder.display().to_string()).collect();
            LoadError::new(format!(
                "The built-in plugin {} is missing. Looked in: {}. Set DATASETTE_BUILTIN_PLUGINS to its folder, \
                 or install datasette again.",
                libloading::library_filename(stem).display(),
                looked.join(", ")
            ))
        })
    }
}

/// Where plugins are installed.
pub(crate) fn installed_folder() -> Option<PathBuf> {
    let set = env::var_os("DATASETTE_PLUGINS_DIR").filter(|folder| !folder.is_empty());
    set.map(PathBuf::from).or_else(|| Some(dirs::data_dir()?.join("datasette").join("plugins")))
}

/// Which installed plugins to load.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    These(BTreeSet<String>),
}

impl Wanted {
    /// `DATASETTE_LOAD_PLUGINS`: unset means all, empty means none.
    pub(super) fn from_env() -> Self {
        env::var("DATASETTE_LOAD_PLUGINS").map_or(Self::All, |list| Self::parse(&list))
    }

    fn parse(list: &str) -> Self {
        Self::These(
            list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        )
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::These(names) if names.is_empty())
    }

    /// Whether the library with these plugins is wanted; strikes it off the list.
    pub(super) fn take(&mut self, names: &[&str]) -> bool {
        match self {
            Self::All => true,
            Self::These(wanted) => names.iter().filter(|name| wanted.remove(**name)).count() > 0,
        }
    }

    /// What was wanted and not found.
    pub(super) fn missing(self) -> BTreeSet<String> {
        match self {
            Self::All => BTreeSet::new(),
            Self::These(names) => names,
        }
    }
}

/// What is in a folder of plugins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Libraries, by name; each once, however many names it has.
    pub(super) libraries: Vec<PathBuf>,
    /// Plugins for another program: Datasette's, in Python.
    pub(super) foreign: Vec<PathBuf>,
}

/// The libraries in a folder, and in folders of their own one level below it. What was installed there is another matter.
///
/// What `cargo` builds into may be such a folder: `target/release`. What is below that is cargo's own, with everything
/// there a second time.
pub(super) fn libraries(folder: &Path) -> Result<Found, std::io::Error> {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    let is_cargos = folder.join(".fingerprint").is_dir();
    for path in entries(folder)?.into_iter().filter(|path| !(is_ours(path) || is_cargos && path.is_dir())) {
        let inside = if path.is_dir() { entries(&path).unwrap_or_default() } else { vec![path.clone()] };
        for file in inside.into_iter().filter(|file| file.is_file()) {
            let extension = file.extension().unwrap_or_default();
            if extension == env::consts::DLL_EXTENSION {
                if seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())) {
                    found.libraries.push(file);
                }
            } else if extension == "py" && file == path {
                found.foreign.push(file);
            }
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let paths = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    #[test]
    fn a_missing_built_in_says_which_and_where_it_looked() {
        let folder = tempfile::tempdir().unwrap();
        let folders = BuiltInFolders::beside(&folder.path().join("bin").join("datasette"));
        let error = folders.library("datasette_facets").unwrap_err().to_string();
        assert!(error.contains("datasette_facets") && error.contains("bin"), "{error}");
        assert!(error.contains(&format!("lib{}datasette", std::path::MAIN_SEPARATOR)), "{error}");
    }

    #[test]
    fn built_ins_are_found_beside_tests_and_in_an_installed_layout() {
        let folder = tempfile::tempdir().unwrap();
        let name = libloading::library_filename("datasette_facets");
        for place in ["target/debug", "lib/datasette/plugins"] {
            touch(&folder.path().join(place).join(&name));
        }
        let test = BuiltInFolders::beside(&folder.path().join("target/debug/deps/integration-1"));
        assert!(test.library("datasette_facets").unwrap().starts_with(folder.path().join("target")));
        let program = BuiltInFolders::beside(&folder.path().join("bin/datasette"));
        assert!(program.library("datasette_facets").unwrap().starts_with(folder.path().join("lib")));
    }

    #[test]
    fn load_plugins_names_what_to_load() {
        let mut wanted = Wanted::parse("a, b,,c");
        assert!(wanted.take(&["a"]) && wanted.take(&["x", "c"]) && !wanted.take(&["x"]));
        assert_eq!(wanted.missing().into_iter().collect::<Vec<_>>(), ["b"]);
        assert!(Wanted::parse("").is_none());
        assert!(Wanted::All.take(&["x"]));
    }

    #[test]
    fn what_cargo_keeps_for_itself_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let library = |name: &str| folder.path().join(format!("{name}.{}", env::consts::DLL_EXTENSION));
        [library("liba"), library("deps/liba"), folder.path().join(".fingerprint/a")]
            .iter()
            .for_each(|path| touch(path));
        assert_eq!(libraries(folder.path()).unwrap().libraries, [library("liba")]);
    }

    #[test]
    fn libraries_are_found_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let library = |name: &str| folder.path().join(format!("{name}.{}", env::consts::DLL_EXTENSION));
        [library("b"), library("a/lib"), folder.path().join("p.py"), folder.path().join("README.md")]
            .iter()
            .for_each(|path| touch(path));
        #[cfg(unix)]
        std::os::unix::fs::symlink(library("b"), library("c")).unwrap();
        let found = libraries(folder.path()).unwrap();
        assert_eq!(found.libraries, [library("a/lib"), library("b")]);
        assert_eq!(found.foreign, [folder.path().join("p.py")]);
    }
}
