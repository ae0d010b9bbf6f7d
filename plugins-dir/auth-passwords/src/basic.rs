//! HTTP Basic authentication: the browser asks, and sends the password along with every request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::rand_core::{OsRng, RngCore as _};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use datasette_plugin_api::{Actor, Request, Response};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::accounts::Accounts;

/// The actor of the request, if Basic authentication is on and the password is right.
pub(crate) fn actor(accounts: &Accounts, request: &Request<'_>) -> Option<Actor> {
    accounts.realm.as_ref()?;
    let (name, password) = credentials(request.header("authorization")?)?;
    if accounts.proved.has(&name, &password) {
        return accounts.actor(&name);
    }
    let actor = accounts.sign_in(&name, &password, request.client()).ok()?;
    accounts.proved.keep(&name, &password);
    Some(actor)
}

/// Has the browser ask for name and password.
pub(crate) fn challenge(realm: &str) -> Response {
    let realm = realm.replace('\\', "\\\\").replace('"', "\\\"");
    Response::text("A user name and a password are needed here.\n")
        .with_status(401)
        .with_header("www-authenticate", format!("Basic realm=\"{realm}\", charset=\"UTF-8\""))
        .with_header("cache-control", "no-store")
}

fn credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded =
        BASE64_STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

/// What proved right lately, by user name: hashing the password anew for every file of a page would take too
/// long. What is kept is of no use outside of this process.
pub(crate) struct Proved {
    key: [u8; 32],
    /// Only names of accounts come here, so it stays small.
    digests: Mutex<HashMap<String, [u8; 32]>>,
}

impl Proved {
    pub(crate) fn new() -> Self {
        let mut key = [0; 32];
        OsRng.fill_bytes(&mut key);
        Self { key, digests: Mutex::default() }
    }

    fn digest(&self, name: &str, password: &str) -> [u8; 32] {
        // HMAC takes keys of any length, so this never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return self.key };
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(password.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn has(&self, name: &str, password: &str) -> bool {
        let known = self.digests.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        known.is_some_and(|known| known.ct_eq(&self.digest(name, password)).into())
    }

    fn keep(&self, name: &str, password: &str) {
        let digest = self.digest(name, password);
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), digest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read() {
        let check = |header: &str, expected: Option<(&str, &str)>| {
            let found = credentials(header);
            assert_eq!(found.as_ref().map(|(n, p)| (n.as_str(), p.as_str())), expected, "{header}");
        };
        check("Basic YW5uOmE6Yg==", Some(("ann", "a:b")));
        check("basic YW5uOg==", Some(("ann", "")));
        check("Bearer YW5uOmE6Yg==", None);
        check("Basic !!!", None);
        check("Basic /////w==", None);
        check("Basic", None);
    }

    #[test]
    fn a_realm_stays_within_its_quotes() {
        let response = challenge("a\"b\\");
        assert_eq!(
            response.header("www-authenticate"),
            Some("Basic realm=\"a\\\"b\\\\\", charset=\"UTF-8\"")
        );
    }

    #[test]
    fn only_the_same_password_is_remembered() {
        let proved = Proved::new();
        proved.keep("ann", "secret");
        assert!(proved.has("ann", "secret"));
        assert!(!proved.has("ann", "secre") && !proved.has("an", "nsecret") && !proved.has("bob", "secret"));
    }
}
