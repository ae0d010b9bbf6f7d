//! What a plugin's library says about itself in a section of its own, readable without running it.

use datasette_plugin_api::server::HOOK_NAMES;
use serde::Deserialize;

use super::Reason;

/// Where the manifest is, by file format: ELF, Mach-O, PE.
pub(super) const SECTIONS: &[&str] = &[".dsplugin", "__dsplugin", ".dsplug"];

/// The manifest. Unknown keys are for newer servers.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Manifest {
    schema: u32,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) api: String,
    pub(crate) target: String,
    panic: String,
    /// The site must not run without it.
    pub(crate) security: bool,
    pub(super) own_sqlite: bool,
    /// Names of all plugins in the library.
    pub(crate) plugins: Vec<String>,
    /// Hooks that they have; empty if they were built before manifests said it.
    pub(crate) hooks: Vec<String>,
    /// Hooks without which they are of no use.
    requires: Vec<String>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            schema: 1,
            name: String::new(),
            version: String::new(),
            api: String::new(),
            target: String::new(),
            panic: "unwind".to_owned(),
            security: false,
            own_sqlite: false,
            plugins: Vec::new(),
            hooks: Vec::new(),
            requires: Vec::new(),
        }
    }
}

impl Manifest {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        // Sections may be padded.
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let text = bytes.get(..end).unwrap_or_default();
        serde_json::from_slice(text).map_err(|error| format!("has a damaged manifest: {error}"))
    }

    /// Whether this server can load such a plugin at all.
    pub(super) fn check(&self) -> Result<(), Reason> {
        if self.schema != 1 {
            return Err("has a manifest that needs a newer datasette".to_owned());
        }
        let (theirs, ours) = (self.api.as_str(), datasette_plugin_api::API_VERSION);
        if major(theirs) != major(ours) {
            return Err(format!("needs plugin API {theirs}, this server has {ours}; rebuild it"));
        }
        if self.panic != "unwind" {
            let why = "a panic in it would end the server; rebuild it with panic = \"unwind\"";
            return Err(format!("was built with panic = \"{}\": {why}", self.panic));
        }
        // What keeps people out does not do so with half of its hooks.
        let needed = self.requires.iter().chain(self.hooks.iter().filter(|_| self.security));
        match needed.into_iter().find(|hook| !is_known(hook)) {
            Some(hook) => Err(format!(
                "needs the hook {hook}, which plugin API {theirs} has and this server's {ours} has not; it needs a newer \
                 datasette"
            )),
            None => Ok(()),
        }
    }

    /// What the plugin loses in this server, as a sentence; nothing if this server knows all of its hooks.
    pub(crate) fn loses(&self) -> Option<String> {
        let unknown: Vec<&str> =
            self.hooks.iter().map(String::as_str).filter(|hook| !is_known(hook)).collect();
        let (theirs, ours) = (self.api.as_str(), datasette_plugin_api::API_VERSION);
        (!unknown.is_empty()).then(|| {
            format!(
                "has hooks of plugin API {theirs} that this server ({ours}) does not know and never calls: {}",
                unknown.join(", ")
            )
        })
    }

    /// Whether a plugin of somebody else's may have these names.
    ///
    /// Some services are for the server's own plugins, which are known by their names.
    pub(crate) fn check_names(&self) -> Result<(), Reason> {
        let names = || std::iter::once(&self.name).chain(&self.plugins);
        match names().find(|name| name.starts_with(RESERVED)) {
            Some(name) => Err(format!(
                "is called {name}, and names that begin with {RESERVED} are the server's own; rename it"
            )),
            None => Ok(()),
        }
    }

    /// Whether the library holds what it announced, and nothing under another name.
    pub(super) fn check_announced<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), Reason> {
        let mut names = names;
        match names.find(|name| !self.plugins.iter().any(|announced| announced == name)) {
            Some(name) => Err(format!("contains {name}, which its manifest does not mention; rebuild it")),
            None => Ok(()),
        }
    }
}

fn is_known(hook: &str) -> bool {
    HOOK_NAMES.contains(&hook)
}

/// How the names of the server's own plugins begin.
const RESERVED: &str = "datasette.";

/// The part of a version that has to be the same.
pub(super) fn major(version: &str) -> Option<u64> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let answer = Manifest::parse(json.as_bytes()).and_then(|manifest| manifest.check());
        let text = answer.err().unwrap_or_else(|| "ok".to_owned());
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn a_manifest_decides_before_anything_is_loaded() {
        check(r#"{"schema":1,"name":"x","api":"1.7.0","panic":"unwind","new":1}"#, "ok");
        check("{\"api\":\"1.0.0\"}\0\0", "ok");
        check(r#"{"api":"2.0.0"}"#, "needs plugin API 2.0.0");
        check(r#"{"api":"1.0.0","panic":"abort"}"#, "rebuild it with panic");
        check(r#"{"schema":2,"api":"1.0.0"}"#, "newer datasette");
        check("{", "damaged");
        let newer = r#"{"api":"1.7.0","hooks":["render_cell","hook_of_1_7"]}"#;
        check(newer, "ok");
        check(&newer.replace("\"hooks\"", "\"security\":true,\"hooks\""), "needs the hook hook_of_1_7");
        check(
            &newer.replace("\"hooks\"", "\"requires\":[\"hook_of_1_7\"],\"hooks\""),
            "needs a newer datasette",
        );
        let loses = |json: &str| Manifest::parse(json.as_bytes()).ok().and_then(|manifest| manifest.loses());
        assert!(loses(newer).is_some_and(|text| text.ends_with("never calls: hook_of_1_7")));
        assert_eq!(loses(r#"{"api":"1.7.0","hooks":["render_cell"]}"#), None);
    }

    #[test]
    fn names_of_the_servers_own_plugins_are_taken() {
        let manifest = |name: &str, plugins: &[&str]| Manifest {
            name: name.to_owned(),
            plugins: plugins.iter().map(|name| (*name).to_owned()).collect(),
            ..Manifest::default()
        };
        assert!(manifest("datasette-render-links", &["datasette-render-links"]).check_names().is_ok());
        for impostor in
            [manifest("datasette.x", &["x"]), manifest("x", &["x", "datasette.default_permissions"])]
        {
            let reason = impostor.check_names().unwrap_err();
            assert!(reason.contains("the server's own"), "{reason}");
        }
    }

    #[test]
    fn a_library_holds_what_it_announced() {
        let manifest = Manifest { plugins: vec!["a".to_owned(), "b".to_owned()], ..Manifest::default() };
        assert!(manifest.check_announced(["a", "b"].into_iter()).is_ok());
        let reason = manifest.check_announced(["a", "datasette.x"].into_iter()).unwrap_err();
        assert!(reason.contains("datasette.x"), "{reason}");
    }
}
