//! Certificates and keys in PEM files.

use super::TlsError;
use crate::settings::TlsSettings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::time::SystemTime;

/// A certificate with its chain, and its key.
#[derive(Clone, Copy)]
pub struct KeyFiles<'a> {
    pub certificate: &'a Path,
    pub key: &'a Path,
}

impl KeyFiles<'_> {
    pub fn read(self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let chain = certificates(self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(self.key).map_err(|error| failure(self.key, &error))?;
        Ok((chain, key))
    }
}

/// All certificates of a file; at least one.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| failure(file, &error))?;
    if found.is_empty() {
        return Err(TlsError::File { file: file.to_owned(), reason: "there is no certificate in it".to_owned() });
    }
    Ok(found)
}

fn failure(file: &Path, error: &rustls::pki_types::pem::Error) -> TlsError {
    TlsError::File { file: file.to_owned(), reason: error.to_string() }
}

/// What tells whether a file has changed: when, and how long it is. `None` if it is not there.
pub type Stamp = Option<(SystemTime, u64)>;

/// Of all files, in the order of the settings.
pub fn stamps(settings: &TlsSettings) -> Vec<Stamp> {
    let authorities = settings.client_ca.iter().map(|authority| &authority.file);
    let files = settings.certificate.iter().chain(&settings.key).chain(authorities);
    files.map(|file| std::fs::metadata(file).and_then(|meta| Ok((meta.modified()?, meta.len()))).ok()).collect()
}
