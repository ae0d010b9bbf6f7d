//! What `datasette plugins` and `/-/plugins.json` say.

use std::path::PathBuf;

use datasette_plugin_api::Map;

use super::{Origin, Plugins};
use crate::options::PluginSummary;

/// A file that gave no plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// The plugin's name, or the file's if it does not say.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Goes on after the file's name: `needs plugin API 2.0.0, ...`
    pub(crate) reason: String,
}

impl Plugins {
    /// Every plugin by name, and those that were passed over with the reason.
    pub(crate) fn summaries(&self) -> Vec<PluginSummary> {
        let loaded = self.calling_order.iter().map(|plugin| self.summary(plugin));
        let mut all: Vec<PluginSummary> = loaded.chain(self.skipped.iter().map(Skipped::summary)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// What the hooks of each plugin were asked, by its name.
    pub(crate) fn stats(&self) -> Map {
        self.calling_order.iter().map(|plugin| (plugin.name.clone(), plugin.stats())).collect()
    }

    /// Whether it is loaded: by the name it has itself, which its configuration goes by, or by that of its file.
    pub(crate) fn has_loaded(&self, name: &str) -> bool {
        self.calling_order.iter().any(|plugin| plugin.name == name || plugin.remote.info().name == name)
    }

    fn summary(&self, plugin: &super::Loaded) -> PluginSummary {
        let info = plugin.remote.info();
        let mut hooks: Vec<String> =
            plugin.remote.hooks().iter().map(|hook| hook.name().to_owned()).collect();
        hooks.sort();
        PluginSummary {
            name: plugin.name.clone(),
            // As Datasette: a file in a folder has no version, nor have the server's own.
            version: (plugin.origin == Origin::Installed).then(|| info.version.clone()),
            has_static: self.files.has_static(&info.name),
            has_templates: self.files.has_templates(&info.name),
            hooks,
            is_builtin: plugin.origin == Origin::BuiltIn,
            skipped: None,
        }
    }
}

impl Skipped {
    /// For whoever runs the program, who may know where the file is.
    pub(crate) fn sentence(&self) -> String {
        format!("skipped plugin {}: it {}", self.path.display(), self.reason)
    }

    fn summary(&self) -> PluginSummary {
        PluginSummary {
            name: self.name.clone(),
            version: None,
            has_static: false,
            has_templates: false,
            hooks: Vec::new(),
            is_builtin: false,
            // Without its folder, which is nobody's business: this is shown to visitors.
            skipped: Some(format!("{} {}", self.path.file_name().unwrap_or_default().display(), self.reason)),
        }
    }
}
