//! Signs people in with a user name and a password: a form at `/-/login`, or HTTP Basic authentication.
//!
//! Hooks: `actor_from_request`, `forbidden`, `menu_links`, `register_commands`, `register_routes`, `request_wrapper`.
//! Config: `NAME_password_hash`, `actors`, `http_basic_auth`, `http_basic_auth_realm`; see README.md.

mod accounts;
mod basic;
mod command;
mod hash;
mod limits;
mod pages;

use std::sync::Arc;

use datasette_plugin_api::*;

use accounts::Accounts;

struct Passwords {
    host: Host,
    accounts: Arc<Accounts>,
}

#[hookimpl]
impl Plugin for Passwords {
    const FILES: &'static [EmbeddedFile] =
        embed!["templates/password_login.html", "templates/password_tool.html"];

    fn new(host: Host) -> Result<Self> {
        let accounts = Arc::new(Accounts::from_config(&host.config()?)?);
        Ok(Self { host, accounts })
    }

    fn register_commands(&self) -> Result<Vec<Command>> {
        Ok(vec![command::hash_password()])
    }

    fn actor_from_request(&self, args: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        Ok(basic::actor(&self.accounts, &args.request))
    }

    fn request_wrapper(&self, args: &RequestWrapper<'_>) -> Result<Response> {
        match &self.accounts.realm {
            Some(realm) if args.request.actor().is_none() => Ok(basic::challenge(realm)),
            _ => args.next.call(),
        }
    }

    fn register_routes(&self) -> Result<Vec<Route>> {
        let (host, accounts) = (self.host.clone(), Arc::clone(&self.accounts));
        let login = move |request: &Request<'_>| pages::login(&host, &accounts, request);
        let (host, accounts) = (self.host.clone(), Arc::clone(&self.accounts));
        let tool = move |request: &Request<'_>| pages::tool(&host, &accounts, request);
        Ok(vec![Route::new("^/-/login$", login), Route::new("^/-/password-tool$", tool)])
    }

    fn menu_links(&self, args: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        if args.actor.is_some() || self.accounts.realm.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![MenuItem::link(self.host.url_path("/-/login", None)?, "Log in")])
    }

    fn forbidden(&self, args: &Forbidden<'_>) -> Result<Option<Response>> {
        pages::send_to_login(&self.host, &self.accounts, &args.request)
    }
}

export_plugin!(Passwords, security = true);

#[cfg(test)]
mod tests;
