//! What the command line asks of the server, and what it needs the server for.
//!
//! `cli` makes these values and `startup` acts on them; neither knows how the other does it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datasette_plugin_api::CommandArg;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::auth::sign::Secret;
use crate::config::Config;
use crate::handover::ListeningSocket;
use crate::importing::{ImportOptions, Imported, Input, Watch};
use crate::installing::Libraries;
use crate::proxies::TrustedProxies;
use crate::request::Request;
use crate::response::Response;

/// Everything `datasette serve` was told, checked as far as that goes without opening a database.
#[derive(Debug, Clone)]
pub(crate) struct ServeOptions {
    /// In the order they are attached: files, then `--immutable`, then those of the configuration directory.
    pub(crate) databases: Vec<DatabaseFile>,
    /// Attach `_memory`, too.
    pub(crate) memory: bool,
    pub(crate) crossdb: bool,
    pub(crate) nolock: bool,
    /// File of the internal database; without it, it is forgotten at the end.
    pub(crate) internal: Option<PathBuf>,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) inspect_data: InspectData,
    /// Files, configuration directory and `-s`, with the settings and the metadata.
    pub(crate) config: Config,
    pub(crate) template_dir: Option<PathBuf>,
    pub(crate) plugins_dir: Option<PathBuf>,
    /// No start without a plugin that can't be loaded.
    pub(crate) strict_plugins: bool,
    /// Only the server's own plugins.
    pub(crate) safe_mode: bool,
    pub(crate) static_mounts: Vec<StaticMount>,
    pub(crate) listen: Listen,
    /// Listen on this instead of opening `listen`.
    pub(crate) inherited: Option<Arc<ListeningSocket>>,
    /// Somebody works on this site: caches keep nothing.
    pub(crate) reloads: bool,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) cors: bool,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) secret: Secret,
    /// The actor `root` may do everything.
    pub(crate) root: bool,
    /// Nothing is allowed unless the configuration or a plugin allows it.
    pub(crate) default_deny: bool,
    pub(crate) version_note: Option<String>,
    /// Answer this and stop, instead of listening.
    pub(crate) get: Option<Get>,
    pub(crate) open_browser: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseFile {
    /// As given.
    pub(crate) path: PathBuf,
    pub(crate) immutable: bool,
}

/// A SQLite extension to load into every connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extension {
    pub(crate) path: PathBuf,
    pub(crate) entrypoint: Option<String>,
}

/// A folder whose files are served under `/{mount}/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StaticMount {
    /// Without slashes at its ends.
    pub(crate) mount: String,
    pub(crate) directory: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listen {
    /// Port 0 lets the system choose one.
    Tcp {
        host: String,
        port: u16,
    },
    Uds(PathBuf),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certfile: PathBuf,
    /// Without it, the key is expected in `certfile`.
    pub(crate) keyfile: Option<PathBuf>,
}

/// `datasette insert`: a file that goes into a table.
pub(crate) struct InsertOptions {
    /// Made if it is missing.
    pub(crate) database: PathBuf,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) input: Input,
    pub(crate) import: ImportOptions,
}

/// `--get`: one request, answered on standard output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Get {
    pub(crate) path: String,
    pub(crate) headers: bool,
    pub(crate) token: Option<String>,
    pub(crate) actor: Option<Json>,
}

/// What `datasette inspect` found, by database name.
pub(crate) type InspectData = HashMap<String, Inspected>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Inspected {
    pub(crate) hash: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) file: Option<String>,
    pub(crate) tables: HashMap<String, InspectedTable>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct InspectedTable {
    pub(crate) count: Option<u64>,
}

/// Why the server does not start: one sentence for the person who started it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct StartError {
    pub(crate) message: String,
    pub(crate) exit_code: u8,
}

impl StartError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }

    /// What was asked for can't be done as asked, which the shell hears as 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2 }
    }
}

impl From<crate::config::ConfigError> for StartError {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::new(error.to_string())
    }
}

/// What the command line needs the rest of the server for.
pub(crate) trait Machinery {
    type Site: StartedSite;

    /// Opens databases and plugins and runs their start-up; nothing listens yet.
    fn start(&self, options: &ServeOptions) -> Result<Self::Site, StartError>;

