//! Signed values: cookies, tokens and messages that a visitor carries and cannot change.
//!
//! The form is that of Python's `itsdangerous.URLSafeSerializer` with the namespace as salt, so what Datasette
//! signed with the same secret is read here, and the other way round. A signature has no time in it; whoever
//! needs an expiry puts it into the value.

use std::fmt;
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use hmac::{Hmac, Mac as _};
use serde_json::Value as Json;
use sha1::{Digest as _, Sha1};

/// Most bytes a compressed value may grow to; a cookie or token never comes near it.
const MAX_PAYLOAD: u64 = 1024 * 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What signatures are made with. Whoever knows it can be anybody, so it is never shown.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for a process that takes this one's place.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// A secret of this process alone: what it signs is worth nothing after a restart.
    pub(crate) fn random() -> Self {
        Self(random_hex())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// 32 random bytes as hexadecimal digits, for secrets and tokens that are used once.
pub(crate) fn random_hex() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text was not signed with this secret for this namespace, or it is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Bad signature")]
pub(crate) struct BadSignature;

/// Signs values and reads them back.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    secret: Secret,
}

impl Signer {
    pub(crate) fn new(secret: Secret) -> Self {
        Self { secret }
    }

    pub(crate) fn sign(&self, value: &Json, namespace: &str) -> String {
        let json = value.to_string();
        let mut text = match compress(json.as_bytes()) {
            Some(compressed) if compressed.len() + 1 < json.len() => {
                format!(".{}", BASE64.encode(compressed))
            }
            _ => BASE64.encode(json),
        };
        let signature = self.mac(namespace, text.as_bytes()).finalize().into_bytes();
        text.push('.');
        BASE64.encode_string(signature, &mut text);
        text
    }

    pub(crate) fn unsign(&self, text: &str, namespace: &str) -> Result<Json, BadSignature> {
        let (payload, signature) = text.rsplit_once('.').ok_or(BadSignature)?;
        let signature = BASE64.decode(signature).map_err(|_| BadSignature)?;
        // Takes the same time wherever the first difference is.
        self.mac(namespace, payload.as_bytes()).verify_slice(&signature).map_err(|_| BadSignature)?;

        let json = match payload.strip_prefix('.') {
            Some(compressed) => decompress(&BASE64.decode(compressed).map_err(|_| BadSignature)?)?,
            None => BASE64.decode(payload).map_err(|_| BadSignature)?,
        };
        serde_json::from_slice(&json).map_err(|_| BadSignature)
    }

    fn mac(&self, namespace: &str, payload: &[u8]) -> Hmac<Sha1> {
        let key = Sha1::new()
            .chain_update(namespace)
            .chain_update("signer")
            .chain_update(&self.secret.0)
            .finalize();
        let mut mac = <Hmac<Sha1> as hmac::digest::KeyInit>::new(&hmac_key(&key));
        mac.update(payload);
        mac
    }
}

/// HMAC fills a key that is shorter than a block of the hash with zeros.
fn hmac_key(key: &[u8]) -> hmac::digest::Key<Hmac<Sha1>> {
    let mut block = hmac::digest::Key::<Hmac<Sha1>>::default();
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    block
}

fn compress(json: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json).ok()?;
    encoder.finish().ok()
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, BadSignature> {
    let mut json = Vec::new();
    ZlibDecoder::new(bytes).take(MAX_PAYLOAD + 1).read_to_end(&mut json).map_err(|_| BadSignature)?;
    if json.len() as u64 > MAX_PAYLOAD { Err(BadSignature) } else { Ok(json) }
}

const BASE62: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";

/// A number as the actor cookie holds its expiry.
pub(crate) fn base62(number: u64) -> String {
    let mut digits = Vec::new();
    let mut rest = number;
    loop {
        digits.extend(BASE62.get((rest % 62) as usize).map(|digit| char::from(*digit)));
        rest /= 62;
        if rest == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn signer(secret: &str) -> Signer {
        Signer::new(Secret::new(secret))
    }

    // Made by Python: URLSafeSerializer(secret, salt=namespace).dumps(value).
    #[track_caller]
    fn check(secret: &str, namespace: &str, value: Json, python: &str) {
        assert_eq!(signer(secret).unsign(python, namespace), Ok(value.clone()));
        assert_eq!(signer(secret).sign(&value, namespace), python);
    }

    #[test]
    fn values_are_signed_as_itsdangerous_signs_them() {
        check(
            "s3cret",
            "actor",
            json!({"a": {"id": "root"}}),
            "eyJhIjp7ImlkIjoicm9vdCJ9fQ.9OOVFAzua22DBub1WlO9M57Ifhk",
        );
        check(
            "s3cret",
            "token",
            json!({"a": "é 🌲", "t": 1_700_000_000, "d": 3600}),
            "eyJhIjoiw6kg8J-MsiIsInQiOjE3MDAwMDAwMDAsImQiOjM2MDB9.HMSr1PpRrQ-37EuhAm7cnfDBw54",
        );
        check(
            "clé 🌲",
            "messages",
            json!([["Hi <b>", 1]]),
            "W1siSGkgPGI-IiwxXV0.jRmPaYJcnAU4t3Y3t35nB--Wxhc",
        );
        check("x", "default", json!("plain"), "InBsYWluIg.762MeZeOlm3jqKXk65su7muvEbE");
        check("x", "default", Json::Null, "bnVsbA.823iVmpWcB0XSO2qoIuE5IubcNw");
        check(
            "x",
            "default",
            json!({"f": 1.5, "l": [1, true, null, "\u{1}\"\\/\u{7f}"]}),
            "eyJmIjoxLjUsImwiOlsxLHRydWUsbnVsbCwiXHUwMDAxXCJcXC9_Il19.6xXU_XP7THJfUT4uflMEVVLdA4o",
        );
    }

    #[test]
    fn long_values_are_compressed() {
        let value = json!({"a": {"id": "x".repeat(200)}});
        let python = ".eJyrVkpUsqpWykxRslKqGCZAqbYWAJhKYh8.mZa_4nBAGw4H_kYOEIhGUG9BQw4";
        assert_eq!(signer("x").unsign(python, "default"), Ok(value.clone()));
        let ours = signer("x").sign(&value, "default");
        assert!(ours.starts_with('.') && ours.len() < 100, "{ours}");
        assert_eq!(signer("x").unsign(&ours, "default"), Ok(value));
    }

    #[test]
    fn another_secret_namespace_or_text_is_refused() {
        let signed = signer("a").sign(&json!(1), "actor");
        assert_eq!(signer("b").unsign(&signed, "actor"), Err(BadSignature));
        assert_eq!(signer("a").unsign(&signed, "token"), Err(BadSignature));
        for text in ["", ".", "..", "abc", "MQ.", &format!("x{signed}"), &format!("{signed}A"), "é.ü"] {
            assert_eq!(signer("a").unsign(text, "actor"), Err(BadSignature), "{text}");
        }
    }

    #[test]
    fn a_compressed_bomb_is_refused() {
        let signed = signer("a").sign(&json!("0".repeat(3 * 1024 * 1024)), "actor");
        assert!(signed.len() < 10_000);
        assert_eq!(signer("a").unsign(&signed, "actor"), Err(BadSignature));
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", signer("hush")).contains("hush"));
        assert_eq!(random_hex().len(), 64);
    }

    #[test]
    fn base62_has_the_digits_of_datasette() {
        for (number, text) in [(0, "A"), (62, "BA"), (1_700_000_000, "BrDBeq")] {
            assert_eq!(base62(number), text);
        }
    }
}
