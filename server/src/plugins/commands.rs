//! Commands that plugins add to the program, and the files that make it up.

use std::path::PathBuf;

use datasette_plugin_api::server::Hook;
use datasette_plugin_api::{self as api, CommandArg, ErrorKind, Json, Result, RunFn, json};

use super::{Origin, Plugins, load};
use crate::options::{CommandError, PluginCommand, PluginCommands};

impl Plugins {
    /// What plugins add to the command line.
    pub(crate) fn commands(&self) -> PluginCommands {
        let mut problems: Vec<String> = self.skipped.iter().map(super::Skipped::sentence).collect();
        let mut commands = Vec::new();
        for (plugin, answer) in self.ask(Hook::RegisterCommands, &(), |plugin, ()| plugin.register_commands())
        {
            let answer = noted(&mut problems, plugin, Hook::RegisterCommands, answer);
            commands.extend(answer.into_iter().map(|it| command(plugin, it.name, it.about, it.args, it.run)));
        }
        let mut targets = Vec::new();
        for (plugin, answer) in
            self.ask(Hook::PublishSubcommand, &(), |plugin, ()| plugin.publish_subcommand())
        {
            let answer = noted(&mut problems, plugin, Hook::PublishSubcommand, answer);
            targets.extend(answer.into_iter().map(|it| command(plugin, it.name, it.about, it.args, it.run)));
        }
        PluginCommands { commands, targets, problems }
    }

    /// The files that another machine needs to run this server: the program, its own plugins, and those of
    /// `install`, named as they are installed or by the path of a library.
    pub(crate) fn distribution(&self, install: &[String]) -> Result<Json> {
        let program = std::env::current_exe()?.canonicalize()?;
        let mut built_in: Vec<&PathBuf> =
            self.calling_order.iter().filter(|it| it.origin == Origin::BuiltIn).map(|it| &it.path).collect();
        built_in.sort();
        built_in.dedup();
        let install = install.iter().map(|word| self.installed(word)).collect::<Result<Vec<_>>>()?;
        Ok(json!({"program": program, "built_in": built_in, "install": install}))
    }

    fn installed(&self, word: &str) -> Result<Json> {
        let installed = self.calling_order.iter().filter(|it| it.origin == Origin::Installed);
        if let Some(plugin) = installed.into_iter().find(|it| it.name == word) {
            let version = &plugin.remote.info().version;
            return Ok(json!({
                "name": word,
                "version": version,
                "path": plugin.path,
                "folder": plugin.folder,
            }));
        }
        let path = PathBuf::from(word);
        if !path.is_file() {
            return Err(api::Error::bad_request(format!(
                "Invalid value for '--install': there is no plugin {word} installed here, and no file of that name. \
                 datasette plugins lists what is installed; the path of a plugin's library is fine, too"
            )));
        }
        let refused = |reason: &str| {
            api::Error::bad_request(format!("Invalid value for '--install': the file {word} {reason}"))
        };
        // With its folder: a name alone is looked for where the system keeps its libraries.
        let path = path.canonicalize()?;
        let candidate = load::look_at(&path).map_err(|it| refused(&it.reason))?;
        let memory = load::Memory::read();
        candidate.check(&memory).map_err(|reason| refused(&reason))?;
        memory.save();
        let manifest = &candidate.manifest;
        Ok(json!({"name": manifest.name, "version": manifest.version, "path": path}))
    }
}

fn noted<T>(
    problems: &mut Vec<String>,
    plugin: &super::Loaded,
    hook: Hook,
    answer: Result<Vec<T>>,
) -> Vec<T> {
    answer.unwrap_or_else(|error| {
        problems.push(format!("plugin {}, {}: {}", plugin.name, hook.name(), error.message));
        Vec::new()
    })
}

fn command(
    plugin: &super::Loaded,
    name: String,
    about: String,
    args: Vec<CommandArg>,
    run: RunFn,
) -> PluginCommand {
    let (owner, called) = (plugin.name.clone(), name.clone());
    let run = move |words: &[String]| {
        run(words).map_err(|error| match error.kind {
            ErrorKind::BadRequest => CommandError::Usage(error.message),
            // Whoever wrote it has to be told where; what it says about itself is a sentence of its own.
            _ if error.message.starts_with("panicked") => {
                CommandError::Failed(format!("plugin {owner}, command {called}: {}", error.message))
            }
            _ => CommandError::Failed(error.message),
        })
    };
    PluginCommand { plugin: plugin.name.clone(), name, about, args, run: Box::new(run) }
}
