//! What a `package-lock.json` says about a package.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::{Failure, Result};

const REGISTRY: &str = "https://registry.npmjs.org";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) url: String,
    /// SHA-512 of the archive.
    pub(crate) hash: Vec<u8>,
}

impl Package {
    pub(crate) fn find(lock: &str, name: &str, registry: Option<&str>) -> Result<Self> {
        let wrong = |what: &str| Failure(format!("package-lock.json: {name}: {what}"));
        let lock: Value =
            serde_json::from_str(lock).map_err(|error| Failure(format!("package-lock.json: {error}")))?;
        let entry = lock.get("packages").and_then(|packages| packages.get(format!("node_modules/{name}")));
        let entry = entry.ok_or_else(|| wrong("it is not in there; run npm install --package-lock-only"))?;
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let version = text("version").ok_or_else(|| wrong("it has no version"))?;
        let hashes = text("integrity").unwrap_or_default().split_whitespace();
        let hash = hashes
            .filter_map(|hash| hash.strip_prefix("sha512-"))
            .find_map(|hash| BASE64_STANDARD.decode(hash).ok());
        let hash = hash.filter(|hash| hash.len() == 64).ok_or_else(|| wrong("it has no sha512 integrity"))?;
        let url = address(name, version, text("resolved"), registry);
        Ok(Self { name: name.to_owned(), version: version.to_owned(), url, hash })
    }
}

/// As the lock file says, but from the mirror if there is one.
fn address(name: &str, version: &str, resolved: Option<&str>, registry: Option<&str>) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    let usual = format!("/{name}/-/{file}-{version}.tgz");
    let of = |registry: &str, path: &str| format!("{}{path}", registry.trim_end_matches('/'));
    match (resolved, registry) {
        (Some(resolved), None) => resolved.to_owned(),
        (Some(resolved), Some(registry)) => of(registry, resolved.strip_prefix(REGISTRY).unwrap_or(&usual)),
        (None, registry) => of(registry.unwrap_or(REGISTRY), &usual),
    }
}

/// Package and path of `leaflet/dist/leaflet.js` or `@scope/name/file.js`.
pub(crate) fn split(file: &str) -> Result<(&str, &str)> {
    let start = if file.starts_with('@') { file.find('/').map_or(0, |slash| slash + 1) } else { 0 };
    let slash = file[start..].find('/').map(|slash| start + slash);
    let parts = slash.map(|slash| (&file[..slash], &file[slash + 1..]));
    let is_plain = |path: &str| path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    parts
        .filter(|(name, path)| is_plain(name) && is_plain(path))
        .ok_or_else(|| Failure(format!("{file} has to be PACKAGE/PATH")))
}