    /// Makes an empty database file; there is none at the path.
    fn create_database(&self, path: &Path) -> Result<(), StartError>;

    /// What `datasette inspect` prints: `{name: {"hash", "size", "file", "tables": {name: {"count"}}}}`.
    fn inspect(&self, files: &[PathBuf], extensions: &[Extension]) -> Result<Json, StartError>;

    /// Does what `datasette insert` asks for.
    fn insert(&self, options: InsertOptions, watch: &Watch<'_>) -> Result<Inserted, StartError>;

    /// Every plugin that would be loaded.
    fn plugins(&self, plugins_dir: Option<&Path>) -> Result<Vec<PluginSummary>, StartError>;

    /// Every action that plugins register.
    fn actions(&self, plugins_dir: Option<&Path>) -> Result<Vec<ActionName>, StartError>;

    /// Every command that plugins add. Loads them all, so it is asked for words that nobody else knows.
    fn commands(&self, options: &ServeOptions) -> Result<PluginCommands, StartError>;

    /// What an installation asks about libraries.
    fn libraries(&self) -> &dyn Libraries;

    /// Loads one library as the server would, and says what it is. It may take this process down with it.
    fn probe(&self, library: &Path) -> Result<Json, StartError>;
}

/// A site that is ready to answer.
pub(crate) trait StartedSite {
    /// Answers in this process. `request.path` has `base_url` in it, if the person put it there.
    fn answer(&self, request: Request) -> Response;

    /// The value that `/-/auth-token?token=` takes once.
    fn root_token(&self) -> &str;

    /// The page a browser is best opened on: the only table, the only database, or the index; `base_url` included.
    fn landing_path(&self) -> String;

    /// Listens until it is told to stop. `on_ready` gets `http://host:port`, nothing if that is a socket file,
    /// once clients can connect.
    ///
    /// Once `until_replaced` returns, running requests are finished and the socket comes back, still open.
    fn serve(
        self,
        until_replaced: Option<UntilReplaced>,
        on_ready: &mut dyn FnMut(Option<&str>),
    ) -> Result<Option<ListeningSocket>, StartError>;
}

/// Returns when another server is to take this one's place. Runs on a thread of its own.
pub(crate) type UntilReplaced = Box<dyn FnOnce() + Send>;

/// What `datasette insert` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inserted {
    pub(crate) imported: Imported,
    /// The database was made.
    pub(crate) made_database: bool,
}

/// One line of `datasette plugins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PluginSummary {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// It brings static files.
    pub(crate) has_static: bool,
    pub(crate) has_templates: bool,
    pub(crate) hooks: Vec<String>,
    pub(crate) is_builtin: bool,
    /// Why it was not loaded.
    pub(crate) skipped: Option<String>,
}

impl PluginSummary {
    /// As `datasette plugins` and `/-/plugins.json` list it.
    pub(crate) fn to_json(&self) -> Json {
        let mut line = serde_json::json!({
            "name": self.name,
            "static": self.has_static,
            "templates": self.has_templates,
            "version": self.version,
            "hooks": self.hooks,
        });
        if let (Some(reason), Json::Object(line)) = (&self.skipped, &mut line) {
            line.insert("skipped".to_owned(), reason.clone().into());
        }
        line
    }
}

/// What plugins add to the command line.
#[derive(Default)]
pub(crate) struct PluginCommands {
    /// `datasette NAME`
    pub(crate) commands: Vec<PluginCommand>,
    /// `datasette publish NAME`
    pub(crate) targets: Vec<PluginCommand>,
    /// Sentences for whoever misses a command: which plugins were left out, and why.
    pub(crate) problems: Vec<String>,
}

/// A command of a plugin.
pub(crate) struct PluginCommand {
    pub(crate) plugin: String,
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) args: Vec<CommandArg>,
    /// Gets everything behind the name, answers the exit code.
    pub(crate) run: RunCommand,
}

/// What a command of a plugin does with its words.
pub(crate) type RunCommand = Box<dyn Fn(&[String]) -> Result<i32, CommandError>>;

/// How a command of a plugin fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CommandError {
    /// Its words are wrong.
    Usage(String),
    Failed(String),
}

/// An action and its short form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActionName {
    pub(crate) name: String,
    pub(crate) abbr: Option<String>,
}
