//! What a server loads of what is installed.

use std::fs::File;
use std::path::PathBuf;

use super::error::Result;
use super::place::Place;
use super::state::{Installed, Source, State};
use super::{quarantine, store};

/// An installed plugin, on its way into a server.
#[derive(Debug)]
pub(crate) struct ToLoad {
    pub(crate) name: String,
    pub(crate) library: PathBuf,
    /// Where `static` and `templates` may be.
    pub(crate) folder: PathBuf,
    /// Of the library; none for one that is linked, and changes with each build.
    pub(crate) sha256: Option<String>,
    /// Of what was installed: how it is called in quarantine.
    pub(crate) installed_sha256: String,
    /// The site must not run without it.
    pub(crate) security: bool,
    /// The plugins in it.
    pub(crate) plugins: Vec<String>,
    /// Why it is not to be loaded; goes on after its name.
    pub(crate) refused: Option<String>,
    /// Keeps its files where they are.
    pub(crate) held: Option<File>,
}

/// Everything that is installed, by name.
pub(crate) fn to_load(place: &Place) -> Result<Vec<ToLoad>> {
    quarantine::review(place);
    let state = State::read(place)?;
    Ok(state.plugins.into_iter().map(|(name, record)| one(place, name, record.current)).collect())
}

/// What tells that something else is installed: the state, and libraries that are linked.
pub(crate) fn files_to_watch(place: &Place) -> Vec<PathBuf> {
    let state = State::read(place).unwrap_or_default();
    let linked =
        state.plugins.values().map(|record| &record.current).filter(|installed| installed.is_editable());
    let linked = linked.map(|installed| installed.folder.join(&installed.library));
    std::iter::once(place.state()).chain(linked).collect()
}

fn one(place: &Place, name: String, installed: Installed) -> ToLoad {
    let folder = place.folder().join(&installed.folder);
    let library = folder.join(&installed.library);
    let refused = if quarantine::is_held(place, &name, &installed.sha256) {
        Some(format!(
            "ended the server while it was loaded, and is kept in quarantine; install another version, or the same \
             again once the cause is gone: datasette install {name}=={}",
            installed.version
        ))
    } else if !library.is_file() {
        Some(format!("is installed, but its library {} is not there; install it again", installed.library))
    } else {
        None
    };
    let sha256 = installed.files.get(&installed.library).cloned();
    ToLoad {
        held: store::hold(&folder),
        sha256: sha256.filter(|_| !installed.is_editable()),
        folder: match installed.source {
            Source::Editable { path } => path,
            _ => folder,
        },
        library,
        installed_sha256: installed.sha256,
        security: installed.security,
        plugins: installed.plugins,
        refused,
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::Record;
    use super::super::state::tests::installed;
    use super::*;

    #[test]
    fn a_library_that_is_gone_is_refused_and_still_known_to_be_for_security() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        std::fs::create_dir_all(place.folder()).unwrap();
        let mut state = State::default();
        let current = Installed { security: true, ..installed("1.0.0") };
        state.plugins.insert("x".to_owned(), Record { current, previous: None });
        state.write(&place).unwrap();
        let found = to_load(&place).unwrap();
        assert!(found[0].security && found[0].refused.as_deref().unwrap().contains("is not there"));
    }

    #[test]
    fn nothing_is_installed_where_there_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(to_load(&Place::new(folder.path().join("none"))).unwrap().is_empty());
    }
}
