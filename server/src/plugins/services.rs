//! What plugins can ask of the server, and how a plugin finds the server that is only just being made.

use std::sync::{Arc, OnceLock, Weak};

use datasette_plugin_api::server::{RawHost, Services, TaskFn, source};
use datasette_plugin_api::{Error, Json, Level, Request as View, Result, Write};

use crate::request::Request;

/// The services of a site. `datasette_plugin_api::Host` documents the methods, their arguments and answers.
pub(crate) trait HostServices: Send + Sync {
    /// Any service, by name. Unknown ones are [`unknown_service`].
    fn call(&self, plugin: &str, method: &str, args: Json, request: Option<&Request>) -> Result<Json>;

    /// Signs text for a purpose.
    fn sign(&self, value: &str, namespace: &str) -> Result<String>;

    /// Checks text that was signed for a purpose.
    fn unsign(&self, signed: &str, namespace: &str) -> Result<String>;

    /// Runs a task beside the requests.
    fn spawn(&self, _plugin: &str, _name: &str, _id: Option<u64>, _task: TaskFn) -> Result<()> {
        Err(Error::new("tasks can be started from `startup` on"))
    }

    /// A service in the middle of which the plugin does its part.
    fn call_with(
        &self,
        _plugin: &str,
        method: &str,
        _args: Json,
        _request: Option<&Request>,
        _work: &dyn Fn(&Write<'_>) -> Result<()>,
    ) -> Result<Json> {
        Err(unknown_service(method))
    }
}

/// The answer to a service that this server does not have.
pub(crate) fn unknown_service(method: &str) -> Error {
    Error::new(format!("this server does not offer `{method}`; it needs a newer datasette"))
}

/// Where plugins look for the server. It outlives everything, as libraries do: they are never unloaded.
///
/// Plugins are made before the site that they belong to. Until [`connect`](Self::connect), `early` answers:
/// it knows the configuration and no database. Afterwards it is the site, for as long as there is one: the
/// slot does not keep it alive.
pub(super) struct HostSlot {
    early: Option<Arc<dyn HostServices>>,
    site: OnceLock<Weak<dyn HostServices>>,
}

impl HostSlot {
    pub(super) fn leak(early: Option<Arc<dyn HostServices>>) -> &'static Self {
        Box::leak(Box::new(Self { early, site: OnceLock::new() }))
    }

    pub(super) fn raw(&'static self) -> RawHost {
        RawHost::over(self)
    }

    pub(super) fn connect(&self, site: Weak<dyn HostServices>) {
        // The first site stays: there is one for each set of plugins.
        let _ = self.site.set(site);
    }

    fn services(&self) -> Result<Arc<dyn HostServices>> {
        match (self.site.get(), &self.early) {
            (Some(site), _) => site.upgrade().ok_or_else(|| Error::new("the server is shutting down")),
            (None, Some(early)) => Ok(Arc::clone(early)),
            (None, None) => Err(Error::new("the server is not ready; ask from `startup` on")),
        }
    }
}

impl Services for HostSlot {
    fn call(&self, plugin: &str, method: &str, args: Json, request: Option<View<'_>>) -> Result<Json> {
        let request = request.as_ref().and_then(source::<Request>);
        self.services()?.call(plugin, method, args, request)
    }

    fn log(&self, plugin: &str, level: Level, message: &str) {
        match level {
            Level::Error => tracing::error!(plugin, "{message}"),
            Level::Warn => tracing::warn!(plugin, "{message}"),
            Level::Info => tracing::info!(plugin, "{message}"),
            Level::Debug => tracing::debug!(plugin, "{message}"),
            _ => tracing::trace!(plugin, "{message}"),
        }
    }

    fn sign(&self, value: &str, namespace: &str) -> Result<String> {
        self.services()?.sign(value, namespace)
    }

    fn unsign(&self, signed: &str, namespace: &str) -> Result<String> {
        self.services()?.unsign(signed, namespace)
    }

    fn spawn(&self, plugin: &str, name: &str, id: Option<u64>, task: TaskFn) -> Result<()> {
        self.services()?.spawn(plugin, name, id, task)
    }

    fn call_with(
        &self,
        plugin: &str,
        method: &str,
        args: Json,
        request: Option<View<'_>>,
        work: &dyn Fn(&Write<'_>) -> Result<()>,
    ) -> Result<Json> {
        let request = request.as_ref().and_then(source::<Request>);
        self.services()?.call_with(plugin, method, args, request, work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Site;

    impl HostServices for Site {
        fn call(&self, plugin: &str, method: &str, _: Json, _: Option<&Request>) -> Result<Json> {
            Ok(format!("{plugin} asked for {method}").into())
        }

        fn sign(&self, value: &str, _: &str) -> Result<String> {
            Ok(value.to_owned())
        }

        fn unsign(&self, signed: &str, _: &str) -> Result<String> {
            Ok(signed.to_owned())
        }
    }

    #[test]
    fn a_slot_answers_once_the_site_is_there_and_while_it_lives() {
        let slot = HostSlot::leak(None);
        assert!(slot.call("p", "settings", Json::Null, None).unwrap_err().message.contains("startup"));
        let site: Arc<dyn HostServices> = Arc::new(Site);
        slot.connect(Arc::downgrade(&site));
        assert_eq!(slot.call("p", "settings", Json::Null, None).unwrap(), "p asked for settings");
        drop(site);
        assert!(slot.sign("a", "b").unwrap_err().message.contains("shutting down"));
    }
}
