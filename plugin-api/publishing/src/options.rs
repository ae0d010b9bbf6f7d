//! The options that everything that publishes has.

use std::path::{Path, PathBuf};

use datasette_plugin_api::{CommandArg, CommandLine, Error, Map, Result};

use crate::metadata;

/// What is published, and how it is served.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Publication {
    /// Database files.
    pub files: Vec<PathBuf>,
    /// Titles, licences and so on, of the file and of the options over it; empty for none.
    pub metadata: Map,
    /// More words for `datasette serve`.
    pub extra_options: Vec<String>,
    /// Folder of templates.
    pub template_dir: Option<PathBuf>,
    /// Folder of plugins.
    pub plugins_dir: Option<PathBuf>,
    /// Where on the site, and which folder.
    pub statics: Vec<(String, PathBuf)>,
    /// Plugins, by their names or by the paths of their libraries.
    pub install: Vec<String>,
    /// Variables of the environment with secrets for plugins.
    pub plugin_secrets: Vec<(String, String)>,
    /// Text for `/-/versions`.
    pub version_note: Option<String>,
    /// What cookies and tokens are signed with, if somebody chose it.
    pub secret: Option<String>,
}

/// Metadata that has an option.
const METADATA: [(&str, &str); 7] = [
    ("--title", "Title for metadata"),
    ("--license", "License label for metadata"),
    ("--license_url", "License URL for metadata"),
    ("--source", "Source label for metadata"),
    ("--source_url", "Source URL for metadata"),
    ("--about", "About label for metadata"),
    ("--about_url", "About URL for metadata"),
];

/// Files and options that [`Publication::read`] understands. A command may leave some out.
pub fn common_args() -> Vec<CommandArg> {
    let option = CommandArg::option;
    let mut args = vec![
        CommandArg::positional("FILES", "Database files to publish").multiple(),
        option("--metadata", "JSON or YAML file with titles, descriptions, licenses")
            .short('m')
            .value_names(&["FILENAME"]),
        option("--extra-options", "More options for datasette serve"),
        option("--branch", "Not supported: it is this program that is published"),
        option("--template-dir", "Folder with templates of your own").value_names(&["DIRECTORY"]),
        option("--plugins-dir", "Folder with plugins of your own").value_names(&["DIRECTORY"]),
        option("--static", "Serve the files of a folder at /MOUNT/...")
            .multiple()
            .value_names(&["MOUNT:DIRECTORY"]),
        option(
            "--install",
            "Plugin to publish, too: the name of one that is installed, or the path of its library",
        )
        .multiple(),
        option("--plugin-secret", "Secret for a plugin: its name, the setting, and the value")
            .multiple()
            .value_names(&["NAME", "SETTING", "VALUE"]),
        option("--version-note", "Text to show on /-/versions"),
        option("--secret", "Secret that cookies and tokens are signed with [env: DATASETTE_PUBLISH_SECRET]"),
    ];
    args.extend(METADATA.map(|(name, help)| option(name, help)));
    args
}

