//! The folder with everything that a server elsewhere needs.
//!
//! ```text
//! bin/datasette                   this program
//! lib/datasette/plugins/          its own plugins
//! installed-plugins/NAME/         those of --install
//! *.db metadata.json templates/ plugins/ MOUNT/
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use datasette_plugin_api::{Error, Host, Result, json, serde_json};
use serde::Deserialize;

use crate::Publication;

/// Where plugins of `--install` are, in the folder.
pub(crate) const INSTALLED: &str = "installed-plugins";

/// Folders in folders that are taken for a mistake.
const DEEPEST: usize = 32;

/// A folder that is built, and goes with this value unless it is a place of its own.
#[derive(Debug)]
pub struct BuildFolder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
    installed: Vec<Installed>,
}

/// A plugin of `--install`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    path: PathBuf,
    /// Where its templates and files are, if it has a folder of its own.
    #[serde(default)]
    folder: Option<PathBuf>,
}

/// What the server says about its files.
#[derive(Debug, Deserialize)]
struct Distribution {
    program: PathBuf,
    built_in: Vec<PathBuf>,
    install: Vec<Installed>,
}

impl BuildFolder {
    /// Makes it in a temporary folder; `name` is its last part.
    pub fn make(host: &Host, publication: &Publication, name: &str) -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("datasette-publish-").tempdir()?;
        let path = temporary.path().join(name);
        let mut folder = Self::make_at(host, publication, &path)?;
        folder._temporary = Some(temporary);
        Ok(folder)
    }

    /// Makes it there, where nothing may be yet.
    pub fn make_at(host: &Host, publication: &Publication, path: &Path) -> Result<Self> {
        let distribution: Distribution =
            host.call("distribution", &json!({"install": publication.install}))?;
        let root = path.to_owned();
        if root.exists() {
            return Err(Error::new("Directory already exists"));
        }
        fs::create_dir_all(&root).map_err(|error| failed(&root, &error))?;
        let folder = Self { path: root, _temporary: None, installed: distribution.install.clone() };
        folder.program(&distribution)?;
        for file in &publication.files {
            folder.link(file, Path::new(file.file_name().unwrap_or_default()))?;
        }
        if !publication.metadata.is_empty() {
            let text = serde_json::to_string_pretty(&publication.metadata)?;
            folder.write("metadata.json", &text)?;
        }
        let folders = [(&publication.template_dir, "templates"), (&publication.plugins_dir, "plugins")];
        for (from, to) in folders {
            if let Some(from) = from {
                folder.tree(from, Path::new(to))?;
            }
        }
        for (mount, from) in &publication.statics {
            folder.tree(from, Path::new(mount))?;
        }
        Ok(folder)
    }

    fn program(&self, files: &Distribution) -> Result<()> {
        self.link(&files.program, Path::new("bin/datasette"))?;
        self.executable("bin/datasette")?;
        for library in &files.built_in {
            self.link(
                library,
                &Path::new("lib/datasette/plugins").join(library.file_name().unwrap_or_default()),
            )?;
        }
        for plugin in &files.install {
            let to = Path::new(INSTALLED).join(&plugin.name);
            match &plugin.folder {
                Some(folder) => self.tree(folder, &to)?,
                None => self.link(&plugin.path, &to.join(plugin.path.file_name().unwrap_or_default()))?,
            }
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The plugins of `--install`.
    pub fn installed(&self) -> &[Installed] {
        &self.installed
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.free(Path::new(name))?;
        fs::write(&path, text).map_err(|error| failed(&path, &error))
    }

    /// Writes a file that is a program.
    pub fn write_program(&self, name: &str, text: &str) -> Result<()> {
        self.write(name, text)?;
        self.executable(name)
    }

    fn executable(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // A link would change the file that it is a link of; that one is executable already.
            let mode = fs::metadata(&path).map_err(|error| failed(&path, &error))?.permissions().mode();
            if mode & 0o111 != 0o111 {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                    .map_err(|error| failed(&path, &error))?;
            }
        }
        Ok(())
    }

    /// A path in the folder where nothing is yet.
    fn free(&self, name: &Path) -> Result<PathBuf> {
        let path = self.path.join(name);
        if path.exists() {
            return Err(Error::new(format!(
                "Two things that are published would be called {}; rename one of them",
                name.display()
            )));
        }
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).map_err(|error| failed(above, &error))?;
        }
        Ok(path)
    }

    /// The same file if that is possible: databases are large.
    fn link(&self, from: &Path, to: &Path) -> Result<()> {
        let path = self.free(to)?;
        // What a link names is what is to be published.
        let from = from.canonicalize().map_err(|error| failed(from, &error))?;
        if fs::hard_link(&from, &path).is_err() {
            fs::copy(&from, &path).map_err(|error| failed(&from, &error))?;
        }
        Ok(())
    }

    fn tree(&self, from: &Path, to: &Path) -> Result<()> {
        // A link may lead back to where it is.
        if to.components().count() > DEEPEST {
            return Err(Error::new(format!("{} has folders in folders without end", from.display())));
        }
        for entry in fs::read_dir(from).map_err(|error| failed(from, &error))? {
            let entry = entry.map_err(|error| failed(from, &error))?.path();
            let name = to.join(entry.file_name().unwrap_or_default());
            if entry.is_dir() { self.tree(&entry, &name)? } else { self.link(&entry, &name)? }
        }
        fs::create_dir_all(self.path.join(to)).map_err(|error| failed(to, &error))
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, Harness};
    use datasette_plugin_api::{CommandLine, Plugin, hookimpl};

    use super::*;
    use crate::common_args;

    struct Holder(Host);

    #[hookimpl]
    impl Plugin for Holder {
        fn new(host: Host) -> Result<Self> {
            Ok(Self(host))
        }

        fn register_commands(&self) -> Result<Vec<datasette_plugin_api::Command>> {
            let host = self.0.clone();
            Ok(vec![datasette_plugin_api::Command::new("build", "", move |words| {
                let publication = Publication::read(&CommandLine::read(&common_args(), &words[1..])?, true)?;
                BuildFolder::make_at(&host, &publication, Path::new(&words[0]))?;
                Ok(0)
            })])
        }
    }

    fn build(folder: &Path, words: &[&str]) -> Result<i32> {
        let at = |name: &str| folder.join(name);
        for name in
            ["datasette", "libdatasette_facets.so", "extra/libextra.so", "extra/templates/x.html", "a.db"]
        {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), name).unwrap();
        }
        let answer = json!({
            "program": at("datasette"),
            "built_in": [at("libdatasette_facets.so")],
            "install": [{"name": "extra", "version": "1", "path": at("extra/libextra.so"), "folder": at("extra")}],
        });
        let plugin = Harness::<Holder>::with(FakeHost::new().answer("distribution", answer));
        let mut given = vec![at("out").display().to_string()];
        given.extend(words.iter().map(|word| word.replace("$D", &folder.display().to_string())));
        (plugin.register_commands().unwrap()?[0].run)(&given)
    }

    #[test]
    fn everything_a_server_needs_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        build(folder.path(), &["$D/a.db", "--title", "T", "--static", "s:$D/extra"]).unwrap();
        for name in [
            "bin/datasette",
            "lib/datasette/plugins/libdatasette_facets.so",
            "installed-plugins/extra/libextra.so",
            "installed-plugins/extra/templates/x.html",
            "a.db",
            "s/libextra.so",
        ] {
            assert!(folder.path().join("out").join(name).is_file(), "{name}");
        }
        let metadata = fs::read_to_string(folder.path().join("out/metadata.json")).unwrap();
        assert_eq!(metadata, "{\n  \"title\": \"T\"\n}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("out/bin/datasette")).unwrap().permissions().mode();
            assert_eq!(mode & 0o111, 0o111);
        }
        assert_eq!(build(folder.path(), &[]).unwrap_err().message, "Directory already exists");
    }

    #[test]
    fn nothing_takes_the_place_of_something_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/a.db"), "").unwrap();
        let error = build(folder.path(), &["$D/a.db", "$D/b/a.db"]).unwrap_err();
        assert!(error.message.contains("would be called a.db"), "{}", error.message);
    }
}
