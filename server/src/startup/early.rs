//! What plugins may ask while they are made, when there is no site yet: the configuration.

use datasette_plugin_api::{Error, Json, Map, Result};

use crate::app::Facts;
use crate::config::Config;
use crate::host::{plugin_config, setting};
use crate::options::StartError;
use crate::plugins::{HostServices, unknown_service};
use crate::request::Request;

pub(super) struct EarlyHost {
    config: Config,
    facts: Facts,
}

impl EarlyHost {
    pub(super) fn new(config: Config, facts: Facts) -> Self {
        Self { config, facts }
    }

    /// For a command that serves nothing: plugins find the defaults.
    pub(super) fn unconfigured() -> std::result::Result<Self, StartError> {
        let config = Config::new(Json::Null, Json::Null, Map::new())?;
        Ok(Self::new(config, Facts::default()))
    }
}

impl HostServices for EarlyHost {
    fn call(&self, _plugin: &str, method: &str, args: Json, _request: Option<&Request>) -> Result<Json> {
        match method {
            "setting" => setting(&self.config, &self.facts, args),
            "settings" => Ok(Json::Object(self.config.settings().to_json())),
            "plugin_config" => plugin_config(&self.config, args, true),
            "plugin_config_at" => plugin_config(&self.config, args, false),
            method => Err(unknown_service(method)),
        }
    }

    fn sign(&self, _value: &str, _namespace: &str) -> Result<String> {
        Err(Error::new("signing is possible from `startup` on"))
    }

    fn unsign(&self, _signed: &str, _namespace: &str) -> Result<String> {
        Err(Error::new("signatures can be checked from `startup` on"))
    }
}