impl Publication {
    /// What was given; files have to be there. `files_optional` is about the words of the error.
    pub fn read(given: &CommandLine, files_optional: bool) -> Result<Self> {
        if given.is_given("--branch") {
            return Err(Error::bad_request(
                "Invalid value for '--branch': what is published is this program, and no source of it is built; leave it out",
            ));
        }
        let files = if files_optional { "[FILES]..." } else { "FILES..." };
        let mut metadata = match given.value("--metadata") {
            Some(path) => metadata::read(Path::new(path))?,
            None => Map::new(),
        };
        for (option, _) in METADATA {
            if let Some(value) = given.value(option) {
                metadata.insert(option.trim_start_matches('-').to_owned(), value.into());
            }
        }
        let mut plugin_secrets = Vec::new();
        for secret in given.values("--plugin-secret").chunks_exact(3) {
            let [plugin, setting, value] = secret else { continue };
            if value.contains('\'') {
                return Err(wrong("--plugin-secret", "--plugin-secret cannot contain single quotes"));
            }
            check_line("--plugin-secret", value)?;
            let variable = format!("{plugin}_{setting}").to_uppercase().replace('-', "_");
            if !variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                let why = format!("{variable} can't be the name of a variable; letters, digits, - and _ can");
                return Err(wrong("--plugin-secret", &why));
            }
            metadata::add_secret(&mut metadata, plugin, setting, &variable)?;
            plugin_secrets.push((variable, value.clone()));
        }
        let from_env = || std::env::var("DATASETTE_PUBLISH_SECRET").ok().filter(|secret| !secret.is_empty());
        let secret = given.value("--secret").map(str::to_owned).or_else(from_env);
        if let Some(secret) = &secret {
            if secret.contains('\'') {
                return Err(wrong("--secret", "--secret cannot contain single quotes"));
            }
            check_line("--secret", secret)?;
        }
        let owned = |name: &str| given.value(name).map(str::to_owned);
        Ok(Self {
            files: given.values("FILES").iter().map(|path| file(path, files)).collect::<Result<_>>()?,
            metadata,
            extra_options: owned("--extra-options")
                .iter()
                .flat_map(|text| text.split_whitespace())
                .map(str::to_owned)
                .collect(),
            template_dir: given
                .value("--template-dir")
                .map(|path| folder("--template-dir", path))
                .transpose()?,
            plugins_dir: given
                .value("--plugins-dir")
                .map(|path| folder("--plugins-dir", path))
                .transpose()?,
            statics: given.values("--static").iter().map(|word| mount(word)).collect::<Result<_>>()?,
            install: given.values("--install").to_vec(),
            plugin_secrets,
            version_note: owned("--version-note"),
            secret,
        })
    }

    /// Names of the files in the folder that is built.
    pub fn file_names(&self) -> Vec<String> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.files.iter().map(name).collect()
    }

    /// Everything behind `datasette` that serves the folder that is built, without the port: `serve --host 0.0.0.0 -i a.db ...`.
    pub fn serve_words(&self) -> Vec<String> {
        let mut words: Vec<String> = ["serve", "--host", "0.0.0.0"].map(str::to_owned).to_vec();
        let mut say = |option: &str, value: &str| words.extend([option.to_owned(), value.to_owned()]);
        self.file_names().iter().for_each(|name| say("-i", name));
        words.push("--cors".to_owned());
        let mut say = |option: &str, value: &str| words.extend([option.to_owned(), value.to_owned()]);
        say("--inspect-file", "inspect-data.json");
        if !self.metadata.is_empty() {
            say("--metadata", "metadata.json");
        }
        if self.template_dir.is_some() {
            say("--template-dir", "templates/");
        }
        if self.plugins_dir.is_some() {
            say("--plugins-dir", "plugins/");
        }
        if let Some(note) = &self.version_note {
            say("--version-note", note);
        }
        self.statics.iter().for_each(|(mount, _)| say("--static", &format!("{mount}:{mount}")));
        words.extend(self.extra_options.iter().cloned());
        words
    }

    /// The secret that was chosen, or a new one.
    pub fn secret_or_random(&self) -> String {
        let random = || rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect();
        self.secret.clone().unwrap_or_else(random)
    }
}

fn wrong(option: &str, why: &str) -> Error {
    Error::bad_request(format!("Invalid value for '{option}': {why}"))
}

/// What ends a line would go on as another instruction of the file it is written to.
fn check_line(option: &str, value: &str) -> Result<()> {
    if value.chars().any(char::is_control) {
        return Err(wrong(option, "it has to be one line of text"));
    }
    Ok(())
}

fn file(path: &str, argument: &str) -> Result<PathBuf> {
    let found = PathBuf::from(path);
    if !found.exists() {
        return Err(wrong(argument, &format!("Path '{path}' does not exist.")));
    }
    if !found.is_file() {
        return Err(wrong(argument, &format!("Path '{path}' is not a file.")));
    }
    let mut log = found.clone().into_os_string();
    log.push("-wal");
    if PathBuf::from(log).metadata().is_ok_and(|log| log.len() > 0) {
        let why =
            format!("{path}-wal has changes that are not in {path} yet; end the programs that use it first");
        return Err(wrong(argument, &why));
    }
    Ok(found)
}

