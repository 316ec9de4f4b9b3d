//! How an SM-DS is set up.

use std::time::Duration;

use lpakit_sandbox_crypto::pki::Credential;
use lpakit_sandbox_crypto::{Pki, Roots};
use lpakit_sandbox_rsp_server::authority::{AuthorityOptions, SetupError};
use lpakit_sandbox_rsp_server::client::{ClientError, ClientOptions};

/// Under which path ES11 is served; every other path is answered with 404. Servers in the field differ (facts 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Es11Path {
    /// `/gsma/rsp2/es9plus/`, as most clients ask.
    #[default]
    Es9Plus,
    /// `/gsma/rsp2/es11/` only.
    Es11,
    /// Both.
    Both,
}

/// Where an alternative SM-DS forwards events to, so that LPAs that only know the root SM-DS find them.
#[derive(Debug, Clone)]
pub struct RootSmds {
    /// The root SM-DS's ES12, `host` or `host:port`.
    pub es12_address: String,
    /// How it is called.
    pub client: ClientOptions,
}

/// Why a server could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SmdsError {
    /// Certificates or settings.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The client for the root SM-DS.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// How the server is set up.
#[derive(Clone)]
pub struct SmdsConfig {
    /// What clients may call it, the first being its usual name; `host:port` forms may be among them.
    pub addresses: Vec<String>,
    /// The CIs whose eUICCs are served.
    pub roots: Roots,
    /// CERT.DSauth, one for each CI.
    pub auth: Vec<Credential>,
    /// Under which path ES11 is served.
    pub path: Es11Path,
    /// How long an RSP session may take from its first request to its last.
    pub session_life: Duration,
    /// Octets of transaction IDs, 1 to 16 each; taken in turn.
    pub transaction_id_lengths: Vec<usize>,
    /// The root SM-DS, if this is an alternative one: events whose registration says so are forwarded to it.
    pub root: Option<RootSmds>,
}

impl SmdsConfig {
    /// A server with the SM-DS part of these certificates, called by these addresses.
    ///
    /// # Errors
    /// [`SetupError::NoCredentials`], [`SetupError::Certificate`].
    pub fn new(pki: &Pki, addresses: Vec<String>) -> Result<Self, SetupError> {
        let ds = pki.ds.as_ref().ok_or(SetupError::NoCredentials)?;
        Ok(Self {
            addresses,
            roots: pki.roots()?,
            auth: vec![ds.auth.clone()],
            path: Es11Path::default(),
            session_life: Duration::from_secs(10 * 60),
            transaction_id_lengths: vec![16],
            root: None,
        })
    }

    pub(crate) fn authority(&self) -> AuthorityOptions {
        AuthorityOptions {
            addresses: self.addresses.clone(),
            roots: self.roots.clone(),
            auth: self.auth.clone(),
            session_life: self.session_life,
            transaction_id_lengths: self.transaction_id_lengths.clone(),
        }
    }
}
