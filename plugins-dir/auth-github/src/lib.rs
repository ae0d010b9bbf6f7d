//! Signs people in with their account at GitHub.
//!
//! Hooks: `menu_links`, `register_routes`. Config: `client_id`, `client_secret`, `load_orgs`, `load_teams`, `host`;
//! see README.md.

mod config;
mod flow;
mod github;

use std::sync::Arc;

use datasette_plugin_api::*;

use config::Config;

struct AuthGitHub {
    host: Host,
    config: Arc<Config>,
}

#[hookimpl]
impl Plugin for AuthGitHub {
    fn new(host: Host) -> Result<Self> {
        let config = Arc::new(Config::read(&host.config()?)?);
        Ok(Self { host, config })
    }

    fn register_routes(&self) -> Result<Vec<Route>> {
        // The second is what the plugin of this name in Python calls the first.
        let starts = ["^/-/github-auth$", "^/-/github-auth-start$"].map(|pattern| {
            let (host, config) = (self.host.clone(), Arc::clone(&self.config));
            Route::new(pattern, move |request| flow::start(&host, &config, request))
        });
        let (host, config) = (self.host.clone(), Arc::clone(&self.config));
        let callback =
            Route::new("^/-/github-auth-callback$", move |request| flow::callback(&host, &config, request));
        Ok(starts.into_iter().chain([callback]).collect())
    }

    fn menu_links(&self, args: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        if args.actor.is_some() || !self.config.is_ready() {
            return Ok(Vec::new());
        }
        Ok(vec![MenuItem::link(self.host.url_path("/-/github-auth", None)?, "Sign in with GitHub")])
    }
}

export_plugin!(AuthGitHub, security = true);

#[cfg(test)]
mod tests;
