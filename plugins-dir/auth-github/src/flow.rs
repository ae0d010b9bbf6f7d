//! There and back: to GitHub with a state that only this browser knows, back with a code for a token.

use std::time::{SystemTime, UNIX_EPOCH};

use datasette_plugin_api::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use subtle::ConstantTimeEq as _;

use crate::config::Config;
use crate::github::GitHub;

/// Holds the state until the browser is back. Signed for this purpose alone.
const COOKIE: &str = "ds_github_auth";
const NAMESPACE: &str = "datasette-auth-github-state";

/// Seconds to sign in at GitHub.
const PATIENCE: u64 = 10 * 60;

/// `/-/github-auth`: off to GitHub.
pub(crate) fn start(host: &Host, config: &Config, request: &Request<'_>) -> Result<Response> {
    only_get(request)?;
    if !config.is_ready() {
        return Err(Error::not_found("Signing in with GitHub is not configured here"));
    }
    let random: [u8; 32] = rand::random();
    let state = random.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let location = format!(
        "{}/login/oauth/authorize?client_id={}&scope={}&state={state}",
        config.github_url,
        utf8_percent_encode(&config.client_id, NON_ALPHANUMERIC),
        utf8_percent_encode(config.scope(), NON_ALPHANUMERIC),
    );
    let until = now() + PATIENCE;
    let mut cookie = Cookie::new(COOKIE, host.sign(&format!("{until}-{state}"), NAMESPACE)?);
    cookie.max_age = i64::try_from(PATIENCE).ok();
    Ok(Response::redirect(location)
        .with_cookie(&secured(cookie, request))
        .with_header("cache-control", "private, no-store"))
}

/// `/-/github-auth-callback`: back from GitHub.
pub(crate) fn callback(host: &Host, config: &Config, request: &Request<'_>) -> Result<Response> {
    only_get(request)?;
    if let Some(error) = request.arg("error") {
        let said = request.arg("error_description").unwrap_or(error);
        return Err(Error::forbidden(format!("GitHub did not sign you in: {said}")));
    }
    check_state(host, request)?;
    let code = request.arg("code").filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Error::bad_request("GitHub sent no code along"))?;
    let actor = GitHub::new(config).actor(code).map_err(|error| {
        host.log(Level::Error, &format!("signing in with GitHub failed: {}", error.message));
        Error::forbidden("GitHub did not confirm who you are. Please sign in again.")
    })?;
    let cookie = host.actor_cookie(request, &actor, None)?;
    host.track_event(&Event::new("login", Some(actor)))?;
    // Always home: an address that came along could be anybody's.
    Ok(Response::redirect(host.url_instance(None)?)
        .with_cookie(&cookie)
        .with_cookie(&secured(Cookie::deleted(COOKIE), request))
        .with_header("cache-control", "private, no-store"))
}

/// The browser that comes back has to be the one that left, or somebody could be signed in as another.
fn check_state(host: &Host, request: &Request<'_>) -> Result<()> {
    let refused = || {
        Error::forbidden("This sign-in was not started in this browser, or too long ago. Please try again.")
    };
    let cookie = request.cookie(COOKIE).ok_or_else(refused)?;
    let signed = host.unsign(&cookie, NAMESPACE).map_err(|_| refused())?;
    let (until, state) = signed.split_once('-').ok_or_else(refused)?;
    let sent = request.arg("state").unwrap_or_default();
    let is_same: bool = state.as_bytes().ct_eq(sent.as_bytes()).into();
    let is_late = until.parse().map_or(true, |until: u64| now() > until);
    if is_same && !is_late { Ok(()) } else { Err(refused()) }
}

fn only_get(request: &Request<'_>) -> Result<()> {
    match request.method() {
        "GET" => Ok(()),
        _ => Err(Error::bad_request("This address is for GET alone")),
    }
}

fn secured(mut cookie: Cookie, request: &Request<'_>) -> Cookie {
    cookie.httponly = true;
    cookie.secure = request.scheme() == "https";
    cookie
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
