//! Which certificate the server shows and which versions of TLS it speaks.

use std::sync::Arc;

use lpakit_sandbox_crypto::Pki;
use lpakit_sandbox_crypto::pki::Credential;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::{TLS12, TLS13};

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
}

impl TlsOptions {
    /// This certificate, TLS 1.2 and 1.3.
    pub fn new(credential: Credential) -> Self {
        Self { credential, versions: TlsVersions::Both }
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
        let key = self
            .credential
            .key()
            .to_pkcs8_der()
            .map_err(|fault| rustls::Error::General(fault.to_string()))?;
        let certificate = CertificateDer::from(self.credential.certificate().der().to_vec());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec())),
            )?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}
