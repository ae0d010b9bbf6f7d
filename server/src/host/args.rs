//! The arguments of a service, checked as they are taken.

use datasette_plugin_api::{Actor, Error, Json, Result};
use serde::de::DeserializeOwned;

/// A JSON object.
pub(super) struct Args(Json);

impl Args {
    pub(super) fn new(args: Json) -> Self {
        Self(args)
    }

    pub(super) fn text(&self, name: &str) -> Result<&str> {
        self.optional(name).ok_or_else(|| Error::new(format!("the argument `{name}` has to be text")))
    }

    /// `None` where it is missing, null, or not text.
    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(super) fn get(&self, name: &str) -> &Json {
        self.0.get(name).unwrap_or(&Json::Null)
    }

    /// Any type that reads itself from JSON; a missing argument is null.
    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_value(self.get(name).clone())
            .map_err(|error| Error::new(format!("the argument `{name}` is not as it should be: {error}")))
    }

    pub(super) fn actor(&self) -> Result<Option<Actor>> {
        self.read("actor")
    }
}