fn folder(option: &str, path: &str) -> Result<PathBuf> {
    let found = PathBuf::from(path);
    if !found.is_dir() {
        return Err(wrong(option, &format!("Directory '{path}' does not exist.")));
    }
    Ok(found)
}

fn mount(word: &str) -> Result<(String, PathBuf)> {
    let format_wrong = || wrong("--static", &format!("\"{word}\" should be of format mountpoint:directory"));
    let (mount, directory) = word.split_once(':').ok_or_else(format_wrong)?;
    let mount = mount.trim_matches('/');
    if mount.is_empty() || mount.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(format_wrong());
    }
    let directory = PathBuf::from(directory);
    if !directory.is_dir() {
        return Err(wrong("--static", &format!("{word} is not a valid directory path")));
    }
    Ok((mount.to_owned(), directory))
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use super::*;

    fn read(words: &[&str]) -> Result<Publication> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Publication::read(&CommandLine::read(&common_args(), &words)?, true)
    }

    #[track_caller]
    fn check_error(words: &[&str], message: &str) {
        assert_eq!(read(words).unwrap_err(), Error::bad_request(message));
    }

    #[test]
    fn options_become_words_for_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a b.db");
        std::fs::write(&database, "").unwrap();
        let (database, at) = (database.display().to_string(), folder.path().display().to_string());
        let publication = read(&[
            &database,
            "--title",
            "T",
            "--template-dir",
            &at,
            "--static",
            &format!("/s/:{at}"),
            "--version-note",
            "a note",
            "--extra-options",
            " --setting  x 1 ",
        ]);
        let expected = "serve --host 0.0.0.0 -i|a b.db|--cors --inspect-file inspect-data.json --metadata metadata.json \
             --template-dir templates/ --version-note|a note|--static s:s --setting x 1";
        let expected: Vec<&str> = expected
            .split('|')
            .enumerate()
            .flat_map(|(n, part)| if n % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
            .collect();
        assert_eq!(publication.unwrap().serve_words(), expected);
    }

    #[test]
    fn secrets_of_plugins_are_variables() {
        let publication = read(&["--plugin-secret", "datasette-auth", "client_id", "x y"]).unwrap();
        assert_eq!(publication.plugin_secrets, [("DATASETTE_AUTH_CLIENT_ID".to_owned(), "x y".to_owned())]);
        let metadata =
            json!({"plugins": {"datasette-auth": {"client_id": {"$env": "DATASETTE_AUTH_CLIENT_ID"}}}});
        assert_eq!(json!(publication.metadata), metadata);
        check_error(
            &["--plugin-secret", "p", "s", "it's"],
            "Invalid value for '--plugin-secret': --plugin-secret cannot contain single quotes",
        );
        check_error(&["--secret", "a\nRUN x"], "Invalid value for '--secret': it has to be one line of text");
        assert!(read(&["--plugin-secret", "p", "s\nRUN x", "v"]).is_err());
    }

    #[test]
    fn wrong_words_are_explained() {
        check_error(&["nope.db"], "Invalid value for '[FILES]...': Path 'nope.db' does not exist.");
        check_error(
            &["--template-dir", "nope"],
            "Invalid value for '--template-dir': Directory 'nope' does not exist.",
        );
        check_error(
            &["--static", "nope"],
            "Invalid value for '--static': \"nope\" should be of format mountpoint:directory",
        );
        check_error(
            &["--static", "a:nope"],
            "Invalid value for '--static': a:nope is not a valid directory path",
        );
        assert!(read(&["--static", "../a:/"]).is_err());
        assert!(read(&["--branch", "main"]).unwrap_err().message.contains("--branch"));
    }

    #[test]
    fn what_is_only_in_a_log_is_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        std::fs::write(&database, "").unwrap();
        std::fs::write(folder.path().join("a.db-wal"), "changes").unwrap();
        let error = read(&[&database.display().to_string()]).unwrap_err();
        assert!(error.message.contains("a.db-wal has changes"), "{}", error.message);
    }
}
