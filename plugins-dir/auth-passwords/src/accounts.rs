//! Who may sign in, as the configuration says, and whether a password is theirs.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use datasette_plugin_api::*;

use crate::basic::Proved;
use crate::hash::Stored;
use crate::limits::Limits;

/// More people than these do not wait for their password to be checked.
const MOST_WAITING: usize = 16;

/// Longer names and passwords belong to nobody.
const LONGEST: usize = 1024;

pub(crate) struct Accounts {
    known: HashMap<String, Account>,
    /// What the passwords of people who are not known are compared with: one for each account, and as costly.
    decoys: Vec<Stored>,
    choice: RandomState,
    limits: Mutex<Limits>,
    waiting: AtomicUsize,
    /// One password at a time: who guesses keeps no more than one core busy.
    turn: Mutex<()>,
    /// For HTTP Basic authentication, which replaces the form.
    pub(crate) realm: Option<String>,
    pub(crate) proved: Proved,
}

struct Account {
    stored: Stored,
    actor: Actor,
}

/// Why nobody is signed in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Who is not known is told the same as who is, with another password.
    Wrong,
    TooMany(Duration),
}

impl Accounts {
    pub(crate) fn from_config(config: &Json) -> Result<Self> {
        let nothing = Map::new();
        let config = match config {
            Json::Null => &nothing,
            Json::Object(config) => config,
            _ => return Err("the configuration of datasette-auth-passwords has to be an object".into()),
        };
        let mut actors = match config.get("actors") {
            None => Map::new(),
            Some(Json::Object(actors)) => actors.clone(),
            Some(_) => return Err("actors has to be an object: user names with their actors".into()),
        };
        let mut known = HashMap::new();
        for (key, value) in config {
            let Some(name) = key.strip_suffix("_password_hash") else { continue };
            let text = value.as_str().ok_or_else(|| Error::new(format!("{key} has to be a text")))?;
            let stored =
                Stored::parse(text).map_err(|error| Error::new(format!("{key}: {}", error.message)))?;
            let actor = match actors.remove(name) {
                None => Actor::with_id(name),
                Some(actor) => Actor::from_json(actor)
                    .ok_or_else(|| Error::new(format!("actors.{name} has to be an object")))?,
            };
            known.insert(name.to_owned(), Account { stored, actor });
        }
        if let Some((name, _)) = actors.iter().next() {
            return Err(format!("actors names {name}, but there is no {name}_password_hash").into());
        }
        let unknown = config.keys().find(|key| {
            let options = ["actors", "http_basic_auth", "http_basic_auth_realm", "required"];
            !options.contains(&key.as_str()) && !key.ends_with("_password_hash")
        });
        if let Some(key) = unknown {
            return Err(format!("datasette-auth-passwords has no option {key}").into());
        }
        let realm = realm(config)?;
        let decoys = known.values().map(|account| account.stored.decoy()).collect();
        Ok(Self {
            known,
            decoys,
            choice: RandomState::new(),
            limits: Mutex::default(),
            waiting: AtomicUsize::new(0),
            turn: Mutex::default(),
            realm,
            proved: Proved::new(),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The actor with that name and password; `from` is the address that they were sent from.
    pub(crate) fn sign_in(&self, name: &str, password: &str, from: Option<&str>) -> Result<Actor, Refused> {
        if name.len() > LONGEST || password.len() > LONGEST {
            return Err(Refused::Wrong);
        }
        let from: Option<IpAddr> = from.and_then(|from| from.parse().ok());
        // From this machine comes whatever passes a proxy that the server was not told of.
        let from = from.filter(|from| !from.to_canonical().is_loopback());
        let admit =
            || self.limit(|limits| limits.admit(name, from, Instant::now())).map_err(Refused::TooMany);
        admit()?;
        // Those who waited with the same name meanwhile may have failed.
        let actor = self.alone(|| admit().map(|()| self.compare(name, password)))??;
        match actor {
            Some(actor) => {
                self.limit(|limits| limits.succeeded(name));
                Ok(actor)
            }
            None => {
                self.limit(|limits| limits.failed(name, from, Instant::now()));
                Err(Refused::Wrong)
            }
        }
    }

    /// Exactly one comparison, whoever it is, so that the time taken does not tell who is known.
    fn compare(&self, name: &str, password: &str) -> Option<Actor> {
        let account = self.known.get(name);
        let stored = account.map(|account| &account.stored).or_else(|| self.decoy(name))?;
        let fits = stored.matches(password);
        account.filter(|_| fits).map(|account| account.actor.clone())
    }

    /// Always the same for a name.
    fn decoy(&self, name: &str) -> Option<&Stored> {
        let many = u64::try_from(self.decoys.len()).ok().filter(|many| *many > 0)?;
        self.decoys.get(usize::try_from(self.choice.hash_one(name) % many).ok()?)
    }

    /// Costly work, one at a time.
    pub(crate) fn alone<T>(&self, work: impl FnOnce() -> T) -> Result<T, Refused> {
        let ahead = self.waiting.fetch_add(1, Ordering::Relaxed);
        let done = if ahead >= MOST_WAITING {
            Err(Refused::TooMany(Duration::from_secs(5)))
        } else {
            let turn = self.turn.lock();
            let result = work();
            drop(turn);
            Ok(result)
        };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        done
    }

    fn limit<T>(&self, work: impl FnOnce(&mut Limits) -> T) -> T {
        // Numbers are as good after a panic as before.
        work(&mut self.limits.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The actor of that name, who proved a moment ago that it is theirs.
    pub(crate) fn actor(&self, name: &str) -> Option<Actor> {
        self.known.get(name).map(|account| account.actor.clone())
    }
}

fn realm(config: &Map) -> Result<Option<String>> {
    let wanted = match config.get("http_basic_auth") {
        None => false,
        Some(Json::Bool(wanted)) => *wanted,
        Some(_) => return Err("http_basic_auth has to be true or false".into()),
    };
    match config.get("http_basic_auth_realm") {
        Some(_) if !wanted => Err("http_basic_auth_realm does nothing without http_basic_auth".into()),
        None => Ok(wanted.then(|| "Datasette".to_owned())),
        Some(Json::String(realm)) if realm.chars().all(|c| (' '..='~').contains(&c)) => {
            Ok(Some(realm.clone()))
        }
        Some(_) => Err("http_basic_auth_realm has to be a text of plain letters".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a known name and of any other, the work is one comparison with the same parameters.
    #[test]
    fn somebody_unknown_is_compared_with_a_decoy_that_costs_the_same() {
        let hash = "pbkdf2_sha256$1000$salty$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let accounts = Accounts::from_config(&json!({"ann_password_hash": hash})).unwrap();
        let decoy = accounts.decoy("nobody").unwrap();
        assert!(matches!(decoy, Stored::Pbkdf2 { iterations: 1000, expected, .. } if expected.len() == 32));
        assert!(accounts.compare("nobody", "secret").is_none());
        // Even a password that fits the decoy opens nothing.
        let fitting = Stored::parse("pbkdf2_sha256$1$salt$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs=");
        let open = Accounts { decoys: vec![fitting.unwrap()], ..accounts };
        assert!(
            open.decoy("nobody").unwrap().matches("password") && open.compare("nobody", "password").is_none()
        );
    }

    #[test]
    fn without_accounts_nobody_is_anybody() {
        let accounts = Accounts::from_config(&Json::Null).unwrap();
        assert_eq!(accounts.sign_in("", "", None).err(), Some(Refused::Wrong));
    }
}
