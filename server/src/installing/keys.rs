//! Public keys, and signatures made with them. The format is minisign's.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minisign_verify::{PublicKey, Signature};

use super::error::{Error, Result, plain};

/// A public key, in the one line of its file that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    text: String,
}

impl Key {
    /// The key itself, or a file with it.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Some(key) = Self::of_line(text) {
            return Ok(key);
        }
        let wrong = |why: &str| {
            Error::usage(format!("'{text}' is no public key of minisign, and no file with one{why}"))
        };
        let content =
            std::fs::read_to_string(text).map_err(|error| wrong(&format!(" ({})", plain(&error))))?;
        content.lines().find_map(|line| Self::of_line(line.trim())).ok_or_else(|| wrong(""))
    }

    fn of_line(line: &str) -> Option<Self> {
        PublicKey::from_base64(line).ok()?;
        Some(Self { text: line.to_owned() })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As minisign shows it: `E7620F1842B4E81F`.
    pub(crate) fn id(&self) -> String {
        let bytes = BASE64_STANDARD.decode(&self.text).unwrap_or_default();
        let number = bytes.get(2..10).unwrap_or_default();
        number.iter().rev().map(|byte| format!("{byte:02X}")).collect()
    }

    fn public(&self) -> Option<PublicKey> {
        PublicKey::from_base64(&self.text).ok()
    }
}

/// The key whose signature of these bytes this is.
pub(super) fn signer<'a>(keys: &'a [Key], bytes: &[u8], signature: &str) -> Option<&'a Key> {
    let signature = Signature::decode(signature).ok()?;
    keys.iter().find(|key| key.public().is_some_and(|public| public.verify(bytes, &signature, false).is_ok()))
}

/// The key whose signature of that file this is. The file need not fit into memory.
pub(super) fn signer_of_file<'a>(keys: &'a [Key], path: &Path, signature: &str) -> Result<Option<&'a Key>> {
    let Ok(signature) = Signature::decode(signature) else { return Ok(None) };
    for key in keys {
        let Some(public) = key.public() else { continue };
        // The number of the key stands in the signature, so most keys are done with here.
        let Ok(mut verifier) = public.verify_stream(&signature) else { continue };
        let read = |error| Error::io("can't be read", path, &error);
        let mut file = File::open(path).map_err(read)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer).map_err(read)? {
                0 => break,
                length => verifier.update(buffer.get(..length).unwrap_or_default()),
            }
        }
        if verifier.finalize().is_ok() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

#[cfg(test)]
pub(super) mod tests {
    use minisign::KeyPair;

    use super::*;

    /// A throw-away key, and what signs with it.
    pub(in crate::installing) fn pair() -> (Key, KeyPair) {
        let pair = KeyPair::generate_unencrypted_keypair().unwrap();
        (Key::parse(&pair.pk.to_base64()).unwrap(), pair)
    }

    pub(in crate::installing) fn sign(pair: &KeyPair, bytes: &[u8]) -> String {
        minisign::sign(Some(&pair.pk), &pair.sk, bytes, Some("test"), None).unwrap().to_string()
    }

    #[test]
    fn a_signature_holds_for_its_bytes_and_its_key_only() {
        let ((key, pair), (other, _)) = (self::pair(), self::pair());
        let signature = sign(&pair, b"index");
        let keys = [other.clone(), key.clone()];
        assert_eq!(signer(&keys, b"index", &signature), Some(&key));
        assert_eq!(signer(&keys, b"indey", &signature), None);
        assert_eq!(signer(&[other], b"index", &signature), None);
        assert_eq!(signer(&keys, b"index", "rubbish"), None);
    }

    #[test]
    fn files_are_verified_piece_by_piece() {
        let (key, pair) = pair();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut bytes = vec![7; 200_000];
        let signature = sign(&pair, &bytes);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(signer_of_file(std::slice::from_ref(&key), &path, &signature).unwrap(), Some(&key));
        bytes[150_000] = 8;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(signer_of_file(&[key], &path, &signature).unwrap(), None);
    }

    #[test]
    fn keys_are_read_from_words_and_files() {
        let (key, pair) = pair();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pub");
        std::fs::write(&path, pair.pk.to_box().unwrap().to_string()).unwrap();
        assert_eq!(Key::parse(path.to_str().unwrap()).unwrap(), key);
        assert_eq!(key.id().len(), 16);
        assert!(Key::parse("nonsense").unwrap_err().message.contains("no public key"));
    }
}
