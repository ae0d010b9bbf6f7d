//! A plugin, as a server holds it; and how a library makes one.

use abi_stable::std_types::{RSlice, RString, RVec};
use serde::{Deserialize, Serialize};

use super::guard::{guard, install_panic_hook, result};
use super::hooks::{Hook, HookSet, table};
use super::object::drop_state;
use super::raw::{RawFile, RawHost, RawLibraryRef, RawPlugin, RawResult, State};
use crate::{Host, Plugin, Result};

/// A plugin on the other side of the boundary. Its hooks are methods of the same names.
pub struct RemotePlugin {
    pub(crate) raw: RawPlugin,
    info: Info,
    hooks: Vec<Hook>,
}

/// What a plugin says about itself. Grows: unknown keys are passed over, absent ones are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Info {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Version of the plugin API it was built with.
    pub api: String,
    /// Hooks that want to be called before other plugins'.
    pub try_first: Vec<String>,
    /// Hooks that want to be called after other plugins'.
    pub try_last: Vec<String>,
}

impl RemotePlugin {
    /// Makes the plugins of a library.
    pub fn all(library: RawLibraryRef, host: RawHost) -> Result<Vec<Self>> {
        result((library.plugins())(host))?.into_iter().map(Self::new).collect()
    }

    /// Takes over what a library made.
    pub(crate) fn new(raw: RawPlugin) -> Result<Self> {
        let info = serde_json::from_str(raw.info.as_str())?;
        let hooks = raw.hooks.implemented();
        Ok(Self { raw, info, hooks })
    }

    /// What it says about itself.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The hooks it has.
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// Whether it has that hook.
    pub fn has(&self, hook: Hook) -> bool {
        self.hooks.contains(&hook)
    }

    /// The files it brings along, by path (`templates/...`, `static/...`).
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &'static [u8])> + '_ {
        self.raw.files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice()))
    }
}

impl Drop for RemotePlugin {
    fn drop(&mut self) {
        (self.raw.drop_state)(self.raw.state);
    }
}

/// Makes a plugin, in the library.
pub fn make<P: Plugin + HookSet>(name: &str, version: &str, host: RawHost) -> Result<RawPlugin> {
    let plugin = P::new(Host::new(host, name))?;
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let info = Info {
        name: name.to_owned(),
        version: version.to_owned(),
        api: crate::API_VERSION.to_owned(),
        try_first: owned(P::TRY_FIRST),
        try_last: owned(P::TRY_LAST),
    };
    let files =
        P::FILES.iter().map(|file| RawFile { path: file.path.into(), bytes: RSlice::from_slice(file.bytes) });
    Ok(RawPlugin {
        info: RString::from(serde_json::to_string(&info)?),
        state: State(Box::into_raw(Box::new(plugin)).cast()),
        drop_state: drop_state::<P>,
        hooks: table::<P>(),
        files: files.collect(),
    })
}

/// One entry of [`make_all`]: a name, and [`make`] for its type.
pub type Maker = (&'static str, fn(&str, &str, RawHost) -> Result<RawPlugin>);

/// Makes all plugins of a library.
pub fn make_all(makers: &[Maker], version: &str, host: RawHost) -> RawResult<RVec<RawPlugin>> {
    install_panic_hook();
    guard(|| {
        let mut plugins = RVec::new();
        for (name, make) in makers {
            let plugin = make(name, version, host);
            plugins.push(plugin.map_err(|error| error.context(&format!("plugin {name} does not start")))?);
        }
        Ok(plugins)
    })
}
