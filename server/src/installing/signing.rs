//! Secret keys, and signing with them. The format is minisign's.

use std::path::{Path, PathBuf};

use minisign::{KeyPair, SecretKey, SecretKeyBox};

use super::error::{Error, Result, plain};
use super::keys::Key;
use super::place::write_whole;
use super::prepare::beside;

/// The password of a secret key that has one.
const PASSWORD: &str = "DATASETTE_KEY_PASSWORD";

/// Makes a pair of keys: the secret one at the path, the public one beside it with `.pub`. Returns the public one.
pub(crate) fn new_key(path: &Path) -> Result<(Key, PathBuf)> {
    let made = |error: minisign::PError| Error::failed(format!("No key can be made: {error}"));
    let password = std::env::var(PASSWORD).ok().filter(|password| !password.is_empty());
    let KeyPair { pk, sk } = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    }
    .map_err(made)?;
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    let secret = sk.to_box(Some("datasette plugin index secret key")).map_err(made)?.into_string();
    write_new(path, &secret, true)?;
    write_new(&public, &pk.to_box().map_err(made)?.into_string(), false)?;
    Ok((Key::parse(&pk.to_base64())?, public))
}

/// Never over a key that is there.
fn write_new(path: &Path, text: &str, is_secret: bool) -> Result<()> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_secret { 0o600 } else { 0o644 });
    let _ = is_secret;
    let written =
        options.open(path).and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| Error::io("can't be written", path, &error))
}

/// Signs a file, and puts the signature beside it.
pub(super) fn sign_file(path: &Path, key: &Path) -> Result<PathBuf> {
    let key = secret_key(key)?;
    let bytes = std::fs::read(path).map_err(|error| Error::io("can't be read", path, &error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let signature = sign(&key, &bytes, &format!("file:{name}"))?;
    let target = beside(path);
    write_whole(&target, signature.as_bytes())
        .map_err(|error| Error::io("can't be written", &target, &error))?;
    Ok(target)
}

/// The signature of bytes, with a comment that is signed as well.
pub(super) fn sign(key: &SecretKey, bytes: &[u8], comment: &str) -> Result<String> {
    let signature = minisign::sign(None, key, bytes, Some(comment), None);
    Ok(signature.map_err(|error| Error::failed(format!("It can't be signed: {error}")))?.into_string())
}

/// The number of a key's public half.
pub(super) fn id(key: &SecretKey) -> Result<String> {
    let public = minisign::PublicKey::from_secret_key(key)
        .map_err(|error| Error::failed(format!("The key is of no use: {error}")))?;
    Ok(Key::parse(&public.to_base64())?.id())
}

/// A secret key from its file.
pub(super) fn secret_key(path: &Path) -> Result<SecretKey> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::usage(format!("The key {} can't be read: {}", path.display(), plain(&error)))
    })?;
    let wrong = |error: minisign::PError| {
        Error::usage(format!(
            "{} is no secret key of minisign, or the password in {PASSWORD} is not its own ({error})",
            path.display()
        ))
    };
    let boxed = || SecretKeyBox::from_string(&text).map_err(wrong);
    if let Ok(key) = boxed()?.into_unencrypted_secret_key() {
        return Ok(key);
    }
    let password = std::env::var(PASSWORD).ok().filter(|password| !password.is_empty());
    let Some(password) = password else {
        return Err(Error::usage(format!(
            "{} is no secret key of minisign; or it has a password, which belongs into {PASSWORD}",
            path.display()
        )));
    };
    boxed()?.into_secret_key(Some(password)).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_signs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.key");
        let (public, _) = new_key(&path).unwrap();
        assert!(new_key(&path).unwrap_err().message.contains("can't be written"));
        let file = folder.path().join("x.tar.gz");
        std::fs::write(&file, b"x").unwrap();
        let signature = std::fs::read_to_string(sign_file(&file, &path).unwrap()).unwrap();
        assert_eq!(
            super::super::keys::signer(&[public], b"x", &signature).map(|key| key.id().len()),
            Some(16)
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(secret_key(&file).unwrap_err().message.contains("no secret key"));
    }
}
