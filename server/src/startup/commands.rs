//! Commands of plugins, and the site that they may ask.

use std::sync::{Arc, OnceLock};

use datasette_plugin_api::server::TaskFn;
use datasette_plugin_api::{Error, Json, Result, Write};

use super::early::EarlyHost;
use super::{Started, assemble, facts};
use crate::options::{PluginCommand, PluginCommands, ServeOptions, StartError};
use crate::plugins::{HostServices, LoadOptions, Plugins};
use crate::request::Request;

pub(super) fn commands(options: &ServeOptions) -> std::result::Result<PluginCommands, StartError> {
    let early = EarlyHost::new(options.config.clone(), facts(options));
    let host = Arc::new(CommandHost {
        options: options.clone(),
        early,
        plugins: OnceLock::new(),
        site: OnceLock::new(),
    });
    let services = Arc::clone(&host) as Arc<dyn HostServices>;
    let load = LoadOptions { early: Some(services), quiet: true, ..LoadOptions::default() };
    let plugins = Plugins::load(&load).map_err(|error| StartError::new(error.to_string()))?;
    let plugins = Arc::new(plugins);
    let PluginCommands { commands, targets, problems } = plugins.commands();
    let _ = host.plugins.set(plugins);
    let ending = |command: PluginCommand| {
        let (run, host) = (command.run, Arc::clone(&host));
        let run = move |words: &[String]| {
            let code = run(words);
            host.end();
            code
        };
        PluginCommand { run: Box::new(run), ..command }
    };
    Ok(PluginCommands {
        commands: commands.into_iter().map(ending).collect(),
        targets: targets.into_iter().map(ending).collect(),
        problems,
    })
}

/// What a command may ask: a site without databases of its own, made when it is first asked for something
/// that needs one. Most commands never do, and start faster.
struct CommandHost {
    options: ServeOptions,
    /// Answers while plugins are made.
    early: EarlyHost,
    plugins: OnceLock<Arc<Plugins>>,
    site: OnceLock<std::result::Result<Started, String>>,
}

impl CommandHost {
    fn plugins(&self) -> Result<Arc<Plugins>> {
        self.plugins
            .get()
            .cloned()
            .ok_or_else(|| Error::new("only the configuration is there yet; ask when the command runs"))
    }

    /// Leaves nothing behind.
    fn end(&self) {
        if let Some(Ok(site)) = self.site.get() {
            site.host.finish();
            site.app.internal.remove_temporary_file();
        }
    }

    fn site(&self) -> Result<&Started> {
        let plugins = self.plugins()?;
        let made = self.site.get_or_init(|| assemble(&self.options, plugins).map_err(|error| error.message));
        made.as_ref().map_err(|message| Error::new(message.clone()))
    }
}

impl HostServices for CommandHost {
    fn call(&self, plugin: &str, method: &str, args: Json, request: Option<&Request>) -> Result<Json> {
        match method {
            "setting" | "settings" | "plugin_config" | "plugin_config_at" => {
                self.early.call(plugin, method, args, request)
            }
            "distribution" => {
                let install: Vec<String> = serde_json::from_value(args["install"].clone())?;
                self.plugins()?.distribution(&install)
            }
            _ => self.site()?.host.call(plugin, method, args, request),
        }
    }

    fn sign(&self, value: &str, namespace: &str) -> Result<String> {
        self.site()?.host.sign(value, namespace)
    }

    fn unsign(&self, signed: &str, namespace: &str) -> Result<String> {
        self.site()?.host.unsign(signed, namespace)
    }

    fn spawn(&self, plugin: &str, name: &str, id: Option<u64>, task: TaskFn) -> Result<()> {
        self.site()?.host.spawn(plugin, name, id, task)
    }

    fn call_with(
        &self,
        plugin: &str,
        method: &str,
        args: Json,
        request: Option<&Request>,
        work: &dyn Fn(&Write<'_>) -> Result<()>,
    ) -> Result<Json> {
        self.site()?.host.call_with(plugin, method, args, request, work)
    }
}
