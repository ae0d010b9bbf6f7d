//! Fetching an archive, and taking files out of it.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha512};
use ureq::tls::{RootCerts, TlsConfig};

use crate::lock::Package;
use crate::{Failure, Result};

/// No package of a browser's is larger.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The archive: as it was kept, or fetched now. Either way it is what the lock file says.
pub(crate) fn archive(package: &Package, out: &Path) -> Result<Vec<u8>> {
    let kept = out.join(format!("{}-{}.tgz", package.name.replace('/', "-"), package.version));
    if let Ok(bytes) = fs::read(&kept)
        && is_right(package, &bytes)
    {
        return Ok(bytes);
    }
    let bytes = fetch(package)?;
    if !is_right(package, &bytes) {
        return Err(Failure(format!(
            "{} is not what package-lock.json says: another sha512. Nothing of it was used.",
            package.url
        )));
    }
    write(&kept, &bytes)?;
    Ok(bytes)
}

fn is_right(package: &Package, bytes: &[u8]) -> bool {
    Sha512::digest(bytes).as_slice() == package.hash
}

fn fetch(package: &Package) -> Result<Vec<u8>> {
    // The system's certificates: a mirror may have one of the house.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(120))).tls_config(tls);
    let agent: ureq::Agent = config.build().into();
    let answer = agent.get(&package.url).call();
    answer.and_then(|mut answer| answer.body_mut().with_config().limit(LARGEST).read_to_vec()).map_err(
        |error| {
            Failure(format!(
                "{} {} could not be fetched from {}: {error}. It is needed once, to be built in; \
             npm_config_registry names a mirror.",
                package.name, package.version, package.url
            ))
        },
    )
}

/// Takes these files out of the archive.
pub(crate) fn unpack(package: &Package, archive: &[u8], paths: &[&str], out: &Path) -> Result<()> {
    let damaged = |error: std::io::Error| Failure(format!("{}: {error}", package.url));
    let mut left = paths.to_vec();
    let mut archive = tar::Archive::new(GzDecoder::new(archive));
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.to_string_lossy().into_owned();
        // The first folder is called `package`, mostly.
        let Some((_, path)) = path.split_once('/') else { continue };
        if let Some(at) = left.iter().position(|wanted| *wanted == path) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(damaged)?;
            write(&out.join(&package.name).join(left.swap_remove(at)), &bytes)?;
        }
    }
    match left.first() {
        None => Ok(()),
        Some(path) => Err(Failure(format!("there is no {path} in {} {}", package.name, package.version))),
    }
}

fn write(path: &PathBuf, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| Failure(format!("{}: {error}", path.display())))
}
