//! Signed values, made by hand from the description of `itsdangerous`: not with the server's own code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

/// The secret of every site whose visitors sign in.
pub(crate) const SECRET: &str = "s3cret";

/// `payload.signature`, where the signature is an HMAC with a key made of the namespace and the secret.
pub(crate) fn sign(value: &Value, namespace: &str) -> String {
    sign_payload(&URL_SAFE_NO_PAD.encode(value.to_string()), namespace)
}

/// The same for a payload that may be anything.
pub(crate) fn sign_payload(payload: &str, namespace: &str) -> String {
    let key = Sha1::digest(format!("{namespace}signer{SECRET}"));
    format!("{payload}.{}", URL_SAFE_NO_PAD.encode(hmac(&key, payload.as_bytes())))
}

/// RFC 2104, for keys that are shorter than a block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = Sha1::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha1::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// The header line of a visitor who is signed in.
pub(crate) fn cookie(actor: &Value) -> String {
    format!("cookie: ds_actor={}\r\n", sign(&json!({"a": actor}), "actor"))
}

#[test]
fn the_vector_of_the_reference_is_met() {
    let signed = sign(&json!({"a": {"id": "root"}}), "actor");
    assert_eq!(signed, "eyJhIjp7ImlkIjoicm9vdCJ9fQ.9OOVFAzua22DBub1WlO9M57Ifhk");
}
