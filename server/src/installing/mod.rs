//! Installing prebuilt plugins: from a name to a library that the next start of the server loads.
//!
//! ```text
//! words → indexes → releases → archives → hash and signature → unpacked → its manifest → a probe → the store → the state
//! ```
//!
//! It never runs a build, and nothing of a plugin runs before it was verified. A crash at any step leaves what was
//! installed before: the state is one file, replaced at the end. The command line only reads words and prints what comes
//! back; the server reads the state when it starts ([`to_load`]).
//!
//! What the index says is believed if a trusted key signed it ([`trust`]); archives are believed by their hash.

mod address;
mod archive;
mod cache;
mod descriptor;
mod editable;
mod error;
mod fetch;
mod index;
mod indexes;
mod install;
mod keys;
mod loading;
mod look;
mod order;
mod pack;
mod plan;
mod place;
mod prepare;
mod publish;
mod python;
mod quarantine;
mod remove;
mod requirements;
mod resolve;
mod signing;
mod state;
mod store;
mod target;
mod trust;
mod turn;
mod version;

use std::cell::OnceCell;
use std::path::Path;

pub(crate) use address::Address;
pub(crate) use descriptor::LibraryFacts;
pub(crate) use error::{Error, Kind, Result};
pub(crate) use install::{Change, Done, install, is_our_target, upgradable};
pub(crate) use keys::Key;
pub(crate) use loading::{ToLoad, files_to_watch, to_load};
pub(crate) use look::{Damage, PluginInfo, info, outdated, search, verify};
pub(crate) use order::{Order, Wanted};
pub(crate) use pack::{PackOptions, pack};
pub(crate) use place::{Place, is_ours};
pub(crate) use publish::{BuildOptions, build_index};
pub(crate) use quarantine::LoadWatch;
pub(crate) use remove::{remove, roll_back};
pub(crate) use requirements::{lock_lines, read_requirements};
pub(crate) use signing::new_key;
pub(crate) use state::State;
pub(crate) use target::{is_triple, ours as our_target};
pub(crate) use trust::Trust;
pub(crate) use version::normal as normal_name;

use cache::Cache;
use fetch::Client;

/// Where names are looked for when nobody says where. Builds that are shipped with an index have one.
pub(crate) const DEFAULT_INDEX: Option<&str> = option_env!("DATASETTE_BUILD_INDEX");
/// The key that signs it.
pub(crate) const DEFAULT_INDEX_KEY: Option<&str> = option_env!("DATASETTE_BUILD_INDEX_KEY");

/// What an installation needs of the host of plugins.
pub(crate) trait Libraries {
    /// What a library for any machine says about itself. Nothing of it runs. The error goes on after its name.
    fn describe(&self, bytes: &[u8]) -> Result<LibraryFacts, String>;

    /// Whether this server could load the library. Nothing of it runs.
    fn check(&self, library: &Path) -> Result<LibraryFacts, String>;

    /// Loads the library in a process of its own, which may die.
    fn try_out(&self, library: &Path) -> Result<(), String>;
}

/// Hears how far it is.
pub(crate) trait Watcher {
    /// A line for the person who waits.
    fn note(&self, line: &str);

    /// So much of a download is done.
    fn progress(&self, what: &str, done: u64, of: Option<u64>);

    /// The download is over.
    fn finished(&self);

    /// Asks the person. Nobody there means no.
    fn confirm(&self, question: &str) -> bool;
}

/// Where things come from, and who is trusted.
pub(crate) struct Sources<'a> {
    client: OnceCell<Client>,
    cache: Cache,
    offline: bool,
    trust: Trust,
    /// Of the command line, for this time.
    given_keys: &'a [Key],
    watcher: &'a dyn Watcher,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(
        place: &Place,
        given_keys: &'a [Key],
        offline: bool,
        watcher: &'a dyn Watcher,
    ) -> Result<Self> {
        let trust = Trust::read(place)?;
        Ok(Self { client: OnceCell::new(), cache: Cache::of_the_user(), offline, trust, given_keys, watcher })
    }

    /// Made when it is first needed: most commands ask nobody.
    fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::new()?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Keeps what was seen of indexes. Best effort for whoever only looks.
    fn remember(&self, place: &Place) {
        if Trust::read(place).is_ok_and(|known| known != self.trust) && self.trust.write(place).is_err() {
            tracing::debug!(
                "what was seen of the index is not remembered: the folder of plugins can't be written"
            );
        }
    }
}
