//! Certificates of clients: several authorities, each for all makers or for some (rules 61 and 62).

use super::{TlsError, files};
use crate::settings::TlsSettings;
use acs::ClientCertificate;
use metrics::counter;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use std::sync::Arc;
use std::time::Duration;
use x509_parser::parse_x509_certificate;

/// What to do with a certificate that was good once. Nobody changes the certificate in an old router.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiredClients {
    #[default]
    Refuse,
    /// It is taken for what it says.
    Accept,
}

/// Verifies what clients show.
#[derive(Debug)]
pub struct Clients {
    authorities: Vec<Authority>,
    required: bool,
    expired: ExpiredClients,
    hints: Vec<DistinguishedName>,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
struct Authority {
    verifier: Arc<dyn ClientCertVerifier>,
    /// In upper case; empty: all.
    ouis: Vec<String>,
}

impl Clients {
    pub fn read(settings: &TlsSettings, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let (mut authorities, mut hints) = (Vec::new(), Vec::new());
        for authority in &settings.client_ca {
            let unfit = |reason: String| TlsError::File { file: authority.file.clone(), reason };
            let mut roots = RootCertStore::empty();
            for certificate in files::certificates(&authority.file)? {
                roots.add(certificate).map_err(|error| unfit(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(|error| unfit(error.to_string()))?;
            hints.extend_from_slice(verifier.root_hint_subjects());
            authorities.push(Authority { verifier, ouis: authority.ouis.clone() });
        }
        Ok(Self {
            authorities,
            required: settings.client_certificates.required,
            expired: settings.expired_client_certificates,
            hints,
            provider: provider.clone(),
        })
    }

    /// What a chain says that one of the authorities vouches for, its own certificate first.
    pub fn identity(&self, chain: &[CertificateDer<'_>]) -> Option<ClientCertificate> {
        let (own, intermediates) = chain.split_first()?;
        let Ok(authority) = self.authority(own, intermediates, UnixTime::now()) else {
            counter!("lastmile_tls_client_certificates_total", "outcome" => "not trusted").increment(1);
            return None;
        };
        counter!("lastmile_tls_client_certificates_total", "outcome" => "ok").increment(1);
        Some(ClientCertificate { common_name: common_name(own), ouis: authority.ouis.clone() })
    }

    /// The authority that vouches for a certificate.
    fn authority(
        &self,
        own: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<&Authority, rustls::Error> {
        let at = match self.expired {
            ExpiredClients::Refuse => now,
            ExpiredClients::Accept => {
                std::iter::once(own).chain(intermediates).filter_map(last_second).fold(now, UnixTime::min)
            }
        };
        let mut refusal = rustls::Error::NoCertificatesPresented;
        for authority in &self.authorities {
            match authority.verifier.verify_client_cert(own, intermediates, at) {
                Ok(_) => return Ok(authority),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

impl ClientCertVerifier for Clients {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    /// Where certificates are optional, one that nobody vouches for counts as none: many devices show the one that they
    /// were made with, whoever asks. They have to log in (see [`Clients::identity`]).
    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if self.required {
            self.authority(own, intermediates, now)?;
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The first common name of the subject; empty if there is none.
fn common_name(certificate: &CertificateDer<'_>) -> String {
    let parsed = parse_x509_certificate(certificate).ok();
    let name = parsed.as_ref().and_then(|(_, parsed)| parsed.subject().iter_common_name().next()?.as_str().ok());
    name.unwrap_or_default().to_owned()
}

/// The last second in which a certificate is good.
fn last_second(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    let (_, parsed) = parse_x509_certificate(certificate).ok()?;
    let seconds = parsed.validity().not_after.timestamp();
    Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds.try_into().ok()?)))
}
