//! What a plugin registered and the server calls later: it counts with the hook that registered it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api as api;
use datasette_plugin_api::server::Hook;

use super::glue::failure;
use super::stats::Counts;
use crate::error::Result;

/// Something with a plugin behind it.
pub(super) struct Owned<T> {
    pub(super) plugin: String,
    pub(super) it: T,
    hook: Hook,
    counts: Arc<[Counts]>,
}

impl<T> Owned<T> {
    pub(super) fn new(plugin: &str, hook: Hook, counts: &Arc<[Counts]>, it: T) -> Self {
        Self { plugin: plugin.to_owned(), it, hook, counts: Arc::clone(counts) }
    }

    /// Calls it; what goes wrong fails the request.
    pub(super) fn ask<R>(&self, call: impl FnOnce(&T) -> api::Result<R>) -> Result<R> {
        self.try_ask(call).map_err(|error| failure(&self.plugin, self.hook, error))
    }

    /// The same, where it asks the server for something that takes time: `inside` gets that.
    pub(super) fn ask_beside<R>(
        &self,
        inside: &Cell<Duration>,
        call: impl FnOnce(&T) -> api::Result<R>,
    ) -> Result<R> {
        self.counted(inside, call).map_err(|error| failure(&self.plugin, self.hook, error))
    }

    /// Calls it.
    pub(super) fn try_ask<R>(&self, call: impl FnOnce(&T) -> api::Result<R>) -> api::Result<R> {
        self.counted(&Cell::default(), call)
    }

    fn counted<R>(&self, inside: &Cell<Duration>, call: impl FnOnce(&T) -> api::Result<R>) -> api::Result<R> {
        match self.counts.get(self.hook as usize) {
            Some(counts) => counts.timed(inside, || call(&self.it)),
            None => call(&self.it),
        }
    }

    /// Calls it for one of many cells; what goes wrong fails the request.
    pub(super) fn ask_for_cell<R>(&self, call: impl FnOnce(&T) -> api::Result<R>) -> Result<R> {
        self.try_ask_for_cell(call).map_err(|error| failure(&self.plugin, self.hook, error))
    }

    /// Calls it for one of many cells.
    pub(super) fn try_ask_for_cell<R>(&self, call: impl FnOnce(&T) -> api::Result<R>) -> api::Result<R> {
        match self.counts.get(self.hook as usize) {
            Some(counts) => counts.sampled(|| call(&self.it)),
            None => call(&self.it),
        }
    }
}
