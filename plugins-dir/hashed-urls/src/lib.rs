//! Serves immutable databases at URLs with a part of their hash: `/db` as `/db-aa7318b`. What is there never
//! changes, so that caches may keep it for a year.
//!
//! Hooks: `request_wrapper`, `startup`. Config: `max_age`.

mod urls;

use std::sync::OnceLock;

use datasette_plugin_api::*;

use urls::{Place, Sites};

const YEAR: u64 = 365 * 24 * 60 * 60;

struct HashedUrls {
    host: Host,
    max_age: u64,
    sites: OnceLock<Sites>,
}

#[hookimpl]
impl Plugin for HashedUrls {
    fn new(host: Host) -> Result<Self> {
        let max_age = max_age(&host.config()?)?;
        Ok(Self { host, max_age, sites: OnceLock::new() })
    }

    fn startup(&self, _: &Startup<'_>) -> Result<()> {
        let sites = Sites::new(&self.host.databases()?, |name| self.host.url_database(name, None))?;
        // A second start of the same plugin does not happen; the first list would be as good.
        let _ = self.sites.set(sites);
        Ok(())
    }

    fn request_wrapper(&self, args: &RequestWrapper<'_>) -> Result<Response> {
        let request = args.request;
        let Some(sites) = self.sites.get().filter(|sites| !sites.is_empty()) else { return args.next.call() };
        if !matches!(request.method(), "GET" | "HEAD") {
            return match sites.place(request.path()) {
                Place::Here { plain } => args.next.call_with(&Changes::new().path(plain)),
                _ => args.next.call(),
            };
        }
        match sites.place(request.path()) {
            Place::Elsewhere { hashed } => {
                let mut location = self.host.url_path(&hashed, None)?;
                if !request.query_string().is_empty() {
                    location = format!("{location}?{}", request.query_string());
                }
                Ok(Response::redirect(location))
            }
            Place::Here { plain } => {
                let mut response = args.next.call_with(&Changes::new().path(plain))?;
                sites.straighten(&mut response);
                // Who asks for a lifetime of their own gets it.
                if response.status == 200 && request.arg("_ttl").is_none() {
                    response.headers.retain(|(name, _)| name != "cache-control");
                    response = response.with_header("cache-control", format!("max-age={}", self.max_age));
                }
                Ok(response)
            }
            Place::NotOurs => {
                let mut response = args.next.call()?;
                sites.straighten(&mut response);
                Ok(response)
            }
        }
    }
}

export_plugin!(HashedUrls);

fn max_age(config: &Json) -> Result<u64> {
    let Some(config) = config.as_object() else {
        return if config.is_null() { Ok(YEAR) } else { Err("the configuration has to be an object".into()) };
    };
    if let Some(key) = config.keys().find(|key| !["max_age", "required"].contains(&key.as_str())) {
        return Err(format!("datasette-hashed-urls has no option {key}").into());
    }
    match config.get("max_age") {
        None => Ok(YEAR),
        Some(seconds) => seconds.as_u64().ok_or_else(|| "max_age has to be a number of seconds".into()),
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, Harness};

    use super::*;

    #[test]
    fn the_configuration_is_checked() {
        let start = |config: Json| Harness::<HashedUrls>::start(FakeHost::new().config(config));
        for good in [Json::Null, json!({}), json!({"max_age": 0, "required": true})] {
            assert!(start(good).is_ok());
        }
        for (bad, word) in [
            (json!({"max_age": -1}), "number of seconds"),
            (json!({"max_age": "1"}), "number of seconds"),
            (json!({"age": 1}), "no option age"),
            (json!([]), "object"),
        ] {
            let error = start(bad).err().unwrap().message;
            assert!(error.contains(word), "{error}");
        }
    }
}
