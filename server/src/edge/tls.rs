//! HTTPS: a certificate chain and its key, read from PEM files at the start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use super::StartError;

/// Files for HTTPS.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    /// The server's certificate, then those that vouch for it.
    pub(crate) certfile: PathBuf,
    /// Without it, the key is expected in `certfile`.
    pub(crate) keyfile: Option<PathBuf>,
}

impl Tls {
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, StartError> {
        let certificates = certificates(&self.certfile)?;
        let keyfile = self.keyfile.as_ref().unwrap_or(&self.certfile);
        let key = key(keyfile)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| StartError::new(format!("Could not set up TLS: {error}")))?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(|error| {
                StartError::new(format!(
                    "The certificate in {} can't be used with the key in {}: {error}; check that they belong together",
                    self.certfile.display(),
                    keyfile.display()
                ))
            })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let pem = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(StartError::new(format!(
            "{} has no certificate in it; give a PEM file with --ssl-certfile",
            path.display()
        ))),
        Err(error) => Err(StartError::new(format!(
            "{} is not a PEM file of certificates ({error}); give one with --ssl-certfile",
            path.display()
        ))),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, StartError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|error| {
        StartError::new(format!(
            "{} has no usable private key ({error}); give an unencrypted PEM file with --ssl-keyfile",
            path.display()
        ))
    })
}

fn read(path: &Path) -> Result<Vec<u8>, StartError> {
    std::fs::read(path).map_err(|error| {
        StartError::new(format!(
            "Could not read {}: {error}; check --ssl-certfile and --ssl-keyfile",
            path.display()
        ))
    })
}
