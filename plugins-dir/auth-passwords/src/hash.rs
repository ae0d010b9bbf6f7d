//! Hashes of passwords: made with Argon2id, and read in the form of the Python plugin as well
//! (`pbkdf2_sha256$ITERATIONS$SALT$BASE64`).

use argon2::password_hash::rand_core::{OsRng, RngCore as _};
use argon2::password_hash::{Output, PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use datasette_plugin_api::{Error, Result};
use hmac::Hmac;
use pbkdf2::pbkdf2;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

const PBKDF2: &str = "pbkdf2_sha256";

/// A hash, to compare passwords with.
#[derive(Clone)]
pub(crate) enum Stored {
    /// In the form of the Password Hashing Competition: `$argon2id$v=19$m=...`.
    Argon2(String),
    Pbkdf2 {
        iterations: u32,
        salt: String,
        expected: Vec<u8>,
    },
}

/// A hash for the configuration: Argon2id with 19 MiB and two passes, as OWASP recommends.
pub(crate) fn hash(password: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default());
    Ok(argon2.hash_password(password.as_bytes(), &salt)?.to_string())
}

impl Stored {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::new(
                "this is no hash of a password; make one at /-/password-tool and quote it in the shell",
            )
        };
        let text = text.trim();
        if text.starts_with("$argon2") {
            let parsed = PasswordHash::new(text).map_err(|_| wrong())?;
            let is_whole =
                parsed.hash.is_some() && parsed.salt.is_some() && Params::try_from(&parsed).is_ok();
            return if is_whole { Ok(Self::Argon2(text.to_owned())) } else { Err(wrong()) };
        }
        let parts: Vec<&str> = text.split('$').collect();
        let [PBKDF2, iterations, salt, expected] = parts[..] else { return Err(wrong()) };
        let iterations = iterations.parse().ok().filter(|iterations| *iterations > 0).ok_or_else(wrong)?;
        let expected =
            BASE64_STANDARD.decode(expected).ok().filter(|hash| hash.len() >= 16).ok_or_else(wrong)?;
        Ok(Self::Pbkdf2 { iterations, salt: salt.to_owned(), expected })
    }

    /// Takes as long for a right password as for a wrong one.
    pub(crate) fn matches(&self, password: &str) -> bool {
        match self {
            Self::Argon2(text) => PasswordHash::new(text)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
            Self::Pbkdf2 { iterations, salt, expected } => {
                let mut actual = vec![0; expected.len()];
                let made =
                    pbkdf2::<Hmac<Sha256>>(password.as_bytes(), salt.as_bytes(), *iterations, &mut actual);
                made.is_ok() && bool::from(actual.ct_eq(expected))
            }
        }
    }

    /// One that no password fits, and that costs the same.
    pub(crate) fn decoy(&self) -> Self {
        let mut random = [0; 32];
        OsRng.fill_bytes(&mut random);
        match self {
            Self::Argon2(text) => {
                let mut decoy = text.clone();
                if let Ok(mut hash) = PasswordHash::new(text) {
                    let length = hash.hash.map_or(32, |output| output.len().min(32));
                    hash.hash = Output::new(&random[..length]).ok();
                    decoy = hash.to_string();
                }
                Self::Argon2(decoy)
            }
            Self::Pbkdf2 { iterations, salt, expected } => {
                let expected = random.iter().copied().cycle().take(expected.len()).collect();
                Self::Pbkdf2 { iterations: *iterations, salt: salt.clone(), expected }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Python: `hashlib.pbkdf2_hmac("sha256", b"secret", b"salty", 1000)`.
    const PYTHON: &str = "pbkdf2_sha256$1000$salty$imBvJbHNIPG2OemW+ljTjYuZpnyIMfbTv3AYD+KaXEA=";

    #[test]
    fn hashes_of_the_python_plugin_are_read() {
        let stored = Stored::parse(PYTHON).unwrap();
        assert!(stored.matches("secret"));
        assert!(!stored.matches("Secret") && !stored.matches(""));
    }

    #[test]
    fn what_is_made_is_read() {
        let text = hash("pass wörd").unwrap();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        assert_ne!(text, hash("pass wörd").unwrap(), "the salt differs");
        let stored = Stored::parse(&text).unwrap();
        assert!(stored.matches("pass wörd") && !stored.matches("pass word"));
    }

    #[test]
    fn decoys_fit_nothing_and_cost_the_same() {
        let Stored::Argon2(decoy) = Stored::parse(&hash("secret").unwrap()).unwrap().decoy() else {
            panic!("another kind")
        };
        assert!(decoy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{decoy}");
        assert!(!Stored::parse(&decoy).unwrap().matches("secret"));
        let decoy = Stored::parse(PYTHON).unwrap().decoy();
        assert!(matches!(decoy, Stored::Pbkdf2 { iterations: 1000, .. }) && !decoy.matches("secret"));
    }

    #[test]
    fn what_is_no_hash_is_named_so() {
        for text in [
            "",
            "secret",
            "pbkdf2_sha256$1000$salt",
            "pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "pbkdf2_sha256$x$salt$AAAA",
            "pbkdf2_sha256$10$salt$",
            "pbkdf2_sha1$10$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
            "$argon2id$nonsense",
        ] {
            assert!(Stored::parse(text).is_err(), "{text}");
        }
    }
}
