//! Templates and static files that plugins carry inside their libraries, written to a temporary folder:
//! whoever serves and renders files knows folders only.

use std::path::{Component, Path, PathBuf};

use super::Loaded;

/// The files of all plugins, for as long as the server runs.
#[derive(Default)]
pub(super) struct PluginFiles {
    folder: Option<tempfile::TempDir>,
    /// Plugin and folder.
    statics: Vec<(String, PathBuf)>,
    templates: Vec<(String, PathBuf)>,
}

impl PluginFiles {
    /// Takes over what the plugin brings along, in its library or beside it.
    pub(super) fn add(&mut self, plugin: &Loaded) -> Result<(), String> {
        let name = &plugin.remote.info().name;
        if let Some(beside) = &plugin.folder {
            self.mount(name, beside);
        }
        let mut files = plugin.remote.files().peekable();
        if files.peek().is_none() {
            return Ok(());
        }
        let failed = |error: std::io::Error| format!("its files can't be written: {error}");
        let root = match &self.folder {
            Some(folder) => folder,
            None => self
                .folder
                .insert(tempfile::Builder::new().prefix("datasette-files-").tempdir().map_err(failed)?),
        };
        let own = root.path().join(format!("{}", self.statics.len() + self.templates.len()));
        for (path, bytes) in files {
            let file = own.join(checked(path)?);
            let folder = file.parent().unwrap_or(&own);
            std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, bytes)).map_err(failed)?;
        }
        self.mount(name, &own);
        Ok(())
    }

    fn mount(&mut self, name: &str, folder: &Path) {
        for (list, inside) in [(&mut self.statics, "static"), (&mut self.templates, "templates")] {
            let folder = folder.join(inside);
            if folder.is_dir() {
                list.push((name.to_owned(), folder));
            }
        }
    }

    pub(super) fn statics(&self) -> &[(String, PathBuf)] {
        &self.statics
    }

    pub(super) fn templates(&self) -> &[(String, PathBuf)] {
        &self.templates
    }

    pub(super) fn has_static(&self, plugin: &str) -> bool {
        self.statics.iter().any(|(name, _)| name == plugin)
    }

    pub(super) fn has_templates(&self, plugin: &str) -> bool {
        self.templates.iter().any(|(name, _)| name == plugin)
    }
}

/// A path that stays inside of `static` or `templates`.
fn checked(path: &str) -> Result<&Path, String> {
    let inside = Path::new(path);
    let plain = inside.components().all(|part| matches!(part, Component::Normal(_)));
    let known = inside.starts_with("static") || inside.starts_with("templates");
    if plain && known {
        Ok(inside)
    } else {
        Err(format!("its file {path:?} is neither in static/ nor in templates/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_in_their_folders() {
        assert!(checked("static/js/map.js").is_ok());
        for path in ["", "map.js", "static/../../x", "/static/x", "staticx/y"] {
            assert!(checked(path).is_err(), "{path}");
        }
    }
}
