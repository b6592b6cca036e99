//! What devices need to speak TLS: whom they trust, and certificates of their own (§3.3).

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Why devices cannot speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{}: {reason}", .file.display())]
    File { file: PathBuf, reason: String },
    #[error("a device's certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
}

/// TLS of a fleet, or of one device. By default there is none: `https://` URLs are refused.
#[derive(Clone, Default)]
pub struct Tls(Option<Arc<Setup>>);

struct Setup {
    roots: Arc<RootCertStore>,
    makes: Option<Issuer<'static, KeyPair>>,
    connector: TlsConnector,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "Tls(on)" } else { "Tls(off)" })
    }
}

impl Tls {
    /// `authorities`: PEM of whom the devices trust. They have no certificates of their own.
    pub fn trusting(authorities: &Path) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authorities)? {
            roots.add(certificate)?;
        }
        let roots = Arc::new(roots);
        let connector = connector(&roots, None)?;
        Ok(Self(Some(Arc::new(Setup { roots, makes: None, connector }))))
    }

    /// All devices show the same certificate: PEM files of its chain and its key.
    pub fn with_certificate(&self, chain: &Path, key: &Path) -> Result<Self, TlsError> {
        let Some(setup) = &self.0 else { return Ok(self.clone()) };
        let own = (certificates(chain)?, private_key(key)?);
        let connector = connector(&setup.roots, Some(own))?;
        Ok(Self(Some(Arc::new(Setup { roots: setup.roots.clone(), makes: None, connector }))))
    }

    /// Each device gets a certificate of its own from this authority, as its maker would give it: PEM files of the
    /// authority's certificate and its key.
    pub fn with_maker(&self, certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let Some(setup) = &self.0 else { return Ok(self.clone()) };
        let wrong = |file: &Path, error: rcgen::Error| TlsError::File { file: file.into(), reason: error.to_string() };
        let pair = KeyPair::from_pem(&read(key)?).map_err(|error| wrong(key, error))?;
        let issuer = Issuer::from_ca_cert_pem(&read(certificate)?, pair).map_err(|error| wrong(certificate, error))?;
        let (roots, connector) = (setup.roots.clone(), setup.connector.clone());
        Ok(Self(Some(Arc::new(Setup { roots, makes: Some(issuer), connector }))))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Of the device with this key, such as `02A0E1-HG645-1234`: with a certificate of its own, if it has a maker.
    pub(crate) fn of_device(&self, key: &str) -> Result<Self, TlsError> {
        let Some(Setup { roots, makes: Some(issuer), .. }) = self.0.as_deref() else { return Ok(self.clone()) };
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, key);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let pair = KeyPair::generate()?;
        let certificate = params.signed_by(&pair, issuer)?;
        let own = (vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(pair.serialize_der().into()));
        let connector = connector(roots, Some(own))?;
        Ok(Self(Some(Arc::new(Setup { roots: roots.clone(), makes: None, connector }))))
    }

    /// Speaks TLS over a connection to `host`.
    pub(super) async fn over(&self, stream: TcpStream, host: &str) -> io::Result<TlsStream<TcpStream>> {
        let setup = self.0.as_ref().ok_or_else(|| io::Error::other("this device has no TLS"))?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        setup.connector.connect(name, stream).await
    }
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn connector(roots: &Arc<RootCertStore>, own: Option<Own>) -> Result<TlsConnector, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots.clone());
    let config = match own {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
        None => builder.with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn read(file: &Path) -> Result<String, TlsError> {
    std::fs::read_to_string(file).map_err(|error| TlsError::File { file: file.into(), reason: error.to_string() })
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |reason: String| TlsError::File { file: file.into(), reason };
    let text = read(file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let found = found.map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("there is no certificate in it".to_owned())) } else { Ok(found) }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(file)?;
    PrivateKeyDer::from_pem_slice(text.as_bytes())
        .map_err(|error| TlsError::File { file: file.into(), reason: error.to_string() })
}
