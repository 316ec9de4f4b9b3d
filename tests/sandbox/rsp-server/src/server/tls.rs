//! Which certificate the server shows and which versions of TLS it speaks.

use std::sync::Arc;

use lpakit_sandbox_crypto::pki::Credential;
use lpakit_sandbox_crypto::{Certificate, Pki};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};

/// Versions of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 only, as old servers have it.
    Only12,
    /// 1.3 only.
    Only13,
}

/// How the server presents itself.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// CERT.DPtls and its key. Nothing of it is checked: a test may show one that has expired, names another host,
    /// is self-signed or comes from another CI (`Pki::bad_tls_leaf` makes such).
    pub credential: Credential,
    /// The versions spoken.
    pub versions: TlsVersions,
    /// The roots of clients that are let in; every other client is refused in the handshake. With none, clients are
    /// not asked who they are.
    pub clients: Vec<Certificate>,
}

impl TlsOptions {
    /// This certificate, TLS 1.2 and 1.3.
    pub fn new(credential: Credential) -> Self {
        Self { credential, versions: TlsVersions::Both, clients: Vec::new() }
    }

    /// Lets in only clients with a certificate under this root (or another that was named so).
    #[must_use]
    pub fn with_clients(mut self, root: Certificate) -> Self {
        self.clients.push(root);
        self
    }

    /// The SM-DP+'s certificate of a set, if it has one.
    pub fn of_dp(pki: &Pki) -> Option<Self> {
        pki.dp.as_ref().map(|dp| Self::new(dp.tls.clone()))
    }

    /// The SM-DS's certificate of a set, if it has one.
    pub fn of_ds(pki: &Pki) -> Option<Self> {
        pki.ds.as_ref().map(|ds| Self::new(ds.tls.clone()))
    }

    pub(super) fn server_config(&self) -> Result<ServerConfig, rustls::Error> {
        let versions: &[&rustls::SupportedProtocolVersion] = match self.versions {
            TlsVersions::Both => &[&TLS13, &TLS12],
            TlsVersions::Only12 => &[&TLS12],
            TlsVersions::Only13 => &[&TLS13],
        };
        let (chain, key) = identity(&self.credential)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)?;
        let builder = if self.clients.is_empty() {
            builder.with_no_client_auth()
        } else {
            let mut roots = RootCertStore::empty();
            for root in &self.clients {
                roots.add(CertificateDer::from(root.der().to_vec()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|fault| rustls::Error::General(fault.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        };
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// A certificate and its key as TLS wants them.
pub(crate) fn identity(
    credential: &Credential,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), rustls::Error> {
    let key = credential.key().to_pkcs8_der();
    let key = key.map_err(|fault| rustls::Error::General(fault.to_string()))?;
    let certificate = CertificateDer::from(credential.certificate().der().to_vec());
    Ok((vec![certificate], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()))))
}
